"""Cells of exports: a spreadsheet must show what was typed, never run it."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

# What makes a spreadsheet read a cell as a formula; the last four are how some
# East Asian spreadsheets type the first four.
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def safe_cell(value: Any) -> str:
    """One cell as text. What could start a formula gets a leading ``'``; plain numbers stay numbers."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    if text.startswith(STARTS_A_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class _Echo:
    """A file that gives back what is written to it, so that rows can be streamed."""

    def write(self, text: str) -> str:
        return text


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Lines of a CSV file, made one by one: the header and then each row, every cell safe."""
    writer = csv.writer(_Echo())
    yield writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])
