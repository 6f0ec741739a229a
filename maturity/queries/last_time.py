"""What a site said last time, as far as the round's framework asks the same."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from hubapp.db.compiled import compiled
from maturity.enums import COUNTED, Answer
from maturity.models import Explanation, Indicator, Profile, Rating, SelfAssessment, SubDomain


@dataclass(frozen=True, slots=True)
class LastTime:
    """Last time's answers by the codes of this time's framework.

    ``ratings``: indicator code → (sub-domain code, the rating); ``explanations``: sub-domain code → words.
    """

    assessment: SelfAssessment
    ratings: dict[str, tuple[str, Rating]]
    explanations: dict[str, str]

    @property
    def name(self) -> str:
        """Names exactly these answers, so that what is confirmed is what was shown."""
        return f"{self.assessment.ref}-{self.assessment.version}"

    @property
    def on(self) -> dt.date | None:
        """The day on which it was submitted."""
        return self.assessment.submitted_on


@dataclass(frozen=True, slots=True)
class ProfileBefore:
    """The profile that the site wrote before this one, and the words with it that this framework asks for too."""

    profile: Profile
    # Sub-domain code → words.
    words: dict[str, str]

    @property
    def on(self) -> dt.date | None:
        """The day on which it was submitted."""
        return self.profile.assessment.submitted_on


def profile_before(assessment: SelfAssessment) -> ProfileBefore | None:
    """The site's latest submitted profile, by whichever framework: facts are the same in all of them."""
    row = (
        Profile.objects.filter(
            Q(assessment__created_at__lt=assessment.created_at)
            | Q(assessment__created_at=assessment.created_at, assessment__lt=assessment.pk),
            site_id=assessment.site_id,
            assessment__state__in=COUNTED,
        )
        .select_related("assessment__round")
        .order_by("-assessment__created_at", "-assessment_id")
        .first()
    )
    if row is None:
        return None
    now, before = assessment.round.framework, row.assessment.round
    if before.framework_id not in (now.pk, now.follows_id):
        return ProfileBefore(row, {})
    asked = SubDomain.objects.filter(framework=now, is_rated=False).values_list("code", flat=True)
    written = Explanation.objects.filter(
        assessment=row.assessment_id, sub_domain__code__in=list(asked)
    ).exclude(text="")
    return ProfileBefore(row, dict(written.values_list("sub_domain__code", "text")))


def assessment_before(assessment: SelfAssessment) -> SelfAssessment | None:
    """The site's latest submitted self-assessment before this one, by the same framework or the one it follows."""
    framework = assessment.round.framework
    found = _assessments_before(
        site_id=assessment.site_id,
        pk=assessment.pk,
        created_at=assessment.created_at,
        frameworks=[framework.pk, *([framework.follows_id] if framework.follows_id else [])],
    )
    return found[0] if found else None


@compiled
def _assessments_before(
    *, site_id: int, pk: int, created_at: dt.datetime, frameworks: list[int]
) -> QuerySet[SelfAssessment]:
    return (
        SelfAssessment.objects.filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk),
            site_id=site_id,
            round__framework_id__in=frameworks,
            state__in=COUNTED,
        )
        .select_related("round__framework", "site")
        .order_by("-created_at", "-pk")[:1]
    )


def last_time_of(assessment: SelfAssessment) -> LastTime | None:
    """What the site said in :func:`assessment_before`, through the crosswalk where the framework is a newer version."""
    before = assessment_before(assessment)
    if before is None:
        return None
    framework = assessment.round.framework
    now = Indicator.objects.filter(framework=framework).select_related("sub_domain")
    same = before.round.framework_id == framework.pk
    # Indicator of last time's framework → this time's.
    carried = {(row.pk if same else row.same_as_id): row for row in now if same or row.same_as_id}
    ratings = {}
    for rating in Rating.objects.filter(
        assessment=before, is_current=True, indicator_id__in=list(carried)
    ).exclude(answer=Answer.CLEARED):
        indicator = carried[rating.indicator_id]
        ratings[indicator.code] = (indicator.sub_domain.code, rating)
    codes = {sub_domain for sub_domain, _ in ratings.values()}
    explanations = {
        row.sub_domain.code: row.text
        for row in Explanation.objects.filter(assessment=before)
        .exclude(text="")
        .select_related("sub_domain")
        if row.sub_domain.code in codes or same
    }
    return LastTime(before, ratings, explanations)
