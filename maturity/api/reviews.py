"""Peer reviews: the same services and permissions as their pages.

What a reviewer finds stands beside what the site claims, and changes nothing of it.
"""

from typing import Any

from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from hubapp.api.filters import FilterSet, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.problems import Problem
from hubapp.api.serializers import InputSerializer, RecordSerializer, ShapeSerializer, SiteField
from hubapp.api.views import ReadResource
from hubapp.refs import normalise_ref
from maturity.api.assess import LEAD, READ, LeaveInput, wrong
from maturity.enums import Finding, ReviewState
from maturity.models import Review
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT
from maturity.models.framework import CODE
from maturity.queries import assess
from maturity.queries import hands as queries
from maturity.services import reviews
from maturity.services.reviews import Found

A_PERSON = "A person takes a review on: sign in as a lead of the reviewing site."
MOST = 1000


# -- shapes ----------------------------------------------------------------------
class ReviewSerializer(RecordSerializer):
    """One peer review of what a site submitted."""

    site = SiteField()
    self_assessment = serializers.CharField(
        source="assessment.ref", read_only=True, help_text="The reference of what is reviewed."
    )
    round = serializers.CharField(
        source="assessment.round.ref", read_only=True, help_text="Its reference."
    )
    framework = serializers.CharField(
        source="assessment.round.framework.slug", read_only=True, help_text="Its slug."
    )
    reviewing_site = serializers.CharField(
        source="reviewing_site.code", read_only=True, help_text="The code of the site that looks."
    )

    class Meta:
        model = Review
        fields = [
            "ref", "site", "reviewing_site", "self_assessment", "round", "framework", "state", "asked_at", "due_on",
            "done_at", "words", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewReview(InputSerializer):
    """Asking a matched site to look."""

    self_assessment = serializers.CharField(max_length=20, help_text="Its reference.")
    reviewing_site = serializers.CharField(
        max_length=40, help_text="The code of a site of the same round."
    )
    due_on = serializers.DateField(required=False, allow_null=True)


class FoundInput(InputSerializer):
    """What is found of one rating; null takes it away."""

    indicator = serializers.CharField(max_length=CODE, help_text="Its code.")
    finding = serializers.ChoiceField(choices=Finding.choices, allow_null=True)
    value = serializers.IntegerField(
        required=False, allow_null=True, help_text="With differs, and only then."
    )
    note = serializers.CharField(max_length=REASON_TEXT, required=False, allow_blank=True)


class FindingsInput(InputSerializer):
    """Findings of several ratings; what is not named stays as it is."""

    findings = FoundInput(many=True, max_length=MOST)  # type: ignore[call-arg]  # an option of the list


class WordsInput(InputSerializer):
    """What the reviewer thinks of the whole."""

    words = serializers.CharField(max_length=EXPLANATION_TEXT, required=False, allow_blank=True)


class FindingShape(ShapeSerializer):
    """One indicator in a review."""

    indicator = serializers.CharField(help_text="Its code.")
    sub_domain = serializers.CharField(help_text="The code of its sub-domain.")
    claimed = serializers.IntegerField(
        allow_null=True,
        help_text="What the site rated, for the reviewing site while the review is under way; null after that.",
    )
    explanation = serializers.CharField(help_text="Its words to the sub-domain, likewise.")
    finding = serializers.ChoiceField(
        choices=Finding.choices, allow_null=True, help_text="Null: nothing was said yet."
    )
    value = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()


# -- filters ---------------------------------------------------------------------
class ReviewFilters(FilterSet):
    state = ChoiceFilter(choices=ReviewState.choices)
    self_assessment = CharFilter(method="of_assessment", max_length=20, help_text="A reference.")
    updated_since = UpdatedSinceFilter()

    @staticmethod
    def of_assessment(queryset, name, value):
        return queryset.filter(assessment__ref=normalise_ref(value)[:20])


# -- resources -------------------------------------------------------------------
class ReviewViewSet(ReadResource):
    """Reviews that the caller's sites get, and those that they give."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "findings": READ,
        "create": LEAD,
        "accept": LEAD,
        "decline": LEAD,
        "finish": LEAD,
        "withdraw": LEAD,
        "change_findings": LEAD,
    }
    matched = ("decline", "finish", "withdraw", "change_findings")
    tagged = ("create", "accept", "decline", "finish", "withdraw", "findings", "change_findings")
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilters
    orderings = ("-asked_at", "asked_at")

    def scope(self):
        return queries.reviews_for(self.viewer)

    def permission_object(self, record: Any) -> Any:
        """The site that may do it: the one that asked takes back, the one that was asked does the rest."""
        if not isinstance(record, Review):
            return record
        if self.action == "withdraw":
            return record.site
        if self.perms[self.action] == LEAD:
            return record.reviewing_site
        is_own = self.request.user.has_perm(READ, record.site)
        return record.site if is_own else record.reviewing_site

    @extend_schema(request=NewReview, responses={201: ReviewSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Ask a site of the same round to look at what was submitted. It reads it by name from then on."""
        given = self.cleaned(NewReview)
        ref = normalise_ref(given["self_assessment"])[:20]
        assessment = assess.assessments_for(self.viewer).filter(ref=ref).first()
        if assessment is None:
            raise wrong("self_assessment", "There is no such self-assessment at your sites.")
        self.check_object_permissions(request, assessment)
        code = given["reviewing_site"].upper()
        matches = queries.matches_for(assessment)
        site = next((each.site for each in matches if each.site.code.upper() == code), None)
        if site is None:
            raise wrong("reviewing_site", "No site that can be asked has this code.")
        row = reviews.ask(
            assessment=assessment, reviewing_site=site, due_on=given.get("due_on"), by=self.actor
        )
        return self.created(self.reread(row))

    @extend_schema(request=None, responses={200: ReviewSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request, ref: str) -> Response:
        """Take it on; whoever does reads the other site's ratings until it is done. For a person, not a key."""
        row = self.get_object()
        if self.viewer.is_key:
            raise Problem(403, A_PERSON)
        reviews.accept(review=row, user=request.user, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=LeaveInput, responses={200: ReviewSerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request, ref: str) -> Response:
        """Say that one's site cannot review it; another can be asked."""
        row = self.matching()
        reason = self.cleaned(LeaveInput).get("reason", "")
        reviews.decline(review=row, reason=reason, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=WordsInput, responses={200: ReviewSerializer})
    @action(detail=True, methods=["post"])
    def finish(self, request, ref: str) -> Response:
        """Hand it over; the reviewed site reads it."""
        row = self.matching()
        words = self.cleaned(WordsInput).get("words", "")
        reviews.finish(review=row, words=words, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: ReviewSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, ref: str) -> Response:
        """Take the request back; what was found so far is not shown."""
        row = self.matching()
        reviews.withdraw(review=row, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(responses={200: FindingShape(many=True)}, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def findings(self, request, ref: str) -> Response:
        """For the reviewing site: claims and findings while it is under way. For the reviewed one: once it is done."""
        return self._findings(self.get_object())

    @extend_schema(request=FindingsInput, responses={200: FindingShape(many=True)})
    @findings.mapping.patch
    def change_findings(self, request, ref: str) -> Response:
        """Say what is found of some ratings."""
        row = self.matching()
        found: dict[str, Found | None] = {}
        for given in self.cleaned(FindingsInput)["findings"]:
            code = given["indicator"]
            if code in found:
                raise wrong("findings", f"“{code}” is named twice.")
            finding = given["finding"]
            found[code] = (
                Found(finding, given.get("value"), given.get("note", "")) if finding else None
            )
        reviews.find(review=row, findings=found, by=self.actor)
        return self._findings(self.reread(row))

    def _findings(self, row: Review) -> Response:
        shown = [
            {
                "indicator": each.indicator.code,
                "sub_domain": each.indicator.sub_domain.code,
                "claimed": each.claimed.value if each.claimed else None,
                "explanation": each.explanation,
                "finding": each.finding.finding if each.finding else None,
                "value": each.finding.value if each.finding else None,
                "note": each.finding.note if each.finding else "",
            }
            for each in queries.reviewed_in(self.viewer, row)
        ]
        context = self.get_serializer_context()
        response = Response(FindingShape(shown, many=True, context=context).data)
        response["ETag"] = self.etag_of(row)
        return response

    def matching(self) -> Review:
        """The one at the address, at the version that the caller read."""
        row: Review = self.get_object()
        self.require_match(row)
        return row
