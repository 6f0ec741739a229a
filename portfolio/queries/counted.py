"""What is counted over all ideas of a site is kept for as long as none of them changes."""

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Count, Max, Sum
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.web.kept import how_made, key_of
from portfolio.models import Innovation

T = TypeVar("T")
# A change is stored at most so long after the instant that it bears; where so many ideas changed
# within that time, they are counted anew each time.
LATE_AT_MOST = dt.timedelta(minutes=10)
MANY_LATELY = 2_000
KEPT_FOR = 60 * 60


def counted_once(
    viewer: Viewer,
    site: Site,
    what: str,
    count: Callable[[], T],
    *,
    by_version: bool = False,
) -> T:
    """What ``count`` gives, never None: counted from the records, or kept from an earlier time at which
    they stood as they do now. One query tells that, two while a change was stored lately.

    Kept for the desk, which reads every idea, and for keys; what others read hangs on more than the ideas.

    :param what: names everything that is counted, and everything but the site's ideas that it depends on
    :param by_version: it depends on nothing that changes without raising the version of an idea, so
        that it can be kept while ideas change
    """
    reader = _reader(viewer, site)
    stands = as_they_stand(site, by_version=by_version) if reader else ""
    key = key_of(how_made(), "counted", site.pk, reader, what, stands)
    kept: T | None = cache.get(key) if stands else None
    if kept is None:
        kept = count()
        # What was changed while it was counted has another key.
        if stands and stands == as_they_stand(site, by_version=by_version):
            cache.set(key, kept, KEPT_FOR)
    return kept


def _reader(viewer: Viewer, site: Site) -> str:
    """Who reads the same ideas of a site as the viewer, as far as the ideas alone tell; "" for only themselves."""
    if viewer.is_key:
        may = {"innovations:read", "innovations:write"} & viewer.scopes
        return "key" if may and site.pk in viewer.site_ids else ""
    return "desk" if viewer.has_role(site.pk, DESK) else ""


def as_they_stand(site: Site, *, by_version: bool = False) -> str:
    """Changes with every change to a site's ideas; "" while that cannot be told.

    By the latest instant that any was changed at. As long as a change of before it may still be
    stored, by the versions of all that were changed in that time too, or not at all.
    """
    rows = Innovation.objects.at(site)
    latest = rows.aggregate(at=Max("updated_at"))["at"]
    if latest is None:
        return "none"
    if latest < timezone.now() - LATE_AT_MOST:
        return f"{latest.timestamp()}"
    if not by_version:
        return ""
    lately = rows.filter(updated_at__gte=latest - LATE_AT_MOST).order_by()
    told = lately[: MANY_LATELY + 1].aggregate(n=Count("pk"), versions=Sum("version"))
    if told["n"] > MANY_LATELY:
        return ""
    return f"{latest.timestamp()}-{told['n']}-{told['versions']}"
