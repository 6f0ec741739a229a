"""People, organisations, sites and access, as a Django app; what it offers to lower apps is registered here."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import rules, wiring  # noqa: F401 - declare permissions and register hooks
