"""The eight questions about an idea, and what is coming for each enabling function."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.enums import DESK, Function
from hubapp.problems import Refused
from hubapp.web.charts import BarChart, Point
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import KeysetPage, counted, in_words, keyset_page
from hubapp.web.words import counted as counted_words
from portfolio.forms.screening import ScreeningForm
from portfolio.queries import screening as queries
from portfolio.queries.settings import triage_settings_of
from portfolio.services import screening
from portfolio.views.base import InnovationDoor, safe_next


class Screen(InnovationDoor):
    """Eight yes-or-no questions on one page; one press saves."""

    permission = "portfolio.assess_innovation"
    template = "portfolio/screening/form.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        asked = queries.screening_of(self.innovation)
        return self._show(ScreeningForm(screening=asked), asked)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        asked = queries.screening_of(self.innovation)
        form = ScreeningForm(request.POST, screening=asked)
        if not form.is_valid():
            return self._show(form, asked, 422)
        try:
            screening.save(innovation=self.innovation, answers=form.answers(), by=self.actor)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, asked, 422)
        now = queries.screening_of(self.innovation)
        messages.success(request, f"Saved: {now.words}.")
        return redirect(self._next())

    def _show(self, form: ScreeningForm, asked: queries.Screening, status: int = 200):
        context = {
            "form": form,
            "innovation": self.innovation,
            "screening": asked,
            "next": self._next(),
            "back_href": self._next(),
        }
        return self.page(self.template, context, status=status)

    def _next(self) -> str:
        return safe_next(self.request, self.innovation.get_absolute_url())


class Coming(SiteDoor):
    """What is coming: to the desk for every function, to members for their own."""

    permission = "portfolio.view_coming"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        offered = queries.may_choose(self.viewer, self.site)
        function = request.GET.get("function", "")
        function = function if function in offered else ""
        wanted = [Function(function)] if function else offered
        rows = queries.coming(self.viewer, [self.site.pk], wanted)
        page = keyset_page(
            rows.defer("problem", "for_whom", "idea", "search_text"),
            order="-queued_at",
            cursor=request.GET.get("cursor", ""),
            filters={"function": function},
        )
        for row in page.rows:
            row.site = self.site  # joined, PostgreSQL would read every idea with a yes first
        counts = (
            {} if self.wants_part else queries.counts_by_function(self.viewer, self.site, offered)
        )
        sees_all = self.viewer.has_role(self.site.pk, DESK)
        around = f"function={function}&cursor="
        context = {
            "rows": queries.coming_rows(self.viewer, page.rows, wanted),
            "count": self._count(page, rows, counts.get(function)),
            "functions": offered,
            "function": function,
            "heading": Function(function).label if function else "Ideas",
            "sees_all": sees_all,
            "is_asked": triage_settings_of(self.site).asks_screening,
            "newer": f"?{around}{page.previous}" if page.previous else "",
            "older": f"?{around}{page.next}" if page.next else "",
        }
        if not self.wants_part:
            context["chart"] = self._chart(offered, counts)
        return self.page("portfolio/screening/coming.html", context, part="results")

    @staticmethod
    def _count(page: KeysetPage, rows: QuerySet, known: int | None) -> str:
        """How many there are; what the chart counted already is not counted again."""
        if page.is_whole:
            return f"{len(page.rows):,}"
        return in_words(known) if known is not None else counted(rows)

    def _chart(self, offered: list[Function], counts: dict[str, int]) -> BarChart | None:
        """How many ideas are coming to each function; None where there is nothing to compare."""
        if len(offered) < 2 or not any(counts.values()):
            return None
        most = max(offered, key=lambda each: counts[each])
        return BarChart(
            title="Ideas coming, by enabling function",
            level=2,
            summary=f"Most are coming to {most.label}: {counted_words(counts[most], 'idea')}. "
            "An idea may need several functions.",
            label_heading="Enabling function",
            value_heading="Ideas",
            bars=[
                Point(each.label, counts[each], href=f"?function={each.value}") for each in offered
            ],
        )
