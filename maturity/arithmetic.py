"""The arithmetic of ratings: counted, ordered, compared with last time, set against a target.

Functions of their arguments alone; pages, files, API and the report read the
same. Ratings are ordinal: shares are re-divided from counts and rounded half
up, never averaged, and *not applicable* and *not answered* stand in no share.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from maturity.enums import Answer
from maturity.patterns import Counted, ordered

# How many sub-domains are named as strongest and as weakest.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one indicator. Not answered, not applicable and the lowest rating are three things.

    ``value`` is a point of the scale where it is rated, else None.
    """

    answer: str
    value: int | None = None

    @property
    def is_rated(self) -> bool:
        """Whether it has a rating."""
        return self.answer == Answer.RATED

    @property
    def is_answered(self) -> bool:
        """Whether anything is said of it."""
        return self.answer != Answer.CLEARED


NOT_ANSWERED = Said(Answer.CLEARED)
NOT_APPLICABLE = Said(Answer.NOT_APPLICABLE)


def count(
    said: Iterable[Said], values: Sequence[int], *, code: str = "", name: str = "", parent: str = ""
) -> Counted:
    """How often each point of the scale was given; what is not rated is counted apart.

    :param values: every point of the scale, so that each has a count
    """
    counts = dict.fromkeys(values, 0)
    not_applicable = not_answered = 0
    for each in said:
        if each.is_rated and each.value is not None:
            counts[each.value] += 1
        elif each.is_answered:
            not_applicable += 1
        else:
            not_answered += 1
    return Counted(code, name, parent, counts, not_applicable, not_answered)


def together(parts: Iterable[Counted], *, code: str, name: str, parent: str = "") -> Counted:
    """Several parts as one: counts are added, so that shares are divided anew."""
    rows = list(parts)
    values = rows[0].counts if rows else {}
    return Counted(
        code,
        name,
        parent,
        {value: sum(row.counts[value] for row in rows) for value in values},
        sum(row.not_applicable or 0 for row in rows),
        sum(row.not_answered or 0 for row in rows),
    )


# -- strongest and weakest ---------------------------------------------------------
def strongest(parts: Iterable[Counted]) -> list[Counted]:
    """At most :data:`NAMED` parts with more of the highest rating than of the lowest: largest share first."""
    found = [part for part in parts if part.n and _top(part) > _bottom(part)]
    return ordered(found)[:NAMED]


def weakest(parts: Iterable[Counted]) -> list[Counted]:
    """At most :data:`NAMED` parts with more of the lowest rating than of the highest: largest share first."""
    found = [part for part in parts if part.n and _bottom(part) > _top(part)]
    return sorted(found, key=_lowest_first)[:NAMED]


def _top(part: Counted) -> int:
    return part.counts[max(part.counts)]


def _bottom(part: Counted) -> int:
    return part.counts[min(part.counts)]


def _lowest_first(part: Counted) -> tuple:
    return tuple(-part.counts[value] / part.n for value in sorted(part.counts))


# -- since last time ---------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Change:
    """What became of some indicators since last time: each is in exactly one of the counts.

    ``up``, ``same`` and ``down`` are rated both times; ``begun`` and ``ended``
    only this time or only last time; ``neither`` in neither; ``not_comparable``
    were not asked last time.
    """

    up: int = 0
    same: int = 0
    down: int = 0
    begun: int = 0
    ended: int = 0
    neither: int = 0
    not_comparable: int = 0

    @property
    def compared(self) -> int:
        """How many were rated both times."""
        return self.up + self.same + self.down

    @property
    def comparable(self) -> int:
        """How many were asked both times."""
        return self.compared + self.begun + self.ended + self.neither

    def __add__(self, other: "Change") -> "Change":
        return Change(
            *(getattr(self, name) + getattr(other, name) for name in Change.__dataclass_fields__)
        )


def changed(now: Said, before: Said | None) -> Change:
    """One indicator now and last time.

    :param before: None: it was not asked last time
    """
    if before is None:
        return Change(not_comparable=1)
    if now.value is not None and before.value is not None:
        if now.value == before.value:
            return Change(same=1)
        return Change(up=1) if now.value > before.value else Change(down=1)
    if now.is_rated:
        return Change(begun=1)
    return Change(ended=1) if before.is_rated else Change(neither=1)


# -- targets -----------------------------------------------------------------------
def steps_to(target: int, now: Said, values: Sequence[int]) -> int | None:
    """How many points of the scale lie between a rating and its target: 0 where it is reached or passed.

    None where there is no rating: that is no distance.
    """
    if now.value is None:
        return None
    points = sorted(values)
    return max(0, points.index(target) - points.index(now.value))


# -- only where somebody asks --------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Average:
    """A mean of ordinal ratings, never without its number and spread. No headline."""

    mean: Decimal
    n: int
    lowest: int
    highest: int
    deviation: Decimal


def average(counts: Mapping[int, int]) -> Average | None:
    """The mean of ratings to one decimal, halves up, with N, range and standard deviation; None without ratings."""
    n = sum(counts.values())
    if not n:
        return None
    given = [value for value, times in counts.items() if times]
    total = sum(value * times for value, times in counts.items())
    squares = sum(value * value * times for value, times in counts.items())
    # n² times the variance is whole, so that nothing is lost before the root.
    spread = math.sqrt(n * squares - total * total) / n
    return Average(
        _tenth(Decimal(total) / n), n, min(given), max(given), _tenth(Decimal(str(spread)))
    )


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
