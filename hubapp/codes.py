"""The mailed code that proves who opened a link: six digits, stored nowhere.

It is computed from a random seed, which a row keeps, and the installation's
secret key: whoever reads the database cannot tell it. It works once, for a
quarter of an hour and five tries. The row is any model with the columns of
:class:`CodeRow`; services call these inside their own transaction and record
their own events.
"""

import datetime as dt
import enum
import secrets

from django.db import models
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from hubapp.problems import Refused

CODE_DIGITS = 6
CODE_LIVES = dt.timedelta(minutes=15)
TRIES = 5
# Pressing the button again within this sends no second mail.
CODE_EVERY = dt.timedelta(seconds=30)
# Codes for one link: with five tries each, guessing is hopeless.
MOST_CODES = 20


class CodeCheck(enum.Enum):
    """What became of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    # None is out: never sent, used, too old, or tried too often.
    NONE_OUT = "none_out"


class CodeRow(models.Model):
    """The columns that a row keeps of the code that is out."""

    seed = models.CharField(max_length=32, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    # How many codes were sent for this generation of the link.
    sent = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


def code(salt: str, ref: str, seed: str) -> str:
    """The code of a seed, as digits.

    :param salt: names what it opens, so that a code of one thing is none of another
    """
    digest = salted_hmac(salt, f"{ref}:{seed}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_fresh(row: CodeRow, now: dt.datetime) -> bool:
    """Whether a code left a moment ago and still works, so that pressing again sends none."""
    return bool(row.seed and row.sent_at and now < row.sent_at + CODE_EVERY and row.tries < TRIES)


def renew(row: CodeRow, now: dt.datetime) -> None:
    """Give the row a new seed; the caller saves it and mails the code. Any earlier one stops working.

    :raises Refused: too many were sent for this link
    """
    if row.sent >= MOST_CODES:
        raise Refused(
            "We have sent too many codes for this link. Ask the innovation hub for a new link."
        )
    row.seed = secrets.token_hex(16)
    row.code_expires_at = now + CODE_LIVES
    row.tries = 0
    row.sent_at = now
    row.sent += 1


def check(row: CodeRow | None, typed: str, *, salt: str, ref: str, now: dt.datetime) -> CodeCheck:
    """Whether this is the code that was mailed last. Wrong ones are counted, so nothing is raised."""
    if (
        row is None
        or not row.seed
        or row.code_expires_at is None
        or now >= row.code_expires_at
        or row.tries >= TRIES
    ):
        return CodeCheck.NONE_OUT
    rows = type(row)._default_manager.filter(pk=row.pk)
    # Counted before it is looked at: of many tries at one moment, one is a try.
    if not rows.filter(seed=row.seed, tries=row.tries).update(tries=F("tries") + 1):
        return CodeCheck.WRONG
    row.tries += 1
    digits = "".join(character for character in typed if character in "0123456789")
    if constant_time_compare(digits, code(salt, ref, row.seed)):
        rows.update(seed="", code_expires_at=None)
        return CodeCheck.RIGHT
    return CodeCheck.NONE_OUT if row.tries >= TRIES else CodeCheck.WRONG
