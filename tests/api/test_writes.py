"""Writing: ETags, what is refused and how it is said, and what must happen once."""

import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, Person
from hubapp.api import idempotency
from hubapp.api.models import IdempotentRequest
from hubapp.events.models import Event
from hubapp.notifications.models import Delivery
from portfolio.enums import State
from portfolio.models import Decision, Innovation
from portfolio.services import innovations
from tests import factories
from tests.api.conftest import BY, Caller, new_key


def problem_of(response, status: int) -> dict:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"].endswith((".", "?"))
    return body


# -- adding ----------------------------------------------------------------
def test_an_idea_is_added_on_someones_behalf(site, robot):
    response = robot.post(
        "innovations/",
        {"title": "  Bed alarms  ", "idea": "Alarms for beds", "innovation_type": "device", "name": "Ann Example",
         "email": "ann@test.example"},
    )  # fmt: skip
    assert response.status_code == 201
    body = response.json()
    assert body["title"] == "Bed alarms"
    assert (body["state"], body["channel"], body["site"]) == ("waiting", "api", site.code)
    idea = Innovation.objects.get()
    assert idea.submission.submitter.email == "ann@test.example"
    # Never read back, anywhere.
    assert b"ann example" not in response.content.lower()
    assert b"ann@" not in robot.get(response["Location"]).content
    # Where it says, with the same ETag.
    again = robot.get(response["Location"])
    assert again.json() == body
    assert again["ETag"] == response["ETag"]
    event = Event.objects.get(verb="innovation.received")
    assert event.actor_kind == "key"


def test_a_confidential_idea_is_out_of_the_keys_sight_at_once(site, robot, person):
    response = robot.post("innovations/", {"title": "Secret", "is_confidential": True})
    assert response.status_code == 201
    assert robot.get(response["Location"]).status_code == 404
    assert person.get(response["Location"]).status_code == 200


def test_who_has_several_sites_must_say_which(site, other_site):
    user = factories.member(site)
    Membership.objects.create(site=other_site, user=user, role="hub_staff")
    caller = Caller(user=user)
    assert "site" in problem_of(caller.post("innovations/", {"title": "x"}), 404)["errors"]
    assert (
        caller.post("innovations/", {"title": "x", "site": other_site.code.lower()}).status_code
        == 201
    )
    assert Innovation.objects.get().site == other_site


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["title"]),
        ({"title": "   "}, ["title"]),
        ({"title": None}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"title": "a\u0000b"}, ["title"]),
        ({"title": "\ud800"}, ["title"]),
        ({"title": ["x"]}, ["title"]),
        ({"title": {"$gt": ""}}, ["title"]),
        ({"title": "x", "idea": "y" * 20_001}, ["idea"]),
        ({"title": "x", "innovation_type": "gadget"}, ["innovation_type"]),
        ({"title": "x", "innovation_type": {}}, ["innovation_type"]),
        ({"title": "x", "innovation_type": []}, ["innovation_type"]),
        ({"title": "x", "email": "not an address"}, ["email"]),
        ({"title": "x", "is_confidential": "perhaps"}, ["is_confidential"]),
        ({"title": "x", "state": "scoping"}, ["state"]),
        ({"title": "x", "tittle": "y"}, ["tittle"]),
        ([], ["body"]),
        ("text", ["body"]),
        (None, ["body"]),
        (7, ["body"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_added(robot, body, names):
    sent = json.dumps(body).encode()
    response = robot.post("innovations/", sent)
    assert list(problem_of(response, 400)["errors"]) == names
    assert not Innovation.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{'title': 'x'}", b'{"title": "x"', b'{"title": NaN}', b'{"title": "\xff"}', b"\x00", b"\xff\xfe",
        b"[" * 100_000, b'{"title": ' + b"9" * 5000 + b"}", b'{"title": 1e999}', b'{"title": "a\x00b"}',
    ],
)  # fmt: skip
def test_what_is_not_json_is_a_problem_and_never_a_fault(robot, body):
    problem_of(robot.post("innovations/", body), 400)


def test_a_huge_body_is_refused(robot):
    body = b'{"title": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    assert "larger" in problem_of(robot.post("innovations/", body), 400)["detail"]


def test_only_json_is_read(robot):
    problem_of(
        robot.post("innovations/", b"title=x", kind="application/x-www-form-urlencoded"), 415
    )
    problem_of(robot.post("innovations/", b"title", kind="text/csv"), 415)
    problem_of(robot.post("innovations/", {"title": "x"}, headers={"Accept": "text/html"}), 406)


def test_markup_and_other_scripts_stay_as_typed(robot):
    title = "<script>alert(1)</script> 🚑 مرحبا"
    response = robot.post("innovations/", {"title": title})
    assert robot.get(response["Location"]).json()["title"] == title


# -- ETags -----------------------------------------------------------------
def test_a_change_needs_the_present_etag(site, robot):
    idea = factories.innovation(site, "Before")
    address = f"innovations/{idea.ref}/"
    read = robot.get(address)
    problem_of(robot.patch(address, {"title": "After"}), 428)
    changed = robot.patch(address, {"title": "After"}, if_match=read["ETag"])
    assert changed.status_code == 200
    assert changed.json()["title"] == "After"
    assert changed["ETag"] not in ("", read["ETag"])
    assert robot.get(address)["ETag"] == changed["ETag"]
    stale = problem_of(robot.patch(address, {"title": "Again"}, if_match=read["ETag"]), 412)
    assert "If-Match" in stale["errors"]
    assert robot.get(address).json()["title"] == "After"
    # Compressing proxies weaken tags; a list of tags, and any tag, are allowed by HTTP.
    for tag in (f"W/{changed['ETag']}", f'"other", {changed["ETag"]}', "*"):
        assert robot.patch(address, {}, if_match=tag).status_code == 200


def test_the_second_of_two_changes_sees_412(site, robot, monkeypatch):
    """Both read the same version; the other one writes between our look and our write."""
    idea = factories.innovation(site, "Before")
    etag = robot.get(f"innovations/{idea.ref}/")["ETag"]
    correct = innovations.correct

    def late(**kwargs):
        monkeypatch.setattr(innovations, "correct", correct)
        correct(innovation=Innovation.objects.get(pk=idea.pk), title="Theirs", by=BY)
        return correct(**kwargs)

    monkeypatch.setattr(innovations, "correct", late)
    problem_of(robot.patch(f"innovations/{idea.ref}/", {"title": "Ours"}, if_match=etag), 412)


def test_what_is_known_is_not_sent_again(site, robot):
    idea = factories.innovation(site)
    etag = robot.get(f"innovations/{idea.ref}/")["ETag"]
    again = robot.get(f"innovations/{idea.ref}/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert (
        robot.get(f"innovations/{idea.ref}/", headers={"If-None-Match": '"x-1"'}).status_code == 200
    )


def test_correcting_and_assigning(site, other_site, robot, person, hub_user):
    idea = factories.innovation(site, "Before")
    address = f"innovations/{idea.ref}/"

    def change(caller, body):
        return caller.patch(address, body, if_match=caller.get(address)["ETag"])

    body = change(robot, {"innovation_type": "digital", "assignee": hub_user.ref}).json()
    assert (body["innovation_type"], body["assignee"]) == ("digital", hub_user.ref)
    assert change(robot, {"assignee": None}).json()["assignee"] is None
    assert change(person, {"assignee": "me"}).json()["assignee"] == hub_user.ref
    assert robot.get(address).json()["assignee"] == hub_user.ref
    for wrong in (factories.member(other_site).ref, "nonsense", "me"):
        assert "assignee" in problem_of(change(robot, {"assignee": wrong}), 400)["errors"]
    assert "title" in problem_of(change(robot, {"title": ""}), 400)["errors"]
    # Both or neither: the type is wrong, so nobody is assigned.
    problem_of(change(robot, {"assignee": None, "innovation_type": "gadget"}), 400)
    assert robot.get(address).json()["assignee"] == hub_user.ref


# -- deciding --------------------------------------------------------------
@pytest.fixture
def waiting(site):
    """An idea in the queue whose submitter gets mail, and a reason to decline it."""
    factories.reason(site)
    return factories.innovation(site, email="ann@test.example")


def decline(caller, idea, etag="", **body):
    body = {"kind": "decline", "reason_code": "test-reason", **body}
    etag = etag or caller.get(f"innovations/{idea.ref}/")["ETag"]
    return caller.post(f"innovations/{idea.ref}/decisions/", body, if_match=etag)


def test_a_decision_is_made_and_undone(waiting, robot):
    made = decline(robot, waiting, words="We thank you.")
    assert made.status_code == 201
    body = made.json()
    assert (body["kind"], body["words"], body["innovation"]) == (
        "decline",
        "We thank you.",
        waiting.ref,
    )
    assert body["author_kind"] == "key"
    assert robot.get(made["Location"]).json() == body
    assert robot.get(made["Location"])["ETag"] == made["ETag"]
    assert robot.get(f"innovations/{waiting.ref}/").json()["state"] == "declined"
    problem_of(robot.post(f"decisions/{body['ref']}/undo/"), 428)
    undone = robot.post(f"decisions/{body['ref']}/undo/", if_match=made["ETag"])
    assert undone.status_code == 201
    assert undone.json()["reverses"] == body["ref"]
    assert robot.get(f"decisions/{body['ref']}/").json()["reversed_by"] == undone.json()["ref"]
    assert robot.get(f"innovations/{waiting.ref}/").json()["state"] == "waiting"
    kinds = [row["kind"] for row in robot.every(f"innovations/{waiting.ref}/decisions/")]
    assert kinds == ["decline", "undo"]
    assert [row["kind"] for row in robot.every("decisions/", innovation=waiting.ref)] == [
        "undo",
        "decline",
    ]


def test_the_sites_standard_words_serve_unless_others_are_given(waiting, robot):
    assert decline(robot, waiting).json()["words"] == "Test words for the submitter."


def test_a_decision_needs_the_present_etag(waiting, robot):
    before = robot.get(f"innovations/{waiting.ref}/")["ETag"]
    problem_of(robot.post(f"innovations/{waiting.ref}/decisions/", {}), 428)
    innovations.correct(innovation=waiting, title="Changed by a colleague", by=BY)
    problem_of(decline(robot, waiting, before), 412)
    assert not Decision.objects.exists()


def test_what_cannot_be_decided_is_said(waiting, robot):
    assert (
        "reason_code" in problem_of(decline(robot, waiting, reason_code="no-such"), 400)["errors"]
    )
    assert "reason_code" in problem_of(decline(robot, waiting, kind="scoping"), 400)["errors"]
    assert "kind" in problem_of(decline(robot, waiting, kind="undo"), 400)["errors"]
    assert "words" in problem_of(decline(robot, waiting, words=" "), 400)["errors"]
    assert decline(robot, waiting).status_code == 201
    assert "declined" in problem_of(decline(robot, waiting), 409)["detail"]


def test_an_answer_that_was_sent_is_not_undone(waiting, robot):
    made = decline(robot, waiting)
    with time_machine.travel(
        timezone.now() + timedelta(minutes=settings.DECISION_HOLD_MINUTES + 1)
    ):
        refused = robot.post(f"decisions/{made.json()['ref']}/undo/", if_match=made["ETag"])
    problem_of(refused, 409)


def test_taking_up_again(site, robot, waiting):
    factories.reason(site, "ask", "more")
    decline(robot, waiting, kind="ask", reason_code="more", words="Tell us more.")
    etag = robot.get(f"innovations/{waiting.ref}/")["ETag"]
    problem_of(robot.post(f"innovations/{waiting.ref}/resume/"), 428)
    body = robot.post(f"innovations/{waiting.ref}/resume/", if_match=etag).json()
    assert body["state"] == State.WAITING
    problem_of(robot.post(f"innovations/{waiting.ref}/resume/", if_match="*"), 409)


# -- assessing -------------------------------------------------------------
def test_a_person_answers_a_checklist(waiting, checklist, person, robot, as_role):
    address = f"innovations/{waiting.ref}/assessments/"
    first = {
        "checklist": checklist.ref,
        "answers": [{"code": "relevance", "value": "yes", "note": "Very."}],
    }
    begun = person.post(address, first)
    assert begun.status_code == 201
    own = begun["Location"]
    assert own.endswith(f"{address}{begun.json()['ref']}/")
    assert begun.json()["answers"] == [{"code": "relevance", "value": "yes", "note": "Very."}]
    # Unfinished: only the assessor sees it.
    assert robot.every(address) == as_role("site_lead").every(address) == []
    assert robot.get(own).status_code == 404
    assert len(person.every(address)) == 1
    problem_of(person.post(address, first), 409)
    early = person.put(own, {"answers": first["answers"], "done": True}, if_match=begun["ETag"])
    assert "1 is left" in problem_of(early, 409)["detail"]
    answers = [{"code": "relevance", "value": "partly"}, {"code": "impact", "value": "dont_know"}]
    problem_of(person.put(own, {"answers": answers}), 428)
    done = person.put(own, {"answers": answers, "done": True}, if_match=begun["ETag"])
    assert done.status_code == 200
    assert [(row["code"], row["value"], row["note"]) for row in done.json()["answers"]] == [
        ("relevance", "partly", ""), ("impact", "dont_know", ""),
    ]  # fmt: skip
    assert done.json()["done_at"].endswith("Z")
    assert robot.every(address) == [done.json()]
    problem_of(person.put(own, {"answers": answers}, if_match=begun["ETag"]), 412)
    # What is left out is not answered; the assessment is open again.
    less = person.put(own, {"answers": answers[:1]}, if_match=done["ETag"])
    assert len(less.json()["answers"]) == 1
    assert less.json()["done_at"] is None


def test_answers_are_a_persons_own(waiting, checklist, person, robot, site):
    address = f"innovations/{waiting.ref}/assessments/"
    body = {"checklist": checklist.ref, "answers": [
        {"code": "relevance", "value": "yes"}, {"code": "impact", "value": "no"}], "done": True}  # fmt: skip
    assert "person" in problem_of(robot.post(address, body), 403)["detail"]
    made = person.post(address, body)
    colleague = Caller(user=factories.member(site))
    etag = colleague.get(made["Location"])["ETag"]
    problem_of(colleague.put(made["Location"], {"answers": []}, if_match=etag), 403)


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ([{"code": "nonsense", "value": "yes"}], "answers.0.code"),
        (
            [{"code": "impact", "value": "yes"}, {"code": "relevance", "value": ""}],
            "answers.1.value",
        ),
        ([{"code": "impact", "value": "yes"}] * 2, "answers"),
        ([{"code": "impact", "value": "yes", "extra": 1}], "answers.0.extra"),
        ([["impact", "yes"]], "answers.0"),
        ({"impact": "yes"}, "answers"),
    ],
)
def test_a_wrong_answer_is_named(waiting, checklist, person, answers, name):
    body = {"checklist": checklist.ref, "answers": answers}
    response = person.post(f"innovations/{waiting.ref}/assessments/", body)
    assert name in problem_of(response, 400)["errors"]


# -- enquiries -------------------------------------------------------------
def test_an_enquiry_is_logged_answered_reopened_signposted(site, robot):
    logged = robot.post(
        "enquiries/",
        {
            "kind": "question",
            "subject": "Who pays?",
            "name": "Ann Example",
            "email": "ann@test.example",
        },
    )
    assert logged.status_code == 201
    address = f"enquiries/{logged.json()['ref']}/"
    assert b"ann@" not in robot.get(address).content
    assert b"Ann" not in robot.get(address).content
    assert Person.objects.filter(email="ann@test.example").exists()
    problem_of(robot.post(f"{address}answer/", {"answer": "The charity."}), 428)
    assert (
        "answer"
        in problem_of(robot.post(f"{address}answer/", {}, if_match=logged["ETag"]), 400)["errors"]
    )
    answered = robot.post(f"{address}answer/", {"answer": "The charity."}, if_match=logged["ETag"])
    assert answered.json()["state"] == "answered"
    problem_of(robot.post(f"{address}answer/", {"answer": "x"}, if_match=logged["ETag"]), 412)
    problem_of(robot.post(f"{address}answer/", {"answer": "x"}, if_match=answered["ETag"]), 409)
    reopened = robot.post(f"{address}reopen/", if_match=answered["ETag"])
    assert reopened.json()["state"] == "open"
    pointed = robot.post(
        f"{address}signpost/", {"to": "Research office"}, if_match=reopened["ETag"]
    )
    assert (pointed.json()["state"], pointed.json()["signposted_to"]) == (
        "signposted",
        "Research office",
    )


# -- once ------------------------------------------------------------------
def test_the_same_key_gets_the_same_answer_and_one_idea(robot):
    first = robot.post("innovations/", {"title": "Once"}, key="abc")
    second = robot.post("innovations/", {"title": "Once"}, key="abc")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert (first["Location"], first["ETag"]) == (second["Location"], second["ETag"])
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Innovation.objects.count() == 1
    assert robot.post("innovations/", {"title": "Once"}, key="another").status_code == 201
    assert Innovation.objects.count() == 2


def test_a_key_used_for_something_else_is_refused(site, robot):
    robot.post("innovations/", {"title": "Once"}, key="abc")
    refused = problem_of(robot.post("innovations/", {"title": "Other"}, key="abc"), 422)
    assert "Idempotency-Key" in refused["errors"]
    problem_of(robot.post("enquiries/", {"kind": "question", "subject": "Once"}, key="abc"), 422)
    # Another caller's keys are their own.
    assert (
        Caller(key=new_key(site)).post("innovations/", {"title": "Once"}, key="abc").status_code
        == 201
    )


def test_an_error_is_not_kept(robot):
    problem_of(robot.post("innovations/", {"title": ""}, key="abc"), 400)
    assert robot.post("innovations/", {"title": "Right"}, key="abc").status_code == 201


def test_a_decision_sent_twice_is_made_once(waiting, robot):
    etag = robot.get(f"innovations/{waiting.ref}/")["ETag"]
    body = {"kind": "decline", "reason_code": "test-reason"}
    answers = [
        robot.post(f"innovations/{waiting.ref}/decisions/", body, if_match=etag, key="abc")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert Decision.objects.count() == 1
    assert Delivery.objects.filter(kind="portfolio.decision").count() == 1


def test_an_answer_is_not_repeated_to_who_lost_the_right(site, hub_user):
    caller = Caller(user=hub_user)
    caller.post("innovations/", {"title": "Once"}, key="abc")
    Membership.objects.update(role="executive")
    problem_of(caller.post("innovations/", {"title": "Once"}, key="abc"), 403)
    # With another role that may create elsewhere, it is another request.
    Membership.objects.create(site=factories.SiteFactory(), user=hub_user, role="hub_staff")
    problem_of(caller.post("innovations/", {"title": "Once"}, key="abc"), 422)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ключ"])
def test_a_key_of_the_wrong_form_is_named(robot, key):
    response = robot.post("innovations/", {"title": "x"}, headers={"Idempotency-Key": key})
    assert "Idempotency-Key" in problem_of(response, 400)["errors"]


def test_while_the_first_is_at_work_the_second_is_told(site, robot):
    robot.post("innovations/", {"title": "Once"}, key="abc")
    IdempotentRequest.objects.update(status=None, body=None)
    waiting = robot.post("innovations/", {"title": "Once"}, key="abc")
    problem_of(waiting, 409)
    assert waiting["Retry-After"] == "1"
    # A claim whose process died, having created nothing, is taken over.
    IdempotentRequest.objects.update(
        created_at=timezone.now() - idempotency.DEAD_AFTER - timedelta(seconds=1)
    )
    assert robot.post("innovations/", {"title": "Once"}, key="abc").status_code == 201
    assert IdempotentRequest.objects.get().status == 201


def test_a_failure_between_creating_and_remembering_leaves_neither(robot, monkeypatch):
    def breaks(*args):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(idempotency, "_keep", breaks)
    with pytest.raises(RuntimeError):
        robot.post("innovations/", {"title": "Once"}, key="abc")
    assert not Innovation.objects.exists()
    assert not IdempotentRequest.objects.exists()


def test_keys_are_forgotten_after_a_day(robot):
    robot.post("innovations/", {"title": "Old"}, key="old")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    robot.post("innovations/", {"title": "New"}, key="new")
    assert idempotency.tidy() == 1
    assert IdempotentRequest.objects.count() == 1
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert robot.post("innovations/", {"title": "Not the same"}, key="new").status_code == 201


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_idea():
    """Eight at once with one key: one is added; the others hear of it or are told to wait."""
    key = new_key(factories.SiteFactory())
    Caller(key=key).get("sites/")
    start, answers = threading.Barrier(8), []

    def press():
        try:
            start.wait()
            answers.append(Caller(key=key).post("innovations/", {"title": "Once"}, key="click"))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Innovation.objects.count() == 1
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    made = {answer.json()["ref"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does():
    site = factories.SiteFactory()
    factories.reason(site)
    idea = factories.innovation(site)
    key = new_key(site)
    etag = Caller(key=key).get(f"innovations/{idea.ref}/")["ETag"]
    start, answers = threading.Barrier(4), []

    def press():
        try:
            start.wait()
            answers.append(decline(Caller(key=key), idea, etag))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Decision.objects.count() == 1
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201
    assert set(statuses[1:]) <= {409, 412}
