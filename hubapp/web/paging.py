"""Keyset pages: the next 25 after the last one seen, however many there are.

Pages and the API share it. A cursor is signed, so that it cannot be used to
ask about values, and carries a hash of the filters it belongs to: with other
filters it starts again from the first page.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
SIZE = 25
COUNT_STOPS_AT = 1000
_SALT = "hubapp.paging"


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[M]):
    """``rows`` and the cursors of the pages around them ("" where there is none)."""

    rows: list[M]
    next: str
    previous: str


def filters_hash(filters: dict[str, Any]) -> str:
    """A short fingerprint of what a list was filtered by."""
    text = json.dumps(filters, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def keyset_page(
    rows: QuerySet[M],
    *,
    order: str,
    cursor: str = "",
    filters: dict[str, Any] | None = None,
    size: int = SIZE,
) -> KeysetPage[M]:
    """One page of ``rows`` ordered by ``order`` ("queued_at", "-queued_at"), ties broken by id.

    ``order`` must name a column that is never null. An unreadable cursor, or
    one made for other filters, gives the first page.
    """
    descending = order.startswith("-")
    field = order.lstrip("-")
    fingerprint = filters_hash({"order": order, **(filters or {})})
    position = _read(cursor, fingerprint)
    backwards = bool(position and position["b"])
    ascending_scan = descending == backwards
    if position:
        value = _parse(position["v"])
        step = "gt" if ascending_scan else "lt"
        # Said twice, so that the index is entered at the value: from the "or" alone
        # PostgreSQL reads every row before it.
        rows = rows.filter(
            Q(**{f"{field}__{step}": value}) | Q(**{field: value, f"pk__{step}": position["i"]}),
            **{f"{field}__{step}e": value},
        )
    sign = "" if ascending_scan else "-"
    found = list(rows.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_next = more if not backwards else True
    has_previous = more if backwards else bool(position)
    return KeysetPage(
        rows=found,
        next=_write(found[-1], field, fingerprint, False) if found and has_next else "",
        previous=_write(found[0], field, fingerprint, True) if found and has_previous else "",
    )


def counted(rows: QuerySet) -> str:
    """How many rows, as words; never counts past a thousand: "1,000+"."""
    count = rows.order_by()[: COUNT_STOPS_AT + 1].count()
    return f"{COUNT_STOPS_AT:,}+" if count > COUNT_STOPS_AT else f"{count:,}"


def _write(row: Model, field: str, fingerprint: str, backwards: bool) -> str:
    value = getattr(row, field)
    kind = "t"
    if isinstance(value, dt.datetime):
        kind, value = "i", value.isoformat()
    elif isinstance(value, dt.date):
        kind, value = "d", value.isoformat()
    elif isinstance(value, int):
        kind = "n"
    payload = {"v": [kind, value], "i": row.pk, "f": fingerprint, "b": int(backwards)}
    return signing.dumps(payload, salt=_SALT, compress=True)


def _read(cursor: str, fingerprint: str) -> dict | None:
    if not cursor:
        return None
    try:
        position = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        return None
    return position if position.get("f") == fingerprint else None


def _parse(stored: list) -> Any:
    kind, value = stored
    if kind == "i":
        return dt.datetime.fromisoformat(value)
    if kind == "d":
        return dt.date.fromisoformat(value)
    return value


def cursor_fits(cursor: str, *, order: str, filters: dict[str, Any] | None = None) -> bool:
    """Whether a cursor is whole and was made for this order and these filters."""
    return _read(cursor, filters_hash({"order": order, **(filters or {})})) is not None
