"""The hub asks one person one question about an idea."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio.enums import AskKind
from portfolio.forms.asks import AskForm
from portfolio.queries import asks as queries
from portfolio.services import asks
from portfolio.views.base import InnovationDoor, new_once_key, not_found_unless
from portfolio.views.onward import go_on, place_in_queue


class AskSomebody(InnovationDoor):
    """Ask somebody: the form, then what they will see, then sent."""

    permission = "portfolio.ask_somebody"
    template = "portfolio/asks/ask.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form(initial={"once_key": new_once_key()}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if request.POST.get("do") == "change":
            return self._show(self._form(initial=_typed(form)))
        if not form.is_valid():
            return self._show(form, 422)
        if request.POST.get("do") != "send":
            return self._preview(form)
        place = place_in_queue(self, self.innovation)
        try:
            ask = asks.ask(
                innovation=self.innovation,
                by=self.actor,
                once_key=form.cleaned_data["once_key"],
                **form.values(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        except ValidationError as error:
            form.add_error(None, error.messages[0])
            return self._show(form, 422)
        return go_on(self, place, f"{ask.person} gets the question by email.", at="#asks")

    def _form(self, *args: Any, **kwargs: Any) -> AskForm:
        return AskForm(
            *args,
            innovation=self.innovation,
            members=queries.members_to_ask(self.site),
            before=queries.asked_before(self.site),
            **kwargs,
        )

    def _preview(self, form: AskForm) -> HttpResponse:
        values = form.values()
        context = {
            "form_fields": form.hidden,
            "innovation": self.innovation,
            "whom": form.whom(),
            "values": values,
            "is_sign_off": values["kind"] == AskKind.SIGN_OFF,
            "parts": queries.parts_shown(self.innovation, values["shows"]),
        }
        return self.page("portfolio/asks/preview.html", context)

    def _show(self, form: AskForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


def _typed(form: AskForm) -> dict[str, Any]:
    """What was typed, for the form without its errors."""
    return {name: form[name].value() for name in form.fields if name != "not_nhs_numbers"}


class AskVerb(InnovationDoor):
    """A button beside one question; afterwards the idea's page."""

    permission = "portfolio.ask_somebody"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        ask = not_found_unless(queries.ask_of(self.innovation, kwargs["ask"]))
        try:
            messages.success(request, self.act(ask))
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(f"{self.innovation.get_absolute_url()}#asks")

    def act(self, ask: Any) -> str:
        """Do it; returns the sentence that says so."""
        raise NotImplementedError


class RemindAsk(AskVerb):
    """Mail the link once more."""

    def act(self, ask: Any) -> str:
        asks.remind(ask=ask, by=self.actor)
        return f"{ask.person} gets a reminder."


class RenewAsk(AskVerb):
    """Mail a new link."""

    def act(self, ask: Any) -> str:
        asks.renew(ask=ask, by=self.actor)
        return f"{ask.person} gets a new link. Earlier ones no longer work."


class WithdrawAsk(AskVerb):
    """Take the question back."""

    def act(self, ask: Any) -> str:
        asks.withdraw(ask=ask, by=self.actor)
        return "The question was taken back."
