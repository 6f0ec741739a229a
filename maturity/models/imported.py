"""Ratings out of a spreadsheet, between the look at them and the decision to keep them."""

from typing import Any

from django.db import models

from accounts.models import Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.models.round import Round


class RatingsFile(ActedBy):
    """What one person brought, as it was read: shown first, kept when they say so, forgotten after a while.

    ``content`` and ``faults`` are emptied when it is kept or a day has passed;
    the counts of what was kept stay.
    """

    ref = RefField()
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    # Where a site lead brought the site's own; null for a coordinator's, of many sites.
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=200)
    # [[line, site code, indicator code, "1" | "n/a" | "", explanation]] of rows without a fault.
    content: Any = models.JSONField(default=list)
    # [[line, column, sentence, cells as they were]] of the others.
    faults: Any = models.JSONField(default=list)
    # The heading row as it was.
    columns: Any = models.JSONField(default=list)
    # Site code → version of its self-assessment when the file was looked at.
    seen: Any = models.JSONField(default=dict)
    kept_rows = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["at"], name="ratings_file_at")]

    def __str__(self) -> str:
        return self.name
