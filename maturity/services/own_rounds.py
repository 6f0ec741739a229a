"""A round of one site alone: no network, no coordinator, nobody else to see it."""

import datetime as dt

from django.db import IntegrityError, transaction

from accounts.models import Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused
from hubapp.workdays import london_date
from maturity.enums import Disclosure
from maturity.models import Framework, Round, SelfAssessment
from maturity.services.rounds import open_round, prepare


def start_own(
    *,
    site: Site,
    framework: Framework,
    name: str,
    closes_on: dt.date,
    by: Actor,
    once_key: str | None = None,
) -> SelfAssessment:
    """Open a round of the site alone from today, by a shipped framework; returns its self-assessment, not started.

    The same ``once_key`` never makes a second one.

    :raises ValidationError: names the field
    :raises Refused: the framework is a network's, or no longer in force
    """
    key = f"own:{site.pk}:{once_key}"[:80] if once_key else None
    try:
        return _earlier(key) or _start(site, framework, name, closes_on, by, key)
    except IntegrityError:
        # The same form a moment ago.
        earlier = _earlier(key)
        if earlier is None:
            raise
        return earlier


@transaction.atomic
def _start(
    site: Site, framework: Framework, name: str, closes_on: dt.date, by: Actor, key: str | None
) -> SelfAssessment:
    today = london_date(instants.now())
    if framework.valid_from > today or (framework.valid_to and framework.valid_to <= today):
        raise Refused("This framework is not in force today. Choose another one.")
    with events.operation():
        round = prepare(
            site=site,
            framework=framework,
            name=name,
            opens_on=today,
            closes_on=closes_on,
            # Nobody outside the site.
            disclosure=Disclosure.AGGREGATE,
            by=by,
        )
        if key:
            Round.objects.filter(pk=round.pk).update(once_key=key)
        return open_round(round=round, sites=[site], by=by)[0]


def _earlier(key: str | None) -> SelfAssessment | None:
    if key is None:
        return None
    rows = SelfAssessment.objects.filter(round__once_key=key)
    return rows.select_related("site", "round__framework").first()
