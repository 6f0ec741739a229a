"""Asking for a mail, and sending it once."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from hubapp import outbox
from hubapp.notifications.models import Delivery
from hubapp.refs import new_ref


@dataclass(frozen=True, slots=True)
class Mail:
    """What a composer returns: plain text, with a subject of one line.

    ``references`` are Message-IDs of the thread it belongs to, the one that it answers last;
    ``answers_mail`` says that a mail which came in is what it was written for.
    """

    subject: str
    body: str
    reply_to: str = ""
    references: tuple[str, ...] = ()
    answers_mail: bool = False


Composer = Callable[[Delivery], Mail | None]
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")
_composers: dict[str, Composer] = {}


class UnknownKind(LookupError):
    """No composer is registered for this kind of mail."""


def register(kind: str, composer: Composer) -> None:
    """Say who writes mails of ``kind``. A composer returns None if the mail is no longer wanted."""
    _composers[kind] = composer


def kinds() -> dict[str, Composer]:
    """Every kind of mail and its composer."""
    return dict(_composers)


def send_later(
    kind: str,
    *,
    to: Any,
    key: str,
    context: dict | None = None,
    site_id: int | None = None,
    available_at: dt.datetime | None = None,
) -> Delivery | None:
    """Write one mail down, inside the caller's transaction; the outbox sends it.

    :param to: an ``accounts.Person``; one without an address gets no mail (None is returned)
    :param key: the same key never makes a second mail
    :param available_at: not before this instant
    """
    if kind not in _composers:
        raise UnknownKind(kind)
    if not to.email:
        return None
    ref = new_ref()
    domain = urlsplit(settings.SITE_URL).hostname or "hubapp.invalid"
    delivery, created = Delivery.objects.get_or_create(
        key=key,
        defaults={
            "ref": ref,
            "kind": kind,
            "recipient": to,
            "site_id": site_id,
            "context": context or {},
            "message_id": f"<{ref.lower()}@{domain}>",
            "available_at": available_at or timezone.now(),
        },
    )
    if created:
        outbox.add("hubapp.notifications.send", {"ref": ref}, available_at=available_at)
    return delivery


def send_many(kind: str, mails: list[tuple[Any, str, dict]], *, site_id: int | None = None) -> int:
    """As :func:`send_later` for many at once, each ``(to, key, context)``; returns how many are new."""
    if kind not in _composers:
        raise UnknownKind(kind)
    domain = urlsplit(settings.SITE_URL).hostname or "hubapp.invalid"
    known = set(
        Delivery.objects.filter(key__in=[key for _, key, _ in mails]).values_list("key", flat=True)
    )
    rows = []
    for to, key, context in mails:
        if to.email and key not in known:
            ref = new_ref()
            rows.append(
                Delivery(
                    ref=ref,
                    kind=kind,
                    recipient=to,
                    site_id=site_id,
                    context=context,
                    key=key,
                    message_id=f"<{ref.lower()}@{domain}>",
                )
            )
    Delivery.objects.bulk_create(rows)
    outbox.add_many("hubapp.notifications.send", [{"ref": row.ref} for row in rows])
    return len(rows)


def cancel(*, key: str) -> bool:
    """Take a mail back, inside the caller's transaction; False if it is leaving or has left.

    True too where there never was one to send.
    """
    rows = Delivery.objects.filter(key=key)
    waiting = rows.filter(claimed_at=None, sent_at=None)
    return (
        bool(waiting.update(cancelled_at=timezone.now()))
        or not rows.exclude(cancelled_at__isnull=False).exists()
    )


def send(ref: str) -> None:
    """Compose and send one delivery. Sent or cancelled ones are left alone."""
    delivery = Delivery.objects.select_related("recipient").get(ref=ref)
    # Claimed by the same kind of update as it is cancelled by: of the two, one finds the row taken.
    open_one = Delivery.objects.filter(pk=delivery.pk, sent_at=None, cancelled_at=None)
    if not open_one.update(claimed_at=timezone.now()):
        return
    mail = _composers[delivery.kind](delivery) if delivery.recipient.email else None
    if mail is None:
        Delivery.objects.filter(pk=delivery.pk, sent_at=None).update(cancelled_at=timezone.now())
        return
    EmailMessage(
        subject=" ".join(mail.subject.split()),
        body=mail.body,
        to=[delivery.recipient.email],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": delivery.message_id,
            "Auto-Submitted": "auto-replied" if mail.answers_mail else "auto-generated",
            **_thread(mail.references),
        },
    ).send()
    Delivery.objects.filter(pk=delivery.pk).update(sent_at=timezone.now())


def _thread(references: tuple[str, ...]) -> dict[str, str]:
    """The headers by which mail programs keep a thread together."""
    # As they came from somebody's mail program: only what is a Message-ID goes into a header.
    known = [each for each in references if _MESSAGE_ID.fullmatch(each)]
    return {"References": " ".join(known), "In-Reply-To": known[-1]} if known else {}
