"""Evidence over REST, and claimed, evidenced and validated side by side."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.enums import Role
from maturity.models import Evidence, EvidenceUse
from maturity.services import assessments, evidence, reviews
from tests import factories
from tests.api.conftest import Caller, new_key
from tests.factories import TEST, network_of, open_round, self_assessment, today

pytestmark = pytest.mark.django_db
PAGE = {"title": "Strategy", "url": "https://example.org/strategy"}


@pytest.fixture
def robot(site):
    """A key of ``site`` with every scope."""
    return Caller(key=new_key(site))


def kept(site, title="Strategy", **more):
    return evidence.add(site=site, title=title, url="https://example.org/", by=TEST, **more)


def etag(row):
    row.refresh_from_db()
    return f'"{row.ref}-{row.version}"'


def at(row):
    return f"self-assessments/{row.ref}/standings/"


def say(robot, row, *indicators):
    """Say what stands for these, at what was read."""
    etag = robot.get(at(row))["ETag"]
    return robot.patch(at(row), {"indicators": list(indicators)}, if_match=etag)


def stands(robot, row):
    return {each["indicator"]: each for each in robot.get(at(row)).json()}


def upload(robot, name, content, **fields):
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content), **fields})
    return robot.post("evidence/", body, kind=MULTIPART_CONTENT)


def test_a_page_is_kept_changed_and_removed(robot, site):
    created = robot.post("evidence/", {**PAGE, "expires_on": "2099-01-01"}, key="once")
    assert created.status_code == 201
    assert robot.post("evidence/", {**PAGE, "expires_on": "2099-01-01"}, key="once").json() == (
        created.json()
    )
    row = Evidence.objects.get()
    address = f"evidence/{row.ref}/"
    assert (row.site, row.url, row.expires_on) == (site, PAGE["url"], dt.date(2099, 1, 1))
    assert robot.patch(address, {"title": "Plan"}).status_code == 428
    assert robot.patch(address, {"title": "Plan"}, if_match='"x-1"').status_code == 412
    changed = robot.patch(address, {"title": "Plan"}, if_match=etag(row)).json()
    # What is left out stays.
    assert (changed["title"], changed["expires_on"]) == ("Plan", "2099-01-01")
    assert robot.patch(address, {"expires_on": None}, if_match=etag(row)).json()["title"] == "Plan"
    assert robot.send("DELETE", address, {}).status_code == 428
    assert robot.send("DELETE", address, {}, if_match=etag(row)).status_code == 204
    assert robot.get(address).status_code == 404
    assert robot.every("evidence/") == []
    row.refresh_from_db()
    assert row.removed_at


def test_a_file_is_kept_and_handed_out_as_a_download(robot, site):
    created = upload(robot, "plan.txt", b"A plan", title="Plan")
    assert created.status_code == 201
    read = created.json()
    assert (read["kind"], read["file_name"], read["size"]) == ("file", "plan.txt", 6)
    content = robot.get(f"evidence/{read['ref']}/content/")
    assert b"".join(content.streaming_content) == b"A plan"
    assert "attachment" in content["Content-Disposition"]
    page = kept(site)
    assert robot.get(f"evidence/{page.ref}/content/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "ftp://example.org/x"}, "url"),
        ({"url": None}, "url"),
        ({"title": " "}, "title"),
        ({"title": "x" * 500}, "title"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"record_ref": "0" * 10}, "record_ref"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(robot, wrong, named):
    answer = robot.post("evidence/", {**PAGE, **wrong})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [named])
    assert not Evidence.objects.exists()


def test_a_file_that_could_hurt_is_refused(robot):
    answer = upload(robot, "plan.exe", b"MZ\x90\x00\x03\x00\x00\x00", title="Plan")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])
    missing = robot.post(
        "evidence/", encode_multipart(BOUNDARY, {"title": "Plan"}), kind=MULTIPART_CONTENT
    )
    assert (missing.status_code, list(missing.json()["errors"])) == (400, ["file"])
    assert not Evidence.objects.exists()


def test_the_list_is_of_ones_own_sites_and_filters(robot, site, other_site):
    row = kept(site, expires_on=today() + dt.timedelta(days=9))
    kept(site, "Board paper")
    kept(other_site, "Theirs")
    gone = kept(site, "Gone")
    evidence.remove(evidence=gone, by=TEST)
    assert {each["title"] for each in robot.every("evidence/")} == {"Strategy", "Board paper"}
    assert [each["ref"] for each in robot.every("evidence/", expires_to="2099-01-01")] == [row.ref]
    assert robot.every("evidence/", kind="file") == []
    assert robot.every("evidence/", updated_since="2100-01-01T00:00:00Z") == []
    assert robot.get("evidence/", kind="paper").status_code == 400
    assert robot.get("evidence/", site=other_site.code).status_code == 404
    file = robot.get("evidence/", headers={"Accept": "text/csv"})
    assert len(b"".join(file.streaming_content).decode().splitlines()) == 3


def test_scopes_roles_and_other_sites(site, other_site):
    row, assessment = kept(site), self_assessment(site, s1_i1=1)
    reads = Caller(key=new_key(site, "maturity:read"))
    assert reads.get(f"evidence/{row.ref}/").status_code == 200
    assert reads.post("evidence/", PAGE).status_code == 403
    assert reads.patch(at(assessment), {"indicators": []}).status_code == 403
    reader = Caller(user=factories.member(site, Role.EXECUTIVE))
    assert reader.get(f"evidence/{row.ref}/").status_code == 200
    assert reader.send("DELETE", f"evidence/{row.ref}/", {}, if_match=etag(row)).status_code == 403
    stranger = Caller(key=new_key(other_site))
    missing = stranger.get("evidence/0000000000/")
    for address in (f"evidence/{row.ref}/", f"evidence/{row.ref}/content/", at(assessment)):
        found = stranger.get(address)
        assert (found.status_code, found.content) == (404, missing.content)
    assert stranger.post("evidence/", {**PAGE, "site": site.code}).status_code == 404


# -- what stands for what --------------------------------------------------------------
def test_evidence_is_said_to_stand_for_indicators_and_changes_no_rating(robot, site):
    row = self_assessment(site, s1_i1=1, s1_i2=None)
    one, old = kept(site), kept(site, "Old", expires_on=today() - dt.timedelta(days=1))
    sent = [
        {"indicator": "s1-i1", "evidence": [one.ref.lower(), old.ref]},
        {"indicator": "s2-i1", "evidence": [one.ref]},
    ]
    read = robot.get(at(row))
    assert robot.patch(at(row), {"indicators": sent}).status_code == 428
    assert robot.get(at(row), headers={"If-None-Match": read["ETag"]}).status_code == 304
    assert say(robot, row, *sent).status_code == 200
    # Whoever read it before that writes over nothing.
    late = robot.patch(at(row), {"indicators": []}, if_match=read["ETag"])
    assert late.status_code == 412
    found = stands(robot, row)
    assert (found["s1-i1"]["answer"], found["s1-i1"]["value"]) == ("rated", 1)
    assert (found["s1-i1"]["evidence"], found["s1-i1"]["expired"]) == ([one.ref], [old.ref])
    assert (found["s1-i2"]["answer"], found["s1-i2"]["evidence"]) == ("not_applicable", [])
    assert (found["s2-i1"]["answer"], found["s2-i1"]["evidence"]) == ("not_answered", [one.ref])
    assert robot.get(f"evidence/{one.ref}/").json()["used"] == 2
    say(robot, row, {"indicator": "s1-i1", "evidence": []})
    assert stands(robot, row)["s1-i1"]["evidence"] == []
    narrow = robot.get(at(row), fields="indicator,evidence").json()
    assert narrow[0] == {"indicator": "s1-i1", "evidence": []}
    # What was not named stays.
    assert stands(robot, row)["s2-i1"]["evidence"] == [one.ref]


def test_all_of_it_stands_or_nothing(robot, site, other_site):
    row, one, theirs = self_assessment(site), kept(site), kept(other_site)
    right = {"indicator": "s1-i1", "evidence": [one.ref]}
    for wrong in (
        {"indicator": "s1-i2", "evidence": [theirs.ref]},
        {"indicator": "s1-i2", "evidence": ["0000000000"]},
        {"indicator": "s9-i1", "evidence": []},
        {"indicator": "s1-i1", "evidence": []},
        {"indicator": "s1-i2"},
        {"indicator": "s1-i2", "evidence": "all"},
    ):
        answer = say(robot, row, right, wrong)
        assert answer.status_code == 400, wrong
        assert all(name.startswith("indicators") for name in answer.json()["errors"])
    assert not EvidenceUse.objects.exists()
    assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(5)}, by=TEST)
    assessments.submit(assessment=row, by=TEST)
    assert say(robot, row, right).status_code == 409


def test_a_finding_stands_beside_the_claim_once_its_review_is_done(robot, site, other_site):
    round = open_round(network_of(site, other_site), asks_review=True)
    row = assessments.submit(assessment=self_assessment(site, round, s1_i1=5), by=TEST)
    review = reviews.ask(assessment=row, reviewing_site=other_site, by=TEST)
    reviews.accept(review=review, user=factories.member(other_site, Role.SITE_LEAD), by=TEST)
    found = {"s1-i1": reviews.Found("differs", 3, "Not everywhere yet")}
    reviews.find(review=review, findings=found, by=TEST)
    assert stands(robot, row)["s1-i1"]["finding"] is None
    reviews.finish(review=review, words="", by=TEST)
    now = stands(robot, row)["s1-i1"]
    assert (now["value"], now["finding"], now["finding_value"], now["finding_note"]) == (
        5,
        "differs",
        3,
        "Not everywhere yet",
    )
