"""A chart says all its figures in words, leaves out none, and never draws a missing one as nought."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp.templatetags.hub import chart
from hubapp.web.charts import (
    BarChart,
    Funnel,
    HeatGrid,
    HeatRow,
    Line,
    LineChart,
    Missing,
    Point,
    Sparkline,
    StackedBarChart,
    StackedRow,
    nice_ceiling,
)


class Drawing(HTMLParser):
    """Elements with attributes, and all text outside ``aria-hidden`` parts."""

    VOID = {"rect", "line", "circle", "path", "polyline", "meta", "br", "img"}

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.heard: list[str] = []
        self._open: list[bool] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(
                dict(attrs).get("aria-hidden") == "true" or (bool(self._open) and self._open[-1])
            )

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self._open.pop()

    def handle_data(self, data):
        if data.strip() and not (self._open and self._open[-1]):
            self.heard.append(" ".join(data.split()))

    def all(self, tag):
        return [attrs for found, attrs in self.elements if found == tag]


BARS = BarChart(
    title="Ideas by type",
    summary="Digital ideas were the most common.",
    bars=[
        Point("Medicine", 4),
        Point("Digital", 43, href="?type=digital"),
        Point("Other", None),
        Point("Small", None, note="suppressed"),
        Point("This month", 9, provisional=True),
    ],
)
MONTHS = ["Jul", "Aug", "Sep", "Oct", "Nov"]
LINES = LineChart(
    title="Median days to decision",
    summary="Down to 8.5 days.",
    labels=MONTHS,
    lines=[Line("Median", [12, None, 11, Decimal("9.0"), Decimal("8.5")], {4})],
    unit="{} days",
    target=10,
)
STACKED = StackedBarChart(
    title="Answers",
    summary="Most said yes.",
    series=["Yes", "No", "Don’t know"],
    rows=[StackedRow("Acute", [12, 5, None]), StackedRow("Ambulance", [0, 1, 1])],
)
FUNNEL = Funnel(
    title="From idea to use", summary="x", bars=[Point("Received", 120), Point("In use", 15)]
)
HEAT = HeatGrid(
    title="Maturity",
    summary="x",
    columns=["Leadership", "Culture"],
    rows=[HeatRow("Acute", [1, None]), HeatRow("Ambulance", [3, 5])],
    low=1,
    high=5,
)
SPARK = Sparkline(title="Ideas a month", values=[3, None, 9, 6])
ALL = [BARS, LINES, STACKED, FUNNEL, HEAT, SPARK]


@pytest.mark.parametrize("drawn", ALL, ids=lambda c: type(c).__name__)
def test_nothing_in_a_chart_needs_a_style_or_a_script(drawn):
    for tag, attrs in Drawing(chart(drawn)).elements:
        assert tag not in ("script", "style", "foreignobject")
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]


@pytest.mark.parametrize("drawn", ALL[:-1], ids=lambda c: type(c).__name__)
def test_a_chart_is_a_figure_with_title_sentence_and_table(drawn):
    page = Drawing(chart(drawn))
    figure = page.all("figure")[0]
    assert figure["aria-labelledby"] == f"{drawn.dom_id}-title"
    assert drawn.title in page.heard
    assert drawn.summary in page.heard
    assert len(page.all("table")) == 1


def test_all_figures_of_bars_are_heard():
    heard = Drawing(chart(BARS)).heard
    for words in ("4", "43", "no data", "suppressed", "9 (provisional)"):
        assert heard.count(words) == 2, words  # in the list and in the table


def test_missing_is_not_nought():
    html = chart(BarChart(title="t", summary="s", bars=[Point("a", None), Point("b", 0)]))
    heard = Drawing(html).heard
    assert "no data" in heard
    assert "0" in heard


def test_bars_are_as_long_as_their_values():
    widths = [row["width"] for row in BARS.rows]
    assert widths == [
        pytest.approx(4 / 43 * 100, abs=0.01),
        100.0,
        0.0,
        0.0,
        pytest.approx(9 / 43 * 100, abs=0.01),
    ]


def test_a_line_breaks_where_data_is_missing_and_is_dashed_where_provisional():
    (line,) = LINES.drawn
    assert [(s["a"]["label"], s["b"]["label"], s["provisional"]) for s in line["segments"]] == [
        ("Sep", "Oct", False),
        ("Oct", "Nov", True),
    ]
    html = chart(LINES)
    assert "A gap means no data" in html
    assert "Provisional: may still change" in html
    description = next(words for words in Drawing(html).heard if words.startswith("Median: "))
    assert "Aug no data" in description
    assert "Nov 8.5 days (provisional)" in description
    assert "Target: 10 days" in description


def test_line_chart_is_an_image_with_a_name_and_a_description():
    page = Drawing(chart(LINES))
    image = next(attrs for attrs in page.all("svg") if attrs.get("role") == "img")
    ids = {attrs["id"] for _, attrs in page.elements if attrs.get("id")}
    assert set(image["aria-labelledby"].split()) <= ids


def test_stacked_parts_are_told_apart_by_pattern_and_said_in_words():
    html = chart(STACKED)
    assert "Yes 12, No 5, Don’t know no data, total" in " ".join(Drawing(html).heard)
    fills = set(re.findall(r'fill="url\(#(chart-answers-\d)\)"', html))
    assert fills == {"chart-answers-0", "chart-answers-1", "chart-answers-2"}
    assert all(f'id="{fill}"' in html for fill in fills)
    assert STACKED.table["rows"][0] == ["Acute", "12", "5", "no data", "17"]


def test_shares_fill_the_bar():
    shares = StackedBarChart(
        title="t", summary="s", series=["a", "b"], rows=[StackedRow("x", [1, 3])], share=True
    )
    (bar,) = shares.bars
    assert [part["width"] for part in bar["parts"]] == [25.0, 75.0]


def test_funnel_says_what_part_went_on():
    assert FUNNEL.table["rows"] == [["Received", "120", "–"], ["In use", "15", "13%"]]
    none = Funnel(title="t", summary="s", bars=[Point("a", 0), Point("b", 0)])
    assert none.table["rows"][1] == ["b", "0", "–"]


def test_heat_shade_repeats_the_figure():
    assert [[cell["shade"] for cell in row["values"]] for row in HEAT.cells] == [
        ["0", "none"],
        ["3", "5"],
    ]
    heard = Drawing(chart(HEAT)).heard
    assert "no data" in heard
    assert {"1", "3", "5"} <= set(heard)


def test_sparkline_has_words_and_a_gap():
    assert SPARK.described == "Ideas a month: from 3 to 6, lowest 3, highest 9"
    assert len(SPARK.runs) == 2
    assert Sparkline(title="t", values=[None]).described == "t: no data"
    assert chart(Sparkline(title="t", values=[]))


def test_names_are_text_and_not_markup():
    html = chart(BarChart(title="<b>t", summary="<i>", bars=[Point("<script>", 1, note="<u>")]))
    assert not re.search(r"<(script|b|i|u)>", html)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LineChart(title="t", summary="s", labels=["a"], lines=[Line("x", [1, 2])]),
        lambda: StackedBarChart(
            title="t", summary="s", series=["a"], rows=[StackedRow("x", [1, 2])]
        ),
        lambda: HeatGrid(title="t", summary="s", columns=["a"], rows=[HeatRow("x", [])]),
        lambda: StackedBarChart(title="t", summary="s", series=list("abcdef"), rows=[]),
    ],
)
def test_values_that_do_not_fit_their_labels_are_refused(make):
    with pytest.raises(ValueError, match=r"values for|told apart"):
        make()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 12, 36])
def test_labels_on_the_axis_never_crowd(count):
    labels = [f"M{i}" for i in range(count)]
    shown = LineChart(
        title="t", summary="s", labels=labels, lines=[Line("x", [1] * count)]
    ).x_labels
    assert len(shown) == min(count, 3)
    assert [label["words"] for label in shown][-1:] == labels[-1:]


@given(
    st.lists(
        st.one_of(st.none(), st.integers(-10_000, 10**9), st.decimals(0, 100, places=1)),
        max_size=15,
    )
)
def test_any_values_stay_inside_the_drawing(values):
    drawn = LineChart(
        title="t",
        summary="s",
        labels=[str(i) for i in range(len(values))],
        lines=[Line("x", values)],
    )
    for mark in drawn.drawn[0]["marks"]:
        assert 0 <= mark["x"] <= 100
        assert drawn.top - 0.1 <= mark["y"] <= drawn.bottom + 0.1
    assert len(drawn.drawn[0]["marks"]) == sum(value is not None for value in values)
    assert len(drawn.table["rows"]) == len(values)
    Sparkline(title="t", values=values).runs  # noqa: B018 - must not fail


@given(st.floats(1e-6, 1e12))
def test_an_axis_ends_at_or_above_its_highest_value_and_not_far(value):
    assert value <= nice_ceiling(value) * (1 + 1e-9)
    assert nice_ceiling(value) <= value * 2.6


def test_a_line_is_cut_where_the_series_breaks_and_says_why():
    broken = LineChart(
        title="Rounds",
        summary="",
        labels=["2024", "2025", "2026"],
        lines=[Line("Highest", [10, 20, 30])],
        breaks={1: "another version"},
    )
    # From the first to the second no line is drawn; from the second to the third one is.
    assert [segment["b"]["at"] for segment in broken.drawn[0]["segments"]] == [2]
    drawing = Drawing(chart(broken))
    assert [mark for mark in drawing.all("line") if mark.get("class") == "hub-line--break"]
    assert "From 2025: another version." in drawing.heard
    whole = LineChart(
        title="Rounds", summary="", labels=["2024", "2025"], lines=[Line("Highest", [10, 20])]
    )
    assert len(whole.drawn[0]["segments"]) == 1
    assert "hub-line--break" not in chart(whole)


def test_a_cell_of_a_grid_says_which_kind_of_nothing_it_holds():
    grid = HeatGrid(
        title="Ratings",
        summary="",
        columns=["1", "2", "3", "4"],
        rows=[
            HeatRow(
                "Funding",
                [
                    1,
                    Missing("n/a", "Not applicable", "slash"),
                    Missing("–", "Not answered", "dots"),
                    None,
                ],
            )
        ],
        low=1,
        high=5,
    )
    shades = [cell["shade"] for cell in grid.cells[0]["values"]]
    assert shades == ["0", "slash", "dots", "none"]
    drawing = Drawing(chart(grid))
    # Heard in its cell and once more in the key.
    assert drawing.heard.count("Not applicable") == 2
    assert drawing.heard.count("Not answered") == 2
    assert drawing.heard.count("no data") == 1
