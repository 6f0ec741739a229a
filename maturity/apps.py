"""Maturity self-assessment, as a Django app; what it offers to lower apps is registered here."""

from django.apps import AppConfig


class MaturityConfig(AppConfig):
    name = "maturity"

    def ready(self) -> None:
        from maturity import rules, wiring  # noqa: F401 - declare permissions and register hooks
