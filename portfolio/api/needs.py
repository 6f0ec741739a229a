"""Needs and calls: the same services and permissions as their pages."""

from typing import Any

from django_filters import BooleanFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.queries import member_of
from hubapp.api.filters import FilterSet, SeveralFilter, SiteFilter, UpdatedSinceFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.problems import Problem
from hubapp.api.serializers import InputSerializer, RecordSerializer, SiteField
from hubapp.api.views import ReadResource
from hubapp.refs import normalise_ref
from portfolio.api.filters import RefFilter
from portfolio.api.serializers import CodeOrNull
from portfolio.enums import CallStanding, NeedEnd, NeedKind, NeedStanding
from portfolio.models import Call, Need
from portfolio.models.need import NEED_TEXT
from portfolio.models.submission import SHORT_TEXT
from portfolio.queries import needs as queries
from portfolio.services import calls, needs

READ, EDIT = "portfolio.view_needs", "portfolio.edit_needs"


def wrong(name: str, sentence: str) -> Problem:
    """400: one field of the body is wrong."""
    return Problem(400, f"Some of what was sent is not right: {name}.", {name: [sentence]})


# -- shapes ----------------------------------------------------------------------
class _NeedList(serializers.ListSerializer):
    """Needs of one page: how many ideas serve each is counted for all in one statement."""

    def to_representation(self, data):
        needs = list(data)
        count_ideas(self.context, needs)
        return super().to_representation(needs)


def count_ideas(context: dict[str, Any], needs: list[Need]) -> None:
    """Write on each need how many ideas serve it that have not ended, of those the caller may read."""
    counts = queries.ideas_by_need(context["request"].user.viewer, needs)
    for need in needs:
        vars(need)["ideas"] = counts[need.pk].live


class NeedSerializer(RecordSerializer):
    """A strategic priority or a problem statement of a site."""

    site = SiteField()
    owner = serializers.CharField(
        source="owner.ref",
        read_only=True,
        allow_null=True,
        help_text="The reference of the account that owns it; null: a team, or nobody.",
    )
    close_reason = CodeOrNull(NeedEnd.choices, help_text="Null while it is not closed.")
    merged_into = serializers.CharField(
        source="merged_into.ref",
        read_only=True,
        allow_null=True,
        help_text="The need that this one is part of.",
    )
    standing = serializers.SerializerMethodField(
        help_text="Where it stands today; follows from its dates."
    )
    ideas = serializers.IntegerField(
        read_only=True,
        help_text="Ideas that serve it and have not ended, of those the caller may read.",
    )

    class Meta:
        model = Need
        fields = [
            "ref", "site", "kind", "title", "statement", "evidence", "owner", "owner_words", "valid_from",
            "valid_to", "standing", "closed_on", "close_reason", "merged_into", "ideas", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields
        list_serializer_class = _NeedList

    def to_representation(self, instance):
        if "ideas" not in vars(instance):
            count_ideas(self.context, [instance])
        return super().to_representation(instance)

    def get_standing(self, need: Need) -> str:
        return need.standing(queries.today()).value


class _NeedFields(InputSerializer):
    evidence = serializers.CharField(max_length=NEED_TEXT, required=False, allow_blank=True)
    owner = serializers.CharField(
        max_length=20,
        required=False,
        allow_null=True,
        help_text="The reference of a member's account, or null.",
    )
    owner_words = serializers.CharField(
        max_length=SHORT_TEXT,
        required=False,
        allow_blank=True,
        help_text="The name of a team, instead of an owner.",
    )
    valid_from = serializers.DateField(required=False)
    valid_to = serializers.DateField(required=False, allow_null=True)


class NewNeed(_NeedFields):
    """A need; it holds from today unless said."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    kind = serializers.ChoiceField(choices=NeedKind.choices)
    title = serializers.CharField(max_length=SHORT_TEXT)
    statement = serializers.CharField(max_length=NEED_TEXT, help_text="The need.")


class NeedChanges(_NeedFields):
    """What may be changed of a need that is not closed."""

    kind = serializers.ChoiceField(choices=NeedKind.choices, required=False)
    title = serializers.CharField(max_length=SHORT_TEXT, required=False)
    statement = serializers.CharField(max_length=NEED_TEXT, required=False)


class NeedClosing(InputSerializer):
    """Why a need is closed."""

    reason = serializers.ChoiceField(choices=NeedEnd.choices)
    into = serializers.CharField(
        max_length=20,
        required=False,
        help_text="With merged: the reference of the need that this one is part of.",
    )


class ServedBy(InputSerializer):
    """An idea that serves the need."""

    innovation = serializers.CharField(max_length=20, help_text="Its reference.")


class CallSerializer(RecordSerializer):
    """An invitation to send ideas on one need until a date."""

    site = SiteField()
    need = serializers.CharField(source="need.ref", read_only=True, help_text="Its reference.")
    standing = serializers.SerializerMethodField(
        help_text="Where it stands today; follows from its dates."
    )
    ideas = serializers.IntegerField(
        read_only=True, help_text="Ideas that came by it, of those the caller may read."
    )

    class Meta:
        model = Call
        fields = [
            "ref", "site", "need", "title", "words", "opens_on", "closes_on", "ended_on", "is_published",
            "standing", "ideas", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_standing(self, call: Call) -> str:
        return call.standing(queries.today()).value


class NewCall(InputSerializer):
    """A call on a need; it opens today unless said."""

    need = serializers.CharField(max_length=20, help_text="The reference of a need.")
    title = serializers.CharField(max_length=SHORT_TEXT)
    words = serializers.CharField(max_length=NEED_TEXT, help_text="What you look for.")
    opens_on = serializers.DateField(required=False)
    closes_on = serializers.DateField(help_text="The last day on which ideas can be sent.")
    publish = serializers.BooleanField(
        required=False, help_text="Whether the public sees it at once."
    )


class CallChanges(InputSerializer):
    """What may be changed of a call that has not closed."""

    title = serializers.CharField(max_length=SHORT_TEXT, required=False)
    words = serializers.CharField(max_length=NEED_TEXT, required=False)
    opens_on = serializers.DateField(required=False)
    closes_on = serializers.DateField(required=False)


class CallExtension(InputSerializer):
    """Another last day."""

    closes_on = serializers.DateField()


# -- filters ---------------------------------------------------------------------
class NeedFilters(FilterSet):
    site = SiteFilter()
    kind = SeveralFilter(choices=NeedKind.choices, help_text="Give it more than once for several.")
    standing = ChoiceFilter(
        choices=NeedStanding.choices, method="stands", help_text="Where it stands today."
    )
    served = BooleanFilter(
        method="is_served", help_text="Whether an idea that has not ended serves it."
    )
    updated_since = UpdatedSinceFilter()

    @staticmethod
    def stands(queryset, name, value):
        return queries.standing_today(queryset, value)

    def is_served(self, queryset, name, value):
        return queries.served(queryset, self.request.user.viewer, value)


class CallFilters(FilterSet):
    site = SiteFilter()
    need = RefFilter(field_name="need__ref", help_text="The reference of a need.")
    standing = ChoiceFilter(
        choices=CallStanding.choices, method="stands", help_text="Where it stands today."
    )
    updated_since = UpdatedSinceFilter()

    @staticmethod
    def stands(queryset, name, value):
        return queries.calls_standing_today(queryset, value)


# -- resources -------------------------------------------------------------------
class NeedViewSet(ReadResource):
    """What a site has decided to work towards, and what does not work today."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "create": EDIT,
        "partial_update": EDIT,
        "close": EDIT,
        "reopen": EDIT,
        "link": EDIT,
        "unlink": EDIT,
    }
    matched = ("partial_update", "close", "reopen", "link", "unlink")
    tagged = ("create", "partial_update", "close", "reopen", "link", "unlink")
    serializer_class = NeedSerializer
    filterset_class = NeedFilters
    orderings = ("-until_on", "until_on", "updated_at", "-updated_at")

    def scope(self):
        return queries.needs_for(self.viewer)

    @extend_schema(request=NewNeed, responses={201: NeedSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Add a need."""
        given = self.cleaned(NewNeed)
        site = self.site_for(given.pop("site", None))
        need = needs.add(site=site, by=self.actor, **self.with_owner(site, given))
        return self.created(self.reread(need))

    @extend_schema(request=NeedChanges, responses={200: NeedSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change what it says, who owns it or when it holds."""
        need = self.matching()
        given = self.with_owner(need.site, self.cleaned(NeedChanges))
        needs.edit(need=need, version=need.version, by=self.actor, **given)
        return self.record_response(self.reread(need))

    @extend_schema(request=NeedClosing, responses={200: NeedSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request, ref: str) -> Response:
        """Close it: met, dropped, or merged into another, which its ideas then serve too."""
        need = self.matching()
        given = self.cleaned(NeedClosing)
        into = None
        if "into" in given:
            into = queries.need_for(self.viewer, need.site, given["into"])
            if into is None:
                raise wrong("into", "There is no need of this site with this reference.")
        needs.close(
            need=need, reason=given["reason"], into=into, version=need.version, by=self.actor
        )
        return self.record_response(self.reread(need))

    @extend_schema(request=None, responses={200: NeedSerializer})
    @action(detail=True, methods=["post"])
    def reopen(self, request, ref: str) -> Response:
        """Take a closed need up again."""
        need = self.matching()
        needs.reopen(need=need, version=need.version, by=self.actor)
        return self.record_response(self.reread(need))

    @extend_schema(request=ServedBy, responses={200: NeedSerializer})
    @action(detail=True, methods=["post"])
    def link(self, request, ref: str) -> Response:
        """Say that an idea serves it. Saying it again changes nothing."""
        need = self.matching()
        needs.link(need=need, innovation=self.innovation_of(need), by=self.actor)
        return self.record_response(self.reread(need))

    @extend_schema(request=ServedBy, responses={200: NeedSerializer})
    @action(detail=True, methods=["post"])
    def unlink(self, request, ref: str) -> Response:
        """Say that an idea does not serve it after all."""
        need = self.matching()
        needs.unlink(need=need, innovation=self.innovation_of(need), by=self.actor)
        return self.record_response(self.reread(need))

    def matching(self) -> Need:
        """The need at the address, at the version that the caller read."""
        need = self.get_object()
        self.require_match(need)
        return need

    def with_owner(self, site: Any, given: dict[str, Any]) -> dict[str, Any]:
        """What was given, the owner as an account."""
        ref = given.get("owner")
        if ref is None:
            return given
        member = member_of(site, normalise_ref(ref))
        if member is None:
            raise wrong("owner", "No member of this site has this reference.")
        return {**given, "owner": member.user}

    def innovation_of(self, need: Need) -> Any:
        """The innovation that the body names: one that the caller may read at the need's site."""
        found = queries.idea_at(self.viewer, need.site, self.cleaned(ServedBy)["innovation"])
        if found is None:
            raise wrong("innovation", "There is no innovation of this site with this reference.")
        return found


class CallViewSet(ReadResource):
    """Calls for ideas, each on one need; they open and close by their dates."""

    perms = {
        "list": READ,
        "retrieve": READ,
        "create": EDIT,
        "partial_update": EDIT,
        "publish": EDIT,
        "close": EDIT,
        "extend": EDIT,
    }
    matched = ("partial_update", "publish", "close", "extend")
    tagged = ("create", "partial_update", "publish", "close", "extend")
    serializer_class = CallSerializer
    filterset_class = CallFilters
    orderings = ("-closes_on", "closes_on", "updated_at", "-updated_at")

    def scope(self):
        return queries.calls_for(self.viewer)

    @extend_schema(request=NewCall, responses={201: CallSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Call for ideas on a need."""
        given = self.cleaned(NewCall)
        rows = queries.needs_for(self.viewer)
        need = rows.filter(ref=normalise_ref(given.pop("need"))).first()
        if need is None:
            raise wrong("need", "There is no need with this reference.")
        self.site_for(need.site.code)
        return self.created(self.reread(calls.add(need=need, by=self.actor, **given)))

    @extend_schema(request=CallChanges, responses={200: CallSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change its words or dates."""
        call = self.matching()
        calls.edit(call=call, version=call.version, by=self.actor, **self.cleaned(CallChanges))
        return self.record_response(self.reread(call))

    @extend_schema(request=None, responses={200: CallSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request, ref: str) -> Response:
        """Let the public see it."""
        call = self.matching()
        calls.publish(call=call, version=call.version, by=self.actor)
        return self.record_response(self.reread(call))

    @extend_schema(request=None, responses={200: CallSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request, ref: str) -> Response:
        """Close it before its last day."""
        call = self.matching()
        calls.close(call=call, version=call.version, by=self.actor)
        return self.record_response(self.reread(call))

    @extend_schema(request=CallExtension, responses={200: CallSerializer})
    @action(detail=True, methods=["post"])
    def extend(self, request, ref: str) -> Response:
        """Give it another last day; one that has closed is open again."""
        call = self.matching()
        given = self.cleaned(CallExtension)
        calls.extend(call=call, version=call.version, by=self.actor, **given)
        return self.record_response(self.reread(call))

    def matching(self) -> Call:
        """The call at the address, at the version that the caller read."""
        call = self.get_object()
        self.require_match(call)
        return call
