"""Dates and working days as the NHS in England counts them.

Every event has a UTC instant and the Europe/London date it fell on; services
set both, and SQL never converts zones.
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")


def london_date(instant: dt.datetime) -> dt.date:
    """The Europe/London date of an aware instant."""
    return instant.astimezone(LONDON).date()


@lru_cache(maxsize=128)
def bank_holidays(year: int) -> frozenset[dt.date]:
    """England's bank holidays of one year."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: dt.date) -> bool:
    """Monday to Friday, and no bank holiday in England."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Working days after ``start`` up to and including ``end``; 0 if ``end`` is not later.

    What arrives on a Friday and is answered on the Monday took one working day.
    """
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    count = weeks * 5
    count += sum(
        (start + dt.timedelta(days=weeks * 7 + i)).weekday() < 5 for i in range(1, rest + 1)
    )
    for year in range(start.year, end.year + 1):
        count -= sum(start < day <= end and day.weekday() < 5 for day in bank_holidays(year))
    return count


def add_working_days(start: dt.date, days: int) -> dt.date:
    """The working day that is ``days`` working days after ``start`` (``start`` itself for 0)."""
    day = start
    # A week has at most five working days, so whole weeks can be stepped first.
    while days >= 10:
        ahead = day + dt.timedelta(days=7 * (days // 5 - 1))
        days -= working_days_between(day, ahead)
        day = ahead
    while days > 0:
        day += dt.timedelta(days=1)
        days -= is_working_day(day)
    return day


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the month that ``day`` falls in."""
    first = day.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return first, after - dt.timedelta(days=1)
