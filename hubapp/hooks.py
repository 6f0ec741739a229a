"""Where lower rooms ask upper apps, in bulk: one call for a page, never one for a row.

Upper apps register in ``AppConfig.ready()``; the docstring of each registry
gives the shape of the function it takes.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Registry(Generic[F]):
    """Functions of one shape, called in the order in which they were registered."""

    def __init__(self) -> None:
        self._functions: list[F] = []

    def register(self, function: F) -> F:
        if function not in self._functions:
            self._functions.append(function)
        return function

    def __iter__(self):
        return iter(self._functions)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that waits for somebody, on the "my work" page."""

    title: str
    href: str
    site_name: str
    why: str
    since: dt.datetime | None = None
    due_on: dt.date | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class WorkList:
    """One kind of waiting work: at most a page of it, and where the rest is."""

    heading: str
    items: list[WorkItem]
    more_href: str = ""
    # (site, address) for each site, where one page does not hold the rest of all of them.
    more_at: tuple[tuple[str, str], ...] = ()
    count: str = ""
    # False for what is only good to know: it is on the page and not in the daily mail.
    waits: bool = True
    # What somebody else waits for comes before what is merely there to do; the rest as registered.
    comes_first: bool = False


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of a site's navigation, shown when ``permission`` holds there."""

    label: str
    url_name: str
    permission: str
    order: int = 100
    # Other URL names under which the entry is marked as current.
    covers: frozenset[str] = field(default_factory=frozenset)
    # One sentence for the card on the site's own page.
    hint: str = ""
    # (viewer, site) -> whether to show it, besides the permission: for what some need not see.
    only: Callable[[Any, Any], bool] | None = None

    def is_shown(self, user: Any, site: Any) -> bool:
        """Whether ``user`` finds it at ``site``. It asks the database nothing."""
        if not user.has_perm(self.permission, site):
            return False
        return self.only is None or self.only(user.viewer, site)


@dataclass(frozen=True, slots=True)
class SettingsItem:
    """One entry of a site's settings page, shown when ``permission`` holds there."""

    title: str
    hint: str
    url_name: str
    permission: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class Reference:
    """Where something named by kind and ref is: its name and address, for one viewer."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a member holds at a site: ``count`` things called ``label`` (plural words)."""

    kind: str
    label: str
    count: int


# (user) -> Iterable[WorkList]: what waits for this person, across sites.
work: Registry[Callable[[Any], Iterable[WorkList]]] = Registry()
# Entries of the site navigation; not functions but NavItem rows.
navigation: list[NavItem] = []
# Pages of a network that its home links to; ``permission`` is asked on the network.
network_pages: list[NavItem] = []
# Entries of a site's settings page.
site_settings: list[SettingsItem] = []
# What an event's verb says on the page of what happened: "decided on an innovation".
event_words: dict[str, str] = {}
# Kind of subject ("portfolio.innovation") → (viewer, refs) -> {ref: Reference}, in one query;
# refs that the viewer may not open are left out.
references: dict[str, Callable[[Any, Iterable[str]], dict[str, Reference]]] = {}
# (user_id, site_id) -> Iterable[Held]
held_work: Registry[Callable[[int, int], Iterable[Held]]] = Registry()
# (kind, from_user_id, to_user_id | None, site_id, by) -> int: moved, inside the caller's
# transaction; called for each kind that held_work gave, 0 for kinds that are not one's own.
reassign_work: Registry[Callable[..., int]] = Registry()
# (site, by) -> None: a site was created; inside the caller's transaction.
site_created: Registry[Callable[..., None]] = Registry()
# (person_ids, by) -> None: erase what else is kept about these people, inside the transaction.
person_erased: Registry[Callable[..., None]] = Registry()
# (texts) -> None: forget what is kept besides the records that holds any of these texts
# (references, words): it was blacked out or its person erased. Inside the transaction.
texts_removed: Registry[Callable[[list[str]], object]] = Registry()
# (by) -> None: make demo rows, through services; registered with the order of the apps.
demo: Registry[Callable[..., None]] = Registry()


def add_navigation(*items: NavItem) -> None:
    """Register navigation entries once each."""
    for item in items:
        if item not in navigation:
            navigation.append(item)
    navigation.sort(key=lambda item: item.order)


def add_network_pages(*items: NavItem) -> None:
    """Register pages of a network once each."""
    for item in items:
        if item not in network_pages:
            network_pages.append(item)
    network_pages.sort(key=lambda item: item.order)


def add_settings(*items: SettingsItem) -> None:
    """Register entries of a site's settings page once each."""
    for item in items:
        if item not in site_settings:
            site_settings.append(item)
    site_settings.sort(key=lambda item: item.order)
