"""A site's triage settings."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Stale
from hubapp.web.doors import SiteDoor
from portfolio.forms.settings import TriageSettingsForm
from portfolio.queries.front_door import front_door_of
from portfolio.queries.settings import triage_settings_of
from portfolio.services.settings import FIELDS, change_desk


class TriageSettingsPage(SiteDoor):
    """What the site promises, and what else its desk asks."""

    permission = "portfolio.manage_triage_settings"
    template = "portfolio/settings/triage.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(TriageSettingsForm(initial=self._stored()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = TriageSettingsForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            change_desk(site=self.site, by=self.actor, **form.cleaned_data)
        except Stale as stale:
            return self._overtaken(stale)
        except ValidationError as error:
            form.add_error(None, error)
            return self._show(form, 422)
        messages.success(request, "The triage settings are saved.")
        return redirect(request.path)

    def _stored(self) -> dict[str, Any]:
        settings, door = triage_settings_of(self.site), front_door_of(self.site)
        return {
            **{name: getattr(settings, name) for name in FIELDS},
            "decision_days": door.decision_days,
            "version": settings.version,
            "door_version": door.version,
        }

    def _overtaken(self, stale: Stale) -> HttpResponse:
        """What somebody else saved, and what was typed, with the versions as they are now."""
        theirs = self._stored()
        data = self.request.POST.copy()
        for name in ("version", "door_version"):
            data[name] = str(theirs[name])
        form = TriageSettingsForm(data)
        form.add_error(None, str(stale))
        shown = TriageSettingsForm(initial=theirs)
        rows = [
            {"key": field.label, "value": _in_words(field.initial)}
            for field in shown
            if not field.is_hidden
        ]
        return self._show(form, 422, theirs=rows)

    def _show(
        self, form: TriageSettingsForm, status: int = 200, theirs: list | None = None
    ) -> HttpResponse:
        context = {
            "form": form,
            "theirs": theirs or [],
            "back_href": reverse("accounts:settings", kwargs={"site": self.site.slug}),
            "back_label": "Settings",
        }
        return self.page(self.template, context, status=status)


def _in_words(value: Any) -> str:
    return ("Yes" if value else "No") if isinstance(value, bool) else f"{value}"
