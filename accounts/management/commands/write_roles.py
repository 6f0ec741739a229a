"""``manage.py write_roles``: docs/roles.md from the permissions that the doors ask."""

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.roles import as_markdown


class Command(BaseCommand):
    help = "Write docs/roles.md from the permissions; a test holds the two in step."

    def handle(self, *args, **options) -> None:
        target = settings.BASE_DIR / "docs" / "roles.md"
        target.write_text(as_markdown(), encoding="utf-8")
        self.stdout.write("Wrote docs/roles.md.")
