"""What the front door shows beside an idea that is being written: others like it, for whoever may see them."""

from typing import Any

from django.urls import reverse

from portfolio.forms.similar import typed_in
from portfolio.queries import front_door as doors
from portfolio.queries import similar as queries


def similar_to_draft(page: Any, destination: doors.Destination, answers: Any) -> dict[str, Any]:
    """For the front door: what is like an idea that is not sent, that whoever writes it may see.

    ``similar_href`` is empty where nothing could ever be shown, so that the page asks nothing.
    """
    user = page.request.user
    viewer = user.viewer if user.is_authenticated else None
    sites = destination.sites
    if not queries.may_show_any(viewer, sites):
        return {"similar_href": "", "found": []}
    title, *texts = typed_in(answers)
    return {
        "similar_href": reverse("portfolio:draft_similar", kwargs={"token": page.token}),
        "found": queries.like_typed(viewer, sites, title, *texts),
        "one_site": len(sites) == 1,
    }
