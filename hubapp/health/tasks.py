"""Beat's sign of life: it passes through broker and worker, so it tells of all three."""

from celery import shared_task
from celery.signals import beat_embedded_init, beat_init

from hubapp.health import services


@shared_task(name="hubapp.health.beat")
def beat() -> None:
    services.heard_from("beat")


@beat_init.connect
@beat_embedded_init.connect
def at_start(**kwargs) -> None:
    services.heard_from("beat")
