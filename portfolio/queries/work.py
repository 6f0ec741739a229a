"""My work: what waits for one person across sites."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.hooks import WorkItem, WorkList
from hubapp.web.paging import in_words, so_many_of
from hubapp.workdays import london_date
from portfolio.enums import EnquiryState
from portfolio.models import Enquiry, Innovation
from portfolio.queries import work_ideas as ideas
from portfolio.queries.triage import ME, NOBODY, TEXT
from portfolio.words import due_in_words

# How many of each kind are shown; the rest is behind a link.
WORK_SHOWN = ideas.SHOWN
# Who works at more sites than this chooses one first.
SITES_NAMED = 5

MY_ENQUIRIES, NOBODYS_ENQUIRIES = "my enquiries", "nobody's enquiries"
# The lists of ideas that wait for a decision.
_WAITING = (ideas.MINE, ideas.LATE, ideas.SILENT, ideas.NOBODYS)
# Where ideas that were read with these wait for whoever tells of them next.
GATHERED = "_ideas_gathered"

# (site, address) for each.
Places = tuple[tuple[str, str], ...]
# Why an idea is in a list, and whether it is late.
Why = Callable[[Innovation, dt.date], tuple[str, bool]]


def work_of(user: User) -> list[WorkList]:
    """What waits for this person across sites: what they hold, and at their desks what is overdue or nobody's.

    Whatever else "my work" names of ideas is read with it, see :func:`~.loose_ends.loose_ends`.
    """
    viewer, today = user.viewer, london_date(timezone.now())
    if not viewer.sites:
        return []
    desks = viewer.site_ids_with(DESK)
    shown = ideas.first_of(user)
    vars(user)[GATHERED] = shown
    enquiries = _first_enquiries(desks, viewer.user_id) if desks else {}
    # Whoever has as many as are shown may have more: counted together.
    every: dict[str, Sequence[Any]] = {
        **{name: shown.get(name, []) for name in _WAITING},
        **enquiries,
    }
    full = [name for name, rows in every.items() if len(rows) == WORK_SHOWN]
    counts = _counted(user, full) if full else {}

    def told(name: str, heading: str, items: list[WorkItem], more: Places) -> WorkList:
        if name not in counts:
            return WorkList(heading, items, count=f"{len(items)}")
        if len(more) == 1:
            return WorkList(heading, items, count=counts[name], more_href=more[0][1])
        return WorkList(heading, items, count=counts[name], more_at=more)

    found = []
    for name, heading, why, page, query in _headings(bool(desks)):
        if name in enquiries:
            items = [_enquiry_item(row) for row in enquiries[name]]
        else:
            items = [_work_item(row, *why(row, today)) for row in shown.get(name, [])]
        found.append(told(name, heading, items, _all_at(viewer, page, query)))
    return [work for work in found if work.items]


def _counted(user: User, names: list[str]) -> dict[str, str]:
    """How many are in each of these lists, as lists say it; one query."""
    (counts,) = _counts(
        **ideas.asked_by(user), me=user.pk, wanted=[name in names for name in _COUNTED]
    )
    return dict(
        zip([name for name in _COUNTED if name in names], map(in_words, counts), strict=True)
    )


_COUNTED = (*_WAITING, MY_ENQUIRIES, NOBODYS_ENQUIRIES)


@compiled
def _counts(
    *,
    desk: list[int],
    readers: list[int],
    assigned_at: list[int],
    user_id: int | None,
    desks: list[int],
    today: dt.date,
    since: dt.datetime,
    me: int,
    wanted: list[bool],
) -> QuerySet[User, tuple[int, ...]]:
    """How many are in those of :data:`_COUNTED` that are wanted; never past a thousand."""
    lists: dict[str, QuerySet] = {
        name: each.rows
        for name, each in ideas.lists_for(
            desk=desk,
            readers=readers,
            assigned_at=assigned_at,
            user_id=user_id,
            desks=desks,
            today=today,
            since=since,
        ).items()
    }
    lists |= _enquiry_lists(desks, user_id)
    told = {
        f"count_{at}": so_many_of(lists[name])
        for at, (name, is_wanted) in enumerate(zip(_COUNTED, wanted, strict=True))
        if is_wanted
    }
    return User.objects.filter(pk=me).order_by().annotate(**told).values_list(*told)


def _headings(has_desk: bool) -> list[tuple[str, str, Why, str, str]]:
    """(name, heading, why an idea is in it, page and query of the rest) of each list, in their order."""
    own = "triage" if has_desk else "innovations"
    found: list[tuple[str, str, Why, str, str]] = [
        (ideas.MINE, "Ideas assigned to you", _due, own, f"?assignee={ME}"),
        (ideas.LATE, "Overdue ideas", _due, "triage", "?due=overdue"),
        (
            ideas.SILENT,
            "Ideas to acknowledge",
            _acknowledge_in_words,
            "triage",
            "?due=unacknowledged",
        ),
        (ideas.NOBODYS, "Ideas nobody looks after yet", _due, "triage", f"?assignee={NOBODY}"),
        (MY_ENQUIRIES, "Enquiries assigned to you", _due, "enquiries", "?state=open"),
        (NOBODYS_ENQUIRIES, "Enquiries nobody looks after yet", _due, "enquiries", "?state=open"),
    ]
    return found if has_desk else found[:1]


def _enquiry_lists(desks: list[int], user_id: int | None) -> dict[str, QuerySet[Enquiry]]:
    """At some desks the open enquiries that this person has, and those that nobody has."""
    rows = Enquiry.objects.filter(site_id__in=desks, state=EnquiryState.OPEN)
    return {
        MY_ENQUIRIES: rows.filter(assignee_id=user_id),
        NOBODYS_ENQUIRIES: rows.filter(assignee=None),
    }


def _first_enquiries(desks: list[int], user_id: int | None) -> dict[str, list[Enquiry]]:
    """The oldest of each list, with their sites; one query for all."""
    found: dict[str, list[Enquiry]] = {MY_ENQUIRIES: [], NOBODYS_ENQUIRIES: []}
    for row in _enquiries_told(desks=desks, user_id=user_id):
        found[vars(row)["of"]].append(row)
    for each in found.values():
        each.sort(key=lambda row: (row.received_at, row.pk))
    return found


@compiled
def _enquiries_told(*, desks: list[int], user_id: int | None) -> QuerySet[Enquiry]:
    """The oldest of each list, which ``of`` names."""
    # By a condition, because SQLite knows no limit within a union.
    parts = [
        Enquiry.objects.filter(pk__in=rows.order_by("received_at", "pk").values("pk")[:WORK_SHOWN])
        .order_by()
        .select_related("site")
        .annotate(of=Value(name, TEXT))
        for name, rows in _enquiry_lists(desks, user_id).items()
    ]
    return parts[0].union(*parts[1:], all=True)


def _all_at(viewer: Viewer, page: str, query: str = "") -> Places:
    """Where the rest of a list is: (site, address) for each site, or none for who works at very many."""
    if len(viewer.sites) > SITES_NAMED:
        return ()
    return tuple(
        (site.name, reverse(f"portfolio:{page}", kwargs={"site": site.slug}) + query)
        for site in viewer.sites
    )


def _acknowledge_in_words(innovation: Innovation, today: dt.date) -> tuple[str, bool]:
    """Why an idea is to be acknowledged, and whether that is late."""
    by = innovation.acknowledge_by
    if by is None or by == today:
        return "Nobody has written to the submitter yet: due today", False
    return f"Nobody has written to the submitter yet: due {by.day} {by:%B}", True


def _due(innovation: Innovation, today: dt.date) -> tuple[str, bool]:
    """Why an idea waits, and whether it is late."""
    due = due_in_words(innovation, today)
    return (due.words, due.late) if due else (innovation.get_state_display(), False)


def _enquiry_item(enquiry: Enquiry) -> WorkItem:
    return WorkItem(
        title=enquiry.subject,
        href=enquiry.get_absolute_url(),
        site_name=enquiry.site.name,
        why=enquiry.get_kind_display(),
        since=enquiry.received_at,
    )


def _work_item(innovation: Innovation, why: str, late: bool) -> WorkItem:
    return WorkItem(
        title=innovation.title,
        href=innovation.get_absolute_url(),
        site_name=innovation.site.name,
        why=why,
        since=innovation.queued_at,
        overdue=late,
    )
