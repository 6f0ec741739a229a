"""What an idea is: hub staff correct it on one page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio.forms.classification import ClassifyForm
from portfolio.queries import classification as queries
from portfolio.queries import innovations as one
from portfolio.services import classification
from portfolio.views.base import InnovationDoor, safe_next
from portfolio.views.needs import refused


class Classify(InnovationDoor):
    """Source, focus, origin, types, category, benefit areas, readiness, care setting, priority, tags."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/needs/classify.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        before = self.innovation.version
        try:
            innovation = classification.classify(
                innovation=self.innovation,
                version=form.cleaned_data["version"],
                by=self.actor,
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        said = "Nothing was changed." if innovation.version == before else "Saved."
        messages.success(request, said)
        return redirect(self._back())

    def _form(self, *args: Any) -> ClassifyForm:
        return ClassifyForm(
            *args,
            innovation=self.innovation,
            labels=queries.labels_of(self.innovation),
            site_tags=queries.tags_in_use(self.viewer, self.site),
        )

    def _show(self, form: ClassifyForm, status: int = 200) -> HttpResponse:
        # As it is stored, not as it was just tried.
        innovation = one.innovation_for(self.viewer, self.site, self.innovation.ref)
        back = self._back()
        context = {
            "form": form,
            "innovation": innovation or self.innovation,
            "back_href": back,
            "next": back,
        }
        return self.page(self.template, context, status=status)

    def _back(self) -> str:
        return safe_next(self.request, self.innovation.get_absolute_url())
