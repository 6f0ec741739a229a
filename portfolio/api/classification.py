"""What an idea is said to be, as fields of the innovations resource."""

from typing import Any

from rest_framework import serializers

from hubapp.api.serializers import InputSerializer
from portfolio.enums import (
    BenefitArea,
    CareSetting,
    Category,
    Focus,
    IdeaSource,
    InnovationType,
    LabelKind,
    Origin,
    Priority,
)
from portfolio.models import Innovation
from portfolio.services.classification import LONGEST_TAG, MOST_TAGS

# In the order in which they are shown.
FIELDS = [
    "further_types", "source", "focus", "origin", "category", "benefit_areas", "care_setting", "trl", "priority",
    "tags",
]  # fmt: skip
_UNSAID = "Null until somebody says."


class _Code(serializers.ChoiceField):
    """A code; what is empty in the record is null outside."""

    def __init__(self, choices, **kwargs):
        super().__init__(
            choices=choices, read_only=True, allow_null=True, help_text=_UNSAID, **kwargs
        )

    def to_representation(self, value):
        return value or None


class _Labels(serializers.ListField):
    """The values of one kind of label, in order; the labels come with the rows."""

    def __init__(self, kind: LabelKind, **kwargs):
        self.kind = kind
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, innovation: Innovation) -> list[str]:  # type: ignore[override]  # the record
        return sorted(
            label.value for label in innovation.labels.all() if label.kind == self.kind.value
        )


class ClassificationShape(serializers.Serializer):
    """What is read."""

    further_types = _Labels(
        LabelKind.TYPE, child=serializers.ChoiceField(choices=InnovationType.choices)
    )
    # Here and below: the field shadows an attribute of every field.
    source = _Code(IdeaSource.choices)  # type: ignore[assignment]  # a field, as others are
    focus = _Code(Focus.choices)
    origin = _Code(Origin.choices)
    category = _Code(Category.choices)
    benefit_areas = _Labels(
        LabelKind.BENEFIT, child=serializers.ChoiceField(choices=BenefitArea.choices)
    )
    care_setting = _Code(CareSetting.choices)
    trl = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Technology readiness level, 1 to 9."
    )
    priority = _Code(Priority.choices)
    tags = _Labels(LabelKind.TAG, child=serializers.CharField())


def _code(choices) -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=choices, required=False, allow_null=True, help_text="Null takes it away."
    )


class ClassificationChanges(InputSerializer):
    """What is written. A list replaces the one before."""

    further_types = serializers.ListField(
        child=serializers.ChoiceField(choices=InnovationType.choices), required=False
    )
    source = _code(IdeaSource.choices)  # type: ignore[assignment]  # a field, as others are
    focus = _code(Focus.choices)
    origin = _code(Origin.choices)
    category = _code(Category.choices)
    benefit_areas = serializers.ListField(
        child=serializers.ChoiceField(choices=BenefitArea.choices), required=False
    )
    care_setting = _code(CareSetting.choices)
    trl = serializers.IntegerField(
        min_value=1, max_value=9, required=False, allow_null=True, help_text="1 to 9."
    )
    priority = _code(Priority.choices)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG),
        max_length=MOST_TAGS,
        required=False,
        help_text=f"At most {MOST_TAGS}; compared without capitals and accents.",
    )


def taken_out(given: dict[str, Any]) -> dict[str, Any]:
    """Take the classification out of what was sent, as the service wants it."""
    said = {name: given.pop(name) for name in FIELDS if name in given}
    return {name: "" if value is None and name != "trl" else value for name, value in said.items()}
