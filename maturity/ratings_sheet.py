"""Ratings in a spreadsheet, one a row, read into codes. Functions of their arguments alone.

Columns are found by their headings: site code, indicator code, rating and
explanation. The files that the report gives can be read again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

from hubapp.web.csvsafe import STARTS_A_FORMULA
from portfolio.readers import Record, Unreadable, records_of, text_of

# What is read of one file, blank rows counted, and rows in it: 250 sites with 69 statements are 17,250.
MAX_ROWS = 60_000
MOST_ROWS = 50_000
# Longest cell that is kept of a row with a fault.
CELL_KEPT = 500
SITE, INDICATOR, RATING, EXPLANATION = "site", "indicator", "rating", "explanation"
# Headings that mean a column, the clearest first.
HEADINGS = {
    SITE: ("site code", "site"),
    INDICATOR: ("indicator code", "indicator", "code"),
    RATING: ("rating", "value", "score"),
    EXPLANATION: ("explanation", "words", "comment", "comments"),
}
WORDS = {
    SITE: "Site code",
    INDICATOR: "Indicator code",
    RATING: "Rating",
    EXPLANATION: "Explanation",
}
_NOT_APPLICABLE = {"n/a", "na", "n.a.", "n.a", "not applicable", "not_applicable"}
_NOT_ANSWERED = {"", "-", "–", "not answered", "not_answered"}
NA, BLANK = "n/a", ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, its cells by column as text, and all cells as they are."""

    line: int
    site: str
    indicator: str
    rating: str
    explanation: str
    cells: tuple[str, ...]


@dataclass(slots=True)
class RatingsSheet:
    """The heading row as it is, and the rows below it. ``has_site`` says whether there is a column of site codes."""

    columns: list[str]
    has_site: bool
    rows: list[Row] = field(default_factory=list)


def read_ratings(file: IO[bytes], *, needs_site: bool = True) -> RatingsSheet:
    """The rows of a CSV file or an Excel workbook.

    :param needs_site: whether a column of site codes must be there
    :raises Unreadable: a sentence for the person who chose the file
    """
    needed = [name for name in (SITE, INDICATOR, RATING) if needs_site or name != SITE]

    def chooses(headings: list[str]) -> bool:
        found = places_of(headings)
        return all(name in found for name in needed)

    records = iter(records_of(file, chooses=chooses, max_rows=MAX_ROWS))
    heading = next(records, None)
    if heading is None:
        raise Unreadable(
            "The file is empty. Choose a file with a heading row and at least one row below it."
        )
    columns = [text_of(cell)[:CELL_KEPT] for cell in heading.cells]
    places = places_of(columns)
    missing = [WORDS[name] for name in needed if name not in places]
    if missing:
        raise Unreadable(
            f"The heading row (row {heading.line}) has no column “{missing[0]}”. It has:"
            f" {', '.join(column for column in columns if column)[:300] or 'nothing'}."
        )
    sheet = RatingsSheet(columns, SITE in places)
    for record in records:
        if len(sheet.rows) >= MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Bring it in parts.")
        sheet.rows.append(_row(record, places))
    if not sheet.rows:
        raise Unreadable("There is no row below the heading row.")
    return sheet


def places_of(headings: Sequence[str]) -> dict[str, int]:
    """Which column is which: name → position. Of several headings that mean one column, the clearest counts."""
    folded = [" ".join(heading.casefold().replace("_", " ").split()) for heading in headings]
    places = {}
    for name, known in HEADINGS.items():
        found = next((folded.index(each) for each in known if each in folded), None)
        if found is not None:
            places[name] = found
    return places


def rating_of(text: str, values: Sequence[int]) -> str | None:
    """A cell as "5", "n/a" or "" (not answered); None: it is none of these.

    :param values: the points of the scale
    """
    folded = " ".join(text.casefold().split())
    if folded in _NOT_APPLICABLE:
        return NA
    if folded in _NOT_ANSWERED:
        return BLANK
    number = re.fullmatch(r"([0-9]{1,4})(\.0+)?", folded)
    if number and int(number[1]) in values:
        return str(int(number[1]))
    return None


def _row(record: Record, places: dict[str, int]) -> Row:
    cells = [text_of(cell) for cell in record.cells]

    def cell(name: str) -> str:
        at = places.get(name, len(cells))
        return _unquoted(cells[at]) if at < len(cells) else ""

    return Row(
        record.line,
        " ".join(cell(SITE).split()),
        " ".join(cell(INDICATOR).split()),
        cell(RATING),
        cell(EXPLANATION).strip(),
        tuple(each[:CELL_KEPT] for each in cells),
    )


def _unquoted(text: str) -> str:
    """Without the apostrophe that our own files put before what could start a formula."""
    if text.startswith("'") and text[1:].startswith(STARTS_A_FORMULA):
        return text[1:]
    return text
