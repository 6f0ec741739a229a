"""The queue: what waits, and one idea beside it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import lowest_of
from portfolio.enums import Priority
from portfolio.forms.triage import AddForm, AssignForm
from portfolio.hooks import flags_of_one
from portfolio.queries import filters as by
from portfolio.queries import innovations as one
from portfolio.queries import record, triage, views
from portfolio.services import innovations, submissions
from portfolio.services.bulk import MOST
from portfolio.validators import nhs_numbers_in
from portfolio.views.base import (
    InnovationDoor,
    new_once_key,
    safe_next,
    signed_in,
)
from portfolio.views.lists import ROW_OF_QUEUE, Listing
from portfolio.views.onward import PORTFOLIO, QUEUE, remember_list
from portfolio.views.similar import beside, similar_to_typed

# How many of the latest messages the panel shows.
MESSAGES_SHOWN = 2
# Kept in the browser: keys that do something may be in the way of what somebody reads with.
KEYS_COOKIE, KEYS_OFF = "hub_keys", "off"


def queue_of(door: SiteDoor, data: Mapping[str, str] | None = None) -> Listing:
    """The queue as it is filtered in the address, or by ``data``."""
    rows = triage.ideas_that_wait(door.viewer, door.site)
    asked = door.request.GET if data is None else data
    return Listing(door, rows, by.QUEUE_STATES, asked, ROW_OF_QUEUE)


def portfolio_of(door: SiteDoor) -> Listing:
    """The portfolio as it is filtered in the address."""
    rows = triage.ideas_of_site(door.viewer, door.site)
    return Listing(door, rows, by.ALL_STATES, door.request.GET)


class Queue(SiteDoor):
    """What waits for a decision, oldest first unless another order is chosen."""

    permission = "portfolio.view_queue"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = queue_context(self)
        response = self.page("portfolio/triage/queue.html", context, part="results")
        return remember_list(self, response, QUEUE, context["query"])


def queue_context(
    door: SiteDoor, data: Mapping[str, str] | None = None, current: str = ""
) -> dict[str, Any]:
    """The queue, its views, and what waits beside it.

    :param current: the slug of the view that the page is about, if it is about one
    """
    listing = queue_of(door, data)
    site = {"site": door.site.slug}
    queue = reverse("portfolio:triage", kwargs=site)
    query = listing.filters.as_query()
    offered = views.views_offered(listing.offered)
    shown = next((view for view in offered if view.slug == current), None) or next(
        (view for view in offered if view.query == query), None
    )
    context = listing.context()
    return {
        **context,
        "too_many": lowest_of(context["count"]) > MOST,
        # "340+": they may be more than can be chosen at once.
        "may_be_too_many": context["count"].endswith("+"),
        "action": queue,
        "views": offered,
        "shown": shown,
        "is_all": not query,
        "keys_on": keys_are_on(door.request),
        "priorities": Priority.choices,
        "most": MOST,
        "door": door.request.build_absolute_uri(reverse("portfolio:submit_site", kwargs=site)),
    }


def keys_are_on(request: HttpRequest) -> bool:
    """Whether single keys do something for whoever asks, in this browser."""
    return request.COOKIES.get(KEYS_COOKIE) != KEYS_OFF


class QueueItem(InnovationDoor):
    """One idea beside the queue; for scripts the panel alone."""

    permission = "portfolio.view_queue"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        shown = record.panel_context(self.viewer, innovation, MESSAGES_SHOWN)
        context = {
            "query": request.GET.urlencode(),
            "chosen": innovation.ref,
            "open_with": triage.who_has_open(innovation, self.viewer.user_id),
            "panel": {
                "innovation": innovation,
                "due": triage.due_in_words(innovation),
                "clock": one.clock_in_words(innovation),
                **shown,
                "may": self.may(),
                "flags": flags_of_one(self.viewer, self.site, innovation),
                "similar": beside(self, shown["there"]),
                "numbers": nhs_numbers_in(*texts_of(innovation)),
                "back": back_to_queue(self.site, request),
            },
        }
        if not self.wants_part:
            context = {**queue_context(self), **context}
        response = self.page("portfolio/triage/queue.html", context, part="panel")
        # The list beside it: of two windows, the one in which an idea was opened counts.
        return remember_list(self, response, QUEUE, context["query"])


def texts_of(innovation: Any) -> tuple[str, ...]:
    """What the submitter wrote."""
    return innovation.title, innovation.problem, innovation.for_whom, innovation.idea


def back_to_queue(site: Any, request: HttpRequest) -> str:
    """The queue with the filters it had."""
    query = request.GET.urlencode()
    return reverse("portfolio:triage", kwargs={"site": site.slug}) + (f"?{query}" if query else "")


class Assign(InnovationDoor):
    """Give an idea to a member, to oneself or to nobody."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/innovations/assign.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        current = innovation.assignee.ref if innovation.assignee else "nobody"
        return self._show(self._form(initial={"to": current}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        data = request.POST.copy()
        if data.get("to") == triage.ME:
            data["to"] = signed_in(request).ref
        form = self._form(data)
        if not form.is_valid():
            return self._show(form, 422)
        held = innovation.assignee.ref if innovation.assignee else "nobody"
        if data.get("had", held) != held and data["to"] != held:
            # Somebody was quicker; taking it from them should be meant.
            messages.warning(
                request,
                f"{innovation.assignee or 'Nobody'} looks after this idea since you opened the page.",
            )
            return redirect(self._back())
        to = triage.member_who_can_hold(self.site, form.cleaned_data["to"])
        try:
            innovations.assign(innovation=innovation, to=to, by=self.actor)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, f"Assigned to {'you' if to == request.user else to or 'nobody'}.")
        return redirect(self._back())

    def _form(self, *args: Any, **kwargs: Any) -> AssignForm:
        members = triage.members_who_can_hold(self.site)
        return AssignForm(*args, members=members, me=signed_in(self.request), **kwargs)

    def _show(self, form: AssignForm, status: int = 200) -> HttpResponse:
        back = self._back()
        context = {"form": form, "innovation": self.innovation, "back_href": back, "next": back}
        return self.page(self.template, context, status=status)

    def _back(self) -> str:
        return safe_next(self.request, self.innovation.get_absolute_url())


class Add(SiteDoor):
    """An idea on someone's behalf: one line, on a phone."""

    permission = "portfolio.add_innovation"
    template = "portfolio/triage/add.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(AddForm(initial={"once_key": new_once_key()}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") == "similar":
            return self._show(AddForm(initial=request.POST.dict()), looked=True)
        form = AddForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=422)
        innovation = submissions.add_on_behalf(site=self.site, by=self.actor, **form.cleaned_data)
        messages.success(request, "Added.")
        return redirect(innovation)

    def _show(self, form: AddForm, *, looked: bool = False, status: int = 200) -> HttpResponse:
        """The form; ``looked``: with ideas like what was typed, for whom no script shows them."""
        context = {"form": form, **similar_to_typed(self, looked=looked)}
        return self.page(self.template, context, status=status)


class Portfolio(SiteDoor):
    """Every idea of the site in every state; reviewers see what is assigned to them."""

    permission = "portfolio.view_portfolio"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = portfolio_of(self).context()
        context["action"] = request.path
        context["may_add"] = request.user.has_perm("portfolio.add_innovation", self.site)
        context["may_import"] = request.user.has_perm("portfolio.import_innovations", self.site)
        context["may_come"] = request.user.has_perm("portfolio.view_coming", self.site)
        context["only_assigned"] = not request.user.has_perm("portfolio.view_innovation", self.site)
        response = self.page("portfolio/innovations/list.html", context, part="results")
        return remember_list(self, response, PORTFOLIO, context["query"])
