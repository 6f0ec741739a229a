"""The queue and the portfolio, as lists: what waits, for whom, since when."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK, READERS, Role
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.db.search import Holding, fold
from hubapp.hooks import WorkItem, WorkList
from hubapp.web.paging import KeysetPage, counted, counted_by_reading, counted_each
from hubapp.workdays import london_date, working_days_between
from portfolio.enums import Direction, EnquiryState, InnovationType
from portfolio.models import Decision, Enquiry, Innovation, Message, SubmissionSite
from portfolio.models.innovation import InnovationQuerySet

# The order of both lists, each straight from an index.
ORDER = "queued_at"
# Filter values that are no codes of ours.
ME = "me"
NOBODY = "nobody"
NOT_SAID = "not-said"
LONGEST_SEARCH = 200
# How many of each kind "my work" shows; the rest is behind a link.
WORK_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is filtered by; "" is no filter."""

    state: str = ""
    type: str = ""
    assignee: str = ""
    q: str = ""

    @property
    def active(self) -> int:
        """How many are on."""
        return sum(bool(value) for value in asdict(self).values())

    def as_dict(self) -> dict[str, str]:
        """Those that are on, by name."""
        return {name: value for name, value in asdict(self).items() if value}


def read_filters(
    data: Mapping[str, str], *, states: Iterable[str], assignees: Iterable[str]
) -> Filters:
    """Filters from an address; a value that is not offered is no filter."""

    def offered(name: str, values: Iterable[str]) -> str:
        value = data.get(name, "")
        return value if value in set(values) else ""

    return Filters(
        state=offered("state", states),
        type=offered("type", [*InnovationType.values, NOT_SAID]),
        assignee=offered("assignee", [ME, NOBODY, *assignees]),
        q=" ".join(data.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH],
    )


def ideas_that_wait(viewer: Viewer, site: Site) -> QuerySet[Innovation]:
    """What waits for a decision at one site, among what the viewer may read."""
    return ideas_of_site(viewer, site).in_triage()


def ideas_of_site(viewer: Viewer, site: Site) -> InnovationQuerySet:
    """Every idea of one site that the viewer may read: reviewers only what is assigned to them."""
    return Innovation.objects.visible_to(_only_at(viewer, site)).at(site)


def _only_at(viewer: Viewer, site: Site) -> Viewer:
    """The viewer with what they hold at one site.

    Asked for a site alone, what the desk may read is a plain condition that an
    index answers; of several sites it is an "or" that looks at every row.
    """
    if viewer.is_key:
        return viewer
    roles = {pk: held for pk, held in viewer.roles.items() if pk == site.pk}
    return replace(viewer, sites=[own for own in viewer.sites if own.pk == site.pk], roles=roles)


def filtered(rows: QuerySet[Innovation], filters: Filters, viewer: Viewer) -> QuerySet[Innovation]:
    """Those that the filters keep, words aside: see :func:`words_of`."""
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.type:
        rows = rows.filter(innovation_type="" if filters.type == NOT_SAID else filters.type)
    if filters.assignee == ME:
        rows = rows.filter(assignee_id=viewer.user_id)
    elif filters.assignee == NOBODY:
        rows = rows.filter(assignee=None)
    elif filters.assignee:
        rows = rows.filter(assignee__ref=filters.assignee)
    return rows


def words_of(filters: Filters) -> Holding | None:
    """What rows have to hold, for :func:`~hubapp.web.paging.keyset_page`; None for anything."""
    return Holding("search_text", filters.q) if fold(filters.q) else None


def counts_beside(
    page: KeysetPage[Innovation],
    rows: QuerySet[Innovation],
    filters: Filters,
    others: Mapping[str, QuerySet],
) -> dict[str, str]:
    """ "count" of ``rows`` that hold the filter's words, and of each of ``others``: "1,000+" at most.

    One statement, or two where common words are looked for; what ``page`` tells is not asked again.
    """
    known: dict[str, str] = {}
    lists = dict(others)
    words = words_of(filters)
    if page.is_whole:
        known["count"] = f"{len(page.rows):,}"
    elif (
        words
        and page.is_common
        and (count := counted_by_reading(rows, order=ORDER, holding=words)) is not None
    ):
        known["count"] = count
    else:
        lists["count"] = rows.filter(words.indexed) if words else rows
    return {**counted_each(lists), **known}


def with_people(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    """With the assignee's name, for a list."""
    return rows.select_related("assignee__person").defer(
        "problem", "for_whom", "idea", "search_text"
    )


def members_who_can_hold(site: Site) -> list[User]:
    """Members of the site to whom an idea can be given, by name; one query."""
    return list(
        User.objects.filter(
            memberships__site=site,
            memberships__ended_at=None,
            memberships__role__in=(*READERS, Role.REVIEWER),
            is_active=True,
        )
        .select_related("person")
        .order_by("person__name", "pk")
        .distinct()
    )


def member_who_can_hold(site: Site, ref: str) -> User | None:
    """One of them by reference."""
    return next((user for user in members_who_can_hold(site) if user.ref == ref), None)


def with_unanswered_message(rows: Iterable[Innovation]) -> set[int]:
    """The ids of those whose submitter wrote last: neither a message nor a decision since. One query."""
    ids = [row.pk for row in rows]
    if not ids:
        return set()
    ours = Message.objects.filter(
        innovation_id=OuterRef("innovation_id"),
        direction=Direction.TO_SUBMITTER,
        at__gte=OuterRef("at"),
    )
    decisions = Decision.objects.filter(
        innovation_id=OuterRef("innovation_id"), made_at__gte=OuterRef("at")
    )
    theirs = Message.objects.filter(innovation_id__in=ids, direction=Direction.FROM_SUBMITTER)
    unanswered = theirs.filter(~Exists(ours), ~Exists(decisions)).order_by()
    return set(unanswered.values_list("innovation_id", flat=True))


@dataclass(frozen=True, slots=True)
class Due:
    """A due date in words; ``late`` when it has passed."""

    words: str
    late: bool = False


def due_in_words(innovation: Innovation, today: dt.date | None = None) -> Due | None:
    """ "Due 3 December", "Due today", "Overdue by 4 working days"; None where no clock runs."""
    on = innovation.due_on
    if on is None:
        return None
    today = today or london_date(timezone.now())
    if on == today:
        return Due("Due today")
    if on > today:
        year = "" if on.year == today.year else f" {on.year}"
        return Due(f"Due {on.day} {on:%B}{year}")
    days = working_days_between(on, today)
    if not days:
        # Due on a Friday, looked at on the Saturday.
        return Due(f"Was due {on.day} {on:%B}", late=True)
    return Due(f"Overdue by {days:,} working day{'' if days == 1 else 's'}", late=True)


def beside_the_queue(viewer: Viewer, site: Site) -> dict[str, QuerySet]:
    """What is counted beside the queue: ideas whose sender has not confirmed, and open enquiries."""
    return {
        "unconfirmed": SubmissionSite.objects.filter(site=site, submission__confirmed_at=None),
        "open_enquiries": Enquiry.objects.visible_to(viewer)
        .at(site)
        .filter(state=EnquiryState.OPEN),
    }


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
        nobodys = here.filter(assignee=None).filter(Q(due_on=None) | Q(due_on__gte=today))
        found[1:1] = [
            _ideas(
                "Overdue ideas", late.order_by("due_on", "pk"), today, _all_at(viewer, "triage")
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


def _all_at(viewer: Viewer, page: str, query: str = "") -> str:
    """Where the rest of a list is, for who works at one site; "" for others, who choose a site first."""
    if len(viewer.sites) != 1:
        return ""
    return reverse(f"portfolio:{page}", kwargs={"site": viewer.sites[0].slug}) + query


def _ideas(heading: str, rows: QuerySet[Innovation], today: dt.date, more_href: str) -> WorkList:
    shown = [_work_item(row, today) for row in rows[:WORK_SHOWN]]
    return _work_list(heading, shown, rows, more_href)


def _enquiries(heading: str, rows: QuerySet[Enquiry], more_href: str) -> WorkList:
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
    return _work_list(heading, shown, rows, more_href)


def _work_list(heading: str, shown: list[WorkItem], rows: QuerySet, more_href: str) -> WorkList:
    if len(shown) < WORK_SHOWN:
        return WorkList(heading, shown, count=f"{len(shown)}")
    return WorkList(heading, shown, count=counted(rows), more_href=more_href)


def _work_item(innovation: Innovation, today: dt.date) -> WorkItem:
    due = due_in_words(innovation, today)
    return WorkItem(
        title=innovation.title,
        href=innovation.get_absolute_url(),
        site_name=innovation.site.name,
        why=due.words if due else innovation.get_state_display(),
        since=innovation.queued_at,
        overdue=bool(due and due.late),
    )
