"""Ratings of sites that fit what was published about a reference cohort: made up, but every printed count is met."""

import random
from itertools import cycle, islice

from maturity.reference_cohorts import Cohort, PublishedIndicator


def ratings_that_fit(cohort: Cohort, values: list[int], seed: int = 1) -> list[dict[str, int]]:
    """Indicator code → rating, for each site of the cohort; whoever did not answer has no entry.

    Only indicators about which something was published are rated.
    """
    chance = random.Random(seed)
    sites: list[dict[str, int]] = [{} for _ in range(cohort.sites)]
    for row in cohort.indicators:
        ratings = _column(row, cohort.sites, values)
        chosen = chance.sample(range(cohort.sites), len(ratings))
        for place, rating in zip(chosen, ratings, strict=True):
            sites[place][row.code] = rating
    return sites


def _column(row: PublishedIndicator, sites: int, values: list[int]) -> list[int]:
    """One indicator's ratings, in no particular order: as many as answered."""
    # Where several numbers fit, or none was printed: one site did not answer.
    fitting = next((figure.answered for figure in row.figures if figure.answered), ())
    answered = fitting[0] if len(fitting) == 1 else sites - 1
    single = {figure.ratings[0]: figure.sites for figure in row.figures if len(figure.ratings) == 1}
    ratings = [rating for rating, count in single.items() for _ in range(count)]
    for figure in row.combined:
        ratings += islice(cycle(figure.ratings), figure.sites)
    # Ratings of which nothing is known share the rest.
    known = {*single, *(each for figure in row.combined for each in figure.ratings)}
    free = [value for value in values if value not in known]
    left = answered - len(ratings)
    assert left == 0 or free, f"{row.code}: {left} sites have no rating left"
    return ratings + list(islice(cycle(free), left)) if left else ratings
