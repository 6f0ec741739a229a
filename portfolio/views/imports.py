"""Importing in the browser: the file, how far it is, what became of each row."""

from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.queries import actor_names
from hubapp.problems import Refused
from hubapp.web.csvsafe import csv_lines
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import keyset_page
from portfolio.enums import SUBMITTER_WORDS, ImportState, InnovationType
from portfolio.forms.imports import ImportForm
from portfolio.models import ImportJob
from portfolio.queries.imports import (
    import_by_ref,
    imports_at,
    reasons_by_line,
    rows_not_added,
    rows_to_look_at,
)
from portfolio.services import imports

LIST = "portfolio/imports/list.html"
JOB = "portfolio/imports/job.html"
# Lines that may hold an NHS number, named on the page; the rest are in the portfolio.
DOUBTS_SHOWN = 20
# So long a job may wait before the page says that no worker seems to run.
PATIENCE_SECONDS = 60

_TYPES = ", ".join(str(kind.label) for kind in InnovationType)
_KINDS = ", ".join(SUBMITTER_WORDS.values())
# What each column means, as the page tells it.
COLUMNS: list[dict[str, Any]] = [
    {"name": "title", "needed": True, "words": "What the innovation is called, up to 300 characters."},
    {"name": "innovation_type", "needed": True, "words": f"One of: {_TYPES}."},
    {"name": "problem", "needed": False, "words": "The problem it solves."},
    {"name": "for_whom", "needed": False, "words": "Who it helps."},
    {"name": "idea", "needed": False, "words": "The idea in a paragraph."},
    {
        "name": "received_on", "needed": False,
        "words": "The day the idea reached you, as 2026-03-27 or 27/03/2026. Without it, it is in no KPI.",
    },
    {
        "name": "external_id", "needed": False,
        "words": "Its number in your own list. A row with the same number is not added again.",
    },
    {"name": "submitter_kind", "needed": False, "words": f"One of: {_KINDS}."},
    {"name": "is_confidential", "needed": False, "words": "Yes or no. Empty means no."},
]  # fmt: skip
TEMPLATE_ROW = [
    "Bedside falls sensor", "Device or diagnostic", "Falls at night are found too late",
    "Older inpatients", "A mat that tells the nurses' station when somebody gets up", "2026-03-27",
    "A-17", "Staff", "No",
]  # fmt: skip


def _csv(lines: Any, file_name: str) -> StreamingHttpResponse:
    # The mark at the start lets Excel read it as UTF-8.
    response = StreamingHttpResponse(
        chain(["\ufeff"], lines), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


class Imports(SiteDoor):
    """Choose a file; earlier imports, newest first."""

    permission = "portfolio.import_innovations"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(LIST, self.context(ImportForm()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = imports.start_import(
                    site=self.site, file=file, file_name=file.name, by=self.actor
                )
            except (Refused, ValidationError) as error:
                form.add_error("file", str(error))
            else:
                return redirect("portfolio:import_job", site=self.site.slug, ref=job.ref)
        return self.invalid(LIST, self.context(form))

    def context(self, form: ImportForm) -> dict[str, Any]:
        page = keyset_page(
            imports_at(self.site, viewer=self.viewer),
            order="-queued_at",
            cursor=self.request.GET.get("cursor", ""),
        )
        names = actor_names((job.actor_kind, job.actor_ref) for job in page.rows)
        return {
            "site": self.site,
            "form": form,
            "jobs": [(job, names[job.actor_kind, job.actor_ref]) for job in page.rows],
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "columns": COLUMNS,
        }


class ImportTemplate(SiteDoor):
    """An empty list to fill in, with one row as an example."""

    permission = "portfolio.import_innovations"

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        return _csv(
            csv_lines([column["name"] for column in COLUMNS], [TEMPLATE_ROW]), "innovations.csv"
        )


class _JobDoor(SiteDoor):
    """A page about one import: missing and foreign ones are 404."""

    permission = "portfolio.import_innovations"
    job: ImportJob

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is not None:
            return response
        job = import_by_ref(self.site, kwargs["ref"], viewer=self.viewer)
        # Who sees no import of the site is refused by the permission, with 403.
        if job is None and request.user.has_perm(self.permission, self.site):
            raise Http404
        if job is not None:
            self.job = job
        return None


class ImportPage(_JobDoor):
    """How far it is; once it is over, what became of each row."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        job = self.job
        if job.is_over and self.wants_part and "cursor" not in request.GET:
            # The progress part asked: it is over, so the whole page is drawn again.
            response = HttpResponse()
            response["HX-Refresh"] = "true"
            response["Vary"] = "HX-Request"
            return response
        return self.page(JOB, self.context(), part="" if job.is_over else "progress")

    def context(self) -> dict[str, Any]:
        job = self.job
        names = actor_names([(job.actor_kind, job.actor_ref)])
        waits_long = (
            job.state == ImportState.QUEUED
            and (timezone.now() - job.queued_at).total_seconds() > PATIENCE_SECONDS
        )
        context: dict[str, Any] = {
            "site": self.site,
            "job": job,
            "label": "No worker has taken the import yet" if waits_long else "Rows read",
            "who": names[job.actor_kind, job.actor_ref],
            "poll": "" if job.is_over else job.get_absolute_url(),
            "waits_long": waits_long,
            "back_href": reverse("portfolio:imports", kwargs={"site": self.site.slug}),
            "back_label": "Import",
        }
        if not job.is_over:
            return context
        page = keyset_page(
            rows_not_added(job), order="number", cursor=self.request.GET.get("cursor", "")
        )
        context |= {
            "type_columns": [{"label": "Type"}, {"label": "Added", "numeric": True}],
            "type_rows": [[kind.label, f"{count:,}"] for kind, count in job.counts_by_type],
            "rows": page.rows,
            "previous": f"?cursor={page.previous}#not-added" if page.previous else "",
            "next": f"?cursor={page.next}#not-added" if page.next else "",
            "doubts": rows_to_look_at(job).order_by("number")[:DOUBTS_SHOWN] if job.doubted else [],
        }
        return context


class RowsNotAdded(_JobDoor):
    """The rows that were refused, as a file to correct and import again."""

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        rows = imports.rows_to_correct(job=self.job, reasons=reasons_by_line(self.job))
        header = next(rows)
        return _csv(csv_lines(header, rows), f"not-added-{self.job.ref}.csv")
