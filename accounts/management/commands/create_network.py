"""``manage.py create_network``: a network and its coordinator."""

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.links import new_password_path
from accounts.management.sentences import said_as_sentences
from accounts.services import networks, people
from hubapp.actors import system
from hubapp.web.addresses import absolute


class Command(BaseCommand):
    help = "Create a network; prints the link with which a new coordinator chooses a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its web address: small letters, digits or hyphens")
        parser.add_argument("name", help="what people read")
        parser.add_argument("--coordinator", required=True, metavar="EMAIL")

    def handle(self, *args, slug, name, coordinator, **options) -> None:
        by = system("accounts.create_network")
        with said_as_sentences(), transaction.atomic():
            network = networks.create_network(slug=slug, name=name, by=by)
            user = people.ensure_user(email=coordinator, by=by)
            networks.add_coordinator(network=network, user=user, by=by)
        self.stdout.write(f"Created the network {network.name} ({network.slug}).")
        if user.has_usable_password():
            self.stdout.write(f"{coordinator} signs in as before.")
        else:
            self.stdout.write(
                "The coordinator chooses a password with this link, once, within 24 hours:"
            )
            self.stdout.write(absolute(new_password_path(user)))
