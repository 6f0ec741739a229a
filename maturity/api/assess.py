"""A site's self-assessments: the same services and permissions as their pages."""

import hashlib
from functools import cached_property
from typing import Any

from django.http import Http404
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from hubapp.api import etags
from hubapp.api.filters import FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.permissions import NO_ACTION
from hubapp.api.problems import Problem, bad_parameter
from hubapp.api.serializers import (
    FIELDS,
    DecimalString,
    InputSerializer,
    InstantField,
    RecordSerializer,
    ShapeSerializer,
    SiteField,
)
from hubapp.api.views import ListMixin, ReadResource, Resource
from hubapp.refs import normalise_ref
from maturity.enums import Answer, AssessmentState, FundingSource, Origin, Seat, SiteKind
from maturity.models import Profile, SelfAssessment
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT
from maturity.models.framework import CODE, NAME_TEXT
from maturity.queries import assess as queries
from maturity.services import assessments, profiles
from maturity.services.assessments import CLEARED, NOT_APPLICABLE, Said, rated
from maturity.services.own_rounds import start_own

READ, RATE, LEAD = (
    "maturity.view_assessment",
    "maturity.rate_maturity",
    "maturity.submit_assessment",
)
NOT_ANSWERED = "not_answered"
# As the outside knows them: an answer that was taken away is no answer.
ANSWERS = [
    (Answer.RATED.value, Answer.RATED.label),
    (Answer.NOT_APPLICABLE.value, Answer.NOT_APPLICABLE.label),
    (NOT_ANSWERED, "Not answered"),
]
# More in one request than any framework has.
MOST = 1000


def wrong(name: str, *sentences: str) -> Problem:
    """400: one field of the body is wrong."""
    return Problem(400, f"Some of what was sent is not right: {name}.", {name: list(sentences)})


# -- shapes ----------------------------------------------------------------------
class SelfAssessmentSerializer(RecordSerializer):
    """What one site says of itself in one round, with how far it is; its ratings are at its own address."""

    site = SiteField()
    round = serializers.CharField(source="round.ref", read_only=True, help_text="Its reference.")
    round_name = serializers.CharField(source="round.name", read_only=True)
    framework = serializers.CharField(
        source="round.framework.slug", read_only=True, help_text="The slug of the framework."
    )
    opens_on = serializers.DateField(source="round.opens_on", read_only=True)
    closes_on = serializers.DateField(source="round.closes_on", read_only=True)
    disclosure = serializers.CharField(
        source="round.disclosure", read_only=True, help_text="Who sees the ratings of the round."
    )
    answered = serializers.IntegerField(
        read_only=True, help_text="Indicators that are rated or not applicable."
    )
    asked = serializers.IntegerField(  # type: ignore[assignment]  # the field shadows a property of that name
        read_only=True, help_text="Of how many."
    )

    class Meta:
        model = SelfAssessment
        fields = [
            "ref", "site", "round", "round_name", "framework", "opens_on", "closes_on", "disclosure", "state",
            "state_since", "agreed_at", "submitted_at", "submitted_on", "answered", "asked", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class IndicatorRatingSerializer(ShapeSerializer):
    """What is said of one indicator. Not answered, not applicable and the lowest rating are three things."""

    indicator = serializers.CharField(source="code", read_only=True, help_text="Its code.")
    sub_domain = serializers.CharField(
        source="sub_domain.code", read_only=True, help_text="The code of its sub-domain."
    )
    answer = serializers.SerializerMethodField()
    value = serializers.IntegerField(
        source="said_value", read_only=True, allow_null=True, help_text="Null unless rated."
    )
    origin = serializers.SerializerMethodField()
    at = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=ANSWERS))
    def get_answer(self, row: Any) -> str:
        return row.said_answer if _is_answered(row) else NOT_ANSWERED

    @extend_schema_field(serializers.ChoiceField(choices=Origin.choices, allow_null=True))
    def get_origin(self, row: Any) -> str | None:
        """How it came about; null where it is not answered."""
        return row.said_origin if _is_answered(row) else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_at(self, row: Any) -> str | None:
        """When it was said; null where it is not answered."""
        if not _is_answered(row):
            return None
        return str(InstantField().to_representation(row.said_at))


def _is_answered(row: Any) -> bool:
    return row.said_answer not in (None, Answer.CLEARED)


class ExplanationSerializer(ShapeSerializer):
    """A site's words to one sub-domain."""

    sub_domain = serializers.CharField(source="code", read_only=True, help_text="Its code.")
    text = serializers.SerializerMethodField(help_text="Empty where nothing was written.")
    at = InstantField(source="said_at", read_only=True, allow_null=True)

    def get_text(self, row: Any) -> str:
        return row.said_text or ""


class ProfileSerializer(RecordSerializer):
    """What the innovation function is: described, never rated. Null: not answered."""

    site = SiteField()
    self_assessment = serializers.CharField(
        source="assessment.ref", read_only=True, help_text="Its reference."
    )
    kind = serializers.CharField(read_only=True, help_text="Empty: not answered.")
    wte = DecimalString(help_text="Whole-time equivalents of the function.", allow_null=True)
    seats = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Where the function sits."
    )
    funding = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Recurrent core funding."
    )
    income_target = serializers.SerializerMethodField(
        help_text="A year's income target; 0 is a target of nothing, null none."
    )
    income_currency = serializers.CharField(read_only=True)

    class Meta:
        model = Profile
        fields = [
            "site", "self_assessment", "headcount", "kind", "seats", "wte", "began_in", "funding", "income_target",
            "income_currency", "confirmed_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_income_target(self, row: Profile) -> str | None:
        minor = row.income_target_minor
        return None if minor is None else f"{minor // 100}.{minor % 100:02d}"


class NewOwnRound(InputSerializer):
    """A round of one site alone, open from today."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    framework = serializers.SlugField(
        max_length=CODE + 1, help_text="The slug of a framework that comes with the product."
    )
    name = serializers.CharField(max_length=NAME_TEXT)
    closes_on = serializers.DateField()


class SaidInput(InputSerializer):
    """What is said of one indicator."""

    indicator = serializers.CharField(max_length=CODE, help_text="Its code.")
    answer = serializers.ChoiceField(choices=ANSWERS)
    value = serializers.IntegerField(
        required=False, allow_null=True, help_text="With rated, and only then."
    )


class RatingsInput(InputSerializer):
    """Answers to several indicators."""

    ratings = SaidInput(many=True, max_length=MOST)  # type: ignore[call-arg]  # an option of the list


class ExplanationInput(InputSerializer):
    """Words to one sub-domain."""

    sub_domain = serializers.CharField(max_length=CODE, help_text="Its code.")
    text = serializers.CharField(max_length=EXPLANATION_TEXT, allow_blank=True)


class ExplanationsInput(InputSerializer):
    """Words to several sub-domains."""

    explanations = ExplanationInput(many=True, max_length=MOST)  # type: ignore[call-arg]  # an option of the list


class ProfileInput(InputSerializer):
    """What the function is; what is left out stays as it is."""

    headcount = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    kind = serializers.ChoiceField(choices=SiteKind.choices, required=False, allow_blank=True)
    seats = serializers.ListField(
        child=serializers.ChoiceField(choices=Seat.choices), required=False, max_length=20
    )
    wte = serializers.DecimalField(
        max_digits=6, decimal_places=2, required=False, allow_null=True, min_value=0
    )
    began_in = serializers.IntegerField(required=False, allow_null=True)
    funding = serializers.ListField(
        child=serializers.ChoiceField(choices=FundingSource.choices), required=False, max_length=20
    )
    income_target = serializers.DecimalField(
        max_digits=13, decimal_places=2, required=False, allow_null=True, min_value=0
    )
    income_currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, max_length=3)


class ReasonInput(InputSerializer):
    """Why."""

    reason = serializers.CharField(max_length=REASON_TEXT)


class LeaveInput(InputSerializer):
    """Why, if somebody wants to say."""

    reason = serializers.CharField(max_length=REASON_TEXT, required=False, allow_blank=True)


# -- filters ---------------------------------------------------------------------
class AssessmentFilters(FilterSet):
    site = SiteFilter()
    round = CharFilter(method="of_round", max_length=20, help_text="The reference of a round.")
    state = ChoiceFilter(choices=AssessmentState.choices)
    updated_since = UpdatedSinceFilter()

    @staticmethod
    def of_round(queryset, name, value):
        return queryset.filter(round__ref=normalise_ref(value)[:20])


# -- resources -------------------------------------------------------------------
class AssessmentViewSet(ReadResource):
    """What the caller's sites say of their own maturity, round by round."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "create": "maturity.start_own_round",
        "start": LEAD,
        "submit": LEAD,
        "reopen": LEAD,
        "leave": LEAD,
    }
    matched = ("submit", "reopen", "leave")
    tagged = ("create", "start", "submit", "reopen", "leave")
    serializer_class = SelfAssessmentSerializer
    filterset_class = AssessmentFilters
    orderings = ("-created_at", "created_at", "updated_at", "-updated_at")

    def scope(self):
        return queries.assessments_for(self.viewer)

    @extend_schema(request=NewOwnRound, responses={201: SelfAssessmentSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Open a round of the site alone, from today; nobody outside the site sees it."""
        given = self.cleaned(NewOwnRound)
        site = self.site_for(given.pop("site", None))
        slug = given.pop("framework")
        framework = next(
            (each for each in queries.frameworks_to_choose() if each.slug == slug), None
        )
        if framework is None:
            raise wrong("framework", "No framework that comes with the product has this slug.")
        return self.created(
            self.reread(start_own(site=site, framework=framework, by=self.actor, **given))
        )

    @extend_schema(request=None, responses={200: SelfAssessmentSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request, ref: str) -> Response:
        """Agree to what the round shows to whom, and begin. Twice is once."""
        row = self.get_object()
        assessments.start(assessment=row, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: SelfAssessmentSerializer})
    @action(detail=True, methods=["post"])
    def submit(self, request, ref: str) -> Response:
        """Submit it; what is not answered stays not answered."""
        row = self.matching()
        assessments.submit(assessment=row, version=row.version, by=self.actor)
        return self.record_response(self.reread(row))

    @extend_schema(request=ReasonInput, responses={200: SelfAssessmentSerializer})
    @action(detail=True, methods=["post"])
    def reopen(self, request, ref: str) -> Response:
        """Take a submitted one up again, with a reason that stays in its history."""
        row = self.matching()
        assessments.reopen(assessment=row, by=self.actor, **self.cleaned(ReasonInput))
        return self.record_response(self.reread(row))

    @extend_schema(request=LeaveInput, responses={200: SelfAssessmentSerializer})
    @action(detail=True, methods=["post"])
    def leave(self, request, ref: str) -> Response:
        """Leave the round; what was written stays the site's."""
        row = self.matching()
        reason = self.cleaned(LeaveInput).get("reason", "")
        assessments.leave(assessment=row, reason=reason, by=self.actor)
        return self.record_response(self.reread(row))

    def matching(self) -> SelfAssessment:
        """The one at the address, at the version that the caller read."""
        row: SelfAssessment = self.get_object()
        self.require_match(row)
        return row


class OfAssessment(Resource):
    """What belongs to one self-assessment, at its address: the permission is asked on that."""

    lookup_url_kwarg = "assessment"

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        if self.action not in NO_ACTION:
            self.assessment  # noqa: B018 - looked up to refuse what is not there

    @cached_property
    def assessment(self) -> SelfAssessment:
        found: SelfAssessment = self.find(
            queries.assessments_for(self.viewer), self.kwargs["assessment"]
        )
        self.check_object_permissions(self.request, found)
        return found

    def whole(self, found: list[dict[str, Any]]) -> Response:
        """All rows of what has no version of its own, with an ETag of what they say; 304 where that is known."""
        etag = self.etag_of_all(found)
        known = self.request.headers.get("If-None-Match")
        if self.request.method in ("GET", "HEAD") and known and etags.matches(known, etag):
            response = Response(status=304)
        else:
            response = Response(self.get_serializer(found, many=True).data)
        response["ETag"] = etag
        return response

    def etag_of_all(self, found: list[dict[str, Any]]) -> str:
        """The ETag of rows: it changes with what they say."""
        digest = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
        return f'"{self.assessment.ref}-{digest}"'

    def must_match_all(self, found: list[dict[str, Any]]) -> None:
        """If-Match takes the ETag that :meth:`whole` gave."""
        etags.require_match(self.request, self.etag_of_all(found))

    def only_asked(self, data: dict[str, Any]) -> dict[str, Any]:
        """``?fields=`` of an answer that no serializer makes."""
        asked = self.request.query_params.get(FIELDS)
        if asked is None:
            return data
        names = [name.strip() for name in asked.split(",")]
        if not set(names) <= set(data):
            raise bad_parameter(FIELDS, f"choose among {', '.join(data)}.")
        return {name: data[name] for name in names}

    def must_match(self) -> None:
        """If-Match takes the self-assessment's ETag."""
        etags.require_match(self.request, self.etag_of(self.assessment))

    def tag(self, response: Response) -> Response:
        """The answer with the self-assessment's ETag as it is now."""
        row = queries.assessments_for(self.viewer).get(pk=self.assessment.pk)
        response["ETag"] = self.etag_of(row)
        return response


class RatingViewSet(OfAssessment, ListMixin):
    """What a self-assessment says of each indicator of its framework; one row each, answered or not."""

    perms = {"list": READ, "update": RATE, "partial_update": RATE}
    matched = ("update", "partial_update")
    tagged = ("update", "partial_update")
    serializer_class = IndicatorRatingSerializer
    orderings = ("position",)

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return queries.no_ratings()
        return queries.ratings_of(self.assessment)

    @extend_schema(request=RatingsInput, responses={200: IndicatorRatingSerializer(many=True)})
    def update(self, request, assessment: str) -> Response:
        """Say all of it: what is not named becomes not answered. If-Match takes the self-assessment's ETag."""
        said = self._said()
        everything = dict.fromkeys(queries.indicator_codes(self.assessment), CLEARED)
        return self._write({**everything, **said})

    @extend_schema(request=RatingsInput, responses={200: IndicatorRatingSerializer(many=True)})
    def partial_update(self, request, assessment: str) -> Response:
        """Answer some; what is not named stays as it is. If-Match takes the self-assessment's ETag."""
        return self._write(self._said())

    def _said(self) -> dict[str, Said]:
        self.must_match()
        codes = queries.indicator_codes(self.assessment)
        scale = self.assessment.round.framework.values
        said: dict[str, Said] = {}
        for given in self.cleaned(RatingsInput)["ratings"]:
            code, value = given["indicator"], given.get("value")
            if code not in codes:
                raise wrong("ratings", f"The framework has no indicator “{code}”.")
            if code in said:
                raise wrong("ratings", f"“{code}” is named twice.")
            is_rated = given["answer"] == Answer.RATED
            if is_rated and value not in scale:
                points = ", ".join(map(str, scale))
                raise wrong("ratings", f"“{code}”: the value must be one of {points}.")
            if not is_rated and value is not None:
                raise wrong("ratings", f"“{code}”: only a rating has a value.")
            if is_rated:
                said[code] = rated(value)
            else:
                said[code] = NOT_APPLICABLE if given["answer"] == Answer.NOT_APPLICABLE else CLEARED
        return said

    def _write(self, said: dict[str, Said]) -> Response:
        assessments.answer(assessment=self.assessment, answers=said, by=self.actor)
        rows = queries.ratings_of(self.assessment).order_by("position")
        return self.tag(Response(self.get_serializer(rows, many=True).data))


class ExplanationViewSet(OfAssessment, ListMixin):
    """A site's words to each sub-domain of the framework, those that are described and not rated included."""

    perms = {"list": READ, "partial_update": RATE}
    matched = ("partial_update",)
    tagged = ("partial_update",)
    serializer_class = ExplanationSerializer
    orderings = ("position",)

    def scope(self):
        if getattr(self, "swagger_fake_view", False):
            return queries.no_explanations()
        return queries.explanations_of(self.assessment)

    @extend_schema(request=ExplanationsInput, responses={200: ExplanationSerializer(many=True)})
    def partial_update(self, request, assessment: str) -> Response:
        """Write some; empty text takes words away. If-Match takes the self-assessment's ETag."""
        self.must_match()
        codes = queries.sub_domain_codes(self.assessment)
        words: dict[str, str] = {}
        for given in self.cleaned(ExplanationsInput)["explanations"]:
            if given["sub_domain"] not in codes:
                raise wrong(
                    "explanations", f"The framework has no sub-domain “{given['sub_domain']}”."
                )
            words[given["sub_domain"]] = given["text"]
        assessments.answer(
            assessment=self.assessment, answers={}, explanations=words, by=self.actor
        )
        rows = queries.explanations_of(self.assessment).order_by("position")
        return self.tag(Response(self.get_serializer(rows, many=True).data))


class ProfileViewSet(OfAssessment):
    """What the innovation function is, as the site described it in one self-assessment."""

    perms = {"retrieve": READ, "partial_update": RATE}
    matched = ("partial_update",)
    tagged = ("retrieve", "partial_update")
    serializer_class = ProfileSerializer

    def scope(self):
        return queries.assessments_for(self.viewer)

    @extend_schema(responses={200: ProfileSerializer})
    def retrieve(self, request, assessment: str) -> Response:
        """The profile; 404 where none was written yet. Its ETag is the self-assessment's."""
        profile = queries.profile_of(self.assessment)
        if profile is None:
            raise Http404
        response = Response(self.get_serializer(profile).data)
        response["ETag"] = self.etag_of(self.assessment)
        return response

    @extend_schema(request=ProfileInput, responses={200: ProfileSerializer})
    def partial_update(self, request, assessment: str) -> Response:
        """Describe the function. If-Match takes the self-assessment's ETag."""
        self.must_match()
        given = self.cleaned(ProfileInput)
        if "income_target" in given:
            target = given.pop("income_target")
            given["income_target_minor"] = None if target is None else int(target * 100)
        profile = profiles.save(assessment=self.assessment, by=self.actor, **given)
        return self.tag(Response(self.get_serializer(profile).data))
