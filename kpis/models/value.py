"""Stored values and their frozen contributions."""

import datetime as dt

from django.db import models

from accounts.enums import READERS
from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from kpis.enums import Grain, Status


class KpiValueQuerySet(models.QuerySet["KpiValue"]):
    def visible_to(self, viewer: Viewer) -> "KpiValueQuerySet":
        """The values of the sites whose numbers the viewer reads."""
        if viewer.is_key:
            return (
                self.filter(site_id__in=viewer.site_ids)
                if "kpis:read" in viewer.scopes
                else self.none()
            )
        return self.filter(site_id__in=viewer.site_ids_with(READERS))

    def current(self) -> "KpiValueQuerySet":
        """The newest version of each value."""
        return self.filter(is_current=True)

    def standing_at(self, instant: dt.datetime) -> "KpiValueQuerySet":
        """Each value in the version that stood at ``instant``; none that was computed later."""
        newest = KpiValue.objects.filter(
            site=models.OuterRef("site"),
            kpi=models.OuterRef("kpi"),
            grain=models.OuterRef("grain"),
            period_start=models.OuterRef("period_start"),
            computed_at__lte=instant,
        )
        return self.filter(pk=models.Subquery(newest.order_by("-version").values("pk")[:1]))


class KpiValue(ActedBy):
    """One version of one number: immutable but for ``is_current``.

    ``period_start`` and ``period_end`` are inclusive Europe/London dates. A
    new version is stored only if the number or its status changed; one that
    replaces a final number is ``restated`` and says why.
    """

    ref = RefField()
    kpi = models.CharField(max_length=60)
    definition_version = models.PositiveSmallIntegerField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="kpi_values")
    grain = models.CharField(max_length=8, choices=Grain.choices, default=Grain.MONTH)
    period_start = models.DateField()
    period_end = models.DateField()
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    numerator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    # How many records stand behind it.
    n = models.PositiveIntegerField()
    computed_at = models.DateTimeField()
    # Why a number that was final changed.
    restated_because = models.CharField(max_length=500, blank=True)
    # A fingerprint of the contributions, so that telling whether they changed reads none of them.
    digest = models.CharField(max_length=32)

    objects = KpiValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kpi", "grain", "period_start", "version"], name="kpi_value_version"
            ),
            models.UniqueConstraint(
                fields=["site", "kpi", "grain", "period_start"],
                condition=models.Q(is_current=True),
                name="kpi_value_one_current",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kpi", "period_start", "site"],
                name="kpi_value_period",
                condition=models.Q(is_current=True),
            ),
            # A site's numbers in the order of the API, straight from the index.
            models.Index(
                fields=["site", "period_start", "id"],
                name="kpi_value_site",
                condition=models.Q(is_current=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.period_start:%Y-%m}: {self.value}"


class KpiContribution(models.Model):
    """What one record gave to one version of a value. Immutable.

    Counts and ratios add up ``numerator`` over ``denominator``; quantiles are
    taken of ``measure``.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    kpi_value = models.ForeignKey(KpiValue, on_delete=models.PROTECT, related_name="contributions")
    record_kind = models.CharField(max_length=40)
    record_ref = models.CharField(max_length=10)
    numerator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    measure = models.DecimalField(max_digits=20, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kpi_value", "record_ref"], name="kpi_contribution_once"
            )
        ]
        indexes = [
            # Which months a record that changed is counted in.
            models.Index(fields=["site", "record_ref"], name="kpi_contribution_record"),
        ]

    def __str__(self) -> str:
        return f"{self.record_ref} in {self.kpi_value_id}"


class KpiMonth(models.Model):
    """When the numbers of a site and month were last computed, whether or not one changed.

    What is missing or out of date is found from these rows. No history:
    rewritten at each computation.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="kpi_months")
    period_start = models.DateField()
    # Taken before the records were read: what changed later is not in the numbers.
    checked_at = models.DateTimeField()
    # Whether the month was over by then.
    was_over = models.BooleanField()
    # Which definitions in which versions; see kpis.definitions.fingerprint.
    definitions = models.CharField(max_length=2000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "period_start"], name="kpi_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.period_start:%Y-%m}"


class KpiSweep(models.Model):
    """How far the search for changed records has come; one row."""

    name = models.CharField(max_length=20, primary_key=True)
    # Changes up to then are in the numbers.
    seen_until = models.DateTimeField(null=True)
    # Renewed while one runs, so that two do not do the same work; one not heard of was left behind.
    heard_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
