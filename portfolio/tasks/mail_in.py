"""Mail that comes in, and files that nobody needs any more."""

import logging

from celery import shared_task
from django.conf import settings

from hubapp.actors import system
from portfolio import mailboxes
from portfolio.enums import MailOutcome
from portfolio.services import attachments, mail_in

logger = logging.getLogger(__name__)
LEFT_THERE = (MailOutcome.UNKNOWN, MailOutcome.UNREADABLE)


def _take(raw: bytes) -> bool:
    rows = mail_in.receive(raw=raw, by=system("portfolio.read_mail"))
    return all(row.outcome not in LEFT_THERE for row in rows)


@shared_task(name="portfolio.read_mail")
def read_mail() -> None:
    if not settings.INBOUND_EMAIL:
        return
    if settings.INBOUND_MAILDIR:
        mailboxes.read_maildir(settings.INBOUND_MAILDIR, _take)
    if settings.INBOUND_URL:
        try:
            mailboxes.read_imap(settings.INBOUND_URL, _take)
        except (OSError, mailboxes.imaplib.IMAP4.error) as error:
            # The next look is a minute away; the address, which holds a password, is not told.
            logger.warning("the mailbox could not be read: %s", type(error).__name__)


@shared_task(name="portfolio.tidy_mail")
def tidy_mail() -> None:
    mail_in.tidy()


@shared_task(name="portfolio.forget_attachment")
def forget_attachment(stored_as: str) -> None:
    attachments.forget(stored_as=stored_as)
