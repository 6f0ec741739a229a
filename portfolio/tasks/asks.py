"""Looking after questions that nobody has answered."""

from celery import shared_task

from hubapp.actors import system
from portfolio.services import asks


@shared_task(name="portfolio.remind_asked")
def remind_asked() -> None:
    asks.remind_due(by=system("portfolio.remind_asked"))


@shared_task(name="portfolio.expire_asks")
def expire_asks() -> None:
    asks.expire_due(by=system("portfolio.expire_asks"))
