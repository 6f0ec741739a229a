"""How a site's desk works, and what is declared and followed up beside decisions."""

from django.db import models

from accounts.models import Site, User
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import Exemption, FollowUpOutcome, InterestNature
from portfolio.models.decision import Decision
from portfolio.models.innovation import Innovation


class TriageSettings(models.Model):
    """What a site asks of its desk. A site without a row has the defaults: light."""

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="triage_settings")
    # Working days until somebody at the hub has written.
    acknowledge_days = models.PositiveSmallIntegerField(default=2)
    # How many assessors an idea should have; with more than one each is blind to the others.
    assessors_wanted = models.PositiveSmallIntegerField(default=1)
    # The eight questions that tell enabling functions what is coming.
    asks_screening = models.BooleanField(default=False)
    # Whether visitors at the front door see published ideas like theirs.
    shows_published = models.BooleanField(default=False)
    # Whether hubs of the same network may ask to be introduced to whoever works on something alike.
    offers_introductions = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "triage settings"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(acknowledge_days__gte=1, acknowledge_days__lte=60),
                name="triage_acknowledge_days",
                violation_error_message="Enter a number of working days from 1 to 60.",
            ),
            models.CheckConstraint(
                condition=models.Q(assessors_wanted__gte=1, assessors_wanted__lte=5),
                name="triage_assessors_wanted",
                violation_error_message="Enter a number of assessors from 1 to 5.",
            ),
        ]

    def __str__(self) -> str:
        return f"Triage at {self.site}"


class Interest(ActedBy):
    """An interest that somebody declared in an idea, or its withdrawal. Immutable but for redaction.

    The latest row about a person and an idea tells whether it stands.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="interests")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    nature = models.CharField(max_length=12, choices=InterestNature.choices)
    note = models.TextField(max_length=1000, blank=True)
    # A withdrawal: from now on there is none.
    is_withdrawn = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["innovation", "number"], name="interest_number")
        ]
        indexes = [models.Index(fields=["user", "innovation"], name="interest_of_user")]

    def __str__(self) -> str:
        return f"{self.get_nature_display()}{' (withdrawn)' if self.is_withdrawn else ''}"


class ClockExemption(ActedBy):
    """That an idea does not count against the clock, and why; or, without a reason, that it does again.

    Immutable but for redaction; the latest row stands.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="exemptions")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=22, choices=Exemption.choices, blank=True)
    note = models.TextField(max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["innovation", "number"], name="clock_exemption_number")
        ]

    def __str__(self) -> str:
        return self.get_reason_display() or "Lifted"


class FollowUp(ActedBy):
    """What was heard of a signpost. Immutable but for redaction."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="follow_ups")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="follow_ups")
    outcome = models.CharField(max_length=12, choices=FollowUpOutcome.choices)
    note = models.TextField(max_length=2000, blank=True)
    # When to ask again, if there was no answer yet.
    again_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.get_outcome_display()
