"""My work: what waits for one person across sites."""

import datetime as dt
from collections.abc import Callable

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from accounts.viewers import Viewer
from hubapp.hooks import WorkItem, WorkList
from hubapp.web.paging import counted
from hubapp.workdays import london_date
from portfolio.enums import EnquiryState
from portfolio.models import Enquiry, Innovation
from portfolio.queries.triage import ME, NOBODY
from portfolio.words import due_in_words

# How many of each kind are shown; the rest is behind a link.
WORK_SHOWN = 10
# Who works at more sites than this chooses one first.
SITES_NAMED = 5

# (site, address) for each.
Places = tuple[tuple[str, str], ...]


def work_of(user: User) -> list[WorkList]:
    """What waits for this person across sites: what they hold, and at their desks what is overdue or nobody's."""
    viewer, today = user.viewer, london_date(timezone.now())
    if not viewer.sites:
        return []
    waiting = Innovation.objects.visible_to(viewer).in_triage().select_related("site")
    open_enquiries = (
        Enquiry.objects.visible_to(viewer).filter(state=EnquiryState.OPEN).select_related("site")
    )
    desks = viewer.site_ids_with(DESK)
    found = [
        _ideas(
            "Ideas assigned to you",
            waiting.filter(assignee_id=viewer.user_id).order_by("queued_at", "pk"),
            today,
            _all_at(viewer, "triage" if desks else "innovations", f"?assignee={ME}"),
        ),
        _enquiries(
            "Enquiries assigned to you",
            open_enquiries.filter(assignee_id=viewer.user_id),
            _all_at(viewer, "enquiries", "?state=open"),
        ),
    ]
    if desks:
        here = waiting.filter(site_id__in=desks)
        late = here.filter(due_on__lt=today).exclude(assignee_id=viewer.user_id)
        # Each idea stands in one list: what is late is not named again for what else it lacks.
        in_time = here.filter(Q(due_on=None) | Q(due_on__gte=today))
        silent = Q(acknowledged_on=None, acknowledge_by__lte=today)
        to_acknowledge = in_time.filter(silent).exclude(assignee_id=viewer.user_id)
        nobodys = in_time.filter(assignee=None).exclude(silent)
        found[1:1] = [
            _ideas(
                "Overdue ideas",
                late.order_by("due_on", "pk"),
                today,
                _all_at(viewer, "triage", "?due=overdue"),
            ),
            _ideas(
                "Ideas to acknowledge",
                to_acknowledge.order_by("acknowledge_by", "pk"),
                today,
                _all_at(viewer, "triage", "?due=unacknowledged"),
                why=_acknowledge_in_words,
            ),
            _ideas(
                "Ideas nobody looks after yet",
                nobodys.order_by("queued_at", "pk"),
                today,
                _all_at(viewer, "triage", f"?assignee={NOBODY}"),
            ),
        ]
        found.append(
            _enquiries(
                "Enquiries nobody looks after yet",
                open_enquiries.filter(assignee=None, site_id__in=desks),
                _all_at(viewer, "enquiries", "?state=open"),
            )
        )
    return [work for work in found if work.items]


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


def _ideas(
    heading: str,
    rows: QuerySet[Innovation],
    today: dt.date,
    more: Places,
    why: Callable[[Innovation, dt.date], tuple[str, bool]] = _due,
) -> WorkList:
    shown = [_work_item(row, *why(row, today)) for row in rows[:WORK_SHOWN]]
    return _work_list(heading, shown, rows, more)


def _enquiries(heading: str, rows: QuerySet[Enquiry], more: Places) -> WorkList:
    shown = [
        WorkItem(
            title=row.subject,
            href=row.get_absolute_url(),
            site_name=row.site.name,
            why=row.get_kind_display(),
            since=row.received_at,
        )
        for row in rows.order_by("received_at", "pk")[:WORK_SHOWN]
    ]
    return _work_list(heading, shown, rows, more)


def _work_list(heading: str, shown: list[WorkItem], rows: QuerySet, more: Places) -> WorkList:
    if len(shown) < WORK_SHOWN:
        return WorkList(heading, shown, count=f"{len(shown)}")
    if len(more) == 1:
        return WorkList(heading, shown, count=counted(rows), more_href=more[0][1])
    return WorkList(heading, shown, count=counted(rows), more_at=more)


def _work_item(innovation: Innovation, why: str, late: bool) -> WorkItem:
    return WorkItem(
        title=innovation.title,
        href=innovation.get_absolute_url(),
        site_name=innovation.site.name,
        why=why,
        since=innovation.queued_at,
        overdue=late,
    )
