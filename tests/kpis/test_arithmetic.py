"""The arithmetic of KPIs, against independent ways to reach the same number."""

import statistics
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.definitions import base
from kpis.definitions.base import Contribution
from kpis.enums import Kind

parts = st.tuples(st.integers(0, 1), st.just(1))


def contributions(rows) -> list[Contribution]:
    return [
        Contribution(1, "portfolio.innovation", f"REF{place}", *row)
        for place, row in enumerate(rows)
    ]


@given(st.lists(parts))
def test_a_ratio_is_divided_once_and_runs_to_a_hundred(rows):
    result = base.compute(Kind.RATIO, contributions(rows))
    top, bottom = sum(row[0] for row in rows), sum(row[1] for row in rows)
    assert (result.numerator, result.denominator, result.n) == (top, bottom, len(rows))
    if not bottom:
        assert result.value is None
    else:
        assert abs(Fraction(result.value) - Fraction(100 * top, bottom)) <= Fraction(1, 20000)
        assert 0 <= result.value <= 100


@given(st.lists(parts, min_size=1), st.lists(parts, min_size=1))
def test_ratios_of_two_sites_are_divided_again_never_averaged(one, other):
    together = base.compute(Kind.RATIO, contributions(one + other))
    first, second = (base.compute(Kind.RATIO, contributions(rows)) for rows in (one, other))
    assert together.value == base.percentage(
        first.numerator + second.numerator, first.denominator + second.denominator
    )


@given(st.lists(st.integers(0, 400)))
def test_the_median_is_the_one_of_the_statistics_module(days):
    result = base.compute(Kind.QUANTILE, contributions([(None, None, day) for day in days]))
    if not days:
        assert result.value is None
    else:
        assert result.value == Decimal(str(statistics.median(days)))
    assert (result.numerator, result.denominator, result.n) == (None, None, len(days))


@given(st.integers(0, 60))
def test_a_count_is_as_many_as_there_are_and_nothing_is_nought(many):
    result = base.compute(Kind.COUNT, contributions([(1,)] * many))
    assert (result.value, result.numerator, result.denominator, result.n) == (
        many,
        many,
        None,
        many,
    )


@given(st.lists(st.tuples(st.integers(0, 1), st.just(1)), unique=False), st.randoms())
def test_the_digest_tells_sets_apart_and_forgets_their_order(rows, chance):
    given_rows = contributions(rows)
    shuffled = chance.sample(given_rows, len(given_rows))
    assert base.digest(given_rows) == base.digest(shuffled)
    more = [*given_rows, Contribution(1, "portfolio.innovation", "ANOTHER", 1, 1)]
    assert base.digest(given_rows) != base.digest(more)


def test_whole_and_stored_numbers_have_one_digest():
    as_read = Contribution(1, "portfolio.innovation", "A", Decimal("1.0000"), Decimal("1.0000"))
    assert base.digest([Contribution(1, "portfolio.innovation", "A", 1, 1)]) == base.digest(
        [as_read]
    )


def test_a_kind_without_arithmetic_says_so():
    with pytest.raises(ValueError, match="distinct"):
        base.compute(Kind.DISTINCT, [])
