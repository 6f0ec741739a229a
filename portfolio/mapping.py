"""What the columns of somebody's file mean: our fields, which column feeds which, and a best guess.

A :class:`Mapping` is what somebody said about one kind of file. Files are of
one kind when their headings are the same, in any order: :func:`fingerprint_of`.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubapp.problems import Refused
from portfolio.enums import (
    SUBMITTER_WORDS,
    BenefitArea,
    CareSetting,
    Category,
    Focus,
    IdeaSource,
    InnovationType,
    Origin,
    State,
    SubmitterKind,
)

# What an import may say of a row's state. Everything else is a decision: it has a reason,
# and somebody who reads it.
IMPORTED_STATES = (State.WAITING, State.SCOPING, State.PARKED)
# A column with more different values than this holds no codes.
MOST_VALUES = 50
LONGEST_VALUE = 100
LONGEST_HEADING = 100
# What stands before the columns in a file of rows not added.
TO_CORRECT = ("line", "reason")
# Between several values in one cell.
_BETWEEN = re.compile(r"[;|,\n]")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?", re.ASCII)
_BRITISH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: \d{1,2}:\d{2}.*)?", re.ASCII)

# Kinds of fields: one line, long text, a day, one code of ours, several codes, several words.
LINE, LONG, DAY, CODE, CODES, WORDS = "line", "long", "day", "code", "codes", "words"


class MappingProblem(Refused):
    """A mapping that does not fit; ``where`` is what it is about: a column, a field, or ""."""

    def __init__(self, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.where = where


def plain(text: str) -> str:
    """A heading or a code as it is compared: without case, blanks, underscores and dashes."""
    return re.sub(r"[\s_\-\ufeff]+", "", text).casefold()


@dataclass(frozen=True)
class Field:
    """One of our fields.

    ``codes`` maps every accepted word, plain, to its code; ``choices`` are the
    codes in order with their words. ``known_as``: headings that suggest it.
    """

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    codes: dict[str, str] = field(default_factory=dict)
    known_as: tuple[str, ...] = ()
    # What a value means that nobody said anything about.
    default: str = ""

    @property
    def takes_codes(self) -> bool:
        """Whether each value of the file has to be one of ours."""
        return self.kind in (CODE, CODES)

    @property
    def takes_several(self) -> bool:
        """Whether more than one column may feed it."""
        return self.kind in (LONG, CODES, WORDS)


def _coded(name: str, label: str, choices: Any, *known_as: str, kind: str = CODE, **more) -> Field:
    pairs = tuple((str(code), str(words)) for code, words in choices)
    codes = {plain(word): code for code, words in pairs for word in (code, words)}
    return Field(name, label, kind, pairs, codes | more.pop("also", {}), known_as, **more)


_YES_NO = (("yes", "Yes: only the desk sees it"), ("no", "No"))
_YES_NO_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1", "confidential"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "open", "public"), "no"),
}
_KIND_WORDS = {plain(str(kind.label)): kind.value for kind in SubmitterKind}
_LEVELS = [(str(n), f"Level {n}") for n in range(1, 10)]
_LEVEL_WORDS = {f"trl{n}": str(n) for n in range(1, 10)}

FIELDS: dict[str, Field] = {
    each.name: each
    for each in (
        Field(
            "title", "Title", LINE,
            known_as=("name", "innovation", "innovation name", "idea title", "project", "project name",
                      "project title", "short title"),
        ),
        _coded("innovation_type", "Innovation type", InnovationType.choices, "type", "kind"),
        Field(
            "problem", "Problem", LONG,
            known_as=("problem statement", "need", "challenge", "what problem does it solve", "issue"),
        ),
        Field(
            "for_whom", "For whom", LONG,
            known_as=("who is it for", "users", "beneficiaries", "target group", "population", "patients"),
        ),
        Field(
            "idea", "Idea", LONG,
            known_as=("description", "summary", "abstract", "body", "body markdown", "details", "text",
                      "solution", "content", "about"),
        ),
        Field(
            "received_on", "Received on", DAY,
            known_as=("received", "date received", "date", "submitted", "submitted on", "date submitted",
                      "submission date"),
        ),
        Field(
            "external_id", "Reference in your list", LINE,
            known_as=("id", "ref", "reference", "number", "slug", "project id", "our ref", "code"),
        ),
        _coded(
            "state", "State", [(state.value, state.label) for state in IMPORTED_STATES],
            "status", "stage", default=State.WAITING.value,
            also={
                **dict.fromkeys(("new", "received", "submitted", "waiting"), State.WAITING.value),
                **dict.fromkeys(("wip", "workinprogress", "indevelopment", "inprogress", "scoping",
                                 "active", "ongoing"), State.SCOPING.value),
                **dict.fromkeys(("paused", "onhold", "parked", "dormant"), State.PARKED.value),
            },
        ),
        _coded(
            "submitter_kind", "Kind of submitter",
            [(kind.value, SUBMITTER_WORDS[kind]) for kind in SubmitterKind],
            "submitter", "submitted by", also=_KIND_WORDS,
        ),
        _coded("is_confidential", "Confidential", _YES_NO, "confidential", "restricted", also=_YES_NO_WORDS),
        _coded("source", "Source", IdeaSource.choices, "idea source", "where from"),
        _coded("focus", "Focus", Focus.choices),
        _coded("origin", "Origin", Origin.choices),
        _coded("category", "Category", Category.choices),
        _coded("care_setting", "Care setting", CareSetting.choices, "setting"),
        _coded("trl", "Technology readiness level", _LEVELS, "trl", "readiness", "readiness level", also=_LEVEL_WORDS),
        _coded("benefit_areas", "Benefit areas", BenefitArea.choices, "benefits", "benefit", "benefit area", kind=CODES),
        Field("tags", "Tags", WORDS, known_as=("tag", "keywords", "themes", "topics", "labels")),
    )
}  # fmt: skip
REQUIRED = ("title", "innovation_type")
# The headings of a file of ours.
OWN = {plain(name): name for name in FIELDS}
_GUESSES = {
    **{plain(word): name for name, each in FIELDS.items() for word in each.known_as},
    **{plain(each.label): name for name, each in FIELDS.items()},
    **OWN,
}


def parts_of(text: str) -> list[str]:
    """The values of a cell that may hold several."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def day_of(text: str) -> dt.date | None:
    """The day that a text names, as 2026-03-27 or 27/03/2026 with or without a time; None if it names none.

    :raises ValueError: it looks like one, and no such day exists
    """
    iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
    if iso:
        return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
    if british:
        return dt.date(int(british[3]), int(british[2]), int(british[1]))
    return None


def names_of(headings: Sequence[str]) -> list[str]:
    """A name for each column: its heading, told apart where one is blank or there twice."""
    shortened = [" ".join(heading.split())[:LONGEST_HEADING] for heading in headings]
    times: dict[str, int] = {}
    for heading in shortened:
        times[heading] = times.get(heading, 0) + 1
    return [
        heading if heading and times[heading] == 1 else f"{heading} (column {place})".strip()
        for place, heading in enumerate(shortened, start=1)
    ]


def is_to_correct(headings: Sequence[str]) -> bool:
    """Whether these head a file of rows not added, as we give it out: line and reason come first."""
    return tuple(heading.casefold() for heading in headings[:2]) == TO_CORRECT


def fingerprint_of(headings: Sequence[str]) -> str:
    """The same for files of one kind: for the same headings in any order, with or without line and reason."""
    kept = headings[len(TO_CORRECT) :] if is_to_correct(headings) else headings
    told = sorted(plain(heading) for heading in kept if heading)
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Mapping:
    """What each column means.

    ``columns``: name of a column → our field. ``constants``: field → one value
    for every row. ``values``: field → what stands in the file → our code, or ""
    for leave it empty. ``plain_text``: Markdown and HTML become plain text.
    ``shorten``: texts that are too long are cut, and say so.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    plain_text: bool = False
    shorten: bool = False

    @classmethod
    def read(cls, data: Any) -> "Mapping":
        """From JSON, as it was stored or sent.

        :raises MappingProblem: it has another shape, or names what we do not have
        """
        if not isinstance(data, dict):
            raise MappingProblem("Send the mapping as an object.")
        unknown = set(data) - {"columns", "constants", "values", "plain_text", "shorten"}
        if unknown:
            raise MappingProblem(f"A mapping has no “{min(unknown)[:40]}”.")
        columns = _texts(data.get("columns", {}), "columns")
        constants = _texts(data.get("constants", {}), "constants")
        values = data.get("values", {})
        if not isinstance(values, dict):
            raise MappingProblem("Send “values” as an object.", "values")
        mapping = cls(
            columns,
            constants,
            {str(name): _texts(said, f"values.{name}") for name, said in values.items()},
            _truth(data.get("plain_text", False), "plain_text"),
            _truth(data.get("shorten", False), "shorten"),
        )
        mapping.check()
        return mapping

    def as_json(self) -> dict[str, Any]:
        """What :meth:`read` reads."""
        return {
            "columns": self.columns,
            "constants": self.constants,
            "values": self.values,
            "plain_text": self.plain_text,
            "shorten": self.shorten,
        }

    def check(self) -> None:
        """Whether it is sound, whatever file it is for.

        :raises MappingProblem: a field that is not ours, fed twice, or without what it needs
        """
        for column, name in self.columns.items():
            if name not in FIELDS:
                raise MappingProblem(f"There is no field “{name[:40]}”.", column)
        fed: dict[str, str] = {}
        for column, name in self.columns.items():
            if name in fed and not FIELDS[name].takes_several:
                raise MappingProblem(
                    f"{FIELDS[name].label} is chosen for “{fed[name]}” and “{column}”. Choose it once.",
                    column,
                )
            fed[name] = column
        for name, value in self.constants.items():
            each = FIELDS.get(name)
            if each is None:
                raise MappingProblem(f"There is no field “{name[:40]}”.", name)
            if name in fed and each.kind != WORDS:
                raise MappingProblem(
                    f"{each.label} comes from the column “{fed[name]}” and has one value for every row."
                    " Keep one of the two.",
                    name,
                )
            if each.kind in (LINE, LONG):
                raise MappingProblem(f"{each.label} cannot be the same for every row.", name)
            if each.takes_codes and value not in dict(each.choices):
                raise MappingProblem(f"“{value[:40]}” is no value of {each.label}.", name)
            if each.kind == DAY and day_of(value) is None:
                raise MappingProblem(
                    f"{each.label}: write the date as 2026-03-27 or 27/03/2026.", name
                )
        for name, said in self.values.items():
            each = FIELDS.get(name)
            if each is None or not each.takes_codes:
                raise MappingProblem(f"{name[:40]} is no field with codes.", name)
            for value, code in said.items():
                if code and code not in dict(each.choices):
                    raise MappingProblem(
                        f"“{value[:40]}” cannot mean “{code[:40]}” in {each.label}.", name
                    )

    def missing(self) -> list[str]:
        """The required fields that nothing feeds."""
        fed = set(self.columns.values()) | set(self.constants)
        return [name for name in REQUIRED if name not in fed]

    def check_against(self, names: Iterable[str]) -> None:
        """Whether it fits a file with these columns.

        :raises MappingProblem: it names a column that is not there, or feeds no title or type
        """
        here = set(names)
        for column in self.columns:
            if column not in here:
                raise MappingProblem(f"The file has no column “{column[:60]}”.", column)
        missing = [FIELDS[name].label for name in self.missing()]
        if missing:
            raise MappingProblem(
                f"Say which column holds the {' and the '.join(label.lower() for label in missing)},"
                " or give one value for every row."
                if missing != ["Title"]
                else "Say which column holds the title.",
                REQUIRED[0] if "Title" in missing else REQUIRED[1],
            )


def _texts(data: Any, where: str) -> dict[str, str]:
    if not isinstance(data, dict) or not all(
        isinstance(key, str) and isinstance(value, str) for key, value in data.items()
    ):
        raise MappingProblem(f"Send “{where}” as an object of texts.", where)
    # What is not used may be said as "".
    return {key: value for key, value in data.items() if value or where.startswith("values.")}


def _truth(data: Any, where: str) -> bool:
    if not isinstance(data, bool):
        raise MappingProblem(f"Send “{where}” as true or false.", where)
    return data


def own_names(headings: Sequence[str]) -> Mapping | None:
    """The mapping of a file whose headings are our own field names; None if title or type is not among them.

    :raises MappingProblem: one of our names is there twice
    """
    columns: dict[str, str] = {}
    places: dict[str, int] = {}
    for place, (heading, name) in enumerate(
        zip(headings, names_of(headings), strict=True), start=1
    ):
        ours = OWN.get(plain(heading))
        if ours is None:
            continue
        if ours in places:
            raise MappingProblem(
                f"The column “{ours}” is there twice, as columns {places[ours]} and {place}."
                " Take one of them out.",
                ours,
            )
        columns[name], places[ours] = ours, place
    mapping = Mapping(columns)
    return None if mapping.missing() else mapping


def guess(facts: Sequence[dict[str, Any]]) -> Mapping:
    """What the columns seem to mean, by their headings and values; may lack what is required.

    :param facts: of each column, as :func:`portfolio.survey.survey` gives them
    """
    columns: dict[str, str] = {}
    taken: set[str] = set()
    # Our own names before what else suggests a field.
    for words in (OWN, _GUESSES):
        for column in facts:
            name = words.get(plain(column["name"]))
            if name is None or column["name"] in columns:
                continue
            each = FIELDS[name]
            if name in taken and not each.takes_several:
                continue
            if each.takes_codes and not _is_likely(each, column):
                continue
            columns[column["name"]] = name
            taken.add(name)
    long = [
        column
        for column in facts
        if FIELDS.get(columns.get(column["name"], ""), _NONE).kind == LONG
    ]
    return Mapping(columns, plain_text=any(column["formatted"] for column in long), shorten=False)


def unsaid_values(
    mapping: Mapping, facts: Sequence[dict[str, Any]]
) -> list[tuple[Field, list[str]]]:
    """The values in columns with codes that nobody said anything about and that are no words of ours."""
    found: dict[str, list[str]] = {}
    for column in facts:
        each = FIELDS.get(mapping.columns.get(column["name"], ""), _NONE)
        if not each.takes_codes:
            continue
        said = mapping.values.get(each.name, {})
        for value in (column["parts"] if each.kind == CODES else column["values"]) or ():
            if value and value not in said and plain(value) not in each.codes:
                found.setdefault(each.name, []).append(value)
    return [(FIELDS[name], values) for name, values in found.items()]


_NONE = Field("", "", "")


def _is_likely(each: Field, column: dict[str, Any]) -> bool:
    """Whether a column whose heading suggests a field with codes holds any."""
    values = column["parts"] if each.kind == CODES else column["values"]
    if not values:
        return not column["filled"]
    # A state or a type is worth saying value by value; the rest only if something is known.
    return each.name in ("state", "innovation_type") or any(
        plain(value) in each.codes for value in values
    )
