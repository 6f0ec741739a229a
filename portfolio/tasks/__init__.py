"""Tasks: thin, named, idempotent. Celery finds them here."""

from portfolio.tasks.asks import expire_asks, remind_asked
from portfolio.tasks.desk import bring_back_parked
from portfolio.tasks.imports import forget_import_files, resume_imports, run_import
from portfolio.tasks.mail_in import forget_attachment, read_mail, tidy_mail
from portfolio.tasks.presence import tidy_presence
from portfolio.tasks.similar import find_similar
from portfolio.tasks.submissions import delete_stale_drafts, delete_unconfirmed, remind_unconfirmed

__all__ = [
    "bring_back_parked",
    "delete_stale_drafts",
    "delete_unconfirmed",
    "expire_asks",
    "find_similar",
    "forget_attachment",
    "forget_import_files",
    "read_mail",
    "remind_asked",
    "remind_unconfirmed",
    "resume_imports",
    "run_import",
    "tidy_mail",
    "tidy_presence",
]
