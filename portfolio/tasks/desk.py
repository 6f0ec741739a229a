"""What the desk does by itself."""

from celery import shared_task

from hubapp.actors import system
from portfolio.services import decisions


@shared_task(name="portfolio.bring_back_parked")
def bring_back_parked() -> None:
    decisions.bring_back_due(by=system("portfolio.bring_back_parked"))
