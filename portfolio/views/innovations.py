"""One innovation: everything about it, and what the desk does beside deciding."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio.enums import SUBMITTER_WORDS, SubmitterKind
from portfolio.forms.triage import CorrectForm, RedactForm
from portfolio.hooks import flags_of_one
from portfolio.queries import innovations as one
from portfolio.queries import record, triage
from portfolio.services import innovations, redactions
from portfolio.validators import nhs_numbers_in
from portfolio.views import parts
from portfolio.views.base import InnovationDoor
from portfolio.views.onward import list_come_from
from portfolio.views.similar import beside
from portfolio.views.triage import keys_are_on, texts_of


def submitter_of(innovation: Any) -> dict[str, Any]:
    """Who sent it, as the desk may read it: kind in words, name, address."""
    person = innovation.submission.submitter if innovation.submission else None
    kind = innovation.submitter_kind
    return {
        "kind": SUBMITTER_WORDS[SubmitterKind(kind)] if kind else "",
        "name": person.name if person else "",
        "email": person.email if person else "",
        "is_erased": bool(person and person.erased_at),
    }


class Record(InnovationDoor):
    """Everything about one innovation."""

    permission = "portfolio.view_innovation"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        may = self.may()
        shown = record.desk_context(self.viewer, innovation, may)
        context = {
            **shown,
            "innovation": innovation,
            "due": triage.due_in_words(innovation),
            "clock": one.clock_in_words(innovation),
            "submitter": submitter_of(innovation),
            "may": may,
            "keys_on": keys_are_on(request),
            "came_from": list_come_from(self),
            "flags": flags_of_one(self.viewer, self.site, innovation),
            "similar": beside(self, shown["there"], on_record=True),
            "numbers": nhs_numbers_in(*texts_of(innovation), *shown["mailed"])
            if may["redact"]
            else [],
        }
        context["more"] = parts.offers_of(innovation, context)
        context["parts"] = parts.links_to(parts.parts_of(innovation, context))
        return self.page("portfolio/innovations/record.html", context)


class Correct(InnovationDoor):
    """Correct title and type; what was sent stays as sent."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/innovations/correct.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        initial = {
            "title": innovation.title,
            "innovation_type": innovation.innovation_type,
            "version": innovation.version,
        }
        return self._show(CorrectForm(initial=initial, accepted_texts=(innovation.title,)))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        form = CorrectForm(request.POST, accepted_texts=(innovation.title,))
        if not form.is_valid():
            return self._show(form, 422)
        try:
            innovations.correct(
                innovation=innovation,
                title=form.cleaned_data["title"],
                innovation_type=form.cleaned_data["innovation_type"],
                version=form.cleaned_data["version"],
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(form, 422)
        messages.success(request, "Corrected.")
        return redirect(innovation)

    def _show(self, form: CorrectForm, status: int = 200) -> HttpResponse:
        # The name stored, not the one just tried.
        title = one.innovation_for(self.viewer, self.site, self.innovation.ref) or self.innovation
        context = {
            "form": form,
            "innovation": title,
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class Redact(InnovationDoor):
    """Black out details, with a reason."""

    permission = "portfolio.redact_innovation"
    template = "portfolio/innovations/redact.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(
            RedactForm(numbers=self._numbers(), initial={"version": self.innovation.version})
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = RedactForm(request.POST, numbers=self._numbers())
        if not form.is_valid():
            return self._show(form, 422)
        try:
            rows = redactions.redact(
                innovation=self.innovation,
                fragments=form.pieces(),
                reason=form.cleaned_data["reason"],
                version=form.cleaned_data["version"],
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        places = next(row.places for row in rows if row.innovation_id == self.innovation.pk)
        messages.success(request, f"Blacked out in {places} place{'' if places == 1 else 's'}.")
        return redirect(self.innovation)

    def _numbers(self) -> list[str]:
        return nhs_numbers_in(*one.all_texts_of(self.innovation))

    def _show(self, form: RedactForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "written": one.history_of(self.innovation).messages,
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)
