"""Ideas that were merged, as hub staff read them: what went into one, with its thread, and where it goes on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from accounts.viewers import Viewer
from portfolio.enums import DecisionKind, State
from portfolio.models import Decision, FollowUp, Innovation
from portfolio.queries.merges import DEEPEST
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


def read_family(viewer: Viewer, innovation: Innovation) -> list[Innovation]:
    """Every idea that was merged into one, as :func:`merges.merged_into_this` has them, each with ``seen``:
    whether the viewer may read it, and ``merge_ref``: the decision. One query, and one for each further level.
    """
    seen = Innovation.objects.visible_to(viewer).filter(pk=OuterRef("pk"))
    deeper = Innovation.objects.filter(merged_into=OuterRef("pk"))
    merges = Decision.objects.filter(
        innovation=OuterRef("pk"), kind=DecisionKind.MERGE, reversed_by=None
    )
    rows = (
        Innovation.objects.filter(state=State.MERGED)
        .select_related("site", "submission__submitter")
        .annotate(
            seen=Exists(seen),
            goes_deeper=Exists(deeper),
            merge_ref=Subquery(merges.order_by("-number").values("ref")[:1]),
        )
        .order_by("state_since", "pk")
    )
    found: list[Innovation] = []
    level = [innovation.pk]
    for _ in range(DEEPEST):
        here = list(rows.filter(merged_into__in=level))
        found += here
        level = [row.pk for row in here if vars(row)["goes_deeper"]]
        if not level:
            break
    return found


def seen_of(rows: Iterable[Innovation]) -> list[Innovation]:
    """Of :func:`read_family` those that the viewer may read."""
    return [row for row in rows if vars(row)["seen"]]


def family_of(
    viewer: Viewer,
    innovation: Innovation,
    rows: list[Innovation],
    threads: dict[int, list[dict[str, Any]]],
) -> Family:
    """What was merged into an idea and what it went into; one query for one that is merged itself.

    :param rows: from :func:`read_family`
    :param threads: idea → its messages as a page shows them, oldest first
    """
    goes_on = None
    if innovation.merged_into_id:
        goes_on = (
            Innovation.objects.visible_to(viewer)
            .select_related("site")
            .filter(pk=innovation.merged_into_id)
            .first()
        )
    shown = seen_of(rows)
    return Family(
        merged=[
            MergedIdea(row, threads.get(row.pk, []), vars(row)["merge_ref"] or "") for row in shown
        ],
        hidden=len(rows) - len(shown),
        people=people_who_had(innovation, rows),
        goes_on=goes_on,
    )


def follow_ups_of(innovation: Innovation) -> list[FollowUp]:
    """What was heard of its signposts, newest first; one query."""
    return list(FollowUp.objects.filter(innovation=innovation).order_by("-at", "-pk"))


def is_left_alone(family: Family) -> bool:
    """Whether a merged idea has nobody who looks at it any more: what it went into was withdrawn."""
    return bool(family.goes_on and family.goes_on.state == State.WITHDRAWN)
