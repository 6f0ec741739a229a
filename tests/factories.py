"""Rows for tests. Only tests use these: demo rows go through services."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.enums import Role
from accounts.models import (
    Membership,
    Network,
    NetworkMembership,
    NetworkSite,
    Organisation,
    Person,
    Site,
    User,
)
from hubapp.actors import Actor, ActorKind, system
from hubapp.workdays import london_date
from portfolio.enums import DecisionKind
from portfolio.models import Call, DecisionReason, Innovation, Need
from portfolio.services import calls, needs, submissions

TEST = system("tests")


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"Test Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@test.example")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    person = factory.SubFactory(PersonFactory, signs_in=True)
    password = factory.django.Password("correct horse battery")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Test Trust {n}")
    kind = "nhs_provider"


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    code = factory.Sequence(lambda n: f"TEST{n}")
    slug = factory.LazyAttribute(lambda o: o.code.lower())
    name = factory.LazyAttribute(lambda o: f"Test Hub {o.code}")


class NetworkFactory(DjangoModelFactory):
    class Meta:
        model = Network

    slug = factory.Sequence(lambda n: f"net{n}")
    name = factory.LazyAttribute(lambda o: f"Test Network {o.slug}")


def member(site: Site, role: str = Role.HUB_STAFF, user: User | None = None, functions=()) -> User:
    """A user with ``role`` at ``site``; read anew, so that no viewer is cached."""
    user = user or UserFactory()
    Membership.objects.create(site=site, user=user, role=role, functions=list(functions))
    return User.objects.get(pk=user.pk)


def coordinator(network: Network) -> User:
    """A coordinator of ``network``."""
    user = UserFactory()
    NetworkMembership.objects.create(network=network, user=user)
    return User.objects.get(pk=user.pk)


def place(network: Network, site: Site) -> NetworkSite:
    """Put ``site`` in ``network``, from last year on."""
    return NetworkSite.objects.create(
        network=network, site=site, valid_from=timezone.localdate() - dt.timedelta(days=365)
    )


def actor_of(user: User) -> Actor:
    """The user as the author of a service call."""
    return Actor(ActorKind.USER, user.ref, user.pk)


def innovation(
    site: Site, title: str = "Test idea", *, email: str = "", by: Actor = TEST, **fields
) -> Innovation:
    """An idea waiting for triage, added through the service; ``email`` gives it a submitter."""
    return submissions.add_on_behalf(site=site, title=title, email=email, by=by, **fields)


def reason(
    site: Site, kind: str = DecisionKind.DECLINE, code: str = "test-reason"
) -> DecisionReason:
    """A decision reason of the site."""
    return DecisionReason.objects.get_or_create(
        site=site,
        kind=kind,
        code=code,
        defaults={"label": "Test reason", "words": "Test words for the submitter."},
    )[0]


def need(site: Site, title: str = "Fewer falls at night", **fields) -> Need:
    """A need of the site that holds from today."""
    given = {"kind": "problem", "statement": "Patients fall on their way to the toilet.", **fields}
    return needs.add(site=site, title=title, by=TEST, **given)


def call(of: Need, title: str = "How can nights be safer?", **fields) -> Call:
    """A call on a need, published and open for a fortnight."""
    given = {"closes_on": today() + dt.timedelta(days=14), "publish": True, **fields}
    return calls.add(need=of, title=title, words="Tell us what you would try.", by=TEST, **given)


def today() -> dt.date:
    """Today in Europe/London."""
    return london_date(timezone.now())
