"""Ideas that look alike, and what is published of an idea: the same services and permissions as the pages."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from hubapp.api import etags
from hubapp.api.problems import Problem
from hubapp.api.serializers import DecimalString, InputSerializer, RecordSerializer, SiteField
from hubapp.api.views import RetrieveMixin
from portfolio.api.views import OfInnovation
from portfolio.forms.similar import SUMMARY_TEXT
from portfolio.models import Innovation, SimilarIdea
from portfolio.queries import resources
from portfolio.queries import similar as queries
from portfolio.services import publishing, similar
from portfolio.similarity import Likeness
from portfolio.validators import nhs_numbers_in

VIEW, TRIAGE = "portfolio.view_innovation", "portfolio.triage_innovation"
PUBLISH = "portfolio.publish_innovation"


class SimilarSerializer(RecordSerializer):
    """One idea that looks like another of its site."""

    site = SiteField()
    innovation = serializers.CharField(source="innovation.ref", read_only=True)
    ref = serializers.CharField(
        source="other.ref", read_only=True, help_text="The idea that looks like it."
    )
    title = serializers.CharField(source="other.title", read_only=True)
    state = serializers.CharField(source="other.state", read_only=True)
    score = DecimalString(help_text="From 0, nothing in common, to 1, the same words.")
    likeness = serializers.SerializerMethodField(help_text="The score in words.")

    class Meta:
        model = SimilarIdea
        fields = [
            "site", "innovation", "ref", "title", "state", "score", "likeness", "found_at",
            "dismissed_at",
        ]  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "dismissed_at": {"help_text": "When somebody said that they are not the same."}
        }

    def get_likeness(self, pair: SimilarIdea) -> Likeness:
        return queries.likeness_of(pair) or Likeness.CLOSE


class SimilarViewSet(OfInnovation, RetrieveMixin):
    """The ideas of the same site that look like one, the likest first, of those the caller may read.

    At most five, and those that somebody said are not the same. A task keeps
    them up within moments of a change.
    """

    perms = {"list": VIEW, "retrieve": VIEW, "dismiss": TRIAGE, "restore": TRIAGE}
    matched = ("dismiss", "restore")
    tagged = ("dismiss", "restore")
    serializer_class = SimilarSerializer
    orderings = ("-score", "score")

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return queries.similar_rows(self.viewer, None)
        return queries.similar_rows(self.viewer, self.innovation)

    def get_object(self) -> SimilarIdea:
        pair = queries.pair_of(self.viewer, self.innovation, self.kwargs["other"])
        if pair is None:
            raise Http404
        return pair

    def etag_of(self, record: SimilarIdea) -> str:
        return etags.etag_of(f"{record.innovation.ref}-{record.other.ref}", record.version)

    @extend_schema(request=None, responses={200: SimilarSerializer})
    def dismiss(self, request, innovation: str, other: str) -> Response:
        """Say that the two are not the same: neither is shown beside the other any more."""
        return self._say(similar.dismiss)

    @extend_schema(request=None, responses={200: SimilarSerializer})
    def restore(self, request, innovation: str, other: str) -> Response:
        """Take that back."""
        return self._say(similar.restore)

    def _say(self, verb) -> Response:
        pair = self.get_object()
        self.require_match(pair)
        verb(innovation=pair.innovation, other=pair.other, version=pair.version, by=self.actor)
        return self.record_response(self.get_object())


class PublicSummarySerializer(RecordSerializer):
    """What anybody may read of an idea."""

    class Meta:
        model = Innovation
        fields = ["ref", "public_summary", "published_at"]
        read_only_fields = fields
        extra_kwargs = {"public_summary": {"help_text": "Empty where nothing is published."}}


class NewPublicSummary(InputSerializer):
    """The summary that anybody may read."""

    public_summary = serializers.CharField(max_length=SUMMARY_TEXT)
    not_nhs_numbers = serializers.ListField(
        child=serializers.CharField(max_length=20),
        required=False,
        help_text="Numbers in it that look like NHS numbers and are none.",
    )


class PublicSummaryView(OfInnovation, RetrieveMixin):
    """What is published of one idea. If-Match takes the innovation's ETag."""

    perms = {"retrieve": VIEW, "update": PUBLISH, "destroy": PUBLISH}
    matched = ("update", "destroy")
    tagged = ("update", "destroy")
    serializer_class = PublicSummarySerializer

    def scope(self):
        return resources.innovations_for(self.viewer)

    def get_object(self) -> Innovation:
        return self.innovation

    @extend_schema(request=NewPublicSummary, responses={200: PublicSummarySerializer})
    def update(self, request, innovation: str) -> Response:
        """Publish a summary, or change it. Refused for confidential ideas."""
        self.require_match(self.innovation)
        given = self.cleaned(NewPublicSummary)
        summary = given["public_summary"]
        numbers = nhs_numbers_in(*given.get("not_nhs_numbers", []))
        if any(number not in numbers for number in nhs_numbers_in(summary)):
            raise Problem(
                400,
                "Some of what was sent is not right: public_summary.",
                {"public_summary": ["It has what looks like an NHS number."]},
            )
        return self.record_response(
            publishing.publish(
                innovation=self.innovation,
                summary=summary,
                not_nhs_numbers=tuple(numbers),
                version=self.innovation.version,
                by=self.actor,
            )
        )

    @extend_schema(request=None, responses={200: PublicSummarySerializer})
    def destroy(self, request, innovation: str) -> Response:
        """Take back what is published."""
        self.require_match(self.innovation)
        return self.record_response(
            publishing.unpublish(
                innovation=self.innovation, version=self.innovation.version, by=self.actor
            )
        )


_of = {"detail": True, "basename": "similar"}
similar_list = SimilarViewSet.as_view({"get": "list"}, **_of)
similar_detail = SimilarViewSet.as_view({"get": "retrieve"}, **_of)
similar_dismiss = SimilarViewSet.as_view({"post": "dismiss"}, **_of)
similar_restore = SimilarViewSet.as_view({"post": "restore"}, **_of)
public_summary = PublicSummaryView.as_view(
    {"get": "retrieve", "put": "update", "delete": "destroy"},
    detail=True,
    basename="public-summary",
)
