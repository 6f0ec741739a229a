"""The instant at which services act.

It is now, but for demo data, which tells of the past: inside ``acting_at``
services write rows and events as of then. Nothing else may use it; whatever
decides what is due (the outbox, limits, links) reads the real clock.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_at: ContextVar[dt.datetime | None] = ContextVar("acting_at", default=None)


def now() -> dt.datetime:
    """The instant, in UTC, that a service writes down."""
    return _at.get() or timezone.now()


@contextmanager
def acting_at(at: dt.datetime) -> Iterator[None]:
    """Act as of ``at`` (aware): for demo data."""
    token = _at.set(at)
    try:
        yield
    finally:
        _at.reset(token)
