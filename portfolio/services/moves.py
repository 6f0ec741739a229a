"""Changing an innovation's state: one row of history, and the columns that follow from it."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from hubapp import instants
from hubapp.actors import Actor
from hubapp.problems import Stale
from hubapp.workdays import london_date
from portfolio.clock import standing
from portfolio.enums import State
from portfolio.models import Decision, Innovation, StageMove
from portfolio.models.innovation import NO_DUE_DATE
from portfolio.services import similar

# What belongs to one state and goes with it.
_LEFT_BEHIND: dict[str, Any] = {"parked_until": None, "follow_up_on": None, "merged_into_id": None}
# An idea that comes into these states, or out of them, is like others no longer, or again.
COMPARED_ANEW = {State.WITHDRAWN, State.UNDONE, State.MERGED}
CHANGED = "Somebody else changed this idea since you opened it. Look at what they did, then decide."


def move(
    innovation: Innovation,
    *,
    to_state: str,
    reason: str,
    by: Actor,
    at: dt.datetime | None = None,
    decision: Decision | None = None,
    waits_on: str = "",
    function: str = "",
    stop_reason: str = "",
    **columns: Any,
) -> StageMove:
    """Add a move and set state, dates and version, inside the caller's transaction.

    :param waits_on: of a move that stops the clock: who has to act, with ``function`` and ``stop_reason``
    :param columns: further columns of the innovation that change with it
    :raises Stale: the innovation is no longer at ``innovation.version``
    """
    at = at or instants.now()
    history = list(innovation.moves.order_by("number"))
    row = StageMove(
        site_id=innovation.site_id,
        innovation=innovation,
        number=len(history) + 1,
        from_state=innovation.state if history else "",
        to_state=to_state,
        reason=reason,
        decision=decision,
        waits_on=waits_on,
        function=function,
        stop_reason=stop_reason,
        at=at,
        on=london_date(at),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    now_standing = standing(
        [*history, row],
        started_on=innovation.clock_started_on,
        days_allowed=innovation.days_allowed,
    )
    change(
        innovation,
        state=now_standing.state,
        state_since=now_standing.state_since,
        due_on=now_standing.due_on,
        sort_due=now_standing.due_on or NO_DUE_DATE,
        waits_on=now_standing.waits_on,
        waits_on_function=now_standing.waits_on_function,
        clock_ended_on=now_standing.clock_ended_on,
        clock_due_on=now_standing.clock_due_on,
        first_decided_on=now_standing.first_decided_on,
        decision_days=now_standing.decision_days,
        **(_LEFT_BEHIND | columns),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    return row


def change(innovation: Innovation, **columns) -> None:
    """Set columns and raise the version, if nobody else did since it was read.

    :raises Stale: somebody did
    """
    before = innovation.state, innovation.merged_into_id
    columns |= {"version": innovation.version + 1, "updated_at": instants.now()}
    if not Innovation.objects.filter(pk=innovation.pk, version=innovation.version).update(
        **columns
    ):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(innovation, name, value)
    # What it says has changed, or whether it is compared with others.
    after = innovation.state, innovation.merged_into_id
    if "search_text" in columns or (before != after and COMPARED_ANEW & {before[0], after[0]}):
        similar.look_again(innovation)
