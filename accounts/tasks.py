"""What accounts do by themselves."""

from celery import shared_task

from accounts.services import digest


@shared_task(name="accounts.send_digests")
def send_digests() -> None:
    digest.send_digests()
