"""Peer reviews over REST: who reads what of them and when, and what is refused."""

import pytest

from accounts.enums import Role
from maturity.enums import AssessmentState, ReviewState
from maturity.models import Review
from maturity.services import assessments, reviews
from tests import factories
from tests.api.conftest import Caller, new_key
from tests.factories import TEST, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db
SUBMITS = ("maturity:read", "maturity:submit")


@pytest.fixture
def row(site, other_site):
    """What the site submitted, in a round with the other one."""
    round = open_round(network_of(site, other_site), asks_review=True)
    self_assessment(other_site, round, s1_i1=1)
    row = self_assessment(site, round, s1_i1=5, s1_i2=None, s2_i1=3)
    assessments.answer(assessment=row, answers={}, explanations={"s1": "A board paper"}, by=TEST)
    return assessments.submit(assessment=row, by=TEST)


@pytest.fixture
def review(row, other_site):
    return reviews.ask(assessment=row, reviewing_site=other_site, by=TEST)


@pytest.fixture
def own(site):
    """A lead of the site that is reviewed."""
    return Caller(user=factories.member(site, Role.SITE_LEAD))


@pytest.fixture
def reviewer(other_site):
    """A lead of the site that looks."""
    return Caller(user=factories.member(other_site, Role.SITE_LEAD))


def at(review, *more):
    return "/".join(["reviews", review.ref, *more, ""])


def etag(row):
    row.refresh_from_db()
    return f'"{row.ref}-{row.version}"'


def finding(code="s1-i1", finding="differs", **more):
    return {"findings": [{"indicator": code, "finding": finding, **more}]}


def test_the_whole_way_over_rest(own, reviewer, row, site, other_site):
    sent = {"self_assessment": row.ref, "reviewing_site": other_site.code.lower()}
    created = own.post("reviews/", sent, key="once")
    assert created.status_code == 201
    assert own.post("reviews/", sent, key="once").json() == created.json()
    review = Review.objects.get()
    assert own.post("reviews/", sent).status_code == 409
    asked = reviewer.get(at(review)).json()
    assert (asked["site"], asked["reviewing_site"], asked["state"]) == (
        site.code,
        other_site.code,
        "asked",
    )
    # Nothing of what was rated before it is taken on.
    assert reviewer.get(at(review, "findings")).json() == []
    accepted = reviewer.post(at(review, "accept"))
    assert accepted.json()["state"] == "accepted"
    shown = reviewer.get(at(review, "findings"))
    assert shown["ETag"] == etag(review)
    assert [
        (each["indicator"], each["claimed"], each["explanation"], each["finding"])
        for each in shown.json()
    ] == [("s1-i1", 5, "A board paper", None), ("s2-i1", 3, "", None)]
    said = finding(value=3, note="Two wards of nine")
    narrow = reviewer.get(at(review, "findings"), fields="indicator,claimed").json()
    assert narrow[0] == {"indicator": "s1-i1", "claimed": 5}
    assert reviewer.patch(at(review, "findings"), said).status_code == 428
    done = reviewer.patch(at(review, "findings"), said, if_match=etag(review))
    assert (done.json()[0]["finding"], done.json()[0]["value"]) == ("differs", 3)
    # The reviewed site reads none of it before the review is handed over.
    assert own.get(at(review, "findings")).json() == []
    finished = reviewer.post(at(review, "finish"), {"words": "Thank you"}, if_match=etag(review))
    assert finished.json()["state"] == "done"
    (read,) = own.get(at(review, "findings")).json()
    assert (read["indicator"], read["value"], read["note"]) == ("s1-i1", 3, "Two wards of nine")
    assert own.get(at(review)).json()["words"] == "Thank you"
    # The claim is its site's again: it may change from now on.
    (after,) = reviewer.get(at(review, "findings")).json()
    assert (after["claimed"], after["explanation"]) == (None, "")
    assert row.ratings.get(indicator__code="s1-i1").value == 5


def test_a_review_is_declined_or_taken_back_by_whose_it_is(own, reviewer, review, row):
    match = {"if_match": etag(review)}
    assert own.post(at(review, "decline"), {}, **match).status_code == 403
    assert own.post(at(review, "accept")).status_code == 403
    assert reviewer.post(at(review, "withdraw"), **match).status_code == 403
    assert reviewer.post(at(review, "finish"), {}, **match).status_code == 409
    assert reviewer.post(at(review, "decline"), {"reason": "No time"}).status_code == 428
    declined = reviewer.post(at(review, "decline"), {"reason": "No time"}, **match).json()
    assert (declined["state"], declined["words"]) == ("declined", "No time")
    row.refresh_from_db()
    assert row.state == AssessmentState.SUBMITTED
    again = reviews.ask(assessment=row, reviewing_site=review.reviewing_site, by=TEST)
    assert own.post(at(again, "withdraw"), if_match=etag(again)).json()["state"] == "withdrawn"
    assert reviewer.get(at(again)).status_code == 404


def test_what_has_left_the_round_is_read_no_more(reviewer, review, row, other_site):
    reviewer.post(at(review, "accept"))
    assessments.leave(assessment=type(row).objects.get(pk=row.pk), reason="", by=TEST)
    assert reviewer.get(at(review, "findings")).json() == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({"findings": [{"indicator": "s1-i1"}]}, 400),
        (finding(finding="wrong"), 400),
        (finding(value=4), 409),
        (finding(value=5), 409),
        (finding(finding="agrees", value=3), 409),
        (finding("s1-i2", "agrees"), 409),
        (finding("none", "agrees"), 409),
        ({"findings": finding("s1-i1", "agrees")["findings"] * 2}, 400),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(reviewer, review, sent, status):
    reviewer.post(at(review, "accept"))
    answer = reviewer.patch(at(review, "findings"), sent, if_match=etag(review))
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not review.findings.exists()


def test_whom_one_can_ask(own, row, site, other_site):
    stranger = factories.SiteFactory()
    for code in (site.code, stranger.code, "NOWHERE"):
        answer = own.post("reviews/", {"self_assessment": row.ref, "reviewing_site": code})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reviewing_site"])
    theirs = other_site.self_assessments.get()
    answer = own.post("reviews/", {"self_assessment": theirs.ref, "reviewing_site": site.code})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["self_assessment"])
    assert not Review.objects.exists()


def test_scopes_roles_and_other_sites(review, row, site, other_site):
    # Whoever reads the reviewed site reads what it got; what a site gives is for its leads.
    assert Caller(key=new_key(site, "maturity:read")).get(at(review)).status_code == 200
    assert Caller(user=factories.member(site, Role.EXECUTIVE)).get(at(review)).status_code == 200
    missing = Caller(key=new_key(factories.SiteFactory())).get("reviews/0000000000/")
    for caller in (
        Caller(key=new_key(other_site, "maturity:read")),
        Caller(user=factories.member(other_site)),
        Caller(key=new_key(factories.SiteFactory())),
    ):
        assert caller.every("reviews/") == []
        for more in ((), ("findings",)):
            found = caller.get(at(review, *more))
            assert (found.status_code, found.content) == (404, missing.content)
    key = Caller(key=new_key(other_site, *SUBMITS))
    assert [each["ref"] for each in key.every("reviews/")] == [review.ref]
    # A person takes it on.
    assert key.post(at(review, "accept")).status_code == 403
    review.refresh_from_db()
    assert review.state == ReviewState.ASKED
    sent = {"self_assessment": row.ref, "reviewing_site": other_site.code}
    assert Caller(key=new_key(site, "maturity:read")).post("reviews/", sent).status_code == 403


def test_the_list_filters(own, review, row):
    assert [each["ref"] for each in own.every("reviews/", state="asked")] == [review.ref]
    assert own.every("reviews/", state="done") == []
    assert len(own.every("reviews/", self_assessment=row.ref.lower())) == 1
    assert own.every("reviews/", self_assessment="0000000000") == []
    assert own.every("reviews/", updated_since="2100-01-01T00:00:00Z") == []
    assert own.get("reviews/", state="lost").status_code == 400
    file = own.get("reviews/", headers={"Accept": "text/csv"})
    assert len(b"".join(file.streaming_content).decode().splitlines()) == 2
