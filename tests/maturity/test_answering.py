"""Answers of a self-assessment: three different things, in immutable rows."""

import pytest
from django.db import IntegrityError, transaction

from hubapp.problems import Refused, Stale
from maturity.enums import Answer, AssessmentState, Origin
from maturity.models import Rating
from maturity.services import assessments
from tests.factories import (
    TEST,
    framework,
    network_of,
    open_round,
    self_assessment,
)

pytestmark = pytest.mark.django_db


def current(assessment):
    return {
        row.indicator.code: (row.answer, row.value)
        for row in assessment.ratings.filter(is_current=True).select_related("indicator")
    }


def test_not_answered_not_applicable_and_one_are_three_things(site):
    row = self_assessment(site, s1_i1=1, s1_i2=None)
    assert current(row) == {
        "s1-i1": (Answer.RATED, 1),
        "s1-i2": (Answer.NOT_APPLICABLE, None),
    }
    assert (row.answered, row.asked) == (2, 4)
    assessments.answer(assessment=row, answers={"s1-i1": assessments.CLEARED}, by=TEST)
    assert current(row)["s1-i1"] == (Answer.CLEARED, None)
    assert row.answered == 1


def test_every_answer_stays_as_a_row_that_nobody_can_change(site):
    row = self_assessment(site, s1_i1=1)
    assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(3)}, by=TEST)
    history = list(row.ratings.order_by("number").values_list("value", "is_current"))
    assert history == [(1, False), (3, True)]
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.filter(assessment=row).update(value=5)


def test_the_same_answer_again_adds_nothing(site):
    row = self_assessment(site, s1_i1=3)
    assert not assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(3)}, by=TEST)
    assert row.ratings.count() == 1


@pytest.mark.parametrize("value", [0, 2, 4, 6, -1])
def test_nothing_stands_between_the_points_of_the_scale(site, value):
    row = self_assessment(site)
    with pytest.raises(Refused, match="must be 1, 3 or 5"):
        assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(value)}, by=TEST)


def test_whoever_saves_second_sees_that_somebody_answered_since(site):
    row = self_assessment(site, s1_i1=3)
    with pytest.raises(Stale):
        assessments.answer(
            assessment=row, answers={"s1-i1": assessments.rated(5)}, seen={"s1-i1": 0}, by=TEST
        )
    assert current(row)["s1-i1"] == (Answer.RATED, 3)


def test_last_time_is_confirmed_where_nothing_was_said_yet(site):
    first = self_assessment(
        site, open_round(site=site, framework=(made := framework())), s1_i1=1, s1_i2=None, s2_i1=5
    )
    assessments.answer(assessment=first, answers={}, explanations={"s1": "No time"}, by=TEST)
    assessments.submit(assessment=first, by=TEST)
    second = self_assessment(site, open_round(site=site, framework=made), s1_i1=3)
    assert assessments.confirm(assessment=second, by=TEST, sub_domains=["s1"]) == 1
    assert current(second) == {"s1-i1": (Answer.RATED, 3), "s1-i2": (Answer.NOT_APPLICABLE, None)}
    assert second.explanations.get().text == "No time"
    assert assessments.confirm(assessment=second, by=TEST) == 1
    confirmed = second.ratings.get(indicator__code="s2-i1")
    assert (confirmed.value, confirmed.origin, confirmed.confirms.value) == (5, Origin.CONFIRMED, 5)


def test_last_time_comes_through_the_crosswalk_of_a_newer_version(site):
    old = framework()
    first = self_assessment(site, open_round(site=site, framework=old), s1_i1=5)
    assessments.submit(assessment=first, by=TEST)
    new = framework(edition="2", follows=old)
    second = self_assessment(site, open_round(site=site, framework=new))
    assert assessments.confirm(assessment=second, by=TEST) == 1
    assert current(second) == {"s1-i1": (Answer.RATED, 5)}


def test_a_submitted_one_changes_only_once_it_is_reopened_and_that_leaves_a_trace(site):
    row = self_assessment(site, s1_i1=3)
    assessments.submit(assessment=row, by=TEST)
    with pytest.raises(Refused, match="Reopen it"):
        assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(5)}, by=TEST)
    with pytest.raises(Refused, match="why"):
        assessments.reopen(assessment=row, reason=" ", by=TEST)
    assessments.reopen(assessment=row, reason="A wrong number", by=TEST)
    assert row.state == AssessmentState.DRAFT
    steps = list(row.moves.values_list("number", "to_state", "reason"))
    assert steps == [
        (1, "not_started", ""),
        (2, "draft", ""),
        (3, "submitted", ""),
        (4, "draft", "A wrong number"),
    ]


def test_only_sites_of_the_network_can_be_asked(site, other_site):
    from maturity.services import rounds

    row = open_round(network_of(site))
    with pytest.raises(Refused, match="not a site of this network"):
        rounds.add_sites(round=row, sites=[other_site], by=TEST)
