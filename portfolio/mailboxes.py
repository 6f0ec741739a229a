"""Where mail waits to be taken in: a Maildir folder or a mailbox reached by IMAP.

Both are read the same way: each mail is handed over, and only once it is
stored is it taken away. What belongs to no idea stays, marked as read, for a
person to look at.
"""

import imaplib
import logging
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portfolio.inbound import MAX_BYTES

logger = logging.getLogger(__name__)

# Mails taken in at one go: the next look takes the rest.
BATCH = 100
TIMEOUT_SECONDS = 30
IMAPS_PORT, IMAP_PORT = 993, 143

# Given a mail as it came; says whether it is ours to take away.
Take = Callable[[bytes], bool]


class BadAddress(ValueError):
    """``INBOUND_URL`` is no mailbox; the text says what one looks like."""


def read_maildir(folder: str, take: Take) -> int:
    """Take in what is new in a Maildir; returns how many mails were looked at."""
    new, seen = Path(folder) / "new", Path(folder) / "cur"
    looked_at = 0
    if not new.is_dir():
        logger.warning("INBOUND_MAILDIR has no folder “new”: no mail is read from it")
        return 0
    for path in sorted(new.iterdir())[:BATCH]:
        try:
            with path.open("rb") as opened:
                raw = opened.read(MAX_BYTES + 1)
        except FileNotFoundError:
            continue  # another worker was quicker
        looked_at += 1
        if take(raw):
            path.unlink(missing_ok=True)
        else:
            seen.mkdir(exist_ok=True)
            try:
                os.replace(path, seen / f"{path.name.partition(':')[0]}:2,S")
            except FileNotFoundError:
                continue
    return looked_at


def read_imap(url: str, take: Take) -> int:
    """Take in what is unread in a mailbox; returns how many mails were looked at.

    :param url: ``imaps://user:password@host/INBOX`` (or ``imap://`` without encryption, for tests)
    :raises BadAddress: not such an address
    """
    parts = urlsplit(url)
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise BadAddress("INBOUND_URL is not like imaps://user:password@host/INBOX")
    secure = parts.scheme == "imaps"
    port = parts.port or (IMAPS_PORT if secure else IMAP_PORT)
    box: imaplib.IMAP4
    if secure:
        # Left to itself, imaplib takes any certificate.
        context = ssl.create_default_context()
        box = imaplib.IMAP4_SSL(parts.hostname, port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    else:
        box = imaplib.IMAP4(parts.hostname, port, timeout=TIMEOUT_SECONDS)
    try:
        box.login(unquote(parts.username), unquote(parts.password or ""))
        return _read_box(box, unquote(parts.path.strip("/")) or "INBOX", take)
    finally:
        try:
            box.logout()
        except (OSError, imaplib.IMAP4.error):
            logger.info("the mailbox closed the connection first")


def _read_box(box: imaplib.IMAP4, name: str, take: Take) -> int:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    _ok(box.select(f'"{quoted}"'))
    numbers = _ok(box.uid("SEARCH", "UNSEEN"))[0]
    found = (numbers or b"").split()[:BATCH]
    for number in found:
        uid = number.decode()
        # PEEK: it is marked as read only once it is stored.
        answer = _ok(box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_BYTES + 1}>)"))
        raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
        if raw is None:
            continue  # somebody deleted it meanwhile
        flags = r"(\Seen \Deleted)" if take(raw) else r"(\Seen)"
        _ok(box.uid("STORE", uid, "+FLAGS.SILENT", flags))
    if found:
        _ok(box.expunge())
    return len(found)


def _ok(answer: tuple[str, list]) -> list:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"the mailbox answered {status}")
    return data
