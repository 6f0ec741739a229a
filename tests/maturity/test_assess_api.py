"""Self-assessments over REST: what is read, what is written, and what is refused."""

import pytest

from accounts.enums import Role
from maturity.enums import Answer, AssessmentState
from maturity.models import SelfAssessment
from maturity.services import assessments
from tests import factories
from tests.api.conftest import Caller, new_key
from tests.factories import TEST, framework, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def robot(site):
    """A key of ``site`` with every scope."""
    return Caller(key=new_key(site))


def at(row, *more):
    return "/".join(["self-assessments", row.ref, *more, ""])


def etag(row):
    row.refresh_from_db()
    return f'"{row.ref}-{row.version}"'


def rating(code, answer="rated", value=None):
    return {"indicator": code, "answer": answer} | ({"value": value} if value is not None else {})


def test_the_list_says_how_far_each_is_and_filters(robot, site, other_site):
    row = self_assessment(site, s1_i1=1, s1_i2=None)
    self_assessment(
        other_site, open_round(site=other_site, framework=framework(key="other")), s1_i1=5
    )
    found = robot.every("self-assessments/")
    assert [(each["ref"], each["answered"], each["asked"]) for each in found] == [(row.ref, 2, 4)]
    assert robot.every("self-assessments/", state="submitted") == []
    assert len(robot.every("self-assessments/", state="draft", round=row.round.ref.lower())) == 1
    assert robot.every("self-assessments/", round="0000000000") == []
    assert robot.every("self-assessments/", updated_since="2100-01-01T00:00:00Z") == []
    assert robot.get("self-assessments/", state="done").status_code == 400


def test_not_answered_not_applicable_and_one_are_three_things_in_json_and_csv(robot, site):
    row = self_assessment(site, s1_i1=1, s1_i2=None, s2_i1=5)
    assessments.answer(assessment=row, answers={"s2-i1": assessments.CLEARED}, by=TEST)
    said = {
        each["indicator"]: (each["answer"], each["value"], each["origin"])
        for each in robot.every(at(row, "ratings"))
    }
    assert said == {
        "s1-i1": ("rated", 1, "given"),
        "s1-i2": ("not_applicable", None, "given"),
        "s2-i1": ("not_answered", None, None),
        "s2-i2": ("not_answered", None, None),
    }
    response = robot.get(at(row, "ratings"), headers={"Accept": "text/csv"})
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[0].lstrip("\ufeff") == "indicator,sub_domain,answer,value,origin,at"
    assert [line.split(",")[2:4] for line in lines[1:]] == [
        ["rated", "1"],
        ["not_applicable", ""],
        ["not_answered", ""],
        ["not_answered", ""],
    ]


def test_ratings_are_patched_and_put(robot, site):
    row = self_assessment(site, s1_i1=1)
    address = at(row, "ratings")
    sent = {"ratings": [rating("s1-i2", value=5), rating("s2-i1", "not_applicable")]}
    assert robot.patch(address, sent).status_code == 428
    assert robot.patch(address, sent, if_match='"x-1"').status_code == 412
    done = robot.patch(address, sent, if_match=etag(row))
    assert done.status_code == 200
    assert done["ETag"] == etag(row)
    assert row.answered == 3
    done = robot.put(address, {"ratings": [rating("s2-i2", value=3)]}, if_match=etag(row))
    assert done.status_code == 200
    assert [each["answer"] for each in done.json()] == ["not_answered"] * 3 + ["rated"]
    assert row.ratings.filter(is_current=True, answer=Answer.CLEARED).count() == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"ratings": "all"},
        {"ratings": [rating("none", value=1)]},
        {"ratings": [rating("s1-i1", value=2)]},
        {"ratings": [rating("s1-i1")]},
        {"ratings": [rating("s1-i1", "not_applicable", 1)]},
        {"ratings": [rating("s1-i1", value=1), rating("s1-i1", value=3)]},
        {"ratings": [{**rating("s1-i1", value=1), "why": "x"}]},
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(robot, site, wrong):
    row = self_assessment(site)
    answer = robot.patch(at(row, "ratings"), wrong, if_match=etag(row))
    assert answer.status_code == 400
    assert any(name.startswith("ratings") for name in answer.json()["errors"])
    assert not row.ratings.exists()


def test_words_and_profile_are_written_and_read(robot, site):
    row = self_assessment(site)
    sent = {"explanations": [{"sub_domain": "s1", "text": "Because"}]}
    assert robot.patch(at(row, "explanations"), sent, if_match=etag(row)).status_code == 200
    found = robot.every(at(row, "explanations"))
    assert [(each["sub_domain"], each["text"]) for each in found] == [("s1", "Because"), ("s2", "")]
    bad = {"explanations": [{"sub_domain": "none", "text": "x"}]}
    assert robot.patch(at(row, "explanations"), bad, if_match=etag(row)).status_code == 400
    assert robot.get(at(row, "profile")).status_code == 404
    sent = {"wte": "2.50", "kind": "acute", "income_target": "1000.05", "funding": ["internal"]}
    assert robot.patch(at(row, "profile"), sent, if_match=etag(row)).status_code == 200
    read = robot.get(at(row, "profile")).json()
    assert (read["wte"], read["income_target"], read["income_currency"]) == (
        "2.5",
        "1000.05",
        "GBP",
    )
    assert read["headcount"] is None
    bad = robot.patch(at(row, "profile"), {"began_in": 1066}, if_match=etag(row))
    assert (bad.status_code, list(bad.json()["errors"])) == (400, ["began_in"])


def test_the_whole_way_over_rest(robot, site):
    made = framework()
    sent = {"framework": made.slug, "name": "Mine", "closes_on": "2099-01-01"}
    created = robot.post("self-assessments/", sent, key="once")
    assert created.status_code == 201
    assert robot.post("self-assessments/", sent, key="once").json() == created.json()
    row = SelfAssessment.objects.get()
    rate = {"ratings": [rating("s1-i1", value=5)]}
    assert robot.patch(at(row, "ratings"), rate, if_match=etag(row)).status_code == 409
    assert robot.post(at(row, "start")).json()["state"] == "draft"
    assert robot.patch(at(row, "ratings"), rate, if_match=etag(row)).status_code == 200
    assert robot.post(at(row, "submit"), if_match='"x-1"').status_code == 412
    assert robot.post(at(row, "submit"), if_match=etag(row)).json()["state"] == "submitted"
    assert robot.post(at(row, "reopen"), {}, if_match=etag(row)).status_code == 400
    reopened = robot.post(at(row, "reopen"), {"reason": "Wrong"}, if_match=etag(row))
    assert reopened.json()["state"] == "draft"
    assert robot.post(at(row, "leave"), {}, if_match=etag(row)).json()["state"] == "withdrawn"
    assert robot.post("self-assessments/", {**sent, "framework": "none"}).status_code == 400


def test_scopes_and_roles_are_asked(site, other_site):
    row = self_assessment(site, s1_i1=1)
    reads = Caller(key=new_key(site, "maturity:read"))
    writes = Caller(key=new_key(site, "maturity:read", "maturity:write"))
    sent = {"ratings": [rating("s1-i1", value=5)]}
    assert reads.get(at(row, "ratings")).status_code == 200
    assert reads.patch(at(row, "ratings"), sent, if_match=etag(row)).status_code == 403
    assert writes.patch(at(row, "ratings"), sent, if_match=etag(row)).status_code == 200
    assert writes.post(at(row, "submit"), if_match=etag(row)).status_code == 403
    assert Caller(key=new_key(site, "kpis:read")).get(at(row)).status_code == 403
    stranger = Caller(key=new_key(other_site))
    missing = stranger.get("self-assessments/0000000000/")
    for address in (at(row), at(row, "ratings"), at(row, "profile"), at(row, "explanations")):
        foreign = stranger.get(address)
        assert (foreign.status_code, foreign.content) == (404, missing.content)
    reader = Caller(user=factories.member(site, Role.EXECUTIVE))
    assert reader.get(at(row, "ratings")).status_code == 200
    assert reader.patch(at(row, "ratings"), sent, if_match=etag(row)).status_code == 403


def test_a_coordinator_reads_no_draft_here(site):
    network = network_of(site)
    row = self_assessment(site, open_round(network), s1_i1=1)
    caller = Caller(user=factories.coordinator(network))
    assert caller.get(at(row, "ratings")).status_code in (403, 404)
    assert row.state == AssessmentState.DRAFT
