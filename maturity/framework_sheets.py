"""Frameworks in spreadsheets: one row for each indicator, read into what a framework file says, and written back.

The scale stands in a sheet of its own or in three columns beside the first
rows. Each fault names row and column, as the person sees them. Functions of
their arguments alone.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from maturity.framework_files import MOST_FAULTS, Faulty, code_from, odd_text
from portfolio.readers import Record, Unreadable, looks_like_workbook, records_of, text_of

# Of the file as it is chosen, and of what a workbook unpacks to.
MAX_BYTES = 2_000_000
MAX_UNPACKED = 3_000_000
# Rows that a framework can have, and how far down a sheet they are looked for.
MAX_ROWS = 2000
MAX_LINES = 5000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and other headings that mean the same."""

    name: str
    heading: str
    words: str
    longest: int = 0
    others: tuple[str, ...] = ()
    needed: bool = False


COLUMNS = (
    Column("domain", "Domain", "The chapter of the framework. Empty: as in the row above.", 200, needed=True),
    Column(
        "sub_domain", "Sub-domain",
        "What one page of a self-assessment asks about. Empty: as in the row above.", 200, ("subdomain",), needed=True,
    ),
    Column("rated", "Rated", "Yes or no. No for context, which is described and not rated. Empty means yes.", 0, ("is rated",)),
    Column("about", "About", "One sentence on the sub-domain. One row of it is enough.", 1000),
    Column(
        "sub_domain_questions", "Sub-domain questions",
        "Questions to consider, each on a line of its own or with | between them. One row of the sub-domain is enough.", 0,
        ("subdomain questions", "questions to consider"),
    ),
    Column("indicator", "Indicator", "One statement that is rated. Empty where the sub-domain is not rated.", 500, needed=True),
    Column(
        "questions", "Questions", "Questions to consider on this indicator, in the same way.", 0, ("indicator questions",)
    ),
    Column("domain_code", "Domain code", "Small letters, digits and hyphens. Empty: made from the name.", 60),
    Column("sub_domain_code", "Sub-domain code", "Likewise.", 60, ("subdomain code",)),
    Column("indicator_code", "Indicator code", "Likewise. Keep it from version to version where the indicator stays.", 60, ("code",)),
    Column(
        "same_as", "Same as",
        "The code of the indicator of the version before that asks the same. Leave the column out and equal codes are taken as the same.",
        60, ("crosswalk", "from code"),
    ),
    Column("scale_value", "Scale value", "The points of the scale in the first rows, lowest first. Or in a sheet called Scale."),
    Column("scale_label", "Scale label", "What each point is called.", 60),
    Column("scale_description", "Scale description", "What it means, in a sentence.", 500),
)  # fmt: skip
_SCALE_SHEET = (
    Column("scale_value", "Value", "", others=("scale value",), needed=True),
    Column("scale_label", "Label", "", 60, others=("scale label",), needed=True),
    Column("scale_description", "Description", "", 500, others=("scale description",)),
)
_YES = {"", "yes", "y", "true", "1", "rated"}
_NO = {"no", "n", "false", "0", "not rated"}
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(slots=True)
class Sheet:
    """What a spreadsheet says: parts of a framework file's content."""

    domains: list[dict[str, Any]]
    scale: list[dict[str, Any]]
    # Indicator code → code in the version before; None where there is no such column.
    same_as: dict[str, str] | None


def read_sheet(file: IO[bytes]) -> Sheet:
    """A spreadsheet's framework.

    :param file: CSV or XLSX, seekable
    :raises Faulty: with a sentence for each row and column that is wrong
    """
    try:
        _must_be_small(file)
        reading = _Reading(list(_rows(file, COLUMNS)))
        reading.read()
        if not reading.scale:
            reading.read_scale(_scale_sheet(file), "Sheet “Scale”, row")
    except Unreadable as error:
        raise Faulty([str(error)]) from error
    if not reading.scale and not reading.faults:
        reading.faults.append(
            "There is no scale. Add the columns “Scale value” and “Scale label”, or a sheet called Scale"
            " with the columns “Value” and “Label”."
        )
    if reading.faults:
        raise Faulty(reading.shown())
    return Sheet(reading.domains, reading.scale, reading.same_as)


def table_of(
    content: Mapping[str, Any], same_as: Mapping[str, str] | None = None
) -> tuple[list[str], list[list[Any]]]:
    """A framework as the rows of a spreadsheet that can be read again: headings, and rows.

    :param same_as: what to write into that column; without it, there is no such column
    """
    columns = [each for each in COLUMNS if each.name != "same_as" or same_as is not None]
    rows = []
    for domain in content["domains"]:
        for sub_domain in domain["sub_domains"]:
            first = True
            for indicator in sub_domain["indicators"] or [None]:
                cells: dict[str, Any] = {
                    "domain": domain["name"], "domain_code": domain["code"],
                    "sub_domain": sub_domain["name"], "sub_domain_code": sub_domain["code"],
                    "rated": "yes" if sub_domain["rated"] else "no",
                }  # fmt: skip
                if first:
                    cells["about"] = sub_domain.get("about", "")
                    cells["sub_domain_questions"] = " | ".join(sub_domain.get("questions", []))
                if indicator:
                    cells |= {
                        "indicator": indicator["text"],
                        "indicator_code": indicator["code"],
                        "questions": " | ".join(indicator.get("questions", [])),
                        "same_as": (same_as or {}).get(indicator["code"], ""),
                    }
                first = False
                rows.append(cells)
    for cells, point in zip(rows, content["scale"], strict=False):
        cells |= {
            "scale_value": point["value"],
            "scale_label": point["label"],
            "scale_description": point.get("description", ""),
        }
    # A framework of fewer rows than its scale has points.
    rows += [
        {"scale_value": point["value"], "scale_label": point["label"],
         "scale_description": point.get("description", "")}
        for point in content["scale"][len(rows):]
    ]  # fmt: skip
    return [each.heading for each in columns], [
        [cells.get(each.name, "") for each in columns] for cells in rows
    ]


# -- the file -------------------------------------------------------------------------
def _must_be_small(file: IO[bytes]) -> None:
    file.seek(0, 2)
    if file.tell() > MAX_BYTES:
        raise Unreadable(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    file.seek(0)
    if not looks_like_workbook(file.read(4)):
        return
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return  # the reader says so, in its words
    if unpacked > MAX_UNPACKED:
        raise Unreadable("This workbook unpacks to more than a framework takes.")


def _rows(file: IO[bytes], columns: Sequence[Column]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's number and its cells by column; the columns that are there by the first, empty one."""
    needed = [each for each in columns if each.needed]

    def chooses(headings: list[str]) -> bool:
        found = _found(headings, columns)
        return all(each.name in found for each in needed)

    records = records_of(file, chooses=chooses, max_rows=MAX_LINES)
    heading = next(records, None)
    found = _found([text_of(cell) for cell in heading.cells], columns) if heading else {}
    missing = [each.heading for each in needed if each.name not in found]
    if missing:
        names = ", ".join(f"“{name}”" for name in missing)
        raise Unreadable(
            f"The first row must name the columns. We did not find {names}. Start from the spreadsheet on this page."
        )
    yield 0, dict.fromkeys(found, "")
    for number, record in enumerate(records):
        if number >= MAX_ROWS:
            raise Unreadable(f"There are more than {MAX_ROWS:,} rows; no framework has as many.")
        yield record.line, _cells(record, found)


def _cells(record: Record, found: Mapping[str, int]) -> dict[str, str]:
    return {
        name: text_of(record.cells[place]) if place < len(record.cells) else ""
        for name, place in found.items()
    }


def _found(headings: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Column → its place, the first of several that are called alike."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        places.setdefault(_plain(heading), place)
    found: dict[str, int] = {}
    for column in columns:
        for name in (column.heading, column.name, *column.others):
            if _plain(name) in places:
                found.setdefault(column.name, places[_plain(name)])
    return found


def _plain(heading: str) -> str:
    return re.sub(r"[\s_-]+", " ", heading.strip().casefold()).rstrip(" *:?")


def _scale_sheet(file: IO[bytes]) -> list[tuple[int, dict[str, str]]]:
    """The rows of the sheet with the scale; none where there is no such sheet."""
    file.seek(0)
    if not looks_like_workbook(file.read(4)):
        return []
    try:
        return list(_rows(file, _SCALE_SHEET))
    except Unreadable:
        return []


# -- the rows ---------------------------------------------------------------------------
@dataclass(slots=True)
class _Reading:
    """Rows on their way to domains, sub-domains and indicators."""

    rows: list[tuple[int, dict[str, str]]]
    faults: list[str] = field(default_factory=list)
    domains: list[dict[str, Any]] = field(default_factory=list)
    scale: list[dict[str, Any]] = field(default_factory=list)
    same_as: dict[str, str] | None = None
    # Code in the version before → the indicator here that asks the same.
    carried_on: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Which row first used a code: kind → code → row.
    codes: dict[str, dict[str, int]] = field(default_factory=dict)

    def shown(self) -> list[str]:
        more = len(self.faults) - MOST_FAULTS
        said = self.faults[:MOST_FAULTS]
        return [*said, f"{more} more rows or columns are wrong."] if more > 0 else said

    def wrong(self, row: int, column: str, what: str) -> None:
        self.faults.append(f"Row {row}, column “{column}”: {what}.")

    def read(self) -> None:
        (_, there), *rows = self.rows
        if "same_as" in there:
            self.same_as = {}
        if "scale_value" in there:
            self.read_scale(self.rows, "Row")
        above: dict[str, str] = {"domain": "", "sub_domain": ""}
        for number, cells in rows:
            if not any(cells[name] for name in cells if not name.startswith("scale_")):
                continue
            self.check_texts(number, cells)
            domain = self.domain(number, cells, above)
            sub_domain = self.sub_domain(number, cells, above, domain) if domain else None
            if sub_domain is not None:
                self.indicator(number, cells, sub_domain)
        if not self.domains and not self.faults:
            self.faults.append("There are no rows below the heading row.")
        self.finish()

    def check_texts(self, number: int, cells: Mapping[str, str]) -> None:
        for column in COLUMNS:
            text = _flat(cells.get(column.name, ""))
            odd = odd_text(text) if not column.name.endswith("questions") else ""
            if odd:
                self.wrong(number, column.heading, odd)
            elif column.longest and len(text) > column.longest:
                self.wrong(
                    number, column.heading, f"must have {column.longest:,} characters or fewer"
                )

    def domain(
        self, number: int, cells: Mapping[str, str], above: dict[str, str]
    ) -> dict[str, Any] | None:
        name = _flat(cells["domain"]) or above["domain"]
        if not name:
            self.wrong(number, "Domain", "enter the name of the domain")
            return None
        if name.casefold() != above["domain"].casefold():
            above |= {"domain": name, "sub_domain": ""}
        known = _by_name(self.domains, name)
        if known is None:
            code = self.code(number, cells, "domain_code", "Domain code", name)
            known = {"code": code, "name": name, "rated": False, "sub_domains": []}
            self.domains.append(known)
        return known

    def sub_domain(
        self, number: int, cells: Mapping[str, str], above: dict[str, str], domain: dict[str, Any]
    ) -> dict[str, Any] | None:
        name = _flat(cells["sub_domain"]) or above["sub_domain"]
        if not name:
            self.wrong(number, "Sub-domain", "enter the name of the sub-domain")
            return None
        above["sub_domain"] = name
        said = _flat(cells.get("rated", "")).casefold()
        if said not in _YES | _NO:
            self.wrong(number, "Rated", "enter yes or no")
        rated = said not in _NO
        known = _by_name(domain["sub_domains"], name)
        if known is None:
            code = self.code(number, cells, "sub_domain_code", "Sub-domain code", name)
            known = {
                "code": code, "name": name, "rated": rated, "about": "", "questions": [],
                "indicators": [],
            }  # fmt: skip
            domain["sub_domains"].append(known)
            domain["rated"] = domain["rated"] or rated
        elif said and known["rated"] != rated:
            self.wrong(
                number, "Rated", f"“{name}” is {'not ' if rated else ''}rated in a row above"
            )
        known["about"] = known["about"] or _flat(cells.get("about", ""))
        known["questions"] = known["questions"] or self.questions(
            number, cells, "sub_domain_questions", "Sub-domain questions"
        )
        return known

    def indicator(self, number: int, cells: Mapping[str, str], sub_domain: dict[str, Any]) -> None:
        text = _flat(cells["indicator"])
        if not sub_domain["rated"]:
            if text:
                self.wrong(
                    number,
                    "Indicator",
                    f"must be empty, since “{sub_domain['name']}” is not rated",
                )
            if not sub_domain["questions"]:
                sub_domain["questions"] = self.questions(number, cells, "questions", "Questions")
            return
        if not text:
            self.wrong(number, "Indicator", "enter the statement that is rated")
            return
        code = self.code(number, cells, "indicator_code", "Indicator code", text)
        indicator = {
            "code": code,
            "text": text,
            "questions": self.questions(number, cells, "questions", "Questions"),
        }
        sub_domain["indicators"].append(indicator)
        there = _flat(cells.get("same_as", ""))
        if there and not _CODE.fullmatch(there):
            self.wrong(number, "Same as", "enter a code: small letters, digits and hyphens")
        elif there in self.carried_on:
            self.wrong(number, "Same as", f"another indicator is the same as “{there}”")
        elif there:
            self.carried_on[there] = indicator

    def code(
        self, number: int, cells: Mapping[str, str], column: str, heading: str, name: str
    ) -> str:
        """The code of a row: as it is given, or made from the name once all rows were read."""
        given = _flat(cells.get(column, ""))
        if not given:
            return ""
        known = self.codes.setdefault(column, {})
        if not _CODE.fullmatch(given):
            self.wrong(number, heading, "must be small letters, digits and hyphens")
        elif given in known:
            self.wrong(number, heading, f"“{given}” is the code of row {known[given]} already")
        else:
            known[given] = number
        return given

    def questions(
        self, number: int, cells: Mapping[str, str], column: str, heading: str
    ) -> list[str]:
        lines = re.split(r"[\n\r|]+", cells.get(column, ""))
        found = [text for line in lines if (text := _flat(line).lstrip("-•–* ").strip())]
        for text in found:
            odd = odd_text(text)
            if odd:
                self.wrong(number, heading, odd)
            elif len(text) > 500:
                self.wrong(number, heading, "each question must have 500 characters or fewer")
        if len(found) > 20:
            self.wrong(number, heading, "there can be at most 20 questions")
        return found

    def finish(self) -> None:
        """Codes that nobody gave, made from names so that none is there twice."""
        sub_domains = [row for domain in self.domains for row in domain["sub_domains"]]
        indicators = [row for sub_domain in sub_domains for row in sub_domain["indicators"]]
        for rows, name, taken in (
            (self.domains, "name", set(self.codes.get("domain_code", ()))),
            (sub_domains, "name", set(self.codes.get("sub_domain_code", ()))),
            (indicators, "text", set(self.codes.get("indicator_code", ()))),
        ):
            for row in rows:
                if not row["code"]:
                    row["code"] = code_from(row[name], taken)
                    taken.add(row["code"])
        if self.same_as is not None:
            self.same_as = {row["code"]: there for there, row in self.carried_on.items()}

    def read_scale(self, rows: Sequence[tuple[int, dict[str, str]]], where: str) -> None:
        headings = ("Value", "Label") if where != "Row" else ("Scale value", "Scale label")
        for number, cells in list(rows)[1:]:
            value, label = _flat(cells["scale_value"]), _flat(cells.get("scale_label", ""))
            if not value and not label:
                continue
            if not re.fullmatch(r"[0-9]{1,3}", value):
                self.faults.append(
                    f"{where} {number}, column “{headings[0]}”: enter a whole number."
                )
            elif not label:
                self.faults.append(
                    f"{where} {number}, column “{headings[1]}”: enter what {value} means."
                )
            else:
                words = _flat(cells.get("scale_description", ""))
                self.scale.append({"value": int(value), "label": label, "description": words})


def _by_name(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((row for row in rows if row["name"].casefold() == name.casefold()), None)


def _flat(text: str) -> str:
    """A cell on one line."""
    return " ".join(text.split())
