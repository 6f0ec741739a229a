"""``manage.py create_site``: a site and its first lead."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.enums import Role
from accounts.links import invitation_path
from accounts.management.sentences import said_as_sentences
from accounts.queries import network_by_slug
from accounts.services import invitations, networks, organisations, sites
from hubapp.actors import system
from hubapp.web.addresses import absolute


class Command(BaseCommand):
    help = "Create a site and invite its lead; prints the link with which the lead joins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "code", help="2 to 20 letters, digits or hyphens; names the site in the API"
        )
        parser.add_argument("name", help="what people read, such as “Anytown NHS Trust”")
        parser.add_argument(
            "--lead", required=True, metavar="EMAIL", help="who leads the site; gets an invitation"
        )
        parser.add_argument(
            "--slug", default="", help="its web address (default: the code in small letters)"
        )
        parser.add_argument(
            "--ods", default="", metavar="CODE", help="ODS code of the organisation it belongs to"
        )
        parser.add_argument(
            "--host",
            default="",
            metavar="NAME",
            help="name of that organisation (default: the site's)",
        )
        parser.add_argument("--network", default="", metavar="SLUG", help="the network it joins")

    def handle(self, *args, code, name, lead, slug, ods, host, network, **options) -> None:
        by = system("accounts.create_site")
        joined = network_by_slug(network) if network else None
        if network and joined is None:
            raise CommandError(
                f"There is no network “{network}”: make it first with create_network."
            )
        with said_as_sentences(), transaction.atomic():
            organisation = organisations.ensure_organisation(name=host or name, ods_code=ods, by=by)
            site = sites.create_site(code=code, name=name, slug=slug, host=organisation, by=by)
            if joined is not None:
                networks.add_site(network=joined, site=site, by=by)
            invitation = invitations.invite(site=site, email=lead, role=Role.SITE_LEAD, by=by)
        self.stdout.write(
            f"Created {site.name} ({site.code}) at {absolute(site.get_absolute_url())}"
        )
        self.stdout.write(
            f"The lead joins with this link, once, within {invitations.LASTS.days} days:"
        )
        self.stdout.write(absolute(invitation_path(invitation)))
