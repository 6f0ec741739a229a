"""Rounds and the sites in them."""

import datetime as dt

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Network, Site
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from maturity.enums import COUNTED, AssessmentState
from maturity.models import Framework, Release, Round, SelfAssessment
from maturity.queries.assess import assessments_for

# Progress, who needs a nudge first.
ORDER = (
    AssessmentState.NOT_STARTED,
    AssessmentState.DRAFT,
    AssessmentState.SUBMITTED,
    AssessmentState.IN_REVIEW,
    AssessmentState.FINAL,
    AssessmentState.WITHDRAWN,
)
# Not submitted yet.
WAITING = (AssessmentState.NOT_STARTED, AssessmentState.DRAFT)


def sites_that_may_join(round: Round) -> list[Site]:
    """The open sites of its network now, or the one site whose own round it is."""
    if round.network_id is None:
        return [round.site] if round.site else []
    rows = _sites_of(round.network_id, london_date(timezone.now()))
    return list(rows.distinct().order_by("name", "pk"))


def _sites_of(network_id: int, day: dt.date) -> QuerySet[Site]:
    """The open sites of a network on a day; one that came in twice, twice."""
    return Site.objects.filter(
        Q(places__valid_to=None) | Q(places__valid_to__gte=day),
        places__network_id=network_id,
        closed_on=None,
    )


def rounds_of(network: Network) -> QuerySet[Round]:
    """A network's rounds with how many sites are in each (``sites``) and have submitted (``submitted``)."""
    counted = Q(assessments__state__in=COUNTED)
    return (
        Round.objects.filter(network=network)
        .select_related("framework", "network")
        .annotate(
            sites=Count("assessments", distinct=True),
            submitted=Count("assessments", filter=counted, distinct=True),
        )
    )


def rounds_for(viewer: Viewer) -> QuerySet[Round]:
    """Rounds of the networks that the viewer coordinates, and those that a site was asked to where they read.

    With ``asked_site`` (the id of one such site; null: only coordinated), ``sites`` and ``submitted``.
    """
    asked = assessments_for(viewer).filter(round=OuterRef("pk")).order_by("pk")
    return (
        Round.objects.filter(Q(network_id__in=viewer.network_ids) | Exists(asked))
        .select_related("framework", "network", "site")
        .annotate(
            asked_site=Subquery(asked.values("site_id")[:1]),
            sites=_how_many(Q()),
            submitted=_how_many(Q(state__in=COUNTED)),
        )
    )


def _how_many(which: Q) -> Coalesce:
    """How many self-assessments a round has: counted for the rows of a page alone."""
    rows = SelfAssessment.objects.filter(which, round=OuterRef("pk")).order_by()
    counted = rows.values("round").annotate(found=Count("pk")).values("found")
    return Coalesce(Subquery(counted), 0)


def no_progress() -> QuerySet[SelfAssessment]:
    """Nothing, while the schema is generated."""
    return SelfAssessment.objects.none()


def no_releases() -> QuerySet[Release]:
    """Nothing, while the schema is generated."""
    return Release.objects.none()


def releases_in(round: Round) -> QuerySet[Release]:
    """Every release of a round."""
    return Release.objects.filter(round=round)


def frameworks_for(network: Network) -> list[Framework]:
    """What a round of a network can be by: the shipped frameworks and its own that are in force."""
    today = london_date(timezone.now())
    return list(
        Framework.objects.filter(Q(network=None) | Q(network=network))
        .filter(Q(valid_to=None) | Q(valid_to__gte=today))
        .order_by("title", "-valid_from", "pk")
    )


def progress_of(round: Round) -> QuerySet[SelfAssessment]:
    """Every site of a round and how far it is, who has not started first. Never what it rated."""
    return (
        SelfAssessment.objects.filter(round=round)
        .select_related("site")
        .annotate(
            place=Case(
                *(When(state=state, then=Value(place)) for place, state in enumerate(ORDER)),
                default=Value(len(ORDER)),
                output_field=IntegerField(),
            )
        )
    )


def state_counts(round: Round) -> list[tuple[AssessmentState, int]]:
    """How many sites of a round are in each state, in the order of progress; states without sites are left out."""
    rows = dict(_states(round_id=round.pk))
    return [(state, rows[state]) for state in ORDER if rows.get(state)]


@compiled
def _states(*, round_id: int) -> QuerySet[SelfAssessment, tuple[str, int]]:
    rows = SelfAssessment.objects.filter(round=round_id).order_by()
    return rows.values_list("state").annotate(Count("pk"))


def sites_not_in(round: Round) -> list[Site]:
    """Sites of its network that are not in the round."""
    there = set(round.assessments.values_list("site_id", flat=True))
    return [site for site in sites_that_may_join(round) if site.pk not in there]


def is_any_site_not_in(round: Round) -> bool:
    """Whether :func:`sites_not_in` finds any, without reading them; of a network's round."""
    day = london_date(timezone.now())
    return bool(_a_site_not_in(network_id=round.network_id or 0, round_id=round.pk, day=day))


@compiled
def _a_site_not_in(*, network_id: int, round_id: int, day: dt.date) -> QuerySet[Site, tuple[int]]:
    there = SelfAssessment.objects.filter(round=round_id, site=OuterRef("pk"))
    rows = _sites_of(network_id, day).filter(~Exists(there))
    return rows.order_by().values_list("pk")[:1]


def assessment_in(round: Round, ref: str) -> SelfAssessment | None:
    """One self-assessment of a round, for its coordinator: never its ratings."""
    return (
        SelfAssessment.objects.filter(round=round, ref=normalise_ref(ref))
        .select_related("round__network", "site")
        .first()
    )


def waiting_in(round: Round) -> list[SelfAssessment]:
    """Whoever has not submitted."""
    return list(
        SelfAssessment.objects.filter(round=round, state__in=WAITING)
        .select_related("round__network", "site")
        .order_by("pk")
    )
