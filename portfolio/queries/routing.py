"""Ideas that name no site, for the coordinators of the network they were sent to."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Network, Site
from accounts.viewers import Viewer
from portfolio.models import Submission
from portfolio.queries.front_door import sites_that_take_ideas


def ideas_to_route(viewer: Viewer, network: Network) -> QuerySet[Submission]:
    """Confirmed ideas of one network that wait for a site; none unless the viewer coordinates it."""
    ids = [network.pk] if network.pk in viewer.network_ids else []
    return Submission.objects.awaiting_route(ids)


def idea_sent_to_network(viewer: Viewer, network: Network, ref: str) -> Submission | None:
    """One idea that named no site, sent on already or not, for a coordinator of its network."""
    if network.pk not in viewer.network_ids:
        return None
    return (
        Submission.objects.select_related("submitter", "network")
        .exclude(confirmed_at=None)
        .filter(network=network, ref=ref)
        .first()
    )


def sites_of_network_that_take_ideas(network: Network) -> QuerySet[Site]:
    """Where a coordinator may send an idea: sites in the network today whose front door is open."""
    today = timezone.localdate()
    current = Q(places__network=network, places__valid_from__lte=today) & (
        Q(places__valid_to=None) | Q(places__valid_to__gte=today)
    )
    return sites_that_take_ideas().filter(current).distinct()


def sites_sent_to(submission: Submission) -> list[Site]:
    """Where an idea went, by name."""
    return list(submission.sites.order_by("name", "id"))


def oldest_ideas_to_route(viewer: Viewer, limit: int = 10) -> list[Submission]:
    """The oldest waiting ideas of all networks that the viewer coordinates."""
    if not viewer.networks:
        return []
    waiting = Submission.objects.awaiting_route(viewer.network_ids).select_related("network")
    return list(waiting.order_by("confirmed_at", "id")[:limit])
