"""The ideas of "my work": every list of them read together, in two statements."""

import datetime as dt
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from hubapp.workdays import london_date
from portfolio.enums import IN_TRIAGE, State
from portfolio.models import Innovation
from portfolio.queries.triage import TEXT, visible_at

# How many of each list are shown; the rest of some is behind a link.
SHOWN = 10
# A message of longer ago that nobody answered is not on the list any more; it stays in the idea's row.
RECENT = dt.timedelta(days=90)
# Lists of what waits at a desk, and of what is decided and still wants somebody.
MINE, LATE, SILENT, NOBODYS = "mine", "late", "silent", "nobodys"
WRITTEN, TO_FOLLOW_UP, LEFT_BEHIND = "written", "to follow up", "left behind"


@dataclass(frozen=True, slots=True)
class IdeaList:
    """Ideas, and the column that tells which come first."""

    rows: QuerySet[Innovation]
    order: str


def idea_lists(user: User) -> dict[str, IdeaList]:
    """Every list of ideas that may stand in somebody's "my work", by name; no query.

    Confidential ideas are the desk's as others are. A message or a signpost is of whoever looks
    after the idea, or of the whole desk where nobody does. Messages on ideas in triage stand in the queue.
    """
    viewer, today = user.viewer, london_date(timezone.now())
    waiting = Innovation.objects.visible_to(viewer).in_triage()
    lists = {MINE: IdeaList(waiting.filter(assignee_id=viewer.user_id), "queued_at")}
    desks = viewer.site_ids_with(DESK)
    if not desks:
        return lists
    every = visible_at(viewer, desks)
    here = every.in_triage()
    # Each idea stands in one list: what is late is not named again for what else it lacks.
    late = here.filter(due_on__lt=today).exclude(assignee_id=viewer.user_id)
    in_time = here.filter(Q(due_on=None) | Q(due_on__gte=today))
    silent = Q(acknowledged_on=None, acknowledge_by__lte=today)
    to_acknowledge = in_time.filter(silent).exclude(assignee_id=viewer.user_id)
    nobodys = in_time.filter(assignee=None).exclude(silent)
    mine = Q(assignee_id=user.pk) | Q(assignee=None)
    written = every.filter(
        mine, has_new_message=True, updated_at__gte=timezone.now() - RECENT
    ).exclude(state__in=[*IN_TRIAGE, State.WITHDRAWN])
    to_follow_up = every.filter(mine, state=State.SIGNPOSTED, follow_up_on__lte=today)
    left_behind = every.filter(
        state=State.MERGED, merged_into__isnull=False, merged_into__state=State.WITHDRAWN
    )
    return lists | {
        LATE: IdeaList(late, "due_on"),
        SILENT: IdeaList(to_acknowledge, "acknowledge_by"),
        NOBODYS: IdeaList(nobodys, "queued_at"),
        WRITTEN: IdeaList(written, "updated_at"),
        TO_FOLLOW_UP: IdeaList(to_follow_up, "follow_up_on"),
        LEFT_BEHIND: IdeaList(left_behind, "state_since"),
    }


def first_of(lists: dict[str, IdeaList]) -> dict[str, list[Innovation]]:
    """The first ideas of each list, in its order, with their sites; two queries for all."""
    # By a condition, because SQLite knows no limit within a union.
    parts = [
        Innovation.objects.filter(pk__in=each.rows.order_by(each.order, "pk").values("pk")[:SHOWN])
        .annotate(of=Value(name, TEXT))
        .values_list("of", "pk")
        for name, each in lists.items()
    ]
    found: dict[str, list[int]] = {name: [] for name in lists}
    every = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    for name, pk in every:
        found[name].append(pk)
    pks = {pk for each in found.values() for pk in each}
    rows = (
        Innovation.objects.filter(pk__in=pks)
        .select_related("site")
        .defer("problem", "for_whom", "idea", "search_text")
    )
    by_pk = {row.pk: row for row in rows} if pks else {}
    ordered = {}
    for name, each in found.items():
        columns = attrgetter(lists[name].order, "pk")
        ordered[name] = sorted((by_pk[pk] for pk in each if pk in by_pk), key=columns)
    return ordered
