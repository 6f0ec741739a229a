"""How alike two ideas are: one function, from their words alone, the same on every database.

Titles count most, the texts after them, and a title whose words stand in the
other idea's text counts too. Words are compared without case, accents,
endings and order; words of the field that say little ("patient", "service")
weigh little; a word that is misspelt still counts, by its trigrams. There is
no statistic over other ideas in it, so the same two ideas are always as alike
as they were.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db import models

from hubapp.db.search import Sought, fold

# From here on two ideas look the same, or are close; below they are not shown.
# Tuned on real titles with edits, typos and paraphrases: docs/similar.md.
SAME = 0.72
CLOSE = 0.46


class Likeness(models.TextChoices):
    """A score in words."""

    SAME = "same", "Looks the same"
    CLOSE = "close", "Close"


def _each(words: str) -> list[str]:
    return words.split()


# PostgreSQL's own for English are among them: a search for nothing but those would find everything.
STOP_WORDS = frozenset(
    _each(
        """
        a about above after again against all also am an and any are as at be because been before
        being below between both but by can could d did do does doing don down during each few for
        from further get had has have having he her here hers herself him himself his how i if in
        into is it its itself just like ll m make may me more most my myself need no nor not now of
        off on once one only onto or other our ours ourselves out over own per re s same she should
        so some such t than that the their theirs them themselves then there these they this those
        through to too under until up us use used using ve very via was we were what when where
        which while who whom whose why will with within without would you your yours yourself
        yourselves
        """
    )
)
# Words with one meaning; the first stands for all.
SAME_MEANING = (
    ("phone", "telephone", "smartphone", "mobile"),
    ("app", "application"),
    ("kidney", "renal"),
    ("heart", "cardiac"),
    ("dialysis", "haemodialysis"),
    ("child", "children", "paediatric"),
    ("medicine", "medication", "drug"),
    ("older", "elderly"),
    ("physiotherapist", "physiotherapy", "physio"),
    ("pharmacist", "pharmacy", "pharmacies"),
    ("ae", "emergency"),
    ("message", "text", "sms"),
    ("programme", "program"),
    ("neonate", "neonatal", "newborn", "baby", "babies"),
    ("woman", "women"),
    ("screen", "screening"),
    ("diagnosis", "diagnostic", "diagnose"),
    ("doctor", "physician", "clinician"),
    ("video", "virtual"),
    ("record", "notes"),
    ("operation", "surgery", "surgical"),
    ("delay", "wait"),
)  # fmt: skip
# What most ideas of a hub say: it weighs a quarter.
COMMON = _each(
    """
    app based care clinic clinical collaboration community data develop device digital electronic
    health healthcare help hospital idea improve improvement increase initiative innovation
    innovative manage management model monitor new nhs nurse online package patient pathway people
    pilot platform practice process programme project provide quality reduce remote scheme service
    site smart software staff support system team technology test time tool train treat treatment
    trust unit ward work
    """
)
COMMON_WEIGHT = 0.25
_SPELLINGS = (("ae", "e"), ("oe", "e"), ("iz", "is"), ("yz", "ys"))
_WORD = re.compile(r"[^\W_]+")
_SHORTHAND = (
    (re.compile(r"\ba ?& ?e\b|\baccident and emergency\b"), "ae"),
    (re.compile(r"\be-(?=\w)"), "e"),
    (re.compile(r"\btele-(?=\w)"), "tele"),
    (re.compile(r"[\u2019']s\b"), ""),
)
# Shorter words are too like one another to guess at a typo.
SHORTEST_MISSPELT = 5
MISSPELT = 0.5
MOST_TEXT_WORDS = 400
# How many words of a title, and of the texts, candidates are looked for by.
TITLE_WORDS = 8
TOLD_WORDS = 6
# What of the score the titles make, titles found in the other's texts, and texts.
TITLES, CROSSED, TEXTS = 0.6, 0.2, 0.2


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A folded word without the ending that only grammar gives it; spelling made British or American alike."""
    for old, new in _SPELLINGS:
        word = word.replace(old, new)
    if len(word) > 4 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "sl":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


_MEANING = {stem(word): stem(group[0]) for group in SAME_MEANING for word in group}
_COMMON = frozenset(_MEANING.get(stem(word), stem(word)) for word in COMMON)


_SYNONYMS = {word: group for group in SAME_MEANING for word in group}


def _raw_words(text: str) -> list[str]:
    """The words of ``text`` as they stand, folded, each once, without stop words."""
    folded = fold(text)
    for pattern, plain in _SHORTHAND:
        folded = pattern.sub(plain, folded)
    return [word for word in dict.fromkeys(_WORD.findall(folded)) if word not in STOP_WORDS]


def words_of(text: str) -> list[str]:
    """The words of ``text`` that say something, as they are compared, each once, in their order."""
    stems = map(stem, _raw_words(text))
    return list(dict.fromkeys(_MEANING.get(each, each) for each in stems))


def _says_much(word: str) -> bool:
    return _MEANING.get(stem(word), stem(word)) not in _COMMON


def _longest(words: Iterable[str]) -> list[str]:
    """The longest first: they are seldom the commonest."""
    return sorted(words, key=lambda word: (-len(word), word))


def sought(title: str, *texts: str) -> Sought:
    """What to ask the database for, to find the likes of an idea: see :func:`hubapp.db.search.likely`."""
    words = _raw_words(title)
    telling = [word for word in words if _says_much(word)] or words
    if len(telling) > TITLE_WORDS:
        telling = _longest(telling)
    told = _longest(filter(_says_much, _raw_words(" ".join(texts))))
    return Sought(
        title=title.strip(),
        words=tuple(
            tuple(dict.fromkeys((word, *_SYNONYMS.get(word, ())))) for word in telling[:TITLE_WORDS]
        ),
        told=tuple(word for word in told if word.isalpha())[:TOLD_WORDS],
    )


@lru_cache(maxsize=20_000)
def trigrams(word: str) -> frozenset[str]:
    """The groups of three letters in a word, two blanks before it and one after it."""
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def _weight(word: str) -> float:
    return COMMON_WEIGHT if word in _COMMON else 1.0


def _total(words: Iterable[str]) -> float:
    return sum(map(_weight, words))


@dataclass(frozen=True, slots=True)
class Profile:
    """One idea as it is compared: the words of its title, and of all it says."""

    title: frozenset[str]
    text: frozenset[str]
    # For a title of stop words only, such as "To be or not to be".
    plain: str = ""

    @property
    def all(self) -> frozenset[str]:
        """Every word, of title and texts."""
        return self.title | self.text


def profile(title: str, *texts: str) -> Profile:
    """The profile of an idea with this title and these texts, which may be empty."""
    words = words_of(" ".join(texts))[:MOST_TEXT_WORDS]
    return Profile(frozenset(words_of(title)), frozenset(words), fold(title))


def score(one: Profile, other: Profile) -> float:
    """How alike two ideas are, from 0 (nothing in common) to 1 (the same words); symmetric."""
    titles = _titles(one, other)
    if not one.text and not other.text:
        return round(titles, 3)
    crossed = _crossed(one, other)
    if not one.text or not other.text:
        return round(max(titles * (TITLES + TEXTS) + crossed * CROSSED, 0.9 * titles), 3)
    texts = _dice(one.text, other.text)
    whole = titles * TITLES + crossed * CROSSED + texts * TEXTS
    # One may be told at length and the other briefly under the same title, or the texts be the
    # same under another title.
    return round(max(whole, 0.9 * titles, 0.85 * texts), 3)


def likeness(score: float) -> Likeness | None:
    """A score in words; None for ideas that are not alike."""
    if score >= SAME:
        return Likeness.SAME
    return Likeness.CLOSE if score >= CLOSE else None


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    total = _total(one) + _total(other)
    return 2 * _total(one & other) / total if total else 0.0


def _titles(one: Profile, other: Profile) -> float:
    """Of the words of both titles, the share that has its like in the other; typos count by their trigrams."""
    if not one.title or not other.title:
        return 1.0 if one.plain == other.plain else 0.0
    shared = _total(one.title & other.title) + _misspelt(
        one.title - other.title, other.title - one.title
    )
    mine, theirs = _total(one.title), _total(other.title)
    dice = 2 * shared / (mine + theirs)
    # A short title that stands whole in a long one says more than the share of the long one does;
    # one word alone, or common ones, do not.
    contained = shared / min(mine, theirs) if shared > 1.5 else dice
    return min(1.0, 0.75 * dice + 0.25 * max(dice, min(1.0, contained)))


def _misspelt(ones: frozenset[str], others: frozenset[str]) -> float:
    """What words that look alike count for: each stands for one other at most, the likest first."""
    pairs = [
        (-alike, min(one, other), max(one, other), one, other)
        for one in ones
        for other in others
        if min(len(one), len(other)) >= SHORTEST_MISSPELT
        and (alike := _alike(one, other)) >= MISSPELT
    ]
    shared, used = 0.0, set[str]()
    for alike, _first, _second, one, other in sorted(pairs):
        if one not in used and other not in used:
            used |= {one, other}
            shared -= alike * (_weight(one) + _weight(other)) / 2
    return shared


def _alike(one: str, other: str) -> float:
    first, second = trigrams(one), trigrams(other)
    return 2 * len(first & second) / (len(first) + len(second))


def _crossed(one: Profile, other: Profile) -> float:
    """The share of each title that stands in what the other says."""
    shares = [
        _total(title & told) / _total(title)
        for title, told in ((one.title, other.all), (other.title, one.all))
        if title
    ]
    # Titles that are stop words only stand for themselves.
    return sum(shares) / len(shares) if shares else _titles(one, other)
