"""``manage.py write_kpi_dictionary``: writes docs/kpi-dictionary.md anew."""

from django.conf import settings
from django.core.management.base import BaseCommand

from kpis.definitions import dictionary


class Command(BaseCommand):
    help = "Write docs/kpi-dictionary.md from the definitions."

    def handle(self, *args, **options) -> None:
        path = settings.BASE_DIR / "docs" / "kpi-dictionary.md"
        path.write_text(dictionary.text(), encoding="utf-8")
        self.stdout.write("Wrote docs/kpi-dictionary.md.")
