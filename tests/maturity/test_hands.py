"""Several raters, evidence, and a matched site that looks: beside the site's own ratings, never in their place."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import asked
from hubapp.codes import TRIES, CodeCheck
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from maturity import links
from maturity.enums import AssessmentState, Finding, Origin, RaterState, ReviewState
from maturity.models import Evidence, Rater, Rating
from maturity.queries import hands as queries
from maturity.queries.named import may_read_ratings
from maturity.services import assessments, closing, evidence, raters, reviews
from maturity.services.assessments import NOT_APPLICABLE, Said, rated
from maturity.services.reviews import Found
from tests import factories
from tests.factories import TEST, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def row(site, other_site):
    """A self-assessment in progress, in a round that asks for raters and reviews."""
    round = open_round(network_of(site, other_site), asks_raters=True, asks_review=True)
    return self_assessment(site, round)


@pytest.fixture
def lead(row, sign_in):
    return sign_in(factories.member(row.site, Role.SITE_LEAD))


def at(name, row, **more):
    return reverse(f"maturity:{name}", kwargs={"site": row.site.slug, "ref": row.ref, **more})


def rater(row, name="Ada Rater"):
    address = f"{name.split()[0].lower()}@test.example"
    return raters.invite(assessment=row, name=name, email=address, by=TEST)


def has_rated(row, name, **answers):
    """A rater who is done."""
    one = rater(row, name)
    said = {
        code.replace("_", "-"): NOT_APPLICABLE if value is None else rated(value)
        for code, value in answers.items()
    }
    raters.rate(rater=one, answers=said, by=asked(one.ref))
    return raters.finish(rater=one, by=asked(one.ref))


# -- raters -------------------------------------------------------------------------------
def test_the_lead_asks_somebody_from_outside_and_they_get_one_link(lead, row):
    form = {"who": "new", "name": "Ada Rater", "email": "Ada@Test.example"}
    page = lead.post(at("raters", row), form, follow=True)
    assert "We have sent a link to Ada Rater" in words(page)
    lead.post(at("raters", row), form)
    assert Rater.objects.count() == 1
    assert Delivery.objects.filter(kind="maturity.rate").count() == 1


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Select who should rate too"),
        ({"who": "member"}, "Choose a member"),
        ({"who": "new", "email": "x@test.example"}, "Enter their name"),
        ({"who": "new", "name": "X", "email": "nowhere"}, "email address"),
    ],
)
def test_whom_to_ask_must_be_said(lead, row, form, sentence):
    page = lead.post(at("raters", row), form)
    assert page.status_code == 422
    assert sentence in words(page)


def test_a_round_of_one_rater_asks_nobody(site):
    alone = self_assessment(site)
    with pytest.raises(Refused, match="the lead alone"):
        rater(alone)


def test_somebody_outside_rates_by_link_with_a_code_and_sees_nobody_elses_answers(client, row):
    assessments.answer(assessment=row, answers={}, explanations={"s1": "Secret words"}, by=TEST)
    one = rater(row)
    address = links.rate_path(one.ref, one.generation)
    assert "We send a code to a•••@test.example" in words(client.get(address))
    client.post(f"{address}send-code/")
    one.refresh_from_db()
    page = client.post(f"{address}code/", {"code": links.rate_code(one.ref, one.seed)}, follow=True)
    assert "You have answered 0 of 4" in words(page)
    page = client.get(f"{address}d1/")
    assert "Secret words" not in page.content.decode()
    client.post(f"{address}d1/", {"s1-i1": "5", "note-s1-i1": "I saw it", "s1-i2": "na"})
    one.refresh_from_db()
    assert one.state == RaterState.STARTED
    assert not row.ratings.exists()
    assert "Thank you" in words(client.post(address, follow=True))
    said = {code: (each.value, each.note) for code, each in queries.answers_of(one).items()}
    assert said == {"s1-i1": (5, "I saw it"), "s1-i2": (None, "")}


def test_a_code_is_guessed_five_times_at_most(row):
    one = rater(row)
    raters.send_code(rater=one, by=asked(one.ref))
    right = links.rate_code(one.ref, one.seed)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(TRIES - 1):
        assert raters.check_code(rater=one, code=wrong, by=TEST) == CodeCheck.WRONG
        one.refresh_from_db()
    assert raters.check_code(rater=one, code=wrong, by=TEST) == CodeCheck.NONE_OUT
    one.refresh_from_db()
    assert raters.check_code(rater=one, code=right, by=TEST) == CodeCheck.NONE_OUT


def test_a_newer_link_makes_the_old_one_worthless_and_taking_back_ends_it(client, row):
    one = rater(row)
    old = links.rate_path(one.ref, one.generation)
    raters.renew(rater=one, by=TEST)
    assert client.get(old).status_code == 410
    raters.withdraw(rater=one, by=TEST)
    assert client.get(links.rate_path(one.ref, one.generation)).status_code == 410
    with pytest.raises(Refused):
        raters.rate(rater=one, answers={"s1-i1": rated(5)}, by=asked(one.ref))


def test_rubbish_in_a_link_opens_nothing(client):
    for token in ("x", "0" * 10 + "-1.signature", "%00"):
        assert client.get(f"/rate/{token}/").status_code in (400, 404)


def test_until_a_rater_is_done_the_lead_reads_nothing_of_theirs(lead, row):
    one = rater(row)
    raters.rate(rater=one, answers={"s1-i1": rated(5)}, by=asked(one.ref))
    page = words(lead.get(at("together_on", row, code="s1")))
    assert "Ada Rater" not in page
    raters.finish(rater=one, by=asked(one.ref))
    assert "Ada Rater" in words(lead.get(at("together_on", row, code="s1")))


def test_where_raters_differ_what_is_agreed_needs_a_reason(lead, row):
    has_rated(row, "Ada Rater", s1_i1=1, s1_i2=3)
    has_rated(row, "Ben Rater", s1_i1=5, s1_i2=3)
    assert "Raters differ on 1 indicator" in words(lead.get(at("together", row)))
    form = {"s1-i1": "3", "s1-i2": "3", "seen-s1-i1": "0", "seen-s1-i2": "0"}
    page = lead.post(at("together_on", row, code="s1"), form)
    assert page.status_code == 422
    assert "enter why you agreed on this" in words(page)
    assert not row.ratings.exists()
    lead.post(at("together_on", row, code="s1"), {**form, "reason-s1-i1": "Half the wards do"})
    agreed = Rating.objects.get(assessment=row, indicator__code="s1-i1", is_current=True)
    assert (agreed.value, agreed.origin, agreed.reason) == (
        3,
        Origin.CONSENSUS,
        "Half the wards do",
    )
    with pytest.raises(Refused, match="raters differ"):
        raters.agree(assessment=row, said={"s1-i1": Said("rated", 5)}, by=TEST)


def test_whoever_settles_second_sees_what_the_first_did(lead, row):
    has_rated(row, "Ada Rater", s1_i1=3)
    raters.agree(assessment=row, said={"s1-i1": Said("rated", 3)}, by=TEST)
    form = {"s1-i1": "5", "s1-i2": "none", "seen-s1-i1": "0", "seen-s1-i2": "0"}
    page = lead.post(at("together_on", row, code="s1"), form)
    assert page.status_code == 422
    assert "Somebody else changed" in words(page)


# -- evidence -------------------------------------------------------------------------------
def test_evidence_is_kept_once_shown_and_never_lowers_a_rating(lead, row):
    site = row.site
    add = reverse("maturity:add_evidence", kwargs={"site": site.slug})
    lead.post(add, {"title": "Strategy", "kind": "link", "url": "https://example.org/strategy"})
    piece = Evidence.objects.get()
    assessments.answer(assessment=row, answers={"s1-i1": rated(5), "s1-i2": rated(3)}, by=TEST)
    lead.post(at("show_evidence", row, code="s1"), {"s1-i1": [piece.ref]})
    first, second, *_ = queries.standings_of(row)
    assert (first.claimed.value, first.is_evidenced) == (5, True)
    assert (second.claimed.value, second.is_evidenced) == (3, False)
    assert queries.counts_of(queries.standings_of(row))["evidenced"] == 1
    assert "Strategy" in words(lead.get(at("standings", row)))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"title": "", "kind": "link", "url": "https://example.org"}, "Enter"),
        ({"title": "X", "kind": "link", "url": ""}, "Enter the web address"),
        ({"title": "X", "kind": "link", "url": "javascript:alert(1)"}, "There is a problem"),
        ({"title": "X", "kind": "file"}, "Choose one file"),
    ],
)
def test_evidence_that_is_none_is_refused(lead, row, form, sentence):
    add = reverse("maturity:add_evidence", kwargs={"site": row.site.slug})
    page = lead.post(add, form)
    assert page.status_code == 422
    assert sentence in words(page)
    assert not Evidence.objects.exists()


def test_evidence_of_another_site_cannot_be_shown_or_opened(lead, row, other_site):
    theirs = evidence.add(site=other_site, title="X", url="https://example.org", by=TEST)
    indicator = row.round.framework.indicators.first()
    with pytest.raises(Refused, match="no such evidence"):
        evidence.show(assessment=row, indicator=indicator, evidence=[theirs], by=TEST)
    address = reverse("maturity:change_evidence", kwargs={"site": row.site.slug, "ref": theirs.ref})
    assert lead.get(address).status_code == 404


# -- peer review ------------------------------------------------------------------------------
@pytest.fixture
def review(row, other_site):
    """The other site is asked to review what the site submitted."""
    assessments.answer(assessment=row, answers={"s1-i1": rated(5), "s2-i1": rated(1)}, by=TEST)
    self_assessment(other_site, row.round, s1_i1=3)
    assessments.submit(assessment=row, by=TEST)
    return reviews.ask(assessment=row, reviewing_site=other_site, by=TEST)


def test_a_matched_site_reads_it_only_once_it_took_the_review_on(review, other_site):
    reviewer = factories.member(other_site, Role.SITE_LEAD)
    assert not may_read_ratings(reviewer.viewer, review.assessment)
    reviews.accept(review=review, user=reviewer, by=TEST)
    assert may_read_ratings(reviewer.viewer, review.assessment)


def test_what_is_reopened_or_has_left_is_the_sites_alone_again(review, other_site, sign_in):
    reviewer = factories.member(other_site, Role.SITE_LEAD)
    reviews.accept(review=review, user=reviewer, by=TEST)
    part = reverse(
        "maturity:review_on", kwargs={"site": other_site.slug, "ref": review.ref, "code": "s1"}
    )
    client = sign_in(reviewer)
    assert client.get(part).status_code == 200
    assert queries.asked_to_review(reviewer)
    assessments.leave(assessment=review.assessment, reason="", by=TEST)
    assert not may_read_ratings(reviewer.viewer, review.assessment)
    assert client.get(part).status_code == 404
    assert queries.asked_to_review(reviewer) == []


def test_what_a_reviewer_finds_stands_beside_the_claim_and_changes_none_of_it(
    review, other_site, sign_in
):
    client = sign_in(factories.member(other_site, Role.SITE_LEAD))
    address = reverse("maturity:review", kwargs={"site": other_site.slug, "ref": review.ref})
    client.post(address, {"do": "accept"})
    page = client.get(f"{address}s1/")
    assert "They rate it 5" in words(page)
    client.post(f"{address}s1/", {"s1-i1": "differs-3", "note-s1-i1": "Two wards of nine"})
    client.post(address, {"do": "finish", "words": "Thank you for showing us"})
    review.refresh_from_db()
    assert review.state == ReviewState.DONE
    first = queries.standings_of(review.assessment)[0]
    assert (first.claimed.value, first.validated.finding, first.validated.value) == (
        5,
        Finding.DIFFERS,
        3,
    )
    own = sign_in(factories.member(review.site, Role.SITE_LEAD))
    shown = words(own.get(at("standings", review.assessment)))
    assert "3 instead" in shown
    assert "Thank you for showing us" in shown


def test_closing_waits_for_nobody_and_the_review_ends_it(review, other_site):
    closing.close(round=review.assessment.round, by=TEST)
    review.refresh_from_db()
    assert review.assessment.state == AssessmentState.IN_REVIEW
    reviews.accept(review=review, user=factories.member(other_site, Role.SITE_LEAD), by=TEST)
    review = type(review).objects.select_related("assessment__round").get(pk=review.pk)
    reviews.finish(review=review, words="Fine", by=TEST)
    assert review.assessment.state == AssessmentState.FINAL


def test_only_what_was_rated_is_found_and_only_by_the_scale(review, other_site):
    reviews.accept(review=review, user=factories.member(other_site, Role.SITE_LEAD), by=TEST)
    for code, found in (
        ("s1-i2", Found(Finding.AGREES)),
        ("s1-i1", Found(Finding.DIFFERS, 4)),
        ("s1-i1", Found(Finding.DIFFERS, 5)),
        ("s1-i1", Found(Finding.AGREES, 3)),
    ):
        with pytest.raises(Refused):
            reviews.find(review=review, findings={code: found}, by=TEST)


def test_two_sites_never_review_each_other(review, other_site):
    theirs = other_site.self_assessments.select_related("round").get()
    assert review.site not in [match.site for match in queries.matches_for(theirs)]
    assessments.submit(assessment=theirs, by=TEST)
    with pytest.raises(Refused, match="never review each other"):
        reviews.ask(assessment=theirs, reviewing_site=review.site, by=TEST)


def test_a_declined_review_can_be_asked_of_another(review, other_site):
    reviews.decline(review=review, reason="No time", by=TEST)
    assert review.assessment.state == AssessmentState.SUBMITTED
    assert queries.matches_for(review.assessment) == []
