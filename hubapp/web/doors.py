"""The permission door of every page.

A view says which permission it needs and on what; nobody gets past
:meth:`Door.dispatch` without it. The other door is
:class:`hubapp.api.permissions.HasPerm`.
"""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views import View
from django_htmx.middleware import HtmxDetails

from hubapp.actors import Actor


class HubRequest(HttpRequest):
    """What the middleware and the doors add to a request."""

    user: Any
    htmx: HtmxDetails
    site: Any
    network: Any


class Page(View):
    """A page or a part of one. Use directly only for pages that are open to anyone."""

    request: HubRequest

    @property
    def wants_part(self) -> bool:
        """Whether a script asks, for a part of the page: a boosted link asks for all of it."""
        return bool(self.request.htmx and not self.request.htmx.boosted)

    def page(
        self, template: str, context: dict | None = None, *, part: str = "", status: int = 200
    ) -> HttpResponse:
        """Render ``template``; for an HTMX request only its part called ``part``."""
        context = {"view": self, **(context or {})}
        if part and self.wants_part:
            template = f"{template}#{part}"
        response = render(self.request, template, context, status=status)
        if part:
            patch_vary_headers(response, ["HX-Request"])
        return response

    def invalid(self, template: str, context: dict, *, part: str = "") -> HttpResponse:
        """The page again with its errors, and 422 so that scripts know."""
        return self.page(template, context, part=part, status=422)


class Door(Page):
    """A page for people who are signed in and have :attr:`permission`."""

    # "app.verb_noun"; an empty one asks only that somebody is signed in.
    permission: str = ""

    @property
    def viewer(self):
        """What the person who asks may see; loaded once for each request."""
        return self.request.user.viewer

    @property
    def actor(self) -> Actor:
        """The person who asks, as services want them."""
        return self.request.user.actor

    def dispatch(self, request: HubRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # what the middleware made of it
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        refused = self.enter(request, **kwargs)
        if refused is not None:
            return refused
        if self.permission and not request.user.has_perm(self.permission, self.permission_object()):
            raise PermissionDenied
        response = super().dispatch(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            # One person's page: no proxy keeps it, and a browser asks again before it shows it,
            # which after signing out it cannot.
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def enter(self, request: Any, **kwargs: Any) -> HttpResponse | None:
        """Find what the page is about, within what the viewer may see; a response stops here."""
        return None

    def permission_object(self) -> Any:
        """What the permission is asked on."""
        return None


class SiteDoor(Door):
    """A page of one site: ``<site>`` in its address, :attr:`site` in its methods."""

    site: Any = None

    def enter(self, request: Any, **kwargs: Any) -> HttpResponse | None:
        slug = kwargs["site"]
        site = self.viewer.site_by_slug(slug)
        if site is None:
            renamed = self.viewer.site_by_old_slug(slug)
            if renamed is None:
                raise Http404
            if request.method in ("GET", "HEAD"):
                return redirect(
                    request.get_full_path().replace(f"/{slug}/", f"/{renamed.slug}/", 1),
                    permanent=True,
                )
            site = renamed
        self.site = site
        request.site = site  # the navigation shows this site
        return None

    def permission_object(self) -> Any:
        return self.site


class NetworkDoor(Door):
    """A page of one network: ``<network>`` in its address, :attr:`network` in its methods."""

    network: Any = None

    def enter(self, request: Any, **kwargs: Any) -> HttpResponse | None:
        self.network = self.viewer.network_by_slug(kwargs["network"])
        if self.network is None:
            raise Http404
        request.network = self.network
        return None

    def permission_object(self) -> Any:
        return self.network
