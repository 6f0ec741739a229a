"""Who declared an interest in what."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.viewers import Viewer
from portfolio.models import Innovation, Interest


def interests_standing(innovation: Innovation) -> list[Interest]:
    """The interests that stand in one idea, oldest first: each person's latest row, unless withdrawn."""
    latest: dict[int, Interest] = {}
    rows = Interest.objects.filter(innovation=innovation).select_related("user__person")
    for row in rows.order_by("number"):
        latest[row.user_id] = row
    return [row for row in latest.values() if not row.is_withdrawn]


def has_interest(user_id: int | None, innovation: Innovation) -> bool:
    """Whether this person declared an interest in the idea, and it stands."""
    if user_id is None:
        return False
    last = Interest.objects.filter(innovation=innovation, user_id=user_id).order_by("number").last()
    return last is not None and not last.is_withdrawn


def with_interest_of(user_id: int, innovations: Iterable[int]) -> set[int]:
    """Of these innovations, by id, those in which the person's interest stands. One query."""
    standing: dict[int, bool] = {}
    rows = Interest.objects.filter(user_id=user_id, innovation_id__in=list(innovations))
    for innovation_id, withdrawn in rows.order_by("number").values_list(
        "innovation_id", "is_withdrawn"
    ):
        standing[innovation_id] = not withdrawn
    return {pk for pk, stands in standing.items() if stands}


def interest_history(innovation: Innovation) -> list[Interest]:
    """Everything that was declared and withdrawn about one idea, newest first."""
    rows = Interest.objects.filter(innovation=innovation).select_related("user__person")
    return list(rows.order_by("-number"))


def interests_for(viewer: Viewer) -> QuerySet[Interest]:
    """For the API: what was declared and withdrawn about innovations that the viewer may see."""
    rows = Interest.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
    return rows.select_related("site", "user", "innovation")
