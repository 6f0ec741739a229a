"""Pictures of ratings: stacked bars ordered by share of the highest, and a heat map."""

from collections.abc import Mapping, Sequence

from hubapp.web.charts import (
    HeatGrid,
    HeatRow,
    Line,
    LineChart,
    Missing,
    StackedBarChart,
    StackedRow,
    Value,
)
from hubapp.web.words import london_month
from maturity.arithmetic import Said
from maturity.models import Framework
from maturity.patterns import Counted, ordered
from maturity.queries.reading import Part, RoundThen

# Three reasons for a cell without a rating, and none of them is the lowest one.
NOT_APPLICABLE = Missing("n/a", "Not applicable", "slash")
NOT_ANSWERED = Missing("–", "Not answered", "dots")
NO_STATEMENT = Missing("", "No such statement", "plain")
NO_RATING = Missing("–", "Nothing was rated", "dots")
NOT_ASKED = Missing("✕", "Not asked then, so not comparable", "slash")
# Why a line is cut.
BROKEN = "another version of the framework, so the shares before and after are not comparable"


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
    with_rest: bool = False,
    level: int = 3,
) -> StackedBarChart | None:
    """Bars of the parts that have ratings, ordered by share of the highest; None where there are none.

    :param with_rest: say beside N how many are not applicable and not answered
    """
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
                f"{part.name} (N = {part.n}{_rest(part) if with_rest else ''})",
                [part.counts[value] for value in reversed(framework.values)],
                href=(hrefs or {}).get(part.code, ""),
            )
            for part in rows
        ],
        share=True,
        label_heading="Part",
        id=chart_id,
        level=level,
    )


def _rest(part: Counted) -> str:
    """ "; 1 not applicable; 2 not answered", of what there is."""
    rest = [(part.not_applicable, "not applicable"), (part.not_answered, "not answered")]
    return "".join(f"; {count} {words}" for count, words in rest if count)


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


# -- one site --------------------------------------------------------------------------
def cell_of(said: Said) -> Value | Missing:
    """What a grid shows of one indicator."""
    if said.is_rated:
        return said.value
    return NOT_APPLICABLE if said.is_answered else NOT_ANSWERED


def grid_of_indicators(parts: Sequence[Part], framework: Framework, *, level: int = 3) -> HeatGrid:
    """Sub-domain × statement: each rating as it was given."""
    widest = max((len(part.items) for part in parts), default=0)
    said = [item.said for part in parts for item in part.items]
    rated = sum(each.is_rated for each in said)
    return HeatGrid(
        title="Every rating",
        summary=(
            f"{rated} of {len(said)} statements are rated. Each cell is one statement of its"
            " sub-domain, in the order of the framework."
        ),
        columns=[str(number) for number in range(1, widest + 1)],
        rows=[
            HeatRow(
                part.sub_domain.name,
                [cell_of(item.said) for item in part.items]
                + [NO_STATEMENT] * (widest - len(part.items)),
                href=f"#{part.sub_domain.code}",
            )
            for part in parts
        ],
        low=framework.bottom,
        high=framework.top,
        label_heading="Sub-domain",
        level=level,
    )


def round_labels(series: Sequence[RoundThen]) -> list[str]:
    """The month of each round; of two in one month, with its number."""
    labels: list[str] = []
    for then in series:
        label = london_month(then.assessment.submitted_on or then.assessment.created_at)
        again = sum(each == label or each.startswith(f"{label} (") for each in labels)
        labels.append(f"{label} ({again + 1})" if again else label)
    return labels


def over_rounds(
    series: Sequence[RoundThen], framework: Framework, *, level: int = 3
) -> LineChart | None:
    """Shares of the highest and the lowest rating, round by round; None where there is only one."""
    if len(series) < 2:
        return None
    labels = framework.labels
    lines = [
        Line(
            f"{labels[value]} ({value})",
            [then.counted.share(value) for then in series],
        )
        for value in (framework.top, framework.bottom)
    ]
    first, last = series[-2].counted, series[-1].counted

    def said(then: Counted, value: int) -> str:
        return f"{then.counts[value]} of {then.n}"

    if all(set(then.counted.counts) == set(framework.values) for then in series):
        summary = (
            f"{framework.top}s: {said(first, framework.top)} last time, {said(last, framework.top)} now."
            f" {framework.bottom}s: {said(first, framework.bottom)} last time,"
            f" {said(last, framework.bottom)} now."
        )
    else:
        return None
    breaks = {at: BROKEN for at, then in enumerate(series) if then.breaks}
    if len(series) - 1 in breaks:
        summary += " The framework changed in between, so these two are not comparable as a whole."
    return LineChart(
        title="Round by round",
        summary=summary,
        labels=round_labels(series),
        lines=lines,
        unit="{}%",
        label_heading="Round",
        breaks=breaks,
        level=level,
    )


def grid_of_rounds(
    parts: Sequence[Part], series: Sequence[RoundThen], framework: Framework, *, level: int = 3
) -> HeatGrid | None:
    """Sub-domain × round: share of the highest rating among the statements that can be compared with now."""
    if len(series) < 2:
        return None

    def cell(then: RoundThen, code: str) -> Value | Missing:
        counted = then.comparable.get(code)
        if counted is None:
            return NOT_ASKED
        share = counted.share(framework.top)
        return NO_RATING if share is None else share

    return HeatGrid(
        title="Sub-domains, round by round",
        summary=(
            f"Each cell is the share of {framework.top}s among the ratings of that sub-domain, in per"
            " cent, of the statements that were asked then and now."
        ),
        columns=round_labels(series),
        rows=[
            HeatRow(
                part.sub_domain.name,
                [cell(then, part.sub_domain.code) for then in series],
                href=f"#{part.sub_domain.code}",
            )
            for part in parts
        ],
        low=0,
        high=100,
        unit="{}%",
        label_heading="Sub-domain",
        level=level,
    )
