"""Imports: the job and what became of each row."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import IMPORT_OVER, ImportState, InnovationType, RowOutcome
from portfolio.models.innovation import Innovation


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def visible_to(self, viewer: Viewer) -> "ImportJobQuerySet":
        """The desk's own sites."""
        if viewer.is_key:
            return self.none()
        return self.filter(site_id__in=viewer.site_ids_with(DESK))

    def at(self, site: Site) -> "ImportJobQuerySet":
        """Those of one site."""
        return self.filter(site=site)


class ImportJob(ActedBy):
    """One file brought in by one Celery task."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="import_jobs")
    file_name = models.CharField(max_length=200)
    # Where the file's bytes lie, under MEDIA_ROOT: <site>/<sha256>.
    stored_as = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.QUEUED)
    # A sentence, when the file as a whole could not be read.
    problem = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    # Of those created, how many have no received date and so are in no KPI.
    undated = models.PositiveIntegerField(default=0)
    # {innovation_type: how many were created}
    by_type = models.JSONField(default=dict)
    # Of those created, how many may hold an NHS number; their rows say so.
    doubted = models.PositiveIntegerField(default=0)
    # Headings of columns that are no columns of an import, as they stand in the file.
    ignored = models.JSONField(default=list)
    # Starts since it last got on: one that never gets on is given up.
    tries = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    # Renewed while it runs: a job that has not been heard of was left behind.
    heard_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["site", "-queued_at", "-id"], name="import_job_site")]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("portfolio:import_job", kwargs={"site": self.site.slug, "ref": self.ref})

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in IMPORT_OVER

    @property
    def counts_by_type(self) -> list[tuple[InnovationType, int]]:
        """How many of each type were created, in the order of the types; those that none is of too."""
        return [(kind, int(self.by_type.get(kind.value, 0))) for kind in InnovationType]


class ImportRow(models.Model):
    """What became of one row. ``number`` is the line as the person sees it in their file."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices)
    reason = models.CharField(max_length=500, blank=True)
    innovation = models.ForeignKey(
        Innovation, null=True, blank=True, on_delete=models.PROTECT, related_name="import_rows"
    )

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["job", "outcome", "number"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_outcome_display()}"
