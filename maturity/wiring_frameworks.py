"""What frameworks register with the rooms below, and loading those that ship."""

import logging

from django.apps import apps
from django.db import OperationalError, ProgrammingError, connections, transaction
from django.db.models.signals import post_migrate

from hubapp import hooks
from hubapp.actors import system
from hubapp.hooks import NavItem
from maturity.services import frameworks

logger = logging.getLogger(__name__)

hooks.event_words.update(
    {
        "framework.published": "A maturity framework was published",
        "framework.drafted": "A maturity framework was brought in, to be looked at",
        "framework.discarded": "The draft of a maturity framework was thrown away",
    }
)


def load_reference_data(sender, using: str = "default", **kwargs) -> None:
    """After every migrate: publish new versions of the frameworks that ship."""
    tables = connections[using].introspection.table_names()
    if using != "default" or "maturity_indicator" not in tables:
        return
    try:
        with transaction.atomic():
            frameworks.load_frameworks(by=system("maturity.frameworks"))
    except (OperationalError, ProgrammingError) as error:
        # Migrating to an older state: the tables are not those of this code. The next full migrate loads.
        logger.warning("frameworks were not loaded: %s", error)


post_migrate.connect(
    load_reference_data,
    sender=apps.get_app_config("maturity"),
    dispatch_uid="maturity.reference_data",
)

hooks.add_network_pages(
    NavItem(
        "Maturity frameworks",
        "maturity:network_frameworks",
        "maturity.manage_frameworks",
        order=60,
        hint="What rounds ask; add one of your own.",
    )
)
