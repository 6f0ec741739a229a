"""One row of a file: held against the rules of an innovation, every fault said in a sentence."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hubapp.db.search import fold
from hubapp.web.csvsafe import STARTS_A_FORMULA
from portfolio import plaintext, readers
from portfolio.enums import SOURCE_OF, LabelKind, SubmitterKind
from portfolio.mapping import (
    FIELDS,
    OWN,
    REQUIRED,
    TO_CORRECT,
    Mapping,
    MappingProblem,
    day_of,
    is_to_correct,
    names_of,
    own_names,
    parts_of,
    plain,
)
from portfolio.models.submission import LONG_TEXT, SHORT_TEXT, TITLE_TEXT
from portfolio.validators import LONGEST_TAG, MOST_TAGS, nhs_numbers_in, spaced

EARLIEST = dt.date(1948, 1, 1)
REASON_LENGTH = 500
SHORTENED = "\n… (shortened by the import)"
LONG_FIELDS = ("problem", "for_whom", "idea")
# What is asked of a cell that holds no code of ours, where "use one of" would be a long list.
_USE = {"is_confidential": "Write yes or no.", "trl": "Write a level from 1 to 9."}
# Line breaks of other worlds, and what cannot be stored or shown.
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


# -- the heading row ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns feed which field, and which headings are not used.

    ``is_ours``: a file of rows not added, corrected; there an apostrophe
    before what could start a formula was put by us, and is taken away again.
    """

    places: dict[str, tuple[int, ...]]
    width: int
    mapping: Mapping
    ignored: list[str] = field(default_factory=list)
    is_ours: bool = False


def headings_of(record: readers.Record) -> list[str]:
    """The texts of a heading row."""
    return [readers.text_of(cell) for cell in record.cells]


def is_heading(cells: Sequence[str]) -> bool:
    """Whether a row names, in our own words, the columns that an import needs."""
    return {OWN.get(plain(cell)) for cell in cells} >= set(REQUIRED)


def layout_of(record: readers.Record, mapping: Mapping | None = None) -> Layout:
    """Read the heading row.

    :param mapping: what the columns mean; None: the headings are our own names
    :raises readers.Unreadable: a column is missing or there twice
    """
    headings = headings_of(record)
    is_ours = is_to_correct(headings)
    names = names_of(headings)
    try:
        if mapping is None:
            mapping = own_names(headings)
            if mapping is None:
                raise readers.Unreadable(missing_columns(record))
        mapping.check_against(names)
    except MappingProblem as problem:
        raise readers.Unreadable(str(problem)) from problem
    places: dict[str, tuple[int, ...]] = {}
    ignored = []
    for place, name in enumerate(names):
        if is_ours and place < len(TO_CORRECT):
            continue
        used_as = mapping.columns.get(name)
        if used_as:
            places[used_as] = (*places.get(used_as, ()), place)
        elif headings[place]:
            ignored.append(headings[place][:60])
    return Layout(places, len(headings), mapping, ignored[:50], is_ours)


def missing_columns(record: readers.Record) -> str:
    """The sentence for a heading row that is not in our words."""
    headings = headings_of(record)
    here = {OWN.get(plain(heading)) for heading in headings}
    missing = [f"“{name}”" for name in REQUIRED if name not in here]
    found = ", ".join(f"“{heading[:40]}”" for heading in headings[:8] if heading)
    more = " and more" if len(headings) > 8 else ""
    column, is_are = ("columns", "are") if len(missing) > 1 else ("column", "is")
    return (
        f"The {column} {' and '.join(missing)} {is_are} missing."
        f" The heading row (line {record.line}) has {found}{more}."[:480]
    )


# -- one row --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: the innovation it asks for, or why it is refused."""

    line: int
    # Columns of the innovation, ``state`` among them.
    values: dict[str, Any] = field(default_factory=dict)
    labels: tuple[tuple[str, str], ...] = ()
    key: str = ""
    reason: str = ""
    # Something to look at in a row that is good.
    doubt: str = ""


class _Reading:
    """The cells of one row, and what is wrong with them."""

    def __init__(self, record: readers.Record, layout: Layout) -> None:
        self.record, self.layout, self.mapping = record, layout, layout.mapping
        self.problems: list[str] = []
        self.doubts: list[str] = []

    def cells(self, name: str) -> list[Any]:
        """What stands in the columns that feed a field; its constant if it has one."""
        found = []
        for place in self.layout.places.get(name, ()):
            cell = self.record.cells[place] if place < len(self.record.cells) else None
            if (
                self.layout.is_ours
                and isinstance(cell, str)
                and cell[:1] == "'"
                and cell[1:2] in STARTS_A_FORMULA
            ):
                cell = cell[1:]
            found.append(cell)
        if name in self.mapping.constants:
            found.append(self.mapping.constants[name])
        return found

    def cell(self, name: str) -> Any:
        found = self.cells(name)
        return found[0] if found else None

    def line(self, name: str, limit: int) -> str:
        return self.fitting(name, readers.text_of(self.cell(name)), limit)

    def long(self, name: str) -> str:
        texts = [text for cell in self.cells(name) if (text := readers.text_of(cell))]
        if self.mapping.plain_text:
            texts = [text for told in texts if (text := plaintext.to_text(told))]
        return self.fitting(name, "\n\n".join(texts), LONG_TEXT)

    def fitting(self, name: str, text: str, limit: int) -> str:
        """A text that can be stored, or a sentence in ``problems``."""
        text = _BREAKS.sub("\n", text)
        # A cell that took in what comes after it, so that the row has too few.
        is_open = text.count("\n") > 20 and len(self.record.cells) < self.layout.width
        if limit <= TITLE_TEXT:
            text = re.sub(r"\s+", " ", text)
        label = FIELDS[name].label
        if len(text) > limit and self.mapping.shorten and limit == LONG_TEXT:
            self.doubts.append(f"{label} was shortened from {len(text):,} characters.")
            text = text[: limit - len(SHORTENED)].rstrip() + SHORTENED
        if len(text) > limit:
            hint = ""
            if is_open:
                hint = " Is a quotation mark missing above it?"
            elif limit == LONG_TEXT:
                hint = " Shorten it, or tick “Shorten texts” where the columns are explained."
            self.problems.append(
                f"{label} has {len(text):,} characters; the most is {limit:,}.{hint}"
            )
            return ""
        wrong = _UNSTORABLE.search(text)
        if wrong:
            self.problems.append(
                f"{label} has an invisible character (U+{ord(wrong[0]):04X}) that cannot be stored."
                " Type the text again."
            )
            return ""
        return text

    def code(self, name: str) -> str:
        """The code that a cell means, by what was said of it or by our own words; "" if it is empty."""
        if name not in self.layout.places and name not in self.mapping.constants:
            return FIELDS[name].default
        return self.code_of(name, readers.text_of(self.cell(name)))

    def code_of(self, name: str, text: str) -> str:
        each = FIELDS[name]
        said = self.mapping.values.get(name)
        if said is not None and text in said:
            return said[text] or each.default
        code = each.codes.get(plain(text), "") if text else each.default
        if text and not code:
            choices = ", ".join(words for _, words in each.choices)
            use = _USE.get(name, f"Use one of: {choices}.")
            self.problems.append(f"{each.label} is {_shown(text)}. {use}")
        return code

    def codes(self, name: str) -> list[str]:
        parts = [part for cell in self.cells(name) for part in parts_of(readers.text_of(cell))]
        return [code for part in dict.fromkeys(parts) if (code := self.code_of(name, part))]

    def tags(self) -> list[str]:
        """Tags as they are stored: folded, each once."""
        parts = [part for cell in self.cells("tags") for part in parts_of(readers.text_of(cell))]
        tags = list(dict.fromkeys(tag for part in parts if (tag := fold(part))))
        if len(tags) > MOST_TAGS:
            self.problems.append(f"Tags has {len(tags)} tags; the most is {MOST_TAGS}.")
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                self.problems.append(
                    f"Tags has {_shown(tag)}, which is too long: use at most {LONGEST_TAG} letters."
                )
                break
        return tags

    def day(self, name: str, today: dt.date) -> dt.date | None:
        """A date of a workbook, ISO or dd/mm/yyyy."""
        cell, label = self.cell(name), FIELDS[name].label
        text = readers.text_of(cell)
        if not text:
            return None
        if isinstance(cell, dt.datetime):
            day: dt.date | None = cell.date()
        elif isinstance(cell, dt.date):
            day = cell
        else:
            try:
                day = day_of(text)
            except ValueError:
                self.problems.append(f"{label} is {_shown(text)}, which is not a real date.")
                return None
        if day is None:
            wrong = ". Write the date as 2026-03-27 or 27/03/2026."
        elif day > today:
            wrong = ", which is in the future."
        elif day < EARLIEST:
            wrong = ", which is before 1948, when the NHS began."
        else:
            return day
        self.problems.append(f"{label} is {_shown(text)}{wrong}")
        return None


def _shown(text: str) -> str:
    """What was found, short enough for a sentence and without what a terminal would obey."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return f"“{kept[:40]}…”" if len(kept) > 40 else f"“{kept}”"


def import_key(
    *, title: str, innovation_type: str, received_on: dt.date | None, external_id: str
) -> str:
    """What makes a row the same row when it is read again: its own id, else what it says."""
    if external_id:
        told: list[str] = ["id", external_id]
    else:
        told = ["row", fold(title), innovation_type, received_on.isoformat() if received_on else ""]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def check_row(record: readers.Record, layout: Layout, *, today: dt.date) -> Row:
    """Hold one row against the rules of an innovation; every fault is said at once."""
    row = _Reading(record, layout)
    extra = sum(1 for cell in record.cells[layout.width :] if readers.text_of(cell))
    if extra:
        filled = layout.width + extra
        row.problems.append(
            f"It has {filled} cells where the heading row has {layout.width}. Put a text that has a"
            " comma in it in quotation marks."
        )
    title = row.line("title", TITLE_TEXT)
    if not title and not row.problems:
        row.problems.append("Title is missing.")
    texts = {name: row.long(name) for name in LONG_FIELDS}
    before = len(row.problems)
    innovation_type = row.code("innovation_type")
    if not innovation_type and len(row.problems) == before:
        choices = ", ".join(words for _, words in FIELDS["innovation_type"].choices)
        row.problems.append(f"Innovation type is missing. Use one of: {choices}.")
    received_on = row.day("received_on", today)
    external_id = row.line("external_id", SHORT_TEXT)
    submitter_kind = row.code("submitter_kind")
    coded = {name: row.code(name) for name in ("focus", "origin", "category", "care_setting")}
    source, trl, confidential = row.code("source"), row.code("trl"), row.code("is_confidential")
    state = row.code("state")
    labels = tuple((LabelKind.BENEFIT.value, code) for code in row.codes("benefit_areas")) + tuple(
        (LabelKind.TAG.value, tag) for tag in row.tags()
    )
    if row.problems:
        reason = " ".join(row.problems)
        return Row(
            record.line,
            reason=reason if len(reason) <= REASON_LENGTH else f"{reason[: REASON_LENGTH - 1]}…",
        )
    numbers = nhs_numbers_in(title, *texts.values())
    if numbers:
        ends = ", ".join(f"ends {spaced(n)[-4:]}" for n in numbers[:3])
        row.doubts.insert(0, f"May hold an NHS number ({ends}).")
    if not source and submitter_kind:
        # As for what comes through the front door, until hub staff correct it.
        source = SOURCE_OF[SubmitterKind(submitter_kind)].value
    return Row(
        record.line,
        values={
            "title": title,
            **texts,
            "innovation_type": innovation_type,
            "received_on": received_on,
            "submitter_kind": submitter_kind,
            "is_confidential": confidential == "yes",
            "source": source,
            **coded,
            "trl": int(trl) if trl else None,
            "state": state,
        },
        labels=labels,
        key=import_key(
            title=title,
            innovation_type=innovation_type,
            received_on=received_on,
            external_id=external_id,
        ),
        doubt=" ".join(row.doubts)[:REASON_LENGTH],
    )
