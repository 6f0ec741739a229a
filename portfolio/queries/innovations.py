"""One innovation: what it says, what was thought of it, what happened to it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import (
    Count,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.utils import timezone

from accounts.models import Site, User
from accounts.queries import actor_names
from accounts.viewers import Viewer
from hubapp.actors import ActorKind
from hubapp.events.models import Event
from hubapp.hooks import Reference
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date, working_days_between
from portfolio.enums import (
    AnswerValue,
    DecisionKind,
    Direction,
    InnovationType,
    MoveReason,
    RedactionReason,
    State,
)
from portfolio.models import (
    Answer,
    Assessment,
    Checklist,
    ChecklistItem,
    Decision,
    DecisionReason,
    Innovation,
    Message,
    StageMove,
)
from portfolio.queries.texts import texts_beside

# The longest history that a page shows; the rest is in the export and the API.
HISTORY_SHOWN = 200
# Events that no row of history tells of.
TOLD_BY_EVENTS = ("innovation.assigned", "innovation.corrected", "innovation.redacted")


def innovation_for(viewer: Viewer, site: Site, ref: str) -> Innovation | None:
    """One innovation of a site by its reference, if the viewer may read it."""
    return (
        Innovation.objects.visible_to(viewer)
        .at(site)
        .filter(ref=normalise_ref(ref))
        .select_related("submission__submitter", "assignee__person", "site")
        .first()
    )


def decision_of(innovation: Innovation, ref: str) -> Decision | None:
    """One decision on an innovation that the viewer was let in to."""
    return innovation.decisions.filter(ref=normalise_ref(ref)).first()


def innovation_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → name and address, of those the viewer may read; one query."""
    rows = Innovation.objects.visible_to(viewer).filter(ref__in=list(refs)).select_related("site")
    return {row.ref: Reference(row.title, row.get_absolute_url()) for row in rows}


def all_texts_of(innovation: Innovation) -> list[str]:
    """Every text about an innovation that somebody may have put details into, as sent and as kept."""
    rows = [innovation, *([innovation.submission] if innovation.submission else [])]
    texts = [
        getattr(row, name) for row in rows for name in ("title", "problem", "for_whom", "idea")
    ]
    texts += texts_beside([innovation])
    return texts


# -- checklists ------------------------------------------------------------------
def current_checklist() -> Checklist | None:
    """The checklist in use today, with its questions; None if none was published."""
    today = london_date(timezone.now())
    return (
        Checklist.objects.filter(valid_from__lte=today)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today))
        .prefetch_related("items")
        .order_by("key", "-version")
        .first()
    )


def own_assessment(innovation: Innovation, checklist: Checklist, user: User) -> Assessment | None:
    """What this person answered so far, finished or not."""
    return (
        Assessment.objects.filter(innovation=innovation, checklist=checklist, assessor=user)
        .prefetch_related("answers__item")
        .first()
    )


@dataclass(frozen=True, slots=True)
class RollUp:
    """Answers counted: what is not answered is none of the others."""

    counts: dict[str, int]
    unanswered: int

    @property
    def words(self) -> str:
        """ "5 yes, 1 partly, 2 no, 0 don't know, 0 not answered"."""
        said = [f"{self.counts[value]} {label.lower()}" for value, label in AnswerValue.choices]
        return ", ".join([*said, f"{self.unanswered} not answered"])


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, and the answer if there is one."""

    item: Any
    value: str = ""
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One assessor's answers as a page shows them; ``rows`` is empty where only the roll-up is."""

    assessment: Assessment
    by: str
    is_own: bool
    rows: list[Answered]
    roll_up: RollUp


def assessments_of(innovation: Innovation, user_id: int | None) -> list[AssessmentView]:
    """Everybody's finished answers, and one's own unfinished ones, newest first."""
    answers = Answer.objects.select_related("item")
    rows = list(_readable(innovation, user_id).prefetch_related(Prefetch("answers", answers)))
    # Who has finished has answered every question, and the answers bring them along.
    prefetch_related_objects([row.checklist for row in rows if not row.done_at], "items")
    return [_shown(row, user_id) for row in rows]


def roll_ups_of(innovation: Innovation, user_id: int | None) -> list[AssessmentView]:
    """The same without the single answers; one query."""
    items = ChecklistItem.objects.filter(checklist=OuterRef("checklist")).order_by()
    rows = _readable(innovation, user_id).annotate(
        asked=Subquery(items.values("checklist").annotate(n=Count("pk")).values("n")),
        **{
            f"said_{value}": Count("answers", filter=Q(answers__value=value))
            for value in AnswerValue.values
        },
    )
    views = []
    for row in rows:
        counts = {value: getattr(row, f"said_{value}") for value in AnswerValue.values}
        roll_up = RollUp(counts, (vars(row)["asked"] or 0) - sum(counts.values()))
        own = row.assessor_id == user_id
        views.append(AssessmentView(row, str(row.assessor), own, [], roll_up))
    return views


def _readable(innovation: Innovation, user_id: int | None) -> QuerySet[Assessment]:
    return (
        Assessment.objects.filter(innovation=innovation)
        .filter(Q(done_at__isnull=False) | Q(assessor_id=user_id))
        .select_related("checklist", "assessor__person")
        .order_by("-updated_at", "-pk")
    )


def _shown(assessment: Assessment, user_id: int | None) -> AssessmentView:
    answers = {answer.item_id: answer for answer in assessment.answers.all()}
    if assessment.done_at:
        items = sorted((each.item for each in answers.values()), key=attrgetter("position"))
    else:
        items = list(assessment.checklist.items.all())
    counts = Counter(answer.value for answer in answers.values())
    return AssessmentView(
        assessment=assessment,
        by=str(assessment.assessor),
        is_own=assessment.assessor_id == user_id,
        rows=[
            Answered(
                item,
                answers[item.pk].value,
                answers[item.pk].get_value_display(),
                answers[item.pk].note,
            )
            if item.pk in answers
            else Answered(item)
            for item in items
        ],
        roll_up=RollUp(
            {value: counts.get(value, 0) for value in AnswerValue.values}, len(items) - len(answers)
        ),
    )


# -- deciding ------------------------------------------------------------------------
def reasons_for(site: Site, kind: str) -> list[DecisionReason]:
    """The reasons a site offers for one kind of decision, in its order."""
    return list(
        DecisionReason.objects.filter(site=site, kind=kind, is_active=True).order_by(
            "position", "pk"
        )
    )


def all_reasons(site: Site) -> list[DecisionReason]:
    """Every reason of a site, those no longer offered too."""
    return list(
        DecisionReason.objects.filter(site=site).order_by("kind", "-is_active", "position", "pk")
    )


def reason_at(site: Site, ref: str) -> DecisionReason | None:
    """One reason of a site by its reference."""
    return DecisionReason.objects.filter(site=site, ref=normalise_ref(ref)).first()


# -- history -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, for the timeline."""

    title: str
    at: dt.datetime
    by: str
    text: str = ""
    # Among entries of the same instant, what follows comes later.
    order: int = 0


@dataclass(slots=True)
class History:
    """What happened to one innovation, newest first, and what of it can be undone."""

    entries: list[Entry] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    # Decisions that stand and those that were undone, newest first.
    decisions: list[dict[str, Any]] = field(default_factory=list)
    # The decision whose mail is held and which nothing followed.
    held: Decision | None = None
    redacted: int = 0


MOVE_WORDS = {
    MoveReason.RECEIVED: "Received",
    MoveReason.IMPORTED: "Imported",
    MoveReason.REPLY: "The submitter answered; the clock runs again",
    MoveReason.RESUMED: "Taken up again; the clock runs",
    MoveReason.WITHDRAWN: "Withdrawn by the submitter",
}
DECISION_WORDS = {
    DecisionKind.SCOPING: "Taken forward to scoping",
    DecisionKind.ASK: "More was asked for",
    DecisionKind.DECLINE: "Declined",
}


def history_of(innovation: Innovation, *, now: dt.datetime | None = None) -> History:
    """Everything that happened, from moves, decisions, messages, redactions and assignments: five queries."""
    now = now or timezone.now()
    moves = list(
        StageMove.objects.filter(innovation=innovation)
        .select_related("decision__reverses")
        .order_by("-number")[:HISTORY_SHOWN]
    )
    messages = list(
        Message.objects.filter(innovation=innovation).order_by("-at", "-pk")[:HISTORY_SHOWN]
    )
    told = list(
        Event.objects.filter(subject_ref=innovation.ref, verb__in=TOLD_BY_EVENTS).order_by("-pk")[
            :HISTORY_SHOWN
        ]
    )
    actors = {(row.actor_kind, row.actor_ref) for row in [*moves, *messages, *told]}
    holders = {
        (ActorKind.USER.value, ref)
        for event in told
        for ref in event.changes.get("assignee", [])
        if ref
    }
    names = actor_names(actors | holders)

    def who(row) -> str:
        return names.get((row.actor_kind, row.actor_ref), "Someone")

    history = History()
    undone = {
        move.decision.reverses_id
        for move in moves
        if move.reason == MoveReason.UNDO and move.decision
    }
    for move in moves:
        decision = move.decision
        if decision is None:
            history.entries.append(
                Entry(MOVE_WORDS[MoveReason(move.reason)], move.at, who(move), order=1)
            )
        elif decision.reverses is not None:
            reversed_kind = DecisionKind(decision.reverses.kind)
            title = f"Undone before the answer left: {DECISION_WORDS[reversed_kind].lower()}"
            history.entries.append(Entry(title, move.at, who(move), order=2))
        else:
            words = DECISION_WORDS[DecisionKind(decision.kind)]
            history.entries.append(
                Entry(f"{words}: {decision.reason_label}", move.at, who(move), order=2)
            )
            history.decisions.append(
                {
                    "decision": decision,
                    "words": words,
                    "by": who(move),
                    "undone": decision.pk in undone,
                }
            )
    history.held = _held(moves[:1], now)
    for message in messages:
        sent = message.direction == Direction.TO_SUBMITTER
        title = "Message to the submitter" if sent else "Message from the submitter"
        history.entries.append(Entry(title, message.at, who(message)))
        history.messages.append({"message": message, "by": who(message), "sent": sent})
    for event in told:
        history.entries.append(Entry(_event_words(event, names), event.at, who(event), order=1))
        history.redacted += event.verb == "innovation.redacted"
    history.entries.sort(key=lambda entry: (entry.at, entry.order), reverse=True)
    return history


def latest_of(innovation: Innovation, *, messages: int, now: dt.datetime | None = None) -> History:
    """Of the history the latest messages and the decision that is held, no more: at most three queries."""
    history = History()
    now = now or timezone.now()
    # What waits was not decided since; a day beside the hold allows for its setting to change.
    hold = dt.timedelta(days=1, minutes=settings.DECISION_HOLD_MINUTES)
    if innovation.state != State.WAITING and now < innovation.state_since + hold:
        moves = StageMove.objects.filter(innovation=innovation).select_related("decision")
        history.held = _held(moves.order_by("-number")[:1], now)
    found = list(Message.objects.filter(innovation=innovation).order_by("-at", "-pk")[:messages])
    names = actor_names((row.actor_kind, row.actor_ref) for row in found)
    history.messages = [
        {
            "message": message,
            "by": names.get((message.actor_kind, message.actor_ref), "Someone"),
            "sent": message.direction == Direction.TO_SUBMITTER,
        }
        for message in found
    ]
    return history


def _held(last_move: Iterable[StageMove], now: dt.datetime) -> Decision | None:
    """The decision of the last move, if its mail is held."""
    for move in last_move:
        decision = move.decision
        if move.reason == MoveReason.DECISION and decision and decision.release_at:
            return decision if now < decision.release_at else None
    return None


def _event_words(event: Event, names: dict[tuple[str, str], str]) -> str:
    changes = event.changes
    if event.verb == "innovation.assigned":
        to = changes["assignee"][1]
        return f"Assigned to {names[ActorKind.USER.value, to]}" if to else "Assigned to nobody"
    if event.verb == "innovation.redacted":
        places = changes["places"]
        reason = RedactionReason(changes["reason"]).label.lower()
        return f"{places} place{'' if places == 1 else 's'} blacked out: {reason}"
    said = []
    if "title" in changes:
        said.append("title corrected")
    if "innovation_type" in changes:
        after = changes["innovation_type"][1]
        said.append(
            f"type set to {InnovationType(after).label.lower()}" if after else "type taken away"
        )
    return ", ".join(said).capitalize()


def clock_in_words(innovation: Innovation, today: dt.date | None = None) -> str:
    """What the clock says, as a sentence."""
    today = today or london_date(timezone.now())
    if innovation.clock_started_on is None:
        return "No clock runs: it was imported."
    if innovation.state == State.ASKED:
        since = london_date(innovation.state_since)
        days = working_days_between(since, today)
        return f"Stopped since {_day(since)} ({_days(days)}) while we wait for the submitter."
    if innovation.due_on:
        left = working_days_between(today, innovation.due_on)
        if innovation.due_on < today:
            late = working_days_between(innovation.due_on, today)
            return f"Was due on {_day(innovation.due_on)}" + (
                f", {_days(late)} ago." if late else "."
            )
        if not left:
            return f"Due today, {_day(innovation.due_on)}."
        return f"Due on {_day(innovation.due_on)}, {_days(left)} left."
    if (
        innovation.decision_days is not None
        and innovation.clock_due_on
        and innovation.clock_ended_on
    ):
        punctual = "on time" if innovation.clock_ended_on <= innovation.clock_due_on else "late"
        return f"Decided after {_days(innovation.decision_days)}, {punctual}."
    return "Stopped: it was withdrawn before a decision."


def _day(on: dt.date) -> str:
    return f"{on.day} {on:%B %Y}"


def _days(count: int) -> str:
    return f"{count:,} working day{'' if count == 1 else 's'}"
