"""What one does at the queue besides reading it: views, several ideas at once, the next one, keys, files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import Truncator

from hubapp.problems import Refused
from hubapp.refs import normalise_ref
from hubapp.web.doors import SiteDoor
from hubapp.web.export import file_response
from portfolio.enums import Priority
from portfolio.forms.queue import ViewForm
from portfolio.models import Innovation, SavedView
from portfolio.queries import bulk as left
from portfolio.queries import exports, triage
from portfolio.queries import views as named
from portfolio.services import bulk, presence, take, views
from portfolio.services.classification import tag_of
from portfolio.services.exports import record_export
from portfolio.views.base import InnovationDoor, not_found_unless, safe_next, signed_in
from portfolio.views.lists import Listing
from portfolio.views.onward import QUEUE, remember_list
from portfolio.views.triage import (
    KEYS_COOKIE,
    KEYS_OFF,
    keys_are_on,
    portfolio_of,
    queue_context,
    queue_of,
)
from portfolio.words import due_in_words

VIEW_QUEUE = "portfolio.view_queue"
# More than this at one press is confirmed first.
UNCONFIRMED = 25
# How many ideas are named on a page or in a sentence about several.
NAMED = 5
KEPT_FOR = 365 * 24 * 3600


def queue_href(door: SiteDoor, query: str = "") -> str:
    """The queue, filtered by ``query``."""
    href = reverse("portfolio:triage", kwargs={"site": door.site.slug})
    return f"{href}?{query}" if query else href


# -- named views ---------------------------------------------------------------------
class NamedView(SiteDoor):
    """The queue as a view shows it: ready-made, one's own, or shared by the desk."""

    permission = VIEW_QUEUE

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        slug = kwargs["slug"]
        view = next((each for each in named.READY_MADE if each.slug == slug), None)
        query = view.query if view else not_found_unless(self._saved(slug)).query
        context = queue_context(self, named.data_of(query), current=slug)
        response = self.page("portfolio/triage/queue.html", context, part="results")
        return remember_list(self, response, QUEUE, context["query"])

    def _saved(self, slug: str) -> SavedView | None:
        return named.saved_view(self.viewer, self.site, slug)


class AddView(SiteDoor):
    """Keep the filters of the queue under a name."""

    permission = VIEW_QUEUE
    template = "portfolio/triage/view.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(ViewForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ViewForm(request.POST)
        if form.is_valid():
            try:
                view = views.save_view(
                    site=self.site,
                    owner=signed_in(request),
                    name=form.cleaned_data["name"],
                    query=self._listing().filters.as_query(),
                    is_shared=form.cleaned_data["is_shared"],
                    by=self.actor,
                )
            except ValidationError as error:
                form.add_error("name", error.messages[0])
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"Saved as “{view.name}”.")
                return redirect(view)
        return self._show(form, 422)

    def _listing(self) -> Listing:
        return queue_of(self)

    def _show(self, form: ViewForm, status: int = 200) -> HttpResponse:
        listing = self._listing()
        query = listing.filters.as_query()
        context = {
            "form": form,
            "chips": listing.chips,
            "order_words": listing.filters.order_words,
            "back_href": queue_href(self, query),
            "back_label": "Triage",
        }
        return self.page(self.template, context, status=status)


class SavedViewDoor(SiteDoor):
    """A page about one saved view: its owner's, or one that the desk shares."""

    permission = VIEW_QUEUE
    saved: SavedView

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.saved = not_found_unless(named.saved_view(self.viewer, self.site, kwargs["slug"]))
        return response


class EditView(SavedViewDoor):
    """Rename a view, share it, or take the filters that are on now."""

    template = "portfolio/triage/view.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        view = self.saved
        initial = {"name": view.name, "is_shared": view.is_shared, "version": view.version}
        return self._show(ViewForm(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ViewForm(request.POST)
        if form.is_valid():
            try:
                view = views.change_view(
                    view=self.saved,
                    name=form.cleaned_data["name"],
                    is_shared=form.cleaned_data["is_shared"],
                    version=form.cleaned_data["version"],
                    by=self.actor,
                )
            except ValidationError as error:
                form.add_error("name", error.messages[0])
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, "Saved.")
                return redirect(view)
        return self._show(form, 422)

    def _show(self, form: ViewForm, status: int = 200) -> HttpResponse:
        listing = queue_of(self, named.data_of(self.saved.query))
        context = {
            "form": form,
            "saved": self.saved,
            "chips": listing.chips,
            "order_words": listing.filters.order_words,
            "back_href": self.saved.get_absolute_url(),
            "back_label": self.saved.name,
        }
        return self.page(self.template, context, status=status)


class DeleteView(SavedViewDoor):
    """Delete a view; the ideas in it stay."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            views.delete_view(view=self.saved, by=self.actor)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(queue_href(self))
        messages.success(request, f"The view “{self.saved.name}” is deleted.")
        return redirect(queue_href(self))


# -- several ideas at once --------------------------------------------------------------
@dataclass(frozen=True)
class Verb:
    """One thing that is done to several ideas.

    :param do: given the door, the ideas and what was typed, returns how many it was done to
    :param left: which of them it leaves alone
    :param done: given the door and what was typed, the sentence after the number of ideas
    """

    heading: str
    done: Callable[[SiteDoor, str], str]
    field: str
    label: str
    do: Callable[[SiteDoor, Sequence[Innovation], str], int]
    left: Callable[[SiteDoor, Sequence[Innovation], str], left.Left]


def _to(door: SiteDoor, value: str) -> Any:
    if value == triage.NOBODY:
        return None
    if value == triage.ME:
        return signed_in(door.request)
    to = triage.member_who_can_hold(door.site, normalise_ref(value))
    if to is None:
        raise Refused("Choose whom to assign them to.")
    return to


def _to_in_words(door: SiteDoor, value: str) -> str:
    to = _to(door, value)
    return "nobody" if to is None else "you" if to == door.request.user else str(to)


def _priority_in_words(value: str) -> str:
    return f"given {Priority(value).label.lower()} priority" if value else "left without a priority"


VERBS = {
    "assign": Verb(
        "Assign",
        lambda door, value: f"assigned to {_to_in_words(door, value)}",
        "to",
        "Assign to",
        lambda door, ideas, value: bulk.assign(
            site=door.site, innovations=ideas, to=_to(door, value), by=door.actor
        ),
        lambda door, ideas, value: left.left_by_assign(ideas, _to(door, value)),
    ),
    "tag": Verb(
        "Tag",
        lambda door, value: f"tagged “{tag_of(value)}”",
        "tag",
        "Tag",
        lambda door, ideas, value: bulk.tag(
            site=door.site, innovations=ideas, word=value, by=door.actor
        ),
        lambda door, ideas, value: left.left_by_tag(ideas, tag_of(value)),
    ),
    "priority": Verb(
        "Set the priority of",
        lambda door, value: _priority_in_words(value),
        "priority",
        "Priority",
        lambda door, ideas, value: bulk.set_priority(
            site=door.site, innovations=ideas, priority=value, by=door.actor
        ),
        lambda door, ideas, value: left.left_by_priority(ideas, value),
    ),
    "acknowledge": Verb(
        "Acknowledge",
        lambda door, value: "acknowledged",
        "",
        "",
        lambda door, ideas, value: bulk.acknowledge(
            site=door.site, innovations=ideas, by=door.actor
        ),
        lambda door, ideas, value: left.left_by_acknowledge(ideas),
    ),
}


class Bulk(SiteDoor):
    """Assign, tag, prioritise or acknowledge the ideas that were ticked, or all that a filter keeps."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/triage/bulk.html"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        verb = VERBS.get(request.POST.get("do", ""))
        self.listing = queue_of(self, named.data_of(request.POST.get("query", "")))
        self.back = queue_href(self, self.listing.filters.as_query())
        if verb is None:
            messages.error(request, "Press one of the buttons below the list.")
            return redirect(self.back)
        if verb is VERBS["acknowledge"] and not request.user.has_perm(
            "portfolio.message_submitter", self.site
        ):
            raise PermissionDenied
        ideas, gone = self._chosen()
        if not ideas:
            messages.error(request, "Tick at least one idea, then press the button again.")
            return redirect(self.back)
        value = request.POST.get(verb.field, "").strip() if verb.field else ""
        if len(ideas) > UNCONFIRMED and request.POST.get("confirmed") != f"{len(ideas)}":
            return self._ask(verb, ideas, value)
        try:
            alone = verb.left(self, ideas, value)
            count = verb.do(self, ideas, value)
        except Refused as refused:
            return self._ask(verb, ideas, value, str(refused))
        self._tell(verb, value, count, alone, gone)
        return redirect(self.back)

    def _chosen(self) -> tuple[list[Innovation], int]:
        """The ideas; and how many of those ticked are no longer there."""
        data = self.request.POST
        if data.get("all"):
            column = self.listing.filters.column
            rows = self.listing.matching.order_by(column, f"{'-' * column.startswith('-')}pk")
            return list(_short(rows)[: bulk.MOST]), 0
        refs = {normalise_ref(ref) for ref in data.getlist("idea")[: bulk.MOST]}
        rows = triage.ideas_of_site(self.viewer, self.site).filter(ref__in=refs).order_by("pk")
        found = list(_short(rows))
        return found, len(refs) - len(found)

    def _ask(
        self, verb: Verb, ideas: Sequence[Innovation], value: str, problem: str = ""
    ) -> HttpResponse:
        """One page between the press and many ideas, or what was wrong with what was typed."""
        data = self.request.POST
        context = {
            "verb": verb,
            "do": data.get("do"),
            "ideas": ideas,
            "named": ideas[:NAMED],
            "others": len(ideas) - NAMED,
            "value": value,
            "problem": problem,
            "all": data.get("all", ""),
            "query": data.get("query", ""),
            "members": self.listing.offered.members,
            "me": self.listing.me,
            "priorities": Priority.choices,
            "most": bulk.MOST,
            "back_href": self.back,
            "back_label": "Triage",
        }
        return self.page(self.template, context, status=422 if problem else 200)

    def _tell(self, verb: Verb, value: str, count: int, alone: left.Left, gone: int) -> None:
        say = messages.success if count else messages.warning
        done = _ideas(count) if count else "No idea"
        sentences = [f"{done} {verb.done(self, value)}."]
        for why, ideas in alone:
            sentences.append(f"{_ideas(len(ideas))} left alone, {why}: {_named(ideas)}.")
        if gone:
            sentences.append(f"{_ideas(gone)} no longer here.")
        say(self.request, " ".join(sentences))


def _short(rows: Any) -> Any:
    return rows.defer("problem", "for_whom", "idea", "search_text")


def _ideas(count: int) -> str:
    return "1 idea" if count == 1 else f"{count:,} ideas"


def _named(ideas: Sequence[Innovation]) -> str:
    titles = [f"“{Truncator(idea.title).chars(60)}”" for idea in ideas[:NAMED]]
    others = len(ideas) - len(titles)
    return ", ".join(titles) + (f" and {others} more" if others else "")


# -- one idea ---------------------------------------------------------------------------
class TakeNext(SiteDoor):
    """The idea that is due soonest and nobody's: assigned to whoever presses, and opened."""

    permission = "portfolio.triage_innovation"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        found = take.take_next(site=self.site, user=signed_in(request), by=self.actor)
        if found is None:
            messages.info(
                request,
                "There is nothing to take: every idea that waits is somebody’s,"
                " is open with somebody else, or is one in which you declared an interest.",
            )
            return redirect(queue_href(self))
        due = due_in_words(found)
        messages.success(request, f"You look after this idea now.{f' {due.words}.' if due else ''}")
        return redirect("portfolio:triage_item", site=self.site.slug, ref=found.ref)


class HasOpen(InnovationDoor):
    """A page says every few seconds that it shows an idea, and hears who else does."""

    permission = VIEW_QUEUE

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        presence.seen(innovation=self.innovation, user=signed_in(request))
        names = triage.who_has_open(self.innovation, self.viewer.user_id)
        return self.page("portfolio/triage/_open_with.html", {"open_with": names})


# -- keys ---------------------------------------------------------------------------------
class Keys(SiteDoor):
    """Which keys do what at the queue; and switching them off, in this browser."""

    permission = VIEW_QUEUE

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = {
            "keys_on": keys_are_on(request),
            "back_href": queue_href(self),
            "back_label": "Triage",
        }
        return self.page("portfolio/triage/keys.html", context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        off = request.POST.get("keys") == KEYS_OFF
        response = redirect(safe_next(request, request.path))
        if off:
            response.set_cookie(
                KEYS_COOKIE,
                KEYS_OFF,
                max_age=KEPT_FOR,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure(),
            )
        else:
            response.delete_cookie(KEYS_COOKIE, samesite="Lax")
        messages.success(request, f"Keys are switched {'off' if off else 'on'} in this browser.")
        return response


# -- files ----------------------------------------------------------------------------------
class Export(SiteDoor):
    """The queue as it is filtered, as a file."""

    permission = VIEW_QUEUE
    name = "triage"

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        kind = kwargs["kind"]
        listing = self.listing()
        rows = listing.matching
        record_export(
            site=self.site,
            kind=kind,
            count=rows.count(),
            filters=listing.filters.as_dict(),
            by=self.actor,
        )
        name = f"{self.name}-{self.site.slug}"
        cells = exports.rows_of(rows, self.site, self.viewer)
        return file_response(kind, exports.COLUMNS, cells, name=name)

    def listing(self) -> Listing:
        """The list that is taken away."""
        return queue_of(self)


class ExportPortfolio(Export):
    """The portfolio as it is filtered, as a file; reviewers get what is assigned to them."""

    permission = "portfolio.view_portfolio"
    name = "innovations"

    def listing(self) -> Listing:
        return portfolio_of(self)
