"""Innovations with dates of one's choosing, straight into the table: the clock's columns are what KPIs read."""

import datetime as dt

from django.utils import timezone

from accounts.models import Site
from hubapp.workdays import LONDON, add_working_days, working_days_between
from portfolio.enums import Channel, State
from portfolio.models import Innovation


def at_noon(day: dt.date) -> dt.datetime:
    """Midday in London."""
    return dt.datetime.combine(day, dt.time(12), LONDON)


def idea(
    site: Site,
    received: dt.date | None,
    *,
    decided: dt.date | None = None,
    withdrawn: dt.date | None = None,
    days_allowed: int = 20,
    imported: bool = False,
    **fields,
) -> Innovation:
    """An innovation received, and perhaps decided or withdrawn, on these days."""
    row = {
        "site": site,
        "title": "An idea",
        "channel": Channel.IMPORT if imported else Channel.FRONT_DOOR,
        "state": State.WAITING,
        "state_since": at_noon(received or dt.date(2026, 1, 1)),
        "queued_at": at_noon(received or dt.date(2026, 1, 1)),
        "received_on": received,
        "received_at": at_noon(received) if received else None,
        "updated_at": timezone.now(),
    }
    if imported:
        row["first_decided_on"] = decided
    else:
        due_on = add_working_days(received, days_allowed)
        row |= {"clock_started_on": received, "days_allowed": days_allowed}
        ended = decided or withdrawn
        if ended is None:
            row["due_on"] = due_on
        else:
            row |= {
                "state": State.SCOPING if decided else State.WITHDRAWN,
                "clock_ended_on": ended,
                "clock_due_on": due_on,
                "first_decided_on": decided,
                "decision_days": working_days_between(received, decided) if decided else None,
            }
    return Innovation.objects.create(**(row | fields))


def change(innovation: Innovation, **fields) -> None:
    """Change columns as a service would, ``updated_at`` among them."""
    Innovation.objects.filter(pk=innovation.pk).update(updated_at=timezone.now(), **fields)
