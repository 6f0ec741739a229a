"""Closing rounds whose day has come."""

from celery import shared_task

from hubapp.actors import system
from maturity.services import closing


@shared_task(name="maturity.close_rounds")
def close_rounds() -> int:
    """Close every round whose closing date has passed."""
    return closing.close_due(by=system("maturity.close_rounds"))
