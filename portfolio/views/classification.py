"""What an idea is: hub staff correct it on one page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.charts import BarChart, Point
from hubapp.web.doors import SiteDoor
from portfolio.forms.classification import ClassifyForm
from portfolio.queries import classification as queries
from portfolio.queries import innovations as one
from portfolio.queries.filters import GOES_ON
from portfolio.queries.triage import NOT_SAID
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


class Balance(SiteDoor):
    """How the ideas that go on are spread. A page of its own: it looks at every one of them."""

    permission = "portfolio.view_portfolio"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        balance = queries.balance_of(self.viewer, self.site)
        total = balance.total
        portfolio = reverse("portfolio:innovations", kwargs={"site": self.site.slug})

        def bars(title: str, name: str, slices: list[queries.Slice], sentence: str) -> BarChart:
            """One picture whose bars open the ideas that they count."""
            return _bars(title, f"{portfolio}?state={GOES_ON}&{name}=", slices, sentence)

        context = {
            "total": total,
            "charts": [
                bars("By type", "type", balance.types, f"Of {total:,} ideas that go on."),
                bars(
                    "By benefit area",
                    "benefit",
                    balance.benefits,
                    "An idea may be for several areas, or for none yet, so these do not add up.",
                ),
                bars("By focus", "focus", balance.focus, f"Of {total:,} ideas that go on."),
                bars("By origin", "origin", balance.origin, f"Of {total:,} ideas that go on."),
            ]
            if total
            else [],
            "back_href": portfolio,
            "back_label": "Innovations",
        }
        return self.page("portfolio/needs/balance.html", context)


def _bars(title: str, href: str, slices: list[queries.Slice], sentence: str) -> BarChart:
    """One picture: the sentence names the most common value.

    :param href: the list of the ideas of one bar, but for its value
    """
    most = max((each.count for each in slices if each.value), default=0)
    first = [each.words.lower() for each in slices if each.value and each.count == most]
    if not most:
        said = "Nobody has said yet."
    elif len(first) == 1:
        said = f"The most common is {first[0]}, {most:,}."
    else:
        said = f"The most common are {', '.join(first[:-1])} and {first[-1]}, {most:,} each."
    return BarChart(
        title=title,
        summary=f"{said} {sentence}",
        bars=[
            Point(each.words, each.count, href=f"{href}{each.value or NOT_SAID}") for each in slices
        ],
        label_heading=title.removeprefix("By ").capitalize(),
        value_heading="Ideas",
        level=2,
    )
