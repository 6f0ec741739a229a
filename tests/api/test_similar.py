"""Ideas that look alike, and published summaries, over REST."""

import pytest

from accounts.enums import Role
from portfolio.models import Innovation, TriageSettings
from portfolio.services import similar
from tests import factories
from tests.api.conftest import BY

SENSOR = "Wearable sensor for early pressure damage"


@pytest.fixture
def pair(site):
    first = factories.innovation(site, SENSOR)
    second = factories.innovation(site, "Sensor worn for early pressure damages")
    similar.find_similar(innovation=second, by=BY)
    first.refresh_from_db()
    return first, second


def test_the_list(site, robot, pair):
    first, second = pair
    (row,) = robot.get(f"innovations/{first.ref}/similar/").json()["results"]
    assert {name: row[name] for name in ("site", "innovation", "ref", "title", "likeness")} == {
        "site": site.code,
        "innovation": first.ref,
        "ref": second.ref,
        "title": second.title,
        "likeness": "same",
    }
    assert 0.72 <= float(row["score"]) <= 1
    assert row["dismissed_at"] is None
    assert robot.every(f"innovations/{first.ref}/similar/", fields="ref") == [{"ref": second.ref}]


def test_dismiss_needs_the_present_etag_and_happens_once(robot, pair):
    first, second = pair
    address = f"innovations/{first.ref}/similar/{second.ref}/"
    read = robot.get(address)
    assert robot.post(f"{address}dismiss/").status_code == 428
    done = robot.post(f"{address}dismiss/", if_match=read["ETag"])
    assert done.status_code == 200
    assert done.json()["dismissed_at"].endswith("Z")
    assert robot.post(f"{address}dismiss/", if_match=read["ETag"]).status_code == 412
    assert robot.post(f"{address}dismiss/", if_match=done["ETag"]).status_code == 409
    assert robot.post(f"{address}restore/", if_match=done["ETag"]).status_code == 200


def test_what_the_caller_may_not_read_is_not_there(robot, as_role, other_site, pair):
    first, second = pair
    Innovation.objects.filter(pk=second.pk).update(is_confidential=True)
    for caller in (robot, as_role(Role.EXECUTIVE)):
        assert caller.every(f"innovations/{first.ref}/similar/") == []
        hidden = caller.get(f"innovations/{first.ref}/similar/{second.ref}/")
        missing = caller.get(f"innovations/{first.ref}/similar/0000000000/")
        assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
        assert hidden.status_code == 404
    stranger = as_role(Role.SITE_LEAD, at=other_site)
    assert stranger.get(f"innovations/{first.ref}/similar/").status_code == 404


def test_whoever_reads_only_dismisses_nothing(as_role, key_with, pair):
    first, second = pair
    address = f"innovations/{first.ref}/similar/{second.ref}/dismiss/"
    for caller in (as_role(Role.EXECUTIVE), key_with("innovations:read")):
        assert caller.post(address, if_match="*").status_code == 403


def test_a_summary_is_published_changed_and_taken_back(robot, site, pair):
    first, _ = pair
    TriageSettings.objects.create(site=site, shows_published=True)
    address = f"innovations/{first.ref}/public-summary/"
    read = robot.get(address)
    assert (read.json()["public_summary"], read.json()["published_at"]) == ("", None)
    assert robot.put(address, {"public_summary": "A sensor."}).status_code == 428
    done = robot.put(address, {"public_summary": "A sensor."}, if_match=read["ETag"])
    assert done.status_code == 200
    assert done.json()["published_at"]
    assert robot.put(address, {"public_summary": "B"}, if_match=read["ETag"]).status_code == 412
    gone = robot.send("DELETE", address, {}, if_match=done["ETag"])
    assert gone.json()["public_summary"] == ""


@pytest.mark.parametrize("summary", ["", " ", "x" * 501, "Ring 943 476 5919"])
def test_a_bad_summary_is_named(robot, pair, summary):
    first, _ = pair
    answer = robot.put(
        f"innovations/{first.ref}/public-summary/", {"public_summary": summary}, if_match="*"
    )
    assert answer.status_code == 400
    assert "public_summary" in answer.json()["errors"]


def test_a_confidential_idea_is_not_published_by_the_desk(person, site):
    idea = factories.innovation(site, SENSOR, is_confidential=True)
    answer = person.put(
        f"innovations/{idea.ref}/public-summary/", {"public_summary": "No"}, if_match="*"
    )
    assert answer.status_code == 409
    assert "confidential" in answer.json()["detail"]
