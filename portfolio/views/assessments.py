"""Answering the checklist about an innovation."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused, Stale
from portfolio.forms.triage import AssessForm
from portfolio.queries import innovations as one
from portfolio.services import assessments
from portfolio.views.base import InnovationDoor, not_found_unless, signed_in


class Assess(InnovationDoor):
    """One's own answers: saved in parts, finished once all are given."""

    permission = "portfolio.assess_innovation"
    template = "portfolio/innovations/assess.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.checklist = not_found_unless(one.current_checklist())
            self.assessment = one.own_assessment(
                self.innovation, self.checklist, signed_in(request)
            )
        return response

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(AssessForm(checklist=self.checklist, assessment=self.assessment))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        finishing = request.POST.get("do") != "save"
        form = AssessForm(
            request.POST, checklist=self.checklist, assessment=self.assessment, finishing=finishing
        )
        if not form.is_valid():
            return self._show(form, 422)
        try:
            assessment = assessments.save_answers(
                innovation=self.innovation,
                checklist=self.checklist,
                answers=form.answers(),
                version=form.cleaned_data["version"],
                by=self.actor,
                assessor=signed_in(request),
            )
            if finishing:
                assessments.finish(assessment=assessment, by=self.actor)
        except Stale as stale:
            form.add_error(None, str(stale))
            return self._show(self._again(form), 422)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        if finishing:
            messages.success(
                request, "Your answers are finished. Your colleagues can see them now."
            )
        else:
            messages.success(request, "Saved. You can finish later.")
        return redirect(self.innovation)

    def _again(self, form: AssessForm) -> AssessForm:
        """The form with what was typed and the version as it is now, so that it can be saved again."""
        data = self.request.POST.copy()
        data["version"] = str(self.assessment.version if self.assessment else 0)
        again = AssessForm(
            data, checklist=self.checklist, assessment=self.assessment, finishing=form.finishing
        )
        for sentence in form.non_field_errors():
            again.add_error(None, sentence)
        return again

    def _show(self, form: AssessForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "checklist": self.checklist,
            "assessment": self.assessment,
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)
