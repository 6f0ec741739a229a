"""Forgetting files of ratings that nobody kept."""

from celery import shared_task

from hubapp.actors import system
from maturity.services import importing


@shared_task(name="maturity.forget_old_files")
def forget_old_files() -> int:
    """Forget what files held a day after they were looked at."""
    return importing.forget_old(by=system("maturity.forget_old_files"))
