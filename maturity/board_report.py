"""A document out of data: typeset as a tagged PDF (PDF/UA-1), with fonts that come with the typesetter.

What people wrote goes in as data and not as source, so that none of it can be
code; nothing is read from the network or from other files.
"""

import functools
import json
import re
import unicodedata
from pathlib import Path
from typing import Any, Literal

import typst

TEMPLATE = Path(__file__).resolve().parent / "documents" / "board_report.typ"
STANDARD: Literal["ua-1"] = "ua-1"
# What stands for a character that no font at hand can show.
NOT_SHOWN = "\N{WHITE SQUARE}"
# Every font has these.
_PLAIN = re.compile(r"[\n -~\u00a0-\u017f]")
# More distinct characters than these are not tried one by one.
MOST_TRIED = 200
_PROBE = b'#set document(title: sys.inputs.at("char"))\n#text(font: "Libertinus Serif", lang: "en", sys.inputs.at("char"))'


def pdf_of(data: dict[str, Any]) -> bytes:
    """The board report: about a tenth of a second.

    :param data: what ``documents/board_report.typ`` reads; texts of any kind
    """
    source = TEMPLATE.read_bytes()
    data = _mapped(data, _without_controls)
    try:
        return _compile(source, data)
    except typst.TypstError:
        # A character that no font shows is refused, since it could not be read aloud either.
        shown = _those_shown(data)
        data = _mapped(data, lambda text: "".join(c if c in shown else NOT_SHOWN for c in text))
        return _compile(source, data)


def _compile(source: bytes, data: dict[str, Any]) -> bytes:
    # Not with the machine's fonts: the same report looks the same everywhere.
    return typst.compile(
        source,
        format="pdf",
        pdf_standards=STANDARD,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,
    )


def _mapped(value: Any, change: Any) -> Any:
    """The same data with every text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    return value


def _without_controls(text: str) -> str:
    """Without what is no text: control characters, halves of characters, and those that no standard names."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(
        "" if char != "\n" and unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") else char
        for char in kept
    )
    # A heading with nothing in it is refused.
    seen = any(unicodedata.category(char) not in ("Cf", "Zs", "Zl", "Zp", "Cc") for char in kept)
    return kept if seen or not text else NOT_SHOWN


def _those_shown(data: dict[str, Any]) -> set[str]:
    """The characters of the data that can be shown."""
    there: set[str] = set()
    _mapped(data, there.update)
    plain = {char for char in there if _PLAIN.fullmatch(char)}
    others = sorted(there - plain)[:MOST_TRIED]
    return plain | {char for char in others if _is_shown(char)}


@functools.lru_cache(maxsize=4096)
def _is_shown(char: str) -> bool:
    try:
        typst.compile(
            _PROBE,
            format="pdf",
            pdf_standards=STANDARD,
            sys_inputs={"char": char},
            ignore_system_fonts=True,
        )
    except typst.TypstError:
        return False
    return True
