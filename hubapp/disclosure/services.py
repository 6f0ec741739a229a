"""The one door through which numbers leave: pages, files, the API and mail all ask here.

Small counts of people identify people: one under the threshold is suppressed
in anything shared beyond its site. Counts of innovations, organisations or
sites are not people and pass unchanged.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

Number = Decimal | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown: all of it, or nothing but the fact that it is suppressed."""

    value: Number
    numerator: Number
    denominator: Number
    n: int | None
    suppressed: bool


def threshold() -> int:
    """The smallest count of people that may be shown beyond a site (5 unless set)."""
    return settings.DISCLOSURE_THRESHOLD


def disclose(
    *,
    value: Number,
    numerator: Number = None,
    denominator: Number = None,
    n: int | None = None,
    counts_people: bool,
    beyond_site: bool,
) -> Shown:
    """A number as it may be shown.

    :param counts_people: whether ``numerator``, ``denominator`` and ``n`` are counts of people
    :param beyond_site: whether whoever reads it is outside the site that it belongs to

    All of a suppressed number goes, its parts too: the denominator and the
    rest of a share would give the small count away.
    """
    shown = Shown(value, numerator, denominator, n, suppressed=False)
    if not counts_people or not beyond_site:
        return shown
    rest = denominator - numerator if numerator is not None and denominator is not None else None
    people = None if n is None else Decimal(n)
    counts = [count for count in (numerator, denominator, rest, people) if count is not None]
    if any(count < threshold() for count in counts):
        return Shown(None, None, None, None, suppressed=True)
    return shown
