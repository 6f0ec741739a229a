"""Reads of the numbers. Pages, the API and files all read them here, through one disclosure door."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.disclosure import disclose
from hubapp.outbox.models import OutboxMessage
from hubapp.workdays import london_date, month_of
from kpis.definitions import REGISTRY, Definition, fingerprint
from kpis.enums import Grain, Status
from kpis.models import KpiContribution, KpiMonth, KpiValue
from kpis.models.value import KpiValueQuerySet
from kpis.validators import earliest_month, month_before, months_between
from portfolio.models import Innovation

# How long a transaction may take between choosing a record's ``updated_at``
# and committing: changes are looked for that much further back.
LATE_COMMIT = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number as a viewer may see it: what pages, files, mail and the API show."""

    ref: str
    definition: Definition
    definition_version: int
    site: Site
    grain: str
    period_start: dt.date
    period_end: dt.date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    n: int | None
    status: str
    version: int
    is_current: bool
    computed_at: dt.datetime
    restated_because: str
    actor_kind: str
    actor_ref: str
    value_id: int

    @property
    def kpi(self) -> str:
        return self.definition.key

    @property
    def status_words(self) -> str:
        return Status(self.status).label

    @property
    def is_provisional(self) -> bool:
        return self.status == Status.PROVISIONAL

    @property
    def is_open(self) -> bool:
        """Whether its period is not over yet."""
        return self.period_end >= timezone.localdate()

    @property
    def words(self) -> str:
        """The value in words; "suppressed" where it is."""
        if self.status == Status.SUPPRESSED:
            return "suppressed"
        return self.definition.words(self.value)

    @property
    def mark(self) -> str:
        """What has to stand beside the value: "provisional", "restated", or nothing."""
        said = self.status in (Status.PROVISIONAL, Status.RESTATED)
        return self.status_words.lower() if said else ""


def stored_values(viewer: Viewer) -> KpiValueQuerySet:
    """Every version of the values that the viewer may read, before disclosure: show none but by :func:`figure`.

    Readers of a site see its numbers; a key with ``kpis:read`` those of its site.
    """
    return KpiValue.objects.visible_to(viewer).filter(kpi__in=REGISTRY).select_related("site")


def values_for(
    viewer: Viewer,
    kpi: str = "",
    site: Site | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
    as_of: dt.datetime | None = None,
) -> list[Figure]:
    """The numbers that the viewer may read, after disclosure, by site, KPI and period.

    :param first: periods that begin on this day or later
    :param last: periods that begin on this day or earlier
    :param as_of: each number in the version that stood then (default: the one that stands)
    """
    rows = stored_values(viewer)
    if kpi:
        rows = rows.filter(kpi=kpi)
    if site is not None:
        rows = rows.filter(site=site)
    if first:
        rows = rows.filter(period_start__gte=first)
    if last:
        rows = rows.filter(period_start__lte=last)
    rows = rows.current() if as_of is None else rows.standing_at(as_of)
    return [figure(viewer, row) for row in rows.order_by("site_id", "kpi", "period_start")]


def figure(viewer: Viewer, row: KpiValue) -> Figure:
    """A stored value as ``viewer`` may see it: the one way a number leaves."""
    definition = REGISTRY[row.kpi]
    shown = disclose(
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        n=row.n,
        counts_people=definition.counts_people,
        # A key carries numbers out of the site.
        beyond_site=viewer.is_key or row.site_id not in viewer.roles,
    )
    return Figure(
        ref=row.ref,
        definition=definition,
        definition_version=row.definition_version,
        site=row.site,
        grain=row.grain,
        period_start=row.period_start,
        period_end=row.period_end,
        value=shown.value,
        numerator=shown.numerator,
        denominator=shown.denominator,
        n=shown.n,
        status=Status.SUPPRESSED if shown.suppressed else row.status,
        version=row.version,
        is_current=row.is_current,
        computed_at=row.computed_at,
        restated_because=row.restated_because,
        actor_kind=row.actor_kind,
        actor_ref=row.actor_ref,
        value_id=row.pk,
    )


def versions_of(viewer: Viewer, kpi: str, site: Site, month: dt.date) -> list[Figure]:
    """The versions of one number that matter, newest first, at most 25: the one that stands and those
    that stood when the month was over. While it runs, each new record makes a version.
    """
    rows = _versions(viewer, kpi, site, month).filter(
        Q(is_current=True) | ~Q(status=Status.PROVISIONAL)
    )
    return [figure(viewer, row) for row in rows.order_by("-version")[:25]]


def version_of(viewer: Viewer, kpi: str, site: Site, month: dt.date, version: int) -> Figure | None:
    """One version of one number, or None."""
    row = _versions(viewer, kpi, site, month).filter(version=version).first()
    return None if row is None else figure(viewer, row)


def _versions(viewer: Viewer, kpi: str, site: Site, month: dt.date) -> KpiValueQuerySet:
    return stored_values(viewer).filter(kpi=kpi, site=site, grain=Grain.MONTH, period_start=month)


def contributions_to(shown: Figure) -> QuerySet[KpiContribution]:
    """The records behind a number as a viewer sees it; none behind one that is suppressed."""
    rows = KpiContribution.objects.filter(kpi_value_id=shown.value_id, site=shown.site)
    return rows.none() if shown.status == Status.SUPPRESSED else rows


@dataclass(frozen=True, slots=True)
class Record:
    """A record behind a number. One that the viewer may not open has no reference, title or address."""

    contribution: KpiContribution
    record_ref: str | None
    title: str
    href: str

    @property
    def is_confidential(self) -> bool:
        return self.record_ref is None


def records_behind(
    viewer: Viewer, site: Site, contributions: Sequence[KpiContribution]
) -> list[Record]:
    """The innovations behind a page of contributions, as far as the viewer may know of them.

    The desk sees all; others are told that there is a confidential idea and
    no more. An API key is given references of ideas that are not confidential.
    """
    refs = [each.record_ref for each in contributions]
    here = Innovation.objects.at(site).filter(ref__in=refs)
    opened = {row.ref: row for row in here.visible_to(viewer).only("ref", "title")}
    named = set(opened)
    if viewer.is_key:
        named |= set(here.filter(is_confidential=False).values_list("ref", flat=True))
    found = []
    for each in contributions:
        row = opened.get(each.record_ref)
        if row is not None:
            row.site = site
        found.append(
            Record(
                contribution=each,
                record_ref=each.record_ref if each.record_ref in named else None,
                title=row.title if row else "A confidential idea",
                href=row.get_absolute_url() if row else "",
            )
        )
    return found


def checked_at(site: Site, first: dt.date, last: dt.date | None = None) -> dt.datetime | None:
    """When the numbers of these months of a site were last looked at: "as at"."""
    rows = KpiMonth.objects.filter(site=site, period_start__range=(first, last or first))
    return rows.aggregate(latest=Max("checked_at"))["latest"]


def request_key(site_id: int, month: dt.date) -> str:
    """The outbox key of a request to compute one month of one site."""
    return f"kpis:{site_id}:{month:%Y-%m}"


def is_requested(site: Site, month: dt.date) -> bool:
    """Whether a request to compute this month waits or runs."""
    return OutboxMessage.objects.filter(
        key=request_key(site.pk, month), done_at=None, failed_at=None
    ).exists()


# -- what the services need ---------------------------------------------------


def all_site_ids() -> list[int]:
    """Every site there is, closed ones too."""
    return list(Site.objects.order_by("pk").values_list("pk", flat=True))


def site_by_id(pk: int) -> Site:
    """One site, for the tasks. Raises ``Site.DoesNotExist``."""
    return Site.objects.get(pk=pk)


def site_codes(pks: Iterable[int]) -> dict[int, str]:
    """The codes of some sites."""
    return dict(Site.objects.filter(pk__in=pks).values_list("pk", "code"))


def standing_values(site_ids: Sequence[int], month: dt.date) -> KpiValueQuerySet:
    """The current versions of the month's values at these sites."""
    # Naming the KPIs lets the index of current values answer (kpi, period, site).
    return KpiValue.objects.current().filter(
        kpi__in=list(REGISTRY), site_id__in=site_ids, grain=Grain.MONTH, period_start=month
    )


def months_checked_when_over(site_ids: Sequence[int], month: dt.date) -> set[int]:
    """The sites whose numbers of this month were computed after it was over."""
    rows = KpiMonth.objects.filter(site_id__in=site_ids, period_start=month, was_over=True)
    return set(rows.values_list("site_id", flat=True))


def contributions_of_values(value_ids: Sequence[int]) -> Iterator[tuple]:
    """(value id, record ref, numerator, denominator, measure) of the frozen records of these values."""
    for start in range(0, len(value_ids), 500):
        yield from (
            KpiContribution.objects.filter(kpi_value_id__in=value_ids[start : start + 500])
            .values_list("kpi_value_id", "record_ref", "numerator", "denominator", "measure")
            .iterator(chunk_size=2000)
        )


def months_due(now: dt.datetime, seen_until: dt.datetime | None) -> dict[dt.date, list[Site]]:
    """Which months of which sites have to be computed, by month.

    :param seen_until: changes of records up to then have been seen
    """
    today = london_date(now)
    this_month, _ = month_of(today)
    sites = Site.objects.in_bulk()
    due: dict[dt.date, set[int]] = defaultdict(set)
    _find_missing(due, sites, today, this_month)
    if seen_until is None:
        # Nobody searched yet, but numbers may have been computed by hand.
        seen_until = KpiMonth.objects.aggregate(first=Min("checked_at"))["first"]
    if seen_until is not None:
        _find_changed(due, sites, seen_until - LATE_COMMIT, this_month)
    return {month: [sites[pk] for pk in sorted(ids)] for month, ids in due.items()}


def _first_dates() -> dict[int, tuple[dt.date | None, dt.date | None]]:
    """When each site's first idea was received and decided, each straight from an index."""

    def first(column: str) -> Subquery:
        rows = Innovation.objects.filter(site=OuterRef("pk"), **{f"{column}__isnull": False})
        return Subquery(rows.order_by(column).values(column)[:1])

    rows = Site.objects.order_by("pk").values_list(
        "pk", first("received_on"), first("first_decided_on")
    )
    return {pk: (received_on, decided_on) for pk, received_on, decided_on in rows}


def _find_missing(
    due: dict[dt.date, set[int]], sites: dict[int, Site], today: dt.date, this_month: dt.date
) -> None:
    """Months that were never computed, or not since they ended, or under other definitions."""
    last_over = month_before(this_month)
    first_dates = _first_dates()
    definitions = fingerprint()
    settled = Q(period_start__lt=this_month, was_over=True, definitions=definitions)
    known = {
        row["site_id"]: row
        for row in KpiMonth.objects.values("site_id")
        .annotate(
            first=Min("period_start"), last=Max("period_start"), settled=Count("pk", filter=settled)
        )
        .order_by()
    }
    fresh = {
        pk
        for pk, at in KpiMonth.objects.filter(
            period_start=this_month, definitions=definitions
        ).values_list("site_id", "checked_at")
        if london_date(at) == today
    }
    unsettled: dict[int, list[dt.date]] = {}
    for pk, site in sites.items():
        if pk not in first_dates:
            continue  # made since the sites were read
        seen = known.get(pk, {"first": None, "last": None, "settled": 0})
        starts = (*first_dates[pk], seen["first"])
        first = min((day.replace(day=1) for day in starts if day), default=this_month)
        first = max(first, earliest_month(today))
        ended = this_month
        if site.closed_on:
            ended = max(day.replace(day=1) for day in (site.closed_on, seen["last"]) if day)
        months = months_between(first, min(ended, last_over))
        if len(months) != seen["settled"]:
            unsettled[pk] = months
        if ended >= this_month and pk not in fresh:
            due[this_month].add(pk)
    if not unsettled:
        return
    done: dict[int, set[dt.date]] = defaultdict(set)
    for pk, month in KpiMonth.objects.filter(settled, site_id__in=unsettled).values_list(
        "site_id", "period_start"
    ):
        done[pk].add(month)
    for pk, months in unsettled.items():
        for month in months:
            if month not in done[pk]:
                due[month].add(pk)


def _find_changed(
    due: dict[dt.date, set[int]], sites: dict[int, Site], since: dt.datetime, this_month: dt.date
) -> None:
    """Months in which a record that changed after ``since`` counts, or counted when last computed."""
    touched: dict[tuple[int, dt.date], dt.datetime] = {}

    def touch(site_id: int, day: dt.date | None, at: dt.datetime) -> None:
        if day is not None and day.replace(day=1) <= this_month:
            key = (site_id, day.replace(day=1))
            touched[key] = max(at, touched.get(key, at))

    def counted_before(changed: dict[str, tuple[int, dt.datetime]]) -> None:
        for ref, month in KpiContribution.objects.filter(
            site_id__in={site_id for site_id, _ in changed.values()},
            record_ref__in=changed,
            kpi_value__is_current=True,
        ).values_list("record_ref", "kpi_value__period_start"):
            site_id, at = changed[ref]
            touch(site_id, month, at)

    changed: dict[str, tuple[int, dt.datetime]] = {}
    rows = Innovation.objects.filter(site_id__in=sites, updated_at__gt=since).order_by()
    columns = (
        "site_id",
        "ref",
        "updated_at",
        "received_on",
        "first_decided_on",
        "due_on",
        "clock_due_on",
    )
    for site_id, ref, at, *days in rows.values_list(*columns).iterator(chunk_size=2000):
        for day in days:
            touch(site_id, day, at)
        changed[ref] = (site_id, at)
        if len(changed) == 500:
            counted_before(changed)
            changed = {}
    if changed:
        counted_before(changed)
    if not touched:
        return
    checked = {
        (site_id, month): at
        for site_id, month, at in KpiMonth.objects.filter(
            site_id__in={key[0] for key in touched}, period_start__in={key[1] for key in touched}
        ).values_list("site_id", "period_start", "checked_at")
    }
    for (site_id, month), at in touched.items():
        seen = checked.get((site_id, month))
        if seen is None or seen <= at + LATE_COMMIT:
            due[month].add(site_id)
