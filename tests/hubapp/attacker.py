"""A site that tries to read the others' ratings out of all that a round released.

It knows its own ratings, who is where, who was there when, the rule and k. It tries every
world: every way in which the other sites could have rated. What it cannot rule out is possible.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import combinations, combinations_with_replacement, product

ABSENT = "absent"
"""In a history: the site was no member then."""

History = tuple[int | str | None, ...]
"""What one site rated in each release."""


def literally(
    told: Callable, truth: Sequence[History], values: Sequence, attacker: int | None
) -> list[list[set]]:
    """For each site and position of its history the values that ``told`` leaves possible.

    Tries the worlds one by one, all of them unless every position has two before that.
    ``attacker`` is a place in ``truth``, or ``None`` for somebody outside.
    """
    seen = told(truth)
    possible = [[{value} for value in history] for history in truth]
    others = [place for place in range(len(truth)) if place != attacker]
    for world in _worlds(truth, values, others):
        if told(world) == seen:
            for place in others:
                for position, value in enumerate(world[place]):
                    possible[place][position].add(value)
            if all(len(each) > 1 for place in others for each in possible[place]):
                break
    return possible


def _worlds(truth, values, others) -> Iterator[list[History]]:
    """All worlds; those that are likeliest to fit come first as well, which only saves time."""
    length = len(truth[0])
    columns = list(zip(*truth, strict=True))
    for position, column in enumerate(columns):
        likely = [
            {one: column[other], other: column[one]} for one, other in combinations(others, 2)
        ]
        likely += [dict.fromkeys(others, value) for value in values]
        for guess in likely:
            changed = [guess.get(place, value) for place, value in enumerate(column)]
            parts = [*columns[:position], changed, *columns[position + 1 :]]
            yield list(zip(*parts, strict=True))
    for guesses in product(product(values, repeat=length), repeat=len(others)):
        world = list(truth)
        for place, guess in zip(others, guesses, strict=True):
            world[place] = guess
        yield world


class Found(AssertionError):
    """A site whose value is given away."""


def exhaustively(told: Callable, classes: Sequence[tuple[int, Sequence[History]]]) -> int:
    """Tries every attacker in every world at once; returns how many worlds that were.

    :param classes: sites that are alike in all that everybody knows: how many, and the
        histories that one may have
    :param told: of a world (for each class the histories of its sites, in any order) all that
        is told of it
    :raises Found: some site's value is given away to some other, in one of two settings. *Not
        knowing who rated what*: fewer than two values are possible. *Knowing it*: fewer than two
        ratings are possible of one that rated

    Sites of a class are alike, so worlds that differ in who is who are one here, and a site of a
    class "may have" a history if any of its class beside the attacker has.
    """
    numbers: dict = {}
    knowing: dict = defaultdict(lambda: defaultdict(set))
    worlds = 0
    choices = [list(combinations_with_replacement(types, size)) for size, types in classes]
    for world in product(*choices):
        worlds += 1
        seen = numbers.setdefault(told(world), len(numbers))
        rated = tuple(tuple(sorted(Counter(map(_rated, each)).items())) for each in world)
        counts = [Counter(each) for each in world]
        for mine, histories in enumerate(counts):
            for own in histories:
                for theirs, others in enumerate(counts):
                    for history, count in others.items():
                        if count - (mine == theirs and history == own):
                            knowing[seen, rated, mine, own][theirs, _rated(history)].add(history)
    blind: dict = defaultdict(lambda: defaultdict(set))
    for (seen, _, mine, own), left in knowing.items():
        for (theirs, which), histories in left.items():
            blind[seen, mine, own][theirs] |= histories
            _need_two(histories, f"{own} of class {mine} reads class {theirs}, knowing", which)
    for (_, mine, own), left in blind.items():
        for theirs, histories in left.items():
            _need_two(histories, f"{own} of class {mine} reads class {theirs}")
    return worlds


@cache
def _rated(history: History) -> tuple[bool, ...]:
    return tuple(value is not None and value != ABSENT for value in history)


def _need_two(histories: set[History], who: str, which: tuple[bool, ...] | None = None) -> None:
    for position, values in enumerate(zip(*histories, strict=True)):
        hidden = values[0] != ABSENT if which is None else which[position]
        if hidden and len(set(values)) < 2:
            raise Found(f"{who}: {values[0]} at {position}")
