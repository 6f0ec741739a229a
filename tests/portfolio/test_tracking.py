"""The submitter's own page: what it says, what it keeps to itself, and what can be done there."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.core import mail

from hubapp.instants import acting_at
from hubapp.web import limits
from portfolio import links
from portfolio.enums import DecisionKind, State
from portfolio.models import Innovation, Message, Submission
from portfolio.queries.tracking import tracked
from portfolio.services import decisions, messages, submissions
from portfolio.services.innovations import open_at_site
from tests import factories
from tests.portfolio.test_front_door import link_in, words

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 4, 10, 0, tzinfo=dt.UTC)  # a Wednesday
HELD = dt.timedelta(minutes=9)
GONE = dt.timedelta(minutes=11)


@pytest.fixture
def idea(site):
    """An idea that was entered for Ada on 4 November."""
    with time_machine.travel(NOW, tick=False):
        return factories.innovation(
            site, "A board with the delay", email="ada@test.example", problem="We wait."
        )


def path_of(innovation) -> str:
    submission = Submission.objects.get(pk=innovation.submission_id)
    return links.track_path(submission.ref, submission.link_generation)


def decide(innovation, kind=DecisionKind.DECLINE, **more):
    innovation.refresh_from_db()
    factories.reason(innovation.site, kind)
    return decisions.decide(
        innovation=innovation, kind=kind, reason_code="test-reason", words="Because of this.",
        next_step="Do that.", by=factories.TEST, **more,
    )  # fmt: skip


def test_the_page_says_when_the_answer_comes_and_when_it_is_late(client, idea):
    page = words(client.get(path_of(idea)))
    assert "A board with the delay" in page
    assert idea.site.name in page
    assert idea.ref in page
    assert "You will have our answer by 2 December 2026" in page
    with time_machine.travel(NOW + dt.timedelta(days=30)):
        assert "by 2 December 2026 , and we are late" in words(client.get(path_of(idea)))


@pytest.mark.parametrize("kind", [DecisionKind.DECLINE, DecisionKind.SCOPING, DecisionKind.ASK])
def test_a_decision_shows_only_once_it_has_left(client, idea, kind):
    with time_machine.travel(NOW, tick=False):
        before = words(client.get(path_of(idea)))
        decide(idea, kind)
    with time_machine.travel(NOW + HELD, tick=False):
        assert words(client.get(path_of(idea))) == before
    with time_machine.travel(NOW + GONE, tick=False):
        after = words(client.get(path_of(idea)))
    assert "Because of this." in after
    assert "Do that." in after
    assert "Test reason" in after
    said = {
        DecisionKind.DECLINE: "We are not taking your idea forward",
        DecisionKind.SCOPING: "We are taking your idea forward",
        DecisionKind.ASK: "We need to hear from you",
    }
    assert said[kind] in after


def test_an_undone_decision_never_shows(client, idea, run_outbox):
    with time_machine.travel(NOW, tick=False):
        before = words(client.get(path_of(idea)))
        decisions.undo(decision=decide(idea), by=factories.TEST)
        assert words(client.get(path_of(idea))) == before
    with time_machine.travel(NOW + GONE, tick=False):
        run_outbox()
        assert words(client.get(path_of(idea))) == before
    assert "Because of this." not in " ".join(message.body for message in mail.outbox)


def test_the_list_of_own_ideas_keeps_a_held_decision_to_itself(sign_in, site):
    user = factories.member(site, "staff")
    with time_machine.travel(NOW, tick=False):
        draft = submissions.start_draft(submitter_kind="staff", entry_site=site, by=user.actor)
        answers = {
            "problem": "P",
            "for_whom": "W",
            "idea": "Mine",
            "is_confidential": False,
            "sites": [site.code],
        }
        submissions.save_draft(draft=draft, by=user.actor, answers=answers)
        submissions.send_draft(draft=draft, by=user.actor, confirmed_person=user.person)
        decide(Innovation.objects.get())
    client = sign_in(user)
    with time_machine.travel(NOW + HELD, tick=False):
        sign_in(user)
        assert "We have your idea and are looking at it" in words(client.get("/"))
    with time_machine.travel(NOW + GONE, tick=False):
        assert "We are not taking your idea forward" in words(client.get("/"))


def test_a_message_reaches_the_hub_once_and_starts_the_clock_again(client, idea):
    with acting_at(NOW):
        decide(idea, DecisionKind.ASK)
    with time_machine.travel(NOW + GONE):
        path, once = path_of(idea), uuid.uuid4().hex
        send = {"body": "Here is more.\r\nAnd more.", "once": once}
        for _ in range(2):
            answer = client.post(f"{path}message/{idea.ref}/", send, follow=True)
            assert "Your message is sent" in words(answer)
        message = Message.objects.get()
        assert message.body == "Here is more.\nAnd more."
        idea.refresh_from_db()
        assert idea.state == State.WAITING
        # The same words sent with another form are another message.
        client.post(f"{path}message/{idea.ref}/", {**send, "once": uuid.uuid4().hex})
        assert Message.objects.count() == 2
        messages.write_to_submitter(innovation=idea, body="Thank you, Ada.", by=factories.TEST)
        page = words(client.get(path))
    assert page.index("Here is more.") < page.index("Thank you, Ada.")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Enter your message"),
        ("   ", "Enter your message"),
        ("x" * 100_000, "Your message must be 20000 characters or fewer"),
        ("a\x00b", "Your message has a character that cannot be stored"),
        ("About 943 476 5919", "has what looks like an NHS number, 943 476 5919"),
    ],
)
def test_a_message_that_cannot_go_is_answered_with_a_sentence_and_kept(
    client, idea, body, sentence
):
    answer = client.post(f"{path_of(idea)}message/{idea.ref}/", {"body": body})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert body.strip().replace("\x00", "")[:1000] in answer.content.decode().replace("\x00", "")
    assert f'href="#id_{idea.ref}_body"' in answer.content.decode()
    assert not Message.objects.exists()


def test_a_number_that_is_none_may_be_sent(client, idea):
    data = {
        "body": "Order 943 476 5919",
        "not_nhs_numbers": ["9434765919"],
        "once": "not a key \x00",
    }
    assert (
        client.post(f"{path_of(idea)}message/{idea.ref}/", {**data, "once": ""}).status_code == 302
    )
    assert Message.objects.get().body == "Order 943 476 5919"
    # A tampered key is no reason for an error page.
    assert client.post(f"{path_of(idea)}message/{idea.ref}/", data).status_code == 422


def test_a_message_goes_to_the_site_it_was_written_to_and_to_no_other_idea(
    client, idea, other_site
):
    foreign = factories.innovation(other_site, email="eve@test.example")
    answer = client.post(f"{path_of(idea)}message/{foreign.ref}/", {"body": "Hello"})
    assert answer.status_code == 404
    assert not Message.objects.exists()
    assert foreign.title not in words(client.get(path_of(idea)))


def test_programs_and_too_many_messages_are_held_back(client, idea, monkeypatch):
    path = f"{path_of(idea)}message/{idea.ref}/"
    assert "Your message is sent" in words(
        client.post(path, {"body": "Buy", "second_note": "x"}, follow=True)
    )
    assert not Message.objects.exists()
    rates = {**limits._Limit.THROTTLE_RATES, "front_door_send": "1/hour"}
    monkeypatch.setattr(limits._Limit, "THROTTLE_RATES", rates)
    client.post(path, {"body": "One"})
    answer = client.post(path, {"body": "Two of them"})
    assert answer.status_code == 429
    assert "Try again in 60 minutes" in words(answer)
    assert "Two of them" in answer.content.decode()
    assert Message.objects.count() == 1


def test_withdrawing_is_asked_twice_done_once_and_everywhere(client, site, other_site, run_outbox):
    draft = submissions.start_draft(submitter_kind="public", entry_site=None, by=factories.TEST)
    answers = {"problem": "P", "for_whom": "W", "idea": "I", "is_confidential": False}
    submissions.save_draft(
        draft=draft, by=factories.TEST, answers={**answers, "sites": [site.code, other_site.code]},
        person={"name": "Ada", "email": "ada@test.example"},
    )  # fmt: skip
    submission = submissions.send_draft(draft=draft, by=factories.TEST)
    submissions.confirm(submission=submission, by=factories.TEST)
    path = links.track_path(submission.ref, 1)
    question = words(client.get(f"{path}withdraw/"))
    assert site.name in question
    assert other_site.name in question
    assert set(Innovation.objects.values_list("state", flat=True)) == {State.WAITING}
    for _ in range(2):
        assert "Your idea is withdrawn" in words(client.post(f"{path}withdraw/", follow=True))
    assert set(Innovation.objects.values_list("state", flat=True)) == {State.WITHDRAWN}
    assert [i.moves.count() for i in Innovation.objects.all()] == [2, 2]
    assert "There is nothing to withdraw" in words(client.get(f"{path}withdraw/"))
    assert "Withdraw your idea" not in words(client.get(path))
    refused = client.post(f"{path}message/{Innovation.objects.first().ref}/", {"body": "Wait"})
    assert refused.status_code == 422
    assert "You withdrew this idea" in words(refused)


def test_withdrawing_while_a_decline_is_held_withdraws_and_the_answer_never_leaves(
    client, idea, run_outbox
):
    with time_machine.travel(NOW, tick=False):
        decide(idea)
        assert "Your idea is withdrawn" in words(
            client.post(f"{path_of(idea)}withdraw/", follow=True)
        )
    idea.refresh_from_db()
    assert idea.state == State.WITHDRAWN
    with time_machine.travel(NOW + GONE, tick=False):
        run_outbox()
    assert "Because of this." not in " ".join(message.body for message in mail.outbox)


def test_what_was_answered_can_no_longer_be_withdrawn(client, idea):
    with acting_at(NOW):
        decide(idea)
    with time_machine.travel(NOW + GONE):
        client.post(f"{path_of(idea)}withdraw/")
    idea.refresh_from_db()
    assert idea.state == State.DECLINED


def test_a_renewed_link_is_mailed_and_the_old_one_says_so(client, idea, run_outbox):
    run_outbox()
    old = path_of(idea)
    assert link_in(mail.outbox[-1]) == old
    assert "stops working at once" in words(client.get(f"{old}new-link/"))
    assert client.get(old).status_code == 200
    assert "no longer works" in words(client.post(f"{old}new-link/"))
    run_outbox()
    new = link_in(mail.outbox[-1])
    assert new != old
    assert client.get(new).status_code == 200
    for answer in (
        client.get(old),
        client.post(f"{old}withdraw/"),
        client.post(f"{old}message/{idea.ref}/", {"body": "x"}),
    ):
        assert answer.status_code == 410
        assert "This link was replaced by a newer one" in words(answer)
        assert idea.title not in words(answer)
    # Whoever lost the newest message has it sent again, to the address that we have.
    before = len(mail.outbox)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)):
        assert new not in client.post(f"{old}new-link/").content.decode()
        run_outbox()
    assert link_in(mail.outbox[-1]) == new
    assert len(mail.outbox) == before + 1


def test_the_page_costs_the_same_for_one_site_and_for_three(client, idea, count_queries):
    with acting_at(NOW):
        decide(idea, DecisionKind.ASK)
        messages.write_to_hub(innovation=idea, body="One", by=factories.TEST)

    def cost(path):
        with count_queries() as queries:
            client.get(path)
        return len(queries)

    one = cost(path_of(idea))
    submission = idea.submission
    for _ in range(2):
        site = factories.SiteFactory()
        more = open_at_site(submission=submission, site=site, at=NOW, by=factories.TEST)
        with acting_at(NOW):
            decide(more, DecisionKind.ASK)
    assert cost(path_of(idea)) == one <= 6
    assert len(tracked(submission).answers) == 3


def test_the_page_holds_no_script_and_no_inline_style(client, idea):
    html = client.get(path_of(idea)).content.decode()
    assert not re.search(r'<script(?![^>]*src=)|\son\w+="|\sstyle="', html)
