"""Partners and the PPIE logs: relationships, agreements, contributions. Nothing is here yet."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    name = "partners"
