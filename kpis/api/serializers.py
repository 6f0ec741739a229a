"""Shapes of the numbers."""

from typing import Any

from rest_framework import serializers

from hubapp.api.serializers import DecimalString, InstantField, ShapeSerializer, SiteField
from kpis import queries
from kpis.enums import Direction, Grain, Kind, Status, Unit
from kpis.models import KpiValue


class KpiSerializer(ShapeSerializer):
    """What a KPI means and how it is counted."""

    kpi = serializers.CharField(source="key", help_text="Its name everywhere in the API.")
    version = serializers.IntegerField(help_text="Raised when what is counted changes.")
    title = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=Kind.choices,
        help_text="Counts and sums add up; divide ratios again, from the sums of numerator and denominator; "
        "medians can be had from contributions only.",
    )
    unit = serializers.ChoiceField(choices=Unit.choices)
    direction = serializers.ChoiceField(choices=Direction.choices)
    meaning = serializers.CharField()
    how_counted = serializers.CharField()


class KpiValueSerializer(ShapeSerializer):
    """One version of one number. Decimals are strings; percentages run from 0 to 100."""

    ref = serializers.CharField()
    kpi = serializers.CharField()
    site = SiteField()
    grain = serializers.ChoiceField(choices=Grain.choices)
    period_start = serializers.DateField(help_text="The first day, in Europe/London.")
    period_end = serializers.DateField(help_text="The last day, in Europe/London.")
    value = DecimalString(allow_null=True, help_text="Null when suppressed or without data.")
    numerator = DecimalString(allow_null=True, help_text="Null for medians.")
    denominator = DecimalString(allow_null=True, help_text="Null for medians and counts.")
    n = serializers.IntegerField(allow_null=True, help_text="How many records are behind it.")
    status = serializers.ChoiceField(choices=Status.choices)
    definition_version = serializers.IntegerField()
    version = serializers.IntegerField(
        help_text="1 for the first; a number that changed is a new one."
    )
    is_current = serializers.BooleanField(
        help_text="Whether this version stands; false once another took its place."
    )
    computed_at = InstantField()
    restated_because = serializers.CharField(
        help_text="Why a number that was final changed; empty otherwise."
    )

    def to_representation(self, row: KpiValue) -> dict:
        """Through the disclosure door, like every other way out."""
        return super().to_representation(queries.figure(self.context["view"].viewer, row))


class _Contributions(serializers.ListSerializer):
    """A page of contributions: what the caller may know of the records is asked once for all."""

    def to_representation(self, data: Any) -> list[dict]:
        view = self.context["view"]
        return super().to_representation(
            queries.records_behind(view.viewer, view.value.site, list(data))
        )


class ContributionSerializer(ShapeSerializer):
    """What one record gave to a value. All of them add up to it."""

    record_kind = serializers.CharField(
        source="contribution.record_kind", help_text="Such as “portfolio.innovation”."
    )
    record_ref = serializers.CharField(
        allow_null=True, help_text="Null where the caller may not know which one it is."
    )
    numerator = DecimalString(source="contribution.numerator", allow_null=True)
    denominator = DecimalString(source="contribution.denominator", allow_null=True)
    measure = DecimalString(
        source="contribution.measure", allow_null=True, help_text="What a median is taken of."
    )

    class Meta:
        list_serializer_class = _Contributions
