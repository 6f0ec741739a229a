"""Rounds and the sites in them."""

from django.db.models import Q
from django.utils import timezone

from accounts.models import Site
from hubapp.workdays import london_date
from maturity.models import Round


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
