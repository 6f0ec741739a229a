"""Asking for numbers now."""

import datetime as dt
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone

from accounts.models import Site
from hubapp import events, outbox
from hubapp.actors import Actor
from hubapp.outbox.models import OutboxMessage
from hubapp.workdays import london_date
from kpis.queries import request_key
from kpis.validators import month_that_has_begun

TOPIC = "kpis.compute_site_month"


@transaction.atomic
def request_compute(*, site: Site, month: dt.date, by: Actor) -> OutboxMessage:
    """Have the numbers of one site and month computed as soon as a worker is free.

    A second request while one waits joins it.

    :raises ValidationError: the month has not begun
    """
    month = month_that_has_begun(month, today=london_date(timezone.now()))
    message = outbox.add(
        TOPIC,
        {"site_id": site.pk, "month": month.isoformat(), "by": asdict(by)},
        key=request_key(site.pk, month),
    )
    events.record(
        "kpi.compute_requested", by=by, subject=site, changes={"period": f"{month:%Y-%m}"}
    )
    return message
