"""Dates of the desk in words, the same on every page."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from hubapp.workdays import london_date, working_days_between
from portfolio.models import Innovation


@dataclass(frozen=True, slots=True)
class Due:
    """A due date in words; ``late`` when it has passed and counts."""

    words: str
    late: bool = False


def due_in_words(innovation: Innovation, today: dt.date | None = None) -> Due | None:
    """ "Due 3 December", "Due today", "Overdue by 4 working days"; None where no clock runs.

    What is exempt from the clock is late to nobody.
    """
    on = innovation.due_on
    if on is None:
        return None
    today = today or london_date(timezone.now())
    if on == today:
        return Due("Due today")
    if on > today:
        return Due(f"Due {_day(on, today)}")
    late = not innovation.exemption
    days = working_days_between(on, today)
    if not days or not late:
        # Due on a Friday, looked at on the Saturday.
        return Due(f"Was due {_day(on, today)}", late=late)
    return Due(f"Overdue by {days:,} working day{'' if days == 1 else 's'}", late=True)


def acknowledgement_in_words(innovation: Innovation, today: dt.date | None = None) -> Due | None:
    """ "Acknowledge today", "Not acknowledged" once it is late; None where there is time or nobody waits for one."""
    by = innovation.acknowledge_by
    if by is None or innovation.acknowledged_on or not innovation.is_in_triage:
        return None
    today = today or london_date(timezone.now())
    if by > today:
        return None
    late = by < today
    return Due(
        "Not acknowledged" if late else "Acknowledge today", late=late and not innovation.exemption
    )


def _day(day: dt.date, today: dt.date) -> str:
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {day:%B}{year}"
