"""Charts drawn on the server: a figure with title, sentence, drawing and table.

A view makes one of these and the page says ``{% chart name %}``::

    BarChart(
        title="Ideas by type",
        summary="Digital ideas were the most common, 43 of 141.",
        bars=[Point("Medicine", 4), Point("Digital", 43, href="?type=digital")],
        value_heading="Ideas",
    )

Every value is there as text (in the drawing and in the table), colour never
carries anything alone (patterns, marks and words do), and nothing needs a
script or a style attribute. Text keeps its size on a narrow screen: positions
are per cent of the width, never a scaled picture.

``None`` is "no data", never 0. A value may be an int, float or Decimal; the
drawing rounds, the words do not.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from django.utils.text import slugify

from hubapp.web.words import number, percent

Value = int | float | Decimal | None

#: How many series can be told apart without colour.
SERIES_LIMIT = 5


@dataclass(frozen=True)
class Point:
    """One labelled value. ``note`` says more ("suppressed"; instead of "no data" for None)."""

    label: str
    value: Value
    href: str = ""
    note: str = ""
    provisional: bool = False


@dataclass(frozen=True)
class StackedRow:
    """One bar of a stacked chart; ``values`` in the order of the chart's ``series``."""

    label: str
    values: Sequence[Value]
    href: str = ""


@dataclass(frozen=True)
class Line:
    """One line; ``values`` in the order of the chart's ``labels``.

    ``provisional`` holds the positions (0 is the first) that may still change:
    they are hollow, and the line to them is dashed.
    """

    name: str
    values: Sequence[Value]
    provisional: frozenset[int] | set[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Missing:
    """Why a cell of a heat grid has no value: ``short`` stands in it, ``words`` in its key, ``hatch`` tells it apart.

    ``hatch``: "slash", "dots" or "plain".
    """

    short: str
    words: str
    hatch: str = "plain"


@dataclass(frozen=True)
class HeatRow:
    """One row of a heat grid; a cell without a value is None, or says why in :class:`Missing`."""

    label: str
    values: Sequence[Value | Missing]
    href: str = ""


def _share(value: Value, whole: Value) -> float:
    """``value`` as per cent of ``whole``, 0 to 100, for drawing."""
    if value is None or not whole or whole <= 0:
        return 0.0
    return round(min(max(float(value) / float(whole), 0.0), 1.0) * 100, 2)


def nice_ceiling(value: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten: where an axis ends."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    for step in (1, 2, 2.5, 5, 10):
        if value <= step * power * (1 + 1e-9):
            return float(step * power)
    return float(10 * power)


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What every chart has.

    ``unit`` is a pattern for values in words: ``"{}%"``, ``"£{}"``,
    ``"{} days"``. ``level`` is the heading level of the title. ``id`` must be
    given when a page shows two charts with one title.
    """

    template_name: ClassVar[str]

    title: str
    summary: str
    unit: str = "{}"
    level: int = 3
    id: str = ""

    @property
    def dom_id(self) -> str:
        return self.id or f"chart-{slugify(self.title) or 'figure'}"

    def words(self, value: Value, note: str = "") -> str:
        """A value as text: "43", "83%", "no data"."""
        if value is None:
            return note or "no data"
        return self.unit.format(number(value)) + (f" ({note})" if note else "")


@dataclass(frozen=True, kw_only=True)
class BarChart(Chart):
    """Horizontal bars from zero, one a row, in the order given. Values are not negative."""

    template_name: ClassVar[str] = "charts/bar.html"

    bars: Sequence[Point]
    label_heading: str = ""
    value_heading: str = "Number"

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        most = max((bar.value for bar in self.bars if bar.value is not None), default=0)
        for bar in self.bars:
            note = bar.note or ("provisional" if bar.provisional else "")
            yield {
                "label": bar.label,
                "href": bar.href,
                "width": _share(bar.value, most),
                "words": self.words(bar.value, note),
                "provisional": bar.provisional,
            }

    @property
    def table(self) -> dict[str, Any]:
        return {
            "head": [self.label_heading or "Item", self.value_heading],
            "rows": [[row["label"], row["words"]] for row in self.rows],
        }


@dataclass(frozen=True, kw_only=True)
class Funnel(BarChart):
    """Steps that each keep a part of the one before."""

    template_name: ClassVar[str] = "charts/funnel.html"

    label_heading: str = "Step"

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        before: Value = None
        for row, bar in zip(super().rows, self.bars, strict=True):
            kept = ""
            if bar.value is not None and before:
                kept = f"{percent(Decimal(str(bar.value)) * 100 / Decimal(str(before)))} of the step before"
            yield {**row, "kept": kept, "inset": round((100 - row["width"]) / 2, 2)}
            before = bar.value

    @property
    def table(self) -> dict[str, Any]:
        return {
            "head": [self.label_heading, self.value_heading, "Of the step before"],
            "rows": [
                [row["label"], row["words"], row["kept"].removesuffix(" of the step before") or "–"]
                for row in self.rows
            ],
        }


@dataclass(frozen=True, kw_only=True)
class StackedBarChart(Chart):
    """Bars made of parts. ``share=True``: every bar is as long as its own total."""

    template_name: ClassVar[str] = "charts/stacked.html"

    series: Sequence[str]
    rows: Sequence[StackedRow]
    share: bool = False
    label_heading: str = ""

    def __post_init__(self) -> None:
        if len(self.series) > SERIES_LIMIT:
            raise ValueError(
                f"at most {SERIES_LIMIT} series can be told apart, got {len(self.series)}"
            )
        for row in self.rows:
            if len(row.values) != len(self.series):
                raise ValueError(
                    f"{row.label}: {len(row.values)} values for {len(self.series)} series"
                )

    @staticmethod
    def _total(row: StackedRow) -> Value:
        known = [value for value in row.values if value is not None]
        return sum(known) if known else None

    @property
    def legend(self) -> list[dict[str, Any]]:
        return [{"name": name, "number": place} for place, name in enumerate(self.series)]

    @property
    def bars(self) -> Iterator[dict[str, Any]]:
        most = max((self._total(row) or 0 for row in self.rows), default=0)
        for row in self.rows:
            total = self._total(row)
            start, parts = 0.0, []
            for place, value in enumerate(row.values):
                width = _share(value, total if self.share else most)
                parts.append(
                    {
                        "number": place,
                        "name": self.series[place],
                        "words": self.words(value),
                        "start": round(start, 2),
                        "width": width,
                        "middle": round(start + width / 2, 2),
                        # A figure inside a sliver would cover its neighbours.
                        "shown": value is not None and width >= 9,
                    }
                )
                start += width
            yield {
                "label": row.label,
                "href": row.href,
                "parts": parts,
                "total": self.words(total),
            }

    @property
    def table(self) -> dict[str, Any]:
        return {
            "head": [self.label_heading or "Item", *self.series, "Total"],
            "rows": [
                [
                    row.label,
                    *(self.words(value) for value in row.values),
                    self.words(self._total(row)),
                ]
                for row in self.rows
            ],
        }


@dataclass(frozen=True, kw_only=True)
class LineChart(Chart):
    """Values over time. A missing value is a gap; a provisional one is hollow and dashed.

    ``target`` draws a level line with ``target_label``. The axis starts at zero
    unless a value is negative. ``breaks`` maps the position of a label to why
    what comes from there on cannot be compared with what was before: the lines
    are cut there, and a mark stands between.
    """

    template_name: ClassVar[str] = "charts/line.html"
    height: ClassVar[int] = 230
    top: ClassVar[int] = 26
    bottom: ClassVar[int] = 196
    left: ClassVar[float] = 3.0
    right: ClassVar[float] = 97.0

    labels: Sequence[str]
    lines: Sequence[Line]
    target: Value = None
    target_label: str = "Target"
    label_heading: str = "Month"
    breaks: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.lines) > SERIES_LIMIT:
            raise ValueError(
                f"at most {SERIES_LIMIT} lines can be told apart, got {len(self.lines)}"
            )
        for line in self.lines:
            if len(line.values) != len(self.labels):
                raise ValueError(
                    f"{line.name}: {len(line.values)} values for {len(self.labels)} labels"
                )

    @property
    def _range(self) -> tuple[float, float]:
        known = [float(v) for line in self.lines for v in line.values if v is not None]
        if self.target is not None:
            known.append(float(self.target))
        low = min([0.0, *known])
        return (-nice_ceiling(-low) if low < 0 else 0.0, nice_ceiling(max([0.0, *known])))

    def _x(self, place: int) -> float:
        if len(self.labels) == 1:
            return 50.0
        return round(self.left + (self.right - self.left) * place / (len(self.labels) - 1), 2)

    def _y(self, value: float) -> float:
        low, high = self._range
        return round(self.bottom - (self.bottom - self.top) * (value - low) / (high - low), 1)

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """Level lines with their values: bottom, middle, top (and zero)."""
        low, high = self._range
        levels = {low, high, (low + high) / 2} | ({0.0} if low < 0 else set())
        return [
            {"y": self._y(level), "words": self.unit.format(number(round(Decimal(str(level)), 4)))}
            for level in sorted(levels)
        ]

    @property
    def x_labels(self) -> list[dict[str, Any]]:
        """The first, middle and last label: all that fits at 320 px."""
        last = len(self.labels) - 1
        if last < 0:
            return []
        places = sorted({0, last // 2, last})
        shown = []
        for place in places:
            only, first, final = last == 0, place == 0, place == last
            anchor = "middle" if only else "start" if first else "end" if final else "middle"
            x = self._x(place) if only or not (first or final) else (0 if first else 100)
            shown.append({"x": x, "anchor": anchor, "words": self.labels[place]})
        return shown

    @property
    def target_y(self) -> float | None:
        return None if self.target is None else self._y(float(self.target))

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """Each line as its segments (none across a gap) and its marks."""
        lines = []
        for place, line in enumerate(self.lines):
            marks: list[dict[str, Any]] = [
                {
                    "x": self._x(at),
                    "y": self._y(float(value)),
                    "label": self.labels[at],
                    "words": self.words(value, "provisional" if at in line.provisional else ""),
                    "figure": self.words(value),
                    "provisional": at in line.provisional,
                    "at": at,
                }
                for at, value in enumerate(line.values)
                if value is not None
            ]
            segments = [
                {"a": a, "b": b, "provisional": b["provisional"]}
                for a, b in pairwise(marks)
                if b["at"] == a["at"] + 1 and b["at"] not in self.breaks
            ]
            last = dict(marks[-1]) if marks else None
            if last:  # beside the mark, on the side that the line does not come from
                falls = len(marks) > 1 and marks[-2]["y"] < last["y"]
                last["words_y"] = last["y"] + (
                    22 if falls and last["y"] < self.bottom - 22 else -11
                )
            lines.append(
                {
                    "number": place,
                    "name": line.name,
                    "marks": marks,
                    "segments": segments,
                    "last": last,
                }
            )
        return lines

    @property
    def break_marks(self) -> list[dict[str, Any]]:
        """Where the series is broken: half-way to the label from which on it is another one, with why."""
        return [
            {
                "x": round((self._x(at - 1) + self._x(at)) / 2, 2) if at else self._x(at),
                "words": f"From {self.labels[at]}: {why}",
            }
            for at, why in sorted(self.breaks.items())
        ]

    @property
    def has_provisional(self) -> bool:
        return any(line.provisional for line in self.lines)

    @property
    def has_gaps(self) -> bool:
        return any(value is None for line in self.lines for value in line.values)

    @property
    def described(self) -> str:
        """All values as one text, for people who hear the drawing."""
        parts = []
        for line in self.lines:
            values = [
                f"{label} {self.words(value, 'provisional' if at in line.provisional else '')}"
                for at, (label, value) in enumerate(zip(self.labels, line.values, strict=True))
            ]
            parts.append(f"{line.name}: {', '.join(values)}.")
        if self.target is not None:
            parts.append(f"{self.target_label}: {self.words(self.target)}.")
        parts += [f"{mark['words']}." for mark in self.break_marks]
        return " ".join(parts)

    @property
    def table(self) -> dict[str, Any]:
        return {
            "head": [self.label_heading, *(line.name for line in self.lines)],
            "rows": [
                [
                    label,
                    *(
                        self.words(line.values[at], "provisional" if at in line.provisional else "")
                        for line in self.lines
                    ),
                ]
                for at, label in enumerate(self.labels)
            ],
        }


@dataclass(frozen=True, kw_only=True)
class HeatGrid(Chart):
    """A table whose cells are shaded by value; the figure stands in each cell.

    ``low`` and ``high`` are the ends of the scale (default: of the values).
    """

    template_name: ClassVar[str] = "charts/heat.html"

    columns: Sequence[str]
    rows: Sequence[HeatRow]
    low: Value = None
    high: Value = None
    label_heading: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.values) != len(self.columns):
                raise ValueError(
                    f"{row.label}: {len(row.values)} values for {len(self.columns)} columns"
                )

    @cached_property
    def _scale(self) -> tuple[float, float]:
        known = [
            float(v)
            for row in self.rows
            for v in row.values
            if v is not None and not isinstance(v, Missing)
        ]
        low = float(self.low) if self.low is not None else min(known, default=0.0)
        high = float(self.high) if self.high is not None else max(known, default=1.0)
        return low, high if high > low else low + 1

    def shade(self, value: Value | Missing) -> str:
        """ "none", a hatch, or "0" (lowest) to "5" (highest)."""
        if value is None:
            return "none"
        if isinstance(value, Missing):
            return value.hatch
        low, high = self._scale
        return str(min(5, max(0, int((float(value) - low) / (high - low) * 6))))

    @property
    def cells(self) -> list[dict[str, Any]]:
        return [
            {
                "label": row.label,
                "href": row.href,
                "values": [
                    {
                        "words": value.short
                        if isinstance(value, Missing)
                        else "–"
                        if value is None
                        else self.words(value),
                        "shade": self.shade(value),
                        "missing": value is None or isinstance(value, Missing),
                        "why": value.words if isinstance(value, Missing) else "no data",
                    }
                    for value in row.values
                ],
            }
            for row in self.rows
        ]

    @property
    def missing(self) -> list[Missing]:
        """What the cells without a value mean, each once, in the order in which they come."""
        found = (v for row in self.rows for v in row.values if isinstance(v, Missing))
        return list(dict.fromkeys(found))


@dataclass(frozen=True, kw_only=True)
class Sparkline(Chart):
    """A small line beside words that give the figures; ``values`` oldest first."""

    template_name: ClassVar[str] = "charts/sparkline.html"

    values: Sequence[Value]
    summary: str = ""

    @property
    def described(self) -> str:
        known = [value for value in self.values if value is not None]
        if not known:
            return f"{self.title}: no data"
        said = self.summary or (
            f"from {self.words(known[0])} to {self.words(known[-1])}, "
            f"lowest {self.words(min(known))}, highest {self.words(max(known))}"
        )
        return f"{self.title}: {said}"

    @property
    def runs(self) -> list[str]:
        """The points of each unbroken run, as ``points`` of a polyline on 120 by 28."""
        known = [float(value) for value in self.values if value is not None]
        if not known:
            return []
        low, high = min([0.0, *known]), max([0.0, *known])
        span = (high - low) or 1.0
        step = 112 / max(len(self.values) - 1, 1)
        runs: list[list[str]] = [[]]
        for at, value in enumerate(self.values):
            if value is None:
                runs.append([])
            else:
                runs[-1].append(f"{4 + at * step:.1f},{24 - (float(value) - low) / span * 20:.1f}")
        # A run of one point is drawn as a short level stroke.
        drawn = []
        for run in runs:
            if len(run) == 1:
                x, y = run[0].split(",")
                drawn.append(f"{float(x) - 1.5:.1f},{y} {float(x) + 1.5:.1f},{y}")
            elif run:
                drawn.append(" ".join(run))
        return drawn

    @property
    def end(self) -> dict[str, str] | None:
        if not self.values or self.values[-1] is None or not self.runs:
            return None
        x, y = self.runs[-1].split(" ")[-1].split(",")
        return {"x": x if len([v for v in self.values if v is not None]) > 1 else "4", "y": y}
