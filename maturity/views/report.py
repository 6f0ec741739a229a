"""Reading one site: the report, its files, and the targets that are set from it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from hubapp.problems import Refused
from hubapp.web.export import file_response
from hubapp.web.kept import columns, drawn
from maturity.arithmetic import average
from maturity.board_report import pdf_of
from maturity.charts import grid_of_indicators, grid_of_rounds, over_rounds, round_labels, stacked
from maturity.enums import AssessmentState
from maturity.forms.report import TargetForm
from maturity.models import Action
from maturity.patterns import ordered
from maturity.queries import actions as action_queries
from maturity.queries import board
from maturity.queries import reading as queries
from maturity.queries import report as rows
from maturity.services import targets
from maturity.views.assess import AssessmentDoor
from portfolio.views.needs import refused

READ, PLAN = "maturity.view_assessment", "maturity.plan_maturity"
# What asks for averages in the address.
AVERAGE = "average"


def rows_by_value(part: Any, values: list[int]) -> list[tuple[int, int | None]]:
    """How often each point was given and its share, highest first."""
    return [(part.counts[value], part.share(value)) for value in reversed(values)]


class Report(AssessmentDoor):
    """What a site says of itself in one round: counted, compared with last time, with the words it wrote."""

    permission = READ
    template = "maturity/report/report.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.assessment.state == AssessmentState.NOT_STARTED:
            return redirect(self.at("start"))
        sources = queries.sources_of(self.assessment)
        actions = action_queries.open_actions_for(self.assessment)
        content = drawn(
            request,
            "maturity/report/_content.html",
            self._says(sources, actions),
            lambda: self._shown(queries.reading_from(sources), actions),
        )
        context = self.common() | {"title": self.assessment.round.name, "content": content}
        return self.page(self.template, context)

    @property
    def _asks_average(self) -> bool:
        return self.request.GET.get(AVERAGE) == "1"

    def _says(self, sources: queries.Sources, actions: dict[str, list[Action]]) -> tuple[Any, ...]:
        """Every row that the page is made of, and who asks for what."""
        return (
            self.site.slug,
            columns(self.assessment),
            [(columns(row), columns(row.round)) for row in sources.rounds],
            [columns(row) for row in sources.versions],
            sources.elsewhere,
            sorted(sources.ratings),
            sorted(sources.words),
            [columns(row) for row in sources.targets],
            [
                (code, columns(row), row.owner_in_words)
                for code, found in actions.items()
                for row in found
            ],
            action_queries.today(),
            self.may(PLAN),
            self._asks_average,
        )

    def _shown(
        self, reading: queries.SiteReading, actions: dict[str, list[Action]]
    ) -> dict[str, Any]:
        framework, values = reading.framework, reading.framework.values
        change = reading.change
        return self.common() | {
            "view": self,
            "reading": reading,
            "title": self.assessment.round.name,
            "judgements": board.JUDGEMENTS,
            "whole": board.numbers_in_words(reading.whole, framework),
            "changed": board.change_in_words(reading),
            "change": change,
            "sides": [
                {
                    "title": "Strongest",
                    "rule": board.STRONGEST,
                    "parts": self._named(reading.strongest, framework),
                },
                {
                    "title": "Weakest",
                    "rule": board.WEAKEST,
                    "parts": self._named(reading.weakest, framework),
                },
            ],
            "bars": stacked(
                reading.sub_domains,
                framework,
                title="Sub-domains",
                hrefs={part.sub_domain.code: f"#{part.sub_domain.code}" for part in reading.parts},
                with_rest=True,
                level=2,
            ),
            "domain_bars": stacked(
                reading.domains, framework, title="Domains", with_rest=True, level=2
            ),
            "unrated": [part.sub_domain.name for part in reading.parts if not part.counted.n],
            "grid": grid_of_indicators(reading.parts, framework, level=2),
            "rounds_chart": over_rounds(reading.series, framework, level=2),
            "rounds_grid": grid_of_rounds(reading.parts, reading.series, framework, level=2),
            "rounds": [
                {
                    "then": then,
                    "label": label,
                    "counts": [then.counted.counts.get(v, 0) for v in reversed(values)],
                }
                for then, label in zip(reading.series, round_labels(reading.series), strict=True)
            ],
            "moved": [part for part in reading.parts if part.change.up or part.change.down],
            "scale": [(value, framework.labels[value]) for value in reversed(values)],
            "parts": [
                {
                    "part": part,
                    "numbers": board.numbers_in_words(part.counted, framework),
                    "items": [
                        {
                            "item": item,
                            "now": rows.in_words(item.said, framework),
                            "before": rows.in_words(item.before, framework)
                            if reading.before
                            else "",
                        }
                        for item in part.items
                    ],
                    "actions": actions.get(part.sub_domain.code, []),
                }
                for part in rows.in_order(reading)
            ],
            "gaps": [
                {"gap": gap, "now": rows.in_words(gap.item.said, framework)} for gap in reading.gaps
            ],
            "reached": sum(gap.steps == 0 for gap in reading.gaps),
            "actions": [
                {"action": row, "part": reading.part(code)}
                for code, found in actions.items()
                for row in found
            ],
            "today": action_queries.today(),
            "may_plan": self.may(PLAN),
            "is_draft": self.assessment.state == AssessmentState.DRAFT,
            "averages": self._averages(reading) if self._asks_average else None,
        }

    @staticmethod
    def _named(parts: list[queries.Part], framework: Any) -> list[dict[str, Any]]:
        return [
            {"part": part, "numbers": board.numbers_in_words(part.counted, framework)}
            for part in parts
        ]

    @staticmethod
    def _averages(reading: queries.SiteReading) -> list[dict[str, Any]]:
        return [
            {"name": part.name, "average": average(part.counts)}
            for part in [reading.whole, *ordered(reading.domains)]
        ]


class ReportFile(AssessmentDoor):
    """The report as a file: a row for each statement (CSV, Excel), all of it as data (JSON), a board report (PDF)."""

    permission = READ

    def get(self, request: HttpRequest, kind: str, **kwargs: Any) -> HttpResponseBase:
        reading = queries.reading_of(self.assessment)
        name = f"maturity-{self.site.slug}-{self.assessment.ref.lower()}"
        if kind in ("csv", "xlsx"):
            return file_response(kind, rows.COLUMNS, rows.rows_of(reading), name=name)
        actions = action_queries.open_actions_for(self.assessment)
        if kind == "json":
            asked = request.GET.get(AVERAGE) == "1"
            answer: HttpResponse = JsonResponse(rows.as_data(reading, actions, with_average=asked))
        else:
            answer = HttpResponse(
                pdf_of(board.document_of(reading, actions)), content_type="application/pdf"
            )
        answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
        return answer


class SetTarget(AssessmentDoor):
    """Where the site wants to be on one statement."""

    permission = PLAN
    template = "maturity/report/target.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        item = self._item()
        return self._show(item, TargetForm(framework=self._framework(), target=item.target))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        item = self._item()
        form = TargetForm(request.POST, framework=self._framework(), target=item.target)
        if not form.is_valid():
            return self._show(item, form, 422)
        seen = str(item.target.pk) if item.target else ""
        if form.cleaned_data["seen"] != seen:
            data = request.POST.copy()
            data["seen"] = seen
            form = TargetForm(data, framework=self._framework(), target=item.target)
            form.is_valid()
            form.add_error(
                None,
                f"{targets.CHANGED} What you chose is still chosen: save again to replace theirs.",
            )
            return self._show(item, form, 422)
        try:
            if form.number is None:
                if item.target:
                    targets.end_target(
                        target=item.target, assessment=self.assessment, by=self.actor
                    )
            else:
                targets.set_target(
                    site=self.site,
                    indicator=item.indicator,
                    value=form.number,
                    by_on=form.cleaned_data["by_on"],
                    replaces=item.target,
                    assessment=self.assessment,
                    by=self.actor,
                )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(self._item(), form, 422)
        messages.success(
            request, "Target set." if form.number is not None else "There is no target now."
        )
        return redirect(f"{self.at('report')}#{item.indicator.sub_domain.code}")

    def _framework(self) -> Any:
        return self.assessment.round.framework

    def _item(self) -> queries.Item:
        reading = queries.reading_of(self.assessment)
        code = self.kwargs["code"]
        found = next((item for item in reading.items if item.indicator.code == code), None)
        if found is None:
            raise Http404
        return found

    def _show(self, item: queries.Item, form: TargetForm, status: int = 200) -> HttpResponse:
        context = self.common() | {
            "form": form,
            "item": item,
            "now": rows.in_words(item.said, self._framework()),
            "back_href": self.at("report"),
            "back_label": "Report",
        }
        return self.page(self.template, context, status=status)
