"""Months as people and programs write them."""

import datetime as dt
import re

from django.core.exceptions import ValidationError

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
# Nothing in a hub is older, and a mistyped year must not make thousands of months.
YEARS_BACK = 20


def month_from_text(text: str) -> dt.date:
    """The first day of "2026-10".

    :raises ValidationError: with a sentence, when it is no month
    """
    found = _MONTH.fullmatch(text.strip())
    if found and 1900 <= int(found[1]) <= 9998 and 1 <= int(found[2]) <= 12:
        return dt.date(int(found[1]), int(found[2]), 1)
    raise ValidationError(
        f"“{text[:40]}” is not a month. Write the year and the month, such as 2026-10."
    )


def month_that_has_begun(day: dt.date, *, today: dt.date) -> dt.date:
    """The first day of the month that ``day`` falls in.

    :raises ValidationError: it has not begun
    """
    month = day.replace(day=1)
    if month > today:
        raise ValidationError(f"{month:%B %Y} has not begun, so there is nothing to count yet.")
    return month


def month_before(month: dt.date) -> dt.date:
    """The first day of the month before the one that ``month`` falls in."""
    return (month.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def month_after(month: dt.date) -> dt.date:
    """The first day of the month after the one that ``month`` falls in."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of the months from ``first`` to ``last``, both included; none if ``last`` is earlier."""
    found = []
    month = first.replace(day=1)
    while month <= last:
        found.append(month)
        month = month_after(month)
    return found


def earliest_month(today: dt.date) -> dt.date:
    """How far back numbers are computed."""
    return today.replace(year=today.year - YEARS_BACK, day=1)
