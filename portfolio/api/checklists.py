"""Checklists, who is asked to answer them, what was answered, and interests.

The same services, permissions and blindness as the pages: see
:mod:`portfolio.queries.checklists` for who sees whose answers.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django_filters import BooleanFilter, CharFilter
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from accounts.queries import member_of
from hubapp import events
from hubapp.api import etags
from hubapp.api.filters import DateFilter, FilterSet
from hubapp.api.idempotency import idempotent
from hubapp.api.problems import Problem, unknown_site
from hubapp.api.serializers import InputSerializer, InstantField, RecordSerializer, SiteField
from hubapp.api.views import ReadResource, RetrieveMixin
from hubapp.refs import normalise_ref
from portfolio.api.views import VIEW, OfInnovation, wrong
from portfolio.enums import InterestNature, RequestState
from portfolio.models import (
    Assessment,
    AssessmentRequest,
    Checklist,
    ChecklistItem,
    Innovation,
    Interest,
)
from portfolio.queries import checklists as queries
from portfolio.queries import resources
from portfolio.queries.interests import interests_for
from portfolio.services import assessment_requests, assessments, interests

ASSESSOR = "The reference of the assessor's account."


def at_desk(user: Any, innovation: Innovation) -> bool:
    """Whether a person of the desk asks: what colleagues wrote for it is for nobody else, nor for a key."""
    return not user.viewer.is_key and user.has_perm("portfolio.triage_innovation", innovation)


# -- shapes ----------------------------------------------------------------------
class OptionSerializer(serializers.Serializer):
    """One of the answers that a question offers."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name that options have


class ChecklistItemSerializer(serializers.ModelSerializer):
    """One question, and what may be answered to it."""

    options = OptionSerializer(many=True, read_only=True)

    class Meta:
        model = ChecklistItem
        fields = ["code", "position", "label", "question", "scale", "options"]
        read_only_fields = fields


class ChecklistSerializer(RecordSerializer):
    """One version of a checklist; a published version never changes."""

    site = serializers.CharField(
        source="site.code",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The code of the site whose own it is; null: it comes with Hubapp.",
    )
    items = ChecklistItemSerializer(many=True, read_only=True)

    class Meta:
        model = Checklist
        fields = [
            "ref", "site", "key", "version", "title", "source", "valid_from", "valid_to", "items",
        ]  # fmt: skip
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer):
    """One answer. What is not answered is not there."""

    code = serializers.CharField(source="item.code")
    value = serializers.CharField(help_text="One of the values that the question offers.")
    note = serializers.CharField()


class AssessmentSerializer(RecordSerializer):
    """One assessor's answers to one checklist about one innovation."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    checklist = serializers.CharField(
        source="checklist.ref", read_only=True, help_text="Its reference."
    )
    checklist_key = serializers.CharField(source="checklist.key", read_only=True)
    checklist_version = serializers.IntegerField(source="checklist.version", read_only=True)
    assessor = serializers.CharField(source="assessor.ref", read_only=True, help_text=ASSESSOR)
    done_at = InstantField(
        read_only=True,
        allow_null=True,
        help_text="Null while unfinished: only the assessor sees it then. Finished ones are seen by whoever"
        " finished their own on the same checklist, and by all once as many as the site wants are finished.",
    )
    has_interest = serializers.BooleanField(
        read_only=True,
        help_text="Whether the assessor declared an interest in the innovation: then it is not counted.",
    )
    answers = AnswerSerializer(many=True, read_only=True)

    class Meta:
        model = Assessment
        fields = [
            "ref", "site", "innovation", "checklist", "checklist_key", "checklist_version", "assessor",
            "started_at", "updated_at", "done_at", "has_interest", "answers",
        ]  # fmt: skip
        read_only_fields = fields


class NewAnswer(InputSerializer):
    """An answer to one question."""

    code = serializers.CharField(max_length=40)
    value = serializers.CharField(
        max_length=20, help_text="One of the values that the question offers."
    )
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class Answers(InputSerializer):
    """All answers so far: a question that is not among them is not answered."""

    answers = NewAnswer(many=True)
    done = serializers.BooleanField(
        required=False, help_text="Every question is answered, and colleagues may see the answers."
    )

    def validate_answers(self, answers: list[dict]) -> list[dict]:
        codes = [answer["code"] for answer in answers]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise serializers.ValidationError(f"Answer each question once: {', '.join(twice)}.")
        return answers


class NewAssessment(Answers):
    """The first answers to a checklist."""

    checklist = serializers.CharField(
        max_length=20, help_text="The reference of a version of a checklist."
    )


class AssessmentRequestSerializer(RecordSerializer):
    """That a member was asked to assess an innovation."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    assessor = serializers.CharField(source="assessor.ref", read_only=True, help_text=ASSESSOR)
    state = serializers.ChoiceField(choices=RequestState.choices, read_only=True)
    reason = serializers.SerializerMethodField(
        help_text="Why the assessor declined, in their words. Null for who is neither they nor at the desk."
    )

    class Meta:
        model = AssessmentRequest
        fields = [
            "ref", "site", "innovation", "assessor", "due_on", "state", "asked_at", "closed_at", "reason",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"]})
    def get_reason(self, asked: AssessmentRequest) -> str | None:
        """The reason, for whoever gave it and for the desk: a key is not at the desk."""
        user: Any = self.context["request"].user
        if asked.assessor_id == user.viewer.user_id or at_desk(user, asked.innovation):
            return asked.reason
        return None


class NewAssessmentRequest(InputSerializer):
    """Whom to ask, and until when."""

    assessor = serializers.CharField(
        max_length=20, help_text="The reference of a member's account."
    )
    due_on = serializers.DateField(required=False, allow_null=True)


class Declined(InputSerializer):
    """Why the assessor will not."""

    reason = serializers.CharField(max_length=1000)


class InterestSerializer(RecordSerializer):
    """An interest in an innovation, or its withdrawal: the latest about a person tells whether it stands."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    user = serializers.CharField(
        source="user.ref", read_only=True, help_text="The reference of the person's account."
    )
    nature = serializers.ChoiceField(choices=InterestNature.choices, read_only=True)
    note = serializers.SerializerMethodField(help_text="Null for who is not at the desk.")

    class Meta:
        model = Interest
        fields = [
            "ref", "site", "innovation", "number", "user", "nature", "is_withdrawn", "note", "at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"]})
    def get_note(self, interest: Interest) -> str | None:
        """The note, for the desk alone: a key is not at the desk."""
        user: Any = self.context["request"].user
        return interest.note if at_desk(user, interest.innovation) else None


class NewInterest(InputSerializer):
    """One's own interest."""

    nature = serializers.ChoiceField(choices=InterestNature.choices)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


# -- resources --------------------------------------------------------------------
class ChecklistFilters(FilterSet):
    key = CharFilter(max_length=40)
    valid_on = DateFilter(method="in_force", help_text="In force on this day.")
    own = BooleanFilter(
        field_name="site",
        lookup_expr="isnull",
        exclude=True,
        help_text="Whether a site wrote it; false: it comes with Hubapp.",
    )
    used_by = CharFilter(
        method="in_use",
        max_length=40,
        help_text="The code of a site of yours: what its assessors are asked today.",
    )

    @staticmethod
    def in_force(queryset, name, value):
        in_force = queryset.filter(valid_from__lte=value)
        return in_force.filter(valid_to=None) | in_force.filter(valid_to__gte=value)

    def in_use(self, queryset, name, value):
        viewer: Any = self.request.user.viewer
        site = viewer.site_by_code(value)
        if site is None:
            raise unknown_site("used_by")
        return queryset.filter(pk__in=[each.pk for each in queries.checklists_in_use(site)])


class ChecklistViewSet(ReadResource):
    """Every published version of every checklist, with its questions: shipped ones and the site's own."""

    perms = {"list": "portfolio.view_checklists", "retrieve": "portfolio.view_checklists"}
    serializer_class = ChecklistSerializer
    filterset_class = ChecklistFilters
    orderings = ("valid_from", "-valid_from")

    def scope(self):
        rows = resources.checklists_with_items()
        return rows.filter(Q(site=None) | Q(site_id__in=self.viewer.site_ids))

    def permission_object(self, record) -> Any:
        """A site's own is asked of the site; who may read shipped ones anywhere may read them."""
        return record if record.site_id else None


class AssessmentViewSet(OfInnovation, RetrieveMixin):
    """Answers to checklists about one innovation: the caller's own, and the finished ones that they may see.

    Where a site wants several assessors, each is blind to the others until
    their own answers are finished, or as many as wanted are. An assessment is a
    person's: an API key reads, and answers nothing.
    """

    perms = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": "portfolio.assess_innovation",
        "update": "portfolio.assess_innovation",
    }
    matched = ("update",)
    tagged = ("create", "update")
    serializer_class = AssessmentSerializer
    orderings = ("started_at", "-started_at")

    def scope(self):
        rows = resources.assessments_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    def get_object(self):
        return self.find(self.get_queryset(), self.kwargs["ref"])

    @extend_schema(request=NewAssessment, responses={201: AssessmentSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Begin to answer a checklist; each assessor once."""
        assessor = self.assessor()
        given = self.cleaned(NewAssessment)
        rows = queries.of_site(self.innovation.site).prefetch_related("items")
        checklist = rows.filter(ref=normalise_ref(given["checklist"])).first()
        if checklist is None:
            raise wrong("checklist", "There is no checklist with this reference.")
        if self.scope().filter(checklist=checklist, assessor=assessor).exists():
            raise Problem(409, "You have begun this checklist already: change your answers by PUT.")
        return self.created(self.save(checklist, given, version=0))

    @extend_schema(request=Answers, responses={200: AssessmentSerializer})
    def update(self, request, innovation: str, ref: str) -> Response:
        """Replace your answers: a question that is not among them is not answered."""
        assessor = self.assessor()
        assessment = self.get_object()
        if assessment.assessor_id != assessor.pk:
            raise PermissionDenied("These are somebody else's answers.")
        self.require_match(assessment)
        given = self.cleaned(Answers)
        return self.record_response(
            self.save(assessment.checklist, given, version=assessment.version)
        )

    def assessor(self) -> Any:
        if self.viewer.user_id is None:
            raise PermissionDenied("An assessment is a person's own: sign in, a key cannot answer.")
        return self.request.user

    def save(self, checklist: Checklist, given: dict[str, Any], *, version: int) -> Assessment:
        """Store what was sent, and what was left out as not answered."""
        items = {item.code: item for item in checklist.items.all()}
        for index, answer in enumerate(given["answers"]):
            item = items.get(answer["code"])
            if item is None:
                raise wrong(f"answers.{index}.code", "The checklist has no such question.")
            if answer["value"] not in item.labels:
                offered = ", ".join(item.labels)
                raise wrong(f"answers.{index}.value", f"Choose one of: {offered}.")
        answers = dict.fromkeys(items, ("", ""))
        answers |= {row["code"]: (row["value"], row.get("note", "")) for row in given["answers"]}
        assessor = self.assessor()
        with transaction.atomic(), events.operation():
            assessment = assessments.save_answers(
                innovation=self.innovation,
                checklist=checklist,
                answers=answers,
                by=self.actor,
                assessor=assessor,
                version=version,
            )
            if given.get("done"):
                assessment = assessments.finish(assessment=assessment, by=self.actor)
        return self.reread(assessment)

    def address_of(self, record) -> str:
        return self.reverse_action(
            "detail", kwargs={"innovation": record.innovation.ref, "ref": record.ref}
        )


class AssessmentRequestViewSet(OfInnovation, RetrieveMixin):
    """Who was asked to assess one innovation. Whoever is asked may read it, a confidential one too."""

    perms = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": "portfolio.triage_innovation",
        "withdraw": "portfolio.triage_innovation",
        "decline": "portfolio.assess_innovation",
    }
    matched = ("withdraw", "decline")
    tagged = ("create", "withdraw", "decline")
    serializer_class = AssessmentRequestSerializer
    orderings = ("asked_at", "-asked_at")

    def scope(self):
        rows = queries.requests_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    def get_object(self):
        return self.find(self.get_queryset(), self.kwargs["ref"])

    @extend_schema(request=NewAssessmentRequest, responses={201: AssessmentRequestSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Ask a member. Who is asked already is asked once; the day is changed."""
        given = self.cleaned(NewAssessmentRequest)
        member = member_of(self.innovation.site, normalise_ref(given["assessor"]))
        if member is None:
            raise wrong("assessor", "No member of this site has this reference.")
        due_on: dt.date | None = given.get("due_on")
        made = assessment_requests.ask(
            innovation=self.innovation, assessor=member.user, due_on=due_on, by=self.actor
        )
        return self.created(self.reread(made))

    @extend_schema(request=None, responses={200: AssessmentRequestSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request, innovation: str, ref: str) -> Response:
        """Take the question back."""
        found = self.get_object()
        self.require_match(found)
        assessment_requests.withdraw(request=found, by=self.actor)
        return self.record_response(found)

    @extend_schema(request=Declined, responses={200: AssessmentRequestSerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request, innovation: str, ref: str) -> Response:
        """Say that one will not, and why. Only whoever was asked may."""
        found = self.get_object()
        if found.assessor_id != self.viewer.user_id:
            raise PermissionDenied("Somebody else was asked this.")
        self.require_match(found)
        given = self.cleaned(Declined)
        assessment_requests.decline(request=found, reason=given["reason"], by=self.actor)
        return self.record_response(found)

    def address_of(self, record) -> str:
        return self.reverse_action(
            "detail", kwargs={"innovation": record.innovation.ref, "ref": record.ref}
        )


class InterestViewSet(OfInnovation):
    """Interests declared in one innovation, withdrawals too. Who has one that stands neither assesses nor decides."""

    perms = {
        "list": VIEW,
        "create": "portfolio.declare_interest",
        "withdraw": "portfolio.declare_interest",
    }
    tagged = ("create", "withdraw")
    serializer_class = InterestSerializer
    orderings = ("number", "-number")

    def scope(self):
        rows = interests_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    @extend_schema(request=NewInterest, responses={201: InterestSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Declare one's own interest."""
        user = self.person()
        given = self.cleaned(NewInterest)
        return self.answer(
            interests.declare(innovation=self.innovation, user=user, by=self.actor, **given)
        )

    @extend_schema(request=None, responses={201: InterestSerializer})
    @idempotent
    def withdraw(self, request, innovation: str) -> Response:
        """Say that one's own interest has ended."""
        user = self.person()
        return self.answer(interests.withdraw(innovation=self.innovation, user=user, by=self.actor))

    def person(self) -> Any:
        if self.viewer.user_id is None:
            raise PermissionDenied("An interest is a person's own: sign in, a key has none.")
        return self.request.user

    def answer(self, row: Interest) -> Response:
        """201 with the row, which never changes."""
        response = Response(self.get_serializer(self.reread(row)).data, status=201)
        response["ETag"] = etags.etag_of(row.ref, 1)
        return response
