"""Needs, calls and the classification over REST."""

import datetime as dt

import pytest

from accounts.enums import Role
from portfolio.models import Call, Innovation, Need
from portfolio.services import calls, needs
from tests import factories
from tests.api.test_writes import problem_of
from tests.factories import TEST, today

pytestmark = pytest.mark.django_db
NEED = {"kind": "problem", "title": "Fewer falls at night", "statement": "Patients fall."}


def write(caller, method, path, data=None, **more):
    """A write with the present ETag."""
    etag = caller.get(path.rsplit("/", 2)[0] + "/" if path.count("/") > 2 else path)["ETag"]
    return caller.send(method, path, data or {}, if_match=etag, **more)


# -- needs -------------------------------------------------------------------------
def test_a_need_is_added_read_changed_closed_and_opened(site, robot):
    made = robot.post("needs/", NEED)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["site"], body["standing"], body["ideas"]) == (site.code, "current", 0)
    assert (body["valid_from"], body["valid_to"]) == (today().isoformat(), None)
    address = f"needs/{body['ref']}/"
    assert robot.get(made["Location"]).json() == body
    problem_of(robot.patch(address, {"title": "x"}), 428)
    changed = robot.patch(address, {"title": "Safer nights"}, if_match=made["ETag"])
    assert changed.json()["title"] == "Safer nights"
    problem_of(robot.patch(address, {"title": "y"}, if_match=made["ETag"]), 412)
    closed = write(robot, "POST", f"{address}close/", {"reason": "met"})
    assert (closed.json()["standing"], closed.json()["close_reason"]) == ("closed", "met")
    problem_of(write(robot, "POST", f"{address}close/", {"reason": "met"}), 409)
    opened = write(robot, "POST", f"{address}reopen/")
    assert (opened.json()["standing"], opened.json()["close_reason"]) == ("current", None)


def test_the_same_key_adds_one(robot):
    for _ in range(2):
        assert robot.post("needs/", NEED, key="once").status_code == 201
    assert Need.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, {"kind", "title", "statement"}),
        ({**NEED, "kind": "wish"}, {"kind"}),
        ({**NEED, "title": "x" * 201}, {"title"}),
        ({**NEED, "valid_from": "1/4/2026"}, {"valid_from"}),
        ({**NEED, "valid_to": "2001-01-01"}, {"body"}),
        ({**NEED, "owner": "NOBODY0000"}, {"owner"}),
        ({**NEED, "owner": 7, "titel": "x"}, {"titel"}),
        ({**NEED, "statement": "a\u0000b"}, {"statement"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_added(robot, body, names):
    errors = problem_of(robot.post("needs/", body), 400).get("errors", {})
    assert set(errors) == names or names == {"body"}
    assert not Need.objects.exists()


def test_ideas_are_linked_and_counted_as_far_as_the_caller_reads_them(site, robot, person):
    need, idea = factories.need(site), factories.innovation(site)
    secret = factories.innovation(site, is_confidential=True)
    address = f"needs/{need.ref}/"
    linked = write(robot, "POST", f"{address}link/", {"innovation": idea.ref.lower()})
    assert linked.json()["ideas"] == 1
    assert write(robot, "POST", f"{address}link/", {"innovation": idea.ref}).json()["ideas"] == 1
    # A confidential idea is not there for a key; nor is what is at another site.
    foreign = factories.innovation(factories.SiteFactory())
    for other in (secret, foreign):
        wrong = write(robot, "POST", f"{address}link/", {"innovation": other.ref})
        assert "innovation" in problem_of(wrong, 400)["errors"]
    needs.link(need=need, innovation=secret, by=TEST)
    assert (robot.get(address).json()["ideas"], person.get(address).json()["ideas"]) == (1, 2)
    gone = write(robot, "POST", f"{address}unlink/", {"innovation": idea.ref})
    assert gone.json()["ideas"] == 0


def test_a_need_becomes_part_of_another(site, other_site, robot):
    part, whole = factories.need(site, "Part"), factories.need(site, "Whole")
    foreign = factories.need(other_site)
    address = f"needs/{part.ref}/close/"
    for into in (foreign.ref, "0000000000"):
        wrong = write(robot, "POST", address, {"reason": "merged", "into": into})
        assert "into" in problem_of(wrong, 400)["errors"]
    problem_of(write(robot, "POST", address, {"reason": "merged"}), 409)
    done = write(robot, "POST", address, {"reason": "merged", "into": whole.ref})
    assert done.json()["merged_into"] == whole.ref


def test_lists_are_filtered_and_in_order(site, robot):
    open_one = factories.need(site, "Open", kind="priority")
    ended = factories.need(
        site, "Ended", valid_from=dt.date(2020, 1, 1), valid_to=dt.date(2020, 12, 31)
    )
    needs.link(need=open_one, innovation=factories.innovation(site), by=TEST)

    def titles(**query):
        return [row["title"] for row in robot.every("needs/", **query)]

    assert titles() == ["Open", "Ended"]
    assert titles(ordering="until_on") == ["Ended", "Open"]
    assert titles(standing="current") == ["Open"]
    assert titles(standing="ended") == [ended.title]
    assert titles(kind="problem") == ["Ended"]
    assert titles(served="true") == ["Open"]
    assert titles(served="false") == ["Ended"]
    problem_of(robot.get("needs/", standing="soon"), 400)
    sheet = b"".join(robot.get("needs/", headers={"Accept": "text/csv"}).streaming_content)
    assert sheet.count(b"\r\n") == 3


def test_scopes_and_sites(site, other_site, key_with, as_role):
    need = factories.need(site)
    foreign = factories.need(other_site)
    reader = key_with("needs:read")
    assert reader.get(f"needs/{need.ref}/").status_code == 200
    problem_of(reader.post("needs/", NEED), 403)
    problem_of(key_with("innovations:read").get("needs/"), 403)
    missing = reader.get("needs/0000000000/")
    assert (
        problem_of(reader.get(f"needs/{foreign.ref}/"), 404)["detail"] == missing.json()["detail"]
    )
    problem_of(as_role(Role.REVIEWER).get("needs/"), 403)
    executive = as_role(Role.EXECUTIVE)
    assert executive.get(f"needs/{need.ref}/").status_code == 200
    problem_of(executive.post("needs/", NEED), 403)


# -- calls -------------------------------------------------------------------------
def test_a_call_is_added_published_extended_and_closed(site, robot):
    need = factories.need(site)
    body = {
        "need": need.ref,
        "title": "Safer nights?",
        "words": "Tell us.",
        "closes_on": (today() + dt.timedelta(days=9)).isoformat(),
    }
    made = robot.post("calls/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["standing"], made.json()["need"]) == ("draft", need.ref)
    address = f"calls/{made.json()['ref']}/"
    assert write(robot, "POST", f"{address}publish/").json()["standing"] == "open"
    problem_of(write(robot, "POST", f"{address}publish/"), 409)
    changed = write(robot, "PATCH", address, {"title": "Quiet nights?"})
    assert changed.json()["title"] == "Quiet nights?"
    later = (today() + dt.timedelta(days=30)).isoformat()
    extended = write(robot, "POST", f"{address}extend/", {"closes_on": later})
    assert extended.json()["closes_on"] == later
    past = write(robot, "POST", f"{address}extend/", {"closes_on": "2001-01-01"})
    problem_of(past, 409)
    assert write(robot, "POST", f"{address}close/").json()["standing"] == "closed"
    problem_of(write(robot, "PATCH", address, {"title": "x"}), 409)
    assert [row["ref"] for row in robot.every("calls/", standing="closed", need=need.ref)]
    assert robot.every("calls/", standing="open") == []
    assert Call.objects.count() == 1


def test_a_call_on_a_need_that_is_not_there_is_refused(site, other_site, robot):
    body = {"title": "x", "words": "y", "closes_on": today().isoformat()}
    for need in (factories.need(other_site).ref, "0000000000"):
        wrong = robot.post("calls/", {**body, "need": need})
        assert "need" in problem_of(wrong, 400)["errors"]
    assert not Call.objects.exists()


def test_an_innovation_names_its_call_and_a_call_counts_its_ideas(site, robot):
    call = factories.call(factories.need(site))
    idea = factories.innovation(site)
    Innovation.objects.filter(pk=idea.pk).update(call=call)
    assert robot.get(f"innovations/{idea.ref}/").json()["call"] == call.ref
    assert robot.get(f"calls/{call.ref}/").json()["ideas"] == 1
    calls.close(call=call, by=TEST)
    assert robot.get(f"calls/{call.ref}/").json()["ended_on"] == today().isoformat()


# -- classification ------------------------------------------------------------------
def test_the_classification_is_read_and_written(site, robot):
    idea = factories.innovation(site, submitter_kind="company")
    address = f"innovations/{idea.ref}/"
    assert robot.get(address).json()["source"] == "industry"
    said = {
        "focus": "adoption", "origin": "imported", "category": "ai", "trl": 6, "priority": "high",
        "care_setting": "home", "benefit_areas": ["staff", "care"], "further_types": ["digital"],
        "tags": ["Night Shift", "falls", "FALLS"], "innovation_type": "device",
    }  # fmt: skip
    body = write(robot, "PATCH", address, said).json()
    assert {name: body[name] for name in said} == {
        **said, "benefit_areas": ["care", "staff"], "tags": ["falls", "night shift"],
    }  # fmt: skip
    assert robot.get(address).json() == body
    cleared = write(robot, "PATCH", address, {"focus": None, "trl": None, "tags": []}).json()
    assert (cleared["focus"], cleared["trl"], cleared["tags"]) == (None, None, [])
    assert cleared["origin"] == "imported"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"focus": "selling"}, "focus"),
        ({"trl": 10}, "trl"),
        ({"trl": "high"}, "trl"),
        ({"benefit_areas": ["joy"]}, "benefit_areas"),
        ({"benefit_areas": "care"}, "benefit_areas"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": [str(n) for n in range(11)]}, "tags"),
        ({"tags": [None]}, "tags"),
    ],
)
def test_a_wrong_classification_is_named_and_nothing_is_written(site, robot, body, name):
    idea = factories.innovation(site)
    answer = write(robot, "PATCH", f"innovations/{idea.ref}/", {"title": "New", **body})
    errors = problem_of(answer, 400)["errors"]
    assert any(each.split(".")[0] == name for each in errors)
    assert Innovation.objects.get().title == "Test idea"
