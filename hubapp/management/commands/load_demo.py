"""``manage.py load_demo``: demo people, sites, ideas and numbers, through the services."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from hubapp import actors, hooks
from hubapp.management.commands.runhub import DEMO_SIGN_INS


class Command(BaseCommand):
    help = "Load the demo data (only with DEMO=1); running it again adds nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "Demo data is only loaded with DEMO=1: a real hub keeps its own records."
            )
        by = actors.system("hubapp.load_demo")
        for load in hooks.demo:
            # Each app's part is whole or absent; an interrupted load carries on where it stopped.
            with transaction.atomic():
                load(by)
        if options["verbosity"]:
            self.stdout.write("Demo sign-ins:")
            for email, role in DEMO_SIGN_INS.items():
                self.stdout.write(f"  {email:<25} {role}")
            password = settings.DATA_DIR / "demo-password"
            if password.exists():
                self.stdout.write(f"Demo password: {password.read_text().strip()}")
