"""Reading a round: what all its sites say together, and who can learn from whom.

Two sources and never a mix of them: the ratings themselves, for whoever may read
every site by name; what the round released, for everybody else in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Network, Site, User
from hubapp.db.compiled import compiled
from hubapp.disclosure import rounds as disclosure
from hubapp.hooks import WorkItem, WorkList
from hubapp.refs import normalise_ref
from maturity.enums import (
    COUNTED,
    Answer,
    Disclosure,
    PairingState,
    RoundState,
    SiteKind,
    Wish,
    WteBand,
)
from maturity.models import (
    Framework,
    Indicator,
    LearningWish,
    Pairing,
    Rating,
    Release,
    Round,
    SelfAssessment,
    SubDomain,
)
from maturity.patterns import Counted
from maturity.queries.profiles import band_of
from maturity.queries.published import asked_by

WORK_SHOWN = 10
# Group codes of a release as people read them.
GROUP_WORDS = {
    disclosure.ALL: "All sites",
    **{f"wte-{band.value}": band.label for band in WteBand},
    **{f"kind-{kind.value}": kind.label for kind in SiteKind},
}


def round_of_network(network: Network, ref: str) -> Round | None:
    """One round of a network that the viewer was let in to."""
    return next(iter(_round_at(network_id=network.pk, ref=normalise_ref(ref))), None)


@compiled
def _round_at(*, network_id: int, ref: str) -> QuerySet[Round]:
    rows = Round.objects.filter(network=network_id, ref=ref).order_by()
    return rows.select_related("framework", "network")


def latest_release(round: Round) -> Release | None:
    """What a round shows now; None before it closed, and for a site's own."""
    return Release.objects.filter(round=round).order_by("-number").first()


def releases_of(round: Round) -> list[Release]:
    """Every release with its reason, latest first, without the figures."""
    return _releases(round_id=round.pk)


@compiled
def _releases(*, round_id: int) -> QuerySet[Release]:
    return Release.objects.filter(round=round_id).defer("content").order_by("-number")


def content_of(release: Release) -> disclosure.Release:
    """The frozen figures of a release."""
    return disclosure.Release.from_dict(release.content)


def is_named(round: Round) -> bool:
    """Whether the coordinator of a closed round may read each site by name."""
    return round.state == RoundState.CLOSED and round.disclosure != Disclosure.AGGREGATE


# -- counts ---------------------------------------------------------------------------
@dataclass(slots=True)
class Reading:
    """What a round says, by sub-domain: counts of the ratings themselves, or of what was released."""

    framework: Framework
    sites: int
    sub_domains: list[Counted] = field(default_factory=list)
    indicators: dict[str, list[Counted]] = field(default_factory=dict)
    # The rated sub-domains in the framework's order, where they were read.
    rated: list[SubDomain] = field(default_factory=list)
    # Set where it was read from a release.
    release: Release | None = None


def read_by_name(round: Round) -> Reading:
    """Every rating of whoever submitted, counted by indicator in one query; for the coordinator of a named round."""
    framework = round.framework
    counted = SelfAssessment.objects.filter(round=round, state__in=COUNTED)
    sites = counted.count()
    counts: dict[int, dict[int | None, int]] = {}
    rows = (
        Rating.objects.filter(round=round, is_current=True, assessment__state__in=COUNTED)
        .exclude(answer=Answer.CLEARED)
        .values_list("indicator_id", "value")
        .annotate(times=Count("pk"))
        .order_by()
    )
    for indicator_id, value, times in rows:
        counts.setdefault(indicator_id, {})[value] = times
    asked = asked_by(framework)
    reading = Reading(framework, sites, rated=asked.rated)
    indicators: dict[int, list[Indicator]] = {}
    for indicator in asked.indicators:
        indicators.setdefault(indicator.sub_domain_id, []).append(indicator)
    for sub_domain in reading.rated:
        parts = []
        for indicator in indicators.get(sub_domain.pk, []):
            said = counts.get(indicator.pk, {})
            by_value = {value: said.get(value, 0) for value in framework.values}
            not_applicable = said.get(None, 0)
            parts.append(
                Counted(
                    indicator.code,
                    indicator.text,
                    sub_domain.name,
                    by_value,
                    not_applicable,
                    sites - sum(by_value.values()) - not_applicable,
                )
            )
        reading.indicators[sub_domain.code] = parts
        reading.sub_domains.append(
            Counted(
                sub_domain.code,
                sub_domain.name,
                sub_domain.domain.name,
                {value: sum(part.counts[value] for part in parts) for value in framework.values},
                sum(part.not_applicable or 0 for part in parts),
                sum(part.not_answered or 0 for part in parts),
            )
        )
    return reading


def read_released(round: Round, release: Release) -> Reading:
    """What the round released of all its sites, by sub-domain: only of indicators that are shown."""
    content = content_of(release)
    reading = Reading(round.framework, release.sites, release=release)
    for sub_domain in asked_by(round.framework).rated:
        pool = content.pools.get(sub_domain.code)
        counts = dict(pool.counts) if pool else {}
        of = len(content.sub_domains.get(sub_domain.code, ()))
        reading.sub_domains.append(
            Counted(
                sub_domain.code,
                sub_domain.name,
                sub_domain.domain.name,
                {value: counts.get(value, 0) for value in round.framework.values},
                of_shown=(pool.shown if pool else 0, of),
            )
        )
    return reading


def reading_for_coordinator(round: Round) -> Reading | None:
    """What a coordinator may read of a round: the ratings where it is named, else what it released."""
    if is_named(round):
        return read_by_name(round)
    release = latest_release(round)
    return read_released(round, release) if release else None


def said_in_reading(round: Round) -> list[tuple[int, int, str]]:
    """Self-assessment, its version and the name of its site, of all that :func:`read_by_name` counts.

    Every change of a rating is a new version: whatever says the same here reads the same.
    """
    return _said_in_reading(round_id=round.pk)


@compiled
def _said_in_reading(*, round_id: int) -> QuerySet[SelfAssessment, tuple[int, int, str]]:
    rows = SelfAssessment.objects.filter(round=round_id, state__in=COUNTED).order_by("pk")
    return rows.values_list("pk", "version", "site__name")


def sites_in_reading(round: Round) -> QuerySet[SelfAssessment]:
    """Whoever submitted in a named round, for a list by site."""
    return SelfAssessment.objects.filter(round=round, state__in=COUNTED).select_related("site")


def shares_by_site(
    round: Round, assessments: Iterable[SelfAssessment]
) -> dict[int, dict[int, dict[int, int]]]:
    """Assessment id → sub-domain id → rating → how often; one query for a page of sites."""
    ids = [row.pk for row in assessments]
    found: dict[int, dict[int, dict[int, int]]] = {}
    for assessment_id, sub_domain_id, value, times in _shares(assessment_ids=ids):
        found.setdefault(assessment_id, {}).setdefault(sub_domain_id, {})[value or 0] = times
    return found


@compiled
def _shares(*, assessment_ids: list[int]) -> QuerySet[Rating, tuple[int, int, int | None, int]]:
    return (
        Rating.objects.filter(assessment__in=assessment_ids, is_current=True, answer=Answer.RATED)
        .values_list("assessment_id", "indicator__sub_domain_id", "value")
        .annotate(times=Count("pk"))
        .order_by()
    )


# -- one site beside the others ----------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Beside:
    """One indicator: what the site says, and the quartiles of each group that it is in (None: withheld)."""

    indicator: Indicator
    own: Rating | None
    cells: list[disclosure.Cell | None]

    @property
    def place(self) -> str:
        """Where the site's rating lies among all: "below", "within" or "above" the middle half; empty if not told."""
        cell = self.cells[0] if self.cells else None
        if cell is None or self.own is None or self.own.value is None:
            return ""
        if self.own.value < cell.lower:
            return "below"
        return "above" if self.own.value > cell.upper else "within"


@dataclass(slots=True)
class Comparison:
    """A site beside the others of a round, as far as the round released it."""

    release: Release
    groups: list[tuple[str, str, int]]
    rows: dict[str, list[Beside]]
    reading: Reading
    withheld: int = 0


def groups_of(assessment: SelfAssessment) -> list[str]:
    """Codes of the groups that a site could stand in besides "all": its size, its kind."""
    profile = getattr(assessment, "profile", None)
    if profile is None:
        return []
    band = band_of(profile.wte)
    return [
        *([f"wte-{band.value}"] if band else []),
        *([f"kind-{profile.kind}"] if profile.kind else []),
    ]


def own_ratings(assessment: SelfAssessment) -> list[Rating]:
    """What the site itself says now, of all that it answered."""
    return _own_ratings(assessment_id=assessment.pk)


@compiled
def _own_ratings(*, assessment_id: int) -> QuerySet[Rating]:
    rows = Rating.objects.filter(assessment=assessment_id, is_current=True)
    rows = rows.exclude(answer=Answer.CLEARED).order_by("pk")
    return rows.only("indicator", "answer", "value")


def comparison_of(assessment: SelfAssessment) -> Comparison | None:
    """The released figures beside what the site itself says; None where nothing was released."""
    round = assessment.round
    release = latest_release(round)
    if release is None:
        return None
    content = content_of(release)
    mine = {disclosure.ALL, *groups_of(assessment)}
    groups = [
        (code, GROUP_WORDS.get(code, code), size)
        for code, size in content.groups.items()
        if code in mine
    ]
    own = {row.indicator_id: row for row in own_ratings(assessment)}
    rows: dict[str, list[Beside]] = {}
    withheld = 0
    for indicator in asked_by(round.framework).indicators:
        cells = [content.cell(indicator.code, code) for code, _, _ in groups]
        withheld += not cells or cells[0] is None
        rows.setdefault(indicator.sub_domain.code, []).append(
            Beside(indicator, own.get(indicator.pk), cells)
        )
    return Comparison(release, groups, rows, read_released(round, release), withheld)


# -- learning from each other ------------------------------------------------------------
def latest_counted(site: Site) -> SelfAssessment | None:
    """The site's latest self-assessment in a network's round that counts."""
    return next(iter(_latest_counted(site_id=site.pk)), None)


@compiled
def _latest_counted(*, site_id: int) -> QuerySet[SelfAssessment]:
    return (
        SelfAssessment.objects.filter(site=site_id, state__in=COUNTED, round__network__isnull=False)
        .exclude(round__state=RoundState.CANCELLED)
        .select_related("round__framework", "round__network", "site")
        .order_by("-created_at", "-pk")[:1]
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """One sub-domain as the learning page has it: how often each point was rated, and what was wished."""

    sub_domain: SubDomain
    counts: dict[int, int]
    wish: LearningWish | None

    @property
    def n(self) -> int:
        """How many indicators of it are rated."""
        return sum(self.counts.values())

    @property
    def wished(self) -> str | None:
        """What was wished; None: nothing."""
        return self.wish.wish if self.wish else None


def subjects_of(assessment: SelfAssessment) -> list[Subject]:
    """Every rated sub-domain with the site's own ratings and wish; two queries."""
    counts = shares_by_site(assessment.round, [assessment]).get(assessment.pk, {})
    wishes = {row.sub_domain_id: row for row in _wishes(assessment_id=assessment.pk)}
    values = assessment.round.framework.values
    return [
        Subject(
            row,
            {value: counts.get(row.pk, {}).get(value, 0) for value in values},
            wishes.get(row.pk),
        )
        for row in asked_by(assessment.round.framework).rated
    ]


@compiled
def _wishes(*, assessment_id: int) -> QuerySet[LearningWish]:
    return LearningWish.objects.filter(assessment=assessment_id, ended_at=None)


def sub_domain_at(assessment: SelfAssessment, code: str) -> SubDomain | None:
    """A rated sub-domain of the framework of an assessment."""
    return SubDomain.objects.filter(
        framework_id=assessment.round.framework_id, code=code, is_rated=True
    ).first()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two sites that could learn from each other: one said that it may be asked, one that it wants help."""

    sub_domain: SubDomain
    giver: Site
    taker: Site
    pairing: Pairing | None


def suggestions_in(round: Round) -> list[Suggestion]:
    """Who offers and who wants the same sub-domain, with the introduction if one stands.

    Both said so themselves, and were told that it tells the coordinator; nothing is read from ratings.
    """
    wishes = (
        LearningWish.objects.filter(
            assessment__round=round, ended_at=None, assessment__state__in=COUNTED
        )
        .select_related("site", "sub_domain")
        .order_by("sub_domain__position", "site__name", "pk")
    )
    offers: dict[int, list[LearningWish]] = {}
    wants: dict[int, list[LearningWish]] = {}
    for row in wishes:
        (offers if row.wish == Wish.OFFERS else wants).setdefault(row.sub_domain_id, []).append(row)
    standing = {
        (row.sub_domain_id, row.giver_id, row.taker_id): row
        for row in Pairing.objects.filter(round=round).exclude(state=PairingState.WITHDRAWN)
    }
    return [
        Suggestion(
            offer.sub_domain,
            offer.site,
            want.site,
            standing.get((sub_domain_id, offer.site_id, want.site_id)),
        )
        for sub_domain_id, offered in offers.items()
        for offer in offered
        for want in wants.get(sub_domain_id, [])
        if offer.site_id != want.site_id
    ]


def pairing_in(round: Round, ref: str) -> Pairing | None:
    """One introduction of a round."""
    return Pairing.objects.filter(round=round, ref=normalise_ref(ref)).first()


def pairings_of(site: Site) -> list[Pairing]:
    """Introductions in which a site is one of two, latest first; the other's name only once both agreed."""
    return _pairings(site_id=site.pk)


@compiled
def _pairings(*, site_id: int) -> QuerySet[Pairing]:
    return (
        Pairing.objects.filter(Q(giver=site_id) | Q(taker=site_id))
        .exclude(state=PairingState.WITHDRAWN)
        .select_related("giver", "taker", "sub_domain", "round")
        .order_by("-proposed_at", "-pk")[:50]
    )


def pairing_of(site: Site, ref: str) -> Pairing | None:
    """One introduction in which a site is one of two."""
    return (
        Pairing.objects.filter(Q(giver=site) | Q(taker=site), ref=normalise_ref(ref))
        .exclude(state=PairingState.WITHDRAWN)
        .select_related("giver", "taker", "sub_domain", "round", "network")
        .first()
    )


def leads_of(site: Site) -> list[User]:
    """Who leads a site: whom the other one writes to once both agreed."""
    return list(
        User.objects.filter(
            memberships__site=site,
            memberships__role=Role.SITE_LEAD,
            memberships__ended_at=None,
            is_active=True,
        )
        .select_related("person")
        .distinct()
        .order_by("pk")
    )


def pairings_to_answer(user: User) -> list[WorkList]:
    """For leads: introductions that wait for their site's yes or no."""
    site_ids = user.viewer.site_ids_with((Role.SITE_LEAD,))
    if not site_ids:
        return []
    waits = Q(giver_id__in=site_ids, giver_agreed_at=None) | Q(
        taker_id__in=site_ids, taker_agreed_at=None
    )
    rows = (
        Pairing.objects.filter(waits, state=PairingState.PROPOSED)
        .select_related("giver", "taker", "sub_domain")
        .order_by("proposed_at", "pk")[:WORK_SHOWN]
    )
    items = []
    for row in rows:
        own = row.giver if row.giver_id in site_ids and row.giver_agreed_at is None else row.taker
        items.append(
            WorkItem(
                title=f"An introduction: {row.sub_domain.name}",
                href=reverse("maturity:learning", kwargs={"site": own.slug}),
                site_name=own.name,
                why="Say whether you would like to meet",
                since=row.proposed_at,
            )
        )
    return [WorkList("Maturity: learning with another site", items)] if items else []


def offers_exist(round: Round) -> bool:
    """Whether anybody in a round said that they may be asked or want help."""
    return LearningWish.objects.filter(assessment__round=round, ended_at=None).exists()


def readable_rounds(site: Site) -> QuerySet[SelfAssessment]:
    """The site's self-assessments in rounds that released something."""
    return (
        SelfAssessment.objects.at(site)
        .filter(Exists(Release.objects.filter(round=OuterRef("round"))))
        .select_related("round__framework", "site")
        .order_by("-created_at", "-pk")
    )
