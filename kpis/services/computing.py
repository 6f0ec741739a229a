"""Computing the KPIs of a month for all sites at once, and storing what changed.

Numbers are read in a few queries for all sites, never one by one, and
compared with the versions that stand. Only a number that changed becomes a
new version, with the records that made it and an event.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor
from hubapp.db.bulk import insert_rows
from hubapp.events.services import record_many
from hubapp.workdays import london_date, month_of
from kpis import queries
from kpis.definitions import REGISTRY, Contribution, Definition, Result, base, fingerprint
from kpis.enums import Grain, Status
from kpis.models import KpiContribution, KpiMonth, KpiSweep, KpiValue
from kpis.validators import month_that_has_begun

logger = logging.getLogger(__name__)

# Rows that one transaction writes at most; a value and its records are never split.
ROWS = 500
# Sites whose records are held in memory together.
SITES = 250
ATTEMPTS = 3
# A sweep that has not been heard of for this long was left behind.
LEFT_BEHIND = dt.timedelta(minutes=10)

PUBLISHED = (Status.FINAL, Status.RESTATED)


class Overtaken(Exception):
    """Somebody else stored a version of the same value first; what they stored is read anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changed: the new version and the one that it took the place of, if any."""

    new: KpiValue
    old: KpiValue | None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A version about to be stored."""

    new: KpiValue
    old: KpiValue | None
    contributions: list[Contribution]
    # It takes the place of a number that was final, and needs a reason.
    restates: bool

    @property
    def rows(self) -> int:
        # The value, its event, the old value's mark, the records.
        return 3 + len(self.contributions)


def compute(*, month: dt.date, sites: Iterable[Site] | None = None, by: Actor) -> list[Change]:
    """Compute every KPI of ``month`` (any day in it) for ``sites`` (default: all), and store what changed.

    Doing it again without a change of the records stores nothing. A number of
    a month that is not over is provisional; one that was final and differs is
    stored as restated, with the reason.

    :raises ValidationError: the month has not begun
    """
    month = month_that_has_begun(month, today=london_date(timezone.now()))
    chosen = queries.all_site_ids() if sites is None else sorted({site.pk for site in sites})
    changes: list[Change] = []
    with events.operation():
        for start in range(0, len(chosen), SITES):
            changes += _compute_some(month, chosen[start : start + SITES], by)
    return changes


def _compute_some(month: dt.date, site_ids: Sequence[int], by: Actor) -> list[Change]:
    """As :func:`compute`, for as many sites as fit into memory."""
    changes: list[Change] = []
    waiting = list(site_ids)
    for _ in range(ATTEMPTS):
        checked_at = timezone.now()
        today = london_date(checked_at)
        planned = _plan(month, waiting, checked_at, today, by)
        overtaken: set[int] = set()
        for chunk in _chunks(planned):
            try:
                changes += _store(chunk, by)
            except (Overtaken, IntegrityError):
                overtaken |= {each.new.site_id for each in chunk}
        _note_checked(month, [pk for pk in waiting if pk not in overtaken], checked_at, today)
        waiting = sorted(overtaken)
        if not waiting:
            break
    if waiting:
        # Not noted as checked, so the next sweep tries again.
        logger.error(
            "numbers of %s could not be stored for %d sites", f"{month:%Y-%m}", len(waiting)
        )
    return changes


def _plan(
    month: dt.date, site_ids: Sequence[int], checked_at: dt.datetime, today: dt.date, by: Actor
) -> list[_Planned]:
    """What has to be stored, in the order of the sites."""
    first, last = month_of(month)
    standing = {
        (value.site_id, value.kpi): value for value in queries.standing_values(site_ids, first)
    }
    closed_before = queries.months_checked_when_over(site_ids, first)
    planned: list[_Planned] = []
    for definition in REGISTRY.values():
        by_site: dict[int, list[Contribution]] = {pk: [] for pk in site_ids}
        for row in definition.contributions(site_ids, first, last, today):
            by_site[row.site_id].append(row)
        for site_id, rows in by_site.items():
            old = standing.get((site_id, definition.key))
            each = _version(
                definition, rows, old, was_final=site_id in closed_before, is_over=last < today
            )
            if each is None:
                continue
            each.new.site_id = site_id
            each.new.period_start, each.new.period_end = first, last
            each.new.computed_at = checked_at
            each.new.actor_kind, each.new.actor_ref = by.kind, by.ref
            planned.append(each)
    _explain([each for each in planned if each.restates])
    planned.sort(key=lambda each: each.new.site_id)
    return planned


def _version(
    definition: Definition,
    rows: list[Contribution],
    old: KpiValue | None,
    *,
    was_final: bool,
    is_over: bool,
) -> _Planned | None:
    """The version to store, or None if the one that stands says the same."""
    result: Result = base.compute(definition.kind, rows)
    digest = base.digest(rows)
    same = old is not None and (
        (old.value, old.numerator, old.denominator, old.n) == result
        and (old.digest, old.definition_version) == (digest, definition.version)
    )
    # The status that the number was published with, if it was.
    published = None
    if old is not None and (
        old.status in PUBLISHED or (was_final and old.status in (Status.NO_DATA, Status.SUPPRESSED))
    ):
        published = old.status
    status = _status(result, published, same=same, is_over=is_over)
    if same and old is not None and old.status == status:
        return None
    value = KpiValue(
        kpi=definition.key,
        definition_version=definition.version,
        grain=Grain.MONTH,
        version=old.version + 1 if old else 1,
        status=status,
        value=result.value,
        numerator=result.numerator,
        denominator=result.denominator,
        n=result.n,
        digest=digest,
    )
    return _Planned(value, old, rows, restates=published is not None and not same)


def _status(result: Result, published: str | None, *, same: bool, is_over: bool) -> str:
    if result.value is None:
        return Status.NO_DATA
    if published is not None:
        return published if same else Status.RESTATED
    return Status.FINAL if is_over else Status.PROVISIONAL


def _explain(planned: list[_Planned]) -> None:
    """Say why each of these numbers, final until now, changed: from the difference in its records."""
    replaced = [(each, each.old) for each in planned if each.old is not None]
    before: dict[int, dict[str, tuple]] = {old.pk: {} for _, old in replaced}
    for value_id, ref, *gave in queries.contributions_of_values(list(before)):
        before[value_id][ref] = tuple(gave)
    for each, old in replaced:
        each.new.restated_because = _difference(before[old.pk], old, each)


def _difference(before: dict[str, tuple], old: KpiValue, planned: _Planned) -> str:
    now = {
        row.record_ref: tuple(None if part is None else Decimal(part) for part in row[3:])
        for row in planned.contributions
    }
    parts = []
    added, gone = len(now.keys() - before.keys()), len(before.keys() - now.keys())
    moved = sum(now[ref] != before[ref] for ref in now.keys() & before.keys())
    if added:
        parts.append(f"{added:,} {'record' if added == 1 else 'records'} added")
    if gone:
        parts.append(f"{gone:,} no longer counted")
    if moved:
        parts.append(f"{moved:,} counted differently")
    if old.definition_version != planned.new.definition_version:
        parts.append(
            f"the definition changed from version {old.definition_version} "
            f"to {planned.new.definition_version}"
        )
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _chunks(planned: list[_Planned]) -> Iterator[list[_Planned]]:
    """As many versions together as one short transaction takes; a large one alone."""
    chunk: list[_Planned] = []
    rows = 0
    for each in planned:
        if chunk and rows + each.rows > ROWS:
            yield chunk
            chunk, rows = [], 0
        chunk.append(each)
        rows += each.rows
    if chunk:
        yield chunk


@transaction.atomic
def _store(chunk: list[_Planned], by: Actor) -> list[Change]:
    """Store these versions, their records and their events; all or none.

    :raises Overtaken: one of the versions to be replaced no longer stands
    """
    replaced = [each.old.pk for each in chunk if each.old]
    if KpiValue.objects.filter(pk__in=replaced, is_current=True).update(is_current=False) != len(
        replaced
    ):
        raise Overtaken
    KpiValue.objects.bulk_create([each.new for each in chunk])
    insert_rows(
        KpiContribution,
        (
            "site_id",
            "kpi_value_id",
            "record_kind",
            "record_ref",
            "numerator",
            "denominator",
            "measure",
        ),
        (
            (
                row.site_id,
                each.new.pk,
                row.record_kind,
                row.record_ref,
                row.numerator,
                row.denominator,
                row.measure,
            )
            for each in chunk
            for row in each.contributions
        ),
    )
    record_many("kpi.computed", by=by, subjects=[(each.new, _told(each)) for each in chunk])
    return [Change(each.new, each.old) for each in chunk]


def _told(each: _Planned) -> dict:
    """The change of one value, as its event tells it."""
    new, old = each.new, each.old

    def text(number: Decimal | None) -> str | None:
        return None if number is None else f"{number:.4f}"

    return {
        "kpi": new.kpi,
        "period": f"{new.period_start:%Y-%m}",
        "version": new.version,
        "status": [old.status, new.status] if old else new.status,
        "value": [text(old.value), text(new.value)] if old else text(new.value),
    }


def _note_checked(
    month: dt.date, site_ids: Sequence[int], checked_at: dt.datetime, today: dt.date
) -> None:
    """Remember that these sites' numbers of the month were looked at, changed or not."""
    first, last = month_of(month)
    definitions = fingerprint()
    KpiMonth.objects.bulk_create(
        [
            KpiMonth(
                site_id=pk,
                period_start=first,
                checked_at=checked_at,
                was_over=last < today,
                definitions=definitions,
            )
            for pk in site_ids
        ],
        batch_size=ROWS,
        update_conflicts=True,
        unique_fields=["site", "period_start"],
        update_fields=["checked_at", "was_over", "definitions"],
    )


def compute_due(*, by: Actor) -> list[Change]:
    """Compute whatever is missing or out of date; what beat asks for, cheap when nothing is.

    Missing: months of a site from its first record on, also those missed
    while nothing ran. Out of date: records changed since, the month is over
    and its numbers still provisional, a due date passed, a definition
    changed. Only one runs at a time; a second returns at once.
    """
    now = timezone.now()
    sweep, _ = KpiSweep.objects.get_or_create(name="months")
    free = Q(heard_at=None) | Q(heard_at__lt=now - LEFT_BEHIND)
    if not KpiSweep.objects.filter(free, pk=sweep.pk).update(heard_at=now):
        return []
    changes: list[Change] = []
    seen_until = sweep.seen_until
    try:
        for month, sites in sorted(queries.months_due(now, seen_until).items()):
            changes += compute(month=month, sites=sites, by=by)
            KpiSweep.objects.filter(pk=sweep.pk).update(heard_at=timezone.now())
        seen_until = now
    finally:
        KpiSweep.objects.filter(pk=sweep.pk).update(heard_at=None, seen_until=seen_until)
    return changes
