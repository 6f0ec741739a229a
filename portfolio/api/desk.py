"""Clocks, decisions of every kind and what follows them, as the API gives and takes them."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.enums import DESK, Function, OrganisationKind
from accounts.models import Organisation
from accounts.queries import organisation_named
from accounts.services.organisations import ensure_organisation
from hubapp.api.problems import Problem
from hubapp.api.serializers import InputSerializer
from hubapp.api.views import RetrieveMixin
from hubapp.workdays import london_date
from portfolio.clock import HUB, effective, stops_of, time_with
from portfolio.enums import DecisionKind, Exemption, StopReason, WaitsOn
from portfolio.models import Decision, Innovation
from portfolio.queries import resources
from portfolio.services import decisions, holds, messages

TRIAGE = "portfolio.triage_innovation"
# For whom the clock may be stopped by hand, and who may have an idea.
HOLD_FOR = [choice for choice in WaitsOn.choices if choice[0] != WaitsOn.SUBMITTER]
HOLDERS = [(HUB, "The hub"), *WaitsOn.choices]


def wrong(name: str, sentence: str) -> Problem:
    """400: one field of the body is wrong."""
    return Problem(400, f"Some of what was sent is not right: {name}.", {name: [sentence]})


class _CodeOrNull(serializers.ChoiceField):
    """A code of an enum; what is empty in the record is null outside."""

    def __init__(self, choices, **kwargs):
        super().__init__(choices=choices, read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value):
        return value or None


def _ref_if_seen(other: Innovation | None, viewer: Any) -> str | None:
    """The reference of another idea of the same site, unless the caller may not read that one."""
    if other is None:
        return None
    if other.is_confidential and not viewer.has_role(other.site_id, DESK):
        return None
    return other.ref


# -- what an innovation says of its clocks -----------------------------------------
CLOCK = [
    "acknowledge_by", "acknowledged_on", "waits_on", "waits_on_function", "exemption", "parked_until",
    "follow_up_on", "merged_into",
]  # fmt: skip


class ClockShape(serializers.Serializer):
    """The fields of an innovation that decisions and clocks keep."""

    acknowledge_by = serializers.DateField(
        read_only=True,
        allow_null=True,
        help_text="The day by which somebody should have written to the submitter.",
    )
    acknowledged_on = serializers.DateField(
        read_only=True,
        allow_null=True,
        help_text="The day of the first message or decision that stands.",
    )
    waits_on = _CodeOrNull(
        WaitsOn.choices, help_text="Who has to act while the clock stands still."
    )
    waits_on_function = _CodeOrNull(
        Function.choices, help_text="Which enabling function, if it is one."
    )
    exemption = _CodeOrNull(Exemption.choices, help_text="Why it does not count against the clock.")
    parked_until = serializers.DateField(
        read_only=True, allow_null=True, help_text="While parked until a day."
    )
    follow_up_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="While signposted: when to ask what came of it."
    )
    merged_into = serializers.SerializerMethodField(
        help_text="The reference of the innovation that it was merged into."
    )

    def get_merged_into(self, innovation: Innovation) -> str | None:
        return _ref_if_seen(innovation.merged_into, self.context["view"].viewer)


# -- what a decision says and takes beside reason and words ---------------------------
OF_KINDS = [
    "would_change", "organisation", "organisation_name", "follow_up_on", "until_on", "until_what", "into",
    "no_conflict",
]  # fmt: skip


class DecisionShape(serializers.Serializer):
    """What some kinds of decision have. The contact of a signpost is a person and is not told."""

    would_change = serializers.CharField(
        read_only=True, help_text="What would have to be different for another answer."
    )
    organisation = serializers.CharField(
        source="organisation.ref",
        read_only=True,
        allow_null=True,
        help_text="Signpost: the reference of the organisation pointed to.",
    )
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, allow_null=True
    )
    follow_up_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="Signpost: when to ask after it."
    )
    until_on = serializers.DateField(
        read_only=True, allow_null=True, help_text="Park: until this day."
    )
    until_what = serializers.CharField(read_only=True, help_text="Park: until this happens.")
    into = serializers.SerializerMethodField(
        help_text="Merge: the reference of the innovation that goes on."
    )
    no_conflict = serializers.BooleanField(
        read_only=True,
        allow_null=True,
        help_text="Whoever decided said that they have no interest; null: made by a key.",
    )

    def get_into(self, decision: Decision) -> str | None:
        return _ref_if_seen(decision.into, self.context["view"].viewer)


class DecisionDetails(InputSerializer):
    """What some kinds need; what a kind does not use is refused."""

    would_change = serializers.CharField(
        max_length=2000,
        required=False,
        allow_blank=True,
        help_text="Decline, signpost, park: what would change the answer; the standard words unless said.",
    )
    organisation = serializers.CharField(
        max_length=20, required=False, help_text="Signpost: its reference or its ODS code."
    )
    organisation_name = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Signpost: instead of a reference; one of this name is added if there is none.",
    )
    organisation_kind = serializers.ChoiceField(
        choices=OrganisationKind.choices, required=False, help_text="Of one that is added."
    )
    contact_name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Never read back."
    )
    contact_email = serializers.EmailField(
        required=False, help_text="Signpost: gets the introduction. Never read back."
    )
    introduction = serializers.CharField(
        max_length=4000, required=False, help_text="Signpost: what the contact is told."
    )
    follow_up_on = serializers.DateField(
        required=False, help_text="Signpost: when to ask after it."
    )
    until_on = serializers.DateField(required=False, help_text="Park: until this day.")
    until_what = serializers.CharField(
        max_length=300, required=False, help_text="Park: until this happens."
    )
    into = serializers.CharField(
        max_length=20, required=False, help_text="Merge: the reference of the idea that goes on."
    )


SIGNPOST_FIELDS = {
    "organisation", "organisation_name", "organisation_kind", "contact_name", "contact_email", "introduction",
    "follow_up_on",
}  # fmt: skip
USED_BY = {
    DecisionKind.DECLINE: {"would_change"},
    DecisionKind.SIGNPOST: {"would_change", *SIGNPOST_FIELDS},
    DecisionKind.PARK: {"would_change", "until_on", "until_what"},
    DecisionKind.MERGE: {"into"},
}
ALL_DETAILS = set().union(*USED_BY.values())


def details_of(
    view: Any, innovation: Innovation, given: dict[str, Any], reason: Any, by: Any
) -> dict:
    """What was sent for the kind, as the service takes it; inside the caller's transaction.

    :raises Problem: a field of another kind, or an organisation or innovation that is not there
    """
    kind = DecisionKind(given["kind"])
    used = USED_BY.get(kind, set())
    for name in sorted(ALL_DETAILS & set(given)):
        if name not in used:
            raise wrong(name, f"A decision of kind {kind.value} has no such field.")
    details = {name: given[name] for name in used & set(given)}
    if "would_change" in used:
        details.setdefault("would_change", reason.would_change)
    if kind == DecisionKind.SIGNPOST:
        details["organisation"] = _organisation(details, by)
    if kind == DecisionKind.MERGE:
        ref = details.pop("into", "")
        rows = resources.innovations_for(view.viewer).filter(site=innovation.site_id)
        try:
            details["into"] = view.find(rows, ref)
        except Http404 as error:
            raise wrong("into", "No innovation of this site has this reference.") from error
    return details


def _organisation(details: dict[str, Any], by: Any) -> Organisation:
    named, name = details.pop("organisation", ""), details.pop("organisation_name", "")
    kind = details.pop("organisation_kind", OrganisationKind.NHS_PROVIDER)
    if named:
        found = organisation_named(named)
        if found is None:
            raise wrong("organisation", "No organisation has this reference or ODS code.")
        return found
    if not name.strip():
        raise wrong("organisation", "Name the organisation that you point to.")
    return ensure_organisation(name=" ".join(name.split()), kind=kind, by=by)


# -- the clock ---------------------------------------------------------------------------
class StopShape(serializers.Serializer):
    """A time for which the clock stood still."""

    waits_on = serializers.ChoiceField(choices=WaitsOn.choices, help_text="Who had to act.")
    function = serializers.ChoiceField(choices=Function.choices, allow_null=True)
    reason = serializers.ChoiceField(choices=StopReason.choices, allow_null=True)
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True, help_text="Null while it stands.")
    working_days = serializers.IntegerField()


class HolderShape(serializers.Serializer):
    """Who had the idea for how many working days."""

    who = serializers.ChoiceField(choices=HOLDERS)
    function = serializers.ChoiceField(choices=Function.choices, allow_null=True)
    working_days = serializers.IntegerField()


class ClockReading(serializers.Serializer):
    """The clock of one innovation until its first answer, or until today."""

    started_on = serializers.DateField(
        allow_null=True, help_text="Null: imported, without a clock."
    )
    ended_on = serializers.DateField(allow_null=True)
    stops = StopShape(many=True)
    holders = HolderShape(many=True, help_text="The hub first.")


def reading_of(innovation: Innovation) -> dict[str, Any]:
    """What :class:`ClockReading` shows; one query."""
    started, today = innovation.clock_started_on, london_date(timezone.now())
    moves = effective(innovation.moves.order_by("number")) if started else []
    until = innovation.clock_ended_on or today
    shares = time_with(moves, started_on=started, until=until) if started else {}
    return {
        "started_on": started,
        "ended_on": innovation.clock_ended_on,
        "stops": [
            {
                "waits_on": stop.waits_on,
                "function": stop.function or None,
                "reason": stop.reason or None,
                "since": stop.since,
                "until": stop.until,
                "working_days": stop.days,
            }
            for stop in (stops_of(moves, until=today) if moves else ())
        ],
        "holders": [
            {"who": who, "function": function or None, "working_days": days}
            for (who, function), days in shares.items()
        ],
    }


class NewHold(InputSerializer):
    """Whom the idea waits for, and for what."""

    waits_on = serializers.ChoiceField(
        choices=HOLD_FOR,
        help_text="To wait for the submitter, decide to ask.",
    )
    function = serializers.ChoiceField(
        choices=Function.choices, required=False, help_text="With function, and only then."
    )
    reason = serializers.ChoiceField(choices=StopReason.choices)


class NewExemption(InputSerializer):
    """Why an idea does not count against the clock."""

    reason = serializers.ChoiceField(choices=Exemption.choices)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class Acknowledgement(InputSerializer):
    """What the submitter is told."""

    words = serializers.CharField(
        max_length=5000, required=False, help_text="The standard words unless said."
    )


class ClockActions(RetrieveMixin):
    """What the innovations resource does about a clock: each takes the innovation's ETag and answers
    with the innovation."""

    @extend_schema(responses={200: ClockReading})
    @action(detail=True, methods=["get"])
    def clock(self, request, ref: str) -> Response:
        """Who had it for how long: the stops of its clock, and the working days of each."""
        return Response(ClockReading(reading_of(self.get_object())).data)

    @extend_schema(request=NewHold)
    @action(detail=True, methods=["post"])
    def hold(self, request, ref: str) -> Response:
        """Stop the clock while somebody else has to act."""
        return self._do(holds.hold, NewHold)

    @extend_schema(request=NewExemption)
    @action(detail=True, methods=["post"])
    def exempt(self, request, ref: str) -> Response:
        """Leave it out of what is said about the hub's speed."""
        return self._do(holds.exempt, NewExemption)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="lift-exemption", url_name="lift-exemption")
    def lift_exemption(self, request, ref: str) -> Response:
        """Let it count against the clock again."""
        return self._do(holds.lift_exemption)

    @extend_schema(request=Acknowledgement)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request, ref: str) -> Response:
        """Write to the submitter that somebody has looked."""
        innovation = self.get_object()
        self.require_match(innovation)
        given = self.cleaned(Acknowledgement)
        messages.acknowledge(innovation=innovation, by=self.actor, **given)
        return self.record_response(self.reread(innovation))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="bring-back", url_name="bring-back")
    def bring_back(self, request, ref: str) -> Response:
        """Take a parked idea up again before its day."""
        return self._do(decisions.bring_back)

    def _do(self, verb: Any, shape: type[InputSerializer] | None = None) -> Response:
        innovation = self.get_object()
        self.require_match(innovation)
        given = self.cleaned(shape) if shape else {}
        verb(innovation=innovation, by=self.actor, version=innovation.version, **given)
        return self.record_response(self.reread(innovation))


CLOCK_PERMS = {
    "clock": "portfolio.view_innovation",
    "hold": TRIAGE,
    "exempt": TRIAGE,
    "lift_exemption": TRIAGE,
    "acknowledge": "portfolio.message_submitter",
    "bring_back": TRIAGE,
}
CLOCK_WRITES = tuple(name for name in CLOCK_PERMS if name != "clock")
