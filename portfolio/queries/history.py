"""What the rows of history say, for services that store it and tests that recount it."""

import datetime as dt

from hubapp.workdays import london_date
from portfolio.clock import effective
from portfolio.enums import Direction, MoveReason
from portfolio.models import Innovation, Message, StageMove


def acknowledged_on(innovation: Innovation) -> dt.date | None:
    """The day of the first message to the submitter or decision that stands; None before either."""
    moves = StageMove.objects.filter(innovation=innovation).order_by("number")
    days = [move.on for move in effective(moves) if move.reason == MoveReason.DECISION][:1]
    first = (
        Message.objects.filter(innovation=innovation, direction=Direction.TO_SUBMITTER)
        .order_by("at")
        .first()
    )
    if first:
        days.append(london_date(first.at))
    return min(days, default=None)
