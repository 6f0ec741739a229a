"""Named views of the queue: ready-made ones, and those that people saved."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from accounts.models import Site
from accounts.viewers import Viewer
from portfolio.models import SavedView
from portfolio.models.queue import SavedViewQuerySet
from portfolio.queries.filters import ANY, NEW_AGE, OVERDUE, Filters
from portfolio.queries.triage import ME, NOBODY, Offered


@dataclass(frozen=True, slots=True)
class NamedView:
    """A view of the queue: its slug, name and query; ``saved`` unless it is ready-made."""

    slug: str
    name: str
    query: str
    saved: bool = False
    is_shared: bool = True


# These have no rows; nobody can rename or delete them. Their slugs are nobody else's.
READY_MADE = (
    NamedView("new", "New", Filters(age=NEW_AGE).as_query()),
    NamedView("mine", "Mine", Filters(assignee=ME).as_query()),
    NamedView("overdue", "Overdue", Filters(due=OVERDUE, order="due").as_query()),
    NamedView("waiting", "Waiting for others", Filters(waits=ANY).as_query()),
    NamedView("unassigned", "Nobody’s yet", Filters(assignee=NOBODY).as_query()),
)
RESERVED = frozenset(view.slug for view in READY_MADE) | {"add", "save"}


def views_offered(offered: Offered) -> list[NamedView]:
    """Ready-made views, then the saved ones that the viewer has, by name."""
    saved = [
        NamedView(slug, name, query, True, shared) for slug, name, query, shared in offered.views
    ]
    return [*READY_MADE, *saved]


def view_named(slug: str, offered: Offered) -> NamedView | None:
    """One of them by its slug."""
    return next((view for view in views_offered(offered) if view.slug == slug), None)


def data_of(query: str) -> dict[str, str]:
    """The filters of a view's query, by name, for ``read_filters``."""
    return dict(parse_qsl(query))


def saved_views(viewer: Viewer) -> SavedViewQuerySet:
    """Views that the viewer has at their desks: their own, and those that are shared; a key has the shared ones."""
    return SavedView.objects.filter(site_id__in=viewer.site_ids).usable_by(viewer.user_id)


def saved_view(viewer: Viewer, site: Site, slug: str) -> SavedView | None:
    """One saved view of a site that the viewer has."""
    rows = saved_views(viewer).at(site).select_related("site", "owner__person")
    return rows.filter(slug=slug).first()
