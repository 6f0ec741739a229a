"""Imports as a resource: send a file, say what its columns mean, see the counts, import, undo."""

from functools import cached_property
from typing import Any

from django.urls import path
from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from hubapp.api.filters import FilterSet, SiteFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.permissions import NO_ACTION
from hubapp.api.serializers import InputSerializer, RecordSerializer, SiteField
from hubapp.api.views import ListMixin, ReadResource, Resource
from hubapp.problems import Refused
from portfolio import readers
from portfolio.api.serializers import ActedBySerializer
from portfolio.api.views import wrong
from portfolio.enums import ImportState, ImportStep, RowOutcome
from portfolio.mapping import FIELDS, Mapping, MappingProblem
from portfolio.models import ImportJob, ImportRow
from portfolio.queries import imports as queries
from portfolio.services import imports

VIEW = "portfolio.view_imports"
IMPORT = "portfolio.import_innovations"
_NAMES = {"type": "object", "additionalProperties": {"type": "string"}}
MAPPING_SCHEMA = {
    "type": "object",
    "properties": {
        "columns": _NAMES | {"description": "Heading → one of our fields."},
        "constants": _NAMES | {"description": "Field → its value for every row."},
        "values": {
            "type": "object",
            "additionalProperties": _NAMES,
            "description": "Field with codes → what stands in the file → our code, or empty.",
        },
        "plain_text": {"type": "boolean", "description": "Markdown and HTML become plain text."},
        "shorten": {"type": "boolean", "description": "Texts that are too long are cut."},
    },
    "additionalProperties": False,
}


@extend_schema_field(MAPPING_SCHEMA)
class MappingField(serializers.JSONField):
    """What the columns mean: :class:`portfolio.mapping.Mapping` as JSON."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Mapping.read(super().to_internal_value(data))
        except MappingProblem as problem:
            raise serializers.ValidationError(str(problem)) from problem


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "filled": {"type": "integer"}},
            "required": ["name", "filled"],
        },
    }
)
class ColumnsField(serializers.Field):
    """Names of columns and how many of their cells are filled; what stands in them stays here."""

    def to_representation(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"name": column["name"], "filled": column["filled"]} for column in value]


class ImportSerializer(ActedBySerializer):
    """One file: how far it is, and what became, or would become, of its rows."""

    site = SiteField()
    state = serializers.ChoiceField(choices=ImportState.choices, read_only=True)
    step = serializers.ChoiceField(
        choices=ImportStep.choices, read_only=True, help_text="What the worker does, or did last."
    )
    by_type = serializers.DictField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="How many of each innovation type were, or would be, added.",
    )
    ignored = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Headings that are not used."
    )
    columns = ColumnsField(
        read_only=True, help_text="Until it is imported: the columns of the file."
    )
    mapping = serializers.SerializerMethodField(
        help_text="What each column means; null until it is known."
    )

    class Meta:
        model = ImportJob
        fields = [
            "ref", "site", "file_name", "state", "step", "dry_run", "problem", "total", "read", "created",
            "unchanged", "failed", "undated", "doubted", "undone", "by_type", "ignored", "columns", "mapping",
            "queued_at", "started_at", "finished_at", "author_kind", "author_ref",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(MAPPING_SCHEMA | {"type": ["object", "null"]})
    def get_mapping(self, job: ImportJob) -> dict[str, Any] | None:
        return job.mapping or None


class NewImport(InputSerializer):
    """A file to import, and what its columns mean."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    file = serializers.FileField(help_text="A CSV file or an Excel workbook (.xlsx).")
    mapping = MappingField(
        required=False,
        help_text=(
            "JSON. Without it: as was said before of a file with the same headings, or the headings are our"
            f" own fields: {', '.join(FIELDS)}."
        ),
    )
    dry_run = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Only count; then import by “confirm”, or say by “map” what the columns mean.",
    )


class NewMapping(InputSerializer):
    """What the columns of the file mean."""

    mapping = MappingField()


class ImportRowSerializer(RecordSerializer):
    """What became of one row; of a file that is only counted, the rows that cannot be added."""

    line = serializers.IntegerField(source="number", read_only=True, help_text="In the file.")
    outcome = serializers.ChoiceField(choices=RowOutcome.choices, read_only=True)
    innovation = serializers.SerializerMethodField(
        help_text="Its reference; null where there is none that the caller may read."
    )

    class Meta:
        model = ImportRow
        fields = ["line", "outcome", "reason", "innovation"]
        read_only_fields = fields

    def get_innovation(self, row: ImportRow) -> str | None:
        return getattr(row, "readable_ref", None)


class ImportFilters(FilterSet):
    site = SiteFilter()
    state = ChoiceFilter(choices=ImportState.choices, help_text="How far it is.")


class ImportRowFilters(FilterSet):
    outcome = ChoiceFilter(choices=RowOutcome.choices, help_text="What became of the row.")


class ImportViewSet(ReadResource):
    """Imports of the caller's sites. A worker does the reading: read the record again until its state settles."""

    perms = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": IMPORT,
        "map": IMPORT,
        "confirm": IMPORT,
        "undo": IMPORT,
    }
    matched = ("map", "confirm", "undo")
    tagged = ("create", "map", "confirm", "undo")
    serializer_class = ImportSerializer
    filterset_class = ImportFilters
    orderings = ("-queued_at", "queued_at")

    def scope(self):
        return queries.imports_for(self.viewer)

    def get_parsers(self):
        # Before the action is known: a file comes to the list's own address.
        if self.request is not None and not self.detail:
            return [MultiPartParser()]
        return super().get_parsers()

    def etag_of(self, record) -> str:
        # The worker moves it on without a word of anybody, which a reader wants to see too.
        told = (record.ref, record.version, record.state, record.step, record.read, record.undone)
        return f'"{"-".join(map(str, told))}"'

    @extend_schema(request={"multipart/form-data": NewImport}, responses={201: ImportSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Send a file, as multipart/form-data. What is here already is never added twice."""
        given = self.cleaned(NewImport)
        site = self.site_for(given.get("site"))
        file = given["file"]
        try:
            imports.check_file(file.file)
            file.seek(0)
            job = imports.start_import(
                site=site,
                file=file,
                file_name=file.name or "file",
                by=self.actor,
                dry_run=given["dry_run"],
                mapping=given.get("mapping"),
            )
        except (readers.Unreadable, Refused) as problem:
            raise wrong("file", str(problem)) from problem
        return self.created(self.reread(job))

    @extend_schema(request=NewMapping, responses={200: ImportSerializer})
    @action(detail=True, methods=["post"])
    def map(self, request, ref: str) -> Response:
        """Say what the columns mean; the file is counted, and the site remembers it for such files."""
        job = self.get_object()
        self.require_match(job)
        mapping = self.cleaned(NewMapping)["mapping"]
        try:
            imports.map_columns(job=job, mapping=mapping, version=job.version, by=self.actor)
        except MappingProblem as problem:
            raise wrong("mapping", str(problem)) from problem
        return self.record_response(self.reread(job))

    @extend_schema(request=None, responses={200: ImportSerializer})
    @action(detail=True, methods=["post"])
    def confirm(self, request, ref: str) -> Response:
        """Import what was counted."""
        job = self.get_object()
        self.require_match(job)
        imports.confirm_import(job=job, version=job.version, by=self.actor)
        return self.record_response(self.reread(job))

    @extend_schema(request=None, responses={200: ImportSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request, ref: str) -> Response:
        """Take out again what was added, while nobody did anything to any of it (else 409)."""
        job = self.get_object()
        self.require_match(job)
        imports.undo_import(job=job, version=job.version, by=self.actor)
        return self.record_response(self.reread(job))


class ImportRowViewSet(ListMixin, Resource):
    """What became of each row of one import, in the order of the file."""

    perms = {"list": VIEW}
    serializer_class = ImportRowSerializer
    filterset_class = ImportRowFilters
    orderings = ("number", "-number")

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        if self.action not in NO_ACTION:
            self.job  # noqa: B018 - looked up to refuse what is not there

    @cached_property
    def job(self) -> ImportJob:
        found = self.find(queries.imports_for(self.viewer), self.kwargs["ref"])
        self.check_object_permissions(self.request, found)
        return found

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return queries.no_rows()
        return queries.rows_of(self.job, viewer=self.viewer)


_router = SimpleRouter()
_router.register("imports", ImportViewSet, basename="imports")
urlpatterns = [
    *_router.urls,
    path(
        "imports/<str:ref>/rows/",
        ImportRowViewSet.as_view({"get": "list"}, detail=True, basename="import-rows"),
        name="import-rows",
    ),
]
