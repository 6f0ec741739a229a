"""Tasks: thin, named, idempotent. Celery finds them here."""

from portfolio.tasks.submissions import delete_stale_drafts, delete_unconfirmed, remind_unconfirmed

__all__ = ["delete_stale_drafts", "delete_unconfirmed", "remind_unconfirmed"]
