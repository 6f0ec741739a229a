"""Enquiries: logged once, answered or signposted, taken up again, handed over."""

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import Role
from accounts.models import Person
from hubapp import hooks
from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.models import Enquiry, Innovation
from portfolio.services import enquiries, innovations, members
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


def log(site, subject="Who funds pilots?", **more):
    return enquiries.log(site=site, kind="question", subject=subject, by=TEST, **more)


def test_a_double_press_logs_one(site):
    first = log(site, once_key="k", name="Ann", email="ann@test.example")
    assert log(site, once_key="k", name="Ann", email="ann@test.example") == first
    assert (Enquiry.objects.count(), Person.objects.filter(email="ann@test.example").count()) == (
        1,
        1,
    )


def test_the_same_key_at_another_site_is_another_enquiry(site, other_site):
    assert log(site, once_key="k") != log(other_site, once_key="k")


def test_answering_and_signposting_close_it(site):
    answered = enquiries.answer(enquiry=log(site), answer="The charity does.", by=TEST)
    assert (answered.state, answered.closed_on) == ("answered", factories.today())
    sent_on = enquiries.signpost(enquiry=log(site), to="Health Innovation Network", by=TEST)
    sent_on.refresh_from_db()
    assert (sent_on.state, sent_on.signposted_to) == ("signposted", "Health Innovation Network")


def test_a_closed_one_is_not_closed_again_but_can_be_reopened(site):
    enquiry = enquiries.answer(enquiry=log(site), answer="Yes.", by=TEST)
    with pytest.raises(Refused, match="closed already: answered"):
        enquiries.signpost(enquiry=enquiry, to="Somebody", by=TEST)
    enquiries.reopen(enquiry=enquiry, by=TEST)
    enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.closed_on, enquiry.answer) == ("open", None, "Yes.")
    with pytest.raises(Refused, match="open already"):
        enquiries.reopen(enquiry=enquiry, by=TEST)


def test_nothing_written_is_refused(site):
    with pytest.raises(Refused, match="Write what you answered"):
        enquiries.answer(enquiry=log(site), answer=" ", by=TEST)
    with pytest.raises(Refused, match="Write who"):
        enquiries.signpost(enquiry=log(site), to="", by=TEST)
    with pytest.raises(ValidationError):
        log(site, subject=" ")
    with pytest.raises(ValidationError):
        log(site, email="not an address")


def test_two_who_answer_at_once_do_not_overwrite_each_other(site):
    enquiry = log(site)
    other = Enquiry.objects.get(pk=enquiry.pk)
    enquiries.answer(enquiry=enquiry, answer="First.", by=TEST, version=1)
    with pytest.raises(Stale):
        enquiries.answer(enquiry=other, answer="Second.", by=TEST, version=1)


@pytest.mark.parametrize("role", [None, Role.EXECUTIVE, Role.STAFF])
def test_only_the_desk_can_be_given_one(site, other_site, hub_user, role):
    enquiry = enquiries.assign(enquiry=log(site), to=hub_user, by=TEST)
    assert enquiry.assignee_id == hub_user.pk
    other = factories.member(site, role) if role else factories.member(other_site)
    with pytest.raises(Refused, match="has no role at this site"):
        enquiries.assign(enquiry=enquiry, to=other, by=TEST)
    with pytest.raises(Refused, match="has no role at this site"):
        members.reassign(
            kind=members.ENQUIRIES,
            from_user_id=hub_user.pk,
            to_user_id=other.pk,
            site_id=site.pk,
            by=TEST,
        )


@pytest.mark.parametrize(("role", "may"), [(Role.REVIEWER, True), (Role.STAFF, False)])
def test_an_idea_is_given_to_whoever_can_open_it_then(site, role, may):
    idea, to = factories.innovation(site), factories.member(site, role)
    if not may:
        with pytest.raises(Refused, match="has no role at this site"):
            innovations.assign(innovation=idea, to=to, by=TEST)
        return
    innovations.assign(innovation=idea, to=to, by=TEST)
    assert Innovation.objects.visible_to(to.viewer).filter(pk=idea.pk).exists()


def test_events_hold_no_words(site):
    log(site, detail="about Mr Secret", name="Mr Secret")
    assert Event.objects.get(verb="enquiry.logged").changes == {"kind": "question"}


def test_what_a_member_holds_is_counted_and_handed_over(site, hub_user):
    from portfolio.services import innovations

    other = factories.member(site)
    for _ in range(3):
        innovations.assign(innovation=factories.innovation(site), to=hub_user, by=TEST)
    enquiries.assign(enquiry=log(site), to=hub_user, by=TEST)
    enquiries.answer(
        enquiry=enquiries.assign(enquiry=log(site), to=hub_user, by=TEST), answer="a", by=TEST
    )
    held = {row.kind: row.count for hook in hooks.held_work for row in hook(hub_user.pk, site.pk)}
    assert (held["portfolio.innovations"], held["portfolio.enquiries"]) == (3, 1)
    moved = sum(
        hook("portfolio.innovations", hub_user.pk, other.pk, site.pk, TEST)
        for hook in hooks.reassign_work
    )
    assert moved == 3
    assert Innovation.objects.filter(assignee=other, version=3).count() == 3
    told = Event.objects.filter(
        verb="innovation.assigned", changes__assignee=[hub_user.ref, other.ref]
    )
    assert told.count() == 3
