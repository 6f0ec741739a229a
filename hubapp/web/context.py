"""What every page's header needs: one look at the viewer, no further queries."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from hubapp import hooks


def nav(request: HttpRequest) -> dict[str, Any]:
    """``nav.items``, ``nav.sites``, ``nav.account`` and ``demo`` for ``base.html``."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": None, "demo": settings.DEMO}
    viewer = user.viewer
    current = request.resolver_match.view_name if request.resolver_match else ""
    site = getattr(request, "site", None) or viewer.home_site
    items = []
    if site is not None:
        for item in hooks.navigation:
            if item.is_shown(user, site):
                href = reverse(item.url_name, kwargs={"site": site.slug})
                here = (
                    current == item.url_name
                    or current in item.covers
                    # A page below the entry's own, of whichever app: a settings page, say.
                    or request.path.startswith(href)
                )
                items.append({"label": item.label, "href": href, "current": here})
    sites = [
        {
            "code": other.code,
            "name": other.name,
            "href": reverse("accounts:site_home", kwargs={"site": other.slug}),
            "current": site is not None and other.pk == site.pk,
        }
        for other in viewer.sites
    ]
    networks = [
        {
            "name": network.name,
            "href": reverse("accounts:network_home", kwargs={"network": network.slug}),
        }
        for network in viewer.networks
    ]
    return {
        "nav": {
            "items": items,
            "site": site,
            "sites": sites,
            "networks": networks,
            "account": {"name": viewer.name, "href": reverse("accounts:account")},
        },
        "demo": settings.DEMO,
    }
