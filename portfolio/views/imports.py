"""Importing in the browser: the file, its columns, how far it is, what became of each row, and undoing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.queries import actor_names
from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.export import file_response
from hubapp.web.paging import keyset_page
from portfolio.enums import IMPORT_ASKS, SUBMITTER_WORDS, ImportState, ImportStep, InnovationType
from portfolio.forms.import_mapping import ColumnsForm, ValuesForm, columns_of
from portfolio.forms.imports import ImportForm
from portfolio.mapping import Mapping, guess, unsaid_values
from portfolio.models import ImportJob
from portfolio.queries.imports import (
    added_by_import,
    import_by_ref,
    imports_at,
    reasons_by_line,
    remembered_mapping,
    rows_not_added,
    rows_to_look_at,
    touched_by_import,
)
from portfolio.services import imports

LIST = "portfolio/imports/list.html"
JOB = "portfolio/imports/job.html"
COLUMNS_PAGE = "portfolio/imports/columns.html"
VALUES_PAGE = "portfolio/imports/values.html"
UNDO_PAGE = "portfolio/imports/undo.html"
# Rows that somebody worked on, named on the page that refuses to undo.
TOUCHED_SHOWN = 25
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
        "words": "The day the idea reached you, as 2026-03-27 or 27/03/2026. Without it, it is left out of the monthly numbers.",
    },
    {
        "name": "external_id", "needed": False,
        "words": "Its number in your own list. A row with the same number is not added again.",
    },
    {"name": "submitter_kind", "needed": False, "words": f"One of: {_KINDS}."},
    {"name": "is_confidential", "needed": False, "words": "Yes or no. Empty means no."},
    {
        "name": "state", "needed": False,
        "words": "Waiting for triage, In scoping or Parked. Empty means waiting for triage.",
    },
    {"name": "tags", "needed": False, "words": "Your own words, with commas between them."},
    {
        "name": "source, focus, origin, category, care_setting, trl, benefit_areas", "needed": False,
        "words": "What you say of an idea, in the words of its page.",
    },
]  # fmt: skip
TEMPLATE_ROW = [
    "Bedside falls sensor", "Device or diagnostic", "Falls at night are found too late",
    "Older inpatients", "A mat that tells the nurses' station when somebody gets up", "2026-03-27",
    "A-17", "Staff", "No", "Waiting for triage", "falls, wards",
]  # fmt: skip


def _version_of(typed: str) -> int:
    """The version that a page sent; 0, which no record has, where it was tampered with."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


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
                    site=self.site, file=file, file_name=file.name, by=self.actor, dry_run=True
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
        names = [column["name"] for column in COLUMNS][: len(TEMPLATE_ROW)]
        return file_response("csv", names, [TEMPLATE_ROW], name="innovations")


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
    """How far it is; what it would add, once it is counted; what became of each row, once it is over."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        job = self.job
        if not job.is_at_work and self.wants_part and "cursor" not in request.GET:
            # The progress part asked: it is over, so the whole page is drawn again.
            response = HttpResponse()
            response["HX-Refresh"] = "true"
            response["Vary"] = "HX-Request"
            return response
        if job.state == ImportState.MAPPING:
            return redirect("portfolio:import_columns", site=self.site.slug, ref=job.ref)
        return self.page(JOB, self.context(), part="progress" if job.is_at_work else "")

    def context(self) -> dict[str, Any]:
        job = self.job
        undone_by = (job.undo_actor_kind, job.undo_actor_ref)
        names = actor_names([(job.actor_kind, job.actor_ref), undone_by])
        waits_long = (
            job.state == ImportState.QUEUED
            and (timezone.now() - (job.heard_at or job.queued_at)).total_seconds()
            > PATIENCE_SECONDS
        )
        context: dict[str, Any] = {
            "site": self.site,
            "job": job,
            "label": "No worker has taken the import yet" if waits_long else self.doing(),
            "who": names[job.actor_kind, job.actor_ref],
            "poll": job.get_absolute_url() if job.is_at_work else "",
            "waits_long": waits_long,
            "back_href": reverse("portfolio:imports", kwargs={"site": self.site.slug}),
            "back_label": "Import",
        }
        if job.step == ImportStep.UNDO:
            context |= {"progress_done": job.undone, "progress_total": job.created}
        else:
            context |= {"progress_done": job.read, "progress_total": job.total}
        if job.is_at_work:
            return context
        page = keyset_page(
            rows_not_added(job), order="number", cursor=self.request.GET.get("cursor", "")
        )
        counted = job.state == ImportState.CHECKED
        context |= {
            "counted": counted,
            "unsaid": unsaid_values(Mapping.read(job.mapping), job.columns) if counted else [],
            "type_columns": [
                {"label": "Type"},
                {"label": "Would be added" if counted else "Added", "numeric": True},
            ],
            "type_rows": [[kind.label, f"{count:,}"] for kind, count in job.counts_by_type],
            "rows": page.rows,
            "previous": f"?cursor={page.previous}#not-added" if page.previous else "",
            "next": f"?cursor={page.next}#not-added" if page.next else "",
            "doubts": rows_to_look_at(job).order_by("number")[:DOUBTS_SHOWN]
            if job.doubted and not counted
            else [],
            "can_undo": job.state in (ImportState.DONE, ImportState.FAILED)
            and job.created > job.undone,
            "undone_by": names[undone_by] if job.undo_actor_kind else "",
            "left": job.created - job.undone,
        }
        return context

    def doing(self) -> str:
        """What the progress bar is of."""
        return {
            ImportStep.LOOK: "Looking through the file",
            ImportStep.CHECK: "Rows counted",
            ImportStep.UNDO: "Innovations taken out",
        }.get(ImportStep(self.job.step), "Rows read")


class ImportColumns(_JobDoor):
    """Say what each column is and, where a field has codes, what each value means.

    Two pages of one form: what was chosen on the first travels through the second.
    """

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.job.state not in IMPORT_ASKS:
            return redirect(self.job)
        return self.page(
            COLUMNS_PAGE, self.context(ColumnsForm(job=self.job, mapping=self.known()))
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        job = self.job
        if job.state not in IMPORT_ASKS:
            messages.warning(request, "The columns of this import can no longer be changed.")
            return redirect(job)
        columns = ColumnsForm(request.POST, job=job, mapping=self.known())
        if not columns.is_valid():
            return self.invalid(COLUMNS_PAGE, self.context(columns))
        if "back" in request.POST:
            return self.page(COLUMNS_PAGE, self.context(columns))
        is_said = "values" in request.POST
        values = ValuesForm(
            request.POST if is_said else None, job=job, chosen=columns.mapping, known=self.known()
        )
        if not values.groups:
            return self.save(columns.mapping, columns, None)
        if not is_said:
            return self.page(VALUES_PAGE, self.context(columns, values))
        if not values.is_valid():
            return self.invalid(VALUES_PAGE, self.context(columns, values))
        return self.save(values.mapping(), columns, values)

    def save(
        self, mapping: Mapping, columns: ColumnsForm, values: ValuesForm | None
    ) -> HttpResponse:
        version = self.request.POST.get("version", "")
        try:
            imports.map_columns(
                job=self.job,
                mapping=mapping,
                version=_version_of(version) or None,
                by=self.actor,
            )
        except Refused as refused:
            form = values or columns
            form.add_error(None, str(refused))
            page = VALUES_PAGE if values else COLUMNS_PAGE
            return self.invalid(page, self.context(columns, values))
        return redirect(self.job)

    def known(self) -> Mapping:
        """What was said of these columns before, here or of another such file; else a guess."""
        job = self.job
        if job.mapping:
            return Mapping.read(job.mapping)
        remembered = remembered_mapping(job.site_id, job.fingerprint)
        if remembered:
            try:
                return Mapping.read(remembered.mapping)
            except Refused:
                pass  # of a time when we had other fields
        return guess(columns_of(job))

    def context(self, columns: ColumnsForm, values: ValuesForm | None = None) -> dict[str, Any]:
        job = self.job
        counted = job.state == ImportState.CHECKED
        return {
            "site": self.site,
            "job": job,
            # One of them is shown; the other's choices are hidden fields.
            "form": values or columns,
            "hidden": [
                (name, value)
                for name in columns.fields
                if (value := columns[name].value()) not in ("", None, False)
            ]
            if values
            else [],
            "is_known": bool(job.mapping) or remembered_mapping(job.site_id, job.fingerprint),
            "back_href": job.get_absolute_url()
            if counted
            else reverse("portfolio:imports", kwargs={"site": self.site.slug}),
            "back_label": job.file_name if counted else "Import",
        }


class ConfirmImport(_JobDoor):
    """Import what was counted."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        version = request.POST.get("version", "")
        try:
            imports.confirm_import(
                job=self.job,
                version=_version_of(version),
                by=self.actor,
            )
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect("portfolio:import_job", site=self.site.slug, ref=self.job.ref)


class UndoImport(_JobDoor):
    """Take out again what an import added, or read what stands against it."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(UNDO_PAGE, self.context())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        version = request.POST.get("version", "")
        try:
            imports.undo_import(
                job=self.job,
                version=_version_of(version),
                by=self.actor,
            )
        except Refused as refused:
            return self.invalid(UNDO_PAGE, self.context(refused=str(refused)))
        return redirect("portfolio:import_job", site=self.site.slug, ref=self.job.ref)

    def context(self, refused: str = "") -> dict[str, Any]:
        job = self.job
        can_undo = job.state in (ImportState.DONE, ImportState.FAILED) and job.created > job.undone
        touched = (
            list(touched_by_import(job).order_by("pk")[: TOUCHED_SHOWN + 1]) if can_undo else []
        )
        return {
            "site": self.site,
            "job": job,
            "refused": refused,
            "can_undo": can_undo and not touched,
            "touched": touched[:TOUCHED_SHOWN],
            "more": len(touched) > TOUCHED_SHOWN,
            "left": added_by_import(job).count() if can_undo else 0,
            "back_href": job.get_absolute_url(),
            "back_label": job.file_name,
        }


class RowsNotAdded(_JobDoor):
    """The rows that were refused, as a file to correct and import again."""

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        rows = imports.rows_to_correct(job=self.job, reasons=reasons_by_line(self.job))
        header = next(rows)
        return file_response("csv", header, rows, name=f"not-added-{self.job.ref}")
