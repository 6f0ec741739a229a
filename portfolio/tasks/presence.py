"""Forgetting who had what open."""

from celery import shared_task

from portfolio.services import presence


@shared_task(name="portfolio.tidy_presence")
def tidy_presence() -> None:
    presence.tidy()
