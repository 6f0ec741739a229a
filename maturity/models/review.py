"""Peer review: what a matched site says of the ratings that a site submitted."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site, User
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.enums import Finding, ReviewState
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT, SelfAssessment
from maturity.models.framework import Indicator


class Review(ActedBy):
    """One peer review. ``site`` is the site that is reviewed; the author asked for it."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="reviews")
    # The matched site, and who of it took it on.
    reviewing_site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="reviews_given")
    reviewer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.ASKED)
    asked_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    # What the reviewer says of the whole, and why they declined.
    words = models.TextField(max_length=EXPLANATION_TEXT, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["reviewing_site", "state", "-asked_at"], name="review_of_reviewer")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment"],
                condition=models.Q(state__in=["asked", "accepted"]),
                name="review_one_at_a_time",
                violation_error_message="A site has been asked to review it already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(reviewing_site=models.F("site")),
                name="review_by_another_site",
                violation_error_message="A site cannot review itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewing_site} on {self.assessment}"

    def get_absolute_url(self) -> str:
        """Where the reviewing site works on it."""
        return reverse(
            "maturity:review", kwargs={"site": self.reviewing_site.slug, "ref": self.ref}
        )


class ReviewFinding(models.Model):
    """What the reviewer says of one rating: the *validated* beside the *claimed*. It changes nothing of the claimed."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="findings")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    finding = models.CharField(max_length=12, choices=Finding.choices)
    # What the reviewer would rate, where it differs.
    value = models.SmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=REASON_TEXT, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "indicator"], name="finding_once"),
            models.CheckConstraint(
                condition=models.Q(finding="differs", value__isnull=False)
                | models.Q(finding__in=["agrees", "cannot_tell"], value=None),
                name="finding_has_value_if_it_differs",
            ),
        ]

    def __str__(self) -> str:
        return self.get_finding_display()
