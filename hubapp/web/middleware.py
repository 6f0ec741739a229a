"""What happens to every request before and after its view."""

import re
import uuid

import structlog
from django.http import HttpRequest, HttpResponse

from hubapp.events.services import request_id
from hubapp.web import errors

_SAFE_ID = re.compile(r"^[A-Za-z0-9-]{8,36}$")


class RequestIdMiddleware:
    """Gives each request an id that its log lines and its events share."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        current = given if _SAFE_ID.match(given) else str(uuid.uuid4())
        token = request_id.set(current)
        structlog.contextvars.bind_contextvars(request_id=current)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
            structlog.contextvars.clear_contextvars()
        response["X-Request-ID"] = current
        return response


class BadInputMiddleware:
    """Refuses what no form sends and PostgreSQL cannot store: NUL characters in the address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.bad_request(
                request, sentence="The address holds a character that no page uses."
            )
        return self.get_response(request)
