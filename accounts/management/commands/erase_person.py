"""``manage.py erase_person``: remove a person's name and addresses everywhere."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.management.sentences import said_as_sentences
from accounts.queries import people_with_address
from accounts.services import erasure
from hubapp.actors import system


class Command(BaseCommand):
    help = "Erase everybody with an email address: names, addresses, account and kept mails. Cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args, email, yes, **options) -> None:
        people = people_with_address(email)
        if not people:
            raise CommandError("Nobody has this address: nothing was changed.")
        if (
            not yes
            and input(f"Erase {len(people)} record(s) of {email} for good? Type yes: ").strip()
            != "yes"
        ):
            raise CommandError("Nothing was changed.")
        with said_as_sentences():
            count = erasure.erase_person(person=people[0], by=system("accounts.erase_person"))
        self.stdout.write(
            f"Erased {count} record(s). Counts, decisions and events stay; they name nobody."
        )
