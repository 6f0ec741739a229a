"""The report of one self-assessment as data and as rows: what its files and the API give."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from maturity.arithmetic import Change, Said, average
from maturity.enums import Answer
from maturity.models import Action, Framework
from maturity.patterns import Counted, ordered
from maturity.queries.reading import Item, Part, SiteReading

# As the outside knows it: an answer that was taken away is no answer.
NOT_ANSWERED = "not_answered"
# What stands in the column of ratings where it does not apply.
NA = "n/a"
COLUMNS = (
    "Site code",
    "Round",
    "Framework",
    "Domain",
    "Sub-domain",
    "Indicator code",
    "Indicator",
    "Answer",
    "Rating",
    "Scale label",
    "Explanation",
    "Last time",
    "Target",
)
ANSWER_WORDS = {
    Answer.RATED.value: "Rated",
    Answer.NOT_APPLICABLE.value: "Not applicable",
    NOT_ANSWERED: "Not answered",
}


def answer_code(said: Said) -> str:
    """ "rated", "not_applicable" or "not_answered": three different things."""
    return said.answer if said.is_answered else NOT_ANSWERED


def in_words(said: Said | None, framework: Framework) -> str:
    """ "5 Proud to share", "Not applicable", "Not answered"; "Not asked" for None."""
    if said is None:
        return "Not asked"
    if said.value is not None:
        return f"{said.value} {framework.labels.get(said.value, '')}".strip()
    return ANSWER_WORDS[answer_code(said)]


def rating_cell(said: Said) -> int | str:
    """What an import reads again: the rating, "n/a", or nothing."""
    if said.value is not None:
        return said.value
    return NA if said.is_answered else ""


def rows_of(reading: SiteReading) -> Iterator[list[Any]]:
    """One row for each indicator, cells in the order of :data:`COLUMNS`."""
    assessment, framework = reading.assessment, reading.framework
    for part in reading.parts:
        for item in part.items:
            said = item.said
            yield [
                assessment.site.code,
                assessment.round.name,
                framework.slug,
                part.sub_domain.domain.name,
                part.sub_domain.name,
                item.indicator.code,
                item.indicator.text,
                ANSWER_WORDS[answer_code(said)],
                rating_cell(said),
                framework.labels.get(said.value, "") if said.value is not None else "",
                part.words,
                in_words(item.before, framework) if reading.before else "",
                item.target.value if item.target else "",
            ]


def as_data(
    reading: SiteReading, actions: Mapping[str, Iterable[Action]], *, with_average: bool = False
) -> dict[str, Any]:
    """Everything of the report by codes, for JSON; the API gives the same.

    Shares are whole per cent of the ratings, halves rounded up; null where nothing is rated.
    """
    assessment, framework = reading.assessment, reading.framework
    data: dict[str, Any] = {
        "self_assessment": assessment.ref,
        "site": assessment.site.code,
        "round": assessment.round.ref,
        "round_name": assessment.round.name,
        "framework": framework.slug,
        "state": assessment.state,
        "submitted_on": _day(assessment.submitted_on),
        "before": reading.before.ref if reading.before else None,
        "scale": [{"value": value, "label": framework.labels[value]} for value in framework.values],
        "whole": _counted(reading.whole, with_average) | {"change": _change(reading.change)},
        "domains": [_counted(part, with_average) for part in ordered(reading.domains)],
        "sub_domains": [
            _part(part, list(actions.get(part.sub_domain.code, ())), with_average)
            for part in in_order(reading)
        ],
        "strongest": [part.sub_domain.code for part in reading.strongest],
        "weakest": [part.sub_domain.code for part in reading.weakest],
        "series": [
            {
                "self_assessment": then.assessment.ref,
                "round_name": then.assessment.round.name,
                "framework": then.assessment.round.framework.slug,
                "submitted_on": _day(then.assessment.submitted_on),
                "breaks": then.breaks,
                **_numbers(then.counted),
            }
            for then in reading.series
        ],
    }
    return data


def in_order(reading: SiteReading) -> list[Part]:
    """Sub-domains by share of the highest rating; among equals in the framework's order."""
    by_code = {part.sub_domain.code: part for part in reading.parts}
    return [by_code[counted.code] for counted in ordered(reading.sub_domains)]


def _part(part: Part, actions: list[Action], with_average: bool) -> dict[str, Any]:
    return _counted(part.counted, with_average) | {
        "domain": part.sub_domain.domain.code,
        "explanation": part.words,
        "explanation_before": part.words_before,
        "change": _change(part.change),
        "indicators": [_item(item) for item in part.items],
        "open_actions": [
            {"ref": row.ref, "title": row.title, "due_on": _day(row.due_on)} for row in actions
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    target, before = item.target, item.before
    return {
        "code": item.indicator.code,
        "text": item.indicator.text,
        "answer": answer_code(item.said),
        "value": item.said.value,
        # Null: not asked then.
        "answer_before": answer_code(before) if before else None,
        "value_before": before.value if before else None,
        "target": target.value if target else None,
        "target_by": _day(target.by_on) if target else None,
    }


def _counted(part: Counted, with_average: bool) -> dict[str, Any]:
    found = {"code": part.code, "name": part.name, **_numbers(part)}
    if with_average:
        mean = average(part.counts)
        found["average"] = mean and {
            "mean": str(mean.mean),
            "n": mean.n,
            "lowest": mean.lowest,
            "highest": mean.highest,
            "standard_deviation": str(mean.deviation),
        }
    return found


def _numbers(part: Counted) -> dict[str, Any]:
    return {
        "n": part.n,
        "counts": [
            {"value": value, "count": count, "share": part.share(value)}
            for value, count in sorted(part.counts.items())
        ],
        "not_applicable": part.not_applicable,
        "not_answered": part.not_answered,
    }


def _change(change: Change) -> dict[str, int]:
    return {
        "compared": change.compared,
        "up": change.up,
        "same": change.same,
        "down": change.down,
        "rated_only_now": change.begun,
        "rated_only_before": change.ended,
        "rated_neither_time": change.neither,
        "not_comparable": change.not_comparable,
    }


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None
