"""The clock of an idea: what its history says about state and dates.

:func:`standing` is the one place that computes them. Services store what it
returns; a test replays every history and compares.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from hubapp.workdays import add_working_days, working_days_between
from portfolio.enums import ENDED, MoveReason, State


class Move(Protocol):
    """What is needed of a stage move."""

    to_state: str
    reason: str
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


def effective(moves: Iterable[M]) -> list[M]:
    """The moves that stand: one that undoes takes itself and the one before it away."""
    kept: list[M] = []
    for move in moves:
        if move.reason == MoveReason.UNDO:
            kept.pop()
        else:
            kept.append(move)
    return kept


def stopped_days(moves: list[Move], until: dt.date | None = None) -> int:
    """Working days spent waiting for the submitter, in effective moves; an open stop counts to ``until``."""
    total = 0
    for move, after in zip(moves, [*moves[1:], None], strict=True):
        if move.to_state != State.ASKED:
            continue
        end = after.on if after else until
        if end:
            total += working_days_between(move.on, end)
    return total


def standing(
    moves: Iterable[Move], *, started_on: dt.date | None, days_allowed: int | None
) -> Standing:
    """Replay ``moves`` (in order, at least one).

    :param started_on: when the clock started; None for imports, which have none
    :param days_allowed: working days until the first decision
    """
    kept = effective(moves)
    last = kept[-1]
    decided_on = next(
        (
            move.on
            for move in kept
            if move.reason == MoveReason.DECISION and move.to_state != State.ASKED
        ),
        None,
    )
    if started_on is None or days_allowed is None:
        return Standing(last.to_state, last.at, first_decided_on=decided_on)
    stopped = stopped_days(kept)
    if last.to_state == State.WAITING:
        return Standing(
            last.to_state, last.at, due_on=add_working_days(started_on, days_allowed + stopped)
        )
    if last.to_state == State.ASKED:
        # A stopped clock has no due date.
        return Standing(last.to_state, last.at)
    ended_on = decided_on or next(move.on for move in kept if move.to_state in ENDED)
    until_end = kept[
        : 1
        + next(
            i for i, move in enumerate(kept) if move.to_state not in (State.WAITING, State.ASKED)
        )
    ]
    stopped = stopped_days(until_end)
    days = max(0, working_days_between(started_on, ended_on) - stopped)
    return Standing(
        last.to_state,
        last.at,
        clock_ended_on=ended_on,
        clock_due_on=add_working_days(started_on, days_allowed + stopped),
        first_decided_on=decided_on,
        decision_days=days if decided_on else None,
    )
