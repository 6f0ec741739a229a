"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""

import logging

from django.apps import apps
from django.db import OperationalError, ProgrammingError, connections, transaction
from django.db.models.signals import post_migrate

from accounts.models import Site
from hubapp import hooks, notifications
from hubapp.actors import Actor, system
from hubapp.hooks import Held, NavItem
from portfolio import mails
from portfolio.services import checklists, members, reasons

logger = logging.getLogger(__name__)

for _kind in ("confirm", "remind", "received", "link", "decision", "message"):
    notifications.register(f"portfolio.{_kind}", getattr(mails, _kind))

hooks.add_navigation(
    NavItem("Triage", "portfolio:triage", "portfolio.view_queue", order=10),
    NavItem(
        "Innovations",
        "portfolio:innovations",
        "portfolio.view_portfolio",
        order=20,
        covers=frozenset({"portfolio:innovation"}),
    ),
    NavItem(
        "Enquiries",
        "portfolio:enquiries",
        "portfolio.view_enquiries",
        order=50,
        covers=frozenset({"portfolio:enquiry"}),
    ),
)


@hooks.site_created.register
def give_reasons(site: Site, by: Actor) -> None:
    """A new site begins with the standard reasons."""
    reasons.install_for_site(site=site, by=by)


@hooks.held_work.register
def held_work(user_id: int, site_id: int) -> list[Held]:
    """Ideas that are not ended, and open enquiries."""
    kinds = ((members.INNOVATIONS, "ideas"), (members.ENQUIRIES, "enquiries"))
    return [
        Held(kind, label, members.held(kind=kind, user_id=user_id, site_id=site_id).count())
        for kind, label in kinds
    ]


@hooks.reassign_work.register
def reassign_work(
    kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Hand over what somebody held."""
    return members.reassign(
        kind=kind, from_user_id=from_user_id, to_user_id=to_user_id, site_id=site_id, by=by
    )


def load_reference_data(sender, using: str = "default", **kwargs) -> None:
    """After every migrate: publish new checklists, and give reasons to sites that have none."""
    by = system("portfolio.reference_data")
    if (
        using != "default"
        or "portfolio_checklist" not in connections[using].introspection.table_names()
    ):
        return
    try:
        with transaction.atomic():
            checklists.load_checklists(by=by)
            reasons.install_where_missing(by=by)
    except (OperationalError, ProgrammingError) as error:
        # Migrating to an older state: the tables are not those of this code. The next full migrate loads.
        logger.warning("reference data was not loaded: %s", error)


post_migrate.connect(
    load_reference_data,
    sender=apps.get_app_config("portfolio"),
    dispatch_uid="portfolio.reference_data",
)
