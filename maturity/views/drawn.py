"""Long parts of pages that are drawn once for as long as they would say the same.

What a part shows is made only when it is drawn, so that a page that has not
changed costs the reading of its rows and not the counting, the charts and the
template.
"""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Model
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hubapp.web.kept import key_of

# Seconds.
KEPT_FOR = 3600
# What decides how rows become a page, in the project's folder.
_DRAWN_BY = ("maturity", "hubapp/web", "hubapp/templatetags", "templates")


def drawn(
    request: HttpRequest,
    template: str,
    says: tuple[Any, ...],
    shown: Callable[[], dict[str, Any]],
) -> SafeString:
    """A template with what ``shown`` makes, drawn once for everybody to whom it says the same.

    :param says: every value that the part shows or that decides what it shows, of models their
        :func:`columns`; never anything of one request. Its forms get the token of whoever asks.
    """
    key = key_of(_how_drawn(), template, says)
    found = cache.get(key)
    if found is None or settings.DEBUG:
        # The key stands where the token goes: nothing that the part says can hold it.
        found = str(render_to_string(template, {**shown(), "csrf_token": key}))
        cache.set(key, found, KEPT_FOR)
    if key in found:
        found = found.replace(key, get_token(request))
    return SafeString(found)


def columns(row: Model | None) -> tuple[Any, ...]:
    """Every column of a row that was read, for what a part says; not of the rows it points to."""
    if row is None:
        return ()
    return tuple(value for name, value in vars(row).items() if name != "_state")


@functools.cache
def _how_drawn() -> str:
    """Changes with the code and the templates, so that the next release draws everything anew."""
    files = [
        path
        for folder in _DRAWN_BY
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*"))
        if path.suffix in (".py", ".html")
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
