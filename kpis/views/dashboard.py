"""The dashboard of a site, and one figure opened to its records."""

import datetime as dt
import re
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.queries import actor_names
from hubapp.web import words
from hubapp.web.charts import Line, LineChart
from hubapp.web.doors import SiteDoor
from hubapp.web.errors import bad_request
from hubapp.web.paging import keyset_page
from kpis import queries, services
from kpis.definitions import REGISTRY, Definition
from kpis.enums import Kind, Status
from kpis.queries import Figure
from kpis.validators import month_before, months_between

MONTHS = 12


def _this_month() -> dt.date:
    return timezone.localdate().replace(day=1)


class Dashboard(SiteDoor):
    """The last twelve months of every KPI; each figure opens to its records."""

    permission = "kpis.view_kpis"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        last = _this_month()
        first = last
        for _ in range(MONTHS - 1):
            first = month_before(first)
        months = months_between(first, last)
        figures = {
            (row.kpi, row.period_start): row
            for row in queries.values_for(self.viewer, site=self.site, first=first, last=last)
        }
        if figures:
            # Months before the site's first number say nothing.
            begun = min(month for _, month in figures)
            months = [month for month in months if month >= begun]
        context = {
            "has_figures": bool(figures),
            "as_at": queries.checked_at(self.site, first, last),
            "kpis": [
                self.kpi(
                    definition, [figures.get((definition.key, month)) for month in months], months
                )
                for definition in REGISTRY.values()
            ],
            "rows": [
                {
                    "month": month,
                    "is_over": month < last,
                    "figures": [
                        (definition, figures.get((definition.key, month)))
                        for definition in REGISTRY.values()
                    ],
                }
                for month in reversed(months)
            ],
            "definitions": list(REGISTRY.values()),
        }
        return self.page("kpis/dashboard.html", context)

    def kpi(
        self, definition: Definition, figures: list[Figure | None], months: list[dt.date]
    ) -> dict[str, Any]:
        """One KPI: the figure of the last month that is over, the one of this month, and the chart."""
        newest = figures[-1] if figures else None
        last_over = figures[-2] if len(figures) > 1 else None
        values = [definition.rounded(each.value) if each else None for each in figures]
        provisional = {
            place for place, each in enumerate(figures) if each is not None and each.is_provisional
        }
        chart = None
        if any(value is not None for value in values):
            chart = LineChart(
                title=definition.title,
                summary=self.summary(definition, last_over, newest),
                labels=[f"{month:%b %Y}" for month in months],
                lines=[Line(definition.title, values, provisional=provisional)],
                unit=definition.pattern,
                level=2,
            )
        return {
            "definition": definition,
            # The newest month that is over is the headline; a month that has just begun is not.
            "shown": [each for each in (last_over, newest) if each is not None],
            "chart": chart,
        }

    @staticmethod
    def summary(definition: Definition, last_over: Figure | None, newest: Figure | None) -> str:
        """What a reader should take away, in one or two sentences."""
        said = [definition.meaning]
        if last_over is not None:
            said.append(f"{words.london_month(last_over.period_start)}: {last_over.words}.")
        if newest is not None and newest.is_provisional:
            said.append(f"{words.london_month(newest.period_start)} so far: {newest.words}.")
        return " ".join(said)


class FigurePage(SiteDoor):
    """One figure: what it means, its versions, and the records that add up to it."""

    permission = "kpis.view_kpis"

    def get(self, request: HttpRequest, *, kpi: str, month: dt.date, **kwargs: Any) -> HttpResponse:
        definition = REGISTRY.get(kpi)
        if definition is None or month > _this_month():
            raise Http404
        versions = queries.versions_of(self.viewer, kpi, self.site, month)
        shown = self.chosen(definition, month, versions)
        context: dict[str, Any] = {
            "definition": definition,
            "month": month,
            "figure": shown,
            "is_over": month < _this_month(),
            "as_at": queries.checked_at(self.site, month),
            "direction": definition.direction.label,
            "requested": queries.is_requested(self.site, month),
            "may_compute": request.user.has_perm("kpis.compute_kpis", self.site),
            "versions": self.told(versions),
            "breadcrumbs": [
                {
                    "label": "Dashboard",
                    "href": reverse("kpis:dashboard", kwargs={"site": self.site.slug}),
                }
            ],
        }
        if shown is not None:
            page = keyset_page(
                queries.contributions_to(shown),
                order="id",
                cursor=request.GET.get("cursor", ""),
                filters={"value": shown.ref},
            )
            context |= {
                "was": next(
                    (each.words for each in versions if each.version == shown.version - 1), ""
                ),
                "makes_up": makes_up(shown),
                "records": queries.records_behind(self.viewer, self.site, page.rows),
                "previous_href": self.href(shown, page.previous),
                "next_href": self.href(shown, page.next),
                "counts_ratio": definition.kind == Kind.RATIO,
                "counts_measure": definition.kind == Kind.QUANTILE,
            }
        return self.page("kpis/figure.html", context, part="records")

    def chosen(
        self, definition: Definition, month: dt.date, versions: list[Figure]
    ) -> Figure | None:
        """The version that was asked for, else the one that stands; None if there is none yet."""
        asked = self.request.GET.get("version", "")
        if not asked:
            return versions[0] if versions else None
        if not re.fullmatch(r"[0-9]{1,9}", asked):
            raise Http404
        found = queries.version_of(self.viewer, definition.key, self.site, month, int(asked))
        if found is None:
            raise Http404
        return found

    def href(self, shown: Figure, cursor: str) -> str:
        """The address of another page of the records."""
        if not cursor:
            return ""
        version = "" if shown.is_current else f"version={shown.version}&"
        return f"?{version}cursor={cursor}"

    @staticmethod
    def told(versions: list[Figure]) -> list[dict[str, Any]]:
        """Each version with what it was before and who stored it."""
        names = actor_names((each.actor_kind, each.actor_ref) for each in versions)
        return [
            {
                "figure": each,
                "was": before.words if before else "",
                "who": names[str(each.actor_kind), each.actor_ref],
            }
            for each, before in zip_longest(versions, versions[1:])
        ]


def makes_up(shown: Figure) -> str:
    """How the records make the figure, in one sentence that anyone can check."""
    definition = shown.definition
    if shown.status == Status.SUPPRESSED:
        return "What is behind a suppressed figure is not shown."
    ideas = words.counted(shown.n, "idea,ideas")
    if definition.kind == Kind.COUNT:
        return f"Each idea counts once: {ideas}."
    if definition.kind == Kind.QUANTILE:
        if not shown.n:
            return "No idea counts, so there is no median."
        middle = "the middle one" if shown.n % 2 else "halfway between the middle two"
        return f"The median of {ideas}: in order of days, {middle} is {shown.words}."
    if not shown.denominator:
        return "No idea counts, so there is nothing to divide."
    return (
        f"{words.number(shown.numerator)} on time, of {words.counted(shown.denominator, 'idea,ideas')}: "
        f"{shown.words}."
    )


class ComputeNow(SiteDoor):
    """Ask for a month's numbers now rather than at the next round."""

    permission = "kpis.compute_kpis"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *, month: dt.date, **kwargs: Any) -> HttpResponse:
        try:
            services.request_compute(site=self.site, month=month, by=self.actor)
        except ValidationError as error:
            return bad_request(request, sentence=" ".join(error.messages))
        messages.success(
            request,
            f"The numbers of {words.london_month(month)} are being computed. This takes a moment: "
            "reload the page to see them.",
        )
        kpi = request.POST.get("kpi", "")
        if kpi in REGISTRY:
            return redirect("kpis:figure", site=self.site.slug, kpi=kpi, month=month)
        return redirect("kpis:dashboard", site=self.site.slug)
