"""Rate limits of the public forms: Django REST framework's throttles, on pages."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from hubapp.web.words import counted


def client_address(request: HttpRequest) -> str:
    """The caller's address, believing only as many proxies as ``TRUSTED_PROXIES`` says."""
    hops = [
        hop.strip()
        for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if hop.strip()
    ]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(hops) >= trusted:
        return hops[-trusted]
    return request.META.get("REMOTE_ADDR", "")


class _Limit(SimpleRateThrottle):
    cache_format = "limit_%(scope)s_%(ident)s"

    def __init__(self, scope: str):
        self.scope = scope
        super().__init__()

    def get_cache_key(self, request, view=None):
        return self.cache_format % {"scope": self.scope, "ident": client_address(request)}


def too_many(request: HttpRequest, scope: str) -> int:
    """Count this request under ``scope``; returns how many seconds to wait, 0 when it may go on.

    Scopes and their rates are ``DEFAULT_THROTTLE_RATES`` in the settings.
    """
    limit = _Limit(scope)
    # The throttle asks nothing of either but what get_cache_key() asks.
    if limit.allow_request(cast(Request, request), cast(APIView, None)):
        return 0
    return max(1, int(limit.wait() or 1))


def waiting_words(seconds: int) -> str:
    """When to try again, in words: "in 1 minute", "in 12 minutes"."""
    return f"in {counted(-(-seconds // 60), 'minute')}"
