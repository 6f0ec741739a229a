"""Mail in the worker."""

from celery import shared_task

from hubapp.notifications import services


@shared_task(name="hubapp.notifications.send")
def send(ref: str) -> None:
    services.send(ref)
