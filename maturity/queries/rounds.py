"""Rounds and the sites in them."""

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import Network, Site
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from maturity.enums import COUNTED, AssessmentState
from maturity.models import Framework, Round, SelfAssessment

# Progress, who needs a nudge first.
ORDER = (
    AssessmentState.NOT_STARTED,
    AssessmentState.DRAFT,
    AssessmentState.SUBMITTED,
    AssessmentState.IN_REVIEW,
    AssessmentState.FINAL,
    AssessmentState.WITHDRAWN,
)


def sites_that_may_join(round: Round) -> list[Site]:
    """The open sites of its network now, or the one site whose own round it is."""
    if round.network_id is None:
        return [round.site] if round.site else []
    today = london_date(timezone.now())
    return list(
        Site.objects.filter(
            Q(places__valid_to=None) | Q(places__valid_to__gte=today),
            places__network_id=round.network_id,
            closed_on=None,
        )
        .distinct()
        .order_by("name", "pk")
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
    rows = dict(
        SelfAssessment.objects.filter(round=round)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    return [(state, rows[state]) for state in ORDER if rows.get(state)]


def sites_not_in(round: Round) -> list[Site]:
    """Sites of its network that are not in the round."""
    there = set(round.assessments.values_list("site_id", flat=True))
    return [site for site in sites_that_may_join(round) if site.pk not in there]


def assessment_in(round: Round, ref: str) -> SelfAssessment | None:
    """One self-assessment of a round, for its coordinator: never its ratings."""
    return (
        SelfAssessment.objects.filter(round=round, ref=normalise_ref(ref))
        .select_related("round__network", "site")
        .first()
    )


def waiting_in(round: Round) -> list[SelfAssessment]:
    """Whoever has not submitted."""
    states = [AssessmentState.NOT_STARTED, AssessmentState.DRAFT]
    return list(
        SelfAssessment.objects.filter(round=round, state__in=states)
        .select_related("round__network", "site")
        .order_by("pk")
    )
