"""``manage.py create_api_key``: a key of one site, alone on the last line."""

import datetime as dt

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.enums import Scope
from accounts.management.sentences import said_as_sentences
from accounts.queries import site_by_code
from accounts.services import keys
from hubapp.actors import system


class Command(BaseCommand):
    help = "Make an API key of a site. Its last line is the key, which is stored nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True, metavar="CODE")
        parser.add_argument(
            "--scope",
            required=True,
            action="append",
            dest="scopes",
            choices=Scope.values,
            metavar="SCOPE",
            help=f"what it may do; repeat it for more: {', '.join(Scope.values)}",
        )
        parser.add_argument("--name", default="Made on the command line")
        parser.add_argument(
            "--days", type=int, default=0, help="how long it works (default: until it is revoked)"
        )

    def handle(self, *args, site, scopes, name, days, **options) -> None:
        row = site_by_code(site)
        if row is None:
            raise CommandError(f"There is no site with the code “{site}”.")
        if not 0 <= days <= 36_500:
            raise CommandError("Give --days as a number from 1 to 36500, or leave it out.")
        expires_at = timezone.now() + dt.timedelta(days=days) if days else None
        with said_as_sentences():
            key, secret = keys.create_key(
                site=row,
                name=name,
                scopes=scopes,
                expires_at=expires_at,
                by=system("accounts.create_api_key"),
            )
        until = f"until {expires_at:%d %B %Y}" if expires_at else "until it is revoked"
        self.stdout.write(
            f"Key “{key.name}” of {row.name} for {', '.join(key.scopes)} works {until}:"
        )
        self.stdout.write(secret)
