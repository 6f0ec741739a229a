"""Ideas that were merged, as hub staff read them: what went into one, with its thread, and where it goes on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.queries import actor_names
from accounts.viewers import Viewer
from portfolio.enums import DecisionKind, Direction, State
from portfolio.models import Decision, FollowUp, Innovation, Message
from portfolio.queries.merges import merged_into_this
from portfolio.queries.tracking import people_who_had


@dataclass(frozen=True, slots=True)
class MergedIdea:
    """One idea that was merged into another: itself, its thread, oldest first, and the merge."""

    innovation: Innovation
    messages: list[dict[str, Any]] = field(default_factory=list)
    decision_ref: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """What was merged into an idea, as one viewer may read it."""

    merged: list[MergedIdea] = field(default_factory=list)
    # Merged too, but not for this viewer.
    hidden: int = 0
    # How many people had the idea.
    people: int = 1
    # Where this one goes on, if it is merged itself and the viewer may read that.
    goes_on: Innovation | None = None


def family_of(viewer: Viewer, innovation: Innovation) -> Family:
    """What was merged into an idea and what it went into; one query for most, which have neither."""
    rows = merged_into_this(innovation)
    goes_on = None
    if innovation.merged_into_id:
        goes_on = (
            Innovation.objects.visible_to(viewer)
            .select_related("site")
            .filter(pk=innovation.merged_into_id)
            .first()
        )
    if not rows:
        return Family(goes_on=goes_on)
    ids = [row.pk for row in rows]
    seen = set(
        Innovation.objects.visible_to(viewer).filter(pk__in=ids).values_list("pk", flat=True)
    )
    shown = [row for row in rows if row.pk in seen]
    threads = _threads(shown)
    merges = dict(
        Decision.objects.filter(
            innovation__in=shown, kind=DecisionKind.MERGE, reversed_by=None
        ).values_list("innovation_id", "ref")
    )
    return Family(
        merged=[MergedIdea(row, threads.get(row.pk, []), merges.get(row.pk, "")) for row in shown],
        hidden=len(rows) - len(shown),
        people=people_who_had(innovation, rows),
        goes_on=goes_on,
    )


def _threads(innovations: Iterable[Innovation]) -> dict[int, list[dict[str, Any]]]:
    """Innovation → its messages as a page shows them."""
    rows = Message.objects.filter(innovation__in=innovations).prefetch_related("attachments")
    messages = list(rows.order_by("at", "pk"))
    names = actor_names((row.actor_kind, row.actor_ref) for row in messages)
    threads: dict[int, list[dict[str, Any]]] = {}
    for row in messages:
        threads.setdefault(row.innovation_id, []).append(
            {
                "message": row,
                "by": names.get((row.actor_kind, row.actor_ref), "Someone"),
                "sent": row.direction == Direction.TO_SUBMITTER,
            }
        )
    return threads


def follow_ups_of(innovation: Innovation) -> list[dict[str, Any]]:
    """What was heard of its signposts, newest first: {row, by}."""
    rows = list(FollowUp.objects.filter(innovation=innovation).order_by("-at", "-pk"))
    names = actor_names((row.actor_kind, row.actor_ref) for row in rows)
    return [
        {"row": row, "by": names.get((row.actor_kind, row.actor_ref), "Someone")} for row in rows
    ]


def is_left_alone(family: Family) -> bool:
    """Whether a merged idea has nobody who looks at it any more: what it went into was withdrawn."""
    return bool(family.goes_on and family.goes_on.state == State.WITHDRAWN)
