"""Shapes of what is read and written."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hubapp.api.problems import bad_parameter

FIELDS = "fields"


class InstantField(serializers.DateTimeField):
    """ISO 8601 in UTC, ending in Z."""

    def __init__(self, **kwargs):
        super().__init__(default_timezone=dt.UTC, **kwargs)


@extend_schema_field({"type": "string", "format": "decimal"})
class DecimalString(serializers.Field):
    """A decimal as text, exact and without trailing noughts: "3.5", "-12"."""

    def __init__(self, **kwargs):
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Decimal) -> str:
        text = f"{Decimal(value):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class SiteField(serializers.CharField):
    """The code of the record's site. Select ``site`` with the rows."""

    def __init__(self, **kwargs):
        super().__init__(
            source="site.code", read_only=True, help_text="The code of the site.", **kwargs
        )


class _Sparse(serializers.Serializer):
    """``?fields=ref,title``: only these, in this order."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.asked is not None:
            self.fields  # noqa: B018 - a wrong name is refused even where there are no rows

    @property
    def asked(self) -> str | None:
        # Nested serializers are made without a context, so only the outermost is narrowed.
        request = self._context.get("request")
        if request is None or request.method not in ("GET", "HEAD"):
            return None
        return request.query_params.get(FIELDS)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if self.asked is None:
            return fields
        names = [name.strip() for name in self.asked.split(",")]
        if not set(names) <= set(fields):
            raise bad_parameter(FIELDS, f"choose among {', '.join(fields)}.")
        return {name: fields[name] for name in names}


class RecordSerializer(_Sparse, serializers.ModelSerializer):
    """Base of what is read: instants in UTC, sparse fields."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
    }


class ShapeSerializer(_Sparse, serializers.Serializer):
    """Base of what is read and is no model: the same rules."""


class InputSerializer(serializers.Serializer):
    """Base of what is written. A name it does not know is refused, so that no typing error goes unseen."""

    strict = True

    def to_internal_value(self, data: Any):
        if isinstance(data, dict):
            writable = [name for name, field in self.fields.items() if not field.read_only]
            unknown = [str(name) for name in data if name not in writable]
            if unknown:
                sentence = f"There is no such field here. Choose among {', '.join(writable)}."
                raise serializers.ValidationError({name: [sentence] for name in unknown})
        return super().to_internal_value(data)


class ProblemSerializer(serializers.Serializer):
    """``application/problem+json``, for the schema."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # the field shadows the property of that name
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Sentences by the name of the field, parameter or header that is wrong.",
    )
