"""Actions of a site: the list, what is open of one self-assessment, what waits for somebody, what others did."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.enums import DESK, READERS, Role
from accounts.models import Network, NetworkSite, Site, User
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.hooks import Reference, WorkItem, WorkList
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from maturity.enums import COUNTED, ActionState
from maturity.models import Action, Framework, Indicator, SelfAssessment, SubDomain
from maturity.queries.reading import versions_before

ORDER = "until_on"
ORDER_ENDED = "-updated_at"
# A page of work, and how early it says that something is due.
WORK_SHOWN = 25
SOON = dt.timedelta(days=7)
# How many of other sites' actions stand beside one sub-domain.
PUBLISHED_SHOWN = 5
PUBLISHED_READ = 500


def today() -> dt.date:
    """The London date."""
    return london_date(timezone.now())


def actions_for(viewer: Viewer) -> QuerySet[Action]:
    """Actions of the sites where the viewer reads maturity."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    return Action.objects.filter(site_id__in=sites).select_related(
        "site", "owner__person", "sub_domain__framework", "assessment"
    )


def action_at(viewer: Viewer, site: Site, ref: str) -> Action | None:
    """One of a site's; None: missing or foreign."""
    return actions_for(viewer).filter(site=site, ref=normalise_ref(ref)[:20]).first()


def actions_listed(viewer: Viewer, site: Site, state: str) -> QuerySet[Action]:
    """Those of a site in one state; :data:`ORDER` for open ones, else :data:`ORDER_ENDED`."""
    return actions_for(viewer).filter(site=site, state=state)


def members_who_can_own(site: Site) -> list[User]:
    """Members who read the site's maturity, by name; one query."""
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


def sub_domains_to_act_on(site: Site, ref: str = "") -> list[SubDomain]:
    """The rated sub-domains of the framework that the site used last, in order.

    :param ref: of one of the site's self-assessments: of the framework that it used then
    """
    rows = SelfAssessment.objects.filter(site=site).select_related("round")
    named = rows.filter(ref=normalise_ref(ref)[:20]) if ref else rows.none()
    last = named.first() or rows.order_by("-created_at", "-pk").first()
    if last is None:
        return []
    parts = SubDomain.objects.filter(framework_id=last.round.framework_id, is_rated=True)
    return list(parts.select_related("framework").order_by("position"))


def sub_domain_of(assessment: SelfAssessment, code: str) -> SubDomain | None:
    """One rated sub-domain of its framework."""
    rows = SubDomain.objects.filter(framework_id=assessment.round.framework_id, is_rated=True)
    return rows.filter(code=code).select_related("framework").first()


# -- what follows into the next round --------------------------------------------------
def open_actions_for(
    assessment: SelfAssessment, only: SubDomain | None = None
) -> dict[str, list[Action]]:
    """Open actions of its site by the code of this framework's sub-domain, what is due first first.

    An action of an earlier version follows to where its indicators went, else
    to the sub-domain of its code; what this framework asks nowhere is left out.
    One query, two more where a version carries on another.

    :param only: one sub-domain of the framework
    """
    versions = versions_before(assessment.round.framework)
    rows = _open_actions(site_id=assessment.site_id, frameworks=[each.pk for each in versions])
    where = _where_they_went(versions, rows)
    found: dict[str, list[Action]] = {}
    for row in rows:
        code = where.get(row.sub_domain_id, row.sub_domain.code)
        if only is None or code == only.code:
            found.setdefault(code, []).append(row)
    return found


@compiled
def _open_actions(*, site_id: int, frameworks: list[int]) -> QuerySet[Action]:
    return (
        Action.objects.filter(
            site_id=site_id, state=ActionState.OPEN, sub_domain__framework__in=frameworks
        )
        .select_related("sub_domain", "owner__person", "site")
        .order_by("until_on", "pk")
    )


def _where_they_went(versions: list[Framework], rows: Iterable[Action]) -> dict[int, str]:
    """Sub-domain of an earlier version → the code of the one that asks most of the same now."""
    now = versions[0].pk
    earlier = {row.sub_domain_id for row in rows if row.sub_domain.framework_id != now}
    if not earlier:
        return {}
    indicators = {row.pk: row for row in Indicator.objects.filter(framework__in=versions)}
    codes = dict(SubDomain.objects.filter(framework=now).values_list("pk", "code"))
    votes: dict[int, dict[str, int]] = {}
    for row in indicators.values():
        if row.framework_id != now:
            continue
        code, before = codes[row.sub_domain_id], indicators.get(row.same_as_id or 0)
        while before is not None:
            if before.sub_domain_id in earlier:
                here = votes.setdefault(before.sub_domain_id, {})
                here[code] = here.get(code, 0) + 1
            before = indicators.get(before.same_as_id or 0)
    return {pk: max(here, key=lambda code: here[code]) for pk, here in votes.items()}


# -- what waits for somebody -----------------------------------------------------------
def due_rows(user: User) -> QuerySet[Action]:
    """Open actions of whoever has them, and for leads those that a team or nobody has, late or due soon."""
    viewer = user.viewer
    sites = viewer.site_ids_with(READERS)
    mine = Q(owner=user)
    leads = viewer.site_ids_with((Role.SITE_LEAD,))
    if leads:
        mine |= Q(owner=None, site_id__in=leads)
    rows = Action.objects.filter(mine, site_id__in=sites, state=ActionState.OPEN)
    return rows.filter(until_on__lte=today() + SOON)


def due_for(user: User) -> list[WorkList]:
    """What :func:`due_rows` has, the first due first."""
    day = today()
    rows = list(
        due_rows(user).select_related("site", "sub_domain").order_by("until_on", "pk")[:WORK_SHOWN]
    )
    if not rows:
        return []
    items = [
        WorkItem(
            title=row.title,
            href=row.get_absolute_url(),
            site_name=row.site.name,
            why=f"To raise “{row.sub_domain.name}”"
            + (f", with {row.owner_words}" if row.owner_words else ""),
            since=row.created_at,
            due_on=row.due_on,
            overdue=row.until_on < day,
        )
        for row in rows
    ]
    return [WorkList("Maturity actions", items)]


def open_actions_owned(*, user_id: int, site_id: int) -> QuerySet[Action]:
    """The open actions that a member owns at a site."""
    return Action.objects.filter(owner_id=user_id, site_id=site_id, state=ActionState.OPEN)


def action_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Reference of an action → where the viewer finds it."""
    rows = actions_for(viewer).filter(ref__in=list(refs))
    return {row.ref: Reference(row.title, row.get_absolute_url()) for row in rows}


# -- what raised it elsewhere ------------------------------------------------------------
def networks_of(site: Site) -> list[Network]:
    """The networks that a site is in today, by name: who reads what it publishes."""
    return list(_networks_of(site.pk, today()).order_by("name", "pk"))


def _networks_of(site_id: int, day: dt.date) -> QuerySet[Network]:
    return Network.objects.filter(
        Q(places__valid_to=None) | Q(places__valid_to__gte=day),
        places__site_id=site_id,
        places__valid_from__lte=day,
    ).distinct()


def published_in_networks_of(
    site_id: int, codes: Iterable[str], framework_key: str, day: dt.date
) -> QuerySet[Action]:
    """What other sites of a site's networks published about sub-domains, the latest of all.

    :param framework_key: of any version of it
    """
    here = _networks_of(site_id, day)
    in_them = NetworkSite.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day, network__in=here
    )
    rows = Action.objects.filter(
        published_at__isnull=False,
        state=ActionState.DONE,
        sub_domain__code__in=list(codes),
        sub_domain__framework__key=framework_key,
        site_id__in=in_them.values("site_id"),
        site__closed_on=None,
    ).exclude(site=site_id)
    latest = rows.order_by("-published_at", "-pk").values("pk")[:PUBLISHED_READ]
    return Action.objects.filter(pk__in=latest)


def reads_flags(viewer: Viewer, site: Site) -> bool:
    """Whether the viewer works at the desk of the site: its ratings are its own."""
    return not viewer.is_key and viewer.has_role(site.pk, DESK)


def latest_counted(site_id: int, framework_key: str) -> QuerySet[SelfAssessment]:
    """The latest self-assessment of a site by a framework that was submitted: at most one row."""
    return SelfAssessment.objects.filter(
        site_id=site_id, round__framework__key=framework_key, state__in=COUNTED
    ).order_by("-created_at", "-pk")[:1]
