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


# -- maturity ------------------------------------------------------------------
def framework(
    network: Network | None = None,
    key: str = "test-framework",
    edition: str = "1",
    sub_domains: int = 2,
    indicators: int = 2,
    follows=None,
):
    """A published framework: one rated domain, ``sub_domains`` of ``indicators`` each, scale 1, 3, 5.

    Codes are ``s1``, ``s1-i1`` and so on. With ``follows`` every indicator asks the same as before.
    """
    from maturity.models import Domain, Framework, Indicator, SubDomain

    made = Framework.objects.create(
        network=network,
        key=key,
        edition=edition,
        slug=f"{key}-{edition}",
        title="Test framework",
        scale=[
            {"value": 1, "label": "Little or no progress"},
            {"value": 3, "label": "Making progress"},
            {"value": 5, "label": "Proud to share"},
        ],
        valid_from=dt.date(2025, 1, 1),
        digest="0" * 64,
        published_at=timezone.now(),
        follows=follows,
    )
    domain = Domain.objects.create(framework=made, code="d1", position=1, name="Test domain")
    before = {row.code: row for row in follows.indicators.all()} if follows else {}
    place = 0
    for s in range(1, sub_domains + 1):
        sub_domain = SubDomain.objects.create(
            framework=made, domain=domain, code=f"s{s}", position=s, name=f"Sub-domain {s}"
        )
        for i in range(1, indicators + 1):
            place += 1
            code = f"s{s}-i{i}"
            Indicator.objects.create(
                framework=made,
                sub_domain=sub_domain,
                code=code,
                position=place,
                text=f"We do thing {s}.{i}",
                same_as=before.get(code),
            )
    return made


def network_of(*sites: Site) -> Network:
    """A network with these sites in it."""
    network = NetworkFactory()
    for site in sites:
        NetworkSite.objects.create(network=network, site=site, valid_from=dt.date(2020, 1, 1))
    return network


def open_round(network: Network | None = None, *, site: Site | None = None, sites=None, **fields):
    """An open round, of a network for its sites or of one site alone."""
    from maturity.services import rounds

    today = london_date(timezone.now())
    row = rounds.prepare(
        network=network,
        site=site,
        framework=fields.pop("framework", None) or framework(),
        name=fields.pop("name", "Test round"),
        opens_on=fields.pop("opens_on", today),
        closes_on=fields.pop("closes_on", today + dt.timedelta(days=30)),
        by=TEST,
        **fields,
    )
    chosen = sites if sites is not None else rounds.sites_that_may_join(row)
    rounds.open_round(round=row, sites=chosen, by=TEST)
    return row


def self_assessment(site: Site, round=None, **answers: int | None):
    """A site's self-assessment, begun; ``s1_i1=5`` rates, ``s1_i1=None`` says not applicable."""
    from maturity.models import SelfAssessment
    from maturity.services import assessments

    round = round or open_round(site=site)
    row = SelfAssessment.objects.select_related("round__framework", "site").get(
        round=round, site=site
    )
    assessments.start(assessment=row, by=TEST)
    said = {
        code.replace("_", "-"): assessments.NOT_APPLICABLE
        if value is None
        else assessments.rated(value)
        for code, value in answers.items()
    }
    if said:
        assessments.answer(assessment=row, answers=said, by=TEST)
    return row
