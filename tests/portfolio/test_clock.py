"""The clock against an independent, plodding recount: any allowed story, day by day."""

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp.instants import acting_at
from hubapp.workdays import (
    add_working_days,
    bank_holidays,
    is_working_day,
    london_date,
    month_of,
    working_days_between,
)
from portfolio.clock import effective, standing
from portfolio.enums import DecisionKind, MoveReason, State
from portfolio.models import Decision, Innovation
from portfolio.queries.tracking import public_standing
from portfolio.services import decisions, messages, submissions
from tests import factories

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


NEXT = {
    State.WAITING: [State.ASKED, State.SCOPING, State.DECLINED, State.WITHDRAWN],
    State.ASKED: [State.WAITING, State.SCOPING, State.DECLINED, State.WITHDRAWN],
    State.SCOPING: [State.WITHDRAWN],
    State.DECLINED: [],
    State.WITHDRAWN: [],
}


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
        why = {State.WAITING: MoveReason.REPLY, State.WITHDRAWN: MoveReason.WITHDRAWN}
        moves.append(Step(to, why.get(to, MoveReason.DECISION), at, london_date(at)))
    return moves


def recount(moves: list[Step], allowed: int) -> dict:
    """State, due date and days, counted a day at a time from the moves that stand."""
    story: list[Step] = []
    for move in moves:
        story = story[:-1] if move.reason == "undo" else [*story, move]
    started, state = story[0].on, story[-1].to_state
    end = next(
        (move for move in story if move.to_state in ("scoping", "declined", "withdrawn")), None
    )
    decided = next((move for move in story if move.to_state in ("scoping", "declined")), None)

    def asked_overnight_before(day: dt.date) -> bool:
        """Whether the question was open when ``day`` began."""
        return [move for move in story if move.on < day][-1].to_state == "asked"

    def next_working_day(day: dt.date) -> dt.date:
        day += dt.timedelta(days=1)
        while not is_working_day(day):
            day += dt.timedelta(days=1)
        return day

    due = started
    for _ in range(allowed):
        due = next_working_day(due)
    ran, day = 0, started
    while day < (end.on if end else story[-1].on):
        day += dt.timedelta(days=1)
        if not is_working_day(day):
            continue
        if asked_overnight_before(day):
            # A working day on which the clock stood puts the due date off by one.
            due = next_working_day(due)
        else:
            ran += 1
    return {
        "state": state,
        "due_on": due if state == "waiting" else None,
        "clock_ended_on": end.on if end else None,
        "clock_due_on": due if end else None,
        "first_decided_on": decided.on if decided else None,
        "decision_days": ran if decided else None,
    }


@given(histories(), st.integers(1, 60))
def test_the_clock_is_what_a_recount_day_by_day_gives(moves, allowed):
    stands = standing(moves, started_on=moves[0].on, days_allowed=allowed)
    expected = recount(moves, allowed)
    assert {name: getattr(stands, name) for name in expected} == expected
    assert stands.state_since == effective(moves)[-1].at


@given(histories())
def test_without_a_clock_there_is_no_due_date(moves):
    stands = standing(moves, started_on=None, days_allowed=None)
    dates = (stands.due_on, stands.clock_ended_on, stands.clock_due_on, stands.decision_days)
    assert dates == (None,) * 4
    assert stands.state == effective(moves)[-1].to_state


# -- the same through the services -------------------------------------------------
COLUMNS = (
    "state", "state_since", "due_on", "clock_ended_on", "clock_due_on", "first_decided_on", "decision_days",
)  # fmt: skip
PAUSES = [MINUTE, 5 * MINUTE, 11 * MINUTE, 60 * 26 * MINUTE, 60 * 24 * 9 * MINUTE]


def act(draw, innovation: Innovation) -> bool:
    """One thing that somebody may do now; False when nothing is left."""
    latest = Decision.objects.filter(innovation=innovation).order_by("-number").first()
    choices = []
    if innovation.is_in_triage:
        choices += [DecisionKind.SCOPING, DecisionKind.DECLINE]
        choices += [DecisionKind.ASK] if innovation.state == State.WAITING else ["resume"]
    if latest and decisions.can_undo(latest):
        choices += ["undo", "undo"]
    if innovation.state != State.WITHDRAWN:
        choices += ["reply", "withdraw"]
    if not choices:
        return False
    what = draw(st.sampled_from(choices))
    by = factories.TEST
    if what == "undo":
        decisions.undo(decision=latest, by=by)
    elif what == "reply":
        messages.write_to_hub(innovation=innovation, body="Here.", by=by)
    elif what == "withdraw":
        submissions.withdraw(submission=innovation.submission, by=by)
    elif what == "resume":
        decisions.resume(innovation=innovation, by=by)
    else:
        decisions.decide(
            innovation=innovation, kind=what, reason_code="test-reason", words="Words.", by=by
        )
    return True


@pytest.mark.django_db
@given(data=st.data())
def test_what_services_store_is_what_the_history_replays_to(data):
    site = factories.SiteFactory()
    for kind in (DecisionKind.ASK, DecisionKind.SCOPING, DecisionKind.DECLINE):
        factories.reason(site, kind)
    at = dt.datetime(2026, 3, 23, 10, 30, tzinfo=dt.UTC)
    with acting_at(at):
        pk = factories.innovation(site, email="ada@test.example").pk
    for _ in range(data.draw(st.integers(0, 7))):
        at += data.draw(st.sampled_from(PAUSES))
        with acting_at(at):
            if not act(data.draw, Innovation.objects.select_related("submission").get(pk=pk)):
                break
        stored = Innovation.objects.get(pk=pk)
        history = list(stored.moves.order_by("number"))
        replayed = standing(
            history, started_on=stored.clock_started_on, days_allowed=stored.days_allowed
        )
        assert {name: getattr(stored, name) for name in COLUMNS} == {
            name: getattr(replayed, name) for name in COLUMNS
        }
        assert [move.number for move in history] == list(range(1, len(history) + 1))
        assert [move.from_state for move in history[1:]] == [move.to_state for move in history[:-1]]
        # Once nothing is held, the submitter knows what the hub knows.
        assert public_standing(stored, now=at + 11 * MINUTE) == replayed
