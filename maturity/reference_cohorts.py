"""Reference cohorts: what was published about sites that assessed themselves elsewhere, read from a file.

A cohort's file (``maturity/cohorts/<slug>.json``) holds the figures that its
report prints, each with the ratings that it counts, and what follows from
them. What the report does not print is not published: never 0. Functions of
their arguments alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from maturity import framework_files

FOLDER = Path(__file__).resolve().parent / "cohorts"


class Standing(Enum):
    """How far a figure can be trusted: its value is the API's code."""

    PUBLISHED = "published"
    DERIVED = "derived"
    NOT_PUBLISHED = "not_published"
    MISPRINT = "misprint"

    @property
    def words(self) -> str:
        """As pages and files say it."""
        return {
            Standing.PUBLISHED: "published",
            Standing.DERIVED: "derived from published figures",
            Standing.NOT_PUBLISHED: "not published",
            Standing.MISPRINT: "misprinted in the report",
        }[self]


def percent_of(sites: int, answered: int) -> int:
    """Per cent, rounded half up, on that many sites that answered (one or more)."""
    return (200 * sites + answered) // (2 * answered)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: how many sites gave one of ``ratings``.

    ``answered`` holds the numbers of sites that answered which fit the printed
    percentage: mostly one, sometimes several, empty where nothing was printed
    or nothing fits.
    """

    id: str
    ratings: tuple[int, ...]
    sites: int
    percent_printed: int | None
    answered: tuple[int, ...]
    standing: Standing
    # False where the report does not say which rating it counts.
    rating_stated: bool = True
    note: str = ""

    @property
    def n(self) -> int | None:
        """How many sites answered, if that is certain."""
        return self.answered[0] if len(self.answered) == 1 else None

    @property
    def n_words(self) -> str:
        """ "17", "16, 17 or 18", "not published"."""
        if not self.answered:
            return "not published"
        *others, last = map(str, self.answered)
        return f"{', '.join(others)} or {last}" if others else last

    @property
    def percent(self) -> int | None:
        """Recomputed, rounded half up; None where the number that answered leaves it open."""
        found = {percent_of(self.sites, answered) for answered in self.answered}
        return found.pop() if len(found) == 1 else None

    @property
    def is_reproduced(self) -> bool:
        """Whether the printed percentage can be computed from the printed count."""
        return self.percent_printed is not None and self.percent == self.percent_printed


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator and one rating; ``figure`` is None where nothing was published of this rating alone."""

    rating: int
    standing: Standing
    figure: Figure | None = None

    @property
    def sites(self) -> int | None:
        """How many sites gave this rating; None if not published."""
        return self.figure.sites if self.figure else None

    @property
    def n(self) -> int | None:
        """How many sites rated this indicator; None if not published."""
        return self.figure.n if self.figure else None

    @property
    def percent(self) -> int | None:
        """Per cent on that indicator's own N, rounded half up; None if it cannot be known.

        Of a misprint neither the printed percentage nor another one is given.
        """
        return self.figure.percent if self.figure else None


@dataclass(frozen=True, slots=True)
class PublishedIndicator:
    """What was published about one indicator: its figures as printed, and what they say of each rating."""

    code: str
    figures: tuple[Figure, ...]
    cells: tuple[Cell, ...]

    @property
    def combined(self) -> tuple[Figure, ...]:
        """Figures that count several ratings together, so that no cell holds them."""
        return tuple(figure for figure in self.figures if len(figure.ratings) > 1)


@dataclass(frozen=True, slots=True)
class Cohort:
    """A reference cohort: ``indicators`` holds only those with a published figure."""

    slug: str
    title: str
    framework: str
    sites: int
    source: str
    notes: tuple[str, ...]
    indicators: tuple[PublishedIndicator, ...]

    @property
    def figures(self) -> list[Figure]:
        """Every figure, printed and derived."""
        return [figure for row in self.indicators for figure in row.figures]

    @property
    def printed(self) -> list[Figure]:
        """The figures that the report prints, misprints among them."""
        return [each for each in self.figures if each.standing is not Standing.DERIVED]

    def cell(self, code: str, rating: int) -> Cell:
        """One indicator and rating; not published for whatever the report does not give."""
        for row in self.indicators:
            if row.code == code:
                for cell in row.cells:
                    if cell.rating == rating:
                        return cell
        return Cell(rating, Standing.NOT_PUBLISHED)


def cohort_from(data: Mapping[str, Any], values: Sequence[int]) -> Cohort:
    """A cohort from its file's content.

    :param values: the points of the framework's scale
    :raises ValueError: a figure counts a rating that is not on the scale, a rating twice for one
        indicator, more sites than there are, or a printed percentage that its N does not give
    """
    indicators = []
    for row in data["indicators"]:
        figures = tuple(_figure(each, data["sites"], values) for each in row["figures"])
        single = {}
        for figure in figures:
            if len(figure.ratings) == 1:
                if figure.ratings[0] in single:
                    raise ValueError(f"{figure.id}: this rating has a figure already")
                single[figure.ratings[0]] = figure
        cells = tuple(
            Cell(value, single[value].standing, single[value])
            if value in single
            else Cell(value, Standing.NOT_PUBLISHED)
            for value in values
        )
        indicators.append(PublishedIndicator(row["indicator"], figures, cells))
    codes = [row.code for row in indicators]
    if len(set(codes)) < len(codes):
        raise ValueError("an indicator is there twice")
    return Cohort(
        slug=data["slug"],
        title=data["title"],
        framework=data["framework"],
        sites=data["sites"],
        source=data["source"],
        notes=tuple(data["notes"]),
        indicators=tuple(indicators),
    )


def _figure(data: Mapping[str, Any], sites: int, values: Sequence[int]) -> Figure:
    figure = Figure(
        id=data["id"],
        ratings=tuple(data["ratings"]),
        sites=data["sites"],
        percent_printed=data["percent_printed"],
        answered=tuple(data["answered"] or ()),
        standing=Standing(data["standing"]),
        rating_stated=data.get("rating_stated", True),
        note=data.get("note", ""),
    )
    if not set(figure.ratings) <= set(values):
        raise ValueError(f"{figure.id}: {figure.ratings} is not on the scale")
    if any(not figure.sites <= answered <= sites for answered in figure.answered):
        raise ValueError(f"{figure.id}: more sites than answered, or than there are")
    is_misprint = figure.standing is Standing.MISPRINT
    if figure.percent_printed is not None and figure.is_reproduced is is_misprint:
        raise ValueError(f"{figure.id}: {figure.percent_printed}% does not fit its standing")
    return figure


@lru_cache(maxsize=1)
def _files() -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        found[data["slug"]] = data
    return found


@lru_cache(maxsize=1)
def cohorts() -> dict[str, Cohort]:
    """Slug → cohort, of every file that comes with Hubapp. The scale is the framework file's."""
    return {slug: cohort_from(data, _scale(data)) for slug, data in _files().items()}


def _scale(data: Mapping[str, Any]) -> list[int]:
    # Its framework comes with Hubapp too, so that the scale is written down once.
    for path in framework_files.FOLDER.glob("*.*.json"):
        content = framework_files.read_framework(path.read_bytes())
        if framework_files.slug_of(content) == data["framework"]:
            return [point["value"] for point in content["scale"]]
    raise ValueError(f"{data['slug']}: there is no framework {data['framework']}")
