"""Looking after ideas that were never confirmed or never sent."""

from celery import shared_task

from hubapp.actors import system
from portfolio.services import submissions


@shared_task(name="portfolio.remind_unconfirmed")
def remind_unconfirmed() -> None:
    submissions.remind_unconfirmed(by=system("portfolio.remind_unconfirmed"))


@shared_task(name="portfolio.delete_unconfirmed")
def delete_unconfirmed() -> None:
    submissions.delete_unconfirmed(by=system("portfolio.delete_unconfirmed"))


@shared_task(name="portfolio.delete_stale_drafts")
def delete_stale_drafts() -> None:
    submissions.delete_stale_drafts(by=system("portfolio.delete_stale_drafts"))
