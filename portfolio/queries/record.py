"""The page of one idea: what it needs, read together, each kind of row once and only where there is some."""

from dataclasses import dataclass
from typing import Any

from accounts.queries import actor_names
from accounts.viewers import Viewer
from portfolio.models import Decision, Innovation, Message, StageMove
from portfolio.queries import asks, checklists, messages, needs, timeline
from portfolio.queries.clocks import ClockView, clock_of
from portfolio.queries.family import (
    family_of,
    follow_ups_of,
    is_left_alone,
    read_family,
    seen_of,
)
from portfolio.queries.present import There, what_there_is
from portfolio.queries.timeline import HISTORY_SHOWN, History, HistoryRows

_Names = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class _Read:
    """The rows of a page, and the names of everybody in them."""

    family: list[Innovation]
    rows: HistoryRows
    # Messages of the ideas that were merged into it.
    merged_messages: list[Message]
    asks: list[Any]
    notes: list[Any]
    files: list[Any]
    follow_ups: list[Any]
    names: _Names


def _read(viewer: Viewer, innovation: Innovation, there: There, *, notes: bool) -> _Read:
    """Read them: one query for each kind that there is, and one for the names."""
    family = read_family(viewer, innovation) if there.merged else []
    ideas = [innovation, *seen_of(family)]
    together = len(ideas) > 1
    written: list[Message] = []
    if there.messages or together:
        found = Message.objects.filter(innovation__in=[idea.pk for idea in ideas])
        written = list(found.order_by("-at", "-pk")[: HISTORY_SHOWN * len(ideas)])
    files = messages.read_files(ideas) if there.files or together else []
    rows = HistoryRows(
        timeline.moves_of(innovation),
        [row for row in written if row.innovation_id == innovation.pk][:HISTORY_SHOWN],
        timeline.told_of(innovation) if there.events else [],
        timeline.files_by_message(files),
    )
    read: dict[str, list[Any]] = {
        "merged_messages": [row for row in written if row.innovation_id != innovation.pk],
        "asks": asks.read_asks(innovation) if there.asks else [],
        "notes": messages.read_notes(innovation) if there.notes and notes else [],
        "follow_ups": follow_ups_of(innovation) if there.follow_ups else [],
    }
    actors = {(row.actor_kind, row.actor_ref) for kind in read.values() for row in kind}
    names = actor_names(rows.actors | actors)
    return _Read(family=family, rows=rows, files=files, names=names, **read)


def desk_context(viewer: Viewer, innovation: Innovation, may: dict[str, bool]) -> dict[str, Any]:
    """All that the page of an idea shows of it, but for what looks alike.

    :param may: what the viewer may do, by the names of ``portfolio.views.base.MAY``
    """
    there = what_there_is(innovation)
    read = _read(viewer, innovation, there, notes=may["notes"])
    names = read.names
    asks.keep_asks(innovation, read.asks, names)
    history = timeline.history_of(innovation, rows=read.rows, names=names)
    family = family_of(viewer, innovation, read.family, _threads(read))
    return {
        "there": there,
        "history": history,
        "clocks": _clocks(innovation, history),
        "family": family,
        "left_alone": is_left_alone(family),
        "standing": _standing(history),
        "follow_ups": [_named(row, names) for row in read.follow_ups],
        **checklists.desk_context(innovation, viewer.user_id, there),
        **asks.desk_context(innovation, there),
        **needs.desk_context(innovation, there),
        **messages.desk_context(
            innovation,
            history,
            notes=read.notes,
            files=read.files,
            names=names,
            may_read=may["thread"],
        ),
    }


def panel_context(viewer: Viewer, innovation: Innovation, messages_shown: int) -> dict[str, Any]:
    """What the panel beside the queue shows of an idea: less of it, and read in the same way."""
    there = what_there_is(innovation)
    moves = timeline.moves_of(innovation) if there.moves else []
    history = timeline.latest_of(
        innovation,
        messages=messages_shown if there.messages else 0,
        moves=moves,
        with_files=there.files,
    )
    in_order = moves[::-1] if len(moves) < HISTORY_SHOWN else None
    return {
        "there": there,
        "history": history,
        "clocks": clock_of(innovation, in_order),
        **checklists.desk_context(innovation, viewer.user_id, there, short=True),
        **asks.desk_context(innovation, there),
    }


def _named(row: Any, names: _Names) -> dict[str, Any]:
    return {"row": row, "by": names.get((row.actor_kind, row.actor_ref), "Someone")}


def _threads(read: _Read) -> dict[int, list[dict[str, Any]]]:
    """Idea that was merged → its messages as a page shows them, oldest first."""
    threads: dict[int, list[dict[str, Any]]] = {}
    for row in reversed(read.merged_messages):
        shown = timeline.message_shown(row, read.names, read.rows.files)
        threads.setdefault(row.innovation_id, []).append(shown)
    return threads


def _standing(history: History) -> Decision | None:
    """The latest decision that was not undone."""
    return next((each["decision"] for each in history.decisions if not each["undone"]), None)


def _clocks(innovation: Innovation, history: History) -> ClockView:
    """The clocks, by the moves that the history has read; read anew if it left some out."""
    moves: list[StageMove] | None = history.moves
    return clock_of(innovation, moves if len(history.moves) < HISTORY_SHOWN else None)
