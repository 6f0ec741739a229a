"""Where people start: my work, a site, a network; and the pages that are open to anyone."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import queries
from accounts.roles import role_sayings, roles_by_area
from hubapp import hooks
from hubapp.web.doors import Door, NetworkDoor, Page, SiteDoor


class Home(Door):
    """``/``: what waits for me, across sites."""

    def get(self, request: HttpRequest) -> HttpResponse:
        viewer = self.viewer
        nothing_yet = not viewer.sites and not viewer.networks
        return self.page(
            "home.html",
            {
                "lists": queries.work_of(request.user),
                "no_site_exists": nothing_yet and not queries.any_site_exists(),
            },
        )


def _pages_of(request: HttpRequest, site) -> list[dict[str, str]]:
    """What the viewer may open at a site, as the navigation lists it."""
    return [
        {
            "label": item.label,
            "hint": item.hint,
            "href": reverse(item.url_name, kwargs={"site": site.slug}),
        }
        for item in hooks.navigation
        if item.is_shown(request.user, site)
    ]


class SiteHome(SiteDoor):
    """``/<site>/``: what the site is, and what the viewer may open."""

    permission = "accounts.view_site"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        sees_members = request.user.has_perm("accounts.view_members", self.site)
        return self.page(
            "accounts/site_home.html",
            {
                "site": self.site,
                "host": queries.host_of(self.site),
                "pages": _pages_of(request, self.site),
                "members": queries.members_of(self.site) if sees_members else [],
            },
        )


class NetworkHome(NetworkDoor):
    """``/network/<network>/``: the sites of a network, and its pages."""

    permission = "accounts.coordinate_network"

    def get(self, request: HttpRequest, network: str) -> HttpResponse:
        pages = [
            {
                "label": item.label,
                "hint": item.hint,
                "href": reverse(item.url_name, kwargs={"network": self.network.slug}),
            }
            for item in hooks.network_pages
            if request.user.has_perm(item.permission, self.network)
        ]
        return self.page(
            "accounts/network_home.html",
            {"network": self.network, "pages": pages, "sites": queries.sites_in(self.network)},
        )


class Roles(Page):
    """``/roles/``: who may do what, generated from what the doors ask."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(
            "accounts/roles.html", {"areas": roles_by_area(), "sayings": role_sayings()}
        )


class Privacy(Page):
    """``/privacy/``"""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("accounts/privacy.html")


class Accessibility(Page):
    """``/accessibility/``"""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("accounts/accessibility.html")
