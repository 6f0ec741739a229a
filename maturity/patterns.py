"""How a cohort is read: which sub-domains are its foundations, its challenges, and worth learning across sites.

The source (InSites, 2025) reads a cohort by words: foundations have most 3s and
5s, challenges have no 5 or most 1s, and learning opportunities have many 5s and
many 1s. These are the same in numbers, so that everybody can check them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Shares of all ratings of a sub-domain, per cent.
STRONG_ABOVE_LOWEST = 80
CHALLENGE_LOWEST = 40
LEARNING_EACH = 20
# Fewer ratings than this tell of single sites and not of a pattern.
FEWEST_RATINGS = 10

RULES = {
    "strong": (
        "Strong foundations",
        f"At least {STRONG_ABOVE_LOWEST}% of ratings are above the lowest, and some are the highest.",
    ),
    "challenge": (
        "Shared challenges",
        f"No rating is the highest, or at least {CHALLENGE_LOWEST}% are the lowest.",
    ),
    "learning": (
        "Learning opportunities",
        f"At least {LEARNING_EACH}% of ratings are the highest and at least {LEARNING_EACH}% the"
        " lowest: some sites can show others how.",
    ),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each rating was given to one part of a framework.

    ``counts`` has every point of the scale; ``not_applicable`` and ``not_answered``
    stand in no share. ``of_shown`` says of how many indicators the counts are, of
    how many there are, where some are withheld.
    """

    code: str
    name: str
    parent: str
    counts: Mapping[int, int]
    not_applicable: int | None = None
    not_answered: int | None = None
    of_shown: tuple[int, int] | None = None

    @property
    def n(self) -> int:
        """How many ratings."""
        return sum(self.counts.values())

    def share(self, value: int) -> int | None:
        """Per cent of ratings, halves rounded up; None where nothing is rated."""
        if not self.n:
            return None
        return (200 * self.counts.get(value, 0) + self.n) // (2 * self.n)

    @property
    def order(self) -> tuple:
        """Ordered by share of the highest, then of each next point; what is not rated comes last."""
        if not self.n:
            return (1,)
        points = sorted(self.counts, reverse=True)
        return (0, *(-self.counts[value] / self.n for value in points))


def ordered(parts: Iterable[Counted]) -> list[Counted]:
    """By share of the highest rating; among equals in the framework's order."""
    return sorted(parts, key=lambda part: part.order)


def patterns_of(part: Counted) -> list[str]:
    """Which of :data:`RULES` hold for one sub-domain; none where too few ratings are there."""
    if part.n < FEWEST_RATINGS:
        return []
    top, bottom = max(part.counts), min(part.counts)
    # Exact: shares are compared before they are rounded.
    highest, lowest = 100 * part.counts[top], 100 * part.counts[bottom]
    found = []
    if part.counts[top] and 100 * part.n - lowest >= STRONG_ABOVE_LOWEST * part.n:
        found.append("strong")
    if not part.counts[top] or lowest >= CHALLENGE_LOWEST * part.n:
        found.append("challenge")
    if highest >= LEARNING_EACH * part.n and lowest >= LEARNING_EACH * part.n:
        found.append("learning")
    return found


def by_pattern(parts: Iterable[Counted]) -> dict[str, list[Counted]]:
    """Pattern → sub-domains, the clearest first."""
    found: dict[str, list[Counted]] = {key: [] for key in RULES}
    for part in parts:
        for key in patterns_of(part):
            found[key].append(part)

    def lowest(part: Counted) -> float:
        return part.counts[min(part.counts)] / part.n

    found["strong"].sort(key=lowest)
    found["challenge"].sort(key=lambda part: (-lowest(part), part.order))
    found["learning"].sort(
        key=lambda part: -min(lowest(part), part.counts[max(part.counts)] / part.n)
    )
    return found
