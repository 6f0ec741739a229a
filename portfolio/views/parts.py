"""The page of one idea is light: which parts it has, and what else could be begun, as one list of links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from portfolio.models import Innovation

# With fewer parts than this, links to them are in the way.
FEWEST_LINKED = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: the id of its heading, and its name in the links at the top."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that could be begun, which no part of the page offers; ``hidden``: more words for who cannot see."""

    name: str
    href: str
    hidden: str = ""


def parts_of(innovation: Innovation, shown: Mapping[str, Any]) -> list[Part]:
    """The parts that the page has, in its order.

    :param shown: the page's context, with ``more``
    """
    may, family = shown["may"], shown["family"]
    parts = (
        ("sent", "What was sent", True),
        ("checklist", "Checklist", shown["results"] or shown["requests"]),
        ("interests", "Interests declared", shown["interests"]),
        ("screening", "What it brings with it", shown["screening"].answered),
        ("decisions", "Decisions", shown["history"].decisions),
        ("merged", "Merged ideas", family.merged or family.hidden),
        ("asks", "Questions to others", shown["asks"]),
        ("messages", "Messages with the submitter", may["thread"]),
        ("notes", "Notes for the team", shown["notes"]),
        ("files", "Files", shown["files"]),
        ("similar", "Similar ideas", shown["similar"]["pairs"]),
        ("facts", "Facts", True),
        ("clock", "Clock", True),
        ("classification", "What it is", shown["classification"]),
        ("needs", "Needs it serves", shown["serves"].needs or innovation.call_id),
        ("more", "More you can do", shown["more"]),
        ("history", "What happened", True),
    )
    return [Part(id, name) for id, name, is_there in parts if is_there]


def links_to(parts: list[Part]) -> list[Part]:
    """The links at the top of the page: to every part, or none where there are few."""
    return parts if len(parts) >= FEWEST_LINKED else []


def offers_of(innovation: Innovation, shown: Mapping[str, Any]) -> list[Offer]:
    """What whoever looks could begin, the most usual first; what has a part already is offered there."""
    site = {"site": innovation.site.slug}
    return [
        Offer(name, reverse(f"portfolio:{page}", kwargs={**site, "ref": innovation.ref}), hidden)
        for page, name, hidden in _offered(innovation, shown)
    ]


def _offered(innovation: Innovation, shown: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(name of the page, what it is called, more words)."""
    may = shown["may"]
    desk, waits = may["triage"], innovation.is_in_triage
    if may["ask"] and shown["goes_on"] and not shown["asks"]:
        yield "ask_somebody", "Ask somebody", " a question"
    if desk and waits and not (shown["results"] or shown["requests"]):
        yield "ask_to_assess", "Ask somebody to assess it", ""
    screening = shown["screening"]
    if may["assess"] and shown["goes_on"] and screening.is_asked and not screening.answered:
        yield "screening", "Answer the eight questions", ""
    if may["note"] and not shown["notes"]:
        yield "note", "Write a note for the team", ""
    if may["attach"] and not shown["files"]:
        yield "attach", "Add a file", ""
    if desk and not shown["classification"]:
        yield "classify", "Classify it", ": source, focus, type, benefits, readiness and tags"
    serves = shown["serves"]
    if desk and serves.any_to_choose and not (serves.needs or innovation.call_id):
        yield "serves", "Choose the needs it serves", ""
    if desk and waits and not innovation.waits_on:
        yield "hold", "Stop the clock", ""
    if desk and innovation.clock_started_on and not innovation.exemption:
        yield "exempt", "Exempt from the clock", ""
    if may["assess"] and not shown["interests"]:
        yield "declare_interest", "Declare an interest in this idea", ""
    if shown["similar"]["may_publish"] and not innovation.published_at:
        yield "publish", "Publish a summary", ""
    if may["redact"]:
        yield "redact", "Black out details", ""
