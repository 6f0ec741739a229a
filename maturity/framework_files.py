"""Framework files: what one version of a framework says, read from JSON and checked.

The same checks hold for the files that come with Hubapp and for what a
coordinator uploads, so nothing here trusts the file. Functions of their
arguments alone; each fault is a sentence that names the place.
"""

import copy
import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaError

FOLDER = Path(__file__).resolve().parent / "frameworks"
SCHEMA = FOLDER / "schema.json"
# A framework of several hundred indicators takes a tenth of this.
MAX_BYTES = 1_000_000
# No framework is nested deeper than ten.
MAX_DEPTH = 12
# More than these are not answered in an hour.
MAX_INDICATORS = 500
# Faults that are said at once; the rest follow when these are mended.
MOST_FAULTS = 25
# Longest code, as models have it.
CODE = 60
# How a text begins that a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "@", "\t", "\r")
# Marks that turn the direction of what follows: a text would not read as it is stored.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MISSING = {
    "key": "key",
    "version": "version",
    "title": "title",
    "valid_from": "valid_from, the day from which it is used",
    "scale": "scale",
    "domains": "domains",
}


class Faulty(Exception):
    """It is no framework that can be used; :attr:`faults` are sentences that name the place."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(self.faults))


def read_framework(raw: bytes) -> dict[str, Any]:
    """A framework file's content, checked, with whatever may be left out filled in.

    :raises Faulty: too large, not JSON, or not a framework; with every fault that was found
    """
    if len(raw) > MAX_BYTES:
        raise Faulty([f"The file is larger than {MAX_BYTES // 1_000_000} MB."])
    try:
        # Files from Windows may begin with a byte order mark.
        data = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except UnicodeDecodeError as error:
        raise Faulty(["The file is not in UTF-8, so its letters cannot be read."]) from error
    except json.JSONDecodeError as error:
        raise Faulty(
            [f"The file is not JSON: line {error.lineno}, column {error.colno} cannot be read."]
        ) from error
    except RecursionError as error:
        raise Faulty(["The file is nested too deeply to be a framework."]) from error
    except ValueError as error:
        # A name twice, a number that is none, or one of thousands of digits.
        said = str(error) if isinstance(error, _Odd) else "it has a number that is too long"
        raise Faulty([f"The file cannot be read: {said}."]) from error
    return checked(data)


def checked(data: Any) -> dict[str, Any]:
    """The content, once it passed every check, with whatever may be left out filled in.

    :raises Faulty: with every fault that was found
    """
    faults = list(_of_texts(data))
    if not faults:
        faults = _of_schema(data)
    if not faults:
        faults = list(_of_sense(data))
    if faults:
        more = len(faults) - MOST_FAULTS
        shown = faults[:MOST_FAULTS]
        raise Faulty([*shown, f"There are {more} more."] if more > 0 else shown)
    return _filled_in(data)


def slug_of(content: Mapping[str, Any]) -> str:
    """What names this version in addresses: ``<key>-<version>``."""
    return f"{content['key']}-{content['version']}"


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of what the file says, whatever its layout."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def indicators_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every indicator, in order."""
    return [
        indicator
        for domain in content["domains"]
        for sub_domain in domain["sub_domains"]
        for indicator in sub_domain["indicators"]
    ]


def counts_of(content: Mapping[str, Any]) -> dict[str, int]:
    """How many domains, sub-domains, rated sub-domains, indicators and points of the scale there are."""
    sub_domains = [row for domain in content["domains"] for row in domain["sub_domains"]]
    return {
        "domains": len(content["domains"]),
        "sub_domains": len(sub_domains),
        "rated": sum(row["rated"] for row in sub_domains),
        "indicators": len(indicators_of(content)),
        "points": len(content["scale"]),
    }


def code_from(name: str, taken: Iterable[str] = ()) -> str:
    """A code made of a name: "Funding & resources" → ``funding-resources``, numbered where it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9\s/-]", "", plain)
    code = re.sub(r"[\s/-]+", "-", plain).strip("-")[:CODE].strip("-") or "item"
    taken, made, number = set(taken), code, 2
    while made in taken:
        made, number = f"{code[: CODE - 4].strip('-')}-{number}", number + 1
    return made


def proposed_crosswalk(content: Mapping[str, Any], codes: Iterable[str]) -> dict[str, str]:
    """Code here → code there, for each code that another version has too."""
    there = set(codes)
    return {row["code"]: row["code"] for row in indicators_of(content) if row["code"] in there}


# -- reading JSON -----------------------------------------------------------------
class _Odd(ValueError):
    """JSON that could be read, but not as one thing; the text says why."""


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name comes twice: JSON would keep the last and forget the first."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Odd(f"“{twice[:60]}” is there twice in one place")
    return found


def _no_number(name: str) -> float:
    raise _Odd(f"{name} is not a number")


# -- checks that hold for any part ----------------------------------------------------
def _of_texts(data: Any) -> Iterator[str]:
    """Texts that no page, file or database shows as they are; and nesting without end."""
    waiting: list[tuple[Any, tuple[Any, ...]]] = [(data, ())]
    while waiting:
        value, path = waiting.pop()
        if len(path) > MAX_DEPTH:
            yield "The file is nested too deeply to be a framework."
            return
        if isinstance(value, Mapping):
            for name in value:
                if _has_control(name):
                    yield _said(data, path, "has a name with a character that cannot be shown")
            waiting += [
                (each, (*path, name)) for name, each in value.items() if not _has_control(name)
            ]
        elif isinstance(value, list):
            waiting += [(each, (*path, place)) for place, each in enumerate(value)]
        elif isinstance(value, str):
            odd = odd_text(value)
            if odd:
                yield _said(data, path, odd)


def odd_text(text: str) -> str:
    """What is wrong with a text whatever it says, to follow its place; empty if nothing is."""
    if _has_control(text):
        return "has a character that cannot be shown, or a line break"
    if text and not text.strip():
        return "has only spaces"
    if text.startswith(FORMULA_STARTS):
        return f"begins with “{text[0]}”, as a formula does: enter words"
    return ""


def _has_control(text: str) -> bool:
    return bool(_TURNING.search(text)) or any(
        unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") or letter in "\u2028\u2029"
        for letter in text
    )


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The JSON Schema of a framework file."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def _of_schema(data: Any) -> list[str]:
    validator = Draft202012Validator(schema())
    faults: list[str] = []
    for error in validator.iter_errors(data):
        sentence = _said(data, tuple(error.absolute_path), _words_of(error))
        if sentence not in faults:
            faults.append(sentence)
        # What is wrong everywhere is not looked for to the end.
        if len(faults) > 4 * MOST_FAULTS:
            break
    return faults


def _words_of(error: SchemaError) -> str:
    """What is wrong, in words, of the rule that was broken."""
    rule, wanted, value = str(error.validator), error.validator_value, error.instance
    if rule == "required":
        missing = [
            _MISSING.get(name, name)
            for name in wanted
            if isinstance(value, dict) and name not in value
        ]
        return f"lacks {', '.join(missing)}"
    if rule == "additionalProperties":
        known = set(error.schema.get("properties", {}))
        odd = sorted(str(name)[:60] for name in value if name not in known)
        return f"has something that no framework has: {', '.join(odd[:5])}"
    if rule == "type":
        kinds = {
            "object": "an object", "array": "a list", "string": "a text", "boolean": "true or false",
            "integer": "a whole number",
        }  # fmt: skip
        return f"must be {kinds.get(wanted, wanted)}"
    if rule == "pattern" and "[0-9]{4}" in wanted:
        return "must be a date such as 2026-03-27"
    if rule in ("pattern", "propertyNames"):
        return "must be small letters, digits and hyphens, such as innovation-strategy"
    if rule == "maxLength":
        return f"must have {wanted:,} characters or fewer"
    if rule == "minLength":
        return "is empty"
    if rule in ("minItems", "maxItems", "maxProperties"):
        least = "at least" if rule == "minItems" else "at most"
        return f"must have {least} {wanted:,} entries"
    if rule in ("minimum", "maximum"):
        return f"must be {wanted} or {'more' if rule == 'minimum' else 'less'}"
    return "is not as a framework has it"


# -- checks that no schema makes --------------------------------------------------------
def _of_sense(data: Mapping[str, Any]) -> Iterator[str]:
    try:
        dt.date.fromisoformat(data["valid_from"])
    except ValueError:
        yield "valid_from: there is no such day."
    if len(slug_of(data)) > CODE:
        yield f"key and version must have fewer than {CODE} characters together."
    values = [point["value"] for point in data["scale"]]
    if any(type(value) is not int for value in values):
        yield "scale: each value must be a whole number."
    elif values != sorted(set(values)):
        yield "scale: the values must ascend, lowest first, each once."
    labels = [point["label"].casefold() for point in data["scale"]]
    if len(set(labels)) < len(labels):
        yield "scale: two points have the same label."
    domains = data["domains"]
    sub_domains = [(d, s) for d, domain in enumerate(domains) for s in range(len(domain["sub_domains"]))]  # fmt: skip
    yield from _twice("domain", [domain["code"] for domain in domains])
    yield from _twice("sub-domain", [domains[d]["sub_domains"][s]["code"] for d, s in sub_domains])
    codes = [row["code"] for row in indicators_of(data)]
    yield from _twice("indicator", codes)
    yield from _twice("domain", [domain["name"].casefold() for domain in domains], "name")
    for d, s in sub_domains:
        row, path = domains[d]["sub_domains"][s], ("domains", d, "sub_domains", s)
        if row["rated"] and not domains[d]["rated"]:
            yield _said(data, path, "is rated, but its domain is not")
        if row["rated"] and not row["indicators"]:
            yield _said(data, path, "is rated, so it must have at least one indicator")
        if not row["rated"] and row["indicators"]:
            yield _said(data, path, "is not rated, so it can have no indicators")
    for d, domain in enumerate(domains):
        names = [row["name"].casefold() for row in domain["sub_domains"]]
        if len(set(names)) < len(names):
            yield _said(data, ("domains", d), "has two sub-domains with the same name")
        if domain["rated"] and not any(row["rated"] for row in domain["sub_domains"]):
            yield _said(data, ("domains", d), "is rated, but none of its sub-domains is")
    if not any(domain["rated"] for domain in domains):
        yield "At least one sub-domain must be rated."
    if len(codes) > MAX_INDICATORS:
        yield f"There can be at most {MAX_INDICATORS} indicators; these are {len(codes):,}."
    yield from _of_crosswalk(data, codes)


def _of_crosswalk(data: Mapping[str, Any], codes: Iterable[str]) -> Iterator[str]:
    crosswalk = data.get("crosswalk")
    if crosswalk is None:
        return
    if crosswalk["from"] == slug_of(data):
        yield "crosswalk: a version cannot follow itself."
    for code in sorted(set(crosswalk["indicators"]) - set(codes)):
        yield f"crosswalk: there is no indicator “{code}” here."
    yield from _twice("indicator", list(crosswalk["indicators"].values()), "crosswalk to")


def _twice(kind: str, values: Sequence[str], what: str = "code") -> Iterator[str]:
    seen: set[str] = set()
    said: set[str] = set()
    for value in values:
        if value in seen and value not in said:
            said.add(value)
            yield (
                f"Two {kind}s have the same {what} “{value[:60]}”."
                if what != "crosswalk to"
                else (f"crosswalk: two indicators lead to “{value[:60]}”.")
            )
        seen.add(value)


def missing_in_crosswalk(content: Mapping[str, Any], codes: Iterable[str]) -> list[str]:
    """Sentences for what a crosswalk names and the other version, with ``codes``, does not have."""
    crosswalk = content.get("crosswalk") or {"from": "", "indicators": {}}
    unknown = sorted(set(crosswalk["indicators"].values()) - set(codes))
    return [f"crosswalk: “{crosswalk['from']}” has no indicator “{code}”." for code in unknown]


# -- places in words --------------------------------------------------------------------
def _said(data: Any, path: Sequence[Any], what: str) -> str:
    """A sentence: "Domain 3, sub-domain “Funding”, about: is empty." """
    words, value = [], data
    kind = {"domains": "domain", "sub_domains": "sub-domain", "indicators": "indicator",
            "questions": "question", "notes": "note", "scale": "point of the scale"}  # fmt: skip
    within = ""
    for step in path:
        value = value[step] if isinstance(value, (Mapping, list)) else None
        if isinstance(step, int):
            name = _name_of(value)
            words.append(f"{kind.get(within, within)} {step + 1}" + (f" “{name}”" if name else ""))
        elif step not in kind or not isinstance(value, list) or step == path[-1]:
            words.append(str(step)[:60])
        within = str(step)
    place = ", ".join(words) or "The file"
    return f"{place[0].upper()}{place[1:]}: {what}." if words else f"{place} {what}."


def _name_of(value: Any) -> str:
    if not isinstance(value, Mapping):
        return ""
    name = value.get("name") or value.get("text") or value.get("label") or value.get("code")
    if not isinstance(name, str) or _has_control(name):
        return ""
    return name if len(name) <= 60 else f"{name[:57]}…"


# -- one shape -----------------------------------------------------------------------------
def _filled_in(data: Mapping[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(dict(data))
    content.setdefault("source", "")
    content.setdefault("notes", [])
    for point in content["scale"]:
        point.setdefault("description", "")
    for domain in content["domains"]:
        for sub_domain in domain["sub_domains"]:
            sub_domain.setdefault("about", "")
            sub_domain.setdefault("questions", [])
            for indicator in sub_domain["indicators"]:
                indicator.setdefault("questions", [])
    return content
