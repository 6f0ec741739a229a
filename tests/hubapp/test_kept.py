"""What is drawn once is drawn anew as soon as it says something else."""

from django.template import Context, Template

from hubapp.web.charts import HeatGrid, HeatRow
from hubapp.web.kept import key_of


def drawn(value: int, title: str = "Shares") -> str:
    grid = HeatGrid(title=title, summary="Words.", columns=["Now"], rows=[HeatRow("A", [value])])
    return Template("{% chart grid %}").render(Context({"grid": grid}))


def test_a_chart_with_another_figure_or_title_is_drawn_anew():
    first = drawn(31)
    assert "31" in first
    assert drawn(31) == first
    assert "32" in drawn(32)
    assert "31" not in drawn(32)
    assert "Others" in drawn(31, "Others")


def test_a_key_tells_what_is_said_from_everything_else():
    assert key_of("a", [(1, None)]) == key_of("a", [(1, None)])
    said = [
        key_of("a", [(1, None)]),
        key_of("a", [(1, 0)]),
        key_of("a", [(1, "")]),
        key_of("b", []),
    ]
    assert len(set(said)) == len(said)
