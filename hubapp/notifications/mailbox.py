"""Reading the mails that :mod:`hubapp.notifications.filemail` kept as files."""

import datetime as dt
import heapq
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

# The newest that a list shows.
SHOWN = 50
# Looked through to find those to one address.
SEARCHED = 1000
_NAME = re.compile(r"^[A-Za-z0-9]{1,120}$")


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail file. ``body`` is plain text; HTML is never interpreted."""

    name: str
    to: str
    subject: str
    at: dt.datetime | None
    body: str


def newest(*, to: str = "") -> list[KeptMail]:
    """The newest mails, at most :data:`SHOWN`; with ``to``, of those to this address."""
    folder = Path(settings.MAIL_DIR)
    if not folder.is_dir():
        return []
    dated = []
    for file in folder.glob("*.eml"):
        try:
            dated.append((file.stat().st_mtime_ns, file))
        except OSError:  # erased meanwhile
            continue
    found = []
    for _, file in heapq.nlargest(SEARCHED if to else SHOWN, dated):
        mail = _read(file)
        if mail is not None and (not to or to.casefold() in mail.to.casefold()):
            found.append(mail)
        if len(found) == SHOWN:
            break
    return found


def one(name: str) -> KeptMail | None:
    """A mail by the name that the list gave it."""
    if not _NAME.match(name):
        return None
    return _read(Path(settings.MAIL_DIR) / f"{name}.eml")


def _read(file: Path) -> KeptMail | None:
    try:
        mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    except OSError:
        return None
    return KeptMail(
        file.stem, str(mail["To"] or ""), str(mail["Subject"] or ""), _at(mail), _body(mail)
    )


def _at(mail) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError):
        return None


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    try:
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError):
        return ""
