"""The queue and the portfolio, as lists: which ideas, who can hold them, and what is marked on their rows.

What lists are filtered by is in ``filters``, what a person has to do in ``work``.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.enums import DESK, READERS, Role
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.db.search import Holding
from hubapp.web.paging import KeysetPage, counted, counted_by_reading, in_words, so_many_of
from hubapp.workdays import london_date
from portfolio.enums import Direction, EnquiryState, LabelKind
from portfolio.models import (
    Decision,
    Enquiry,
    Innovation,
    InnovationLabel,
    Message,
    Need,
    Presence,
    SavedView,
    SubmissionSite,
    TriageSettings,
)
from portfolio.models.innovation import InnovationQuerySet
from portfolio.models.need import sites_whose_needs
from portfolio.queries.checklists import noes_among
from portfolio.words import due_in_words

__all__ = ["due_in_words"]  # asked for here by pages of before

# The order of lists that have only one, straight from an index.
ORDER = "queued_at"
# Filter values that are no codes of ours.
ME = "me"
NOBODY = "nobody"
NOT_SAID = "not-said"
# How long somebody who was heard of has an idea open: three times as long as pages wait between two calls.
OPEN_FOR = dt.timedelta(seconds=60)
TEXT: CharField = CharField()


# -- which ideas -----------------------------------------------------------------
def ideas_that_wait(viewer: Viewer, site: Site) -> QuerySet[Innovation]:
    """What waits for a decision at one site, among what the viewer may read."""
    return ideas_of_site(viewer, site).in_triage()


def ideas_of_site(viewer: Viewer, site: Site) -> InnovationQuerySet:
    """Every idea of one site that the viewer may read: reviewers only what is assigned to them."""
    return Innovation.objects.visible_to(_only_at(viewer, site.pk)).at(site)


def visible_at(viewer: Viewer, site_ids: Collection[int]) -> InnovationQuerySet:
    """Every idea of some sites that the viewer may read."""
    rows = Innovation.objects.visible_to(_only_at(viewer, *site_ids))
    return rows.filter(site_id__in=site_ids)


def _only_at(viewer: Viewer, *site_ids: int) -> Viewer:
    """The viewer with what they hold at one site, or at some.

    Asked for a site alone, what the desk may read is a plain condition that an
    index answers; of several sites it is an "or" that looks at every row.
    """
    if viewer.is_key:
        return viewer
    roles = {pk: held for pk, held in viewer.roles.items() if pk in site_ids}
    return replace(viewer, sites=[own for own in viewer.sites if own.pk in site_ids], roles=roles)


def with_people(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    """With the assignee's name, for a list."""
    return rows.select_related("assignee__person").defer(
        "problem", "for_whom", "idea", "search_text"
    )


# -- who and what can be chosen ------------------------------------------------------
def _can_hold(site_id: int) -> QuerySet[User]:
    return User.objects.filter(
        memberships__site=site_id,
        memberships__ended_at=None,
        memberships__role__in=(*READERS, Role.REVIEWER),
        is_active=True,
    )


def members_who_can_hold(site: Site) -> list[User]:
    """Members of the site to whom an idea can be given, by name; one query."""
    return list(
        _can_hold(site.pk).select_related("person").order_by("person__name", "pk").distinct()
    )


def member_who_can_hold(site: Site, ref: str) -> User | None:
    """One of them by reference."""
    return next((user for user in members_who_can_hold(site) if user.ref == ref), None)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a site's own filters and views offer: (value, words) each, by their words."""

    members: list[tuple[str, str]] = field(default_factory=list)
    needs: list[tuple[str, str]] = field(default_factory=list)
    # (slug, name, query, shared) of saved views.
    views: list[tuple[str, str, str, bool]] = field(default_factory=list)
    # What is counted beside the queue, by name, "1,000+" at most: ideas whose sender has not confirmed, open
    # enquiries, and whether ("1") the site asks at triage what is coming to its enabling functions.
    beside: dict[str, str] = field(default_factory=dict)


def offered_at(viewer: Viewer, site: Site, *, beside: bool = False) -> Offered:
    """Members who can hold an idea, needs that hold, and the viewer's saved views; one query.

    :param beside: count what stands beside the queue, too
    """
    everything = _offered(
        desks=viewer.site_ids_with(DESK) if beside else [],
        beside=beside,
        site_id=site.pk,
        needs_at=sites_whose_needs(viewer),
        user_id=viewer.user_id,
        today=london_date(timezone.now()),
    )
    found = Offered()
    for kind, value, words, extra, shared in everything:
        if kind == "beside":
            numbers = map(in_words, map(int, (value, words, extra)))
            found.beside.update(zip(_BESIDE, numbers, strict=True))
        elif kind == "view":
            # The databases write a true value in their own ways.
            found.views.append((value, words, extra, shared.lower() in ("1", "true", "t")))
        else:
            listed = found.members if kind == "member" else found.needs
            listed.append((value, words or "Somebody whose name was removed"))
    for choices in (found.members, found.needs, found.views):
        choices.sort(key=lambda choice: (choice[1].casefold(), choice[0]))
    return found


_BESIDE = ("unconfirmed", "open_enquiries", "screens")


@compiled
def _offered(
    *,
    desks: list[int],
    beside: bool,
    site_id: int,
    needs_at: list[int],
    user_id: int | None,
    today: dt.date,
) -> QuerySet[Any, tuple[str, str, str, str, str]]:
    """(kind, value, words, query, shared) of what is offered; what a kind has not is empty."""

    def told(rows: QuerySet, kind: str, *columns: str) -> QuerySet:
        """(kind, value, words, query, shared) of each row; what a kind has not is empty."""
        texts: list[Cast | Value] = [Cast(column, TEXT) for column in columns]
        texts += [Value("", TEXT)] * (4 - len(texts))
        named = {f"told_{number}": text for number, text in enumerate((Value(kind, TEXT), *texts))}
        return rows.order_by().annotate(**named).values_list(*named)

    needs = Need.objects.filter(site_id__in=needs_at).filter(site=site_id).not_over(today)
    views = SavedView.objects.filter(site=site_id).usable_by(user_id)
    parts = [
        told(needs, "need", "ref", "title"),
        told(views, "view", "slug", "name", "query", "is_shared"),
    ]
    if beside:
        enquiries = Enquiry.objects.filter(site_id__in=desks)
        counts = (
            SubmissionSite.objects.filter(site=site_id, awaits_confirmation=True),
            enquiries.filter(site=site_id, state=EnquiryState.OPEN),
            TriageSettings.objects.filter(site=site_id, asks_screening=True),
        )
        named = {f"count_{at}": so_many_of(rows) for at, rows in enumerate(counts)}
        parts.append(told(Site.objects.filter(pk=site_id).annotate(**named), "beside", *named))
    return told(_can_hold(site_id), "member", "ref", "person__name").union(*parts)


# -- what is marked on rows -------------------------------------------------------------
def unanswered(theirs: QuerySet[Message]) -> QuerySet[Message]:
    """Of messages those from submitters after which came neither a message nor a decision."""
    ours = Message.objects.filter(
        innovation_id=OuterRef("innovation_id"),
        direction=Direction.TO_SUBMITTER,
        at__gte=OuterRef("at"),
    )
    decisions = Decision.objects.filter(
        innovation_id=OuterRef("innovation_id"), made_at__gte=OuterRef("at")
    )
    return theirs.filter(~Exists(ours), ~Exists(decisions), direction=Direction.FROM_SUBMITTER)


@dataclass(slots=True)
class Marks:
    """What a row shows beside its columns."""

    new_message: bool = False
    new_answer: bool = False
    # Who else has it open just now, by name.
    open_with: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    # The questions of checklists that somebody answered with no, as far as one may see.
    noes: list[str] = field(default_factory=list)


def open_now(user_id: int | None, since: dt.datetime | None = None) -> QuerySet[Presence]:
    """Who has what open just now (or was heard of ``since``), but for one person."""
    rows = Presence.objects.filter(seen_at__gt=since or timezone.now() - OPEN_FOR)
    return rows if user_id is None else rows.exclude(user_id=user_id)


def marks_of(rows: Sequence[Innovation], user_id: int | None) -> dict[int, Marks]:
    """Id → what its row shows: new messages and answers, who has it open, tags, each no. One query for a page."""
    marks = {
        row.pk: Marks(new_message=row.has_new_message, new_answer=row.has_new_answer)
        for row in rows
    }
    if not marks:
        return marks
    everything = _marked(ids=list(marks), user_id=user_id, open_since=timezone.now() - OPEN_FOR)
    for kind, about, words in everything:
        mark = marks[about]
        if kind == "open":
            mark.open_with.append(words or "Somebody")
        elif kind == "no":
            mark.noes.append(words)
        else:
            mark.tags.append(words)
    for mark in marks.values():
        mark.noes = sorted(set(mark.noes))
        mark.open_with.sort()
        mark.tags.sort()
    return marks


@compiled
def _marked(
    *, ids: list[int], user_id: int | None, open_since: dt.datetime
) -> QuerySet[Any, tuple[str, int, str]]:
    """(kind of mark, innovation, words) for each mark of these innovations."""

    def told(found: QuerySet, kind: str, words: str = "") -> QuerySet:
        """(kind, innovation, words) of each row."""
        named = {
            "told_0": Value(kind, TEXT),
            "told_1": F("innovation_id"),
            "told_2": Cast(words, TEXT) if words else Value("", TEXT),
        }
        return found.order_by().annotate(**named).values_list(*named)

    labels = InnovationLabel.objects.filter(innovation_id__in=ids, kind=LabelKind.TAG)
    present = open_now(user_id, open_since).filter(innovation_id__in=ids)
    return told(labels, "tag", "value").union(
        told(present, "open", "user__person__name"),
        told(noes_among(ids, user_id), "no", "item__label"),
        all=True,
    )


def who_has_open(innovation: Innovation, user_id: int | None) -> list[str]:
    """The names of others who have one idea open just now; one query."""
    since = timezone.now() - OPEN_FOR
    names = _have_open(innovation_id=innovation.pk, user_id=user_id, since=since)
    return sorted(name or "Somebody" for name in names)


@compiled
def _have_open(
    *, innovation_id: int, user_id: int | None, since: dt.datetime
) -> QuerySet[Presence, str]:
    rows = open_now(user_id, since).filter(innovation_id=innovation_id)
    return rows.values_list("user__person__name", flat=True)


# -- counts ------------------------------------------------------------------------------
def count_of(
    page: KeysetPage[Innovation],
    rows: QuerySet[Innovation],
    words: Holding | None,
    *,
    order: str = ORDER,
) -> str:
    """How many of ``rows`` hold ``words``: "1,000+" at most. One statement, if ``page`` does not tell."""
    if page.is_whole:
        return f"{len(page.rows):,}"
    if page.count:
        return page.count
    if words and page.is_common:
        return counted_by_reading(rows, order=order, holding=words)
    return counted(words.among(rows) if words else rows)
