"""Signpost, park, merge and a useful no: their pages, their mails, and what comes after."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Organisation, Person
from hubapp.actors import link
from hubapp.events.models import Event
from portfolio import links
from portfolio.models import Decision, FollowUp, Innovation
from portfolio.queries.tracking import words_for
from portfolio.services import decisions, interests, messages, needs, reasons, submissions
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db
NOON = "2026-11-02T12:00:00Z"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def idea(site, clock):
    reasons.install_for_site(site=site, by=TEST)
    return factories.innovation(
        site, "Labels that stick", email="ann@test.example", name="Ann Bell"
    )


@pytest.fixture
def other(site, idea):
    return factories.innovation(site, "Sticky labels", email="bob@test.example", name="Bob Carr")


@pytest.fixture
def partner():
    return factories.OrganisationFactory(name="Test Improvement Academy")


def url(name, idea, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref, **more})


def form(idea, kind, reason, **changes):
    return {
        "kind": kind,
        "shown": kind,
        "reason": reason,
        "filled": reason,
        "words": "Our words.",
        "next_step": "Our next step.",
        "version": idea.version,
        "do": "confirm",
        **changes,
    }


def decide(idea, kind, code, **more):
    idea.refresh_from_db()
    return decisions.decide(
        innovation=idea, kind=kind, reason_code=code, words="Our words.", by=TEST, **more
    )


def track(idea):
    submission = idea.submission
    token = links.make_token(links.TRACK, submission.ref, submission.link_generation)
    return reverse("portfolio:track", kwargs={"token": token})


def page(client, address):
    return client.get(address).content.decode()


# -- a useful no --------------------------------------------------------------------
def test_a_no_says_what_would_change_it_to_the_submitter(hub, client, idea, clock, run_outbox):
    run_outbox()
    data = form(idea, "decline", "no-capacity", words="", next_step="", do="preview", filled="")
    preview = hub.post(url("decide", idea), data)
    assert "What would change our answer" in preview.context["mails"][0]["mail"].body
    data |= {"would_change": "A ward that leads it.", "words": "No.", "filled": "no-capacity"}
    hub.post(url("decide", idea), data | {"do": "confirm"})
    clock.shift(601)
    run_outbox()
    assert "What would change our answer\nA ward that leads it." in mail.outbox[-1].body
    assert "A ward that leads it." in page(client, track(idea))
    assert "A ward that leads it." in page(hub, idea.get_absolute_url())


# -- signposting ------------------------------------------------------------------------
def test_organisations_are_found_while_one_types(hub, idea, partner):
    factories.OrganisationFactory(name="Another place")
    data = form(idea, "signpost", "better-placed", organisation_q="improve", do="find")
    part = hub.post(url("decide", idea), data, headers={"HX-Request": "true"}).content.decode()
    assert "Test Improvement Academy" in part
    assert "Another place" not in part
    assert "<html" not in part


def test_without_scripts_what_was_typed_is_looked_for_by_continue(hub, idea, partner):
    data = form(idea, "signpost", "better-placed", organisation_q="improve", do="preview")
    response = hub.post(url("decide", idea), data)
    assert response.status_code == 422
    html = response.content.decode()
    assert "Select the organisation that you point to" in html
    assert "Test Improvement Academy" in html


def test_signposting_previews_and_sends_both_mails(hub, hub_user, idea, partner, clock, run_outbox):
    run_outbox()
    data = form(
        idea,
        "signpost",
        "better-placed",
        organisation=partner.ref,
        contact_name="Cat Dean",
        contact_email="cat@partner.example",
        introduction="Hello Cat, can you help?",
        follow_up_on_day="1",
        follow_up_on_month="12",
        follow_up_on_year="2026",
    )
    preview = hub.post(url("decide", idea), data | {"do": "preview"})
    shown = [each["mail"] for each in preview.context["mails"]]
    assert len(shown) == 2
    assert not Decision.objects.exists()
    assert not Person.objects.filter(email="cat@partner.example").exists()
    hub.post(url("decide", idea), data)
    mail.outbox.clear()
    clock.shift(601)
    run_outbox()
    sent = {message.to[0]: message for message in mail.outbox}
    assert "Test Improvement Academy" in sent["ann@test.example"].body
    assert "Cat Dean, cat@partner.example" in sent["ann@test.example"].body
    assert "Hello Cat, can you help?" in sent["cat@partner.example"].body
    assert sent["cat@partner.example"].reply_to == [hub_user.person.email]
    # Nothing of the submitter crosses unless somebody wrote it.
    assert "ann@test.example" not in sent["cat@partner.example"].body
    for written in shown:
        assert any(written.subject == message.subject for message in mail.outbox)
    idea.refresh_from_db()
    assert (idea.state, idea.follow_up_on) == ("signposted", dt.date(2026, 12, 1))


def test_an_organisation_is_added_on_the_way_once(hub, site, idea):
    data = form(
        idea,
        "signpost",
        "research",
        organisation="new",
        new_organisation=" Test  University ",
        new_organisation_kind="university",
    )
    preview = hub.post(url("decide", idea), data | {"do": "preview"}).content.decode()
    assert "which is added to the organisations" in preview
    assert not Organisation.objects.filter(name="Test University").exists()
    hub.post(url("decide", idea), data)
    added = Organisation.objects.get(name="Test University")
    assert (added.kind, Decision.objects.get().organisation) == ("university", added)
    # Pointed to before: offered without a search, and not added again.
    second = factories.innovation(site, "Another")
    html = page(hub, url("decide", second) + "?kind=signpost")
    assert "Test University" in html
    hub.post(url("decide", second), {**data, "version": second.version})
    assert Organisation.objects.filter(name="Test University").count() == 1


def test_an_organisation_is_not_added_when_the_decision_is_refused(hub, idea):
    data = form(idea, "signpost", "research", organisation="new", new_organisation="Nowhere Ltd",
                new_organisation_kind="sme", version=idea.version - 1)  # fmt: skip
    assert hub.post(url("decide", idea), data).status_code == 422
    assert not Organisation.objects.filter(name="Nowhere Ltd").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"organisation": "new"}, "Enter the organisation’s name"),
        ({"organisation": "made-up"}, "Which organisation"),
        ({"contact_name": "Cat"}, "Enter their email address"),
        ({"contact_email": "cat"}, "email address"),
        (
            {"contact_email": "cat@x.example", "introduction": " "},
            "Write the introduction that is sent to them",
        ),
        (
            {"follow_up_on_day": "1", "follow_up_on_month": "1", "follow_up_on_year": "2020"},
            "still to come",
        ),
    ],
)
def test_a_signpost_that_is_wrong_gets_a_sentence(hub, idea, partner, changes, sentence):
    data = form(idea, "signpost", "better-placed", organisation=partner.ref) | changes
    response = hub.post(url("decide", idea), data)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Our words." in response.content.decode()
    assert not Decision.objects.exists()


def test_what_came_of_a_signpost_is_written_down(hub, hub_user, idea, partner, clock):
    decide(
        idea, "signpost", "better-placed", organisation=partner, follow_up_on=dt.date(2026, 11, 4)
    )
    clock.shift(dt.timedelta(days=3))
    work = page(hub, reverse("home"))
    assert "Signposts to follow up" in work
    assert "Labels that stick" in work
    data = {"outcome": "no_answer", "version": Innovation.objects.get(pk=idea.pk).version}
    refused = hub.post(url("follow_up", idea), data)
    assert "Enter when you will ask again" in refused.content.decode()
    data |= {"again_on_day": "1", "again_on_month": "12", "again_on_year": "2026", "note": "Rang."}
    hub.post(url("follow_up", idea), data)
    assert FollowUp.objects.get().again_on == dt.date(2026, 12, 1)
    assert "Signposts to follow up" not in page(hub, reverse("home"))
    idea.refresh_from_db()
    hub.post(url("follow_up", idea), {"outcome": "taken_up", "version": idea.version})
    html = page(hub, idea.get_absolute_url())
    assert "They took it up" in html
    assert "Rang." in html
    idea.refresh_from_db()
    assert idea.follow_up_on is None


# -- parking ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Enter until when it is parked, or until what happens"),
        (
            {"until_on_day": "31", "until_on_month": "2", "until_on_year": "2027"},
            "must be a real date",
        ),
        ({"until_on_day": "1", "until_on_month": "2", "until_on_year": "2020"}, "still to come"),
    ],
)
def test_parking_without_an_end_gets_a_sentence(hub, idea, changes, sentence):
    response = hub.post(url("decide", idea), form(idea, "park", "not-now", **changes))
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_parked_until_a_day_it_comes_back_by_itself(hub, client, idea, clock):
    data = form(idea, "park", "not-now", until_on_day="9", until_on_month="11",
                until_on_year="2026", until_what="The record is in use")  # fmt: skip
    hub.post(url("decide", idea), data)
    clock.shift(dt.timedelta(minutes=11))
    assert "until 9 November 2026" in page(hub, idea.get_absolute_url())
    tracked = page(client, track(idea))
    assert "We look at it again on" in tracked
    assert "9 November 2026" in tracked
    assert "The record is in use" in tracked
    clock.shift(dt.timedelta(days=7))
    assert decisions.bring_back_due(by=TEST) == 1
    html = page(hub, idea.get_absolute_url())
    assert "Back from being parked" in html
    idea.refresh_from_db()
    assert idea.state == "waiting"


def test_parked_until_something_happens_it_is_brought_back_by_hand(hub, idea, clock):
    decide(idea, "park", "not-now", until_what="The record is in use")
    held = page(hub, idea.get_absolute_url())
    assert "Undo the decision" in held
    assert "Bring it back now" not in held
    clock.shift(dt.timedelta(minutes=11))
    assert "Bring it back now" in page(hub, idea.get_absolute_url())
    hub.post(url("bring_back", idea))
    idea.refresh_from_db()
    assert idea.state == "waiting"
    again = hub.post(url("bring_back", idea), follow=True).content.decode()
    assert "This idea is not parked" in again


# -- merging ---------------------------------------------------------------------------------
def test_the_idea_to_merge_into_is_found_by_words_or_reference(hub, other_site, idea, other):
    foreign = factories.innovation(other_site, "Sticky labels elsewhere")
    for words in ("sticky", other.ref.lower()):
        data = form(idea, "merge", "same-idea", into_q=words, do="find")
        part = hub.post(url("decide", idea), data, headers={"HX-Request": "true"}).content.decode()
        assert other.ref in part
        assert foreign.ref not in part
    data = form(idea, "merge", "same-idea", into=foreign.ref)
    assert hub.post(url("decide", idea), data).status_code == 422


def test_an_idea_that_has_ended_takes_no_other_in(hub, idea, other):
    decide(other, "decline", "unsafe")
    data = form(idea, "merge", "same-idea", into_q=other.ref, into=other.ref)
    response = hub.post(url("decide", idea), data)
    assert response.status_code == 422
    assert not Decision.objects.filter(kind="merge").exists()


def test_a_merge_shows_both_ideas_and_both_mails_first(hub, idea, other):
    data = form(idea, "merge", "same-idea", into=other.ref, do="preview")
    response = hub.post(url("decide", idea), data)
    html = response.content.decode()
    assert "The two ideas" in html
    told = [each["told"].person.email for each in response.context["mails"]]
    assert told == ["ann@test.example", "bob@test.example"]
    bodies = [each["mail"].body for each in response.context["mails"]]
    assert "Sticky labels" not in bodies[0]
    assert "Labels that stick" not in bodies[1]


def test_merged_both_are_told_and_credited_and_neither_learns_who_the_other_is(
    hub, client, idea, other, clock, run_outbox
):
    messages.write_to_hub(innovation=idea, body="Mine has a hole for a cord.", by=link("x"))
    run_outbox()
    mail.outbox.clear()
    decide(idea, "merge", "same-idea", into=other)
    clock.shift(601)
    run_outbox()
    sent = {message.to[0]: message.body for message in mail.outbox}
    assert "Our words." in sent["ann@test.example"]
    assert "Somebody else sent us an idea like yours" in sent["bob@test.example"]
    html = page(hub, other.get_absolute_url())
    assert "2 people had this idea" in html
    assert "Mine has a hole for a cord." in html
    assert "Merged into" in page(hub, idea.get_absolute_url())
    # The submitters' own pages, before and after the answer.
    anns, bobs = track(idea), track(other)
    assert "We are looking at both ideas together" in page(client, anns)
    assert "2 people had this idea" in page(client, bobs)
    other.refresh_from_db()
    reason = factories.reason(other.site, "decline", "no-capacity")
    decisions.decide(
        innovation=other,
        kind="decline",
        reason_code=reason.code,
        words="Dear Bob Carr, sorry. Write to bob@test.example, Bob.",
        by=TEST,
    )
    clock.shift(601)
    mail.outbox.clear()
    run_outbox()
    sent = {message.to[0]: message.body for message in mail.outbox}
    assert set(sent) == {"ann@test.example", "bob@test.example"}
    for text in (sent["ann@test.example"], page(client, anns)):
        assert "We are not taking" in text or "our answer to both" in text
        for name in ("Bob", "Carr", "bob@test.example", "Sticky labels", other.ref):
            assert name not in text
    for name in ("Ann", "ann@test.example", "Labels that stick"):
        assert name not in page(client, bobs)


def test_words_keep_what_only_looks_like_a_name(idea, other):
    other.submission.submitter.name = "Will May"
    decision = Decision(innovation=other, words="We will say in May, Will May.")
    assert words_for(decision, idea) == "We will say in …, …."
    assert words_for(decision, other) == "We will say in May, Will May."


def test_ideas_that_were_told_of_a_merge_are_told_of_the_separation(
    hub, client, idea, other, clock, run_outbox
):
    merge = decide(idea, "merge", "same-idea", into=other)
    clock.shift(dt.timedelta(days=9))
    run_outbox()
    mail.outbox.clear()
    address = url("separate", idea, decision=merge.ref)
    assert address in page(hub, idea.get_absolute_url())
    assert address in page(hub, other.get_absolute_url())
    asked = page(hub, address)
    assert "they get an email" in asked
    hub.post(address)
    run_outbox()
    assert {message.to[0] for message in mail.outbox} == {"ann@test.example", "bob@test.example"}
    assert all("goes on by itself" in message.subject for message in mail.outbox)
    idea.refresh_from_db()
    assert (idea.state, idea.merged_into) == ("waiting", None)
    assert "2 people" not in page(hub, other.get_absolute_url())
    assert "2 people" not in page(client, track(other))
    again = hub.post(address, follow=True).content.decode()
    assert "undone already" in again
    assert "not merged any more" in hub.get(address, follow=True).content.decode()


def served_by(idea):
    return set(idea.need_links.values_list("need__title", flat=True))


def test_the_idea_that_goes_on_serves_what_the_merged_one_served(hub, hub_user, idea, other):
    falls, nights, beds = (factories.need(idea.site, each) for each in ("Falls", "Nights", "Beds"))
    for need in (falls, nights, beds):
        needs.link(need=need, innovation=idea, by=TEST)
    needs.link(need=beds, innovation=other, by=TEST)
    needs.close(need=nights, reason="met", by=TEST)
    hub.post(url("decide", idea), form(idea, "merge", "same-idea", into=other.ref, do="confirm"))
    assert served_by(other) == {"Falls", "Nights", "Beds"}
    given = other.need_links.get(need=falls)
    # As a row of its own: by whoever merged, and not by who linked the other one.
    assert given.actor_ref == hub_user.ref
    assert given.came_with.innovation == idea
    assert other.need_links.get(need=beds).came_with is None
    assert served_by(idea) == {"Falls", "Nights", "Beds"}
    assert "It came with an idea that was merged into this one" in page(hub, url("serves", other))

    hub.post(url("separate", idea, decision=given.came_with.ref))
    assert served_by(other) == {"Beds"}
    assert served_by(idea) == {"Falls", "Nights", "Beds"}
    events = Event.objects.filter(subject_ref=other.ref, verb__startswith="innovation.need_")
    verbs = [event.verb.removeprefix("innovation.need_") for event in events.order_by("pk")]
    assert verbs == ["linked", "linked", "linked", "unlinked", "unlinked"]


@pytest.mark.parametrize("how", ["link", "form"])
def test_what_somebody_confirmed_stays_when_ideas_are_separated(hub, idea, other, how):
    need, second = factories.need(idea.site, "Falls"), factories.need(idea.site, "Nights")
    for each in (need, second):
        needs.link(need=each, innovation=idea, by=TEST)
    merge = decide(idea, "merge", "same-idea", into=other)
    if how == "link":
        needs.link(need=need, innovation=other, by=TEST)
    else:
        hub.post(url("serves", other), {"needs": [need.ref]})
    decisions.undo(decision=merge, by=TEST)
    assert served_by(other) == {"Falls"}


def test_a_need_that_two_merged_ideas_give_stays_with_the_second(site, idea, other):
    third = factories.innovation(site, "Labels again")
    need = factories.need(site)
    needs.link(need=need, innovation=idea, by=TEST)
    needs.link(need=need, innovation=third, by=TEST)
    first = decide(idea, "merge", "same-idea", into=other)
    other.refresh_from_db()
    second = decide(third, "merge", "same-idea", into=other)
    decisions.undo(decision=first, by=TEST)
    assert other.need_links.get().came_with == second
    second.innovation.refresh_from_db()
    decisions.undo(decision=second, by=TEST)
    assert not other.need_links.exists()


def test_what_was_handed_on_twice_is_taken_back_to_the_end(site, idea, other):
    third = factories.innovation(site, "Labels again")
    needs.link(need=factories.need(site), innovation=idea, by=TEST)
    merge = decide(idea, "merge", "same-idea", into=other)
    other.refresh_from_db()
    decide(other, "merge", "same-idea", into=third)
    assert third.need_links.exists()
    merge.innovation.refresh_from_db()
    decisions.undo(decision=merge, by=TEST)
    assert not third.need_links.exists()
    assert idea.need_links.exists()


def test_a_merge_undone_at_once_tells_nobody(hub, idea, other, clock, run_outbox):
    merge = decide(idea, "merge", "same-idea", into=other)
    run_outbox()
    mail.outbox.clear()
    hub.post(url("undo", idea, decision=merge.ref))
    clock.shift(3600)
    run_outbox()
    assert mail.outbox == []


def test_a_confidential_idea_is_named_to_nobody_who_may_not_read_it(sign_in, site, idea, other):
    Innovation.objects.filter(pk=idea.pk).update(is_confidential=True)
    decide(idea, "merge", "same-idea", into=other)
    html = page(sign_in(factories.member(site, Role.EXECUTIVE)), other.get_absolute_url())
    assert "Labels that stick" not in html
    assert "1 confidential idea" in html


def test_one_whose_other_half_was_withdrawn_is_not_forgotten(hub, client, idea, other, clock):
    decide(idea, "merge", "same-idea", into=other)
    clock.shift(dt.timedelta(hours=1))
    submissions.withdraw(submission=other.submission, by=link(other.submission.ref))
    assert "nobody looks at this one" in page(hub, idea.get_absolute_url())
    assert "We will look at yours by itself" in page(client, track(idea))
    # Where hub staff find it without looking.
    assert "Labels that stick" in page(hub, reverse("home"))


# -- interests ---------------------------------------------------------------------------
def test_whoever_has_an_interest_is_told_before_they_type(hub, hub_user, idea):
    interests.declare(innovation=idea, user=hub_user, nature="personal", by=hub_user.actor)
    assert "Somebody else has to decide" in page(hub, url("decide", idea))
    idea.refresh_from_db()
    refused = hub.post(url("decide", idea), form(idea, "decline", "unsafe"))
    assert refused.status_code == 422
    assert "You declared an interest" in refused.content.decode()
    assert "Our words." in refused.content.decode()


def test_deciding_says_that_there_is_no_interest(hub, idea):
    assert "you have no interest in this idea" in page(hub, url("decide", idea) + "?kind=decline")
    hub.post(url("decide", idea), form(idea, "decline", "unsafe"))
    assert Decision.objects.get().no_conflict is True


# -- messages ----------------------------------------------------------------------------
def test_nobody_writes_to_whoever_took_their_idea_back(hub, idea):
    assert url("message", idea) in page(hub, idea.get_absolute_url())
    submissions.withdraw(submission=idea.submission, by=link(idea.submission.ref))
    assert url("message", idea) not in page(hub, idea.get_absolute_url())


def test_every_kind_can_be_undone_while_its_mails_are_held(hub, site, idea, other, partner, clock):
    for kind, code, more in (
        ("signpost", "better-placed", {"organisation": partner, "contact_email": "c@x.example",
                                       "introduction": "Hello"}),
        ("park", "not-now", {"until_what": "Later"}),
        ("merge", "same-idea", {"into": other}),
        ("scoping", "clear-need", {}),
    ):  # fmt: skip
        decision = decide(idea, kind, code, **more)
        hub.post(url("undo", idea, decision=decision.ref))
        idea.refresh_from_db()
        other.refresh_from_db()
        assert idea.state == "waiting"
        clock.shift(60)
    assert Event.objects.filter(verb="innovation.decision_undone").count() == 4


def test_a_message_on_an_idea_in_scoping_is_on_my_work_until_somebody_answers(hub, idea, clock):
    decide(idea, "scoping", "clear-need")
    clock.shift(dt.timedelta(hours=1))
    assert "New messages" not in page(hub, reverse("home"))
    idea.refresh_from_db()
    messages.write_to_hub(innovation=idea, body="One thing more.", by=link("x"))
    work = page(hub, reverse("home"))
    assert "New messages on ideas that are decided" in work
    assert "Labels that stick" in work
    clock.shift(60)
    messages.write_to_submitter(innovation=idea, body="Thank you.", by=TEST)
    assert "New messages" not in page(hub, reverse("home"))
