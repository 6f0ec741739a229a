"""Ideas, triage and decisions, as a Django app; what it offers to lower apps is registered here."""

from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "portfolio"

    def ready(self) -> None:
        from portfolio import rules, wiring  # noqa: F401 - declare permissions and register hooks
