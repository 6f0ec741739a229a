"""Asking one person one question: who sees what, who can answer, and what the clock does meanwhile."""

import datetime as dt
import re

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.services.erasure import erase_person
from hubapp import codes
from hubapp.actors import asked
from hubapp.events.models import Event
from hubapp.instants import acting_at
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from portfolio import links
from portfolio.enums import AskProof, AskState, State, WaitsOn
from portfolio.models import Ask, AskDoor, Innovation
from portfolio.queries import asks as queries
from portfolio.services import asks, decisions, holds, innovations, messages, redactions
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 4, 10, 0, tzinfo=dt.UTC)  # a Wednesday
SECRET = "Mrs Oluwolo Example"
NEEDLE = "oluwolo"


@pytest.fixture
def idea(site):
    return factories.innovation(
        site,
        "A board with the delay",
        problem="We wait for hours.",
        for_whom="Patients.",
        idea="A whole new board.",
        email="ada@test.example",
    )


@pytest.fixture
def ask(idea):
    return make(idea)


def make(innovation, **fields):
    """A question to Rosa, who is outside."""
    innovation.refresh_from_db()
    given = {
        "kind": "question",
        "question": "Does the steriliser take it?",
        "name": "Rosa Outside",
        "email": "rosa@nhs.example",
        "by": factories.TEST,
    }
    return asks.ask(innovation=innovation, **(given | fields))


def path_of(ask) -> str:
    ask.refresh_from_db()
    return links.ask_path(ask.ref, ask.generation)


def words(response) -> str:
    """The page as it is read, without head and markup."""
    text = response.content.decode().split("<main", 1)[1].split("</main", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def code_in_mail() -> str:
    return re.search(r"^  (\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]


def opened(client, ask, run_outbox):
    """The client, after it typed the code."""
    client.post(f"{path_of(ask)}send-code/")
    run_outbox()
    response = client.post(f"{path_of(ask)}code/", {"code": code_in_mail()})
    assert response.status_code == 302
    return client


# -- from the link to the answer ----------------------------------------------------
def test_somebody_outside_answers_from_the_mailed_link(client, ask, run_outbox, hub):
    run_outbox()
    sent = mail.outbox[-1]
    assert sent.to == ["rosa@nhs.example"]
    assert path_of(ask) in sent.body
    assert ask.question not in sent.body
    anyone = Client()
    page = words(anyone.get(path_of(ask)))
    assert "r•••@nhs.example" in page
    assert "rosa" not in page
    assert ask.innovation.title not in page
    anyone.post(f"{path_of(ask)}send-code/")
    run_outbox()
    code = mail.outbox[-1]
    assert code.to == ["rosa@nhs.example"]
    assert ask.innovation.title not in code.subject + code.body
    assert ask.site.name not in code.subject + code.body
    opened(anyone, ask, run_outbox)
    page = words(anyone.get(path_of(ask)))
    assert ask.question in page
    assert "A board with the delay" in page
    assert "We wait for hours." in page
    assert "A whole new board." not in page
    anyone.post(path_of(ask), {"text": "Yes, forty a day."})
    ask.refresh_from_db()
    assert (ask.state, ask.answer, ask.proof) == ("answered", "Yes, forty a day.", "code")
    page = words(anyone.get(path_of(ask)))
    assert "Thank you" in page
    assert "Yes, forty a day." in page
    # It lands on the idea's page and timeline.
    record = words(hub.get(ask.innovation.get_absolute_url()))
    assert "Rosa Outside answered" in record
    assert "Yes, forty a day." in record
    event = Event.objects.get(verb="ask.answered")
    assert (event.actor_kind, event.actor_ref) == ("link", f"ask:{ask.ref}")


def test_without_the_code_nobody_reads_or_answers(client, ask):
    assert client.post(path_of(ask), {"text": "Forged"}).status_code == 422
    ask.refresh_from_db()
    assert ask.state == AskState.OPEN
    assert ask.question not in words(client.get(path_of(ask)))


def test_the_code_of_one_question_opens_no_other(client, ask, run_outbox):
    other = make(ask.innovation, email="other@nhs.example", name="Other")
    opened(client, ask, run_outbox)
    # The cookie is bound to the path; also sent by hand it opens nothing else.
    cookie = client.cookies["hubapp_ask"]
    assert cookie["path"] == path_of(ask)
    assert cookie["httponly"]
    client.cookies["hubapp_ask"]["path"] = "/"
    assert other.question not in words(client.get(path_of(other)))


def test_a_forged_cookie_opens_nothing(client, ask):
    client.cookies["hubapp_ask"] = f"{ask.ref}-1"
    assert ask.question not in words(client.get(path_of(ask)))
    client.cookies["hubapp_ask"] = f"{ask.ref}-1:abc:def"
    assert ask.question not in words(client.get(path_of(ask)))


def test_the_code_works_once_for_fifteen_minutes_and_five_tries(ask, run_outbox):
    by = asked(ask.ref)
    assert asks.check_code(ask=ask, code="123456", by=by) == codes.CodeCheck.NONE_OUT
    with time_machine.travel(dt.datetime.now(tz=dt.UTC), tick=False) as clock:
        asks.send_code(ask=ask, by=by)
        door = AskDoor.objects.get()
        code = links.ask_code(ask.ref, door.seed)
        wrong = f"{(int(code) + 1) % 10**6:06}"
        for _ in range(4):
            assert asks.check_code(ask=ask, code=wrong, by=by) == codes.CodeCheck.WRONG
        assert asks.check_code(ask=ask, code=wrong, by=by) == codes.CodeCheck.NONE_OUT
        # Used up: the right one no longer helps.
        assert asks.check_code(ask=ask, code=code, by=by) == codes.CodeCheck.NONE_OUT
        clock.shift(31)
        asks.send_code(ask=ask, by=by)
        door.refresh_from_db()
        code = links.ask_code(ask.ref, door.seed)
        clock.shift(14 * 60)
        spaced = f" {code[:3]} {code[3:]}-"
        assert asks.check_code(ask=ask, code=spaced, by=by) == codes.CodeCheck.RIGHT
        assert asks.check_code(ask=ask, code=code, by=by) == codes.CodeCheck.NONE_OUT
        asks.send_code(ask=ask, by=by)
        door.refresh_from_db()
        clock.shift(15 * 60)
        code = links.ask_code(ask.ref, door.seed)
        assert asks.check_code(ask=ask, code=code, by=by) == codes.CodeCheck.NONE_OUT


def test_pressed_twice_one_code_is_sent_and_not_without_end(ask, run_outbox):
    by = asked(ask.ref)
    with time_machine.travel(dt.datetime.now(tz=dt.UTC), tick=False) as clock:
        asks.send_code(ask=ask, by=by)
        asks.send_code(ask=ask, by=by)
        assert Delivery.objects.filter(kind="portfolio.ask_code").count() == 1
        for _ in range(codes.MOST_CODES - 1):
            clock.shift(60)
            asks.send_code(ask=ask, by=by)
        clock.shift(60)
        with pytest.raises(Refused, match="too many"):
            asks.send_code(ask=ask, by=by)


def test_an_older_code_is_not_mailed_after_a_newer_one(ask, run_outbox):
    by = asked(ask.ref)
    run_outbox()
    mail.outbox.clear()
    with time_machine.travel(dt.datetime.now(tz=dt.UTC), tick=False) as clock:
        asks.send_code(ask=ask, by=by)
        clock.shift(60)
        asks.send_code(ask=ask, by=by)
        run_outbox()
    assert len(mail.outbox) == 1
    assert code_in_mail() == links.ask_code(ask.ref, AskDoor.objects.get().seed)


def test_nothing_in_the_database_tells_the_code(ask):
    asks.send_code(ask=ask, by=asked(ask.ref))
    from django.apps import apps
    from django.core import serializers

    code = links.ask_code(ask.ref, AskDoor.objects.get().seed)
    for model in apps.get_models():
        kept = serializers.serialize("json", model._base_manager.all())
        assert f'"{code}"' not in kept, model


def test_guessing_is_slowed_down_for_the_network(client, ask, settings, monkeypatch):
    from hubapp.web import limits

    monkeypatch.setitem(limits._Limit.THROTTLE_RATES, "ask_code", "3/hour")
    client.post(f"{path_of(ask)}send-code/")
    answers = [
        client.post(f"{path_of(ask)}code/", {"code": f"{n:06}"}).status_code for n in range(3)
    ]
    assert answers == [422, 422, 429]


def test_who_is_signed_in_as_the_person_needs_no_code(sign_in, site, idea):
    reviewer = factories.member(site, "reviewer", functions=["ig"])
    ask = make(idea, person=reviewer.person, kind="sign_off", function="ig")
    client = sign_in(reviewer)
    assert ask.question in words(client.get(path_of(ask)))
    assert path_of(ask) in client.get("/").content.decode()
    assert client.post(path_of(ask), {"verdict": "no"}).status_code == 422
    client.post(path_of(ask), {"verdict": "no", "text": "Names are on it."})
    ask.refresh_from_db()
    assert (ask.verdict, ask.proof) == ("no", AskProof.ACCOUNT)
    event = Event.objects.get(verb="ask.answered")
    assert (event.actor_kind, event.actor_ref) == ("user", reviewer.ref)


def test_who_is_signed_in_as_somebody_else_needs_the_code(hub, ask):
    assert ask.question not in words(hub.get(path_of(ask)))


def test_an_answer_is_given_once(client, ask, run_outbox):
    opened(client, ask, run_outbox)
    client.post(path_of(ask), {"text": "First"})
    assert client.post(path_of(ask), {"text": "Second"}).status_code == 302
    ask.refresh_from_db()
    assert ask.answer == "First"
    with pytest.raises(Refused, match="already"):
        asks.answer(ask=ask, text="Third", proof="code", by=asked(ask.ref))
    stale = Ask.objects.select_related("innovation").get(pk=ask.pk)
    Ask.objects.model  # noqa: B018 - the row itself refuses as well
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        Ask.objects.filter(pk=stale.pk).update(answer="Otherwise")
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        Ask.objects.filter(pk=stale.pk).update(version=99)


def test_two_windows_answer_at_once_and_one_is_told(ask):
    first = Ask.objects.select_related("innovation").get(pk=ask.pk)
    second = Ask.objects.select_related("innovation").get(pk=ask.pk)
    asks.answer(ask=first, text="First", proof="code", by=asked(ask.ref))
    with pytest.raises(Refused, match="already"):
        asks.answer(ask=second, text="Second", proof="code", by=asked(ask.ref))


def test_what_was_asked_never_changes(ask):
    for change in ({"question": "Otherwise"}, {"shows": "texts"}, {"asked_at": NOW}):
        with pytest.raises(DatabaseError, match="history"), transaction.atomic():
            Ask.objects.filter(pk=ask.pk).update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "answered"},
        {"state": "withdrawn"},
        {"answer": "Without being answered"},
        {"withdrawn_at": NOW},
        {"expires_at": NOW - dt.timedelta(days=9000)},
        {"state": "answered", "answered_at": NOW, "answered_on": NOW.date(), "proof": "code"},
        {
            "state": "answered", "answered_at": NOW, "answered_on": NOW.date(), "proof": "code",
            "answer": "Yes", "verdict": "yes",
        },
        {
            "state": "answered", "answered_at": NOW, "answered_on": NOW.date(), "answer": "No proof",
        },
    ],
)  # fmt: skip
def test_the_database_refuses_what_cannot_be(ask, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Ask.objects.filter(pk=ask.pk).update(**change)


# -- what was typed is kept ------------------------------------------------------------
def test_an_answer_can_be_begun_and_finished_later(client, ask, run_outbox):
    opened(client, ask, run_outbox)
    client.post(path_of(ask), {"text": "So far", "do": "save"})
    assert "So far" in client.get(path_of(ask)).content.decode()
    assert ask.innovation.asks.get().answer == ""
    client.post(path_of(ask), {"text": "All of it"})
    assert AskDoor.objects.get().answer == ""


def test_what_was_typed_outlives_the_code(client, ask, run_outbox):
    opened(client, ask, run_outbox)
    client.cookies.clear()
    page = client.post(path_of(ask), {"text": "A long answer"})
    assert page.status_code == 422
    assert 'value="A long answer"' in page.content.decode()
    with time_machine.travel(dt.datetime.now(tz=dt.UTC) + dt.timedelta(minutes=2)):
        page = client.post(f"{path_of(ask)}send-code/", {"text": "A long answer"})
        assert 'value="A long answer"' in page.content.decode()
        run_outbox()
        client.post(f"{path_of(ask)}code/", {"code": "000000", "text": "A long answer"})
        client.post(f"{path_of(ask)}code/", {"code": code_in_mail(), "text": "A long answer"})
        assert "A long answer" in client.get(path_of(ask)).content.decode()


def test_an_nhs_number_in_the_answer_comes_back_with_the_text(client, ask, run_outbox):
    opened(client, ask, run_outbox)
    page = client.post(path_of(ask), {"text": "It was 943 476 5919"})
    assert page.status_code == 422
    assert "943 476 5919" in page.content.decode()
    client.post(path_of(ask), {"text": "It was 943 476 5919", "not_nhs_numbers": "9434765919"})
    ask.refresh_from_db()
    assert ask.state == AskState.ANSWERED


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001, "\x00"])
def test_a_wrong_answer_is_a_sentence_and_no_fault(client, ask, run_outbox, text):
    opened(client, ask, run_outbox)
    page = client.post(path_of(ask), {"text": text})
    assert page.status_code == 422
    assert "There is a problem" in words(page)


# -- links that open nothing -----------------------------------------------------------
@pytest.mark.parametrize(
    "token", ["x", "0" * 10, f"{'0' * 10}-1.forged", f"{'A' * 10}-1.{'a' * 43}", "x" * 999]
)
@pytest.mark.parametrize("rest", ["", "code/", "send-code/", "new-link/"])
def test_a_link_that_is_none_is_the_same_page_everywhere(client, token, rest):
    for call in (client.get, client.post):
        response = call(f"/ask/{token}/{rest}")
        assert response.status_code == 404
        assert response["Referrer-Policy"] == "strict-origin"


def test_another_purposes_token_opens_no_question(client, ask):
    forged = links.make_token(links.TRACK, ask.ref, 1)
    assert client.get(f"/ask/{forged}/").status_code == 404


def test_a_withdrawn_question_says_so_and_tells_whoever_has_the_mail(client, ask, run_outbox):
    run_outbox()
    mail.outbox.clear()
    path = path_of(ask)
    asks.withdraw(ask=ask, by=factories.TEST)
    run_outbox()
    page = client.get(path)
    assert page.status_code == 410
    assert "no longer needed" in words(page)
    assert ask.innovation.title not in words(page)
    assert "no longer needs your answer" in mail.outbox[-1].subject
    with pytest.raises(Refused):
        asks.withdraw(ask=ask, by=factories.TEST)


def test_a_question_taken_back_at_once_is_never_mailed(ask, run_outbox):
    asks.withdraw(ask=ask, by=factories.TEST)
    run_outbox()
    assert [sent for sent in mail.outbox if sent.to == ["rosa@nhs.example"]] == []


def test_a_link_that_is_too_old_lets_the_hub_know_by_one_button(client, ask, hub_user):
    innovations.assign(innovation=ask.innovation, to=hub_user, by=factories.TEST)
    path = path_of(ask)
    with time_machine.travel(dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=15)):
        page = client.get(path)
        assert page.status_code == 410
        assert "Ask the hub for a new link" in words(page)
        for _ in range(2):
            assert client.post(f"{path}new-link/").status_code == 200
        ask.refresh_from_db()
        assert ask.link_wanted_at
        assert Event.objects.filter(verb="ask.link_wanted").count() == 1
        lists = {work.heading: work.items for work in queries.work_of(hub_user)}
        assert "Rosa Outside would like a new link" in lists["New links wanted"][0].why
        asks.renew(ask=ask, by=factories.TEST)
        assert client.get(path).status_code == 410
        assert "replaced" in words(client.get(path))
        assert client.get(path_of(ask)).status_code == 200
        assert ask.link_wanted_at is None


def test_an_answer_can_be_read_again_until_its_link_is_too_old(client, ask, run_outbox):
    opened(client, ask, run_outbox)
    client.post(path_of(ask), {"text": "Forty"})
    fresh = Client()
    assert "Forty" not in words(fresh.get(path_of(ask)))
    with time_machine.travel(dt.datetime.now(tz=dt.UTC) + dt.timedelta(hours=1)):
        opened(fresh, ask, run_outbox)
        assert "Forty" in words(fresh.get(path_of(ask)))
    with time_machine.travel(dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=15)):
        page = fresh.get(path_of(ask))
        assert page.status_code == 410
        assert "You have answered" in words(page)
        assert "Forty" not in words(page)


def test_once_the_idea_has_ended_nobody_need_answer(client, ask):
    factories.reason(ask.site)
    ask.innovation.refresh_from_db()
    decisions.decide(
        innovation=ask.innovation, kind="decline", reason_code="test-reason", words="No.",
        by=factories.TEST,
    )  # fmt: skip
    page = client.get(path_of(ask))
    assert page.status_code == 410
    assert "no longer needed" in words(page)
    assert asks.remind_due(by=factories.TEST, now=NOW + dt.timedelta(days=9000)) == 0
    with pytest.raises(Refused):
        asks.answer(
            ask=Ask.objects.select_related("innovation").get(), text="x", proof="code",
            by=factories.TEST,
        )  # fmt: skip
    with pytest.raises(Refused, match="Nobody can be asked"):
        make(ask.innovation)


# -- the clock ----------------------------------------------------------------------------
def test_the_clock_stands_still_until_the_last_answer(site):
    with acting_at(NOW):
        idea = factories.innovation(site, "Idea")
    with acting_at(NOW + dt.timedelta(days=1)):
        first = make(idea, stops_clock=True, function="ig")
    idea.refresh_from_db()
    assert (idea.state, idea.waits_on, idea.waits_on_function) == (
        State.HELD, WaitsOn.FUNCTION, "ig",
    )  # fmt: skip
    with acting_at(NOW + dt.timedelta(days=2)):
        second = make(idea, stops_clock=True, name="B", email="b@nhs.example")
        third = make(idea, name="C", email="c@nhs.example")
    for ask in (third, second):
        with acting_at(NOW + dt.timedelta(days=5)):
            asks.answer(ask=ask, text="Yes", proof="code", by=asked(ask.ref))
        idea.refresh_from_db()
        assert idea.state == State.HELD
    with acting_at(NOW + dt.timedelta(days=6)):  # a Tuesday
        asks.answer(ask=first, text="Yes", proof="code", by=asked(first.ref))
    idea.refresh_from_db()
    assert idea.state == State.WAITING
    assert idea.due_on == dt.date(2026, 12, 7)  # three working days later than 2 December
    assert idea.moves.last().reason == "answer"


@pytest.mark.parametrize("how", ["withdraw", "expire", "erase"])
def test_the_clock_runs_again_when_no_answer_will_come(site, how):
    idea = factories.innovation(site, "Idea")
    ask = make(idea, stops_clock=True)
    idea.refresh_from_db()
    assert (idea.state, idea.waits_on) == (State.HELD, WaitsOn.PERSON)
    if how == "withdraw":
        asks.withdraw(ask=ask, by=factories.TEST)
    elif how == "erase":
        erase_person(person=ask.person, by=factories.TEST)
    else:
        later = dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=15)
        assert asks.expire_due(by=factories.TEST, now=later) == 1
        assert asks.expire_due(by=factories.TEST, now=later) == 0
    idea.refresh_from_db()
    assert idea.state == State.WAITING


def test_an_answer_starts_no_clock_that_stands_still_for_something_else(site):
    idea = factories.innovation(site, "Idea")
    holds.hold(innovation=idea, waits_on="organisation", reason="partner", by=factories.TEST)
    ask = make(idea, stops_clock=True)
    assert ask.stop is None
    asks.answer(ask=ask, text="Yes", proof="code", by=asked(ask.ref))
    idea.refresh_from_db()
    assert idea.state == State.HELD


def test_taken_up_again_by_hand_an_answer_changes_nothing(site):
    idea = factories.innovation(site, "Idea")
    ask = make(idea, stops_clock=True)
    idea.refresh_from_db()
    decisions.resume(innovation=idea, by=factories.TEST)
    asks.answer(
        ask=Ask.objects.select_related("innovation").get(),
        text="Yes",
        proof="code",
        by=asked(ask.ref),
    )
    idea.refresh_from_db()
    assert idea.state == State.WAITING
    assert idea.moves.count() == 3


def test_a_new_link_stops_the_clock_again(site):
    idea = factories.innovation(site, "Idea")
    ask = make(idea, stops_clock=True)
    later = dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=15)
    asks.expire_due(by=factories.TEST, now=later)
    ask = Ask.objects.select_related("innovation", "person").get()
    asks.renew(ask=ask, by=factories.TEST)
    idea.refresh_from_db()
    assert idea.state == State.HELD
    asks.answer(ask=ask, text="Yes", proof="code", by=asked(ask.ref))
    idea.refresh_from_db()
    assert idea.state == State.WAITING


def test_what_waits_for_the_submitter_cannot_be_stopped_for_another(site, idea):
    factories.reason(site, "ask")
    decisions.decide(
        innovation=idea, kind="ask", reason_code="test-reason", words="More?", by=factories.TEST
    )
    with pytest.raises(Refused, match="clock"):
        make(idea, stops_clock=True)
    assert make(idea).state == AskState.OPEN


# -- reminding ------------------------------------------------------------------------------
def test_after_five_working_days_hubapp_reminds_once(idea, run_outbox):
    with acting_at(NOW), time_machine.travel(NOW, tick=False):
        ask = make(idea)
        run_outbox()
        mail.outbox.clear()
    for days, reminded in ((5, 0), (6, 0), (7, 1), (8, 0)):
        at = NOW + dt.timedelta(days=days)
        with time_machine.travel(at, tick=False):
            assert asks.remind_due(by=factories.TEST) == reminded, days
            run_outbox()
    assert [sent.to for sent in mail.outbox] == [["rosa@nhs.example"]]
    assert path_of(ask) in mail.outbox[0].body


def test_the_hub_reminds_at_most_once_a_day(ask):
    asks.remind(ask=ask, by=factories.TEST)
    with pytest.raises(Refused, match="today"):
        asks.remind(ask=ask, by=factories.TEST)


# -- whom ---------------------------------------------------------------------------------------
def test_a_member_is_asked_as_the_person_they_sign_in_as(site, idea):
    member = factories.member(site, "executive")
    ask = make(idea, name="Whoever", email=member.person.email.upper())
    assert ask.person == member.person


def test_somebody_elses_account_is_not_shown_to_who_types_its_address(other_site, idea):
    elsewhere = factories.member(other_site)
    ask = make(idea, name="Typed Name", email=elsewhere.person.email)
    assert ask.person != elsewhere.person
    assert str(ask.person) == "Typed Name"


def test_asked_again_it_is_the_same_person_and_offered_in_the_list(site, ask):
    again = make(factories.innovation(site, "Another"), name="rosa outside")
    assert again.person == ask.person
    assert [each.person for each in queries.asked_before(site)] == [ask.person]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, ValidationError), ({"email": ""}, ValidationError),
        ({"email": "no address"}, ValidationError), ({"question": "  "}, Refused),
        ({"kind": "order"}, Refused), ({"shows": "all"}, Refused), ({"function": "magic"}, Refused),
        ({"days": 0}, Refused), ({"days": 61}, Refused), ({"question": "x" * 2001}, ValidationError),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_leaves_nothing(idea, fields, error):
    people = Person.objects.count()
    with pytest.raises(error):
        make(idea, **fields)
    assert not Ask.objects.exists()
    assert Person.objects.count() == people


def test_the_same_form_twice_asks_once(idea):
    assert make(idea, once_key="k") == make(idea, once_key="k")
    assert Ask.objects.count() == 1


# -- new answers ----------------------------------------------------------------------------------
def test_an_answer_is_new_until_something_follows(idea, ask):
    def is_new():
        idea.refresh_from_db()
        return idea.has_new_answer

    assert not is_new()
    asks.answer(ask=ask, text="Yes", proof="code", by=asked(ask.ref))
    assert is_new()
    messages.write_to_submitter(innovation=idea, body="Thank you", by=factories.TEST)
    assert not is_new()


def test_answers_wait_in_my_work_for_who_asked_and_who_looks_after_it(site, idea, hub_user):
    other = factories.member(site)
    ask = make(idea, by=hub_user.actor)
    asks.answer(ask=ask, text="Yes", proof="code", by=asked(ask.ref))
    headings = [work.heading for work in queries.work_of(hub_user)]
    assert "Answers that came in" in headings
    assert queries.work_of(other) == []
    Innovation.objects.filter(pk=idea.pk).update(assignee=other)
    assert "Answers that came in" in [work.heading for work in queries.work_of(other)]


# -- what is blacked out and erased -------------------------------------------------------------------
def test_details_are_blacked_out_in_question_answer_and_draft(site, idea, hub_user):
    ask = make(idea, question=f"Do you know {SECRET}?")
    begun = make(idea, name="B", email="b@nhs.example")
    asks.save_draft(ask=begun, text=f"I know {SECRET}", by=asked(begun.ref))
    asks.answer(ask=ask, text=f"Yes, {SECRET} told me.", proof="code", by=asked(ask.ref))
    redactions.redact(
        innovation=Innovation.objects.get(pk=idea.pk), fragments=[SECRET], reason="patient",
        by=hub_user.actor,
    )  # fmt: skip
    assert nowhere(NEEDLE)
    ask.refresh_from_db()
    assert ask.answer == "Yes, █████ told me."


def test_an_erased_person_is_in_no_question_and_no_answer(idea):
    ask = make(idea, name=SECRET, email="oluwolo@nhs.example", question=f"Dear {SECRET}, is it so?")
    unanswered = make(idea, name=SECRET, email="oluwolo@nhs.example")
    asks.answer(
        ask=ask, text=f"It is. {SECRET}, oluwolo@nhs.example", proof="code", by=asked(ask.ref)
    )
    erase_person(person=ask.person, by=factories.TEST)
    assert nowhere(NEEDLE)
    ask.refresh_from_db()
    unanswered.refresh_from_db()
    assert (ask.state, unanswered.state) == (AskState.ANSWERED, AskState.WITHDRAWN)
    assert ask.answer == "It is. █████, █████"


def nowhere(needle: str) -> bool:
    from django.apps import apps
    from django.core import serializers

    for model in apps.get_models():
        rows = serializers.serialize("json", model._base_manager.all(), ensure_ascii=False)
        assert needle not in rows.casefold(), model
    return True


# -- the hub's pages ------------------------------------------------------------------------------------
def form(**fields) -> dict:
    given = {
        "who": "new", "name": "Rosa Outside", "email": "rosa@nhs.example", "kind": "question",
        "question": "Does it fit?", "shows": "summary", "days": "14", "once_key": "once",
    }  # fmt: skip
    return given | fields


def test_the_desk_asks_after_seeing_what_they_will_see(hub, idea):
    address = reverse("portfolio:ask_somebody", kwargs={"site": idea.site.slug, "ref": idea.ref})
    assert hub.get(address).status_code == 200
    preview = hub.post(address, form(do="preview", shows="texts"))
    assert preview.status_code == 200
    assert "What Rosa Outside will see" in words(preview)
    assert "A whole new board." in words(preview)
    assert not Ask.objects.exists()
    back = hub.post(address, form(do="change", question="Does it really fit?"))
    assert "Does it really fit?" in back.content.decode()
    assert "There is a problem" not in words(back)
    for _ in range(2):
        response = hub.post(address, form(do="send"))
        assert response.status_code == 302
    assert Ask.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"who": ""}, "Select who you want to ask"),
        ({"email": ""}, "Enter the email address of whoever you ask"),
        ({"email": "rosa"}, "email address"),
        ({"name": ""}, "Enter the name of whoever you ask"),
        ({"who": "member"}, "Select the member you want to ask"),
        ({"question": ""}, "Enter your question"),
        ({"kind": ""}, "Select what you want from them"),
        ({"days": "many"}, "Enter the number of days in digits"),
        ({"days": "99"}, "from 1 to 60"),
        ({"question": "Is 943 476 5919 one of them?"}, "NHS number"),
    ],
)
def test_a_wrong_form_names_the_field_and_keeps_what_was_typed(hub, idea, fields, sentence):
    address = reverse("portfolio:ask_somebody", kwargs={"site": idea.site.slug, "ref": idea.ref})
    page = hub.post(address, form(do="send", **fields))
    assert page.status_code == 422
    assert sentence in words(page)
    assert fields.get("question", "Does it fit?") in page.content.decode()
    assert not Ask.objects.exists()


def test_a_member_with_one_function_speaks_for_it(hub, site, idea):
    reviewer = factories.member(site, "reviewer", functions=["estates"])
    address = reverse("portfolio:ask_somebody", kwargs={"site": site.slug, "ref": idea.ref})
    hub.post(address, form(do="send", who="member", member=reviewer.person.ref))
    ask = Ask.objects.get()
    assert (ask.person, ask.function) == (reviewer.person, "estates")


@pytest.mark.parametrize(
    ("verb", "state"), [("remind", "open"), ("new-link", "open"), ("withdraw", "withdrawn")]
)
def test_the_buttons_beside_a_question(hub, ask, verb, state):
    record = ask.innovation.get_absolute_url()
    assert "Rosa Outside" in words(hub.get(record))
    response = hub.post(f"{record}asks/{ask.ref}/{verb}/")
    assert response.status_code == 302
    ask.refresh_from_db()
    assert ask.state == state
    assert hub.post(f"{record}asks/{'0' * 10}/{verb}/").status_code == 404
    # What cannot be done any more is a sentence.
    assert hub.post(f"{record}asks/{ask.ref}/{verb}/", follow=True).status_code == 200


def test_a_question_of_another_idea_is_not_found(hub, site, ask):
    other = factories.innovation(site, "Another")
    assert hub.post(f"{other.get_absolute_url()}asks/{ask.ref}/withdraw/").status_code == 404


def test_a_confidential_ideas_mail_names_no_title(site, run_outbox):
    idea = factories.innovation(site, "Zebra Quartz", is_confidential=True)
    make(idea)
    run_outbox()
    assert "Zebra" not in mail.outbox[-1].subject + mail.outbox[-1].body
