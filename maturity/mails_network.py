"""The mails of introductions: neither names the other site before both agreed."""

from typing import Any

from django.urls import reverse

from accounts.models import Site
from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from maturity.enums import PairingState
from maturity.models import Pairing
from maturity.queries.network import leads_of


def _context(delivery: Delivery) -> tuple[Pairing, dict[str, Any]] | None:
    row = (
        Pairing.objects.filter(ref=delivery.context["pairing"])
        .select_related("giver", "taker", "sub_domain", "network")
        .first()
    )
    if row is None:
        return None
    site: Site = row.giver if row.giver_id == delivery.context["site"] else row.taker
    other = row.taker if site.pk == row.giver_id else row.giver
    return row, {
        "person": delivery.recipient,
        "site": site,
        "other": other,
        "is_giver": site.pk == row.giver_id,
        "subject": row.sub_domain.name,
        "network": row.network,
        "leads": leads_of(other),
        "url": absolute(reverse("maturity:learning", kwargs={"site": site.slug})),
    }


def pairing(delivery: Delivery) -> Mail | None:
    """Would you like to meet another site about this?"""
    found = _context(delivery)
    if found is None or found[0].state != PairingState.PROPOSED:
        return None
    return mail("maturity/pairing", found[1])


def introduced(delivery: Delivery) -> Mail | None:
    """Both agreed: here is whom you meet."""
    found = _context(delivery)
    if found is None or found[0].state != PairingState.AGREED:
        return None
    return mail("maturity/introduced", found[1])
