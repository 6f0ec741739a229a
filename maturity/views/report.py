"""Reading one self-assessment, and taking it away as a file."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from hubapp.web.charts import HeatRow
from hubapp.web.doors import SiteDoor
from hubapp.web.export import file_response
from maturity.charts import ratings_grid, stacked
from maturity.patterns import ordered
from maturity.queries import reading as queries


class _ReportDoor(SiteDoor):
    """A page about one self-assessment of the site that was begun."""

    permission = "maturity.view_assessment"
    reading: queries.SiteReading

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        found = super().enter(request, **kwargs)
        if found is not None:
            return found
        row = queries.assessment_to_read(self.viewer, self.site, kwargs["ref"])
        if row is None:
            raise Http404
        self.reading = queries.read_site(row)
        return None


class Report(_ReportDoor):
    """Where the site stands, what changed, what is strongest and weakest, in the site's own words."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        reading = self.reading
        assessment = reading.assessment
        framework = assessment.round.framework
        widest = max((len(part.lines) for part in reading.parts), default=0)
        grid = [
            HeatRow(
                part.counted.name,
                [line.now.value if line.now else None for line in part.lines]
                + [None] * (widest - len(part.lines)),
            )
            for part in reading.parts
            if part.counted.n
        ]
        by_code = {part.counted.code: part for part in reading.parts}
        context = {
            "assessment": assessment,
            "round": assessment.round,
            "framework": framework,
            "reading": reading,
            "scale": [(value, framework.labels[value]) for value in reversed(framework.values)],
            "chart": stacked(
                [part.counted for part in reading.parts],
                framework,
                title="Sub-domains by share of the highest rating",
            ),
            "grid": ratings_grid(grid, widest, framework) if grid else None,
            "rows": [
                {
                    "part": by_code[counted.code],
                    "counts": [counted.counts[value] for value in reversed(framework.values)],
                }
                for counted in ordered(part.counted for part in reading.parts)
            ],
            "changed": [
                (part, line)
                for part in reading.parts
                for line in part.lines
                if line.step is not None and line.step != 0
            ],
            "back_href": assessment.get_absolute_url(),
            "back_label": "Back to the self-assessment",
        }
        return self.page("maturity/report/report.html", context)


class ReportFile(_ReportDoor):
    """The ratings as CSV, XLSX or JSON: one row for each indicator."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        kind = kwargs["kind"]
        rows = queries.rows_of(self.reading)
        if kind == "json":
            return JsonResponse({"results": list(rows)})
        cells = ([row[name] for name in queries.COLUMNS] for row in rows)
        name = f"maturity-{self.reading.assessment.ref.lower()}"
        return file_response(kind, queries.COLUMNS, cells, name=name)
