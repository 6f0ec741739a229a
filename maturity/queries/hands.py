"""Raters, what they said apart, and what is claimed, evidenced and validated."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.enums import READERS, Role, Scope
from accounts.models import Site, User
from accounts.queries import member_of, members_of
from accounts.viewers import Viewer
from hubapp.hooks import WorkItem, WorkList
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from maturity import links
from maturity.enums import (
    Answer,
    AssessmentState,
    Finding,
    RaterState,
    ReviewState,
    RoundState,
)
from maturity.models import (
    Domain,
    Evidence,
    EvidenceUse,
    Indicator,
    Rater,
    RaterRating,
    Rating,
    Review,
    ReviewFinding,
    SelfAssessment,
    SubDomain,
)
from maturity.queries.named import may_read_ratings
from maturity.queries.profiles import band_of

WORK_SHOWN = 10


def assessment_at(viewer: Viewer, site: Site, ref: str) -> SelfAssessment | None:
    """One self-assessment of one of the viewer's own sites."""
    return (
        SelfAssessment.objects.visible_to(viewer)
        .at(site)
        .filter(ref=normalise_ref(ref))
        .select_related("round__framework", "round__network", "site")
        .first()
    )


# -- raters -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RateLink:
    """What a link opens: nothing of ours, an earlier link of a rater, or the rater."""

    rater: Rater | None = None
    is_replaced: bool = False


def rate_link(token: str) -> RateLink:
    """The rater that a link opens; its row too where the link was replaced by a newer one."""
    opened = links.open_rate_token(token)
    if opened is None:
        return RateLink()
    ref, generation = opened
    rater = rater_by_ref(ref)
    return RateLink(rater, is_replaced=bool(rater and rater.generation != generation))


def rater_by_ref(ref: str) -> Rater | None:
    """A rater for its link and its mails."""
    return (
        Rater.objects.select_related(
            "assessment__round__framework", "assessment__site", "person", "site"
        )
        .filter(ref=ref)
        .first()
    )


def raters_of(assessment: SelfAssessment) -> list[Rater]:
    """Whoever was asked and not taken back, with how many indicators each has answered (``said``)."""
    answered = Count(
        "ratings", filter=Q(ratings__is_current=True) & ~Q(ratings__answer=Answer.CLEARED)
    )
    return list(
        assessment.raters.exclude(state=RaterState.WITHDRAWN)
        .select_related("person")
        .annotate(said=answered)
        .order_by("asked_at", "pk")
    )


def every_rater() -> QuerySet[Rater]:
    """Raters, with how many indicators each has answered (``said``); narrow it to one self-assessment."""
    answers = RaterRating.objects.filter(rater=OuterRef("pk"), is_current=True)
    counted = (
        answers.exclude(answer=Answer.CLEARED)
        .order_by()
        .values("rater")
        .annotate(found=Count("pk"))
        .values("found")
    )
    return Rater.objects.select_related("site", "user", "assessment__round").annotate(
        said=Coalesce(Subquery(counted), 0)
    )


def rater_of(assessment: SelfAssessment, ref: str) -> Rater | None:
    """One rater of an assessment that the viewer was let in to."""
    return (
        assessment.raters.filter(ref=normalise_ref(ref))
        .select_related("assessment__round__framework", "assessment__site", "person", "site")
        .first()
    )


def members_to_ask(assessment: SelfAssessment) -> list[tuple[str, str]]:
    """Members of the site who were not asked yet: (reference of the user, name)."""
    asked = set(
        assessment.raters.exclude(state=RaterState.WITHDRAWN).values_list("person_id", flat=True)
    )
    return [
        (member.user.ref, member.name)
        for member in members_of(assessment.site)
        if member.user.person_id not in asked
    ]


def member_with_ref(site: Site, ref: str) -> User | None:
    """A member of a site by their reference."""
    member = member_of(site, normalise_ref(ref))
    return member.user if member else None


def own_raters(user: User) -> QuerySet[Rater]:
    """What was asked of somebody with an account and is not done."""
    return Rater.objects.filter(
        user=user,
        state__in=[RaterState.INVITED, RaterState.STARTED],
        expires_at__gt=timezone.now(),
        assessment__state=AssessmentState.DRAFT,
    ).select_related("assessment__round", "site", "person")


@dataclass(slots=True)
class DomainPage:
    """One domain as a rater goes through it: its indicators by sub-domain, and how many are answered."""

    domain: Domain
    sub_domains: list[SubDomain]
    asked: int = 0
    answered: int = 0

    @property
    def indicators(self) -> list[Indicator]:
        """All of its indicators, in order."""
        return [row for each in self.sub_domains for row in vars(each)["asked_indicators"]]

    @property
    def status(self) -> str:
        """In words, as a task list has it."""
        if not self.answered:
            return "Not started"
        return "Done" if self.answered == self.asked else f"{self.answered} of {self.asked}"


def domains_for(rater: Rater) -> list[DomainPage]:
    """The rated domains of the round's framework with a rater's progress; a few queries however large."""
    framework_id = rater.assessment.round.framework_id
    rated = SubDomain.objects.filter(is_rated=True).order_by("position")
    domains = (
        Domain.objects.filter(framework_id=framework_id, is_rated=True)
        .order_by("position")
        .prefetch_related(
            Prefetch("sub_domains", queryset=rated, to_attr="asked_sub_domains"),
            Prefetch(
                "asked_sub_domains__indicators",
                queryset=Indicator.objects.order_by("position"),
                to_attr="asked_indicators",
            ),
        )
    )
    answered = set(answers_of(rater))
    pages = []
    for domain in domains:
        sub_domains = vars(domain)["asked_sub_domains"]
        codes = [row.code for each in sub_domains for row in vars(each)["asked_indicators"]]
        if codes:
            said = sum(code in answered for code in codes)
            pages.append(DomainPage(domain, sub_domains, len(codes), said))
    return pages


def answers_of(rater: Rater) -> dict[str, RaterRating]:
    """Indicator code → what this rater says of it now; not answered is left out."""
    rows = (
        rater.ratings.filter(is_current=True)
        .exclude(answer=Answer.CLEARED)
        .select_related("indicator")
    )
    return {row.indicator.code: row for row in rows}


# -- together -----------------------------------------------------------------------
@dataclass(slots=True)
class Heard:
    """One indicator as raters who are done answered it, and what the site says."""

    indicator: Indicator
    said: list[tuple[str, RaterRating]] = field(default_factory=list)
    rating: Rating | None = None

    @property
    def answers(self) -> set[tuple[str, int | None]]:
        """The different answers."""
        return {(row.answer, row.value) for _, row in self.said}

    @property
    def differs(self) -> bool:
        """Whether raters differ."""
        return len(self.answers) > 1

    @property
    def is_settled(self) -> bool:
        """Whether the site has an answer of its own."""
        return self.rating is not None and self.rating.answer != Answer.CLEARED


def heard_in(assessment: SelfAssessment, sub_domain: SubDomain | None = None) -> list[Heard]:
    """Every indicator with what raters who are done said, in the framework's order."""
    indicators = Indicator.objects.filter(framework_id=assessment.round.framework_id)
    if sub_domain is not None:
        indicators = indicators.filter(sub_domain=sub_domain)
    rows = {
        row.pk: Heard(row)
        for row in indicators.select_related("sub_domain__domain").order_by("position")
    }
    for said in (
        RaterRating.objects.filter(
            assessment=assessment, is_current=True, rater__state=RaterState.DONE
        )
        .exclude(answer=Answer.CLEARED)
        .select_related("rater__person")
        .order_by("rater__asked_at", "rater_id")
    ):
        if said.indicator_id in rows:
            rows[said.indicator_id].said.append((said.rater.person.name, said))
    for rating in assessment.ratings.filter(is_current=True):
        if rating.indicator_id in rows:
            rows[rating.indicator_id].rating = rating
    return list(rows.values())


def sub_domain_with(assessment: SelfAssessment, code: str) -> SubDomain | None:
    """A rated sub-domain of the round's framework."""
    return (
        SubDomain.objects.filter(
            framework_id=assessment.round.framework_id, code=code, is_rated=True
        )
        .select_related("domain")
        .first()
    )


def sub_domain_after(sub_domain: SubDomain) -> SubDomain | None:
    """The next rated one; None after the last."""
    return (
        SubDomain.objects.filter(
            framework_id=sub_domain.framework_id, position__gt=sub_domain.position, is_rated=True
        )
        .order_by("position")
        .first()
    )


# -- evidence -----------------------------------------------------------------------
def evidence_of(site: Site) -> QuerySet[Evidence]:
    """What a site keeps, with in how many places each stands (``used``)."""
    return Evidence.objects.at(site).annotate(
        used=Count("uses", filter=Q(uses__ended_at=None), distinct=True)
    )


def evidence_for(viewer: Viewer) -> QuerySet[Evidence]:
    """What the sites keep where the viewer reads it, with in how many places each stands (``used``)."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    uses = EvidenceUse.objects.filter(evidence=OuterRef("pk"), ended_at=None).order_by()
    counted = uses.values("evidence").annotate(found=Count("pk")).values("found")
    return (
        Evidence.objects.filter(site_id__in=sites, removed_at=None)
        .select_related("site")
        .annotate(used=Coalesce(Subquery(counted), 0))
    )


def indicators_asked(assessment: SelfAssessment) -> list[Indicator]:
    """Every indicator of its framework, in order."""
    rows = Indicator.objects.filter(framework_id=assessment.round.framework_id)
    return list(rows.order_by("position"))


def evidence_at(viewer: Viewer, site: Site, ref: str) -> Evidence | None:
    """One piece of evidence of one of the viewer's own sites."""
    if site.pk not in viewer.site_ids:
        return None
    return Evidence.objects.at(site).filter(ref=normalise_ref(ref)).select_related("site").first()


def uses_of(assessment: SelfAssessment) -> dict[int, list[Evidence]]:
    """Indicator id → the evidence that stands for it, expired pieces too."""
    found: dict[int, list[Evidence]] = {}
    rows = (
        EvidenceUse.objects.filter(assessment=assessment, ended_at=None)
        .select_related("evidence")
        .order_by("evidence__title", "evidence_id")
    )
    for row in rows:
        found.setdefault(row.indicator_id, []).append(row.evidence)
    return found


def is_expired(evidence: Evidence, on: dt.date | None = None) -> bool:
    """Whether it shows nothing any more on a day."""
    day = on or london_date(timezone.now())
    return evidence.expires_on is not None and evidence.expires_on < day


def indicators_of(sub_domain: SubDomain) -> list[Indicator]:
    """What a sub-domain asks, in order."""
    return list(Indicator.objects.filter(sub_domain=sub_domain).order_by("position"))


def evidence_to_show(site: Site) -> list[Evidence]:
    """What a site can show: nothing removed, and nothing that has expired."""
    return [row for row in Evidence.objects.at(site).order_by("title", "pk") if not is_expired(row)]


# -- claimed, evidenced, validated ------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Standing:
    """One indicator in three columns that never mix."""

    indicator: Indicator
    # What the site says: None where it is not answered.
    claimed: Rating | None
    # Evidence that has not expired when it was submitted (or today), and what has.
    evidence: list[Evidence]
    expired: list[Evidence]
    # What the last finished peer review found; None where it says nothing.
    validated: ReviewFinding | None

    @property
    def is_evidenced(self) -> bool:
        """Whether anything stands for it."""
        return bool(self.evidence)


def standings_of(assessment: SelfAssessment) -> list[Standing]:
    """Claimed, evidenced and validated, side by side; missing evidence changes nothing of the claimed."""
    day = assessment.submitted_on or london_date(timezone.now())
    claimed = {
        row.indicator_id: row
        for row in assessment.ratings.filter(is_current=True).exclude(answer=Answer.CLEARED)
    }
    uses = uses_of(assessment)
    review = assessment.reviews.filter(state=ReviewState.DONE).order_by("-done_at", "-pk").first()
    found = {row.indicator_id: row for row in review.findings.all()} if review else {}
    indicators = (
        Indicator.objects.filter(framework_id=assessment.round.framework_id)
        .select_related("sub_domain__domain")
        .order_by("position")
    )
    return [
        Standing(
            row,
            claimed.get(row.pk),
            [each for each in uses.get(row.pk, []) if not is_expired(each, day)],
            [each for each in uses.get(row.pk, []) if is_expired(each, day)],
            found.get(row.pk),
        )
        for row in indicators
    ]


def counts_of(standings: Iterable[Standing]) -> dict[str, int]:
    """How many indicators are rated, evidenced, and validated by agreement or with a difference."""
    rows = [row for row in standings if row.claimed and row.claimed.answer == Answer.RATED]
    return {
        "rated": len(rows),
        "evidenced": sum(row.is_evidenced for row in rows),
        "agreed": sum(
            bool(row.validated and row.validated.finding == Finding.AGREES) for row in rows
        ),
        "differ": sum(
            bool(row.validated and row.validated.finding == Finding.DIFFERS) for row in rows
        ),
    }


# -- peer review ------------------------------------------------------------------------
def review_for(viewer: Viewer, site: Site, ref: str) -> Review | None:
    """One review that a site of the viewer gives or gets."""
    return (
        Review.objects.filter(Q(reviewing_site=site) | Q(site=site), ref=normalise_ref(ref))
        .filter(Q(reviewing_site_id__in=viewer.site_ids) | Q(site_id__in=viewer.site_ids))
        .exclude(state=ReviewState.WITHDRAWN)
        .select_related(
            "assessment__round__framework", "site", "reviewing_site", "reviewer__person"
        )
        .first()
    )


def reviews_for(viewer: Viewer) -> QuerySet[Review]:
    """Reviews that the viewer's sites get, where they read, and give, where they lead or hold that scope."""
    reads = viewer.site_ids if viewer.is_key else viewer.site_ids_with(READERS)
    given = Q(reviewing_site_id__in=_reviewing_sites(viewer)) & ~Q(state=ReviewState.WITHDRAWN)
    return Review.objects.filter(Q(site_id__in=reads) | given).select_related(
        "assessment__round__framework", "site", "reviewing_site"
    )


def _reviewing_sites(viewer: Viewer) -> list[int]:
    """The sites for which the viewer reviews others."""
    if viewer.is_key:
        return viewer.site_ids if Scope.MATURITY_SUBMIT in viewer.scopes else []
    return viewer.site_ids_with((Role.SITE_LEAD,))


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One indicator in a review: what was found, and what the site claims while it is under way."""

    indicator: Indicator
    claimed: Rating | None
    finding: ReviewFinding | None
    explanation: str = ""


def reviewed_in(viewer: Viewer, review: Review) -> list[Reviewed]:
    """What the viewer may read of a review, in the framework's order.

    The reviewing site: while it is under way every rated indicator with the claim, then what
    it found. The reviewed site: what was found, once the review is done.
    """
    is_reviewer = review.reviewing_site_id in _reviewing_sites(viewer)
    under_way = review.state == ReviewState.ACCEPTED
    if under_way and not is_reviewer:
        return []
    if not under_way and review.state != ReviewState.DONE:
        return []
    found = {row.indicator_id: row for row in review.findings.all()}
    claimed: dict[int, Rating] = {}
    words: dict[int, str] = {}
    if under_way and may_read_ratings(viewer, review.assessment):
        rows = review.assessment.ratings.filter(is_current=True, answer=Answer.RATED)
        claimed = {row.indicator_id: row for row in rows}
        words = dict(review.assessment.explanations.values_list("sub_domain_id", "text"))
    return [
        Reviewed(row, claimed.get(row.pk), found.get(row.pk), words.get(row.sub_domain_id, ""))
        for row in Indicator.objects.filter(framework_id=review.assessment.round.framework_id)
        .select_related("sub_domain")
        .order_by("position")
        if row.pk in claimed or row.pk in found
    ]


def reviews_given_by(site: Site) -> QuerySet[Review]:
    """What a site was asked to review, latest first."""
    return (
        Review.objects.filter(reviewing_site=site)
        .exclude(state=ReviewState.WITHDRAWN)
        .select_related("assessment__round", "site", "reviewing_site", "reviewer__person")
        .order_by("-asked_at", "-pk")
    )


def reviews_of(assessment: SelfAssessment) -> list[Review]:
    """Reviews of one self-assessment, latest first."""
    return list(
        assessment.reviews.select_related("reviewing_site", "reviewer__person").order_by(
            "-asked_at", "-pk"
        )
    )


def can_be_reviewed(assessment: SelfAssessment) -> bool:
    """Whether a site can be asked to review it now."""
    return assessment.round.asks_review and assessment.state == AssessmentState.SUBMITTED


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """One sub-domain of a review: of how many rated indicators something was found."""

    sub_domain: SubDomain
    rated: int
    found: int


def review_progress(review: Review) -> list[ReviewProgress]:
    """The sub-domains in which the reviewed site rated anything, in order; three queries."""
    found = set(review.findings.values_list("indicator_id", flat=True))
    rows: dict[int, list[int]] = {}
    names: dict[int, SubDomain] = {}
    for rating in (
        Rating.objects.filter(
            assessment_id=review.assessment_id, is_current=True, answer=Answer.RATED
        )
        .select_related("indicator__sub_domain__domain")
        .order_by("indicator__position")
    ):
        sub_domain = rating.indicator.sub_domain
        names[sub_domain.pk] = sub_domain
        counts = rows.setdefault(sub_domain.pk, [0, 0])
        counts[0] += 1
        counts[1] += rating.indicator_id in found
    return [ReviewProgress(names[pk], *counts) for pk, counts in rows.items()]


@dataclass(frozen=True, slots=True)
class ReviewPart:
    """One sub-domain as a reviewer reads it."""

    sub_domain: SubDomain
    claimed: list[Rating]
    findings: dict[int, ReviewFinding]
    evidence: dict[int, list[Evidence]]
    explanation: str


def review_part(review: Review, code: str) -> ReviewPart | None:
    """What the site claims, writes and shows in one sub-domain; None where it rated nothing."""
    sub_domain = sub_domain_with(review.assessment, code)
    if sub_domain is None:
        return None
    claimed = list(
        Rating.objects.filter(
            assessment_id=review.assessment_id,
            is_current=True,
            answer=Answer.RATED,
            indicator__sub_domain=sub_domain,
        )
        .select_related("indicator")
        .order_by("indicator__position")
    )
    if not claimed:
        return None
    words = review.assessment.explanations.filter(sub_domain=sub_domain).first()
    findings = {row.indicator_id: row for row in review.findings.all()}
    return ReviewPart(
        sub_domain, claimed, findings, uses_of(review.assessment), words.text if words else ""
    )


def evidence_in_review(review: Review, ref: str) -> Evidence | None:
    """A piece of evidence that stands in the reviewed self-assessment, while its review is under way or done."""
    if review.state not in (ReviewState.ACCEPTED, ReviewState.DONE):
        return None
    return (
        Evidence.objects.filter(
            ref=normalise_ref(ref),
            removed_at=None,
            uses__assessment_id=review.assessment_id,
            uses__ended_at=None,
        )
        .distinct()
        .first()
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A site that could review another, and why it fits."""

    site: Site
    reasons: list[str]


def matches_for(assessment: SelfAssessment) -> list[Match]:
    """Sites of the same round that submitted, those most alike first; nobody who is reviewed by it already."""
    others = (
        SelfAssessment.objects.filter(round_id=assessment.round_id)
        .exclude(pk=assessment.pk)
        .exclude(state__in=[AssessmentState.WITHDRAWN, AssessmentState.NOT_STARTED])
        .select_related("site", "profile")
    )
    mine = SelfAssessment.objects.select_related("profile").get(pk=assessment.pk)
    own = getattr(mine, "profile", None)
    given = set(
        Review.objects.filter(
            assessment__round_id=assessment.round_id,
            reviewing_site_id=assessment.site_id,
            state__in=[ReviewState.ASKED, ReviewState.ACCEPTED, ReviewState.DONE],
        ).values_list("site_id", flat=True)
    )
    refused = set(
        assessment.reviews.filter(state=ReviewState.DECLINED).values_list(
            "reviewing_site_id", flat=True
        )
    )
    busy = dict(
        Review.objects.filter(
            assessment__round_id=assessment.round_id,
            state__in=[ReviewState.ASKED, ReviewState.ACCEPTED],
        )
        .values_list("reviewing_site_id")
        .annotate(Count("pk"))
    )
    found = []
    for other in others:
        if other.site_id in given or other.site_id in refused:
            continue
        theirs = getattr(other, "profile", None)
        reasons = []
        if own and theirs:
            if own.kind and own.kind == theirs.kind:
                reasons.append(own.get_kind_display())
            if own.wte is not None and band_of(own.wte) == band_of(theirs.wte):
                reasons.append(band_of(own.wte).label)  # type: ignore[union-attr]  # of a WTE that is there
        found.append((-len(reasons), busy.get(other.site_id, 0), other.site.name, other, reasons))
    found.sort(key=lambda row: row[:3])
    return [Match(other.site, reasons) for *_, other, reasons in found]


# -- work ----------------------------------------------------------------------------
def asked_to_rate(user: User) -> list[WorkList]:
    """For whoever was asked to rate: what waits for their ratings."""
    rows = list(own_raters(user).order_by("expires_at", "pk")[: WORK_SHOWN + 1])
    items = [
        WorkItem(
            title=str(row.assessment.round),
            href=links.rate_path(row.ref, row.generation),
            site_name=row.site.name,
            why="Say how you would rate; the lead asked you",
            since=row.asked_at,
            due_on=london_date(row.expires_at) - dt.timedelta(days=1),
        )
        for row in rows[:WORK_SHOWN]
    ]
    return (
        [WorkList("Maturity: your ratings are asked for", items, comes_first=True)] if items else []
    )


def asked_to_review(user: User) -> list[WorkList]:
    """For leads: peer reviews that wait for their site."""
    site_ids = user.viewer.site_ids_with((Role.SITE_LEAD,))
    if not site_ids:
        return []
    rows = (
        Review.objects.filter(
            reviewing_site_id__in=site_ids,
            state__in=[ReviewState.ASKED, ReviewState.ACCEPTED],
            # Not of a site that has left since, or took it up again.
            assessment__state=AssessmentState.IN_REVIEW,
        )
        .exclude(assessment__round__state=RoundState.CANCELLED)
        .select_related("reviewing_site", "site", "assessment__round")
        .order_by("asked_at", "pk")[:WORK_SHOWN]
    )
    items = [
        WorkItem(
            title=f"Review {row.site}",
            href=row.get_absolute_url(),
            site_name=row.reviewing_site.name,
            why="Take it on or decline"
            if row.state == ReviewState.ASKED
            else "Say what you find, then hand it over",
            since=row.asked_at,
            due_on=row.due_on,
            overdue=bool(row.due_on and row.due_on < london_date(timezone.now())),
        )
        for row in rows
    ]
    return [WorkList("Maturity: peer reviews", items, comes_first=True)] if items else []
