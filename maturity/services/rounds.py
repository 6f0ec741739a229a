"""Rounds: prepared, opened, joined, closed."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Network, Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from maturity.enums import AssessmentState, Disclosure, RoundState
from maturity.models import AssessmentMove, Framework, Indicator, Round, SelfAssessment
from maturity.queries.rounds import sites_that_may_join
from maturity.services.reminders import tell_opened

CHANGED = (
    "Somebody else changed this round since you opened it. Look at what they did, then try again."
)


@transaction.atomic
def prepare(
    *,
    framework: Framework,
    name: str,
    opens_on: dt.date,
    closes_on: dt.date,
    by: Actor,
    network: Network | None = None,
    site: Site | None = None,
    disclosure: str = Disclosure.NAMED_COORDINATOR,
    min_others: int = 5,
    asks_raters: bool = False,
    asks_review: bool = False,
) -> Round:
    """Write down a round that is not open yet: of a network, or of one site alone.

    :raises ValidationError: names the field
    :raises Refused: the framework is of another network, or no longer in force
    """
    _may_be_used(framework, network)
    now = instants.now()
    row = Round(
        network=network,
        site=site,
        framework=framework,
        name=" ".join(name.split()),
        opens_on=opens_on,
        closes_on=closes_on,
        disclosure=disclosure,
        min_others=min_others,
        asks_raters=asks_raters,
        asks_review=asks_review,
        created_at=now,
        updated_at=now,
    )
    _clean(row)
    row.save()
    events.record(
        "round.prepared",
        by=by,
        subject=row,
        changes={"framework": framework.slug, "disclosure": row.disclosure},
    )
    return row


@transaction.atomic
def change(*, round: Round, by: Actor, version: int | None = None, **fields: Any) -> Round:
    """Change a round. Once it is open only its name and its closing date can change.

    :raises ValidationError: names the field
    :raises Refused: what is asked cannot change any more
    :raises Stale: somebody else changed it
    """
    if version is not None and version != round.version:
        raise Stale(CHANGED)
    if round.state in (RoundState.CLOSED, RoundState.CANCELLED):
        raise Refused("This round is over, so it cannot be changed.")
    changed = {name: value for name, value in fields.items() if getattr(round, name) != value}
    if round.state == RoundState.OPEN and set(changed) - {"name", "closes_on"}:
        raise Refused(
            "Sites were told what this round asks and shows before they began."
            " Only its name and its closing date can change now."
        )
    if not changed:
        return round
    if "framework" in changed:
        _may_be_used(changed["framework"], round.network)
    for name, value in changed.items():
        setattr(round, name, value)
    _clean(round)
    _update(round, **changed)
    events.record("round.changed", by=by, subject=round, changes=dict.fromkeys(changed, "changed"))
    return round


@transaction.atomic
def open_round(*, round: Round, sites: Iterable[Site], by: Actor) -> list[SelfAssessment]:
    """Open a round for these sites. Whoever leads one finds it among their work.

    :raises Refused: no sites, it was opened already, or its closing date has passed
    :raises Stale: somebody else changed it
    """
    if round.state != RoundState.DRAFT:
        raise Refused("This round was opened already.")
    sites = list(sites)
    if not sites:
        raise Refused("Choose at least one site.")
    now = instants.now()
    if round.closes_on < london_date(now):
        raise Refused("The closing date of this round has passed. Choose a later one first.")
    with events.operation():
        _update(round, state=RoundState.OPEN, opened_at=now)
        rows = _ask(round, sites, by)
        events.record("round.opened", by=by, subject=round, changes={"sites": len(rows)})
    return rows


@transaction.atomic
def add_sites(*, round: Round, sites: Iterable[Site], by: Actor) -> list[SelfAssessment]:
    """Let more sites join a round: while it is open, or late, after it closed. Those in it stay as they are.

    What a late one says changes what was released only by a restatement.

    :raises Refused: the round is not open yet, or was called off
    """
    if round.state not in (RoundState.OPEN, RoundState.CLOSED):
        raise Refused("Open the round first.")
    with events.operation():
        rows = _ask(round, sites, by)
        if rows:
            events.record("round.joined", by=by, subject=round, changes={"sites": len(rows)})
    return rows


@transaction.atomic
def cancel(*, round: Round, by: Actor) -> Round:
    """Call a round off. What sites wrote stays theirs to read.

    :raises Refused: it is over already
    """
    if round.state not in (RoundState.DRAFT, RoundState.OPEN):
        raise Refused("This round is over already.")
    _update(round, state=RoundState.CANCELLED)
    events.record("round.cancelled", by=by, subject=round)
    return round


def _ask(round: Round, sites: Iterable[Site], by: Actor) -> list[SelfAssessment]:
    """A self-assessment, not started, for each site that is not in the round yet."""
    allowed = {site.pk for site in sites_that_may_join(round)}
    wanted = list(dict.fromkeys(sites))
    for site in wanted:
        if site.pk not in allowed:
            raise Refused(f"{site} is not a site of this network.")
    there = set(round.assessments.values_list("site_id", flat=True))
    asked = Indicator.objects.filter(framework=round.framework).count()
    now = instants.now()
    rows = [
        SelfAssessment(
            site=site,
            round=round,
            asked=asked,
            state_since=now,
            created_at=now,
            updated_at=now,
        )
        for site in wanted
        if site.pk not in there
    ]
    SelfAssessment.objects.bulk_create(rows)
    AssessmentMove.objects.bulk_create(
        [
            AssessmentMove(
                site_id=row.site_id,
                assessment=row,
                number=1,
                to_state=AssessmentState.NOT_STARTED,
                at=now,
                on=london_date(now),
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
            for row in rows
        ]
    )
    if rows:
        events.record_many(
            "self_assessment.asked",
            by=by,
            subjects=[(row, {"round": round.ref}) for row in rows],
        )
    if round.network_id:
        # Whoever opens a round of their own site has just pressed the button.
        tell_opened(rows)
    return rows


def _may_be_used(framework: Framework, network: Network | None) -> None:
    if framework.network_id and (network is None or framework.network_id != network.pk):
        raise Refused("There is no such framework.")


def _clean(row: Round) -> None:
    if not row.name:
        raise ValidationError({"name": "Enter the name of the round."})
    row.full_clean(exclude=["ref", "network", "site", "framework"])


def _update(round: Round, **columns: Any) -> None:
    columns |= {"version": round.version + 1, "updated_at": instants.now()}
    if not Round.objects.filter(pk=round.pk, version=round.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(round, name, value)
