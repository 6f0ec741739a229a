"""Needs, the ideas that serve them, and calls, for those who read a site's portfolio."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.enums import READERS
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.db.search import fold
from hubapp.hooks import Reference
from hubapp.refs import normalise_ref
from hubapp.web.paging import COUNT_STOPS_AT, counted, in_words
from hubapp.workdays import london_date
from portfolio.enums import ENDED, CallStanding, NeedKind, NeedStanding, State
from portfolio.models import Call, Innovation, Need, NeedLink
from portfolio.models.innovation import InnovationQuerySet
from portfolio.models.need import CallQuerySet, NeedQuerySet
from portfolio.queries.classification import classification_in_words
from portfolio.queries.counted import counted_once
from portfolio.queries.present import There
from portfolio.queries.triage import ideas_of_site, visible_at

# The latest end first: what holds without end, then what ends later, then what is over.
ORDER = "-until_on"
# Values of the filter ``served`` beside "".
NOT_SERVED, SERVED = "no", "yes"
# How many needs are offered on one page of boxes; a site with more has forgotten to close some.
OFFERED = 200
# Words that say nothing about what an idea or a need is about.
_COMMON = frozenset(
    """about after again against also because been before being between both could does done each
    every from give goes have having here into just know less like made make makes many more
    most much must need needs only other others over patient patients people same should since
    some such take than that their them then there these they this those through time under
    until used using very want wants what when where which while will with without work works
    would your hospital care staff site trust team teams""".split()  # noqa: SIM905 - read as one list of words
)


def today() -> dt.date:
    """Today in London."""
    return london_date(timezone.now())


# -- needs -----------------------------------------------------------------------
def needs_of_site(viewer: Viewer, site: Site) -> NeedQuerySet:
    """A site's needs that the viewer may read."""
    return Need.objects.visible_to(viewer).at(site)


def need_for(viewer: Viewer, site: Site, ref: str) -> Need | None:
    """One of them by its reference."""
    return (
        needs_of_site(viewer, site)
        .filter(ref=normalise_ref(ref))
        .select_related("owner__person", "merged_into__site", "site")
        .first()
    )


def need_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → title and address, of those the viewer may read; one query."""
    rows = Need.objects.visible_to(viewer).filter(ref__in=list(refs)).select_related("site")
    return {row.ref: Reference(row.title, row.get_absolute_url()) for row in rows}


@dataclass(frozen=True, slots=True)
class NeedFilters:
    """What the list of needs is filtered by; "" is no filter."""

    kind: str = ""
    standing: str = ""
    served: str = ""

    @property
    def active(self) -> int:
        """How many are on."""
        return sum(map(bool, (self.kind, self.standing, self.served)))

    def as_dict(self) -> dict[str, str]:
        """Those that are on, by name."""
        named = {"kind": self.kind, "standing": self.standing, "served": self.served}
        return {name: value for name, value in named.items() if value}


def read_need_filters(data) -> NeedFilters:
    """Filters from an address; a value that is not offered is no filter."""

    def offered(name: str, values: Iterable[str]) -> str:
        value = data.get(name, "")
        return value if value in set(values) else ""

    return NeedFilters(
        kind=offered("kind", NeedKind.values),
        standing=offered("standing", NeedStanding.values),
        served=offered("served", (NOT_SERVED, SERVED)),
    )


def filtered_needs(rows: NeedQuerySet, filters: NeedFilters, viewer: Viewer) -> QuerySet[Need]:
    """Those that the filters keep."""
    kept: QuerySet[Need] = rows
    if filters.kind:
        kept = kept.filter(kind=filters.kind)
    if filters.standing:
        kept = kept.filter(_stands(filters.standing, today()))
    if filters.served:
        kept = served(kept, viewer, filters.served == SERVED)
    return kept


def standing_today(rows: QuerySet[Need], standing: str) -> QuerySet[Need]:
    """Those that stand so today."""
    return rows.filter(_stands(standing, today()))


def served(rows: QuerySet[Need], viewer: Viewer, wanted: bool) -> QuerySet[Need]:
    """Those that an idea which has not ended serves, of the ideas the viewer may read; or the others."""
    is_served = Exists(_live_links(viewer).filter(need=OuterRef("pk")))
    return rows.filter(is_served if wanted else ~is_served)


def _stands(standing: str, on: dt.date) -> Q:
    if standing == NeedStanding.CLOSED:
        return Q(closed_on__isnull=False)
    if standing == NeedStanding.COMING:
        return Q(closed_on=None, valid_from__gt=on)
    if standing == NeedStanding.ENDED:
        return Q(closed_on=None, until_on__lt=on, valid_from__lte=on)
    return Q(closed_on=None, valid_from__lte=on, until_on__gte=on)


def _live_links(viewer: Viewer) -> QuerySet[NeedLink]:
    """Links of ideas that have not ended, among those the viewer may read."""
    seen = Innovation.objects.visible_to(viewer)
    return NeedLink.objects.filter(innovation__in=seen.exclude(state__in=ENDED))


@dataclass(frozen=True, slots=True)
class Ideas:
    """How many ideas serve a need: those going on, and those that ended."""

    live: int = 0
    ended: int = 0


def ideas_by_need(viewer: Viewer, needs: Sequence[Need]) -> dict[int, Ideas]:
    """Need id → how many ideas of those the viewer may read serve it; one query for a page of a site's needs,
    or, where none of its ideas changed since they were counted, the one that tells so."""
    if not needs:
        return {}
    sites = {need.site_id: need.site for need in needs}
    ids = sorted(need.pk for need in needs)

    def count() -> dict[int, Ideas]:
        counts = {pk: [0, 0] for pk in ids}
        rows = (
            visible_at(viewer, sites)
            .filter(need_links__need__in=ids)
            .order_by()
            .values_list("need_links__need", "state")
            .annotate(n=Count("pk"))
        )
        for need_id, state, n in rows:
            counts[need_id][state in ENDED] += n
        return {pk: Ideas(live, ended) for pk, (live, ended) in counts.items()}

    if len(sites) > 1:
        return count()
    (site,) = sites.values()
    return counted_once(viewer, site, f"needs:{ids}", count)


@dataclass(frozen=True, slots=True)
class Overview:
    """A site's needs in four numbers, "1,000+" at most."""

    current: str
    # Current needs that no idea which goes on serves.
    not_served: str
    # Ideas that wait in the queue and serve no need that holds: as many as the queue lists by that filter.
    ideas_without: str


def current_needs(viewer: Viewer, site: Site) -> list[Need]:
    """A site's needs that hold today, for :func:`overview_of`; one query."""
    rows = standing_today(needs_of_site(viewer, site), NeedStanding.CURRENT).order_by("pk")
    found = list(rows.only("pk", "site_id")[: COUNT_STOPS_AT + 1])
    for need in found:
        need.site = site
    return found


def overview_of(
    viewer: Viewer, site: Site, current: Sequence[Need], counts: Mapping[int, Ideas]
) -> Overview:
    """The numbers above the list; one query.

    :param current: as of :func:`current_needs`
    :param counts: of these needs, as of :func:`ideas_by_need`
    """
    ideas = ideas_of_site(viewer, site).in_triage()
    return Overview(
        current=in_words(len(current)),
        not_served=in_words(sum(not counts[need.pk].live for need in current)),
        ideas_without=counted(serving_none(ideas)),
    )


# -- ideas and needs -------------------------------------------------------------
def serving_none(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    """Of these ideas those that serve no need: none is linked, or all that are closed or over."""
    needs = Need.objects.not_over(today())
    return rows.filter(~Exists(NeedLink.objects.filter(innovation=OuterRef("pk"), need__in=needs)))


def serving(rows: QuerySet[Innovation], need: Need) -> QuerySet[Innovation]:
    """Of these ideas those that serve one need."""
    return rows.filter(need_links__need=need)


def needs_to_filter_by(viewer: Viewer, site: Site) -> list[Need]:
    """The needs that a list of ideas can be filtered by: those that hold, by title; one query."""
    rows = needs_of_site(viewer, site).not_over(today())
    return list(rows.order_by("title", "pk")[:OFFERED])


def ideas_of_need(viewer: Viewer, need: Need) -> InnovationQuerySet:
    """The ideas that serve a need, among those the viewer may read; not those of imports undone."""
    rows = ideas_of_site(viewer, need.site).filter(need_links__need=need)
    return rows.exclude(state=State.UNDONE)


def idea_at(viewer: Viewer, site: Site, ref: str) -> Innovation | None:
    """One idea of a site by its reference, if the viewer may read it."""
    return ideas_of_site(viewer, site).filter(ref=normalise_ref(ref)).first()


def states_of_ideas(viewer: Viewer, need: Need) -> list[tuple[str, str, int]]:
    """(state, its words, how many ideas), of the states that some have, in their order; one query."""
    rows = ideas_of_need(viewer, need).order_by().values_list("state").annotate(n=Count("pk"))
    counts = counted_once(
        viewer, need.site, f"states:{need.pk}", lambda: dict(rows.values_list("state", "n"))
    )
    return [(state.value, state.label, counts[state]) for state in State if counts.get(state)]


@dataclass(frozen=True, slots=True)
class Serves:
    """The needs of one idea, and whether its site keeps any that it could serve."""

    needs: list[Need]
    any_to_choose: bool


def needs_of_innovation(innovation: Innovation) -> list[Need]:
    """Which needs an idea serves, by title, for whoever may read the idea; one query."""
    rows = Need.objects.filter(links__innovation=innovation, site_id=innovation.site_id)
    return list(rows.select_related("site").order_by("title", "pk")[:OFFERED])


def desk_context(innovation: Innovation, there: There) -> dict[str, Any]:
    """What the page of an idea shows of its needs and of what it is said to be; two queries at most."""
    needs = needs_of_innovation(innovation) if there.needs else []
    return {
        "serves": Serves(needs, any_to_choose=bool(needs) or there.needs_to_choose),
        "classification": classification_in_words(innovation, None if there.labels else {}),
    }


def needs_to_choose(innovation: Innovation) -> list[Need]:
    """What the page of boxes offers: needs that hold or will, and those that the idea serves already
    (``serves``; ``came_with``: since an idea that serves it was merged into this one)."""
    mine = NeedLink.objects.filter(innovation=innovation, need=OuterRef("pk"))
    return list(
        Need.objects.filter(site_id=innovation.site_id)
        .annotate(serves=Exists(mine), came_with=Exists(mine.filter(came_with__isnull=False)))
        .filter(Q(serves=True) | Q(closed_on=None, until_on__gte=today()))
        .order_by("title", "pk")[:OFFERED]
    )


def words_about(*texts: str) -> set[str]:
    """The words that say what texts are about, cut so that their endings do not matter."""
    words = re.findall(r"[a-z]{4,}", fold(*texts))
    return {word[:6] for word in words if word not in _COMMON}


def suggested(innovation: Innovation, needs: Iterable[Need]) -> list[Need]:
    """Needs whose words the idea uses: two of them, or one of the title's; best first."""
    idea = words_about(innovation.title, innovation.problem, innovation.for_whom, innovation.idea)
    scored = []
    for need in needs:
        title = words_about(need.title)
        score = 2 * len(idea & title) + len(idea & (words_about(need.statement) - title))
        if score >= 2:
            scored.append((-score, need.title, need.pk, need))
    return [need for *_, need in sorted(scored, key=lambda each: each[:3])]


# -- who owns them -----------------------------------------------------------------
def members_who_can_own(site: Site) -> list[User]:
    """Members who read the site's needs, by name; one query."""
    return list(
        User.objects.filter(
            memberships__site=site,
            memberships__ended_at=None,
            memberships__role__in=READERS,
            is_active=True,
        )
        .select_related("person")
        .order_by("person__name", "pk")
        .distinct()
    )


def open_needs_owned(*, user_id: int, site_id: int) -> QuerySet[Need]:
    """The open needs that a member owns at a site."""
    return Need.objects.filter(owner_id=user_id, site_id=site_id, closed_on=None)


# -- calls -------------------------------------------------------------------------
def calls_of_site(viewer: Viewer, site: Site) -> CallQuerySet:
    """A site's calls that the viewer may read."""
    return Call.objects.visible_to(viewer).at(site)


def call_for(viewer: Viewer, site: Site, ref: str) -> Call | None:
    """One of them by its reference."""
    return (
        calls_of_site(viewer, site)
        .filter(ref=normalise_ref(ref))
        .select_related("need__site", "site")
        .first()
    )


def call_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → title and address, of those the viewer may read; one query."""
    rows = Call.objects.visible_to(viewer).filter(ref__in=list(refs)).select_related("site")
    return {row.ref: Reference(row.title, row.get_absolute_url()) for row in rows}


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in a list: where it stands, and how many ideas came."""

    call: Call
    standing: CallStanding
    ideas: int


def calls_of_need(viewer: Viewer, need: Need) -> list[CallRow]:
    """The calls on a need, the last to close first, with how many of the ideas that came the viewer may read."""
    rows = Call.objects.visible_to(viewer).filter(need=need).select_related("site")
    calls = list(rows.order_by("-closes_on", "-pk")[:OFFERED])
    counts = ideas_by_call(viewer, calls)
    on = today()
    return [CallRow(call, call.standing(on), counts[call.pk]) for call in calls]


def ideas_by_call(viewer: Viewer, calls: Sequence[Call]) -> dict[int, int]:
    """Call id → how many ideas came by it, of those the viewer may read; one query."""
    counts = dict.fromkeys((call.pk for call in calls), 0)
    if counts:
        rows = (
            Innovation.objects.visible_to(viewer)
            .filter(call_id__in=list(counts))
            .exclude(state=State.UNDONE)
            .order_by()
            .values_list("call_id")
            .annotate(n=Count("pk"))
            .values_list("call_id", "n")
        )
        counts |= {pk: n for pk, n in rows if pk is not None}
    return counts


def ideas_of_call(viewer: Viewer, call: Call) -> InnovationQuerySet:
    """The ideas that came by a call, among those the viewer may read."""
    return ideas_of_site(viewer, call.site).filter(call=call).exclude(state=State.UNDONE)


def calls_standing_today(rows: QuerySet[Call], standing: str) -> QuerySet[Call]:
    """Those that stand so today."""
    on = today()
    over = Q(ended_on__isnull=False) | Q(closes_on__lt=on)
    if standing == CallStanding.DRAFT:
        return rows.filter(is_published=False)
    if standing == CallStanding.CLOSED:
        return rows.filter(over, is_published=True)
    later = Q(opens_on__gt=on)
    rows = rows.filter(is_published=True).exclude(over)
    return rows.filter(later if standing == CallStanding.COMING else ~later)


# -- what the API lists --------------------------------------------------------------
def needs_for(viewer: Viewer) -> QuerySet[Need]:
    """Needs of all the viewer's sites; how many ideas serve each is counted for a page at once."""
    return Need.objects.visible_to(viewer).select_related("site", "owner", "merged_into")


def calls_for(viewer: Viewer) -> QuerySet[Call]:
    """Calls of all the viewer's sites, with how many ideas came by each; one query for a page."""
    came = (
        Innovation.objects.visible_to(viewer)
        .filter(call=OuterRef("pk"))
        .exclude(state=State.UNDONE)
        .order_by()
        .values("call")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = Call.objects.visible_to(viewer).select_related("site", "need__site")
    return rows.annotate(ideas=Coalesce(Subquery(came), 0))
