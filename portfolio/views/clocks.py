"""An idea's clocks: acknowledge, stop and go on, exempt."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio.forms.decide import ExemptForm, HoldForm, LiftForm
from portfolio.queries.clocks import clock_of
from portfolio.services import decisions, holds
from portfolio.services import messages as message_services
from portfolio.views.base import InnovationDoor, safe_next


class Acknowledge(InnovationDoor):
    """Tell the submitter in the standard words that somebody has looked."""

    permission = "portfolio.message_submitter"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            message_services.acknowledge(innovation=self.innovation, by=self.actor)
            messages.success(
                request, "Acknowledged: the submitter gets the standard words by email."
            )
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(safe_next(request, self.innovation.get_absolute_url()))


class _ClockForm(InnovationDoor):
    """A form about one idea's clock."""

    permission = "portfolio.triage_innovation"
    template = ""
    done = ""
    form_class: Any = None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self.form_class(initial={"version": self.innovation.version}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            self.act(form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, self.done)
        return redirect(self.innovation)

    def act(self, given: dict[str, Any]) -> None:
        """Call the service."""
        raise NotImplementedError

    def _show(self, form: Any, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "clock": clock_of(self.innovation),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class Hold(_ClockForm):
    """Stop the clock while somebody else has to act."""

    template = "portfolio/innovations/hold.html"
    form_class = HoldForm
    done = "The clock stands still."

    def act(self, given: dict[str, Any]) -> None:
        holds.hold(innovation=self.innovation, by=self.actor, **given)


class Exempt(_ClockForm):
    """Leave an idea out of what is said about the hub's speed."""

    template = "portfolio/innovations/exempt.html"
    form_class = ExemptForm
    done = "This idea does not count against the clock."

    def act(self, given: dict[str, Any]) -> None:
        holds.exempt(innovation=self.innovation, by=self.actor, **given)


class LiftExemption(InnovationDoor):
    """Let an idea count against the clock again."""

    permission = "portfolio.triage_innovation"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = LiftForm(request.POST)
        version = form.cleaned_data["version"] if form.is_valid() else None
        try:
            holds.lift_exemption(innovation=self.innovation, by=self.actor, version=version)
            messages.success(request, "This idea counts against the clock again.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.innovation)


class Resume(InnovationDoor):
    """Stop waiting: the clock runs again."""

    permission = "portfolio.triage_innovation"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            decisions.resume(innovation=self.innovation, by=self.actor)
            messages.success(request, "Taken up again: the clock runs.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(safe_next(request, self.innovation.get_absolute_url()))
