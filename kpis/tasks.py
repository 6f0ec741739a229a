"""The numbers' tasks: by beat, and on request."""

import datetime as dt

from celery import shared_task

from hubapp.actors import Actor, system
from kpis import queries, services


@shared_task(name="kpis.compute_due")
def compute_due() -> None:
    services.compute_due(by=system("kpis.compute_due"))


@shared_task(name="kpis.compute_site_month")
def compute_site_month(site_id: int, month: str, by: dict) -> None:
    services.compute(
        month=dt.date.fromisoformat(month), sites=[queries.site_by_id(site_id)], by=Actor(**by)
    )
