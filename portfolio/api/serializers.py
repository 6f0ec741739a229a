"""Shapes of the portfolio.

No shape holds a submitter's or an enquirer's name or address: who wants to
write to somebody does so from the innovation's page. People at the desk appear
by the reference of their account.
"""

from rest_framework import serializers

from hubapp.actors import ActorKind
from hubapp.api.serializers import InputSerializer, RecordSerializer, SiteField
from portfolio.api.classification import FIELDS as CLASSIFICATION
from portfolio.api.classification import ClassificationChanges, ClassificationShape
from portfolio.api.desk import CLOCK, OF_KINDS, ClockShape, DecisionDetails, DecisionShape
from portfolio.enums import (
    CHOICES,
    DecisionKind,
    EnquiryKind,
    InnovationType,
    SubmitterKind,
)
from portfolio.models import (
    Decision,
    DecisionReason,
    Enquiry,
    Innovation,
)
from portfolio.models.submission import LONG_TEXT, SHORT_TEXT

# The kinds that somebody may choose.
DECISION_CHOICES = [(kind.value, kind.label) for kind in CHOICES]
ASSIGNEE = "The reference of the account it is assigned to; null: nobody."


class CodeOrNull(serializers.ChoiceField):
    """A code of an enum; what is empty in the record is null outside."""

    def __init__(self, choices, **kwargs):
        super().__init__(choices=choices, read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value):
        return value or None


class InnovationSerializer(ClockShape, ClassificationShape, RecordSerializer):
    """One idea at one site, from triage onwards."""

    site = SiteField()
    innovation_type = CodeOrNull(InnovationType.choices, help_text="Null until somebody says.")
    submitter_kind = CodeOrNull(
        SubmitterKind.choices, help_text="Who sent it, by kind; null if not known."
    )
    assignee = serializers.CharField(
        source="assignee.ref", read_only=True, allow_null=True, help_text=ASSIGNEE
    )
    call = serializers.CharField(
        source="call.ref",
        read_only=True,
        allow_null=True,
        help_text="The reference of the call that it was sent for.",
    )

    class Meta:
        model = Innovation
        fields = [
            "ref", "site", "title", "problem", "for_whom", "idea", "innovation_type", "is_confidential",
            "channel", "submitter_kind", "state", "state_since", "assignee", "received_at", "received_on",
            "queued_at", "clock_started_on", "days_allowed", "due_on", "clock_ended_on", "clock_due_on",
            "first_decided_on", "decision_days", "created_at", "updated_at", *CLASSIFICATION, "call",
            *CLOCK,
        ]  # fmt: skip
        read_only_fields = fields


class NewInnovation(InputSerializer):
    """An idea added on someone's behalf: a title is enough."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    title = serializers.CharField(max_length=SHORT_TEXT)
    problem = serializers.CharField(max_length=LONG_TEXT, required=False, allow_blank=True)
    for_whom = serializers.CharField(max_length=LONG_TEXT, required=False, allow_blank=True)
    idea = serializers.CharField(max_length=LONG_TEXT, required=False, allow_blank=True)
    innovation_type = serializers.ChoiceField(choices=InnovationType.choices, required=False)
    submitter_kind = serializers.ChoiceField(choices=SubmitterKind.choices, required=False)
    is_confidential = serializers.BooleanField(
        required=False, help_text="Only the desk sees it then: an API key gets 404 afterwards."
    )
    name = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Who had the idea. Never read back.",
    )
    email = serializers.EmailField(
        required=False,
        allow_blank=True,
        help_text="Gets the link to follow the idea. Never read back.",
    )


class InnovationChanges(ClassificationChanges):
    """What may be corrected of an innovation."""

    title = serializers.CharField(max_length=SHORT_TEXT, required=False)
    innovation_type = serializers.ChoiceField(choices=InnovationType.choices, required=False)
    assignee = serializers.CharField(
        max_length=20,
        required=False,
        allow_null=True,
        help_text="The reference of a member's account, “me”, or null for nobody.",
    )


class ActedBySerializer(RecordSerializer):
    """What has an author: a kind, and the reference of an account or key."""

    author_kind = serializers.ChoiceField(
        source="actor_kind", choices=ActorKind.choices, read_only=True
    )
    author_ref = serializers.CharField(
        source="actor_ref", read_only=True, help_text="Of an account or a key; never a name."
    )


class DecisionSerializer(DecisionShape, ActedBySerializer):
    """One decision with the words the submitter reads. It never changes; undoing adds one of kind undo."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    reason_code = serializers.CharField(
        read_only=True, help_text="Empty only where the kind is undo."
    )
    reverses = serializers.SerializerMethodField(help_text="The decision that this one undoes.")
    reversed_by = serializers.SerializerMethodField(
        help_text="The decision that undid this one; null while it stands."
    )

    class Meta:
        model = Decision
        fields = [
            "ref", "site", "innovation", "number", "kind", "reason_code", "reason_label", "words", "next_step",
            "made_at", "made_on", "release_at", "reverses", "reversed_by", "author_kind", "author_ref", *OF_KINDS,
        ]  # fmt: skip
        read_only_fields = fields

    def get_reverses(self, decision: Decision) -> str | None:
        return _ref_of(decision, "reverses")

    def get_reversed_by(self, decision: Decision) -> str | None:
        return _ref_of(decision, "reversed_by")


def _ref_of(decision: Decision, name: str) -> str | None:
    """The reference of another decision: read with a list of them, or looked up for one just made."""
    read = vars(decision)
    if f"{name}_ref" in read:
        return read[f"{name}_ref"]
    other = getattr(decision, name, None)
    return other.ref if other else None


class NewDecision(DecisionDetails):
    """A decision on what waits in triage. Its mail is held; until ``release_at`` it can be undone."""

    kind = serializers.ChoiceField(choices=DECISION_CHOICES)
    reason_code = serializers.CharField(
        max_length=40, help_text="A code of decision-reasons, of the same kind."
    )
    words = serializers.CharField(
        max_length=4000,
        required=False,
        help_text="What the submitter will read; the site's standard words unless said.",
    )
    next_step = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="Likewise."
    )


class ReasonSerializer(RecordSerializer):
    """A coded reason with the site's standard words."""

    site = SiteField()
    kind = serializers.ChoiceField(choices=DecisionKind.choices, read_only=True)

    class Meta:
        model = DecisionReason
        fields = [
            "ref",
            "site",
            "kind",
            "code",
            "label",
            "words",
            "next_step",
            "would_change",
            "is_active",
            "position",
        ]
        read_only_fields = fields


class EnquirySerializer(ActedBySerializer):
    """A question, help with a bid, or an introduction: not an idea. The author is who logged it."""

    site = SiteField()
    assignee = serializers.CharField(
        source="assignee.ref", read_only=True, allow_null=True, help_text=ASSIGNEE
    )

    class Meta:
        model = Enquiry
        fields = [
            "ref", "site", "kind", "subject", "detail", "state", "answer", "signposted_to", "assignee",
            "received_at", "received_on", "closed_at", "closed_on", "updated_at", "author_kind", "author_ref",
        ]  # fmt: skip
        read_only_fields = fields


class NewEnquiry(InputSerializer):
    """An enquiry to log, received now."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    kind = serializers.ChoiceField(choices=EnquiryKind.choices)
    subject = serializers.CharField(max_length=SHORT_TEXT)
    detail = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Who asked. Never read back."
    )
    email = serializers.EmailField(required=False, allow_blank=True, help_text="Never read back.")


class EnquiryAnswer(InputSerializer):
    """What was answered."""

    answer = serializers.CharField(max_length=5000)


class Signpost(InputSerializer):
    """Who can help instead."""

    to = serializers.CharField(max_length=SHORT_TEXT)
    answer = serializers.CharField(max_length=5000, required=False, allow_blank=True)
