"""Pictures of ratings: stacked bars ordered by share of the highest, and a heat map."""

from collections.abc import Mapping, Sequence

from hubapp.web.charts import HeatGrid, HeatRow, StackedBarChart, StackedRow
from maturity.models import Framework
from maturity.patterns import Counted, ordered


def series_of(framework: Framework) -> list[str]:
    """The points of the scale in words, highest first."""
    return [f"{value} {framework.labels[value]}" for value in reversed(framework.values)]


def stacked(
    parts: Sequence[Counted],
    framework: Framework,
    *,
    title: str,
    hrefs: Mapping[str, str] | None = None,
    chart_id: str = "",
) -> StackedBarChart | None:
    """Bars of the parts that have ratings, ordered by share of the highest; None where there are none."""
    rows = [part for part in ordered(parts) if part.n]
    if not rows:
        return None
    top = framework.top
    first, last = rows[0], rows[-1]
    said = f"“{first.name}” has the largest share of {top}s, {first.counts[top]} of {first.n}."
    if len(rows) > 1:
        none = [part for part in rows if not part.counts[top]]
        if none:
            said += f" {len(none)} {'part has' if len(none) == 1 else 'parts have'} no {top}."
        else:
            said += f" “{last.name}” has the smallest, {last.counts[top]} of {last.n}."
    return StackedBarChart(
        title=title,
        summary=said,
        series=series_of(framework),
        rows=[
            StackedRow(
                f"{part.name} (N = {part.n})",
                [part.counts[value] for value in reversed(framework.values)],
                href=(hrefs or {}).get(part.code, ""),
            )
            for part in rows
        ],
        share=True,
        label_heading="Part",
        id=chart_id,
    )


def heat(
    rows: Sequence[HeatRow], columns: Sequence[str], framework: Framework, *, title: str
) -> HeatGrid:
    """A grid of shares of the highest rating, per cent."""
    return HeatGrid(
        title=title,
        summary=(
            f"Each cell is the share of {framework.top}s among the ratings of that sub-domain,"
            " in per cent. “No data” means that nothing is rated there, which is not 0%."
        ),
        columns=list(columns),
        rows=list(rows),
        low=0,
        high=100,
        unit="{}%",
    )


def ratings_grid(rows: Sequence[HeatRow], widest: int, framework: Framework) -> HeatGrid:
    """A grid of the ratings themselves: sub-domains by their indicators in order."""
    return HeatGrid(
        title="Every rating",
        summary=(
            f"Each cell is one indicator, from {framework.bottom} ({framework.labels[framework.bottom]})"
            f" to {framework.top} ({framework.labels[framework.top]}). “No data” means not answered,"
            " not applicable, or that the sub-domain has no further indicator; it is never the lowest."
        ),
        columns=[f"Indicator {place}" for place in range(1, widest + 1)],
        rows=list(rows),
        low=framework.bottom,
        high=framework.top,
    )
