"""Whatever is done to a self-assessment, in whatever order: what is stored is what its rows replay to."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from hubapp.problems import Refused
from maturity.enums import Answer, AssessmentState
from maturity.services import assessments
from tests import factories
from tests.factories import TEST, framework, open_round, self_assessment

CODES = ("s1-i1", "s1-i2", "s2-i1", "s2-i2")
SAID = st.sampled_from(
    [assessments.CLEARED, assessments.NOT_APPLICABLE, *map(assessments.rated, (1, 3, 5))]
)
STEPS = st.one_of(
    st.tuples(st.just("answer"), st.dictionaries(st.sampled_from(CODES), SAID, min_size=1)),
    st.tuples(st.just("confirm"), st.sampled_from([None, ["s1"], ["s2"]])),
    st.tuples(st.sampled_from(["submit", "reopen", "final", "leave", "start"]), st.none()),
)


def replayed_state(row) -> str:
    state = ""
    for number, move in enumerate(row.moves.order_by("number"), start=1):
        assert (move.number, move.from_state) == (number, state)
        state = move.to_state
    return state


def replayed_answers(row) -> dict[str, tuple[str, int | None]]:
    """The latest row of each indicator, whatever the columns say of it."""
    latest: dict[str, tuple[str, int | None]] = {}
    numbers: dict[str, int] = {}
    for rating in row.ratings.select_related("indicator").order_by("pk"):
        code = rating.indicator.code
        assert rating.number == numbers.get(code, 0) + 1
        numbers[code] = rating.number
        latest[code] = (rating.answer, rating.value)
    return latest


def do(row, step, more) -> None:
    match step:
        case "answer":
            assessments.answer(assessment=row, answers=more, by=TEST)
        case "confirm":
            assessments.confirm(assessment=row, sub_domains=more, by=TEST)
        case "submit":
            assessments.submit(assessment=row, by=TEST)
        case "reopen":
            assessments.reopen(assessment=row, reason="Again", by=TEST)
        case "final":
            assessments.finalise(assessment=row, by=TEST)
        case "leave":
            assessments.leave(assessment=row, reason="", by=TEST)
        case _:
            assessments.start(assessment=row, by=TEST)


@pytest.mark.django_db
@given(steps=st.lists(STEPS, max_size=14))
def test_any_sequence_replays_to_what_is_stored(steps):
    with transaction.atomic():
        site = factories.SiteFactory()
        made = framework(key=f"replay-{site.pk}")
        before = self_assessment(site, open_round(site=site, framework=made), s1_i1=1, s2_i1=None)
        assessments.submit(assessment=before, by=TEST)
        row = self_assessment(site, open_round(site=site, framework=made))
        for step, more in steps:
            state, answers = row.state, replayed_answers(row)
            try:
                do(row, step, more)
            except Refused:
                # What is refused leaves nothing behind.
                assert (row.state, replayed_answers(row)) == (state, answers)
        row.refresh_from_db()
        latest = replayed_answers(row)
        current = {
            rating.indicator.code: (rating.answer, rating.value)
            for rating in row.ratings.filter(is_current=True).select_related("indicator")
        }
        assert current == latest
        assert row.answered == sum(answer != Answer.CLEARED for answer, _ in latest.values())
        assert row.state == replayed_state(row)
        was_submitted = row.moves.filter(to_state=AssessmentState.SUBMITTED).exists()
        assert bool(row.submitted_at) == was_submitted
        transaction.set_rollback(True)
