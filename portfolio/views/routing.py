"""A coordinator reads ideas that name no site, and sends them on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import NetworkDoor
from hubapp.web.paging import keyset_page
from hubapp.web.words import london_date
from portfolio.enums import SUBMITTER_WORDS, SubmitterKind
from portfolio.forms.routing import RouteForm
from portfolio.queries import routing
from portfolio.services import routing as services


def _from_words(kind: str) -> str:
    """Who sent it, in the hub's words."""
    return SUBMITTER_WORDS[SubmitterKind(kind)] if kind else ""


class RoutingList(NetworkDoor):
    """What waits for a site, oldest first."""

    permission = "portfolio.route_submission"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = routing.ideas_to_route(self.viewer, self.network)
        page = keyset_page(rows, order="confirmed_at", cursor=request.GET.get("cursor", ""))
        context = {
            "network": self.network,
            "page": page,
            "ideas": [(idea, _from_words(idea.submitter_kind)) for idea in page.rows],
            "previous": f"?cursor={page.previous}" if page.previous else "",
            "next": f"?cursor={page.next}" if page.next else "",
            "back_href": reverse("accounts:network_home", kwargs={"network": self.network.slug}),
            "back_label": str(self.network),
        }
        return self.page("portfolio/routing/list.html", context)


class RouteIdea(NetworkDoor):
    """Read one and choose its sites."""

    permission = "portfolio.route_submission"
    submission: Any = None
    template = "portfolio/routing/idea.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        super().enter(request, **kwargs)
        self.submission = routing.idea_sent_to_network(self.viewer, self.network, kwargs["ref"])
        if self.submission is None:
            raise Http404
        return None

    def _form(self, data: Any = None) -> RouteForm:
        return RouteForm(data, sites=list(routing.sites_of_network_that_take_ideas(self.network)))

    def _context(self, form: RouteForm | None) -> dict[str, Any]:
        submission = self.submission
        rows = [
            {"key": "Received", "value": london_date(submission.confirmed_on)},
            {"key": "From", "value": _from_words(submission.submitter_kind)},
            {"key": "Type", "value": submission.get_innovation_type_display() or "Not said"},
            {"key": "Confidential", "value": "Yes"} if submission.is_confidential else {},
        ]
        return {
            "form": form,
            "network": self.network,
            "submission": submission,
            "rows": rows,
            "sent_to": routing.sites_sent_to(submission) if submission.routed_at else [],
            "back_href": reverse("portfolio:routing", kwargs={"network": self.network.slug}),
            "back_label": "Ideas to send on",
        }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = None if self.submission.routed_at else self._form()
        return self.page(self.template, self._context(form))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.submission.routed_at:
            # Pressed twice, or somebody else was quicker: the page says where it went.
            return redirect(request.path)
        form = self._form(request.POST)
        if not form.is_valid():
            return self.invalid(self.template, self._context(form))
        sites = form.chosen()
        try:
            services.route(submission=self.submission, sites=sites, by=self.actor)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.invalid(self.template, self._context(form))
        names = ", ".join(site.name for site in sites)
        messages.success(request, f"“{self.submission.title}” is sent to {names}.")
        return redirect("portfolio:routing", network=self.network.slug)
