"""Imports: the job, what became of each row, and what a site's files mean."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.actors import ActedBy, ActorKind
from hubapp.refs import RefField
from portfolio.enums import (
    IMPORT_AT_WORK,
    IMPORT_OVER,
    ImportState,
    ImportStep,
    InnovationType,
    RowOutcome,
)
from portfolio.models.innovation import Innovation


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def visible_to(self, viewer: Viewer) -> "ImportJobQuerySet":
        """The desk's own sites; a key's, with a scope for imports."""
        if viewer.is_key:
            if not {"imports:read", "imports:write"} & viewer.scopes:
                return self.none()
            return self.filter(site_id__in=viewer.site_ids)
        return self.filter(site_id__in=viewer.site_ids_with(DESK))

    def at(self, site: Site) -> "ImportJobQuerySet":
        """Those of one site."""
        return self.filter(site=site)


class ImportJob(ActedBy):
    """One file: what its columns mean, what it would add, what it added, and whether that was undone.

    A Celery task looks through it, counts and adds; between these it may wait
    for somebody. ``version`` counts what people said of it.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="import_jobs")
    file_name = models.CharField(max_length=200)
    # Where the file's bytes lie, under MEDIA_ROOT: <site>/<sha256>.
    stored_as = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.QUEUED)
    # What the worker does, or did last.
    step = models.CharField(max_length=5, choices=ImportStep.choices, default=ImportStep.LOOK)
    # Stops when it has counted, until somebody says to import.
    dry_run = models.BooleanField(default=False)
    # What stands in each column (portfolio.survey); emptied when the job is over,
    # since columns that are not used may hold names and addresses.
    columns = models.JSONField(default=list, blank=True)
    # Of the headings: files with the same ones mean the same (ImportMapping).
    fingerprint = models.CharField(max_length=64, blank=True)
    # What each column means (portfolio.mapping); empty: the headings are our own names.
    mapping = models.JSONField(default=dict, blank=True)
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
    # How many of those created were taken out again.
    undone = models.PositiveIntegerField(default=0)
    # Who had them taken out.
    undo_actor_kind = models.CharField(max_length=6, choices=ActorKind.choices, blank=True)
    undo_actor_ref = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)
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
        """Whether nothing more will come of it by itself."""
        return self.state in IMPORT_OVER

    @property
    def is_at_work(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in IMPORT_AT_WORK

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


class ImportMapping(ActedBy):
    """What a site said the columns of a kind of file are: proposed when one with the same headings comes."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="import_mappings")
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "fingerprint"], name="import_mapping_once")
        ]

    def __str__(self) -> str:
        return self.fingerprint[:8]
