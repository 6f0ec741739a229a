"""``manage.py compute_kpis --month 2026-10 [--site CODE]``: what beat does, by hand."""

import sys

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.queries import site_by_code
from hubapp.actors import system
from hubapp.web.words import number
from kpis import queries, services
from kpis.definitions import REGISTRY
from kpis.enums import Status
from kpis.validators import month_from_text


class Command(BaseCommand):
    help = "Compute the KPIs of a month and say what changed."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--month", required=True, help="the month, such as 2026-10")
        parser.add_argument("--site", metavar="CODE", help="only this site (default: all)")

    def handle(self, *args, month: str, site: str | None, **options) -> None:
        try:
            first = month_from_text(month)
            sites = None
            if site is not None:
                found = site_by_code(site)
                if found is None:
                    raise ValidationError(f"There is no site with the code “{site[:40]}”.")
                sites = [found]
            changes = services.compute(
                month=first, sites=sites, by=system("manage.py compute_kpis")
            )
        except ValidationError as error:
            self.stderr.write(" ".join(error.messages))
            sys.exit(1)
        codes = queries.site_codes({change.new.site_id for change in changes})
        for change in changes:
            new, old = change.new, change.old
            line = f"{codes[new.site_id]}: {REGISTRY[new.kpi].title} {self.words(new)}"
            if old is not None:
                line += f", was {self.words(old)}"
            if new.restated_because:
                line += f". {new.restated_because}"
            self.stdout.write(line)
        counted = "1 value" if len(changes) == 1 else f"{number(len(changes))} values"
        self.stdout.write(
            f"{first:%B %Y}: {counted} stored." if changes else f"{first:%B %Y}: nothing changed."
        )

    @staticmethod
    def words(value) -> str:
        """A stored value with its status, such as "12 (provisional)"."""
        status = Status(value.status).label.lower()
        return status if value.value is None else f"{number(value.value)} ({status})"
