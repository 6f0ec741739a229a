"""The one way to change what is otherwise immutable: openly, with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

# The reason it is open for; "" while it is shut.
_open: ContextVar[str] = ContextVar("maintenance_open", default="")

# What may be changed afterwards and why; each is described in docs/data-protection.md.
REASONS = frozenset({"retention", "erasure", "redaction", "restore", "test teardown"})


def is_open() -> bool:
    """Whether this thread of work may change protected rows."""
    return bool(_open.get())


@contextmanager
def maintenance(reason: str) -> Iterator[None]:
    """Let protected rows change inside, for one of :data:`REASONS`.

    All but the test teardown need a transaction, in which the caller records
    an event that says what was done.
    """
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is not a reason for maintenance")
    if reason != "test teardown" and not transaction.get_connection().in_atomic_block:
        raise RuntimeError("maintenance needs a transaction")
    outer = _open.get()
    token = _open.set(reason)
    _tell(reason)
    try:
        yield
    finally:
        _open.reset(token)
        # In a broken transaction PostgreSQL forgets the setting by itself.
        if not connection.needs_rollback:
            # Inside another piece of maintenance it stays open.
            _tell(outer)


def _tell(reason: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('hubapp.maintenance', %s, false)", [reason])
