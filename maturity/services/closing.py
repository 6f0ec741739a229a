"""Closing a round: what was submitted becomes final, and the round releases what its sites say together."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from maturity.enums import RoundState
from maturity.models import Round
from maturity.services.assessments import finalise_submitted
from maturity.services.releases import release
from maturity.services.rounds import CHANGED


@transaction.atomic
def close(*, round: Round, by: Actor) -> Round:
    """Close a round. Drafts stay as they are and count nowhere; what is with peer review ends with that.

    Twice is once.

    :raises Refused: it is not open
    :raises Stale: somebody else changed it
    """
    if round.state == RoundState.CLOSED:
        return round
    if round.state != RoundState.OPEN:
        raise Refused("Only an open round can be closed.")
    now = instants.now()
    columns = {"state": RoundState.CLOSED, "closed_at": now, "updated_at": now}
    # First the round: of two at one moment, one waits here and then finds it closed.
    changed = Round.objects.filter(pk=round.pk, version=round.version, state=RoundState.OPEN)
    if not changed.update(version=round.version + 1, **columns):
        raise Stale(CHANGED)
    round.refresh_from_db()
    with events.operation():
        count = finalise_submitted(round=round, by=by)
        events.record("round.closed", by=by, subject=round, changes={"final": count})
        release(round=round, by=by)
    return round


def close_due(*, by: Actor, today: dt.date | None = None) -> int:
    """Close every open round whose closing date has passed, whenever that was; returns how many."""
    today = today or london_date(timezone.now())
    rows = Round.objects.filter(state=RoundState.OPEN, closes_on__lt=today)
    count = 0
    for row in rows.select_related("framework", "network").order_by("closes_on", "pk"):
        try:
            close(round=row, by=by)
        except Refused:
            # A coordinator closed it at the same moment.
            continue
        count += 1
    return count
