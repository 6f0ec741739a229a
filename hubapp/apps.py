"""The house itself, as a Django app: events, outbox, deliveries, heartbeat."""

from django.apps import AppConfig


class HubappConfig(AppConfig):
    name = "hubapp"
    verbose_name = "Hubapp"

    def ready(self) -> None:
        # Tasks are looked up by name in the web process too (the outbox checks
        # that a topic exists before it writes a row).
        from hubapp.celery import app

        app.autodiscover_tasks(force=True)
        app.autodiscover_tasks(
            ["hubapp.api", "hubapp.outbox", "hubapp.notifications", "hubapp.health"], force=True
        )

        from hubapp import hooks
        from hubapp.api import idempotency

        hooks.texts_removed.register(idempotency.forget)

        import hubapp.db.connections  # noqa: F401 - connects a signal receiver
