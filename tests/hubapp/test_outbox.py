"""Nothing that must leave is lost, and nothing leaves twice."""

import contextlib
import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from hubapp import outbox
from hubapp.celery import app
from hubapp.notifications.models import Delivery
from hubapp.outbox import services
from hubapp.outbox.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


@app.task(name="tests.fails")
def fails() -> None:
    raise RuntimeError("on purpose")


def test_a_message_is_gone_with_its_transaction():
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        outbox.add("hubapp.outbox.sweep")
        _ = 1 / 0
    assert not OutboxMessage.objects.exists()


def test_an_unknown_task_is_refused_at_once():
    with pytest.raises(services.UnknownTopic):
        outbox.add("portfolio.no_such_task")


def test_one_message_waits_for_a_key():
    first = outbox.add("hubapp.outbox.sweep", key="same")
    assert outbox.add("hubapp.outbox.sweep", key="same") == first
    services.handle(first.pk)
    assert outbox.add("hubapp.outbox.sweep", key="same") != first


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_joining_a_waiting_message_keeps_it_until_what_it_must_see_is_committed():
    """A worker cannot take the joined message before the second change is there."""
    first = outbox.add("hubapp.outbox.sweep", key="same")
    worker = threading.Thread(target=_handle_and_close, args=[first.pk])
    with transaction.atomic():
        assert outbox.add("hubapp.outbox.sweep", key="same") == first
        worker.start()
        worker.join(timeout=0.5)
        assert worker.is_alive(), "the worker did not wait"
    worker.join(timeout=10)
    first.refresh_from_db()
    assert first.done_at is not None


def _handle_and_close(pk: int) -> None:
    try:
        services.handle(pk)
    finally:
        connection.close()


def test_a_second_copy_of_a_message_does_nothing(site):
    factories.innovation(site, email="sender@test.example")
    message = OutboxMessage.objects.get(topic="hubapp.notifications.send")
    services.handle(message.pk)
    services.handle(message.pk)
    assert len(mail.outbox) == 1


def test_a_failing_task_is_put_back_and_given_up_after_ten_tries():
    message = outbox.add("tests.fails")
    for attempt in range(services.MAX_ATTEMPTS):
        OutboxMessage.objects.filter(pk=message.pk).update(available_at=timezone.now())
        services.handle(message.pk)
        message.refresh_from_db()
        assert message.attempts == attempt + 1
        assert message.last_error == "RuntimeError"
    assert message.failed_at is not None


def test_nothing_leaves_before_it_may():
    later = timezone.now() + dt.timedelta(minutes=10)
    message = outbox.add("hubapp.outbox.sweep", available_at=later)
    services.handle(message.pk)
    message.refresh_from_db()
    assert message.claimed_at is None


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_down_work_waits_and_leaves_when_it_is_back(site, settings):
    working = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    app.amqp._producer_pool = None
    try:
        with app.pool.acquire(block=True):
            pass
    except Exception:  # noqa: S110 - the pool may hold no connection yet
        pass
    try:
        _forget_connections()
        factories.innovation(site, email="sender@test.example")
        message = OutboxMessage.objects.get(topic="hubapp.notifications.send")
        assert message.published_at is None
    finally:
        app.conf.broker_url = working
        _forget_connections()
    services._broker_down_until = 0.0
    assert services.sweep() >= 1
    message.refresh_from_db()
    assert message.published_at is not None


def _forget_connections() -> None:
    from kombu import pools

    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


def test_a_worker_that_died_after_claiming_loses_nothing(site):
    factories.innovation(site, email="sender@test.example")
    message = OutboxMessage.objects.get(topic="hubapp.notifications.send")
    long_ago = timezone.now() - services.QUICK_LOST_AFTER - dt.timedelta(minutes=1)
    OutboxMessage.objects.filter(pk=message.pk).update(claimed_at=long_ago, published_at=long_ago)
    Delivery.objects.update(claimed_at=long_ago)
    services.sweep()
    services.handle(message.pk)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == Delivery.objects.get().message_id


def test_a_process_killed_between_commit_and_publish_loses_nothing(site):
    factories.innovation(site, email="sender@test.example")
    message = OutboxMessage.objects.get(topic="hubapp.notifications.send")
    assert message.published_at is None  # inside a test's transaction nothing was published
    services.sweep()
    message.refresh_from_db()
    assert message.published_at is not None


@pytest.mark.parametrize(
    ("claimed", "runs"),
    [(dt.timedelta(seconds=1), False), (services.LOST_AFTER + dt.timedelta(seconds=1), True)],
    ids=["at work", "lost with its worker"],
)
def test_what_a_worker_has_is_left_to_it_until_it_must_be_lost(claimed, runs):
    message = outbox.add("hubapp.outbox.tidy")
    at = timezone.now() - claimed
    OutboxMessage.objects.filter(pk=message.pk).update(claimed_at=at, published_at=at, attempts=1)
    assert services.sweep() == runs
    services.handle(message.pk)
    message.refresh_from_db()
    assert message.attempts == 1 + runs
    assert (message.done_at is not None) == runs
