"""Queries that Django builds once in a process and sends again with other values.

Building a query with ten subqueries and putting it into SQL takes Django ten
times as long as PostgreSQL takes to answer it. Where a page asks the same
question for every record, it is put once::

    @compiled
    def notes_of(*, innovation_id: int) -> QuerySet[Note]:
        return Note.objects.filter(innovation_id=innovation_id)

    notes_of(innovation_id=7)  # a list: one query

Numbers, texts, dates and times are the values of such a query, also those in a
list; None, True and False are its shape, as is how long a list is: for each
shape it is built anew. What is built must depend on these alone. A time that
the function looked up for itself would stay as it was, so it is refused, and
so is a value that is not sent to the database as it stands.
"""

import copy
import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

__all__ = ["MOST_LISTED", "MOST_SHAPES", "NotFixed", "compiled"]

P = ParamSpec("P")
R = TypeVar("R")

# A longer list is rare, and each length has to be built: then nothing is kept.
MOST_LISTED = 100
# Kept of one function; when there are more, the oldest goes.
MOST_SHAPES = 200
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?")
# Stand-ins for values while a query is built. Numbers fit into the smallest column there is: of one
# that does not fit, Django leaves the condition out.
_FIRST_NUMBER, _FIRST_DAY = 31_000, dt.date(8000, 1, 1)


class NotFixed(TypeError):
    """A function whose query cannot be kept: it depends on more than its values."""


class _Kept:
    """One query as Django built it; ``places`` of its parameters say which value goes there, None for its own."""

    def __init__(self, rows: QuerySet[Any], stand_ins: dict[Any, tuple[str, int]]) -> None:
        self.rows = rows
        connection = connections[rows.db]
        self.compiler = rows.query.get_compiler(using=rows.db)
        try:
            self.sql, params = self.compiler.as_sql()
        except EmptyResultSet:  # whatever the values, nothing answers it
            self.sql, params = "", ()
        # It is copied for each reading, without the query that is not needed any more.
        rows.query = cast(Any, _Sent(self.compiler))
        adapted = {_adapted(connection, stand_in): which for stand_in, which in stand_ins.items()}
        self.places = [adapted.get(each) if _is_value(each) else None for each in params]
        # Those of its own; a value's place is empty.
        self.params = [
            each if place is None else None for each, place in zip(params, self.places, strict=True)
        ]
        moments = [each for each in self.params if _is_moment(each)]
        if moments:
            raise NotFixed(f"It would stay as it is: {moments[0]}. Give dates and times as values.")

    def is_like(self, other: "_Kept") -> bool:
        """Whether the two are one query with different values."""
        return (self.sql, self.places, repr(self.params)) == (
            other.sql, other.places, repr(other.params),
        )  # fmt: skip

    def read(self, given: dict[str, Any]) -> list[Any]:
        """The rows for these values; one query."""
        if not self.sql:
            return []
        rows = self.rows.all()
        connection = connections[rows.db]
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        params = [
            own if place is None else _adapted(connection, _value_at(given, place))
            for own, place in zip(self.params, self.places, strict=True)
        ]
        compiler.as_sql = lambda *args, **kwargs: (self.sql, params)
        rows.query = cast(Any, _Sent(compiler))
        return list(rows)


class _Sent:
    """In the place of a query: it is in SQL already, and all that is asked of it is who sends it."""

    values_select = ()

    def __init__(self, compiler: Any) -> None:
        self.compiler = compiler

    def chain(self) -> "_Sent":
        return self

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        return self.compiler


def _is_value(given: Any) -> bool:
    return isinstance(given, int | str | dt.date) and not isinstance(given, bool)


def _is_moment(given: Any) -> bool:
    return isinstance(given, dt.date) or (
        isinstance(given, str) and _MOMENT.fullmatch(given) is not None
    )


def _value_at(given: dict[str, Any], place: tuple[str, int]) -> Any:
    name, index = place
    return given[name] if index < 0 else given[name][index]


def _adapted(connection: Any, value: Any) -> Any:
    """A value as the database's driver is given it."""
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, dt.date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _shape(name: str, given: Any) -> Any:
    """What of a value the query's text depends on."""
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, list | tuple):
        return tuple(_shape(name, each) for each in given)
    for kind in (dt.datetime, dt.date, int, str):
        if isinstance(given, kind):
            return kind
    raise NotFixed(f"{name} is neither number, text, date nor time.")


def _stand_in(given: Any, number: int) -> Any:
    """A value of the same kind that is found again among the parameters."""
    if isinstance(given, dt.datetime):
        return dt.datetime.combine(_FIRST_DAY + dt.timedelta(number), dt.time(1, 2, 3), dt.UTC)
    if isinstance(given, dt.date):
        return _FIRST_DAY + dt.timedelta(number)
    if isinstance(given, int):
        return _FIRST_NUMBER + number
    return f"stand-in {number}"


def compiled(build: Callable[P, QuerySet[Any, R]]) -> Callable[P, list[R]]:
    """The rows of what ``build`` says, asked with the same SQL each time; its values are named.

    :raises NotFixed: it depends on more than its values, or one of them is no value
    """
    kept: dict[Any, _Kept] = {}

    def built(given: dict[str, Any], first: int) -> _Kept:
        """With stand-ins, numbered from ``first``, in the place of the values."""
        stand_ins: dict[Any, tuple[str, int]] = {}

        def standing_in(value: Any, name: str, index: int = -1) -> Any:
            if value is None or isinstance(value, bool):
                return value
            put = _stand_in(value, first + len(stand_ins))
            stand_ins[put] = (name, index)
            return put

        values: dict[str, Any] = {
            name: [standing_in(each, name, index) for index, each in enumerate(value)]
            if isinstance(value, list | tuple)
            else standing_in(value, name)
            for name, value in given.items()
        }
        return _Kept(build(**values), stand_ins)  # type: ignore[call-arg]  # no *args

    @functools.wraps(build)
    def read(*args: P.args, **given: P.kwargs) -> list[R]:
        if args:
            raise TypeError("The values of a query are named.")
        if any(
            isinstance(each, list | tuple) and len(each) > MOST_LISTED for each in given.values()
        ):
            return list(build(**given))  # type: ignore[call-arg]  # no *args
        key = (
            connections["default"].vendor,
            *((name, _shape(name, value)) for name, value in given.items()),
        )
        found = kept.get(key)
        if found is None:
            found = built(dict(given), 0)
            if not found.is_like(built(dict(given), 2 * MOST_LISTED)):
                raise NotFixed(f"What {build.__qualname__} asks depends on more than its shape.")
            if len(kept) >= MOST_SHAPES:
                kept.pop(next(iter(kept)), None)
            kept[key] = found
        return found.read(dict(given))

    return read
