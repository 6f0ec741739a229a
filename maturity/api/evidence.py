"""Evidence of a site, and what of it stands for which indicator: the same services and permissions as the pages."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django_filters import ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from hubapp.api.filters import DateFilter, FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.parsers import JSONParser
from hubapp.api.serializers import InputSerializer, RecordSerializer, ShapeSerializer, SiteField
from hubapp.api.views import ReadResource
from hubapp.refs import normalise_ref
from hubapp.web.downloads import as_download
from maturity.api.assess import ANSWERS, NOT_ANSWERED, RATE, READ, OfAssessment, wrong
from maturity.enums import EvidenceKind, Finding
from maturity.models import Evidence
from maturity.models.framework import CODE, NAME_TEXT
from maturity.queries import assess
from maturity.queries import hands as queries
from maturity.services import evidence
from portfolio import safefiles
from portfolio.services.attachments import content_at

MULTIPART = "multipart/form-data"
# More than any framework has indicators, and than anybody shows for one.
MOST, MOST_PIECES = 1000, 100


# -- shapes ----------------------------------------------------------------------
class EvidenceSerializer(RecordSerializer):
    """One piece of evidence, kept once and shown for any indicator of any round."""

    site = SiteField()
    # Not of the format of addresses, which "" has not.
    url = serializers.CharField(
        read_only=True, help_text="The address of a web page; empty unless it is one."
    )
    file_name = serializers.CharField(
        source="name", read_only=True, help_text="Empty unless it is a file."
    )
    used = serializers.IntegerField(
        read_only=True, help_text="For how many indicators it stands, over all rounds."
    )

    class Meta:
        model = Evidence
        fields = [
            "ref", "site", "kind", "title", "url", "record_kind", "record_ref", "file_name", "content_type", "size",
            "sha256", "expires_on", "used", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class _NewEvidence(InputSerializer):
    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    title = serializers.CharField(max_length=NAME_TEXT)
    expires_on = serializers.DateField(
        required=False, allow_null=True, help_text="The last day on which it shows anything."
    )


class NewEvidence(_NewEvidence):
    """A web page."""

    url = serializers.URLField(max_length=500)


class NewEvidenceFile(_NewEvidence):
    """A file, judged by its content."""

    file = serializers.FileField(help_text=safefiles.HINT)


class EvidenceChanges(InputSerializer):
    """What may be changed of a piece of evidence."""

    title = serializers.CharField(max_length=NAME_TEXT, required=False)
    expires_on = serializers.DateField(required=False, allow_null=True)


class ShownFor(InputSerializer):
    """Exactly these pieces stand for one indicator; none: an empty list."""

    indicator = serializers.CharField(max_length=CODE, help_text="Its code.")
    evidence = serializers.ListField(
        child=serializers.CharField(max_length=20),
        max_length=MOST_PIECES,
        help_text="References of evidence of the site.",
    )


class ShownInput(InputSerializer):
    """What stands for several indicators; what is not named stays as it is."""

    indicators = ShownFor(many=True, max_length=MOST)  # type: ignore[call-arg]  # an option of the list


class StandingShape(ShapeSerializer):
    """One indicator: claimed, evidenced and validated, side by side. None of them changes another."""

    indicator = serializers.CharField(help_text="Its code.")
    sub_domain = serializers.CharField(help_text="The code of its sub-domain.")
    answer = serializers.ChoiceField(choices=ANSWERS, help_text="What the site claims.")
    value = serializers.IntegerField(allow_null=True, help_text="Null unless rated.")
    evidence = serializers.ListField(
        child=serializers.CharField(),
        help_text="References of what stands for it and had not expired when it was submitted, or today.",
    )
    expired = serializers.ListField(
        child=serializers.CharField(), help_text="References of what had expired."
    )
    finding = serializers.ChoiceField(
        choices=Finding.choices,
        allow_null=True,
        help_text="What the last finished peer review found; null: it says nothing of it.",
    )
    finding_value = serializers.IntegerField(
        allow_null=True, help_text="What the reviewer would rate, where it differs."
    )
    finding_note = serializers.CharField()


# -- filters ---------------------------------------------------------------------
class EvidenceFilters(FilterSet):
    site = SiteFilter()
    kind = ChoiceFilter(choices=EvidenceKind.choices)
    expires_to = DateFilter("expires_on", "lte", help_text="What shows nothing after this day.")
    updated_since = UpdatedSinceFilter()


# -- resources -------------------------------------------------------------------
class _AnyType(BaseRenderer):
    """A file is what it is, whatever ``Accept`` says."""

    media_type = "*/*"
    format = "file"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class EvidenceViewSet(ReadResource):
    """What the caller's sites keep as evidence; what was removed is not there."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "content": READ,
        "create": RATE,
        "partial_update": RATE,
        "destroy": RATE,
    }
    matched = ("partial_update", "destroy")
    tagged = ("create", "partial_update")
    serializer_class = EvidenceSerializer
    filterset_class = EvidenceFilters
    orderings = ("-updated_at", "updated_at")

    def scope(self):
        return queries.evidence_for(self.viewer)

    def get_parsers(self):
        # Before the action is known: a file comes to the list's own address.
        if self.request is not None and not self.detail:
            return [JSONParser(), MultiPartParser()]
        return super().get_parsers()

    def get_renderers(self):
        return [_AnyType()] if self.action == "content" else super().get_renderers()

    @extend_schema(
        request={"application/json": NewEvidence, MULTIPART: NewEvidenceFile},
        responses={201: EvidenceSerializer},
    )
    @idempotent
    def create(self, request) -> Response:
        """Keep a web page (JSON) or a file (multipart/form-data). It changes no rating."""
        is_file = (request.content_type or "").startswith(MULTIPART)
        given = self.cleaned(NewEvidenceFile if is_file else NewEvidence)
        site = self.site_for(given.pop("site", None))
        if is_file:
            sent = given["file"]
            try:
                given["file"] = safefiles.check(sent.name or "", sent.read(safefiles.MAX_BYTES + 1))
            except safefiles.NotTaken as sentence:
                raise wrong("file", str(sentence)) from sentence
        return self.created(self.reread(evidence.add(site=site, by=self.actor, **given)))

    @extend_schema(request=EvidenceChanges, responses={200: EvidenceSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change its title, or until when it shows anything."""
        row = self.matching()
        given = self.cleaned(EvidenceChanges)
        evidence.change(
            evidence=row,
            title=given.get("title", row.title),
            expires_on=given.get("expires_on", row.expires_on),
            version=row.version,
            by=self.actor,
        )
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request, ref: str) -> Response:
        """Offer it no more. Past rounds still say that there was some; its file is handed out no longer."""
        evidence.remove(evidence=self.matching(), by=self.actor)
        return Response(status=204)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request, ref: str) -> HttpResponseBase:
        """The file itself, as a download; 404 where it is no file."""
        row = self.get_object()
        opened = content_at(row.stored_as) if row.stored_as else None
        if opened is None:
            raise Http404
        return as_download(opened, name=row.name, content_type=row.content_type)

    def matching(self) -> Evidence:
        """The one at the address, at the version that the caller read."""
        row: Evidence = self.get_object()
        self.require_match(row)
        return row


class StandingViewSet(OfAssessment):
    """Claimed, evidenced and validated, for each indicator of one self-assessment."""

    perms = {"retrieve": READ, "partial_update": RATE}
    matched = ("partial_update",)
    tagged = ("partial_update",)
    serializer_class = StandingShape

    def scope(self):
        return assess.assessments_for(self.viewer)

    @extend_schema(responses={200: StandingShape(many=True)})
    def retrieve(self, request, assessment: str) -> Response:
        """Every indicator, in the framework's order. Its ETag changes with what stands there."""
        return self.whole(self._found())

    @extend_schema(request=ShownInput, responses={200: StandingShape(many=True)})
    def partial_update(self, request, assessment: str) -> Response:
        """Say which evidence stands for some indicators. Saying the same again changes nothing."""
        self.must_match_all(self._found())
        given = self.cleaned(ShownInput)["indicators"]
        known = {row.code: row for row in queries.indicators_asked(self.assessment)}
        refs = {normalise_ref(ref) for each in given for ref in each["evidence"]}
        pieces = self._pieces(refs)
        shown: dict[str, Any] = {}
        for each in given:
            code = each["indicator"]
            if code not in known:
                raise wrong("indicators", f"The framework has no indicator “{code}”.")
            if code in shown:
                raise wrong("indicators", f"“{code}” is named twice.")
            for ref in each["evidence"]:
                if normalise_ref(ref) not in pieces:
                    raise wrong("indicators", f"The site keeps no evidence “{ref}”.")
            chosen = [pieces[normalise_ref(ref)] for ref in each["evidence"]]
            shown[code] = (known[code], chosen)
        evidence.show_all(assessment=self.assessment, shown=list(shown.values()), by=self.actor)
        return self.whole(self._found())

    def _found(self) -> list[dict[str, Any]]:
        return [
            {
                "indicator": row.indicator.code,
                "sub_domain": row.indicator.sub_domain.code,
                "answer": row.claimed.answer if row.claimed else NOT_ANSWERED,
                "value": row.claimed.value if row.claimed else None,
                "evidence": [each.ref for each in row.evidence],
                "expired": [each.ref for each in row.expired],
                "finding": row.validated.finding if row.validated else None,
                "finding_value": row.validated.value if row.validated else None,
                "finding_note": row.validated.note if row.validated else "",
            }
            for row in queries.standings_of(self.assessment)
        ]

    def _pieces(self, refs: set[str]) -> dict[str, Evidence]:
        rows = queries.evidence_for(self.viewer).filter(
            site=self.assessment.site_id, ref__in=list(refs)
        )
        return {row.ref: row for row in rows}
