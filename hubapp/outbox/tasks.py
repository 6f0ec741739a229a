"""The outbox in the worker."""

from celery import shared_task

from hubapp.outbox import services


@shared_task(name="hubapp.outbox.handle")
def handle(pk: int) -> None:
    services.handle(pk)


@shared_task(name="hubapp.outbox.sweep")
def sweep() -> None:
    services.sweep()


@shared_task(name="hubapp.outbox.tidy")
def tidy() -> None:
    services.tidy()
