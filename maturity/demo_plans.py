"""Demo plans, through the services: targets and actions that follow from a round, an import, a network's own framework."""

import csv
import datetime as dt
import io
from typing import Any

from accounts.demo import NETWORK
from accounts.models import Network, Site
from accounts.queries import account_with, network_by_slug, site_by_code
from hubapp.actors import Actor
from hubapp.instants import now
from hubapp.workdays import london_date
from maturity.models import Action, Framework, Indicator, Round, SelfAssessment, SubDomain
from maturity.queries.demo import demo_round_with, rated_codes
from maturity.ratings_sheet import read_ratings
from maturity.services import actions, assessments, frameworks, importing, targets

# Weak at DEMO1, so that its ideas carry a flag in triage.
WEAK = "investment-business-processes"
# Sites whose ratings of the round of now came by a spreadsheet.
BY_FILE = ("DEMO5", "DEMO6")
OWN = {
    "key": "demo-network-check",
    "version": "1",
    "title": "Demo network: how we work together",
    "source": "Invented for the demo.",
    "notes": ["A short look of our own, between two rounds."],
    "scale": [
        {"value": 1, "label": "Not yet"},
        {"value": 2, "label": "Sometimes"},
        {"value": 3, "label": "Always"},
    ],
    "domains": [
        {
            "code": "together",
            "name": "Working together",
            "rated": True,
            "sub_domains": [
                {
                    "code": "sharing",
                    "name": "Sharing",
                    "rated": True,
                    "about": "What sites tell each other before they begin.",
                    "questions": ["When did you last use what another site learned?"],
                    "indicators": [
                        {
                            "code": "sharing-asks",
                            "text": "We ask the other sites before we start something new.",
                            "questions": [],
                        },
                        {
                            "code": "sharing-failures",
                            "text": "We tell the other sites what did not work.",
                            "questions": [],
                        },
                    ],
                }
            ],
        }
    ],
}


def load(by: Actor) -> None:
    """Make what is not there yet; a second run adds nothing."""
    network = network_by_slug(NETWORK[0])
    last = demo_round_with("2026", network) if network else None
    current = demo_round_with("2027", network) if network else None
    site, elsewhere = site_by_code("DEMO1"), site_by_code("DEMO4")
    if network is None or last is None or current is None or site is None or elsewhere is None:
        return
    if Action.objects.filter(site=site).exists():
        return
    _raised_elsewhere(elsewhere, last, by)
    _plans(site, last, by)
    _by_file(current, by)
    _own_framework(network, by)


def _raised_elsewhere(site: Site, round: Round, by: Actor) -> None:
    """Another site is done with something, and lets the network read it."""
    row = actions.add(
        site=site,
        sub_domain=_part(round.framework, WEAK),
        assessment=_assessment(round, site),
        title="Give finance a seat in the innovation group",
        owner_words="Demo innovation group",
        by=by,
    )
    outcome = (
        "Invented: a finance partner reads every idea before it is tried. Four of five pilots now"
        " have a budget line for the year after."
    )
    actions.finish(action=row, outcome=outcome, by=by)
    actions.publish(action=row, by=by)


def _plans(site: Site, round: Round, by: Actor) -> None:
    """DEMO1 aims at two statements; one action is due this week, one later, and one is done."""
    read, today = _assessment(round, site), london_date(now())
    parts = [_part(round.framework, code) for code in (WEAK, "governance")]
    for part, value, days in ((parts[0], 3, 200), (parts[1], 5, 300)):
        targets.set_target(
            site=site,
            indicator=_first(part),
            value=value,
            by_on=today + dt.timedelta(days=days),
            assessment=read,
            by=by,
        )
    actions.add(
        site=site,
        sub_domain=parts[0],
        assessment=read,
        title="Agree with finance who pays after a pilot",
        owner=account_with("hub@demo.example"),
        due_on=today + dt.timedelta(days=5),
        by=by,
    )
    actions.add(
        site=site,
        sub_domain=_part(round.framework, "staff-capacity-capabilities"),
        assessment=read,
        title="Train six people in how to measure what changed",
        owner_words="Demo improvement academy",
        due_on=today + dt.timedelta(days=90),
        by=by,
    )
    done = actions.add(
        site=site,
        sub_domain=parts[1],
        assessment=read,
        title="Put innovation on the agenda of the board twice a year",
        owner_words="Demo executive office",
        by=by,
    )
    actions.finish(action=done, outcome="Invented: the board has read two reports so far.", by=by)


def _by_file(round: Round, by: Actor) -> None:
    """Two sites agreed to the round; their ratings come by the coordinator's spreadsheet, and stay drafts."""
    sheet = io.StringIO()
    rows: list[list[Any]] = [["Site code", "Indicator code", "Rating", "Explanation"]]
    for code in BY_FILE:
        site = site_by_code(code)
        if site is None:
            continue
        assessments.start(assessment=_assessment(round, site), by=by)
        for number, (_, indicator) in enumerate(rated_codes(round.framework)):
            rows.append([code, indicator, ("3", "5", "n/a", "1", "3", "")[number % 6], ""])
    csv.writer(sheet).writerows(rows)
    file = importing.look(
        sheet=read_ratings(io.BytesIO(sheet.getvalue().encode())),
        name="demo-ratings.csv",
        round=round,
        by=by,
    )
    importing.keep(file=file, by=by)


def _own_framework(network: Network, by: Actor) -> None:
    """One that the network brought in and published."""
    content = {**OWN, "valid_from": london_date(now()).isoformat()}
    frameworks.publish(draft=frameworks.draft(network=network, content=content, by=by), by=by)


def _part(framework: Framework, code: str) -> SubDomain:
    return framework.sub_domains.get(code=code)


def _first(part: SubDomain) -> Indicator:
    return part.indicators.order_by("position")[0]


def _assessment(round: Round, site: Site) -> SelfAssessment:
    return SelfAssessment.objects.select_related("round__framework", "site").get(
        round=round, site=site
    )
