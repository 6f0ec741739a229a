"""The clock of an idea: what its history says about state and dates.

:func:`standing` is the one place that computes them. Services store what it
returns; a test replays every history and compares.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hubapp.workdays import add_working_days, working_days_between
from portfolio.enums import IN_TRIAGE, STOPPED, MoveReason, State, WaitsOn

# Who has an idea while nobody else does.
HUB = "hub"


class Move(Protocol):
    """What is needed of a stage move."""

    to_state: str
    reason: str
    waits_on: str
    function: str
    stop_reason: str
    at: dt.datetime
    on: dt.date


M = TypeVar("M", bound=Move)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an innovation stands; the columns of the same names."""

    state: str
    state_since: dt.datetime
    due_on: dt.date | None = None
    clock_ended_on: dt.date | None = None
    clock_due_on: dt.date | None = None
    first_decided_on: dt.date | None = None
    decision_days: int | None = None
    waits_on: str = ""
    waits_on_function: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A time for which the clock stood still: for whom, why, and how many working days.

    ``until`` is None while it still stands; ``days`` then counts to the day that was asked about.
    """

    waits_on: str
    function: str
    reason: str
    since: dt.date
    until: dt.date | None
    days: int


def effective(moves: Iterable[M]) -> list[M]:
    """The moves that stand: one that undoes takes itself and the one before it away."""
    kept: list[M] = []
    for move in moves:
        if move.reason == MoveReason.UNDO:
            kept.pop()
        else:
            kept.append(move)
    return kept


def who_is_waited_for(move: Move) -> str:
    """Whom a stop waits for; asking for more waits for the submitter, also where the row does not say so."""
    return move.waits_on or (WaitsOn.SUBMITTER if move.to_state == State.ASKED else "")


def stops_of(moves: Sequence[Move], *, until: dt.date | None = None) -> list[Stop]:
    """The stops in effective moves, oldest first; one still open counts to ``until``."""
    stops = []
    for move, after in zip(moves, [*moves[1:], None], strict=True):
        if move.to_state not in STOPPED:
            continue
        end = after.on if after else None
        counted_to = end or until
        stops.append(
            Stop(
                who_is_waited_for(move),
                move.function,
                move.stop_reason,
                move.on,
                end,
                working_days_between(move.on, counted_to) if counted_to else 0,
            )
        )
    return stops


def stopped_days(moves: Sequence[Move], until: dt.date | None = None) -> int:
    """Working days for which the clock stood still, in effective moves."""
    return sum(stop.days for stop in stops_of(moves, until=until))


def time_with(
    moves: Sequence[Move], *, started_on: dt.date, until: dt.date
) -> dict[tuple[str, str], int]:
    """Who had the idea for how many working days, from the clock's start to its end or ``until``.

    :param moves: effective ones
    :returns: (whom, enabling function or "") → days; the hub is ``(HUB, "")`` and comes first
    """
    counted, ended_on = _first_answer(moves)
    end = ended_on or until
    days: dict[tuple[str, str], int] = {(HUB, ""): 0}
    for stop in stops_of(counted, until=end):
        key = (stop.waits_on, stop.function)
        days[key] = days.get(key, 0) + stop.days
    days[HUB, ""] = max(0, working_days_between(started_on, end) - sum(days.values()))
    return days


def _first_answer(moves: Sequence[M]) -> tuple[Sequence[M], dt.date | None]:
    """The moves up to the one that ended the clock, and its day; all of them and None while it has not."""
    for place, move in enumerate(moves):
        if move.to_state not in IN_TRIAGE:
            return moves[: place + 1], move.on
    return moves, None


def standing(
    moves: Iterable[Move], *, started_on: dt.date | None, days_allowed: int | None
) -> Standing:
    """Replay ``moves`` (in order, at least one).

    The clock ends with the first answer. An idea that comes back from being
    parked gets as many days again, from the day it is back; that first answer
    stays what it was.

    :param started_on: when the clock started; None for imports, which have none
    :param days_allowed: working days until the first decision
    """
    kept = effective(moves)
    last = kept[-1]
    until_end, ended_on = _first_answer(kept)
    is_decided = ended_on is not None and until_end[-1].reason == MoveReason.DECISION
    stopped = last.to_state in STOPPED
    common: dict[str, Any] = {
        "state": last.to_state,
        "state_since": last.at,
        "first_decided_on": ended_on if is_decided else None,
        "waits_on": who_is_waited_for(last) if stopped else "",
        "waits_on_function": last.function if stopped else "",
    }
    if started_on is None or days_allowed is None:
        return Standing(**common)
    due_on = None
    if last.to_state == State.WAITING:
        back = next(
            (i for i in reversed(range(len(kept))) if kept[i].reason == MoveReason.REENTRY), None
        )
        running, since = (kept, started_on) if back is None else (kept[back:], kept[back].on)
        due_on = add_working_days(since, days_allowed + stopped_days(running))
    if ended_on is None:
        # A stopped clock has no due date.
        return Standing(**common, due_on=due_on)
    stood_still = stopped_days(until_end)
    return Standing(
        **common,
        due_on=due_on,
        clock_ended_on=ended_on,
        clock_due_on=add_working_days(started_on, days_allowed + stood_still),
        decision_days=max(0, working_days_between(started_on, ended_on) - stood_still)
        if is_decided
        else None,
    )
