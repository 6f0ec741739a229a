"""Numbers, as a Django app; what it offers to lower apps is registered here."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"

    def ready(self) -> None:
        from kpis import rules, wiring  # noqa: F401 - declare permissions and register hooks
