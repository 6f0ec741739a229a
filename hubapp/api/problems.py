"""What the API answers when something is wrong: ``application/problem+json`` (RFC 9457).

``{"type", "title", "status", "detail"}``, and ``errors`` (name of a field,
parameter or header → sentences) where something that was sent is wrong.
"""

import json
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from hubapp.problems import Refused, Stale

CONTENT_TYPE = "application/problem+json"
# Errors of the whole of what was sent, which no single field caused.
BODY = "body"

NOT_FOUND = "There is nothing here for you."
FORBIDDEN = "Your role does not allow this."
NO_KEY = "Send an API key as “Authorization: Bearer <key>”, or sign in."
SCOPE = "This API key does not have the scope that this needs."


class Problem(exceptions.APIException):
    """An answer other than success, with what was wrong by field, parameter or header."""

    # Seconds after which it is worth trying again.
    wait: float | None = None

    def __init__(self, status: int, detail: str, errors: dict[str, list[str]] | None = None):
        self.status_code = status
        self.sentence = detail
        self.errors = errors or {}
        super().__init__(detail)


def refused_to(viewer: Any) -> PermissionDenied:
    """403: the scope that a key lacks, or the role that a person does."""
    return PermissionDenied(SCOPE if viewer.is_key else FORBIDDEN)


def bad_parameter(name: str, sentence: str) -> Problem:
    """400: a query parameter is unknown or has a wrong value."""
    return Problem(400, f"The parameter “{name}” is not right: {sentence}", {name: [sentence]})


def bad_header(name: str, sentence: str) -> Problem:
    """400: a header has a wrong value."""
    return Problem(400, f"The header {name} is not right: {sentence}", {name: [sentence]})


def unknown_site(name: str = "site") -> Problem:
    """404: no such site, or one that is not the caller's; nobody can tell which."""
    return Problem(404, NOT_FOUND, {name: ["None of your sites has this code."]})


def problem(
    status: int,
    detail: str,
    errors: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """The response itself."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase.capitalize(),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    # Escaped to ASCII: an echoed half of a surrogate pair could not be encoded.
    response = HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST framework's ``EXCEPTION_HANDLER``. What it does not know stays a 500."""
    headers: dict[str, str] = {}
    if isinstance(exception, exceptions.APIException):
        if challenge := getattr(exception, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if wait := getattr(exception, "wait", None):
            headers["Retry-After"] = str(int(wait))
    match exception:
        case Problem():
            return problem(exception.status_code, exception.sentence, exception.errors, headers)
        case Stale():
            return problem(412, str(exception))
        case Refused():
            return problem(409, str(exception))
        case Http404() | exceptions.NotFound():
            return problem(404, NOT_FOUND)
        case PermissionDenied():
            return problem(403, str(exception) or FORBIDDEN)
        case RequestDataTooBig():
            return problem(400, "What was sent is too large.", {BODY: ["This is too large."]})
        case exceptions.ValidationError():
            return _invalid(flat(exception.detail))
        case ValidationError():
            return _invalid(_of_model(exception))
        case exceptions.NotAuthenticated():
            return problem(401, NO_KEY, headers=headers)
        case exceptions.ParseError():
            return problem(400, str(exception.detail), {BODY: [str(exception.detail)]})
        case exceptions.APIException():
            return problem(exception.status_code, str(exception.detail), headers=headers)
    return None


def _invalid(errors: dict[str, list[str]]) -> HttpResponse:
    names = ", ".join(errors)
    return problem(400, f"Some of what was sent is not right: {names}.", errors)


def _of_model(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {
            BODY if name == "__all__" else name: texts for name, texts in error.message_dict.items()
        }
    return {BODY: list(error.messages)}


def flat(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Errors of nested serializers under dotted names, such as ``answers.0.value``."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            own = (
                prefix or BODY
                if name == "non_field_errors"
                else f"{prefix}.{name}"
                if prefix
                else str(name)
            )
            for key, texts in flat(inner, own).items():
                found.setdefault(key, []).extend(texts)
        return found
    if isinstance(detail, list):
        if any(isinstance(item, dict | list) for item in detail):
            found = {}
            for index, item in enumerate(detail):
                if item:
                    found.update(flat(item, f"{prefix}.{index}" if prefix else str(index)))
            return found
        return {prefix or BODY: [str(item) for item in detail]}
    return {prefix or BODY: [str(detail)]}
