"""Small counts of people stay inside their site; counts of anything else pass."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp.disclosure import disclose, threshold

counts = st.integers(0, 30).map(Decimal)


def people(**parts):
    return disclose(counts_people=True, beyond_site=True, **parts)


@given(counts)
def test_a_count_of_innovations_passes_unchanged(n):
    shown = disclose(value=n, numerator=n, n=int(n), counts_people=False, beyond_site=True)
    assert (shown.value, shown.numerator, shown.n, shown.suppressed) == (n, n, n, False)


@given(counts)
def test_a_small_count_of_people_goes_whole_and_a_large_one_stays(n):
    shown = people(value=n, numerator=n, n=int(n))
    assert shown.suppressed == (n < 5)
    if shown.suppressed:
        assert (shown.value, shown.numerator, shown.denominator, shown.n) == (None,) * 4
    else:
        assert shown.value == n


@given(counts, counts)
def test_no_share_gives_a_small_count_away(part, rest):
    """Neither the part, nor the rest, nor the whole."""
    whole = part + rest
    shown = people(value=part, numerator=part, denominator=whole, n=int(whole))
    assert shown.suppressed == (min(part, rest, whole) < 5)


def test_the_site_itself_sees_its_own():
    shown = disclose(
        value=Decimal(2), numerator=Decimal(2), n=2, counts_people=True, beyond_site=False
    )
    assert (shown.value, shown.suppressed) == (2, False)


@pytest.mark.parametrize(("limit", "suppressed"), [(3, False), (8, True)])
def test_the_threshold_is_a_setting(settings, limit, suppressed):
    settings.DISCLOSURE_THRESHOLD = limit
    assert threshold() == limit
    assert people(value=Decimal(6), numerator=Decimal(6), n=6).suppressed is suppressed
