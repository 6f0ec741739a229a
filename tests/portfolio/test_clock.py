"""The clock against an independent, plodding recount: any allowed story, day by day."""

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp.workdays import (
    add_working_days,
    bank_holidays,
    is_working_day,
    london_date,
    month_of,
    working_days_between,
)
from portfolio.clock import effective, standing, time_with
from portfolio.enums import MoveReason, State

DAYS = st.dates(dt.date(2019, 12, 1), dt.date(2030, 1, 31))
MINUTE = dt.timedelta(minutes=1)


# -- working days ---------------------------------------------------------------
def plod(start: dt.date, end: dt.date) -> int:
    """Working days after ``start`` up to ``end``, one day at a time."""
    count = 0
    while start < end:
        start += dt.timedelta(days=1)
        count += start.weekday() < 5 and start not in bank_holidays(start.year)
    return count


@given(DAYS, st.integers(0, 400))
def test_working_days_between_is_what_plodding_counts(start, ahead):
    end = start + dt.timedelta(days=ahead)
    assert working_days_between(start, end) == plod(start, end)
    assert working_days_between(end, start) == 0


@given(DAYS, st.integers(0, 260))
def test_adding_working_days_lands_on_the_first_day_that_has_them(start, days):
    due = add_working_days(start, days)
    assert plod(start, due) == days
    if days:
        assert is_working_day(due)


def test_england_rests_on_its_bank_holidays():
    assert not is_working_day(dt.date(2026, 12, 25))
    assert not is_working_day(dt.date(2026, 12, 28))  # Boxing Day is a Saturday
    assert add_working_days(dt.date(2026, 12, 24), 1) == dt.date(2026, 12, 29)
    assert is_working_day(dt.date(2026, 3, 17))  # Northern Ireland's only
    assert is_working_day(dt.date(2026, 11, 30))  # Scotland's only


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-06-30T22:59:59Z", dt.date(2026, 6, 30)),
        ("2026-06-30T23:00:00Z", dt.date(2026, 7, 1)),  # summer time
        ("2026-12-31T23:59:59Z", dt.date(2026, 12, 31)),
    ],
)
def test_dates_are_those_of_london(instant, day):
    assert london_date(dt.datetime.fromisoformat(instant)) == day


@given(DAYS)
def test_a_month_begins_on_its_first_and_ends_before_the_next(day):
    first, last = month_of(day)
    assert first.day == 1
    assert (last + dt.timedelta(days=1)).day == 1
    assert first <= day <= last


# -- histories --------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """A made-up stage move."""

    to_state: str
    reason: str
    at: dt.datetime
    on: dt.date
    waits_on: str = ""
    function: str = ""
    stop_reason: str = ""


OFF = [State.SIGNPOSTED, State.PARKED, State.MERGED, State.DECLINED, State.WITHDRAWN]
NEXT = {
    State.WAITING: [State.ASKED, State.HELD, State.SCOPING, *OFF],
    State.ASKED: [State.WAITING, State.HELD, State.SCOPING, *OFF],
    State.HELD: [State.WAITING, State.ASKED, State.HELD, State.SCOPING, *OFF],
    State.PARKED: [State.WAITING, State.WITHDRAWN],
    State.SCOPING: [State.WITHDRAWN],
    State.MERGED: [State.WITHDRAWN],
    State.SIGNPOSTED: [],
    State.DECLINED: [],
    State.WITHDRAWN: [],
}
FUNCTIONS = ["ig", "finance"]


@st.composite
def histories(draw) -> list[Step]:
    """Any sequence of allowed moves, undoing included, hours to weeks apart."""
    at = dt.datetime.combine(draw(DAYS), dt.time(9), tzinfo=dt.UTC)
    moves = [Step(State.WAITING, MoveReason.RECEIVED, at, london_date(at))]
    for _ in range(draw(st.integers(0, 9))):
        at += dt.timedelta(hours=draw(st.integers(0, 24 * 40)))
        kept = effective(moves)
        state, last = kept[-1].to_state, moves[-1]
        # Undone is only a decision that was the very last thing to happen.
        can_undo = last.reason == MoveReason.DECISION
        choices = [*NEXT[state], *(["undo"] if can_undo else [])]
        if not choices:
            break
        to = draw(st.sampled_from(choices))
        if to == "undo":
            moves.append(Step(kept[-2].to_state, MoveReason.UNDO, at, london_date(at)))
            continue
        why = {
            State.WAITING: MoveReason.REENTRY if state == State.PARKED else MoveReason.REPLY,
            State.WITHDRAWN: MoveReason.WITHDRAWN,
            State.HELD: MoveReason.HOLD,
        }
        function = draw(st.sampled_from(FUNCTIONS)) if to == State.HELD else ""
        moves.append(
            Step(
                to,
                why.get(to, MoveReason.DECISION),
                at,
                london_date(at),
                "function" if function else "",
                function,
            )
        )
    return moves


def next_working_day(day: dt.date) -> dt.date:
    day += dt.timedelta(days=1)
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def holder_before(story: list[Step], day: dt.date) -> str:
    """Who had the idea when ``day`` began."""
    last = [move for move in story if move.on < day][-1]
    if last.to_state == "held":
        return last.function
    return "submitter" if last.to_state == "asked" else "hub"


def recount(moves: list[Step], allowed: int) -> dict:
    """State, due date, days and who had it, counted a day at a time from the moves that stand."""
    story: list[Step] = []
    for move in moves:
        story = story[:-1] if move.reason == "undo" else [*story, move]
    started, state = story[0].on, story[-1].to_state
    triage = ("waiting", "asked", "held")
    end = next((move for move in story if move.to_state not in triage), None)
    decided = end if end and end.to_state != "withdrawn" else None

    def count(since: dt.date, until: dt.date) -> tuple[dt.date, dict[str, int]]:
        """The due date of a clock that started on ``since``, and whose each working day was."""
        due = since
        for _ in range(allowed):
            due = next_working_day(due)
        days, day = {"hub": 0}, since
        while day < until:
            day = next_working_day(day)
            if day > until:
                break
            holder = holder_before(story, day)
            days[holder] = days.get(holder, 0) + 1
            if holder != "hub":
                # A working day on which the clock stood puts the due date off by one.
                due = next_working_day(due)
        return due, days

    until = end.on if end else story[-1].on
    first_due, days = count(started, until)
    due_on = None
    if state == "waiting":
        back = [move.on for move in story if move.reason == "reentry"]
        due_on = count(back[-1], story[-1].on)[0] if back else first_due
    return {
        "state": state,
        "due_on": due_on,
        "clock_ended_on": end.on if end else None,
        "clock_due_on": first_due if end else None,
        "first_decided_on": decided.on if decided else None,
        "decision_days": days["hub"] if decided else None,
        "days": days,
        "until": until,
    }


@given(histories(), st.integers(1, 60))
def test_the_clock_is_what_a_recount_day_by_day_gives(moves, allowed):
    stands = standing(moves, started_on=moves[0].on, days_allowed=allowed)
    expected = recount(moves, allowed)
    days, until = expected.pop("days"), expected.pop("until")
    assert {name: getattr(stands, name) for name in expected} == expected
    assert stands.state_since == effective(moves)[-1].at
    held = time_with(effective(moves), started_on=moves[0].on, until=until)
    assert {function or whom: count for (whom, function), count in held.items() if count} == {
        whom: count for whom, count in days.items() if count
    }


@given(histories())
def test_without_a_clock_there_is_no_due_date(moves):
    stands = standing(moves, started_on=None, days_allowed=None)
    dates = (stands.due_on, stands.clock_ended_on, stands.clock_due_on, stands.decision_days)
    assert dates == (None,) * 4
    assert stands.state == effective(moves)[-1].to_state
