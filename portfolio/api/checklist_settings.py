"""Which checklists a site uses, and what it writes before it publishes it as its own.

The same services and permissions as the settings page.
"""

import zlib
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from hubapp.api import etags
from hubapp.api.filters import FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.problems import Problem
from hubapp.api.serializers import InputSerializer, RecordSerializer, SiteField
from hubapp.api.views import ReadResource, Resource
from hubapp.problems import Refused
from portfolio.api.checklists import ChecklistSerializer
from portfolio.api.views import wrong
from portfolio.models import Checklist, ChecklistDraft
from portfolio.queries import checklists as queries
from portfolio.queries import resources
from portfolio.services import checklists

MANAGE = "portfolio.manage_checklists"
READ = "portfolio.view_checklist_drafts"


# -- shapes ----------------------------------------------------------------------
class InUseSerializer(serializers.Serializer):
    """One of the checklists that a site's assessors answer, in the version in force."""

    key = serializers.CharField()
    checklist = serializers.CharField(source="ref", help_text="The reference of the version.")
    title = serializers.CharField()
    version = serializers.IntegerField()


class SiteChecklistsSerializer(serializers.Serializer):
    """What a site's assessors answer, in this order."""

    site = serializers.CharField(help_text="Its code.")
    in_use = InUseSerializer(many=True)


class KeyOfChecklist(InputSerializer):
    """Which checklist, whatever its version."""

    key = serializers.CharField(max_length=40)


class MoveOfChecklist(KeyOfChecklist):
    """Where to, among those in use."""

    up = serializers.BooleanField(help_text="One place earlier; false: one later.")


class DraftItem(serializers.Serializer):
    """One question as it is written."""

    code = serializers.CharField(help_text="Stays when the question is reworded.")
    label = serializers.CharField()  # type: ignore[assignment]  # the name that questions have
    question = serializers.CharField()
    scale = serializers.CharField(help_text="How it is answered.")


class DraftSerializer(RecordSerializer):
    """A checklist of the site's own that is not published yet."""

    site = SiteField()
    based_on = serializers.CharField(
        source="based_on.ref",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The reference of the version that it was copied from.",
    )
    items = DraftItem(many=True, read_only=True)

    class Meta:
        model = ChecklistDraft
        fields = ["ref", "site", "key", "title", "based_on", "items", "updated_at"]
        read_only_fields = fields


class NewDraft(InputSerializer):
    """A draft from nothing, with a title; or a copy of a version."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    checklist = serializers.CharField(
        max_length=20,
        required=False,
        help_text="The reference of a version. Of one of the site's own it is the draft of the next"
        " version: one that is there already is returned as it is.",
    )


class NewDraftItem(InputSerializer):
    """One question. Without a code it is a new one."""

    code = serializers.CharField(max_length=40, required=False)
    label = serializers.CharField(max_length=2000)  # type: ignore[assignment]  # the name that questions have
    question = serializers.CharField(max_length=2000)
    scale = serializers.CharField(max_length=40, required=False)


class DraftChanges(InputSerializer):
    """What is left out stays; questions are replaced as a whole."""

    title = serializers.CharField(max_length=200, required=False)
    items = NewDraftItem(many=True, required=False)


class DraftFilters(FilterSet):
    site = SiteFilter()
    updated_since = UpdatedSinceFilter()


# -- resources --------------------------------------------------------------------
class SiteChecklistsViewSet(Resource):
    """Which checklists one site's assessors answer, in order."""

    perms = {
        "retrieve": "portfolio.view_checklists",
        "use": MANAGE,
        "stop": MANAGE,
        "move": MANAGE,
    }
    matched = ("use", "stop", "move")
    tagged = ("use", "stop", "move")
    serializer_class = SiteChecklistsSerializer

    def scope(self):
        return resources.checklists_with_items()

    @extend_schema(responses={200: SiteChecklistsSerializer})
    def retrieve(self, request, code: str) -> Response:
        """What the site uses, by its code in any case; the standard one where it never chose."""
        return self.answer(self.site(code))

    @extend_schema(request=KeyOfChecklist, responses={200: SiteChecklistsSerializer})
    def use(self, request, code: str) -> Response:
        """Ask assessors to answer this checklist too, after the others."""
        return self.change(
            code,
            KeyOfChecklist,
            lambda site, key: checklists.use(site=site, key=key, by=self.actor),
        )

    @extend_schema(request=KeyOfChecklist, responses={200: SiteChecklistsSerializer})
    def stop(self, request, code: str) -> Response:
        """Ask assessors no longer to answer it. What was answered stays; the last one has to."""
        return self.change(
            code,
            KeyOfChecklist,
            lambda site, key: checklists.stop_using(site=site, key=key, by=self.actor),
        )

    @extend_schema(request=MoveOfChecklist, responses={200: SiteChecklistsSerializer})
    def move(self, request, code: str) -> Response:
        """Ask it one place earlier or later; at the end nothing changes."""
        return self.change(
            code,
            MoveOfChecklist,
            lambda site, key, up: checklists.move(site=site, key=key, up=up, by=self.actor),
        )

    def change(
        self, code: str, shape: type[InputSerializer], verb: Callable[..., object]
    ) -> Response:
        site = self.site(code)
        etags.require_match(self.request, self._etag(site, queries.checklists_in_use(site)))
        verb(site, **self.cleaned(shape))
        return self.answer(site)

    def site(self, code: str) -> Any:
        """The site at the address: 404 unless it is the caller's, 403 unless they may do this there."""
        site: Any = self.viewer.site_by_code(code)
        if site is None:
            raise Http404
        self.check_object_permissions(self.request, site)
        return site

    def answer(self, site: Any) -> Response:
        in_use = queries.checklists_in_use(site)
        response = Response(self.get_serializer({"site": site.code, "in_use": in_use}).data)
        response["ETag"] = self._etag(site, in_use)
        return response

    @staticmethod
    def _etag(site: Any, in_use: list[Checklist]) -> str:
        """The choice has no version of its own: its order and what is in force are what may change."""
        return etags.etag_of(site.ref, zlib.crc32(" ".join(each.ref for each in in_use).encode()))


class ChecklistDraftViewSet(ReadResource):
    """Checklists that a site writes, until they are published or thrown away."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "create": MANAGE,
        "partial_update": MANAGE,
        "publish": MANAGE,
        "destroy": MANAGE,
    }
    matched = ("partial_update", "publish", "destroy")
    tagged = ("create", "partial_update")
    serializer_class = DraftSerializer
    filterset_class = DraftFilters
    orderings = ("updated_at", "-updated_at")

    def scope(self):
        return resources.checklist_drafts_for(self.viewer)

    @extend_schema(request=NewDraft, responses={201: DraftSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Begin a checklist of the site's own: empty, or a copy of a version."""
        given = self.cleaned(NewDraft)
        site = self.site_for(given.pop("site", None))
        checklist = None
        if "checklist" in given:
            checklist = queries.checklist_at(site, given["checklist"])
            if checklist is None:
                raise wrong("checklist", "There is no checklist with this reference.")
        try:
            draft = checklists.draft(
                site=site, checklist=checklist, title=given.get("title", ""), by=self.actor
            )
        except Refused as refused:
            raise wrong("title", str(refused)) from refused
        return self.created(self.reread(draft))

    @extend_schema(request=DraftChanges, responses={200: DraftSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change its title or its questions."""
        draft = self.get_object()
        self.require_match(draft)
        given = self.cleaned(DraftChanges)
        try:
            checklists.save_draft(
                draft=draft,
                title=given.get("title", draft.title),
                items=given.get("items", draft.items),
                version=draft.version,
                by=self.actor,
            )
        except ValidationError as error:
            raise _named(error) from error
        return self.record_response(self.reread(draft))

    @extend_schema(request=None, responses={201: ChecklistSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def publish(self, request, ref: str) -> Response:
        """Make it the next version of the site's own checklist, and use it; the draft is gone."""
        draft = self.get_object()
        self.require_match(draft)
        published = checklists.publish(draft=draft, version=draft.version, by=self.actor)
        row = resources.checklists_with_items().get(pk=published.pk)
        shape = ChecklistSerializer(row, context=self.get_serializer_context())
        return Response(shape.data, status=201)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request, ref: str) -> Response:
        """Throw it away. What was published stays."""
        draft = self.get_object()
        self.require_match(draft)
        checklists.discard(draft=draft, by=self.actor)
        return Response(status=204)


def _named(error: ValidationError) -> Problem:
    """400 that names the field: ``items.0`` for the first question."""
    problems = {}
    for name, sentences in error.message_dict.items():
        field, _, number = name.partition("-")
        problems[f"items.{int(number) - 1}" if field == "item" else name] = list(sentences)
    return Problem(400, f"Some of what was sent is not right: {', '.join(problems)}.", problems)
