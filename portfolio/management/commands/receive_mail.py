"""``manage.py receive_mail``: take in one mail from standard input, as mail servers hand it over.

Ends with 0 when the mail is dealt with, 75 when the server should try again
later, 64 when what it was given is no mail.
"""

import logging
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from hubapp.actors import system
from portfolio.enums import MailOutcome
from portfolio.inbound import MAX_BYTES
from portfolio.services import mail_in

logger = logging.getLogger(__name__)

EX_USAGE, EX_TEMPFAIL = 64, 75


class Command(BaseCommand):
    help = (
        "Take in one mail from standard input. Ends with 0 (done), 75 (try again) or 64 (no mail)."
    )
    # A mail waits for an answer: what is wrong with the settings is no reason to bounce it.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", action="append", default=[], metavar="ADDRESS",
            help="an address the mail is for, as the mail server knows it; may be repeated",
        )  # fmt: skip
        parser.add_argument(
            "--from", dest="sender", default=None, metavar="ADDRESS",
            help="the sender on the envelope; empty for a bounce",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.INBOUND_EMAIL:
            self.stderr.write("Set INBOUND_EMAIL: no mail is taken in. See docs/operations.md.")
            sys.exit(EX_TEMPFAIL)
        stream = sys.stdin.buffer
        raw = stream.read(MAX_BYTES + 1)
        while len(raw) > MAX_BYTES and stream.read(1 << 20):
            pass  # a server whose pipe is closed on it would try again for days
        try:
            rows = mail_in.receive(
                raw=raw,
                recipients=options["to"],
                sender=options["sender"],
                by=system("receive_mail"),
            )
        except Exception:  # whatever it is, the mail must not be lost: the server keeps it
            logger.exception("a mail could not be taken in")
            sys.exit(EX_TEMPFAIL)
        if any(row.outcome == MailOutcome.UNREADABLE for row in rows):
            self.stderr.write("This is no mail.")
            sys.exit(EX_USAGE)
