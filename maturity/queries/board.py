"""The words, bars and tables of a board report, as the document wants them: every figure from the same reading."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubapp.web.charts import StackedBarChart
from hubapp.web.words import london_date, percent
from maturity.charts import round_labels, series_of, stacked
from maturity.models import Action, Framework
from maturity.patterns import Counted
from maturity.queries.reading import Part, SiteReading
from maturity.queries.report import in_words

JUDGEMENTS = "These are the site’s own judgements."
STRONGEST = "At most three sub-domains with more of the highest rating than of the lowest, by share of the highest."
WEAKEST = "At most three sub-domains with more of the lowest rating than of the highest, by share of the lowest."


def numbers_in_words(part: Counted, framework: Framework) -> str:
    """ "5: 2 (67%), 3: 1 (33%), 1: 0 (0%). N = 3; 1 not applicable, 0 not answered." """
    if part.n:
        shares = [
            f"{value}: {part.counts[value]} ({percent(part.share(value))})"
            for value in reversed(framework.values)
        ]
        said = f"{', '.join(shares)}. N = {part.n}"
    else:
        said = "Nothing is rated, N = 0"
    return f"{said}; {part.not_applicable} not applicable, {part.not_answered} not answered."


def change_in_words(reading: SiteReading) -> str:
    """What became of the statements since the round before."""
    before = reading.before
    if before is None:
        return (
            "The earlier self-assessments used other frameworks, so nothing can be compared."
            if reading.elsewhere
            else "This is the first self-assessment, so there is nothing to compare it with."
        )
    change = reading.change
    said = (
        f"Since “{before.round.name}” ({london_date(before.submitted_on)}), of {change.compared} statements that"
        f" are rated both times {change.up} went up, {change.same} stayed and {change.down} went down."
    )
    others = [
        (change.begun, "rated only now"),
        (change.ended, "rated only then"),
        (change.neither, "rated neither time"),
        (change.not_comparable, "not asked then in the same way, so not comparable"),
    ]
    rest = ", ".join(f"{count} {words}" for count, words in others if count)
    return f"{said} Besides these: {rest}." if rest else said


def document_of(reading: SiteReading, actions: Mapping[str, Sequence[Action]]) -> dict[str, Any]:
    """What ``documents/board_report.typ`` reads."""
    assessment, framework = reading.assessment, reading.framework
    when = (
        f"submitted on {london_date(assessment.submitted_on)}"
        if assessment.submitted_on
        else "not submitted yet"
    )
    by_sub_domain = stacked(reading.sub_domains, framework, title="Sub-domains", with_rest=True)
    by_domain = stacked(reading.domains, framework, title="Domains", with_rest=True)
    charts = [each for each in (by_domain, by_sub_domain) if each]
    return {
        "title": f"Maturity of innovation: {assessment.site.name}",
        "site": assessment.site.name,
        "round": assessment.round.name,
        "subtitle": f"{assessment.round.name}, {when}. {framework.title}.",
        "judgements": JUDGEMENTS,
        "judgements-long": (
            f"{JUDGEMENTS} They are there for honest reflection: a {framework.bottom} that is meant is worth"
            f" more than a {framework.top} that is kind. “Not applicable” and “not answered” stand in no share."
        ),
        "standing": f"All sub-domains together: {numbers_in_words(reading.whole, framework)}",
        "charts": [*(_chart(each) for each in charts), *_rounds(reading)],
        "sides": [
            _side("Strongest", STRONGEST, reading.strongest, framework),
            _side("Weakest", WEAKEST, reading.weakest, framework),
        ]
        if charts
        else [],
        "tables": [
            _changes(reading),
            *_gaps(reading),
            _actions(actions, reading),
        ],
    }


def _chart(chart: StackedBarChart) -> dict[str, Any]:
    rows = [
        {
            "label": row.label.split(" (N = ")[0],
            "values": [int(value or 0) for value in row.values],
            "n": sum(int(value or 0) for value in row.values),
        }
        for row in chart.rows
    ]
    described = " ".join(
        f"{row.label}: "
        + ", ".join(f"{name} {value}" for name, value in zip(chart.series, row.values, strict=True))
        + "."
        for row in chart.rows
    )
    return {
        "title": f"{chart.title} by share of the highest rating",
        "summary": chart.summary,
        "series": list(chart.series),
        "rows": rows,
        "described": f"Stacked bars. {described}",
        "table": {
            "head": ["", *chart.series, "N"],
            "rows": [
                [
                    row.label,
                    *(str(value) for value in row.values),
                    str(sum(int(v or 0) for v in row.values)),
                ]
                for row in chart.rows
            ],
        },
    }


def _side(title: str, rule: str, parts: Sequence[Part], framework: Framework) -> dict[str, Any]:
    return {
        "title": title,
        "rule": rule,
        "parts": [
            {
                "name": part.sub_domain.name,
                "counts": numbers_in_words(part.counted, framework),
                "words": part.words,
            }
            for part in parts
        ],
    }


def _changes(reading: SiteReading) -> dict[str, Any]:
    rows = [
        [
            part.sub_domain.name,
            str(part.change.up),
            str(part.change.same),
            str(part.change.down),
            str(part.change.compared),
        ]
        for part in reading.parts
        if part.change.up or part.change.down
    ]
    return {
        "title": "Since last time",
        "summary": change_in_words(reading)
        + (" Sub-domains in which something moved:" if rows else ""),
        "head": ["Sub-domain", "Up", "The same", "Down", "Rated both times"],
        "rows": rows,
    }


def _rounds(reading: SiteReading) -> list[dict[str, Any]]:
    if len(reading.series) < 2 or any(
        set(then.counted.counts) != set(reading.framework.values) for then in reading.series
    ):
        return []
    labels = round_labels(reading.series)
    values = list(reversed(reading.framework.values))
    breaks = [label for label, then in zip(labels, reading.series, strict=True) if then.breaks]
    said = "Each round with all that was rated in it, oldest first."
    if breaks:
        said += (
            f" From {', '.join(breaks)} on another version of the framework was used: what stands before and after"
            " is not comparable."
        )
    names = series_of(reading.framework)
    rows: list[dict[str, Any]] = []
    for label, then in zip(labels, reading.series, strict=True):
        counts = [then.counted.counts.get(value, 0) for value in values]
        rows.append({"label": label, "values": counts, "n": then.counted.n})
    told = " ".join(
        f"{row['label']}: "
        + ", ".join(f"{name} {count}" for name, count in zip(names, row["values"], strict=True))
        + "."
        for row in rows
    )
    return [
        {
            "title": "Round by round",
            "summary": said,
            "series": names,
            "rows": rows,
            "described": f"Stacked bars. {told}",
            "table": {
                "head": ["Round", *names, "N", "Not applicable", "Not answered"],
                "rows": [
                    [
                        row["label"],
                        *map(str, row["values"]),
                        str(then.counted.n),
                        str(then.counted.not_applicable),
                        str(then.counted.not_answered),
                    ]
                    for row, then in zip(rows, reading.series, strict=True)
                ],
            },
        }
    ]


def _gaps(reading: SiteReading) -> list[dict[str, Any]]:
    if not reading.gaps:
        return []
    reached = sum(gap.steps == 0 for gap in reading.gaps)
    return [
        {
            "title": "Targets",
            "summary": f"{reached} of {len(reading.gaps)} targets are reached.",
            "head": ["Statement", "Now", "Target", "By"],
            "words": True,
            "rows": [
                [
                    gap.item.indicator.text,
                    in_words(gap.item.said, reading.framework),
                    str(gap.target.value),
                    london_date(gap.target.by_on) or "No day set",
                ]
                for gap in reading.gaps
            ],
        }
    ]


def _actions(actions: Mapping[str, Sequence[Action]], reading: SiteReading) -> dict[str, Any]:
    names = {part.sub_domain.code: part.sub_domain.name for part in reading.parts}
    rows = [
        [
            row.title,
            names.get(code, code),
            row.owner_in_words or "Nobody yet",
            london_date(row.due_on) or "No day set",
        ]
        for code, found in actions.items()
        for row in found
    ]
    return {
        "title": "Open actions",
        "summary": f"{len(rows)} {'action is' if len(rows) == 1 else 'actions are'} open."
        if rows
        else "No action is open.",
        "head": ["Action", "To raise", "Who", "Until"],
        "words": True,
        "rows": rows,
    }
