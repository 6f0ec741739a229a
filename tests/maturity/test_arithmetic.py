"""Counting, ordering and comparing ratings, held against a recount that was written apart from it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maturity import arithmetic
from maturity.arithmetic import NOT_ANSWERED, NOT_APPLICABLE, Said
from maturity.enums import Answer
from maturity.patterns import Counted, ordered

SCALES = st.sampled_from([[1, 3, 5], [1, 2, 3, 4], [0, 1], [-1, 0, 1, 2, 3]])


def rated(value):
    return Said(Answer.RATED, value)


@st.composite
def said_on_a_scale(draw, scales=SCALES):
    """A scale and what was said of some indicators: rated, not applicable or not answered."""
    values = draw(scales)
    one = st.one_of(
        st.sampled_from(values).map(rated), st.just(NOT_APPLICABLE), st.just(NOT_ANSWERED)
    )
    return values, draw(st.lists(one, max_size=30))


@given(said_on_a_scale())
def test_counts_and_shares_are_those_of_a_recount(given_):
    values, said = given_
    part = arithmetic.count(said, values)
    ratings = [each.value for each in said if each.answer == "rated"]
    assert part.n == len(ratings)
    assert part.not_applicable == sum(each.answer == "not_applicable" for each in said)
    assert part.not_answered == sum(each.answer == "cleared" for each in said)
    assert part.n + part.not_applicable + part.not_answered == len(said)
    for value in values:
        assert part.counts[value] == ratings.count(value)
        if not ratings:
            assert part.share(value) is None
        else:
            exact = Fraction(100 * ratings.count(value), len(ratings))
            # Half up, in whole numbers, by another way than the code.
            assert part.share(value) == int(exact + Fraction(1, 2))


@given(st.lists(said_on_a_scale(st.just([1, 3, 5])), min_size=1, max_size=8))
def test_a_whole_divides_anew_and_never_averages_shares(parts):
    counted = [arithmetic.count(said, values) for values, said in parts]
    whole = arithmetic.together(counted, code="", name="")
    everything = arithmetic.count([each for _, said in parts for each in said], [1, 3, 5])
    assert whole.counts == everything.counts
    assert (whole.not_applicable, whole.not_answered) == (
        everything.not_applicable,
        everything.not_answered,
    )


def test_the_share_of_a_whole_is_not_the_mean_of_the_shares():
    one = arithmetic.count([rated(5)], [1, 3, 5])
    other = arithmetic.count([rated(1)] * 9, [1, 3, 5])
    assert arithmetic.together([one, other], code="", name="").share(5) == 10


@given(st.lists(st.lists(st.sampled_from([1, 3, 5]), max_size=6), max_size=12))
def test_parts_are_ordered_by_share_of_the_highest_then_of_the_next_then_as_they_come(ratings):
    parts = [
        arithmetic.count([rated(value) for value in each], [1, 3, 5], code=str(at))
        for at, each in enumerate(ratings)
    ]

    def key(part: Counted):
        if not part.n:
            return (1, 0, 0, int(part.code))
        return (
            0,
            -Fraction(part.counts[5], part.n),
            -Fraction(part.counts[3], part.n),
            int(part.code),
        )

    assert [part.code for part in ordered(parts)] == [part.code for part in sorted(parts, key=key)]
    strong, weak = arithmetic.strongest(parts), arithmetic.weakest(parts)
    assert len(strong) <= 3
    assert len(weak) <= 3
    assert all(part.counts[5] > part.counts[1] for part in strong)
    assert all(part.counts[1] > part.counts[5] for part in weak)
    assert not {part.code for part in strong} & {part.code for part in weak}


def test_the_weakest_come_by_share_of_the_lowest_and_what_is_not_rated_is_not_weak():
    def part(code, *said):
        return arithmetic.count(said, [1, 3, 5], code=code)

    parts = [
        part("a", rated(1), rated(3), rated(3)),
        part("b", rated(1), rated(1)),
        part("c", NOT_ANSWERED, NOT_APPLICABLE),
        part("d", rated(5), rated(1)),
        part("e", rated(1)),
        part("f", rated(1), rated(1), rated(3)),
    ]
    assert [each.code for each in arithmetic.weakest(parts)] == ["b", "e", "f"]
    assert arithmetic.strongest(parts) == []


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (rated(5), rated(3), "up"),
        (rated(3), rated(3), "same"),
        (rated(1), rated(3), "down"),
        (rated(1), NOT_APPLICABLE, "begun"),
        (rated(1), NOT_ANSWERED, "begun"),
        (NOT_APPLICABLE, rated(1), "ended"),
        (NOT_ANSWERED, rated(1), "ended"),
        (NOT_APPLICABLE, NOT_ANSWERED, "neither"),
        (rated(1), None, "not_comparable"),
        (NOT_ANSWERED, None, "not_comparable"),
    ],
)
def test_a_change_is_told_only_of_what_is_rated_both_times(now, before, told):
    change = arithmetic.changed(now, before)
    assert {
        name: getattr(change, name) for name in change.__dataclass_fields__ if getattr(change, name)
    } == {told: 1}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([rated(1), rated(3), rated(5), NOT_APPLICABLE, NOT_ANSWERED]),
            st.sampled_from([rated(1), rated(3), rated(5), NOT_APPLICABLE, NOT_ANSWERED, None]),
        )
    )
)
def test_every_indicator_is_in_exactly_one_count_of_a_change(pairs):
    change = sum((arithmetic.changed(*pair) for pair in pairs), arithmetic.Change())
    assert change.comparable + change.not_comparable == len(pairs)
    both = [(now.value, was.value) for now, was in pairs if was and now.value and was.value]
    assert change.compared == len(both)
    assert change.up - change.down == sum(now > was for now, was in both) - sum(
        now < was for now, was in both
    )


def test_a_gap_is_counted_in_points_of_the_scale_and_not_rated_is_no_distance():
    scale = [1, 3, 5]
    assert arithmetic.steps_to(5, rated(1), scale) == 2
    assert arithmetic.steps_to(5, rated(3), scale) == 1
    assert arithmetic.steps_to(3, rated(5), scale) == 0
    assert arithmetic.steps_to(5, NOT_APPLICABLE, scale) is None
    assert arithmetic.steps_to(1, NOT_ANSWERED, scale) is None


@given(st.dictionaries(st.sampled_from([1, 3, 5]), st.integers(0, 40), min_size=3))
def test_an_average_has_its_number_and_spread(counts):
    ratings = [value for value, times in counts.items() for _ in range(times)]
    found = arithmetic.average(counts)
    if not ratings:
        assert found is None
        return
    exact = Fraction(sum(ratings), len(ratings))
    assert found.mean == Decimal(int(exact * 10 + Fraction(1, 2))) / 10
    assert (found.n, found.lowest, found.highest) == (len(ratings), min(ratings), max(ratings))
    variance = sum((Fraction(each) - exact) ** 2 for each in ratings) / len(ratings)
    assert abs(float(found.deviation) - float(variance) ** 0.5) <= 0.051
