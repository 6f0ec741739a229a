"""Evidence that a site keeps once and shows for any indicator of any round."""

from django.db import models
from django.utils import timezone

from accounts.models import Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.enums import EvidenceKind
from maturity.models.assessment import SelfAssessment
from maturity.models.framework import NAME_TEXT, Indicator


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def at(self, site: Site) -> "EvidenceQuerySet":
        """That of one site, which was not removed."""
        return self.filter(site=site, removed_at=None)


class Evidence(ActedBy):
    """One piece of evidence: a web page, a file, or a typed reference to a record. The author added it.

    ``expires_on`` is the last day on which it shows anything; what is older
    stays in past rounds and counts in no new one.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=6, choices=EvidenceKind.choices)
    title = models.CharField(max_length=NAME_TEXT)
    url = models.URLField(max_length=500, blank=True)
    # A typed reference: kind of record (a key of hubapp.hooks.references) and its ref.
    record_kind = models.CharField(max_length=60, blank=True)
    record_ref = models.CharField(max_length=20, blank=True)
    # A file, as portfolio attachments are kept: found in the content, never as sent.
    name = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    stored_as = models.CharField(max_length=160, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        indexes = [
            models.Index(fields=["site", "-updated_at", "-id"], name="evidence_site"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(kind="link", record_ref="", stored_as="") & ~models.Q(url="")
                    | models.Q(kind="file", url="", record_ref="") & ~models.Q(stored_as="")
                    | models.Q(kind="record", url="", stored_as="") & ~models.Q(record_ref="")
                ),
                name="evidence_is_one_thing",
            )
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceUse(ActedBy):
    """That a piece of evidence stands for an indicator in one assessment. The author said so; taken away, not deleted."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.PROTECT, related_name="evidence_uses"
    )
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="uses")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "indicator", "evidence"],
                condition=models.Q(ended_at=None),
                name="evidence_use_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.evidence} for {self.indicator}"
