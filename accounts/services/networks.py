"""Networks: made, joined, coordinated."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Network, NetworkMembership, NetworkSite, Site, User
from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Refused


@transaction.atomic
def create_network(*, slug: str, name: str, by: Actor) -> Network:
    """A new network.

    :raises ValidationError: a slug or name of the wrong form
    :raises Refused: another network has the slug
    """
    network = Network(slug=slug.strip().lower(), name=" ".join(name.split()))
    network.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            network.save()
    except IntegrityError as error:
        raise Refused("Another network has this web address. Choose another.") from error
    events.record("network.created", by=by, subject=network, changes={"slug": network.slug})
    return network


@transaction.atomic
def add_site(*, network: Network, site: Site, by: Actor) -> NetworkSite:
    """The site belongs to the network from today. Adding it twice changes nothing."""
    place, created = NetworkSite.objects.get_or_create(
        network=network, site=site, valid_to=None, defaults={"valid_from": timezone.localdate()}
    )
    if created:
        events.record("network.site_added", by=by, subject=network, changes={"site": site.ref})
    return place


@transaction.atomic
def add_coordinator(*, network: Network, user: User, by: Actor) -> NetworkMembership:
    """The user coordinates the network. Adding them twice changes nothing."""
    held = NetworkMembership.objects.filter(network=network, user=user, ended_at=None).first()
    if held is not None:
        return held
    try:
        with transaction.atomic():
            held = NetworkMembership.objects.create(network=network, user=user)
    except IntegrityError as error:
        raise Refused("They coordinate this network already.") from error
    events.record(
        "network.coordinator_added", by=by, subject=network, changes={"membership": held.ref}
    )
    return held
