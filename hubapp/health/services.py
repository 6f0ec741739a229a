"""Heartbeats and readiness."""

import datetime as dt

from django.db import DatabaseError, connection
from django.utils import timezone

from hubapp.celery import app
from hubapp.health.models import Heartbeat

BEAT_SILENT_AFTER = dt.timedelta(seconds=60)


def heard_from(part: str) -> None:
    """Note that ``part`` is alive now."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": timezone.now()})


def faults() -> dict[str, str]:
    """The parts that are down, each with a sentence; empty when all is well."""
    found: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        beat = Heartbeat.objects.filter(part="beat").first()
        if beat is None:
            found["beat"] = "The scheduler (Celery beat) has not been heard from yet."
        elif timezone.now() - beat.at > BEAT_SILENT_AFTER:
            found["beat"] = (
                f"The scheduler (Celery beat) was last heard from at {beat.at:%Y-%m-%d %H:%M:%S} UTC."
            )
    except DatabaseError as error:
        found["database"] = f"The database does not answer ({type(error).__name__})."
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except Exception as error:  # each transport has exceptions of its own
        found["broker"] = f"The message broker does not answer ({type(error).__name__})."
    return found
