"""Demo people and sites, through the services: plainly invented, on no real organisation."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.enums import Function, OrganisationKind, Role
from accounts.models import Membership
from accounts.queries import account_with, network_by_slug, site_by_code
from accounts.services import members, networks, organisations, people, sites
from hubapp.actors import Actor

NETWORK = ("demo", "Demo network")
SITES = (
    ("DEMO1", "Demo Acute Trust"),
    ("DEMO2", "Demo Ambulance Trust"),
    ("DEMO3", "Demo Community Trust"),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One demo sign-in: ``roles`` are pairs of site code and role."""

    email: str
    name: str
    words: str
    roles: tuple[tuple[str, str], ...] = ()
    functions: tuple[str, ...] = ()
    coordinates: bool = False


PEOPLE = (
    DemoPerson(
        "hub@demo.example",
        "Demo Hub Manager",
        "hub staff",
        (("DEMO1", Role.HUB_STAFF), ("DEMO2", Role.HUB_STAFF)),
    ),
    DemoPerson(
        "lead@demo.example",
        "Demo Site Lead",
        "site lead",
        (("DEMO1", Role.SITE_LEAD), ("DEMO2", Role.SITE_LEAD), ("DEMO3", Role.SITE_LEAD)),
    ),
    DemoPerson("exec@demo.example", "Demo Executive", "executive", (("DEMO1", Role.EXECUTIVE),)),
    DemoPerson(
        "reviewer@demo.example",
        "Demo Reviewer",
        "reviewer for information governance and digital",
        (("DEMO1", Role.REVIEWER),),
        (Function.DIGITAL, Function.IG),
    ),
    DemoPerson("ppie@demo.example", "Demo PPIE Lead", "PPIE lead", (("DEMO1", Role.PPIE_LEAD),)),
    DemoPerson(
        "staff@demo.example", "Demo Nurse", "a submitter with an account", (("DEMO1", Role.STAFF),)
    ),
    DemoPerson(
        "coordinator@demo.example", "Demo Coordinator", "network coordinator", coordinates=True
    ),
)


def password() -> str:
    """The one password of all demo people, made once for each installation."""
    kept = settings.DATA_DIR / "demo-password"
    if not kept.exists():
        kept.touch(mode=0o600)
    known = kept.read_text().strip()
    if not known:
        known = "-".join(secrets.token_hex(2) for _ in range(4))
        kept.write_text(known + "\n")
    return known


@transaction.atomic
def load(by: Actor) -> None:
    """Make what is not there yet; a second run adds nothing."""
    network = network_by_slug(NETWORK[0]) or networks.create_network(
        slug=NETWORK[0], name=NETWORK[1], by=by
    )
    for code, name in SITES:
        site = site_by_code(code)
        if site is None:
            host = organisations.ensure_organisation(
                name=name, kind=OrganisationKind.NHS_PROVIDER, by=by
            )
            site = sites.create_site(code=code, name=name, host=host, is_demo=True, by=by)
        networks.add_site(network=network, site=site, by=by)
    for person in PEOPLE:
        user = account_with(person.email)
        if user is None:
            user = people.create_user(
                email=person.email, name=person.name, password=password(), by=by
            )
        for code, role in person.roles:
            site = site_by_code(code)
            assert site is not None
            if not Membership.objects.filter(
                site=site, user=user, role=role, ended_at=None
            ).exists():
                members.add_member(
                    site=site, user=user, role=role, functions=person.functions, by=by
                )
        if person.coordinates:
            networks.add_coordinator(network=network, user=user, by=by)
