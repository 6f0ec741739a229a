"""Calls as the public sees them; nothing here depends on a viewer."""

import datetime as dt

from django.utils import timezone

from accounts.models import Site
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from portfolio.enums import CallStanding
from portfolio.models import Call, Draft

# A site with more open calls at once shows those that close first.
SHOWN = 20


def open_calls(site: Site) -> list[Call]:
    """A site's calls that take ideas today, the first to close first. For anyone."""
    today = london_date(timezone.now())
    return list(Call.objects.at(site).open_on(today).order_by("closes_on", "pk")[:SHOWN])


def published_call(site: Site, ref: str) -> Call | None:
    """A published call of a site, open or not, by its reference in any case. For anyone."""
    return (
        Call.objects.at(site)
        .filter(ref=normalise_ref(ref), is_published=True)
        .select_related("need", "site")
        .first()
    )


def is_open(call: Call, on: dt.date | None = None) -> bool:
    """Whether it takes ideas on a day in London: today unless said."""
    return call.standing(on or london_date(timezone.now())) == CallStanding.OPEN


def call_of_draft(draft: Draft) -> Call | None:
    """The call that a draft answers, while it is published, open or not."""
    ref = draft.answers.get("call")
    if not ref or draft.entry_site is None:
        return None
    return published_call(draft.entry_site, str(ref))
