"""Addresses of this hub: made whole for mails, and told apart from everybody else's."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def absolute(path: str) -> str:
    """A full address, for whoever reads it outside of the browser."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def own_path(request: HttpRequest, wanted: str, otherwise: str) -> str:
    """``wanted`` if it is a page of this hub, else ``otherwise``: a form must not send people elsewhere.

    It begins with a slash: ``redirect`` would take a bare word for the name of a page.
    """
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted.startswith("/") and ours else otherwise
