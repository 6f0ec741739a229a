"""The product's addresses and the two floors that they are measured against."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import include, path

from hubapp.web.doors import SiteDoor


class Floor(SiteDoor):
    """An empty page of a site in the product's own frame: session, user, memberships, navigation."""

    def get(self, request: HttpRequest, **kwargs) -> HttpResponse:
        return self.page("bench/floor.html")


def bare(request: HttpRequest) -> HttpResponse:
    """Session, user and a template of twenty lines: what other systems were measured against."""
    request.session.get("nothing")
    # Without the request: none of the product's context processors runs.
    return HttpResponse(render_to_string("bench/bare.html", {"user": request.user}))


urlpatterns = [
    path("bench/bare/", bare),
    path("bench/floor/<slug:site>/", Floor.as_view()),
    path("", include("hubapp.urls")),
]

handler400 = "hubapp.web.errors.bad_request"
handler403 = "hubapp.web.errors.permission_denied"
handler404 = "hubapp.web.errors.page_not_found"
handler500 = "hubapp.web.errors.server_error"
