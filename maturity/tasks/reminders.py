"""Reminding site leads of rounds that close soon."""

from celery import shared_task

from hubapp.actors import system
from maturity.services import reminders


@shared_task(name="maturity.remind_due")
def remind_due() -> None:
    reminders.remind_due(by=system("maturity.remind_due"))
