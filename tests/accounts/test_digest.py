"""The daily mail: everything that waits for somebody, once, on working days."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail

from accounts.enums import Role
from accounts.services import digest, members
from hubapp.notifications.models import Delivery
from hubapp.workdays import LONDON
from portfolio.services import innovations
from tests import factories

pytestmark = pytest.mark.django_db
# A Monday.
MONDAY = dt.datetime(2026, 11, 23, 7, 15, tzinfo=LONDON)


@pytest.fixture
def idea(site, hub_user):
    with time_machine.travel(MONDAY - dt.timedelta(days=60), tick=False):
        idea = factories.innovation(site, "Quieter bins")
        return innovations.assign(innovation=idea, to=hub_user, by=factories.TEST)


def send(at: dt.datetime, run_outbox) -> int:
    with time_machine.travel(at, tick=False):
        asked = digest.send_digests()
        run_outbox()
    return asked


def test_what_waits_is_mailed_once_late_things_named(idea, hub_user, run_outbox):
    assert send(MONDAY, run_outbox) == 1
    [sent] = mail.outbox
    assert sent.to == [hub_user.email]
    assert sent.subject == "1 late, 1 thing waits for you"
    assert "LATE: Quieter bins" in sent.body
    assert re.search(r"Overdue by \d+ working days, Test Hub", sent.body)
    assert f"http://testserver{idea.get_absolute_url()}" in sent.body or (
        idea.get_absolute_url() in sent.body
    )
    assert "/accounts/me/digest/" in sent.body
    # Beat asks again every quarter of an hour.
    assert send(MONDAY + dt.timedelta(minutes=15), run_outbox) == 0
    assert len(mail.outbox) == 1
    assert send(MONDAY + dt.timedelta(days=1), run_outbox) == 1
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    "at",
    [
        MONDAY.replace(hour=6, minute=59),
        MONDAY - dt.timedelta(days=1),  # a Sunday
        dt.datetime(2026, 12, 25, 8, tzinfo=LONDON),
    ],
)
def test_nothing_is_sent_before_seven_at_week_ends_and_on_bank_holidays(idea, at, run_outbox):
    assert send(at, run_outbox) == 0
    assert mail.outbox == []


def test_nothing_is_sent_to_whom_nothing_waits_for(hub_user, run_outbox):
    send(MONDAY, run_outbox)
    assert mail.outbox == []


def test_one_mail_for_all_sites(idea, other_site, hub_user, run_outbox):
    members.add_member(site=other_site, user=hub_user, role=Role.HUB_STAFF, by=factories.TEST)
    factories.innovation(other_site, "An idea elsewhere")
    send(MONDAY, run_outbox)
    [sent] = mail.outbox
    assert "Quieter bins" in sent.body
    assert "An idea elsewhere" in sent.body


def test_ideas_that_somebody_sent_do_not_wait_for_them(site, run_outbox):
    staff = factories.member(site, Role.STAFF)
    factories.innovation(site, "My own", email=staff.email)
    send(MONDAY, run_outbox)
    assert [
        sent.to for sent in mail.outbox if staff.email in sent.to and "waits" in sent.subject
    ] == []


def test_who_stops_it_gets_none(idea, hub_user, client, run_outbox):
    client.force_login(hub_user)
    page = client.get("/accounts/me/")
    assert "Yes, on working days" in page.content.decode()
    wrong = client.post("/accounts/me/digest/", {"wanted": "sometimes"})
    assert wrong.status_code == 422
    assert client.post("/accounts/me/digest/", {"wanted": "no"}).status_code == 302
    assert "Yes, on working days" not in client.get("/accounts/me/").content.decode()
    assert send(MONDAY, run_outbox) == 0
    assert mail.outbox == []


def test_who_stops_it_between_asking_and_sending_gets_none(idea, hub_user, run_outbox):
    with time_machine.travel(MONDAY, tick=False):
        digest.send_digests()
        digest.choose_digest(user=hub_user, wanted=False, by=hub_user.actor)
        run_outbox()
    assert mail.outbox == []


def test_yesterdays_digest_is_not_sent_today(idea, hub_user, run_outbox):
    with time_machine.travel(MONDAY, tick=False):
        digest.send_digests()
    with time_machine.travel(MONDAY + dt.timedelta(days=1), tick=False):
        run_outbox()
    assert mail.outbox == []
    assert Delivery.objects.get(key__startswith="digest:").cancelled_at


def test_former_members_get_none(idea, site, hub_user, run_outbox):
    lead = factories.member(site, Role.SITE_LEAD)
    members.end_member(site=site, user=hub_user, by=lead.actor)
    send(MONDAY, run_outbox)
    assert hub_user.email not in {to for sent in mail.outbox for to in sent.to}
