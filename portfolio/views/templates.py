"""The site's templates of messages."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from portfolio.forms.messages import NewTemplateForm, TemplateForm
from portfolio.queries import messages as thread
from portfolio.services import templates
from portfolio.views.base import not_found_unless


class Templates(SiteDoor):
    """Every template, those that are offered first."""

    permission = "portfolio.manage_templates"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        settings = reverse("accounts:settings", kwargs={"site": self.site.slug})
        context = {
            "rows": thread.all_templates(self.site),
            "back_href": settings,
            "back_label": "Settings",
        }
        return self.page("portfolio/messages/templates.html", context)


class InstallTemplates(SiteDoor):
    """Give the site the standard templates it lacks."""

    permission = "portfolio.manage_templates"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        count = templates.install_for_site(site=self.site, by=self.actor)
        said = (
            f"{count} standard template{'' if count == 1 else 's'} added."
            if count
            else "Nothing was missing."
        )
        messages.success(request, said)
        return redirect("portfolio:templates", site=self.site.slug)


class AddTemplate(SiteDoor):
    """A template of the site's own."""

    permission = "portfolio.manage_templates"
    template = "portfolio/messages/template_new.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(NewTemplateForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = NewTemplateForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            made = templates.add(site=self.site, by=self.actor, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages[0])
            return self._show(form, 422)
        messages.success(request, f"“{made.name}” is added.")
        return redirect("portfolio:templates", site=self.site.slug)

    def _show(self, form: NewTemplateForm, status: int = 200) -> HttpResponse:
        back = reverse("portfolio:templates", kwargs={"site": self.site.slug})
        return self.page(self.template, {"form": form, "back_href": back}, status=status)


class EditTemplate(SiteDoor):
    """The words of one template."""

    permission = "portfolio.manage_templates"
    template = "portfolio/messages/template.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self._row()
        return self._show(row, TemplateForm(instance=row, initial={"version": row.version}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = TemplateForm(request.POST, instance=self._row())
        if not form.is_valid():
            return self._show(self._row(), form, 422)
        row, given = self._row(), dict(form.cleaned_data)
        try:
            templates.edit(template=row, by=self.actor, **given)
        except ValidationError as error:
            form.add_error(None, error.messages[0])
            return self._show(self._row(), form, 422)
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(self._row(), form, 422)
        messages.success(request, f"“{row.name}” is saved.")
        return redirect("portfolio:templates", site=self.site.slug)

    def _row(self) -> Any:
        return not_found_unless(thread.template_at(self.site, self.kwargs["ref"]))

    def _show(self, row: Any, form: TemplateForm, status: int = 200) -> HttpResponse:
        back = reverse("portfolio:templates", kwargs={"site": self.site.slug})
        return self.page(
            self.template, {"form": form, "row": row, "back_href": back}, status=status
        )
