"""Filters of the numbers."""

import datetime as dt
import re

import django_filters
from django import forms
from drf_spectacular.utils import extend_schema_field

from hubapp.api.filters import DateField, FilterSet, InstantFilter, SiteFilter, UpdatedSinceFilter
from kpis.definitions import REGISTRY
from kpis.enums import Grain, Status

NOT_A_DAY = "write a date as 2026-10-31, or a month as 2026-10."


class DayField(DateField):
    """A date, or a month, which stands for its first day: months begin on it."""

    def to_python(self, value) -> dt.date | None:
        if value and not value.isascii():
            raise forms.ValidationError(NOT_A_DAY)
        month = bool(value and re.fullmatch(r"\d{4}-\d{2}", value))
        try:
            return super().to_python(f"{value}-01" if month else value)
        except forms.ValidationError as error:
            raise forms.ValidationError(NOT_A_DAY) from error


@extend_schema_field(
    {
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$",
        "description": "Compared with the day that the period begins; a month stands for its first day.",
    }
)
class DayFilter(django_filters.DateFilter):
    field_class = DayField


class KpiValueFilters(FilterSet):
    """Without ``as_of``, the versions that stand."""

    to = DayFilter("period_start", "lte")
    kpi = django_filters.ChoiceFilter(choices=[(key, each.title) for key, each in REGISTRY.items()])
    site = SiteFilter()
    grain = django_filters.ChoiceFilter(choices=Grain.choices)
    status = django_filters.ChoiceFilter(
        # Suppression is decided on reading, so it cannot be asked of the store.
        choices=[choice for choice in Status.choices if choice[0] != Status.SUPPRESSED]
    )
    updated_since = UpdatedSinceFilter("computed_at")
    as_of = InstantFilter(
        method="standing_at",
        help_text="Each number in the version that stood at this instant, rather than the one that stands.",
    )

    def standing_at(self, rows, name: str, instant: dt.datetime):
        return rows.standing_at(instant)

    # "from" is a word of Python's own and cannot be assigned to by name.
    vars()["from"] = DayFilter("period_start", "gte")

    def filter_queryset(self, rows):
        if not self.form.cleaned_data.get("as_of"):
            rows = rows.current()
        return super().filter_queryset(rows)
