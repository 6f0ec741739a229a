"""What the pages of a site's own self-assessments read: the list, one as a list of tasks, one sub-domain."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.enums import READERS, Role
from accounts.models import Site
from accounts.queries import actor_names
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from maturity.enums import EDITABLE, Answer, AssessmentState, RoundState
from maturity.models import (
    AssessmentMove,
    Explanation,
    Framework,
    Indicator,
    Profile,
    Rating,
    Round,
    SelfAssessment,
    SubDomain,
)
from maturity.queries.last_time import ProfileBefore, assessment_before, profile_before
from maturity.queries.published import asked_by

# More than this many open at one time is no site's day.
MOST_OPEN = 25
ORDER = "-created_at"
# The key of the framework that is offered first to whoever has used none.
FIRST = "insites"
LEADS = (Role.SITE_LEAD,)
# Days before its closing from which a round is due soon.
SOON = 7


def today() -> dt.date:
    """The London date."""
    return london_date(timezone.now())


# -- which there are -------------------------------------------------------------
def assessments_for(viewer: Viewer) -> QuerySet[SelfAssessment]:
    """Self-assessments of the sites where the viewer reads them, with round, framework and site."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    rows = SelfAssessment.objects.visible_to(viewer).filter(site_id__in=sites)
    return rows.select_related("site", "round__framework", "round__network", "profile")


def assessment_at(viewer: Viewer, site: Site, ref: str) -> SelfAssessment | None:
    """One self-assessment of one of the viewer's sites, with its profile; None: missing or foreign."""
    if site.pk not in viewer.site_ids:
        return None
    return next(iter(_assessment_at(site_id=site.pk, ref=normalise_ref(ref)[:20])), None)


@compiled
def _assessment_at(*, site_id: int, ref: str) -> QuerySet[SelfAssessment]:
    rows = SelfAssessment.objects.filter(site=site_id, ref=ref).order_by()
    return rows.select_related("site", "round__framework", "round__network", "profile")


def _going_on() -> Q:
    """What the site can still do something about: of open rounds, and late ones of closed rounds."""
    is_late = Q(round__state=RoundState.CLOSED, created_at__gte=F("round__closed_at"))
    begun = Q(state=AssessmentState.DRAFT, round__state=RoundState.CLOSED)
    return begun | (
        Q(state__in=[AssessmentState.NOT_STARTED, AssessmentState.DRAFT])
        & (Q(round__state=RoundState.OPEN) | is_late)
    )


def open_at(viewer: Viewer, site: Site) -> list[SelfAssessment]:
    """Those that the site can still begin or go on with, the one that closes first first."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    return _open_at(site_id=site.pk) if site.pk in sites else []


@compiled
def _open_at(*, site_id: int) -> QuerySet[SelfAssessment]:
    rows = SelfAssessment.objects.filter(_going_on(), site=site_id)
    rows = rows.select_related("site", "round__framework", "round__network", "profile")
    return rows.order_by("round__closes_on", "pk")[:MOST_OPEN]


def past_at(viewer: Viewer, site: Site) -> QuerySet[SelfAssessment]:
    """All others of the site."""
    return assessments_for(viewer).filter(site=site).exclude(pk__in=_ids_going_on(site))


def _ids_going_on(site: Site) -> QuerySet[Any]:
    rows = SelfAssessment.objects.at(site).filter(_going_on())
    return rows.order_by().values("pk")


def waiting_for_leads(viewer: Viewer, most: int) -> list[SelfAssessment]:
    """What leads have to begin or finish, at the sites that the viewer leads; what closes first first."""
    sites = viewer.site_ids_with(LEADS)
    if not sites:
        return []
    rows = SelfAssessment.objects.filter(site_id__in=sites).filter(_going_on())
    rows = rows.filter(round__opens_on__lte=today())
    return list(rows.select_related("site", "round").order_by("round__closes_on", "pk")[:most])


def frameworks_to_choose() -> list[Framework]:
    """Shipped frameworks in force today, by title."""
    day = today()
    rows = Framework.objects.filter(network=None, valid_from__lte=day)
    return list(rows.filter(Q(valid_to=None) | Q(valid_to__gt=day)).order_by("title", "pk"))


def framework_used_last(viewer: Viewer, site: Site, offered: list[Framework]) -> Framework | None:
    """The framework of ``offered`` that the site used last, or the newer version of it; at first :data:`FIRST`."""
    last = assessments_for(viewer).filter(site=site).order_by("-created_at", "-pk").first()
    if last is None:
        return next((each for each in offered if each.key == FIRST), None)
    used = last.round.framework
    return next((each for each in offered if used.pk in (each.pk, each.follows_id)), None)


def sites_in(round: Round) -> int:
    """How many sites a round asks and have not left it."""
    return round.assessments.exclude(state=AssessmentState.WITHDRAWN).count()


# -- one as a list of tasks --------------------------------------------------------
@dataclass(slots=True)
class Item:
    """One indicator: what is said of it now, and what was last time (None: nothing)."""

    indicator: Indicator
    now: Rating | None = None
    before: Rating | None = None

    @property
    def is_answered(self) -> bool:
        """Whether it is rated or not applicable."""
        return self.now is not None and self.now.answer != Answer.CLEARED

    @property
    def number(self) -> int:
        """The number of its latest row; 0: none."""
        return self.now.number if self.now else 0


@dataclass(slots=True)
class Part:
    """One sub-domain with its indicators and words."""

    sub_domain: SubDomain
    items: list[Item] = field(default_factory=list)
    words: Explanation | None = None
    words_before: str = ""

    @property
    def answered(self) -> int:
        """How many indicators are answered."""
        return sum(item.is_answered for item in self.items)

    @property
    def is_done(self) -> bool:
        """Whether all are answered."""
        return self.answered == len(self.items)

    @property
    def is_begun(self) -> bool:
        """Whether anything was said."""
        return bool(self.answered or (self.words and self.words.text))

    @property
    def to_confirm(self) -> list[Item]:
        """Indicators without an answer that had one last time."""
        return [item for item in self.items if item.before and not item.is_answered]

    @property
    def status(self) -> str:
        """How far it is, in words."""
        if self.is_done:
            return "Done"
        if self.is_begun:
            return "In progress"
        return "Last time" if self.to_confirm else "Not started"


@dataclass(slots=True)
class Sheet:
    """A self-assessment as it stands: its rated sub-domains in order, what was said last time."""

    assessment: SelfAssessment
    parts: list[Part]
    before: SelfAssessment | None

    @property
    def shown(self) -> str:
        """Names exactly last time's answers, as :attr:`maturity.queries.last_time.LastTime.name` does."""
        return f"{self.before.ref}-{self.before.version}" if self.before else ""

    @property
    def to_confirm(self) -> list[Part]:
        """Sub-domains where last time's answers can be confirmed."""
        return [part for part in self.parts if part.to_confirm]

    @property
    def unanswered(self) -> list[Part]:
        """Sub-domains that are not done."""
        return [part for part in self.parts if not part.is_done]

    def next_after(self, code: str = "") -> Part | None:
        """The next sub-domain that is not done, after ``code`` and then from the start."""
        at = next((n for n, part in enumerate(self.parts) if part.sub_domain.code == code), -1)
        later = [*self.parts[at + 1 :], *self.parts[: at + 1]]
        return next(
            (part for part in later if not part.is_done and part.sub_domain.code != code), None
        )


def sheet_of(assessment: SelfAssessment, only: SubDomain | None = None) -> Sheet:
    """What is said so far and was said last time: three queries, of all sub-domains or ``only`` one.

    :param only: one of the framework's; then there is one part
    """
    framework = assessment.round.framework
    parts: dict[int, Part] = {}
    items: dict[int, Item] = {}
    for indicator in asked_by(framework).indicators:
        if only is None or indicator.sub_domain_id == only.pk:
            part = parts.setdefault(indicator.sub_domain_id, Part(indicator.sub_domain))
            items[indicator.pk] = Item(indicator)
            part.items.append(items[indicator.pk])
    before = assessment_before(assessment)
    same = before is not None and before.round.framework_id == framework.pk
    # Last time's indicator → this time's.
    carried = {
        (pk if same else item.indicator.same_as_id): item
        for pk, item in items.items()
        if same or item.indicator.same_as_id
    }
    both = [assessment.pk, *([before.pk] if before else [])]
    wanted: set[int | None] = {*items, *carried}
    # Of all sub-domains these are all that there are.
    indicators = None if only is None else [pk for pk in wanted if pk]
    for rating in _ratings(assessment_ids=both, indicator_ids=indicators):
        if rating.assessment_id == assessment.pk:
            items[rating.indicator_id].now = rating
        elif rating.answer != Answer.CLEARED and rating.indicator_id in carried:
            carried[rating.indicator_id].before = rating
    by_code = {part.sub_domain.code: part for part in parts.values()}
    for assessment_id, code, explanation in _words(both, only.code if only else None):
        found = by_code.get(code)
        if found is None:
            continue
        if assessment_id == assessment.pk:
            found.words = explanation
        elif any(item.before for item in found.items):
            found.words_before = explanation.text
    ordered = sorted(parts.values(), key=lambda part: part.sub_domain.position)
    return Sheet(assessment, ordered, before)


@compiled
def _ratings(*, assessment_ids: list[int], indicator_ids: list[int] | None) -> QuerySet[Rating]:
    """What is said now in some self-assessments, of some indicators or all (None)."""
    rows = Rating.objects.filter(assessment__in=assessment_ids, is_current=True).order_by()
    return rows if indicator_ids is None else rows.filter(indicator__in=indicator_ids)


def _words(assessments: list[int], code: str | None) -> list[tuple[int, str, Explanation]]:
    """Self-assessment, code of a sub-domain and the words to it; of one sub-domain or all (None)."""
    rows = _explanations(assessment_ids=assessments, code=code)
    return [(row.assessment_id, vars(row)["of_code"], row) for row in rows]


@compiled
def _explanations(*, assessment_ids: list[int], code: str | None) -> QuerySet[Explanation]:
    rows = Explanation.objects.filter(assessment__in=assessment_ids).order_by()
    if code is not None:
        rows = rows.filter(sub_domain__code=code)
    return rows.annotate(of_code=F("sub_domain__code"))


def sub_domains_to_rate(assessment: SelfAssessment) -> list[SubDomain]:
    """The rated sub-domains of its framework in order, with their domains."""
    return asked_by(assessment.round.framework).rated


def next_to_rate(assessment: SelfAssessment, sub_domain: SubDomain) -> SubDomain | None:
    """The first sub-domain after this one where something is not answered."""
    answered = Rating.objects.filter(assessment=assessment, is_current=True).exclude(
        answer=Answer.CLEARED
    )
    left = Indicator.objects.filter(
        framework_id=assessment.round.framework_id, sub_domain__position__gt=sub_domain.position
    ).exclude(pk__in=answered.values("indicator"))
    found = left.select_related("sub_domain").order_by("position").first()
    return found.sub_domain if found else None


# -- the profile -----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Described:
    """Domain 1 of a self-assessment: facts, words to what is described and not rated, and last time's."""

    profile: Profile | None
    sub_domains: list[SubDomain]
    # By the code of the sub-domain.
    words: dict[str, Explanation]
    before: ProfileBefore | None


def profile_of(assessment: SelfAssessment) -> Profile | None:
    """Its profile, if one was written."""
    return getattr(assessment, "profile", None)


def described_in(assessment: SelfAssessment) -> Described:
    """What is described and not rated, now and last time."""
    sub_domains = list(
        SubDomain.objects.filter(
            framework_id=assessment.round.framework_id, is_rated=False
        ).order_by("position")
    )
    words = {
        row.sub_domain.code: row
        for row in Explanation.objects.filter(
            assessment=assessment, sub_domain__in=sub_domains
        ).select_related("sub_domain")
    }
    return Described(profile_of(assessment), sub_domains, words, profile_before(assessment))


# -- what happened -----------------------------------------------------------------
TITLES = {
    AssessmentState.NOT_STARTED: "The site was asked",
    AssessmentState.DRAFT: "Begun",
    AssessmentState.SUBMITTED: "Submitted",
    AssessmentState.IN_REVIEW: "Given to peer review",
    AssessmentState.FINAL: "Final",
    AssessmentState.WITHDRAWN: "Left the round",
}
BACK = (AssessmentState.SUBMITTED, AssessmentState.IN_REVIEW, AssessmentState.FINAL)


def history_of(assessment: SelfAssessment) -> list[dict[str, Any]]:
    """Its moves as entries of a timeline, newest first: who, when and why."""
    moves = _moves(assessment_id=assessment.pk)
    names = actor_names((move.actor_kind, move.actor_ref) for move in moves)
    return [
        {
            "title": _title(move),
            "at": move.at,
            "by": names[move.actor_kind, move.actor_ref],
            "text": move.reason,
        }
        for move in moves
    ]


@compiled
def _moves(*, assessment_id: int) -> QuerySet[AssessmentMove]:
    return AssessmentMove.objects.filter(assessment=assessment_id).order_by("-number")


def _title(move: AssessmentMove) -> str:
    if move.to_state == AssessmentState.DRAFT and move.from_state in BACK:
        return "Reopened"
    return TITLES.get(AssessmentState(move.to_state), move.get_to_state_display())


def no_ratings() -> QuerySet[Indicator]:
    """Nothing, while the schema is generated."""
    return Indicator.objects.none()


def no_explanations() -> QuerySet[SubDomain]:
    """Nothing, while the schema is generated."""
    return SubDomain.objects.none()


# -- files and the API -----------------------------------------------------------------
def ratings_of(assessment: SelfAssessment) -> QuerySet[Indicator]:
    """Each indicator of its framework with what is said of it now, one row each, in one query.

    ``said_answer`` is null or "cleared" where it is not answered; ``said_value``,
    ``said_origin`` and ``said_at`` are the latest row's.
    """
    current = Q(ratings__assessment=assessment, ratings__is_current=True)
    rows = Indicator.objects.filter(framework_id=assessment.round.framework_id)
    return rows.select_related("sub_domain").annotate(
        said=FilteredRelation("ratings", condition=current),
        said_answer=F("said__answer"),
        said_value=F("said__value"),
        said_origin=F("said__origin"),
        said_at=F("said__at"),
    )


def explanations_of(assessment: SelfAssessment) -> QuerySet[SubDomain]:
    """Each sub-domain of its framework; ``said_text`` and ``said_at`` are null where nothing was written."""
    mine = Explanation.objects.filter(assessment=assessment, sub_domain=OuterRef("pk"))
    rows = SubDomain.objects.filter(framework_id=assessment.round.framework_id)
    return rows.annotate(
        said_text=Subquery(mine.values("text")[:1]),
        said_at=Subquery(mine.values("updated_at")[:1]),
    )


def sub_domain_codes(assessment: SelfAssessment) -> set[str]:
    """The codes of what can be explained or described."""
    rows = SubDomain.objects.filter(framework_id=assessment.round.framework_id)
    return set(rows.values_list("code", flat=True))


def indicator_codes(assessment: SelfAssessment) -> set[str]:
    """The codes of what it is asked."""
    rows = Indicator.objects.filter(framework_id=assessment.round.framework_id)
    return set(rows.values_list("code", flat=True))


def is_editable(assessment: SelfAssessment) -> bool:
    """Whether answers and words can be changed now."""
    if assessment.state not in EDITABLE:
        return False
    round = assessment.round
    return round.state == RoundState.CLOSED or (
        round.state == RoundState.OPEN and round.opens_on <= today()
    )
