"""Adding to the outbox, publishing, and sweeping up what was left."""

import datetime as dt
import logging
import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from hubapp.celery import app
from hubapp.outbox.models import OutboxMessage

logger = logging.getLogger(__name__)

# A message that the broker took and nobody finished within this long was lost
# with its worker. Longer than the longest task may run.
LOST_AFTER = dt.timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 60)
# Mails are short work that somebody waits for. Should one be slow rather than
# lost, its second copy carries the same Message-ID.
QUICK = ("hubapp.notifications.send",)
QUICK_LOST_AFTER = dt.timedelta(minutes=2)
# One that was never even claimed is published again much sooner: claiming is
# the first thing a worker does, and a second copy finds the claim taken.
UNCLAIMED_AFTER = dt.timedelta(seconds=60)
MAX_ATTEMPTS = 10
SWEEP_SIZE = 500

# After the broker refused once, requests leave it alone this long: the sweep
# carries on, and nobody waits for a connection to time out.
BROKER_REST_SECONDS = 10
_broker_down_until = 0.0


class UnknownTopic(LookupError):
    """No Celery task has this name."""


def add(
    topic: str,
    payload: dict | None = None,
    *,
    key: str | None = None,
    available_at: dt.datetime | None = None,
) -> OutboxMessage:
    """Put one task in the outbox, inside the caller's transaction.

    :param topic: the Celery task's full name, such as ``portfolio.run_import``
    :param payload: its keyword arguments, as JSON values
    :param key: at most one message waits for a key; a second call returns the first
    :param available_at: not before this instant (default: at once)
    :raises UnknownTopic: no such task
    """
    if topic not in app.tasks:
        raise UnknownTopic(topic)
    message = OutboxMessage(topic=topic, payload=payload or {}, key=key)
    if available_at:
        message.available_at = available_at
    if key:
        waiting = OutboxMessage.objects.filter(
            key=key, done_at=None, failed_at=None, claimed_at=None
        )
        # Writing to the row, though nothing changes, keeps a worker from claiming
        # it before this transaction commits what the task is to see.
        if waiting.update(key=key) and (joined := waiting.first()):
            return joined
        try:
            with transaction.atomic():
                message.save()
        except IntegrityError:
            # Somebody else added it in the meantime; theirs will do.
            return OutboxMessage.objects.filter(key=key).latest("id")
    else:
        message.save()
    if message.available_at <= timezone.now():
        transaction.on_commit(lambda: publish_soon(message.pk), robust=True)
    return message


def add_many(topic: str, payloads: list[dict]) -> int:
    """Put many tasks of one kind in the outbox, inside the caller's transaction; returns how many.

    :raises UnknownTopic: no such task
    """
    if topic not in app.tasks:
        raise UnknownTopic(topic)
    rows = OutboxMessage.objects.bulk_create(
        OutboxMessage(topic=topic, payload=payload) for payload in payloads
    )
    # Published by the sweep, which looks every few seconds: handing hundreds to the broker
    # is no work for the request that asked.
    return len(rows)


def publish_soon(pk: int) -> None:
    """Publish right after the commit, unless the broker was just found down."""
    if time.monotonic() >= _broker_down_until:
        publish([pk])


def publish(pks: list[int]) -> int:
    """Hand messages to the broker; returns how many it took. Never raises for a broker that is down."""
    global _broker_down_until
    taken = 0
    for pk in pks:
        try:
            app.send_task("hubapp.outbox.handle", args=[pk], retry=False)
        except Exception as error:  # each transport has exceptions of its own
            _broker_down_until = time.monotonic() + BROKER_REST_SECONDS
            logger.warning("broker did not take message %s: %s", pk, type(error).__name__)
            break
        taken += 1
        OutboxMessage.objects.filter(pk=pk).update(published_at=timezone.now())
    return taken


def _lost(now: dt.datetime) -> Q:
    """Claimed so long ago that its worker must be gone."""
    return Q(claimed_at__lt=now - LOST_AFTER) | Q(
        topic__in=QUICK, claimed_at__lt=now - QUICK_LOST_AFTER
    )


def sweep() -> int:
    """Publish what is due and was not published, or was published and lost."""
    now = timezone.now()
    waiting = OutboxMessage.objects.filter(done_at=None, failed_at=None, available_at__lte=now)
    due = waiting.filter(
        Q(published_at=None)
        | Q(claimed_at=None, published_at__lt=now - UNCLAIMED_AFTER)
        | _lost(now)
    )
    return publish(
        list(due.order_by("available_at", "id").values_list("pk", flat=True)[:SWEEP_SIZE])
    )


def handle(pk: int) -> None:
    """Run one message's task, once: claimed before, marked done after, retried later if it fails."""
    now = timezone.now()
    claimed = (
        OutboxMessage.objects.filter(pk=pk, done_at=None, failed_at=None, available_at__lte=now)
        .filter(Q(claimed_at=None) | _lost(now))
        .update(claimed_at=now, attempts=F("attempts") + 1)
    )
    if not claimed:
        return
    message = OutboxMessage.objects.get(pk=pk)
    try:
        app.tasks[message.topic].run(**message.payload)
    except Exception as error:
        logger.exception("task %s failed", message.topic)
        put_back(message, error)
        return
    OutboxMessage.objects.filter(pk=pk).update(done_at=timezone.now(), last_error="")


def put_back(message: OutboxMessage, error: Exception) -> None:
    """Try again later, each time twice as late; after :data:`MAX_ATTEMPTS` give up and say so."""
    now = timezone.now()
    changes: dict = {"claimed_at": None, "published_at": None, "last_error": type(error).__name__}
    if message.attempts >= MAX_ATTEMPTS:
        changes["failed_at"] = now
    else:
        changes["available_at"] = now + dt.timedelta(seconds=min(15 * 2**message.attempts, 3600))
    try:
        with transaction.atomic():
            OutboxMessage.objects.filter(pk=message.pk).update(**changes)
    except IntegrityError:
        # A newer message with the same key waits already and will do this work.
        OutboxMessage.objects.filter(pk=message.pk).update(
            done_at=now, last_error=type(error).__name__
        )


def tidy(older_than: dt.timedelta = dt.timedelta(days=30)) -> int:
    """Delete finished messages past their use; returns how many."""
    return OutboxMessage.objects.filter(done_at__lt=timezone.now() - older_than).delete()[0]
