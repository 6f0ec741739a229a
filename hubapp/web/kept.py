"""Parts of pages that are drawn once for as long as they would say the same.

What a part shows is made only when it is drawn, so that a page that has not changed costs the
reading of its rows and not the counting, the charts and the template. Nothing of it ever has to be
thrown away: what says something else has another key.
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

__all__ = ["columns", "drawn", "how_made", "key_of"]

# Seconds.
KEPT_FOR = 3600
# Where it is written how rows become a page.
_APPS = ("hubapp", "accounts", "portfolio", "maturity", "kpis", "partners", "templates")


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
    key = key_of(how_made(), template, says)
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
def how_made() -> str:
    """Changes with the code and the templates, so that the next release draws and counts everything anew."""
    files = [
        path
        for folder in _APPS
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*"))
        if path.suffix in (".py", ".html")
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def key_of(*said: object) -> str:
    """A key that tells what is said from everything else.

    :param said: texts, numbers, dates and what is built of them, down to dataclasses; no model, whose
        repr does not tell all of it
    """
    return hashlib.sha256(repr(said).encode()).hexdigest()
