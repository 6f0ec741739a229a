"""The OpenAPI description, taken from the views: what every operation has in common is added here."""

from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.plumbing import is_list_serializer
from drf_spectacular.utils import OpenApiParameter

from hubapp.api.serializers import FIELDS, InputSerializer, ProblemSerializer

PROBLEM = "application/problem+json"
WORDS = {
    "400": "Something that was sent is wrong; `errors` says what by field, parameter or header.",
    "401": "No credentials, or wrong ones.",
    "403": "The caller may see this but not do this.",
    "404": "There is nothing here for the caller: missing and foreign records answer alike.",
    "406": "The Accept header names no form that this has.",
    "409": "The record's state does not allow it, or the first request with this key is still at work.",
    "412": "The record changed since it was read.",
    "415": "Send JSON.",
    "422": "The Idempotency-Key was used for another request.",
    "428": "If-Match is missing.",
    "429": "Too many requests: wait as long as Retry-After says.",
}


class AutoSchema(SpectacularSchema):
    """drf-spectacular with the product's conventions."""

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        action = getattr(self.view, "action", None)
        serializer = self.get_response_serializers()
        if self.method == "GET" and serializer is not None:
            parameters.append(
                OpenApiParameter(
                    FIELDS,
                    str,
                    description="Only these fields, separated by commas; the others are then left out, required or not.",
                )
            )
        if self.method == "GET" and action == "retrieve" and self._sends_etag():
            parameters.append(
                OpenApiParameter(
                    "If-None-Match",
                    str,
                    OpenApiParameter.HEADER,
                    description="Gives 304 when still so.",
                )
            )
        if self._is_matched():
            parameters.append(
                OpenApiParameter(
                    "If-Match",
                    str,
                    OpenApiParameter.HEADER,
                    required=True,
                    description="The ETag of what was read.",
                )
            )
        if self._is_idempotent():
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": "^[!-~]{1,255}$"},
                    OpenApiParameter.HEADER,
                    description="Sent again with the same request, gives the first answer again.",
                )
            )
        return parameters

    def _handler(self) -> Any:
        return getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)

    def _is_idempotent(self) -> bool:
        return bool(getattr(self._handler(), "idempotent", False))

    def _is_matched(self) -> bool:
        """Whether the operation writes to something that exists."""
        return getattr(self.view, "action", None) in getattr(self.view, "matched", ())

    def _is_list_view(self, serializer=None) -> bool:
        # Other answers are arrays too where they say many=True; those come whole and have no pages.
        return self._is_list() or is_list_serializer(serializer)

    def _is_list(self) -> bool:
        return getattr(self.view, "action", None) == "list"

    def _get_paginator(self) -> Any:
        return super()._get_paginator() if self._is_list() else None

    def _sends_etag(self) -> bool:
        action = getattr(self.view, "action", None)
        if action in getattr(self.view, "untagged", ()):
            return False
        return action == "retrieve" or action in getattr(self.view, "tagged", ())

    def get_filter_backends(self) -> list[Any]:
        return super().get_filter_backends() if self._is_list() else []

    def _get_response_bodies(self, direction="response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        action = getattr(self.view, "action", None)
        codes = ["400", "401", "403", "404", "406", "429"]
        if self.method not in ("GET", "HEAD"):
            codes += ["409", "415"]
        if self._is_matched():
            codes += ["412", "428"]
        if self._is_idempotent():
            codes += ["422"]
        for code in sorted(codes):
            if code not in bodies:
                bodies[code] = self._get_response_for_code(
                    ProblemSerializer, code, [PROBLEM], direction
                )
                bodies[code]["description"] = WORDS[code]
        if self.method == "GET" and action == "retrieve" and self._sends_etag():
            bodies["304"] = {"description": "Still as the caller has it."}
        for code in ("200", "201"):
            if code not in bodies:
                continue
            headers = bodies[code].setdefault("headers", {})
            if self._sends_etag():
                headers["ETag"] = {
                    "schema": {"type": "string"},
                    "description": "Send it back as If-Match.",
                }
            if not headers:
                del bodies[code]["headers"]
        if self._is_list() and "200" in bodies:
            bodies["200"].setdefault("content", {})["text/csv"] = {
                "schema": {"type": "string", "description": "The whole list, with a header row."}
            }
        return dict(sorted(bodies.items()))

    def map_renderers(self, attribute: str) -> list[Any]:
        # CSV is a string and no array: described above.
        found = super().map_renderers(attribute)
        return [item for item in found if item not in ("text/csv", "csv")] or found

    def _map_basic_serializer(self, serializer, direction):
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and getattr(
            serializer, "strict", isinstance(serializer, InputSerializer)
        ):
            schema["additionalProperties"] = False
        return schema
