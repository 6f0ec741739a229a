"""Celery tasks of maturity: thin, one service call each."""

from maturity.tasks.importing import forget_old_files
from maturity.tasks.reminders import remind_due
from maturity.tasks.rounds import close_rounds

__all__ = ["close_rounds", "forget_old_files", "remind_due"]
