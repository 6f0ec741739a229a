"""Where one came from and goes on to: the list that was last looked at, and the next idea in the queue.

The list is kept in a cookie of the browser: as a query alone, which is read like any other
filters, so that it leads nowhere but to lists of this site. Two windows with two queues share
it: the list looked at last counts.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.web.doors import SiteDoor
from portfolio.models import Innovation
from portfolio.queries import filters as by
from portfolio.queries import triage
from portfolio.views.base import signed_in
from portfolio.views.lists import Listing

# Kept until the browser is closed.
LIST_COOKIE = "hub_list"
QUEUE, PORTFOLIO = "triage", "innovations"
# A cookie has room for about 4,000; what is longer is a search by many words, and not kept.
LONGEST = 2000
_BACK = {QUEUE: "Back to the queue", PORTFOLIO: "Back to the innovations"}


def remember_list(door: SiteDoor, response: HttpResponse, kind: str, query: str) -> HttpResponse:
    """Keep in the browser which list is looked at, if it is another one than before.

    :param query: its filters, its order and where its page begins, as an address gives them
    """
    value = f"{_whose(door)}/{kind}?{query if len(query) <= LONGEST else ''}"
    if door.request.COOKIES.get(LIST_COOKIE) != value:
        response.set_cookie(
            LIST_COOKIE,
            value,
            httponly=True,
            samesite="Lax",
            secure=door.request.is_secure(),
        )
    return response


def _whose(door: SiteDoor) -> str:
    """Whoever signs in after somebody on the same machine does not get their list."""
    return f"{signed_in(door.request).ref}/{door.site.slug}"


def _remembered(door: SiteDoor) -> tuple[str, QueryDict] | None:
    """The kind of list and its query; None for none of this person at this site."""
    whose, _, rest = door.request.COOKIES.get(LIST_COOKIE, "").rpartition("/")
    kind, _, query = rest.partition("?")
    if whose != _whose(door) or kind not in _BACK:
        return None
    try:
        return kind, QueryDict(query.encode("ascii", "ignore")[:LONGEST])
    except TooManyFieldsSent:
        return kind, QueryDict()


def _kept(query: QueryDict) -> str:
    """What of a query belongs to a list, written anew."""
    names = (*by.NAMES, "cursor")
    return urlencode({name: query[name] for name in names if query.get(name)})


def list_come_from(door: SiteDoor) -> dict[str, str]:
    """The way back from an idea's page: href and label. The queue, unless another list was looked at."""
    kind, query = _remembered(door) or (QUEUE, QueryDict())
    href = reverse(f"portfolio:{kind}", kwargs={"site": door.site.slug})
    kept = _kept(query)
    return {"href": f"{href}?{kept}" if kept else href, "label": _BACK[kind]}


# -- after something was done ------------------------------------------------------------
@dataclass(frozen=True)
class Place:
    """Where an idea stands in the queue as its reader had it.

    :param query: the filters, the order and the page
    :param after, before: references of the ideas of the page beyond it, nearest first; those that
        somebody else looks after come last
    :param next_page: where the page after this one begins; "" for none
    """

    listing: Listing
    query: dict[str, str]
    after: list[str]
    before: list[str]
    next_page: str


def place_in_queue(door: SiteDoor, innovation: Innovation) -> Place | None:
    """Where the idea stands in the queue that was looked at: asked before it is decided, and leaves.

    None if it was not come to from there: another list was looked at, or none that holds it.
    """
    found = _remembered(door)
    if found is None or found[0] != QUEUE:
        return None
    data = {name: str(value) for name, value in found[1].items()}
    rows = triage.ideas_that_wait(door.viewer, door.site)
    listing = Listing(door, rows, by.QUEUE_STATES, data)
    page, _, _ = listing.page(data.get("cursor", ""))
    at = next((n for n, row in enumerate(page.rows) if row.pk == innovation.pk), None)
    if at is None:
        return None

    def refs(ideas: list[Innovation]) -> list[str]:
        ideas = sorted(ideas, key=lambda idea: idea.assignee_id not in (None, door.viewer.user_id))
        return [idea.ref for idea in ideas]

    query = {name: data[name] for name in (*by.NAMES, "cursor") if data.get(name)}
    after, before = refs(page.rows[at + 1 :]), refs(page.rows[:at][::-1])
    return Place(listing, query, after, before, page.next or "")


def _next_of(place: Place) -> tuple[str, dict[str, str]]:
    """The reference of the next idea, "" if none is left, and the query of the page that shows it."""
    if place.after:
        return place.after[0], place.query
    if place.next_page:
        page, _, _ = place.listing.page(place.next_page)
        if page.rows:
            return page.rows[0].ref, {**place.query, "cursor": place.next_page}
    if place.before:
        return place.before[0], place.query
    return "", {name: value for name, value in place.query.items() if name != "cursor"}


def go_on(door: Any, place: Place | None, said: str, *, undo: str = "", at: str = "") -> Any:
    """Say what was done, and go on: to the next idea of the queue, or to the idea itself.

    :param said: one sentence
    :param undo: an address that takes it back, offered where the idea's own page is not
    :param at: the part of the idea's page that shows it
    """
    innovation: Innovation = door.innovation
    if place is None:
        messages.success(door.request, said)
        return redirect(f"{innovation.get_absolute_url()}{at}")
    if undo:
        here = _address(door, innovation.ref, place.query)
        undo = f"{undo}?{urlencode({'next': here})}"
    messages.success(door.request, f"“{innovation.title}”: {said}", extra_tags=undo)
    ref, query = _next_of(place)
    return redirect(_address(door, ref, query))


def _address(door: SiteDoor, ref: str, query: dict[str, str]) -> str:
    """The queue, with one idea beside it if there is one."""
    site = {"site": door.site.slug}
    href = (
        reverse("portfolio:triage_item", kwargs={**site, "ref": ref})
        if ref
        else reverse("portfolio:triage", kwargs=site)
    )
    return f"{href}?{urlencode(query)}" if query else href
