"""KPIs counted from innovations. Each reads all sites in a few queries, straight from an index."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Q

from kpis.definitions.base import Contribution, Definition
from kpis.enums import Direction, Kind, Unit
from portfolio.models import Innovation

INNOVATION = "portfolio.innovation"


def _submitted(
    site_ids: Sequence[int], start: dt.date, end: dt.date, as_at: dt.date
) -> Iterator[Contribution]:
    rows = Innovation.objects.listed().filter(site_id__in=site_ids, received_on__range=(start, end))
    for site_id, ref in rows.order_by("received_at", "id").values_list("site_id", "ref"):
        yield Contribution(site_id, INNOVATION, ref, numerator=1)


def _days_to_decision(
    site_ids: Sequence[int], start: dt.date, end: dt.date, as_at: dt.date
) -> Iterator[Contribution]:
    rows = Innovation.objects.filter(
        site_id__in=site_ids,
        first_decided_on__range=(start, end),
        decision_days__isnull=False,
        exemption="",
    )
    for site_id, ref, days in rows.order_by("decision_days", "id").values_list(
        "site_id", "ref", "decision_days"
    ):
        yield Contribution(site_id, INNOVATION, ref, measure=days)


def _decided_on_time(
    site_ids: Sequence[int], start: dt.date, end: dt.date, as_at: dt.date
) -> Iterator[Contribution]:
    clocked = Innovation.objects.filter(
        site_id__in=site_ids, clock_started_on__isnull=False, exemption=""
    ).order_by("queued_at", "id")
    decided = clocked.filter(first_decided_on__range=(start, end))
    for site_id, ref, on, due_on in decided.values_list(
        "site_id", "ref", "first_decided_on", "clock_due_on"
    ):
        in_time = on is not None and due_on is not None and on <= due_on
        yield Contribution(site_id, INNOVATION, ref, numerator=int(in_time), denominator=1)
    # Still undecided, its clock running: late from the day after it was due.
    last_due = min(end, as_at - dt.timedelta(days=1))
    # One that is back from being parked had its first decision.
    late = clocked.filter(due_on__range=(start, last_due), first_decided_on=None)
    # Undecided when the month ended, whatever became of it later. In a month
    # that is not over nothing has ended after it, so this finds none.
    was_late = clocked.filter(clock_due_on__range=(start, end), clock_ended_on__gt=end).filter(
        Q(first_decided_on=None) | Q(first_decided_on__gt=end)
    )
    for found in (late, was_late):
        for site_id, ref in found.values_list("site_id", "ref"):
            yield Contribution(site_id, INNOVATION, ref, numerator=0, denominator=1)


INNOVATIONS_SUBMITTED = Definition(
    key="innovations_submitted",
    version=2,
    title="Innovations submitted",
    kind=Kind.COUNT,
    unit=Unit.INNOVATIONS,
    direction=Direction.NEITHER,
    meaning="How many ideas reached the hub in the month.",
    how_counted=(
        "Innovations received in the month: those whose sender confirmed their address, those that hub staff "
        "entered and those imported with a received date. Ideas withdrawn later stay counted. Ideas whose "
        "sender has not confirmed, imported rows without a received date, and rows of an import that was "
        "undone are not counted."
    ),
    contributions=_submitted,
)

MEDIAN_DAYS_TO_DECISION = Definition(
    key="median_days_to_decision",
    version=2,
    title="Median days to a decision",
    kind=Kind.QUANTILE,
    unit=Unit.WORKING_DAYS,
    direction=Direction.LOWER,
    meaning="How long people waited for a first decision: half waited this long or less.",
    how_counted=(
        "The median of the working days between an idea's arrival and its first decision, over the first "
        "decisions made in the month; with an even number, the mean of the middle two. Working days are Monday "
        "to Friday without England's bank holidays. Days on which the hub waited for the sender or for somebody "
        "else are taken off. Asking for more is no decision, and a decision that was undone does not count; "
        "taking forward, signposting, parking, merging and declining are. Imported ideas have no clock, and "
        "ideas that were exempted from it with a coded reason do not count against it: neither is counted."
    ),
    contributions=_days_to_decision,
)

DECIDED_ON_TIME = Definition(
    key="decided_on_time",
    version=2,
    title="Decided on time",
    kind=Kind.RATIO,
    unit=Unit.PERCENT,
    direction=Direction.HIGHER,
    meaning="Of the ideas that needed a first decision, the share that got it by the day it was due.",
    how_counted=(
        "Ideas whose first decision was made in the month by their due date, divided by all ideas first decided "
        "in the month plus those still undecided at its end whose due date fell in it. In a month that is not "
        "over, an undecided idea counts from the day after it was due. While the hub waits for the sender or for "
        "somebody else the clock is stopped and an idea has no due date. An idea withdrawn before a decision "
        "counts only for a month at whose end it was still waiting. An idea that comes back from being parked "
        "had its first decision. Imported ideas have no clock, and ideas that were exempted from it with a coded "
        "reason do not count against it: neither is counted."
    ),
    contributions=_decided_on_time,
)
