"""What stands in the columns of a file, so that somebody can say what they mean.

Of each column: how many cells are filled, three of them as samples, and the
different values with their counts while they could be codes. Memory does not
grow with the file.
"""

from collections.abc import Callable, Iterable
from typing import Any

from portfolio import plaintext, readers
from portfolio.mapping import LONGEST_VALUE, MOST_VALUES, parts_of

SAMPLES = 3
SAMPLE_LENGTH = 120


class _Column:
    """What was seen of one column."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.filled = 0
        self.samples: list[str] = []
        self.formatted = False
        # Value → how often; None once there are too many, or one is too long.
        self.values: dict[str, int] | None = {}
        self.parts: dict[str, int] | None = {}

    def see(self, text: str) -> None:
        self.values = _counted(self.values, [text])
        if not text:
            return
        self.filled += 1
        if self.parts is not None:
            self.parts = _counted(self.parts, parts_of(text))
        if len(self.samples) < SAMPLES:
            sample = " ".join(text[: 4 * SAMPLE_LENGTH].split())
            sample = sample if len(sample) <= SAMPLE_LENGTH else f"{sample[: SAMPLE_LENGTH - 1]}…"
            if sample not in self.samples:
                self.samples.append(sample)
            self.formatted = self.formatted or plaintext.looks_formatted(text)

    def facts(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "filled": self.filled,
            "samples": self.samples,
            "formatted": self.formatted,
            "values": self.values,
            "parts": self.parts,
        }


def _counted(counts: dict[str, int] | None, values: list[str]) -> dict[str, int] | None:
    if counts is None:
        return None
    for value in values:
        counts[value] = counts.get(value, 0) + 1
        if len(value) > LONGEST_VALUE or len(counts) > MOST_VALUES + ("" in counts):
            return None
    return counts


def survey(
    names: list[str], records: Iterable[readers.Record], *, beat: Callable[[], None]
) -> tuple[int, list[dict[str, Any]]]:
    """Read every row: how many there are, and of each column ``name, filled, samples, formatted,
    values, parts``.

    :param names: of the columns
    :param records: the rows below the heading
    :param beat: called now and then, to say that the reader is alive
    """
    columns = [_Column(name) for name in names]
    total = 0
    for total, record in enumerate(records, start=1):
        cells = record.cells
        for place, column in enumerate(columns):
            column.see(readers.text_of(cells[place]) if place < len(cells) else "")
        if total % 1000 == 0:
            beat()
    return total, [column.facts() for column in columns]
