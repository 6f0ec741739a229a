"""Writing events: always inside the transaction of the change they tell of."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import models, transaction

from hubapp import instants
from hubapp.actors import Actor
from hubapp.events.models import Event

request_id: ContextVar[str] = ContextVar("request_id", default="")
_operation: ContextVar[uuid.UUID | None] = ContextVar("operation", default=None)


class OutsideTransaction(RuntimeError):
    """An event was recorded where a failure would not undo what it tells of."""


def record(
    verb: str,
    *,
    by: Actor,
    subject: models.Model,
    site_id: int | None = None,
    changes: dict | None = None,
) -> Event:
    """Append one event about ``subject`` (a model instance with a ``ref``).

    ``changes`` maps field names to codes or ``[old code, new code]``; never
    free text, names or addresses. ``site_id`` defaults to the subject's own.
    Raises :class:`OutsideTransaction` outside ``atomic``.
    """
    return record_many(verb, by=by, subjects=[(subject, changes or {})], site_id=site_id)[0]


def record_many(
    verb: str,
    *,
    by: Actor,
    subjects: list[tuple[models.Model, dict]],
    site_id: int | None = None,
) -> list[Event]:
    """One event for each ``(subject, changes)``, written together: for bulk verbs."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(f"{verb} was recorded outside a transaction")
    now = instants.now()
    operation_id = _operation.get() or uuid.uuid4()
    rows = []
    for subject, changes in subjects:
        # A site's own ``site_id`` is its id; what belongs to no site has none.
        site = getattr(subject, "site_id", None)
        rows.append(
            Event(
                at=now,
                verb=verb,
                actor_kind=by.kind,
                actor_ref=by.ref,
                site_id=site_id if site_id is not None else site,
                subject_kind=subject._meta.label_lower,
                subject_ref=str(getattr(subject, "ref")),  # noqa: B009 - models share no base with a ref
                changes=changes,
                operation_id=operation_id,
                request_id=request_id.get(),
            )
        )
    return Event.objects.bulk_create(rows)


@contextmanager
def operation() -> Iterator[uuid.UUID]:
    """Gives every event recorded inside the same ``operation_id``."""
    shared = _operation.get() or uuid.uuid4()
    token = _operation.set(shared)
    try:
        yield shared
    finally:
        _operation.reset(token)
