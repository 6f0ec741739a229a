"""Ideas that look alike: beside what is typed, side by side, published, and elsewhere."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused, Stale
from hubapp.web.doors import SiteDoor
from hubapp.web.forms import HubForm
from hubapp.web.limits import too_many
from portfolio.enums import TAKES_MERGES
from portfolio.forms.similar import PublishForm, typed_in
from portfolio.models import Innovation, SimilarIdea
from portfolio.queries import front_door as doors
from portfolio.queries import similar as queries
from portfolio.queries import triage
from portfolio.queries.innovations import innovation_for
from portfolio.queries.present import There
from portfolio.services import introductions, publishing
from portfolio.services import similar as services
from portfolio.validators import nhs_numbers_in
from portfolio.views.base import InnovationDoor, not_found_unless, safe_next, signed_in
from portfolio.views.front_door import DraftPage
from portfolio.views.typed import similar_to_draft

TYPED_PAGE = "portfolio/similar/typed.html"


# -- beside what is typed -----------------------------------------------------------
class SimilarTyped(SiteDoor):
    """Ideas like what somebody types for a site. Sent, not asked for by address, so that no log has it."""

    permission = "portfolio.view_portfolio"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if too_many(request, "similar"):
            # Whoever types is not disturbed; the button still asks.
            return HttpResponse(status=204)
        title, *texts = typed_in(request.POST)
        found = queries.like_typed(self.viewer, [self.site], title, *texts)
        context = {"found": found, "one_site": True, "looked": True}
        return self.page(TYPED_PAGE, context, part="found")


def similar_to_typed(door: SiteDoor, *, looked: bool) -> dict[str, Any]:
    """For a form of the desk: where its title is compared, and, ``looked``, what is like it now."""
    found = []
    if looked:
        title, *texts = typed_in(door.request.POST)
        found = queries.like_typed(door.viewer, [door.site], title, *texts)
    href = reverse("portfolio:similar_typed", kwargs={"site": door.site.slug})
    return {"similar_href": href, "found": found, "looked": looked}


class DraftSimilar(DraftPage):
    """The same at the front door: with the link to the draft, for the sites that it goes to."""

    def show(self, **kwargs: Any) -> HttpResponse:
        return self.to("portfolio:draft")

    def act(self, **kwargs: Any) -> HttpResponse:
        if too_many(self.request, "similar"):
            return HttpResponse(status=204)
        destination = doors.destination_of(self.draft)
        context = similar_to_draft(self, destination, self.request.POST)
        return self.page(TYPED_PAGE, {**context, "looked": True}, part="found")


# -- stored -----------------------------------------------------------------------------
def beside(door: InnovationDoor, there: There, *, on_record: bool = False) -> dict[str, Any]:
    """What the panel and (``on_record``) the page of an idea show of others like it, here and elsewhere.

    :param there: what there is beside it
    """
    innovation = door.innovation
    pairs = queries.similar_to(door.viewer, innovation) if innovation.similar_count else []
    may_ask = door.request.user.has_perm("portfolio.triage_innovation", innovation)
    return {
        "pairs": [_row(pair) for pair in pairs],
        "elsewhere": queries.elsewhere_for(innovation) if may_ask and there.elsewhere else None,
        # Out of sight where the site publishes nothing.
        "may_publish": on_record
        and door.request.user.has_perm("portfolio.publish_innovation", innovation)
        and bool(innovation.published_at or there.shows_published),
    }


def _row(pair: SimilarIdea) -> dict[str, Any]:
    return {"pair": pair, "other": pair.other, "likeness": queries.likeness_of(pair)}


class PairDoor(InnovationDoor):
    """A page about two ideas of a site: the viewer may read both."""

    pair: SimilarIdea | None = None
    other: Innovation

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is not None:
            return response
        self.pair = queries.pair_of(self.viewer, self.innovation, kwargs["other"])
        self.other = not_found_unless(innovation_for(self.viewer, self.site, kwargs["other"]))
        if self.other.pk == self.innovation.pk:
            not_found_unless(None)
        return None


class Compare(PairDoor):
    """Two ideas side by side: any two of a site, whether or not they look alike."""

    permission = "portfolio.view_innovation"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        one, other = self.innovation, self.other
        likeness = queries.likeness_of(self.pair) if self.pair else None
        context = {
            "innovation": one,
            "other": other,
            "likeness": likeness,
            "pair": self.pair,
            "columns": [self._column(one, other), self._column(other, one)],
            "may_say": request.user.has_perm("portfolio.triage_innovation", one),
            "next": one.get_absolute_url(),
            "back_href": one.get_absolute_url(),
            "back_label": "Back to the idea",
        }
        return self.page("portfolio/similar/compare.html", context)

    def _column(self, idea: Innovation, into: Innovation) -> dict[str, Any]:
        may = self.request.user.has_perm("portfolio.decide_innovation", idea)
        decide = reverse("portfolio:decide", kwargs={"site": self.site.slug, "ref": idea.ref})
        due = triage.due_in_words(idea)
        return {
            "idea": idea,
            "due": due,
            "merge_href": f"{decide}?kind=merge&into={into.ref}"
            if may and idea.is_in_triage and into.state in TAKES_MERGES
            else "",
        }


class NotTheSame(PairDoor):
    """Say that two ideas are not the same, or (``restore``) that they may be after all."""

    permission = "portfolio.triage_innovation"
    http_method_names = ["post"]
    restores = False

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        verb = services.restore if self.restores else services.dismiss
        try:
            verb(innovation=self.innovation, other=self.other, by=self.actor)
        except Refused as refused:
            messages.warning(request, str(refused))
        else:
            said = (
                "These two are shown as alike again." if self.restores else "Noted: not the same."
            )
            messages.success(request, said)
        return redirect(safe_next(request, self.innovation.get_absolute_url()))


# -- published ------------------------------------------------------------------------------
class Publish(InnovationDoor):
    """What anybody may read of an idea: write it, change it, take it back."""

    permission = "portfolio.publish_innovation"
    template = "portfolio/similar/publish.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        initial = {"summary": innovation.public_summary, "version": innovation.version}
        return self._show(PublishForm(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        if request.POST.get("action") == "unpublish":
            try:
                publishing.unpublish(innovation=innovation, by=self.actor)
            except Stale as stale:
                messages.warning(request, str(stale))
            else:
                messages.success(request, "Taken back: visitors see nothing of this idea.")
            return redirect(innovation)
        form = PublishForm(request.POST, accepted_texts=(innovation.public_summary,))
        if not form.is_valid():
            return self._show(form, 422)
        try:
            publishing.publish(
                innovation=innovation,
                summary=form.cleaned_data["summary"],
                version=form.cleaned_data["version"],
                not_nhs_numbers=tuple(nhs_numbers_in(form.cleaned_data["summary"])),
                by=self.actor,
            )
        except (Refused, ValidationError) as refused:
            form.add_error(None, refused if isinstance(refused, ValidationError) else str(refused))
            return self._show(form, 422)
        messages.success(request, "Published.")
        return redirect(innovation)

    def _show(self, form: PublishForm, status: int = 200) -> HttpResponse:
        stored = innovation_for(self.viewer, self.site, self.innovation.ref) or self.innovation
        context = {
            "form": form,
            "innovation": stored,
            "can_be": not stored.is_confidential and stored.state not in queries.NOT_PUBLIC,
            "is_shown": bool(queries.shows_published([self.site])),
            "back_href": stored.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


# -- elsewhere ---------------------------------------------------------------------------------
class Introduce(InnovationDoor):
    """Ask to be introduced to a team elsewhere: what it tells them, and the button."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/similar/introduce.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(HubForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = HubForm(request.POST)
        form.is_valid()
        try:
            introductions.ask_for_introduction(
                innovation=self.innovation, user=signed_in(request), by=self.actor
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, "Asked. They write to you if they would like to talk.")
        return redirect(self.innovation)

    def _show(self, form: HubForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "elsewhere": queries.elsewhere_for(self.innovation),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)
