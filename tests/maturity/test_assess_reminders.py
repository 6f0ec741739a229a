"""Mails to leads and what waits on their page: once each, found by query, and only while it waits."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import system
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from maturity.models import SelfAssessment
from maturity.services import assessments, reminders, rounds
from maturity.tasks import remind_due
from tests import factories
from tests.factories import TEST, network_of, open_round

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def asked(site, *, closes_in=30, asked_ago=20, **fields):
    """Somebody's self-assessment, asked for some days ago."""
    round = open_round(network_of(site), closes_on=factories.today() + closes_in * DAY, **fields)
    row = SelfAssessment.objects.select_related("site", "round").get(round=round, site=site)
    SelfAssessment.objects.filter(pk=row.pk).update(created_at=row.created_at - asked_ago * DAY)
    row.refresh_from_db()
    return row


def reminders_sent():
    return Delivery.objects.filter(kind="maturity.reminder").count()


def on(days):
    """Remind as if it were ``days`` from now."""
    return reminders.remind_due(by=TEST, today=factories.today() + days * DAY)


def test_leads_are_told_once_when_a_round_opens(site, other_site, run_outbox):
    lead = factories.member(site, Role.SITE_LEAD)
    factories.member(site, Role.HUB_STAFF)
    round = open_round(network_of(site, other_site), sites=[site], name="Autumn")
    rounds.add_sites(round=round, sites=[site, other_site], by=TEST)
    run_outbox()
    assert [each.to for each in mail.outbox] == [[lead.person.email]]
    written = mail.outbox[0]
    row = SelfAssessment.objects.get(site=site)
    assert "Autumn" in written.subject
    assert (
        reverse("maturity:assessment", kwargs={"site": site.slug, "ref": row.ref}) in written.body
    )
    assert "under an hour" in written.body


def test_nobody_is_mailed_about_a_round_they_opened_themselves(site, run_outbox):
    factories.member(site, Role.SITE_LEAD)
    open_round(site=site)
    run_outbox()
    assert mail.outbox == []


def noon() -> dt.datetime:
    """Today, at an instant whose London date is today's."""
    return dt.datetime.combine(factories.today(), dt.time(12), dt.UTC)


def test_reminders_go_7_and_2_days_before_and_each_once(site):
    factories.member(site, Role.SITE_LEAD)
    row = asked(site, closes_in=7)
    assert on(-1) == 0
    assert on(0) == 1
    assert on(0) == on(1) == on(4) == 0
    assert reminders_sent() == 1
    # As if it had been on another day than the one on which this test looks again.
    SelfAssessment.objects.filter(pk=row.pk).update(reminded_at=noon() + DAY)
    assert on(4) == 0
    assert on(5) == 1
    assert on(8) == 0


def test_a_day_on_which_nothing_ran_is_made_up_for(site):
    factories.member(site, Role.SITE_LEAD)
    asked(site, closes_in=4)
    assert on(0) == 1
    assert reminders_sent() == 1


def test_the_second_reminder_comes_although_there_was_a_first(site):
    factories.member(site, Role.SITE_LEAD)
    row = asked(site, closes_in=2)
    SelfAssessment.objects.filter(pk=row.pk).update(reminded_at=noon() - 5 * DAY)
    assert on(0) == 1
    assert on(0) == 0


def test_whoever_submitted_or_was_asked_just_now_is_left_alone(site, other_site):
    for each in (site, other_site):
        factories.member(each, Role.SITE_LEAD)
    row = asked(site, closes_in=2)
    assessments.start(assessment=row, by=TEST)
    assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(1)}, by=TEST)
    assessments.submit(assessment=row, by=TEST)
    assert on(0) == 0
    with pytest.raises(Refused, match="does not need"):
        reminders.remind(assessment=row, by=TEST)
    asked(other_site, closes_in=1, asked_ago=0, framework=row.round.framework)
    assert on(0) == 0


def test_a_coordinator_reminds_once_a_day_and_changes_nothing_that_was_written(site):
    factories.member(site, Role.SITE_LEAD)
    row = asked(site)
    version = row.version
    assert reminders.remind(assessment=row, by=TEST) == 1
    with pytest.raises(Refused, match="today already"):
        reminders.remind(assessment=row, by=TEST)
    row.refresh_from_db()
    assert row.version == version


def test_a_reminder_that_is_overtaken_is_not_sent(site, run_outbox):
    factories.member(site, Role.SITE_LEAD)
    row = asked(site, closes_in=2)
    run_outbox()
    mail.outbox.clear()
    remind_due()
    assessments.leave(assessment=row, reason="", by=system("tests"))
    run_outbox()
    assert mail.outbox == []
    assert Delivery.objects.get(kind="maturity.reminder").cancelled_at


def test_a_lead_finds_it_on_their_page_until_it_is_submitted(site, sign_in):
    row = asked(site, closes_in=5, name="Autumn round")
    staff = sign_in(factories.member(site, Role.HUB_STAFF))
    assert "Autumn round" not in staff.get("/").content.decode()
    lead = sign_in(factories.member(site, Role.SITE_LEAD))
    page = lead.get("/").content.decode()
    assert "Autumn round" in page
    assert "Closes soon" in page
    assessments.start(assessment=row, by=TEST)
    assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(1)}, by=TEST)
    assert "1 of 4 statements answered" in lead.get("/").content.decode()
    assessments.submit(assessment=row, by=TEST)
    assert "Autumn round" not in lead.get("/").content.decode()
