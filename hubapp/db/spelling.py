"""What somebody may have meant who misspelt a word: the words nearest to it in the titles of some rows.

PostgreSQL looks titles up by pieces of the words; SQLite, which serves one hub,
reads them. Which of their words are near is decided here, the same for both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from hubapp.db.search import MAX_WORDS, Holding, Sought, fold, likely

# Shorter words are too like one another.
SHORTEST = 4
# How many of the newest titles, of the newest texts if those have nothing like a word, and at last
# of the titles that hold a piece of it are looked at; and how many near words are taken for one.
TITLES, TEXTS, HOLDING, NEAREST = 300, 200, 50, 3
# Letters of the shortest piece that titles are looked up by: shorter ones are in too many.
PIECE = 4
# A text search has few words that matter.
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class HoldingNear(Holding):
    """As :class:`Holding`, each word as it was typed or as one of those it may be meant for."""

    near: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def held(self) -> Q:
        """What rows hold."""
        query = Q()
        for word in fold(self.words).split()[:MAX_WORDS]:
            any_of = Q()
            # What was meant is found first, so that what was typed is seldom looked for in vain.
            for each in (*self.near.get(word, ()), word):
                any_of |= Q(**{f"{self.column}__contains": each})
            query &= any_of
        return query


def near_words(rows: QuerySet, words: Sequence[str], *, site_id: int) -> dict[str, list[str]]:
    """Word → the words in ``rows`` that it may be a misspelling of, the nearest first.

    ``words`` are folded. A word that stands there as it is has no entry, nor has one that is like
    none. Looks in the newest titles, then in the newest texts, then in all titles for what those do
    not tell: three statements at most. ``rows`` are a site's, with the columns site_id, title and search_text.
    """
    sought = [word for word in dict.fromkeys(words) if len(word) >= SHORTEST][:MOST_WORDS]
    if not sought:
        return {}
    if connection.vendor != "postgresql":
        titles = rows.order_by().values_list("title", flat=True)
        found, unlike = _nearest_in(map(fold, titles), sought)
    else:
        titles = rows.order_by("-pk").values_list("title", flat=True)[:TITLES]
        found, unlike = _nearest_in(map(fold, titles), sought)
    if unlike:
        newest = rows.order_by("-pk").values_list("search_text", flat=True)[:TEXTS]
        more, unlike = _nearest_in(newest, unlike)
        found |= more
    if unlike and connection.vendor == "postgresql":
        # The dearest look, and only for words that the newest ideas know nothing like.
        found |= _nearest_in(map(fold, _titles(rows, unlike, site_id)), unlike)[0]
    return found


def likely_misspelt(
    rows: QuerySet, sought: Sought, titles: Sequence[str], *, site_id: int
) -> dict[int, str]:
    """Ids and titles of more that may be like what is sought, if words of it are misspelt: as :func:`likely`.

    :param titles: folded, of what was found as it is spelt; a word that stands in one is no slip

    SQLite's answer to ``likely`` finds misspelt words already.
    """
    if connection.vendor != "postgresql":
        return {}
    unknown = [
        group[0]
        for group in sought.words
        if not any(_beginning(word) in title for word in group for title in titles)
    ]
    near = near_words(rows, unknown, site_id=site_id) if unknown else {}
    if not near:
        return {}
    words = tuple((*group, *near.get(group[0], ())) for group in sought.words)
    return likely(rows, replace(sought, words=words, told=()), site_id=site_id)


def _beginning(word: str) -> str:
    """A word without what its endings change."""
    return word[: max(SHORTEST, len(word) - 2)]


def _nearest_in(
    texts: Iterable[str], words: Sequence[str]
) -> tuple[dict[str, list[str]], list[str]]:
    """Word → its nearest in the folded texts; and the words that neither stand there nor are like one that does."""
    every = "\n".join(texts)
    found: dict[str, list[str]] = {}
    unlike = []
    by_length: dict[int, set[str]] | None = None
    for word in words:
        if word in every:
            continue
        if by_length is None:
            by_length = {}
            # Split at everything that is no letter or digit, several times faster than by a pattern.
            between = {ord(letter): " " for letter in set(every) if not letter.isalnum()}
            for each in set(every.translate(between).split()):
                by_length.setdefault(len(each), set()).add(each)
        most = _most_slips(word)
        nearest = sorted(
            (distance, each)
            for length in range(max(SHORTEST, len(word) - most), len(word) + most + 1)
            for each in by_length.get(length, ())
            if (distance := _slips(word, each)) <= most
        )
        if nearest:
            # Only those as near as the nearest: further ones are other words.
            found[word] = [each for far, each in nearest if far == nearest[0][0]][:NEAREST]
        else:
            unlike.append(word)
    return found, unlike


def _titles(rows: QuerySet, words: Sequence[str], site_id: int) -> list[str]:
    """Some titles that hold a piece of one of the words."""
    table = rows.model._meta.db_table
    every_row = rows.model._base_manager.order_by()
    # Asked of each that is found: beside the letters PostgreSQL reads every row of the site.
    is_one = Exists(rows.order_by().filter(pk=OuterRef("pk")))
    # The site as text: the index of letters has it so (hubapp.db.search.likeness_indexes).
    held = f"""("{table}"."site_id")::text = %s AND "{table}"."title" ILIKE %s"""
    pieces = list(dict.fromkeys(piece for word in words for piece in _pieces(word)))
    # Not ranked: whatever holds a piece as long as these is worth a look, and to rank all that
    # hold one took seconds among a hundred thousand.
    parts = []
    for piece in pieces:
        params = (str(site_id), f"%{piece}%")
        holds = RawSQL(held, params, output_field=BooleanField())  # noqa: S611 - a model's table
        found = every_row.filter(holds, is_one)
        parts.append(found.values_list("title", flat=True)[:HOLDING])
    if not parts:
        return []
    return list(parts[0].union(*parts[1:], all=True))


def _pieces(word: str) -> list[str]:
    """Pieces of a word, of four letters and more, of which a slip leaves one whole; of shorter words none.

    In a short word a slip may be in both: those are found among the newest titles.
    """
    half = max(PIECE, len(word) // 2)
    return [word[:half], word[-half:]] if len(word) > PIECE else []


def _most_slips(word: str) -> int:
    """How many slips may be between a word and what is meant: one in a short word, two in one of eight letters and more."""
    return 2 if len(word) >= 8 else 1


@lru_cache(maxsize=20_000)
def _slips(one: str, two: str) -> int:
    """How many slips (a letter more, less, other, or two swapped) are between two words."""
    before: list[int] = []
    last = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(two, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]
