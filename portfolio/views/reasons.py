"""The site's reasons and standard words."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from portfolio.enums import CHOICES, DecisionKind
from portfolio.forms.triage import NewReasonForm, ReasonForm
from portfolio.queries import innovations as one
from portfolio.services import reasons
from portfolio.views.base import not_found_unless


class Reasons(SiteDoor):
    """Every reason, by kind of decision."""

    permission = "portfolio.manage_reasons"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = one.all_reasons(self.site)
        groups = [
            (DecisionKind(kind).label, kind, [row for row in rows if row.kind == kind])
            for kind in CHOICES
        ]
        settings = reverse("accounts:settings", kwargs={"site": self.site.slug})
        context = {"groups": groups, "back_href": settings, "back_label": "Settings"}
        return self.page("portfolio/settings/reasons.html", context)


class InstallReasons(SiteDoor):
    """Give the site the standard reasons it lacks."""

    permission = "portfolio.manage_reasons"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        count = reasons.install_for_site(site=self.site, by=self.actor)
        said = (
            f"{count} standard reason{'' if count == 1 else 's'} added."
            if count
            else "Nothing was missing."
        )
        messages.success(request, said)
        return redirect("portfolio:reasons", site=self.site.slug)


class AddReason(SiteDoor):
    """A reason of the site's own."""

    permission = "portfolio.manage_reasons"
    template = "portfolio/settings/reason_new.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(NewReasonForm(initial={"kind": request.GET.get("kind", "")}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = NewReasonForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            reason = reasons.add(site=self.site, by=self.actor, **form.cleaned_data)
        except (Refused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
            return self._show(form, 422)
        messages.success(request, f"“{reason.label}” is added.")
        return redirect("portfolio:reasons", site=self.site.slug)

    def _show(self, form: NewReasonForm, status: int = 200) -> HttpResponse:
        back = reverse("portfolio:reasons", kwargs={"site": self.site.slug})
        return self.page(self.template, {"form": form, "back_href": back}, status=status)


class EditReason(SiteDoor):
    """The words of one reason."""

    permission = "portfolio.manage_reasons"
    template = "portfolio/settings/reason.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        reason = self._reason()
        return self._show(reason, ReasonForm(instance=reason, initial={"version": reason.version}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ReasonForm(request.POST, instance=self._reason())
        if not form.is_valid():
            return self._show(self._reason(), form, 422)
        reason, given = self._reason(), dict(form.cleaned_data)
        try:
            reasons.edit(reason=reason, by=self.actor, **given)
        except (Refused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
            return self._show(self._reason(), form, 422)
        messages.success(request, f"“{reason.label}” is saved.")
        return redirect("portfolio:reasons", site=self.site.slug)

    def _reason(self) -> Any:
        return not_found_unless(one.reason_at(self.site, self.kwargs["ref"]))

    def _show(self, reason: Any, form: ReasonForm, status: int = 200) -> HttpResponse:
        back = reverse("portfolio:reasons", kwargs={"site": self.site.slug})
        return self.page(
            self.template, {"form": form, "reason": reason, "back_href": back}, status=status
        )
