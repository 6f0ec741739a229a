"""Filters of lists: declared once, documented by the schema, strict about what they are given."""

import datetime as dt
import re

import django_filters
from django import forms
from django.utils.dateparse import parse_date, parse_datetime
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field

from hubapp.api.problems import refused_to, unknown_site

# Far enough for any record, near enough for every database and time zone.
FIRST_YEAR, LAST_YEAR = 1900, 2200
NOT_A_DATE = "write a date as 2026-10-31."
NOT_AN_INSTANT = "write an instant with its zone, as 2026-10-31T09:30:00Z."


class DateField(forms.Field):
    """An ISO 8601 date, and no other way of writing one: 01/02 is two different days."""

    def to_python(self, value) -> dt.date | None:
        if not value:
            return None
        try:
            found = (
                parse_date(value) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else None
            )
        except ValueError:
            found = None
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise forms.ValidationError(NOT_A_DATE)
        return found


class InstantField(forms.Field):
    """An ISO 8601 instant with its offset."""

    def to_python(self, value) -> dt.datetime | None:
        if not value:
            return None
        try:
            if not value.isascii():
                raise ValueError(value)  # digits of other scripts
            # An unescaped "+" in an address arrives as a blank.
            found = parse_datetime(value.replace(" ", "+") if "T" in value else value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise forms.ValidationError(NOT_AN_INSTANT)
        return found


class DateFilter(django_filters.DateFilter):
    field_class = DateField


class InstantFilter(django_filters.IsoDateTimeFilter):
    field_class = InstantField


@extend_schema_field({"type": "string"})
class SiteFilter(django_filters.CharFilter):
    """``site=<code>`` in any case: 404 unless it is the caller's, 403 if they may not read this there."""

    def __init__(self, field_name: str = "site", **kwargs):
        kwargs.setdefault("help_text", "A site's code, in any case.")
        kwargs.setdefault("max_length", 40)
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs, value):
        if not value:
            return qs
        request = self.parent.request
        site = request.user.viewer.site_by_code(value)
        if site is None:
            raise unknown_site()
        view = request.parser_context["view"]
        if not request.user.has_perm(view.perms[view.action], site):
            raise refused_to(request.user.viewer)
        return qs.filter(**{self.field_name: site.pk})


class UpdatedSinceFilter(InstantFilter):
    """``updated_since=<instant>``: what changed at or after it."""

    def __init__(self, field_name: str = "updated_at", **kwargs):
        kwargs.setdefault(
            "help_text",
            "What changed at this instant or later. Changes of one moment may become visible in any order: "
            "ask again from a minute before the last one seen.",
        )
        super().__init__(field_name=field_name, lookup_expr="gte", **kwargs)


class SeveralFilter(django_filters.MultipleChoiceFilter):
    """One of several values of a column of the row itself, which no join repeats.

    So nothing has to be made distinct, which would sort every row that is found to show the first few.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, distinct=False, **kwargs)

    def filter(self, qs, value):
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class FilterSet(django_filters.FilterSet):
    """Base of every list's filters."""


class FilterBackend(DjangoFilterBackend):
    """django-filter; a wrong value is a 400 that names the parameter.

    That every parameter is known, and given once, is checked before, by the view.
    """

    raise_exception = True
