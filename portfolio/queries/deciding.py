"""What the page of a decision offers: organisations to point to, ideas to merge into, who will be told."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max

from accounts.models import Organisation, Person, Site
from accounts.queries import organisation_by_ref, organisations_like
from accounts.viewers import Viewer
from hubapp.db.search import containing
from hubapp.refs import normalise_ref
from portfolio.enums import TAKES_MERGES, DecisionKind, State
from portfolio.models import Decision, Innovation
from portfolio.queries.merges import merged_into_this
from portfolio.queries.triage import ideas_of_site

# How many are offered to choose from; more words find fewer.
OFFERED = 10
POINTED_TO_BEFORE = 5


def pointed_to_before(site: Site) -> list[Organisation]:
    """The organisations that a site pointed to last, the latest first."""
    latest = (
        Decision.objects.filter(
            site=site, kind=DecisionKind.SIGNPOST, organisation__valid_to__isnull=True
        )
        .values("organisation")
        .annotate(last=Max("made_at"))
        .order_by("-last")[:POINTED_TO_BEFORE]
    )
    ids = [row["organisation"] for row in latest]
    by_id = Organisation.objects.in_bulk(ids)
    return [by_id[pk] for pk in ids]


def organisations_offered(site: Site, words: str, chosen: str = "") -> list[Organisation]:
    """Those that hold the words, or without words those pointed to before; the one chosen is among them.

    :param chosen: the reference of one that was picked
    """
    words = words.strip()
    rows = organisations_like(words, OFFERED) if words else pointed_to_before(site)
    if chosen and chosen not in {row.ref for row in rows}:
        one = organisation_by_ref(chosen)
        rows = [one, *rows] if one else rows
    return rows


def ideas_offered(
    viewer: Viewer, innovation: Innovation, words: str, chosen: str = "", first: Iterable[int] = ()
) -> list[Innovation]:
    """Ideas of the same site into which one may be merged: those that hold the words or have the
    reference, or without words those in ``first``; the one chosen is among them.

    :param chosen: the reference of one that was picked
    :param first: ids of ideas that look alike, the closest first
    """
    words = words.strip()
    rows = (
        ideas_of_site(viewer, innovation.site)
        .filter(state__in=TAKES_MERGES)
        .exclude(pk=innovation.pk)
        .defer("problem", "for_whom", "idea", "search_text")
    )
    found: list[Innovation] = []
    if words:
        named = rows.filter(ref=normalise_ref(words))
        holding = rows.filter(containing("search_text", words)).order_by("-queued_at", "-pk")
        found = list(named) or list(holding[:OFFERED])
    else:
        order = {pk: place for place, pk in enumerate(first)}
        found = sorted(rows.filter(pk__in=order), key=lambda row: order[row.pk])
    if chosen and normalise_ref(chosen) not in {row.ref for row in found}:
        found = [*rows.filter(ref=normalise_ref(chosen)), *found]
    return found


def merge_that_stands(innovation: Innovation) -> Decision | None:
    """The decision by which an idea is merged now; None if it is not."""
    if innovation.state != State.MERGED:
        return None
    return _latest(innovation, DecisionKind.MERGE)


def signpost_of(innovation: Innovation) -> Decision | None:
    """The latest decision that pointed an idea to somebody and stands."""
    return _latest(innovation, DecisionKind.SIGNPOST)


def _latest(innovation: Innovation, kind: str) -> Decision | None:
    return (
        innovation.decisions.filter(kind=kind, reversed_by=None)
        .select_related("organisation", "contact", "into")
        .order_by("-number")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who gets a mail about a decision, and about which idea."""

    # "decision", "took_in" or "introduction"
    mail: str
    about: Innovation
    person: Person
    who: str


def who_is_told(decision: Decision) -> list[Told]:
    """Everybody who will get a mail about a decision, stored or not yet; people without an address are left out."""
    innovation = decision.innovation
    family = merged_into_this(innovation)
    told = [
        *_told("decision", [innovation], "The submitter"),
        *_told("decision", family, "Who sent an idea that was merged into it"),
    ]
    if decision.into:
        known = {each.pk for each in (innovation, *family)}
        others = [each for each in merged_into_this(decision.into) if each.pk not in known]
        told += _told("took_in", [decision.into], "Who sent the idea that goes on")
        told += _told("took_in", others, "Who sent another idea that was merged into that one")
    if decision.contact and decision.contact.email:
        told.append(Told("introduction", innovation, decision.contact, "The contact you name"))
    return told


def _told(mail: str, ideas: Iterable[Innovation], who: str) -> list[Told]:
    return [
        Told(mail, each, each.submission.submitter, who)
        for each in ideas
        if each.submission and each.submission.submitter and each.submission.submitter.email
    ]


def standard_introduction(innovation: Innovation) -> str:
    """What the contact of a signpost is told unless somebody writes it anew; it names no submitter."""
    return (
        "Hello\n\n"
        "Somebody sent us this idea, and we think that you are better placed to help with it than we are:\n\n"
        f"  {innovation.title}\n\n"
        "We have told them about you, so they may write to you. Would you let us know whether you can help?"
    )
