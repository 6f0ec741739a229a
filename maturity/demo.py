"""Demo maturity, through the services: 18 plainly invented sites, two rounds that closed and one that is open.

Sizes and kinds are those of the InSites cohort; every rating is invented.
"""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from accounts.demo import NETWORK, SITES
from accounts.enums import OrganisationKind
from accounts.models import Network, Site
from accounts.queries import account_with, network_by_slug, site_by_code
from accounts.services import networks, organisations, sites
from hubapp.actors import Actor
from hubapp.instants import acting_at, now
from hubapp.workdays import LONDON, london_date
from maturity.enums import FundingSource, Seat, SiteKind, Wish
from maturity.models import Framework, Round, SelfAssessment
from maturity.queries.demo import demo_round_with, insites, rated_codes
from maturity.services import (
    assessments,
    closing,
    evidence,
    learning,
    profiles,
    raters,
    reviews,
    rounds,
)
from maturity.services.assessments import NOT_APPLICABLE, Said, rated


class DemoSite(NamedTuple):
    """One more demo site: its code and name, kind, and WTE of its function."""

    code: str
    name: str
    kind: str
    wte: str


# The first three are made with the demo people; eleven are small, three medium, four large.
FIRST = (
    (SiteKind.ACUTE, "2.5"),
    (SiteKind.AMBULANCE, "1"),
    (SiteKind.COMMUNITY, "2"),
)
MORE = (
    DemoSite("DEMO4", "Demo City Hospitals Trust", SiteKind.ACUTE, "9"),
    DemoSite("DEMO5", "Demo Mental Health Trust", SiteKind.MENTAL_HEALTH, "1.5"),
    DemoSite("DEMO6", "Demo Coastal Hospitals Trust", SiteKind.ACUTE, "2"),
    DemoSite("DEMO7", "Demo Valley Trust", SiteKind.ACUTE, "0.5"),
    DemoSite("DEMO8", "Demo Specialist Hospital Trust", SiteKind.ACUTE, "4"),
    DemoSite("DEMO9", "Demo Northern Trust", SiteKind.ACUTE, "2.8"),
    DemoSite("DEMO10", "Demo Southern Trust", SiteKind.ACUTE, "11"),
    DemoSite("DEMO11", "Demo Harbour Community Trust", SiteKind.COMMUNITY, "1"),
    DemoSite("DEMO12", "Demo Moorland Mental Health Trust", SiteKind.MENTAL_HEALTH, "5"),
    DemoSite("DEMO13", "Demo Riverside Trust", SiteKind.ACUTE, "2"),
    DemoSite("DEMO14", "Demo University Hospitals Trust", SiteKind.ACUTE, "14"),
    DemoSite("DEMO15", "Demo Children’s Hospital Trust", SiteKind.ACUTE, "6"),
    DemoSite("DEMO16", "Demo Eastern Trust", SiteKind.ACUTE, "1.5"),
    DemoSite("DEMO17", "Demo Academic Health Partnership", SiteKind.PARTNERSHIP, "8"),
    DemoSite("DEMO18", "Demo Integrated Care Board", SiteKind.ICB, "2"),
)
# How strong each sub-domain is, invented: 0 is all lowest, 4 all highest; others are 2.
STRENGTH = {
    "innovation-strategy": 3,
    "governance": 3,
    "funding": 1,
    "investment-business-processes": 0,
    "investment-and-business-processes": 0,
    "staff-capacity-capabilities": 1,
    "local-partners": 3,
    "wider-partners": 1,
}
WORDS = {
    "governance": "Invented: the innovation group meets every two months and reports to the board twice a year.",
    "funding": "Invented: two of our three posts end with the programme in March.",
    "ppi": "Invented: six patient partners, paid; they chose two of last year's five projects.",
}


def load(by: Actor) -> None:
    """Make what is not there yet; a second run adds nothing."""
    network, framework = network_by_slug(NETWORK[0]), insites()
    if network is None or framework is None or demo_round_with("2025", network):
        return
    everybody = _sites(network, by)
    today = london_date(now())
    for years, name in ((1, "2025"), (0, "2026")):
        opened = today - dt.timedelta(days=365 * years + 120)
        _closed_round(network, framework, everybody, f"Demo round {name}", opened, years, by)
    _open_round(network, framework, everybody, today, by)


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), LONDON).astimezone(dt.UTC)


def _sites(network: Network, by: Actor) -> list[tuple[Site, str, Decimal]]:
    """Every demo site with its kind and WTE."""
    found = []
    for (code, _), (kind, wte) in zip(SITES, FIRST, strict=True):
        site = site_by_code(code)
        if site:
            found.append((site, str(kind), Decimal(wte)))
    for row in MORE:
        site = site_by_code(row.code)
        if site is None:
            host = organisations.ensure_organisation(
                name=row.name, kind=OrganisationKind.NHS_PROVIDER, by=by
            )
            site = sites.create_site(code=row.code, name=row.name, host=host, is_demo=True, by=by)
        networks.add_site(network=network, site=site, by=by)
        found.append((site, row.kind, Decimal(row.wte)))
    return found


def _closed_round(
    network: Network,
    framework: Framework,
    everybody: list[tuple[Site, str, Decimal]],
    name: str,
    opened: dt.date,
    years_ago: int,
    by: Actor,
) -> None:
    """A round of six weeks in which all but one site submitted."""
    with acting_at(_at(opened)):
        round = rounds.prepare(
            network=network,
            framework=framework,
            name=name,
            opens_on=opened,
            closes_on=opened + dt.timedelta(weeks=6),
            by=by,
        )
        rounds.open_round(round=round, sites=[site for site, _, _ in everybody], by=by)
    codes = rated_codes(framework)
    # Eighteen of eighteen in the later round, and one fewer the year before.
    for place, (site, kind, wte) in enumerate(everybody[: len(everybody) - years_ago]):
        with acting_at(_at(opened + dt.timedelta(days=3 + place))):
            row = _assessment(round, site)
            assessments.start(assessment=row, by=by)
            _describe(row, kind, wte, by)
            answers = _answers(codes, place, years_ago)
            words = {code: text for code, text in WORDS.items() if place < len(SITES)}
            known = {sub_domain for sub_domain, _ in codes}
            assessments.answer(
                assessment=row,
                answers=answers,
                explanations={code: text for code, text in words.items() if code in known},
                by=by,
            )
            assessments.submit(assessment=row, by=by)
    with acting_at(_at(opened + dt.timedelta(weeks=6, days=1))):
        round.refresh_from_db()
        closing.close(round=round, by=by)
        if years_ago == 0:
            _wishes(round, everybody, by)


def _describe(row: SelfAssessment, kind: str, wte: Decimal, by: Actor) -> None:
    profiles.save(
        assessment=row,
        headcount=900 + int(wte * 1700),
        kind=kind,
        seats=[Seat.QUALITY_IMPROVEMENT if wte < 3 else Seat.STANDALONE],
        wte=wte,
        began_in=2019,
        funding=[FundingSource.INTERNAL, FundingSource.PROGRAMME],
        by=by,
    )


def _answers(codes: list[tuple[str, str]], place: int, years_ago: int) -> dict[str, Said]:
    """What a demo site says: the same on every machine, stronger where sub-domain and size are, some left out."""
    said: dict[str, Said] = {}
    for number, (sub_domain, code) in enumerate(codes):
        # A number from 0 to 99 that looks like chance and is none.
        chance = (place * 37 + number * 53 + (place * number) % 17 * 11) % 100
        if chance % 19 == 0:
            continue
        if chance % 23 == 0:
            said[code] = NOT_APPLICABLE
            continue
        strength = STRENGTH.get(sub_domain, 2) * 18 + (14 if place % 5 == 3 else 0)
        strength += 0 if years_ago else 8
        if sub_domain.startswith("investment"):
            said[code] = rated(1 if chance < 55 else 3)
        elif chance < strength - 22:
            said[code] = rated(5)
        else:
            said[code] = rated(3 if chance < strength + 38 else 1)
    return said


def _wishes(round: Round, everybody: list[tuple[Site, str, Decimal]], by: Actor) -> None:
    """Two sites that may be asked and two that would like help."""
    parts = {row.code: row for row in round.framework.sub_domains.filter(is_rated=True)}
    wanted = [part for code, part in parts.items() if code in ("governance", "funding", "ppi")]
    for place, part in enumerate(wanted):
        giver, taker = everybody[3 + place][0], everybody[place % 3][0]
        for site, wish in ((giver, Wish.OFFERS), (taker, Wish.WANTS)):
            row = _assessment(round, site)
            learning.wish(assessment=row, sub_domain=part, wish=wish, by=by)


def _open_round(
    network: Network,
    framework: Framework,
    everybody: list[tuple[Site, str, Decimal]],
    today: dt.date,
    by: Actor,
) -> None:
    """The round of now: DEMO1 has not started, DEMO2 is half way with a rater, DEMO3 asked DEMO1 for a review."""
    opened = today - dt.timedelta(days=10)
    codes = rated_codes(framework)
    with acting_at(_at(opened)):
        round = rounds.prepare(
            network=network,
            framework=framework,
            name="Demo round 2027",
            opens_on=opened,
            closes_on=today + dt.timedelta(days=32),
            asks_raters=True,
            asks_review=True,
            by=by,
        )
        rounds.open_round(round=round, sites=[site for site, _, _ in everybody], by=by)
    for place, share in ((1, 0.5), (2, 1.0)):
        site, kind, wte = everybody[place]
        with acting_at(_at(opened + dt.timedelta(days=4))):
            row = _assessment(round, site)
            assessments.start(assessment=row, by=by)
            _describe(row, kind, wte, by)
            some = codes[: int(len(codes) * share)]
            assessments.answer(assessment=row, answers=_answers(some, place + 20, 0), by=by)
            if place == 1:
                reviewer = account_with("hub@demo.example")
                if reviewer:
                    raters.invite(assessment=row, user=reviewer, by=by)
            else:
                _show_evidence(row, by)
                assessments.submit(assessment=row, by=by)
                first = _assessment(round, everybody[0][0])
                if first.state != "withdrawn":
                    reviews.ask(
                        assessment=row,
                        reviewing_site=everybody[0][0],
                        due_on=today + dt.timedelta(days=20),
                        by=by,
                    )


def _show_evidence(row: SelfAssessment, by: Actor) -> None:
    piece = evidence.add(
        site=row.site,
        title="Demo innovation strategy",
        url="https://demo.example/innovation-strategy",
        by=by,
    )
    indicator = row.round.framework.indicators.order_by("position").first()
    if indicator:
        evidence.show(assessment=row, indicator=indicator, evidence=[piece], by=by)


def _assessment(round: Round, site: Site) -> SelfAssessment:
    return SelfAssessment.objects.select_related("round__framework", "site").get(
        round=round, site=site
    )
