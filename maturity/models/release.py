"""What a round released about all its sites together: frozen, and changed only by a restatement."""

from typing import Any

from django.db import models

from accounts.models import Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.models.assessment import REASON_TEXT, SelfAssessment
from maturity.models.round import Round


class Release(ActedBy):
    """One release of a round; number 1 at closing, each later one a restatement with its reason. Immutable."""

    ref = RefField()
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    on = models.DateField()
    # Why it was restated; empty for the first.
    reason = models.CharField(max_length=REASON_TEXT, blank=True)
    # Fewest others that stood in each cell, as the round had it.
    min_others = models.PositiveSmallIntegerField()
    # How many sites stand in it.
    sites = models.PositiveIntegerField()
    # Ids of sites that joined, left or were reopened since the former release. Never shown.
    changed: Any = models.JSONField(default=list)
    # The frozen groups and cells, as hubapp.disclosure made them; nothing else of the round is shown.
    content: Any = models.JSONField()

    class Meta:
        ordering = ["round", "number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="release_number")]

    def __str__(self) -> str:
        return f"{self.round}, release {self.number}"


class ReleaseMember(models.Model):
    """What one site brought to a release, so that a restatement knows what changed. Never shown. Immutable."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="members")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="+")
    # Codes of the groups that it could stand in: its WTE band, its kind.
    groups: Any = models.JSONField(default=list)
    # Indicator code → rating, of those that it rated.
    values: Any = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "site"], name="release_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.site} in {self.release}"
