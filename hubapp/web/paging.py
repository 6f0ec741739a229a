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
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Count, Exists, IntegerField, Model, Q, QuerySet, Subquery, Window

from hubapp.db.search import Holding

M = TypeVar("M", bound=Model)
SIZE = 25
COUNT_STOPS_AT = 1000
PAST_COUNTING = f"{COUNT_STOPS_AT:,}+"
# How many rows are read in the list's own order before the index of words is asked:
# a word that many rows hold fills a page soon, and is slow to look up.
READ_FIRST = (100, 1500)
READ_TO_COUNT = 500
_SALT = "hubapp.paging"


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[M]):
    """``rows`` and the cursors of the pages around them ("" where there is none)."""

    rows: list[M]
    next: str
    previous: str
    # The list has no other rows than these.
    is_whole: bool = False
    # The words looked for are common: a page was full after a few rows read.
    is_common: bool = False
    # How many rows there are, where finding the first ones told: "43" or, of those read for words, "340+".
    count: str = ""


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
    holding: Holding | None = None,
    together: bool = False,
) -> KeysetPage[M]:
    """One page of ``rows`` ordered by ``order`` ("queued_at", "-queued_at"), ties broken by id.

    ``order`` must name a column that is never null. An unreadable cursor, or
    one made for other filters, gives the first page. Of ``rows``, only those
    that hold the words of ``holding``, if it is given.

    :param together: few rows are expected, which have to be found all before they can be ordered:
        they are counted in the same statement
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
    found, is_common, told = _first(rows, f"{sign}{field}", size + 1, holding, together)
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
        is_whole=not position and not more,
        is_common=is_common,
        count="" if position else told,
    )


def _first(
    rows: QuerySet[M], order: str, count: int, holding: Holding | None, together: bool
) -> tuple[list[M], bool, str]:
    """The first ``count`` of ``rows`` that hold the words, whether few rows had to be read for them,
    and how many hold them, "" where that is not known."""
    ordered = rows.order_by(order, order.replace(order.lstrip("-"), "pk"))
    if holding is None and together:
        found, every = _first_and_all(ordered, count)
        return found, False, in_words(every)
    if holding is None:
        return list(ordered[:count]), False, ""
    few, many = READ_FIRST
    reading = _among_first(ordered, few).filter(holding.read)
    if not holding.is_narrow:
        # Whether the list ends there; of a narrow index the filters are dearer than the words.
        reading = reading.annotate(list_goes_on=Exists(ordered[few : few + 1]))
    found = list(reading[:count])
    if len(found) == count:
        return found, True, ""
    if found and not vars(found[0]).get("list_goes_on", True):
        return found, False, ""
    # Where there were too few for this many rows to be enough, the index is asked at once.
    if not holding.is_narrow and len(found) * many >= count * few:
        found, held = _first_and_all(_among_first(ordered, many).filter(holding.read), count)
        if len(found) == count:
            return found, False, at_least(held)
    found, held = _first_and_all(holding.among(ordered), count)
    return found, False, in_words(held)


def _first_and_all(rows: QuerySet[M], count: int) -> tuple[list[M], int]:
    """The first rows and how many there are, of some that have to be found all before they are ordered."""
    found = list(rows.annotate(found_in_all=Window(Count("pk")))[:count])
    return found, vars(found[0])["found_in_all"] if found else 0


def _among_first(ordered: QuerySet[M], limit: int) -> QuerySet[M]:
    """The first ``limit`` of ordered rows: their ids first, so that no more than those are read whole."""
    return ordered.filter(pk__in=ordered.values("pk")[:limit])


class _SoMany(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def so_many_of(rows: QuerySet) -> Subquery:
    """How many rows there are, as a column of another query: never past a thousand and one (:func:`in_words`)."""
    return _SoMany(rows.order_by().values("pk")[: COUNT_STOPS_AT + 1])


def counted(rows: QuerySet) -> str:
    """How many rows, as words; never counts past a thousand: "1,000+"."""
    return in_words(rows.order_by()[: COUNT_STOPS_AT + 1].count())


def counted_by_reading(rows: QuerySet, *, order: str, holding: Holding) -> str:
    """How many ``rows`` hold the words, from reading the first of them: "340+" if there are more to read.

    For words that are common; one statement.
    """
    ordered = rows.order_by(order, order.replace(order.lstrip("-"), "pk"))
    held = _among_first(ordered, READ_TO_COUNT).order_by().filter(holding.read)
    found, others = _counts(
        [held[: COUNT_STOPS_AT + 1], ordered[READ_TO_COUNT : READ_TO_COUNT + 1]]
    )
    return at_least(found) if others else in_words(found)


def at_least(count: int) -> str:
    """ "340+" for 347 that were found before the end of a list."""
    if count > COUNT_STOPS_AT:
        return PAST_COUNTING
    step = 10 ** max(0, len(str(count)) - 2)
    return f"{count // step * step:,}+"


def lowest_of(words: str) -> int:
    """How many rows there are at least, of a count as a list says it: 347 of "347", 340 of "340+"."""
    return int(words.rstrip("+").replace(",", "")) + (words == PAST_COUNTING)


def _counts(lists: list[QuerySet]) -> list[int]:
    """How many rows each list has, in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for number, rows in enumerate(lists):
        connection = connections[rows.db]
        try:
            sql, values = rows.values("pk").query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            parts.append("0")
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) counted_{number})")  # noqa: S608 - compiled
        params += values
    if not params:
        return [0] * len(lists)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return list(cursor.fetchone())


def in_words(count: int) -> str:
    """A count as lists say it: "1,000+" at most."""
    return PAST_COUNTING if count > COUNT_STOPS_AT else f"{count:,}"


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
