"""One idea's clocks: until when somebody writes, until when it is decided, and who had it meanwhile."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.enums import Function
from accounts.queries import actor_names
from hubapp.web.charts import StackedBarChart, StackedRow
from hubapp.web.words import london_date as day_words
from hubapp.web.words import working_days
from hubapp.workdays import london_date, working_days_between
from portfolio.clock import HUB, Stop, effective, stops_of, time_with
from portfolio.enums import IN_TRIAGE, Exemption, StopReason, WaitsOn
from portfolio.models import ClockExemption, Innovation, StageMove

# A picture tells five patterns apart; who had it for the fewest days goes together.
MOST_PARTS = 5
WITH = {
    HUB: "the hub",
    WaitsOn.SUBMITTER: "the submitter",
    WaitsOn.PERSON: "somebody who was asked",
    WaitsOn.ORGANISATION: "another organisation",
    WaitsOn.FUNCTION: "an enabling function",
}


def party_words(waits_on: str, function: str = "") -> str:
    """Who has an idea, inside a sentence: "the hub", "the submitter", "information governance"."""
    if function:
        label = str(Function(function).label)
        return label[0].lower() + label[1:]
    return WITH.get(waits_on, "somebody")


@dataclass(frozen=True, slots=True)
class Promise:
    """One clock in words: "Acknowledged on 2 December 2026, after 1 working day".

    ``late`` asks for attention: never for an idea that is exempt.
    """

    words: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class StopLine:
    """A time for which the clock stood still; ``until`` is None while it does."""

    who: str
    why: str
    since: dt.date
    until: dt.date | None
    days: int


@dataclass(frozen=True, slots=True)
class ExemptionLine:
    """Why an idea does not count against the clock, who said so and when."""

    label: str
    note: str
    by: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class ClockView:
    """All that a page says of an idea's clocks."""

    acknowledge: Promise | None = None
    decide: Promise | None = None
    stops: list[StopLine] = field(default_factory=list)
    # "with the hub 7, with the submitter 3 working days"; "" where no clock runs.
    shares: str = ""
    chart: StackedBarChart | None = None
    exemption: ExemptionLine | None = None
    # What is stopped now, if anything.
    open_stop: StopLine | None = None


def clock_of(
    innovation: Innovation,
    moves: Sequence[StageMove] | None = None,
    *,
    today: dt.date | None = None,
) -> ClockView:
    """The clocks of one idea.

    :param moves: its moves in order, if they are known already; else one query more. None at all
        stand for an idea that has only arrived: nothing stopped its clock
    """
    today = today or london_date(timezone.now())
    exemption = _exemption(innovation)
    if innovation.clock_started_on is None:
        return ClockView(exemption=exemption)
    if moves is None:
        moves = list(StageMove.objects.filter(innovation=innovation).order_by("number"))
    kept = effective(moves)
    until = innovation.clock_ended_on or today
    stops = [_line(stop) for stop in stops_of(kept, until=today)] if kept else []
    shares = time_with(kept, started_on=innovation.clock_started_on, until=until) if stops else {}
    return ClockView(
        acknowledge=acknowledging(innovation, today),
        decide=deciding(innovation, today),
        stops=stops,
        shares=_shares_words(shares) if stops else "",
        chart=_chart(shares) if stops else None,
        exemption=exemption,
        open_stop=stops[-1] if stops and stops[-1].until is None else None,
    )


def acknowledging(innovation: Innovation, today: dt.date) -> Promise | None:
    """Until when somebody should have written to the submitter, or when they did; None without a promise."""
    by, on = innovation.acknowledge_by, innovation.acknowledged_on
    if on is not None:
        started = innovation.clock_started_on
        after = f", after {working_days(working_days_between(started, on))}" if started else ""
        if by and on > by:
            return Promise(f"Acknowledged on {day_words(on)}{after}; it was due on {day_words(by)}")
        return Promise(f"Acknowledged on {day_words(on)}{after}")
    if by is None or innovation.state not in IN_TRIAGE:
        return None
    if by < today:
        late = working_days_between(by, today)
        ago = f", {working_days(late)} ago" if late else ""
        return Promise(
            f"Should have been acknowledged by {day_words(by)}{ago}", late=not innovation.exemption
        )
    left = working_days_between(today, by)
    return Promise(
        f"Acknowledge by {day_words(by)}: {working_days(left) + ' left' if left else 'today'}"
    )


def deciding(innovation: Innovation, today: dt.date) -> Promise | None:
    """Until when it is decided, or after how many working days it was; None where neither can be said."""
    if innovation.decision_days is not None and innovation.first_decided_on:
        said = f"Decided on {day_words(innovation.first_decided_on)}, after {working_days(innovation.decision_days)}"
        due = innovation.clock_due_on
        if due and innovation.first_decided_on > due:
            said += f"; it was due on {day_words(due)}"
        if innovation.due_on and innovation.state in IN_TRIAGE:
            overdue = innovation.due_on < today and not innovation.exemption
            return Promise(f"{said}. Decide again by {day_words(innovation.due_on)}", late=overdue)
        return Promise(said)
    due = innovation.due_on
    if due is None:
        if innovation.waits_on:
            who = party_words(innovation.waits_on, innovation.waits_on_function)
            return Promise(f"The clock stands still: waiting for {who}")
        return None
    if due < today:
        late = working_days_between(due, today)
        ago = f", {working_days(late)} ago" if late else ""
        return Promise(
            f"Should have been decided by {day_words(due)}{ago}", late=not innovation.exemption
        )
    left = working_days_between(today, due)
    return Promise(
        f"Decide by {day_words(due)}: {working_days(left) + ' left' if left else 'today'}"
    )


def _line(stop: Stop) -> StopLine:
    who = party_words(stop.waits_on, stop.function)
    why = StopReason(stop.reason).label if stop.reason else ""
    if stop.waits_on == WaitsOn.SUBMITTER:
        why = why or str(StopReason.MORE_INFORMATION.label)
    return StopLine(who[0].upper() + who[1:], str(why), stop.since, stop.until, stop.days)


def _shares_words(shares: dict[tuple[str, str], int]) -> str:
    """ "with the hub 7, with the submitter 3, with information governance 4 working days"."""
    parts = [f"with {party_words(*who)} {days:,}" for who, days in shares.items()]
    total = sum(shares.values())
    return f"{', '.join(parts)} working day{'' if total == 1 else 's'}"


def _chart(shares: dict[tuple[str, str], int]) -> StackedBarChart:
    named = [(party_words(*who), days) for who, days in shares.items()]
    if len(named) > MOST_PARTS:
        hub, *others = named
        others.sort(key=lambda each: -each[1])
        kept, rest = others[: MOST_PARTS - 2], others[MOST_PARTS - 2 :]
        named = [hub, *kept, ("others", sum(days for _, days in rest))]
    words = _shares_words(shares)
    return StackedBarChart(
        title="Who had it for how many working days",
        summary=f"{words[0].upper()}{words[1:]}.",
        series=[name[0].upper() + name[1:] for name, _ in named],
        rows=[StackedRow("This idea", [days for _, days in named])],
        share=False,
    )


def _exemption(innovation: Innovation) -> ExemptionLine | None:
    if not innovation.exemption:
        return None
    row = ClockExemption.objects.filter(innovation=innovation).order_by("-number").first()
    label = str(Exemption(innovation.exemption).label)
    if row is None:
        return ExemptionLine(label, "", "", london_date(innovation.updated_at))
    names = actor_names([(row.actor_kind, row.actor_ref)])
    by = names.get((row.actor_kind, row.actor_ref), "Someone")
    return ExemptionLine(label, row.note, by, london_date(row.at))
