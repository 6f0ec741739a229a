"""The ideas of "my work": every list of them read together, in two statements."""

import datetime as dt
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from hubapp.db.compiled import compiled
from hubapp.workdays import london_date
from portfolio.enums import IN_TRIAGE, State
from portfolio.models import Innovation
from portfolio.models.innovation import WhereRead, where_read
from portfolio.queries import asks
from portfolio.queries.triage import TEXT

# How many of each list are shown; the rest of some is behind a link.
SHOWN = 10
# A message of longer ago that nobody answered is not on the list any more; it stays in the idea's row.
RECENT = dt.timedelta(days=90)
# Lists of what waits at a desk, and of what is decided and still wants somebody.
MINE, LATE, SILENT, NOBODYS = "mine", "late", "silent", "nobodys"
WRITTEN, TO_FOLLOW_UP, LEFT_BEHIND = "written", "to follow up", "left behind"
# Which column tells what comes first.
ORDERS = {
    MINE: "queued_at",
    LATE: "due_on",
    SILENT: "acknowledge_by",
    NOBODYS: "queued_at",
    WRITTEN: "updated_at",
    TO_FOLLOW_UP: "follow_up_on",
    LEFT_BEHIND: "state_since",
}


@dataclass(frozen=True, slots=True)
class IdeaList:
    """Ideas, and the column that tells which come first."""

    rows: QuerySet[Innovation]
    order: str


class Asked(WhereRead):
    """Where somebody reads what, where they are of the desk, today, and how long ago a message may be."""

    desks: list[int]
    today: dt.date
    since: dt.datetime


def asked_by(user: User) -> Asked:
    """What :func:`lists_for` is asked with, for somebody."""
    viewer, now = user.viewer, timezone.now()
    return {
        **where_read(viewer),
        "desks": viewer.site_ids_with(DESK),
        "today": london_date(now),
        "since": now - RECENT,
    }


def lists_for(
    *,
    desk: list[int],
    readers: list[int],
    assigned_at: list[int],
    user_id: int | None,
    desks: list[int],
    today: dt.date,
    since: dt.datetime,
) -> dict[str, IdeaList]:
    """Every list of ideas that may stand in somebody's "my work", by name; no query. By the values of :class:`Asked`.

    Confidential ideas are the desk's as others are. A message or a signpost is of whoever looks
    after the idea, or of the whole desk where nobody does. Messages on ideas in triage stand in the queue.
    """
    # Whoever holds an idea reads it, wherever ideas can be given to them: said so, the index of who
    # holds what is asked.
    mine = Innovation.objects.listed().in_triage().filter(assignee_id=user_id)
    held = mine.filter(site_id__in=[*desk, *assigned_at])
    lists: dict[str, QuerySet[Innovation]] = {MINE: held}
    if not desks:
        return _in_order(lists)
    every = Innovation.objects.listed().filter(site_id__in=desks)
    here = every.in_triage()
    # Each idea stands in one list: what is late is not named again for what else it lacks.
    late = here.filter(due_on__lt=today).exclude(assignee_id=user_id)
    in_time = here.filter(Q(due_on=None) | Q(due_on__gte=today))
    silent = Q(acknowledged_on=None, acknowledge_by__lte=today)
    to_acknowledge = in_time.filter(silent).exclude(assignee_id=user_id)
    nobodys = in_time.filter(assignee=None).exclude(silent)
    to_see_to = Q(assignee_id=user_id) | Q(assignee=None)
    written = every.filter(to_see_to, has_new_message=True, updated_at__gte=since).exclude(
        state__in=[*IN_TRIAGE, State.WITHDRAWN]
    )
    to_follow_up = every.filter(to_see_to, state=State.SIGNPOSTED, follow_up_on__lte=today)
    left_behind = every.filter(
        state=State.MERGED, merged_into__isnull=False, merged_into__state=State.WITHDRAWN
    )
    return _in_order(
        lists
        | {
            LATE: late,
            SILENT: to_acknowledge,
            NOBODYS: nobodys,
            WRITTEN: written,
            TO_FOLLOW_UP: to_follow_up,
            LEFT_BEHIND: left_behind,
        }
    )


def _in_order(lists: dict[str, QuerySet[Innovation]]) -> dict[str, IdeaList]:
    return {name: IdeaList(rows, ORDERS[name]) for name, rows in lists.items()}


def first_of(user: User, *, loose_ends: bool = False) -> dict[str, list[Innovation]]:
    """The first ideas of each list of :func:`lists_for`, in its order, with their sites; two queries for all.

    Which questions wait is asked with them, for :func:`~.asks.work_of`.

    :param loose_ends: only of what is decided and still wants somebody
    """
    asked = asked_by(user)
    names = [name for name in ORDERS if asked["desks"] or name == MINE]
    if loose_ends and not asked["desks"]:
        return {name: [] for name in names}
    found: dict[str, list[int]] = {name: [] for name in names}
    questions: dict[int, str] = {}
    now, person = timezone.now(), user.person_id
    for name, pk in _firsts(
        **asked, ref=user.ref, person_id=person, now=now, loose_ends=loose_ends
    ):
        if name in found:
            found[name].append(pk)
        else:
            questions[pk] = name
    if not loose_ends:
        vars(user)[asks.GATHERED] = questions
    pks = sorted({pk for each in found.values() for pk in each})
    by_pk = {row.pk: row for row in _with_sites(ids=pks)} if pks else {}
    ordered = {}
    for name, each in found.items():
        columns = attrgetter(ORDERS[name], "pk")
        ordered[name] = sorted((by_pk[pk] for pk in each if pk in by_pk), key=columns)
    return ordered


@compiled
def _firsts(
    *,
    desk: list[int],
    readers: list[int],
    assigned_at: list[int],
    user_id: int | None,
    desks: list[int],
    today: dt.date,
    since: dt.datetime,
    ref: str,
    person_id: int | None,
    now: dt.datetime,
    loose_ends: bool,
) -> QuerySet[Any, tuple[str, int]]:
    """(name of the list, id) of what stands first in each; with questions, but for loose ends alone."""
    lists = lists_for(
        desk=desk,
        readers=readers,
        assigned_at=assigned_at,
        user_id=user_id,
        desks=desks,
        today=today,
        since=since,
    )
    # By a condition, because SQLite knows no limit within a union.
    parts: list[QuerySet[Any, tuple[str, int]]] = [
        Innovation.objects.filter(pk__in=each.rows.order_by(each.order, "pk").values("pk")[:SHOWN])
        .annotate(of=Value(name, TEXT))
        .values_list("of", "pk")
        for name, each in lists.items()
        if not loose_ends or name in (WRITTEN, TO_FOLLOW_UP, LEFT_BEHIND)
    ]
    if not loose_ends:
        parts += asks.work_parts(person_id, user_id, ref, desks, now)
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


@compiled
def _with_sites(*, ids: list[int]) -> QuerySet[Innovation]:
    rows = Innovation.objects.filter(pk__in=ids).select_related("site")
    return rows.defer("problem", "for_whom", "idea", "search_text")
