"""Celery tasks of maturity: thin, one service call each."""

from maturity.tasks.reminders import remind_due

__all__ = ["remind_due"]
