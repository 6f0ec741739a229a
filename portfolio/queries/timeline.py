"""What happened to one innovation, newest first, and what of it can be taken back.

Other parts of the app add to it: a function registered in :data:`further` gives
entries that no move, decision, message or event here tells of.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.queries import actor_names
from hubapp.actors import ActorKind
from hubapp.db.compiled import compiled
from hubapp.events.models import Event
from hubapp.hooks import Registry
from portfolio.enums import (
    DecisionKind,
    Direction,
    Exemption,
    FollowUpOutcome,
    InnovationType,
    MoveReason,
    RedactionReason,
    State,
    StopReason,
)
from portfolio.models import Attachment, Decision, Innovation, Message, StageMove
from portfolio.queries.clocks import party_words

# The longest history that a page shows; the rest is in the export and the API.
HISTORY_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, for the timeline."""

    title: str
    at: dt.datetime
    by: str
    text: str = ""
    # Among entries of the same instant, what follows comes later.
    order: int = 0
    href: str = ""


@dataclass(slots=True)
class History:
    """What happened to one innovation, newest first, and what of it can be undone."""

    entries: list[Entry] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    # Decisions that stand and those that were undone, newest first.
    decisions: list[dict[str, Any]] = field(default_factory=list)
    # The decision whose mail is held and which nothing followed.
    held: Decision | None = None
    # The merge that can still be taken back though its mail has left.
    separable: Decision | None = None
    redacted: int = 0
    # In order, oldest first; all of them unless there are more than a page shows.
    moves: list[StageMove] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HistoryRows:
    """What a history is made of, newest first."""

    moves: list[StageMove]
    messages: list[Message]
    told: list[Event]
    # Message → its files.
    files: dict[int, list[Attachment]]

    @property
    def actors(self) -> set[tuple[str, str]]:
        """Who did all this, and whom the idea was assigned to: those whose names are needed."""
        rows: list[Any] = [*self.moves, *self.messages, *self.told]
        actors = {(row.actor_kind, row.actor_ref) for row in rows}
        holders = {
            (ActorKind.USER.value, ref)
            for event in self.told
            for ref in event.changes.get("assignee", [])
            if ref
        }
        return actors | holders


# (innovation) -> entries of the app's other parts, such as what somebody who was asked said.
# Registered by the wiring; each at most one query.
further: Registry[Callable[[Innovation], Iterable[Entry]]] = Registry()

MOVE_WORDS = {
    MoveReason.RECEIVED: "Received",
    MoveReason.IMPORTED: "Imported",
    MoveReason.REPLY: "The submitter answered; the clock runs again",
    MoveReason.ANSWER: "An answer came in; the clock runs again",
    MoveReason.RESUMED: "Taken up again; the clock runs",
    MoveReason.REENTRY: "Back from being parked; the clock runs anew",
    MoveReason.WITHDRAWN: "Withdrawn by the submitter",
    MoveReason.TAKEN_OUT: "Taken out again: the import was undone",
}
DECISION_WORDS = {
    DecisionKind.SCOPING: "Taken forward to scoping",
    DecisionKind.ASK: "More was asked for",
    DecisionKind.SIGNPOST: "Signposted",
    DecisionKind.PARK: "Parked",
    DecisionKind.MERGE: "Merged with another idea",
    DecisionKind.DECLINE: "Declined",
}
Names = dict[tuple[str, str], str]


def moves_of(innovation: Innovation) -> list[StageMove]:
    """The moves of an idea with their decisions, newest first; one query."""
    return _moves(innovation_id=innovation.pk)


@compiled
def _moves(*, innovation_id: int) -> QuerySet[StageMove]:
    return (
        StageMove.objects.filter(innovation=innovation_id)
        .select_related("decision__reverses", "decision__organisation", "decision__contact")
        .order_by("-number")[:HISTORY_SHOWN]
    )


def told_of(innovation: Innovation) -> list[Event]:
    """The events of an idea that say what no row tells, newest first; one query."""
    return _told(ref=innovation.ref)


@compiled
def _told(*, ref: str) -> QuerySet[Event]:
    rows = Event.objects.filter(subject_ref=ref, verb__in=EVENT_WORDS)
    return rows.order_by("-pk")[:HISTORY_SHOWN]


def files_by_message(files: Iterable[Attachment]) -> dict[int, list[Attachment]]:
    """Message → its files, in their order."""
    found: dict[int, list[Attachment]] = {}
    for file in files:
        if file.message_id:
            found.setdefault(file.message_id, []).append(file)
    return found


def _rows_of(innovation: Innovation) -> HistoryRows:
    messages = Message.objects.filter(innovation=innovation).prefetch_related("attachments")
    read = list(messages.order_by("-at", "-pk")[:HISTORY_SHOWN])
    files = {row.pk: list(row.attachments.all()) for row in read}
    return HistoryRows(moves_of(innovation), read, told_of(innovation), files)


def history_of(
    innovation: Innovation,
    *,
    now: dt.datetime | None = None,
    rows: HistoryRows | None = None,
    names: Names | None = None,
) -> History:
    """Everything that happened, from moves, decisions, messages and events, and from :data:`further`.

    :param rows: what it is made of, if that is read already; else four queries more
    :param names: those of everybody in ``rows``, if they are known; else one query more
    """
    now = now or timezone.now()
    rows = rows or _rows_of(innovation)
    names = actor_names(rows.actors) if names is None else names
    moves = rows.moves
    history = History(moves=moves[::-1])
    _add_moves(history, moves, names)
    _add_messages(history, rows.messages, names, rows.files)
    for event in rows.told:
        title = EVENT_WORDS[event.verb](event, names)
        if title:
            by = names.get((event.actor_kind, event.actor_ref), "Someone")
            history.entries.append(Entry(title, event.at, by, order=1))
        history.redacted += event.verb == "innovation.redacted"
    for more in further:
        history.entries += more(innovation)
    history.held = _held(moves[:1], now)
    history.separable = None if history.held else _merge_that_stands(innovation, moves[:1])
    history.entries.sort(key=lambda entry: (entry.at, entry.order), reverse=True)
    return history


def latest_of(
    innovation: Innovation,
    *,
    messages: int,
    moves: list[StageMove] | None = None,
    with_files: bool = True,
    now: dt.datetime | None = None,
) -> History:
    """Of the history the latest messages and the decision that is held, no more: at most four queries.

    :param messages: how many; 0 reads none
    :param moves: as of :func:`moves_of`, if they are read already
    :param with_files: whether any message may have some
    """
    history = History()
    now = now or timezone.now()
    # What waits was not decided since; a day beside the hold allows for its setting to change.
    hold = dt.timedelta(days=1, minutes=settings.DECISION_HOLD_MINUTES)
    if innovation.state != State.WAITING and now < innovation.state_since + hold:
        if moves is None:
            found_moves = StageMove.objects.filter(innovation=innovation).select_related("decision")
            moves = list(found_moves.order_by("-number")[:1])
        history.held = _held(moves[:1], now)
    if not messages:
        return history
    rows = Message.objects.filter(innovation=innovation)
    rows = rows.prefetch_related("attachments") if with_files else rows
    found = list(rows.order_by("-at", "-pk")[:messages])
    files = {row.pk: list(row.attachments.all()) for row in found} if with_files else {}
    names = actor_names((row.actor_kind, row.actor_ref) for row in found)
    _add_messages(history, found, names, files)
    return history


def _add_moves(history: History, moves: list[StageMove], names: Names) -> None:
    undone = {
        move.decision.reverses_id
        for move in moves
        if move.reason == MoveReason.UNDO and move.decision
    }
    for move in moves:
        decision, by = move.decision, names.get((move.actor_kind, move.actor_ref), "Someone")
        if decision is None:
            history.entries.append(Entry(_move_words(move), move.at, by, order=1))
        elif decision.reverses is not None:
            reverses = decision.reverses
            late = reverses.release_at is not None and reverses.release_at <= move.at
            kind = DecisionKind(reverses.kind)
            words = (
                "Separated again"
                if late
                else f"Undone before the answer left: {DECISION_WORDS[kind].lower()}"
            )
            history.entries.append(Entry(words, move.at, by, order=2))
        else:
            words = DECISION_WORDS[DecisionKind(decision.kind)]
            title = f"{words}: {decision.reason_label}"
            history.entries.append(Entry(title, move.at, by, order=2))
            history.decisions.append(
                {
                    "decision": decision,
                    "words": words,
                    "by": by,
                    "undone": decision.pk in undone,
                    "separated": decision.kind == DecisionKind.MERGE,
                }
            )


def _move_words(move: StageMove) -> str:
    if move.reason == MoveReason.HOLD:
        why = StopReason(move.stop_reason).label.lower() if move.stop_reason else ""
        who = party_words(move.waits_on, move.function)
        return f"The clock was stopped: waiting for {who}{f' ({why})' if why else ''}"
    return MOVE_WORDS[MoveReason(move.reason)]


def message_shown(
    message: Message, names: Names, files: dict[int, list[Attachment]]
) -> dict[str, Any]:
    """One message as pages show it: {message, by, sent, files}."""
    return {
        "message": message,
        "by": names.get((message.actor_kind, message.actor_ref), "Someone"),
        "sent": message.direction == Direction.TO_SUBMITTER,
        "files": files.get(message.pk, []),
    }


def _add_messages(
    history: History, messages: list[Message], names: Names, files: dict[int, list[Attachment]]
) -> None:
    for message in messages:
        shown = message_shown(message, names, files)
        title = "Message to the submitter" if shown["sent"] else "Message from the submitter"
        history.entries.append(Entry(title, message.at, shown["by"]))
        history.messages.append(shown)


def _held(last_move: Iterable[StageMove], now: dt.datetime) -> Decision | None:
    """The decision of the last move, if its mail is held."""
    for move in last_move:
        decision = move.decision
        if move.reason == MoveReason.DECISION and decision and decision.release_at:
            return decision if now < decision.release_at else None
    return None


def _merge_that_stands(innovation: Innovation, last_move: Iterable[StageMove]) -> Decision | None:
    """The merge of the last move, which can be taken back at any time."""
    if innovation.state != State.MERGED:
        return None
    for move in last_move:
        if move.reason == MoveReason.DECISION and move.decision:
            return move.decision
    return None


# -- what events say that no row tells -------------------------------------------


def _assigned(event: Event, names: Names) -> str:
    to = event.changes["assignee"][1]
    return f"Assigned to {names[ActorKind.USER.value, to]}" if to else "Assigned to nobody"


def _redacted(event: Event, names: Names) -> str:
    places = event.changes["places"]
    reason = RedactionReason(event.changes["reason"]).label.lower()
    return f"{places} place{'' if places == 1 else 's'} blacked out: {reason}"


def _corrected(event: Event, names: Names) -> str:
    changes, said = event.changes, []
    if "title" in changes:
        said.append("title corrected")
    if "innovation_type" in changes:
        after = changes["innovation_type"][1]
        said.append(
            f"type set to {InnovationType(after).label.lower()}" if after else "type taken away"
        )
    return ", ".join(said).capitalize()


def _exempted(event: Event, names: Names) -> str:
    after = event.changes["exemption"][1]
    return f"Does not count against the clock: {Exemption(after).label.lower()}"


def _followed_up(event: Event, names: Names) -> str:
    return f"Followed up: {FollowUpOutcome(event.changes['outcome']).label.lower()}"


def _classified(event: Event, names: Names) -> str:
    said = ", ".join(name.replace("_", " ") for name in event.changes)
    return f"Classified: {said}" if said else "Classified"


# Verb → (event, names) → words; "" for nothing to say.
EVENT_WORDS: dict[str, Callable[[Event, Names], str]] = {
    "innovation.assigned": _assigned,
    "innovation.corrected": _corrected,
    "innovation.redacted": _redacted,
    "innovation.classified": _classified,
    "innovation.exempted": _exempted,
    "innovation.exemption_lifted": lambda event, names: "Counts against the clock again",
    "innovation.followed_up": _followed_up,
    "innovation.took_in": lambda event, names: "Another idea was merged into this one",
    "innovation.gave_back": lambda event, names: "An idea that was merged into it was separated",
    "interest.declared": lambda event, names: "An interest was declared",
    "interest.withdrawn": lambda event, names: "A declared interest was withdrawn",
}
