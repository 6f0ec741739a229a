"""Periodic work of the API."""

from celery import shared_task

from hubapp.api import idempotency


@shared_task(name="hubapp.api.tidy")
def tidy() -> None:
    idempotency.tidy()
