"""Finding text: the same answer on both databases, fast on PostgreSQL."""

import re
import unicodedata
from dataclasses import dataclass

from django.db import migrations
from django.db.models import BooleanField, Case, Q, Value, When

MAX_WORDS = 12


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

    @property
    def indexed(self) -> Q:
        """Answered from the trigram index."""
        return containing(self.column, self.words)

    @property
    def read(self) -> Case:
        """Answered by reading the rows that other filters leave, in their order.

        Inside a "case" PostgreSQL looks for no index, and takes one row in two for found.
        """
        held = self.indexed
        return Case(
            When(held, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )


def trigram_index(table: str, column: str) -> migrations.RunPython:
    """A migration operation: lets PostgreSQL answer ``containing`` from an index."""
    name = f"{table}_{column}_trgm"

    def forwards(apps, editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            editor.execute(f'CREATE INDEX {name} ON "{table}" USING gin ("{column}" gin_trgm_ops)')

    def backwards(apps, editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP INDEX IF EXISTS {name}")

    return migrations.RunPython(forwards, backwards, elidable=False)
