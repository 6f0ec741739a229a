"""Finding text: the same answer on both databases, fast on PostgreSQL."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, TypeVar

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    FloatField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from hubapp.db.operations import OfTheDatabase

MAX_WORDS = 12
M = TypeVar("M", bound=Model)


def fold(*texts: str) -> str:
    """Texts as they are compared: case and accents folded, blanks single.

    Done here and stored, so that neither database's own idea of upper case
    decides what is found.
    """
    joined = unicodedata.normalize("NFKD", " ".join(text for text in texts if text)).casefold()
    kept = joined
    if not joined.isascii():
        kept = "".join(character for character in joined if not unicodedata.combining(character))
    return re.sub(r"\s+", " ", kept.replace("\x00", " ")).strip()


def containing(column: str, words: str) -> Q:
    """Rows whose folded ``column`` holds every word of ``words`` (the first twelve)."""
    query = Q()
    for word in fold(words).split()[:MAX_WORDS]:
        query &= Q(**{f"{column}__contains": word})
    return query


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows whose folded ``column`` holds every word of ``words``, asked for in one of two ways.

    Both give the same rows. PostgreSQL cannot tell a common word from a rare
    one (it keeps no statistics of long texts), so whoever asks says which way:
    ``indexed`` is fast for what few rows hold, ``read`` for what many hold, if
    the rows come in an order and reading stops early.
    """

    column: str
    words: str
    # Of one site's rows, if it is said: the index then reads of no other site's.
    site_id: int | None = None
    # What every row asked about is known to be: where an index holds those rows alone
    # (:func:`site_text_index`), it is asked.
    known: Q = field(default_factory=Q)

    @property
    def held(self) -> Q:
        """What rows hold."""
        return containing(self.column, self.words)

    @property
    def is_narrow(self) -> bool:
        """Whether the index holds few rows beside those of the list."""
        return bool(self.known)

    def among(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Of some rows those that hold the words, answered from the trigram index.

        Their ids are looked up apart: beside other conditions PostgreSQL takes a second index
        and joins the two, or reads every row's text, because it thinks a text cheap to compare.
        """
        if connection.vendor != "postgresql":
            return rows.filter(self.held)
        every_row = rows.model._base_manager.order_by()
        found = every_row.filter(self.held & self.known & at_site(self.site_id))
        return rows.filter(pk__in=found.values("pk"))

    @property
    def read(self) -> Case:
        """Answered by reading the rows that other filters leave, in their order.

        Inside a "case" PostgreSQL looks for no index, and takes one row in two for found.
        """
        return Case(
            When(self.held, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )


def at_site(site_id: int | None) -> Q:
    """Rows of a site as indexes of text have it beside the text; anything where none is said."""
    if site_id is None or connection.vendor != "postgresql":
        return Q()
    return Q(Exact(Cast("site_id", TextField()), str(site_id)))


def trigram_index(table: str, column: str) -> OfTheDatabase:
    """A migration operation: lets PostgreSQL answer ``containing`` from an index."""
    name = f"{table}_{column}_trgm"

    def forwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            editor.execute(f'CREATE INDEX {name} ON "{table}" USING gin ("{column}" gin_trgm_ops)')

    def backwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP INDEX IF EXISTS {name}")

    return OfTheDatabase(forwards, backwards)


def site_text_index(table: str, column: str, *, live: bool = True) -> OfTheDatabase:
    """A migration operation: the index of ``containing`` with the site beside the text (:func:`at_site`).

    Made while the table is in use, instead of :func:`trigram_index`: a word that many rows hold is
    then looked up among the rows of one site. A migration of its own, not atomic; unless it is not
    ``live``, on a table that has no rows yet.
    """
    before, after = f"{table}_{column}_trgm", f"{table}_site_{column}_trgm"
    plain = f'"{table}" USING gin ("{column}" gin_trgm_ops)'
    with_site = f'"{table}" USING gin (("site_id"::text), "{column}" gin_trgm_ops)'

    concurrently = "CONCURRENTLY" if live else ""

    def replaced(editor, new: str, on: str, old: str) -> None:
        if editor.connection.vendor == "postgresql":
            # Numbers and texts beside trigrams in one index.
            editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
            # What a try before left half made is made anew.
            editor.execute(f"DROP INDEX {concurrently} IF EXISTS {new}")
            editor.execute(f"CREATE INDEX {concurrently} {new} ON {on}")
            editor.execute(f"DROP INDEX {concurrently} IF EXISTS {old}")

    def forwards(editor) -> None:
        replaced(editor, after, with_site, before)

    def backwards(editor) -> None:
        replaced(editor, before, plain, after)

    return OfTheDatabase(forwards, backwards)


def narrow_text_index(table: str, column: str, name: str, only: str) -> OfTheDatabase:
    """A migration operation: an index of :func:`site_text_index` of some rows alone, for ``Holding.known``.

    Made while the table is in use, in a migration of its own that is not atomic.

    :param name: what the rows are called in the index's name
    :param only: the SQL of its condition, as a filter of the same gives it
    """
    index = f"{table}_{name}_{column}_trgm"

    def forwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            backwards(editor)  # what a try before left half made is made anew
            editor.execute(
                f'CREATE INDEX CONCURRENTLY {index} ON "{table}"'
                f' USING gin (("site_id"::text), "{column}" gin_trgm_ops) WHERE {only}'
            )

    def backwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")

    return OfTheDatabase(forwards, backwards)


# -- what is like something -------------------------------------------------------

MOST_LIKELY = 50
# How much of it may come by words of the title together, by each of them, and by the words
# that the texts are told in.
BY_WORDS, BY_EACH, BY_TEXTS = 25, 8, 10
# Of the longest words in a text, so many have to stand in the other's.
TOLD_TOGETHER = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """What others are to be like: a title, the words in it that matter, and words its texts are told in.

    ``words`` are groups: any of a group is as good as its first. All are
    folded and hold letters and digits only.
    """

    title: str
    words: tuple[tuple[str, ...], ...]
    told: tuple[str, ...] = ()


def likely(rows: QuerySet, sought: Sought, *, site_id: int) -> dict[int, str]:
    """Ids and titles of at most 50 of a site's ``rows`` that may be like what is sought, the likeliest first.

    ``rows`` have the columns site_id, title and search_text. Which 50 depends
    on the database; how alike they are is for one function to say
    (``portfolio.similarity``).
    """
    if not sought.words and not sought.told:
        return {}
    rows = rows.filter(site_id=site_id).order_by()
    if connection.vendor != "postgresql":
        return _likely_by_reading(rows, sought)
    groups = [f"({' | '.join(group)})" for group in sought.words]
    together = [(_so_many_of(groups, number), BY_WORDS) for number in _steps(len(groups))]
    by_words = _in_turn(rows, "title", together, site_id, BY_WORDS)
    titles = [fold(title) for _, title in by_words]
    # The rarest word may stand alone in another title, so that each word has its share. What has it
    # already stands in many titles, and is the dearest to look for.
    each = [
        (search, BY_EACH)
        for search, group in zip(groups, sought.words, strict=True)
        if sum(any(word in title for word in group) for title in titles) < BY_EACH
    ]
    found = by_words + _in_turn(rows, "title", each, site_id, MOST_LIKELY)
    told = sought.told
    if len(told) >= TOLD_TOGETHER:
        steps = range(len(told), TOLD_TOGETHER - 1, -1)
        texts = [(_so_many_of(told, number), BY_TEXTS) for number in steps]
        told_alike = _in_turn(rows, "search_text", texts, site_id, BY_TEXTS)
        found = found[: MOST_LIKELY - BY_TEXTS] + told_alike
    return dict(list(dict(found).items())[:MOST_LIKELY])


def _steps(count: int) -> list[int]:
    """How many of so many words have to stand together: all, all but one, half; never one of several, nor none."""
    return [
        number
        for number in dict.fromkeys((count, count - 1, (count + 1) // 2))
        if number >= max(1, min(2, count))
    ]


def _so_many_of(words: Sequence[str], number: int) -> str:
    """A text search for any ``number`` of the words."""
    return " | ".join(f"({' & '.join(some)})" for some in combinations(words, number))


def _in_turn(
    rows: QuerySet, column: str, searches: list[tuple[str, int]], site_id: int, most: int
) -> list[tuple[int, str]]:
    """Ids and titles that the searches find, at most so many of each, until there are enough; one query.

    Nothing is ranked and nothing sorted: each search stops as soon as it has
    its share, and those after the last that was needed are not begun.
    """
    if not searches:
        return []
    table = rows.model._meta.db_table
    # The site is a word among the others, so that one index narrows by both.
    held = (
        f"""to_tsvector('english', "{table}"."{column}" || ' at' || "{table}"."site_id")"""
        " @@ to_tsquery('english', %s)"
    )
    # Which rows they may be is asked of each that is found: beside the words, PostgreSQL would
    # read the whole site's rows from another index to join the two.
    is_one = Exists(rows.filter(pk=OuterRef("pk")))
    every_row = rows.model._base_manager.order_by()
    parts = [
        every_row.filter(
            _raw(held, [f"at{site_id} & ({search})"], BooleanField()), is_one
        ).values_list("pk", "title")[:share]
        for search, share in searches
    ]
    every = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True)[:most]
    return list(every)


def _raw(sql: str, params: Sequence[Any], output: Any) -> RawSQL:
    return RawSQL(sql, tuple(params), output_field=output)  # noqa: S611 - table names of models; values are parameters


def _likely_by_reading(rows: QuerySet, sought: Sought) -> dict[int, str]:
    """SQLite serves one hub, whose few thousand rows are read: pieces of words are counted.

    A word that is misspelt in one half is found by the other.
    """
    table = rows.model._meta.db_table
    terms: list[str] = []
    params: list[str] = []

    def count(column: str, piece: str, worth: int) -> None:
        terms.append(f"""{worth} * ("{table}"."{column}" LIKE %s)""")
        params.append(f"%{piece}%")

    for word in (word for group in sought.words for word in group):
        beginning = word[: max(4, len(word) - 2)]
        count("title", beginning, 4)
        count("search_text", beginning, 1)
        if len(word) >= 6:
            count("title", word[: len(word) // 2], 1)
            count("title", word[len(word) // 2 :], 1)
    for word in sought.told:
        count("search_text", word[: max(4, len(word) - 2)], 1)
    return dict(
        rows.annotate(_rank=_raw(" + ".join(terms), params, FloatField()))
        .filter(_rank__gt=0)
        .order_by("-_rank", "-pk")
        .values_list("pk", "title")[:MOST_LIKELY]
    )


def likeness_indexes(table: str) -> OfTheDatabase:
    """A migration operation: lets PostgreSQL answer :func:`likely` from indexes."""
    plain = {
        "words": """gin (to_tsvector('english', "title" || ' at' || "site_id"))""",
        "letters": """gin (("site_id"::text), "title" gin_trgm_ops)""",
        "texts": """gin (to_tsvector('english', "search_text" || ' at' || "site_id"))""",
    }

    def forwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            # Numbers and texts beside trigrams in one index.
            editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
            for name, index in plain.items():
                editor.execute(f'CREATE INDEX {table}_like_{name} ON "{table}" USING {index}')

    def backwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            for name in plain:
                editor.execute(f"DROP INDEX IF EXISTS {table}_like_{name}")

    return OfTheDatabase(forwards, backwards)
