"""Dates, times, days, numbers and money as the NHS content guide writes them.

Used by the template filters of the same names, charts, mail and exports, so
that a figure reads the same wherever it stands. Times are London's.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from hubapp.workdays import LONDON


def in_london(value: Any) -> dt.date | dt.datetime | None:
    """An instant moved to London, a date as it is, None for anything else."""
    if isinstance(value, dt.datetime):
        return value.astimezone(LONDON) if value.tzinfo else value
    return value if isinstance(value, dt.date) else None


def london_date(value: Any) -> str:
    """ "21 November 2026"; "" for None."""
    on = in_london(value)
    return f"{on.day} {on:%B %Y}" if on else ""


def short_date(value: Any) -> str:
    """ "21 Nov 2026", for tables; "" for None."""
    on = in_london(value)
    return f"{on.day} {on:%b %Y}" if on else ""


def london_month(value: Any) -> str:
    """ "November 2026"; "" for None."""
    on = in_london(value)
    return f"{on:%B %Y}" if on else ""


def london_time(value: Any) -> str:
    """ "5:30pm", "9am", "midday", "midnight"; "" for a date without a time."""
    at = value if isinstance(value, dt.time) else in_london(value)
    if not isinstance(at, dt.datetime | dt.time):
        return ""
    if at.minute == 0 and at.hour in (0, 12):
        return "midday" if at.hour else "midnight"
    clock = f"{at.hour % 12 or 12}" + (f":{at.minute:02d}" if at.minute else "")
    return f"{clock}{'pm' if at.hour >= 12 else 'am'}"


def london_datetime(value: Any) -> str:
    """ "21 November 2026 at 5:30pm"; of a date, the date alone."""
    time = london_time(value)
    return f"{london_date(value)} at {time}" if time else london_date(value)


def number(value: Any) -> str:
    """Commas at thousands, no trailing zeros: "1,234.5". Other text stays ("1,000+")."""
    if value is None or isinstance(value, bool):
        return ""
    try:
        exact = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        return str(value)
    if not exact.is_finite():
        return str(value)
    words = f"{exact:,f}"
    return words.rstrip("0").rstrip(".") if "." in words else words


def percent(value: Any, places: int = 0) -> str:
    """A percentage on the scale 0–100 as "83%", halves rounded up; "" for None."""
    if value in (None, ""):
        return ""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
    return f"{number(exact)}%"


def counted(value: Any, words: str) -> str:
    """ "1 idea", "25 ideas", "1,000+ ideas": ``counted(n, "idea,ideas")``."""
    one, _, many = words.partition(",")
    return f"{number(value)} {one if number(value) == '1' else (many or one + 's')}"


def working_days(value: Any) -> str:
    """ "1 working day", "12 working days"; "" for None."""
    return "" if value in (None, "") else counted(value, "working day,working days")


def working_days_left(value: Any) -> str:
    """Working days until something is due: "3 working days left", "due today", "… late"."""
    if value in (None, ""):
        return ""
    days = int(value)
    if days == 0:
        return "due today"
    return f"{working_days(abs(days))} {'left' if days > 0 else 'late'}"


#: Decimal places of currencies that do not have two (ISO 4217).
_PLACES = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JOD": 3}
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "US$", "JPY": "JP¥"}


def money(minor: Any, currency: str = "GBP") -> str:
    """Minor units of a currency as "£1,234.50", "£1,234" without pence, "12 SEK"; "" for None."""
    if minor in (None, ""):
        return ""
    code = str(currency or "GBP").upper()
    places = _PLACES.get(code, 2)
    amount = Decimal(int(minor)).scaleb(-places)
    whole = amount == amount.to_integral_value()
    figure = f"{abs(amount):,.{0 if whole else places}f}"
    sign, symbol = "−" if amount < 0 else "", _SYMBOLS.get(code)
    return f"{sign}{symbol}{figure}" if symbol else f"{sign}{figure} {code}"
