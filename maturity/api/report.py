"""Actions and the report of one self-assessment: the same services and permissions as their pages."""

from typing import Any

from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.queries import member_of
from hubapp.api.filters import DateFilter, FilterSet, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.serializers import InputSerializer, RecordSerializer, ShapeSerializer, SiteField
from hubapp.api.views import ReadResource, Resource
from hubapp.refs import normalise_ref
from maturity.api.assess import ANSWERS, OfAssessment, wrong
from maturity.enums import ActionState, AssessmentState
from maturity.models import Action
from maturity.models.action import OUTCOME_TEXT
from maturity.models.framework import CODE, NAME_TEXT
from maturity.queries import actions as queries
from maturity.queries import assess
from maturity.queries import report as data
from maturity.queries.reading import reading_of
from maturity.services import actions, targets

READ, PLAN, PUBLISH = (
    "maturity.view_assessment",
    "maturity.plan_maturity",
    "maturity.publish_action",
)
AVERAGE = "average"


# -- actions -----------------------------------------------------------------------
class ActionSerializer(RecordSerializer):
    """One thing that a site does about a sub-domain."""

    site = SiteField()
    self_assessment = serializers.CharField(
        source="assessment.ref",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The reference of the one that it came from.",
    )
    framework = serializers.CharField(
        source="sub_domain.framework.slug", read_only=True, help_text="Of the sub-domain."
    )
    sub_domain = serializers.CharField(
        source="sub_domain.code", read_only=True, help_text="The code of what it is to raise."
    )
    owner = serializers.CharField(
        source="owner.ref",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The reference of the account that has it; null: a team, or nobody.",
    )

    class Meta:
        model = Action
        fields = [
            "ref", "site", "self_assessment", "framework", "sub_domain", "title", "owner", "owner_words", "due_on",
            "state", "ended_on", "outcome", "published_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class _ActionFields(InputSerializer):
    owner = serializers.CharField(
        max_length=20,
        required=False,
        allow_null=True,
        help_text="The reference of a member's account, or null.",
    )
    owner_words = serializers.CharField(
        max_length=NAME_TEXT,
        required=False,
        allow_blank=True,
        help_text="The name of a team, instead of an owner.",
    )
    due_on = serializers.DateField(required=False, allow_null=True)


class NewAction(_ActionFields):
    """An action, of a sub-domain of one self-assessment."""

    self_assessment = serializers.CharField(max_length=20, help_text="Its reference.")
    sub_domain = serializers.CharField(
        max_length=CODE, help_text="The code of a sub-domain of its framework."
    )
    title = serializers.CharField(max_length=NAME_TEXT)


class ActionChanges(_ActionFields):
    """What may be changed of an open action."""

    title = serializers.CharField(max_length=NAME_TEXT, required=False)


class Outcome(InputSerializer):
    """What came of it."""

    outcome = serializers.CharField(max_length=OUTCOME_TEXT)


class MaybeOutcome(InputSerializer):
    """Why it was dropped, if somebody wants to say."""

    outcome = serializers.CharField(max_length=OUTCOME_TEXT, required=False, allow_blank=True)


class ActionFilters(FilterSet):
    site = SiteFilter()
    state = ChoiceFilter(choices=ActionState.choices)
    sub_domain = CharFilter(
        field_name="sub_domain__code", max_length=CODE, help_text="The code of a sub-domain."
    )
    due_to = DateFilter("due_on", "lte")
    updated_since = UpdatedSinceFilter()


class ActionViewSet(ReadResource):
    """What the caller's sites do to raise their maturity."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "create": PLAN,
        "partial_update": PLAN,
        "finish": PLAN,
        "drop": PLAN,
        "reopen": PLAN,
        "publish": PUBLISH,
        "unpublish": PUBLISH,
    }
    matched = ("partial_update", "finish", "drop", "reopen", "publish")
    tagged = ("create", "partial_update", "finish", "drop", "reopen", "publish", "unpublish")
    serializer_class = ActionSerializer
    filterset_class = ActionFilters
    orderings = ("-updated_at", "updated_at", "until_on", "-until_on")

    def scope(self):
        return queries.actions_for(self.viewer)

    @extend_schema(request=NewAction, responses={201: ActionSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Write down one thing to do about a sub-domain."""
        given = self.cleaned(NewAction)
        ref = normalise_ref(given.pop("self_assessment"))[:20]
        assessment = assess.assessments_for(self.viewer).filter(ref=ref).first()
        if assessment is None:
            raise wrong("self_assessment", "There is no such self-assessment at your sites.")
        self.check_object_permissions(request, assessment)
        code = given.pop("sub_domain")
        sub_domain = queries.sub_domain_of(assessment, code)
        if sub_domain is None:
            raise wrong("sub_domain", f"The framework has no rated sub-domain “{code}”.")
        row = actions.add(
            site=assessment.site,
            assessment=assessment,
            sub_domain=sub_domain,
            by=self.actor,
            **self._owned(given, assessment.site),
        )
        return self.created(self.reread(row))

    @extend_schema(request=ActionChanges, responses={200: ActionSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change an open action."""
        row = self.matching()
        given = self._owned(self.cleaned(ActionChanges), row.site)
        actions.edit(action=row, by=self.actor, version=row.version, **given)
        return self.record_response(self.reread(row))

    @extend_schema(request=Outcome, responses={200: ActionSerializer})
    @action(detail=True, methods=["post"])
    def finish(self, request, ref: str) -> Response:
        """Say that it is done and what came of it."""
        row = self.matching()
        actions.finish(action=row, by=self.actor, version=row.version, **self.cleaned(Outcome))
        return self.record_response(self.reread(row))

    @extend_schema(request=MaybeOutcome, responses={200: ActionSerializer})
    @action(detail=True, methods=["post"])
    def drop(self, request, ref: str) -> Response:
        """Give it up."""
        row = self.matching()
        given = self.cleaned(MaybeOutcome)
        actions.drop(action=row, by=self.actor, version=row.version, **given)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: ActionSerializer})
    @action(detail=True, methods=["post"])
    def reopen(self, request, ref: str) -> Response:
        """Take it up again; what was published of it is taken back."""
        row = self.matching()
        actions.reopen(action=row, by=self.actor, version=row.version)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: ActionSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request, ref: str) -> Response:
        """Let desks of the other sites in the site's networks read title and outcome, with the site's name."""
        row = self.matching()
        actions.publish(action=row, by=self.actor, version=row.version)
        return self.record_response(self.reread(row))

    @extend_schema(request=None, responses={200: ActionSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def unpublish(self, request, ref: str) -> Response:
        """Take it back, at any time."""
        row = self.get_object()
        actions.unpublish(action=row, by=self.actor)
        return self.record_response(self.reread(row))

    def matching(self) -> Action:
        """The one at the address, at the version that the caller read."""
        row: Action = self.get_object()
        self.require_match(row)
        return row

    @staticmethod
    def _owned(given: dict[str, Any], site: Any) -> dict[str, Any]:
        """What was sent with the member in the place of their reference."""
        if given.get("owner"):
            member = member_of(site, given["owner"])
            if member is None:
                raise wrong("owner", "No member of this site has this reference.")
            return given | {"owner": member.user, "owner_words": given.get("owner_words", "")}
        if given.get("owner_words"):
            return given | {"owner": None}
        return given


# -- the report --------------------------------------------------------------------
class PointCount(ShapeSerializer):
    """How often one point of the scale was given."""

    value = serializers.IntegerField()
    count = serializers.IntegerField()
    share = serializers.IntegerField(
        allow_null=True,
        help_text="Per cent of the ratings, halves rounded up; null: nothing is rated.",
    )


class AverageShape(ShapeSerializer):
    """A mean of ordinal ratings: no headline."""

    mean = serializers.CharField(help_text="A decimal.")
    n = serializers.IntegerField()
    lowest = serializers.IntegerField()
    highest = serializers.IntegerField()
    standard_deviation = serializers.CharField(help_text="A decimal.")


class Numbers(ShapeSerializer):
    """Counts of one part; not applicable and not answered stand in no share."""

    n = serializers.IntegerField(help_text="How many ratings.")
    counts = PointCount(many=True)
    not_applicable = serializers.IntegerField()
    not_answered = serializers.IntegerField()


class CountedPart(Numbers):
    """One part of the framework; with ?average=1 its average too."""

    code = serializers.CharField()
    name = serializers.CharField()
    average = AverageShape(required=False, allow_null=True)


class ChangeShape(ShapeSerializer):
    """What became of indicators since last time; each is in exactly one count, ``compared`` aside."""

    compared = serializers.IntegerField(help_text="Rated both times: up, same and down together.")
    up = serializers.IntegerField()
    same = serializers.IntegerField()
    down = serializers.IntegerField()
    rated_only_now = serializers.IntegerField()
    rated_only_before = serializers.IntegerField()
    rated_neither_time = serializers.IntegerField()
    not_comparable = serializers.IntegerField(help_text="Not asked last time in the same way.")


class WholeShape(CountedPart):
    """All sub-domains together."""

    change = ChangeShape()


class ReportIndicator(ShapeSerializer):
    """One indicator, now and last time."""

    code = serializers.CharField()
    text = serializers.CharField()
    answer = serializers.ChoiceField(choices=ANSWERS)
    value = serializers.IntegerField(allow_null=True)
    answer_before = serializers.ChoiceField(
        choices=ANSWERS, allow_null=True, help_text="Null: not asked then."
    )
    value_before = serializers.IntegerField(allow_null=True)
    target = serializers.IntegerField(allow_null=True)
    target_by = serializers.DateField(allow_null=True)


class OpenAction(ShapeSerializer):
    """An open action of this round or of one before."""

    ref = serializers.CharField()
    title = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)


class ReportSubDomain(CountedPart):
    """One sub-domain: counts, words, change, indicators and actions."""

    domain = serializers.CharField()
    explanation = serializers.CharField()
    explanation_before = serializers.CharField()
    change = ChangeShape()
    indicators = ReportIndicator(many=True)
    open_actions = OpenAction(many=True)


class SeriesRound(Numbers):
    """One round of the series, with all that was rated in it."""

    self_assessment = serializers.CharField()
    round_name = serializers.CharField()
    framework = serializers.CharField()
    submitted_on = serializers.DateField(allow_null=True)
    breaks = serializers.BooleanField(
        help_text="Another version of the framework: what stands before is not comparable as a whole."
    )


class ReportScalePoint(ShapeSerializer):
    """One point of the scale."""

    value = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # the field shadows an attribute of that name


class ReportSerializer(ShapeSerializer):
    """What one site says of itself in one round: its own judgements."""

    self_assessment = serializers.CharField()
    site = serializers.CharField()
    round = serializers.CharField()
    round_name = serializers.CharField()
    framework = serializers.CharField()
    state = serializers.ChoiceField(choices=AssessmentState.choices)
    submitted_on = serializers.DateField(allow_null=True)
    before = serializers.CharField(allow_null=True, help_text="The round that it is compared with.")
    scale = ReportScalePoint(many=True)
    whole = WholeShape()
    domains = CountedPart(many=True, help_text="By share of the highest rating.")
    sub_domains = ReportSubDomain(many=True, help_text="By share of the highest rating.")
    strongest = serializers.ListField(child=serializers.CharField())
    weakest = serializers.ListField(child=serializers.CharField())
    series = SeriesRound(many=True, help_text="Oldest first.")


class ReportViewSet(OfAssessment, Resource):
    """The report of one self-assessment, the same as its file."""

    perms = {"retrieve": READ}
    untagged = ("retrieve",)
    parameters = {"retrieve": frozenset({AVERAGE})}
    serializer_class = ReportSerializer

    def scope(self):
        return assess.assessments_for(self.viewer)

    @extend_schema(
        responses={200: ReportSerializer},
        parameters=[
            OpenApiParameter(
                AVERAGE, str, enum=["1"], description="1: with averages, N and spread."
            )
        ],
    )
    def retrieve(self, request, assessment: str) -> Response:
        """Counts, shares with N, change since last time, strongest and weakest, targets and open actions."""
        reading = reading_of(self.assessment)
        found = queries.open_actions_for(self.assessment)
        asked = request.query_params.get(AVERAGE) == "1"
        return Response(self.only_asked(data.as_data(reading, found, with_average=asked)))


class TargetInput(InputSerializer):
    """Where to be on one indicator; null: no target."""

    indicator = serializers.CharField(max_length=CODE, help_text="Its code.")
    value = serializers.IntegerField(allow_null=True)
    by_on = serializers.DateField(required=False, allow_null=True)


class TargetsInput(InputSerializer):
    """Targets of several indicators; what is not named stays as it is."""

    targets = TargetInput(many=True, max_length=1000)  # type: ignore[call-arg]  # an option of the list


class TargetShape(ShapeSerializer):
    """The target that stands for one indicator."""

    indicator = serializers.CharField()
    value = serializers.IntegerField()
    by_on = serializers.DateField(allow_null=True)


class TargetViewSet(OfAssessment, Resource):
    """Where a site wants to be, on indicators of one self-assessment."""

    perms = {"retrieve": READ, "partial_update": PLAN}
    matched = ("partial_update",)
    tagged = ("partial_update",)
    serializer_class = TargetShape

    def scope(self):
        return assess.assessments_for(self.viewer)

    @extend_schema(responses={200: TargetShape(many=True)})
    def retrieve(self, request, assessment: str) -> Response:
        """Every target that stands, in the framework's order. Its ETag changes with them."""
        return self.whole(self._found())

    @extend_schema(request=TargetsInput, responses={200: TargetShape(many=True)})
    def partial_update(self, request, assessment: str) -> Response:
        """Set some and give up others. Saying the same again changes nothing."""
        self.must_match_all(self._found())
        items = {item.indicator.code: item for item in reading_of(self.assessment).items}
        given = self.cleaned(TargetsInput)["targets"]
        for each in given:
            if each["indicator"] not in items:
                raise wrong("targets", f"The framework has no indicator “{each['indicator']}”.")
        targets.set_targets(
            assessment=self.assessment,
            targets=[
                (items[each["indicator"]], each["value"], each.get("by_on")) for each in given
            ],
            by=self.actor,
        )
        return self.whole(self._found())

    def _found(self) -> list[dict[str, Any]]:
        return [
            {
                "indicator": item.indicator.code,
                "value": item.target.value,
                "by_on": item.target.by_on,
            }
            for item in reading_of(self.assessment).items
            if item.target
        ]
