"""Asking for numbers now."""

import datetime as dt
from dataclasses import asdict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Site
from hubapp import events, outbox
from hubapp.actors import Actor
from hubapp.outbox.models import OutboxMessage
from hubapp.workdays import london_date, month_of
from kpis.queries import request_key

TOPIC = "kpis.compute_site_month"


@transaction.atomic
def request_compute(*, site: Site, month: dt.date, by: Actor) -> OutboxMessage:
    """Have the numbers of one site and month computed as soon as a worker is free.

    A second request while one waits joins it.

    :raises ValidationError: the month has not begun
    """
    month, _ = month_of(month)
    if month > london_date(timezone.now()):
        raise ValidationError(f"{month:%B %Y} has not begun, so there is nothing to count yet.")
    message = outbox.add(
        TOPIC,
        {"site_id": site.pk, "month": month.isoformat(), "by": asdict(by)},
        key=request_key(site.pk, month),
    )
    events.record(
        "kpi.compute_requested", by=by, subject=site, changes={"period": f"{month:%Y-%m}"}
    )
    return message
