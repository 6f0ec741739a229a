"""The shape of a definition, and the arithmetic of its kind."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from hubapp.web import words
from kpis.enums import Direction, Kind, Unit

# As many places as the columns keep.
PLACES = Decimal("0.0001")


class Contribution(NamedTuple):
    """What one record gives to one KPI of one site and month.

    Counts and ratios use ``numerator`` (and ``denominator``), quantiles
    ``measure``; what a kind does not use is None. A record contributes at
    most once.
    """

    site_id: int
    record_kind: str
    record_ref: str
    numerator: int | Decimal | None = None
    denominator: int | Decimal | None = None
    measure: int | Decimal | None = None


class Result(NamedTuple):
    """The arithmetic of some contributions. ``value`` is None when there is nothing to divide or rank."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int


# (site ids, first day, last day, as at) -> contributions, in any order, for all sites at once.
# ``as at`` is today: in a month that is not over, nothing after it has happened yet.
Contributions = Callable[[Sequence[int], dt.date, dt.date, dt.date], Iterable[Contribution]]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One KPI. Whoever changes what is counted raises ``version``: every month is then computed
    again, and numbers that were final are restated with the definition as the reason.
    """

    key: str
    version: int
    title: str
    kind: Kind
    unit: Unit
    direction: Direction
    # What it tells, for somebody who has never seen it.
    meaning: str
    # Exactly what is in it, so that two people who count by hand arrive at the same number.
    how_counted: str
    contributions: Contributions
    # Whether its numbers are counts of people, which are suppressed when small.
    counts_people: bool = False

    @property
    def pattern(self) -> str:
        """How a value reads in a chart or a table: ``"{}%"``."""
        return {Unit.PERCENT: "{}%", Unit.WORKING_DAYS: "{} days"}.get(self.unit, "{}")

    def rounded(self, value: Decimal | None) -> Decimal | None:
        """As pages show it: one decimal place, rounded half up. Files and the API give it whole."""
        return None if value is None else value.quantize(Decimal("0.1"), ROUND_HALF_UP)

    def words(self, value: Decimal | None) -> str:
        """A value in words: "12 ideas", "4.5 working days", "66.7%"; "no data" for None."""
        if value is None:
            return "no data"
        shown = self.rounded(value)
        if self.unit == Unit.WORKING_DAYS:
            return words.counted(shown, "working day,working days")
        if self.unit == Unit.PERCENT:
            return f"{words.number(shown)}%"
        return words.counted(shown, "idea,ideas")


def compute(kind: Kind, contributions: Iterable[Contribution]) -> Result:
    """The number that ``contributions`` make, by the rule of its kind.

    Counts and sums add up. Ratios are divided once, after adding up, and given
    as a percentage from 0 to 100. Quantiles are medians: the middle measure,
    or the mean of the middle two. Values keep four decimal places, rounded half up.
    """
    rows = list(contributions)
    if kind in (Kind.COUNT, Kind.SUM):
        total = sum((Decimal(row.numerator or 0) for row in rows), Decimal(0))
        return Result(total, total, None, len(rows))
    if kind == Kind.RATIO:
        numerator = sum((Decimal(row.numerator or 0) for row in rows), Decimal(0))
        denominator = sum((Decimal(row.denominator or 0) for row in rows), Decimal(0))
        value = percentage(numerator, denominator)
        return Result(value, numerator, denominator, len(rows))
    if kind == Kind.QUANTILE:
        value = median([row.measure for row in rows if row.measure is not None])
        return Result(value, None, None, len(rows))
    raise ValueError(f"no arithmetic for {kind} yet")


def percentage(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """``numerator`` of ``denominator`` from 0 to 100; None of nothing."""
    if not denominator:
        return None
    return (numerator * 100 / denominator).quantize(PLACES, ROUND_HALF_UP)


def median(measures: Sequence[int | Decimal]) -> Decimal | None:
    """The middle measure, or the mean of the middle two; None of none."""
    if not measures:
        return None
    ranked = sorted(Decimal(measure) for measure in measures)
    middle = len(ranked) // 2
    if len(ranked) % 2:
        return ranked[middle]
    return ((ranked[middle - 1] + ranked[middle]) / 2).quantize(PLACES, ROUND_HALF_UP)


def digest(contributions: Iterable[Contribution]) -> str:
    """A fingerprint of a set of contributions, whatever their order: equal sets, equal digests."""
    lines = sorted(
        f"{row.record_kind} {row.record_ref} {_exact(row.numerator)} {_exact(row.denominator)} {_exact(row.measure)}"
        for row in contributions
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _exact(number: int | Decimal | None) -> str:
    return "" if number is None else f"{Decimal(number):.4f}"
