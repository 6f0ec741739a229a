"""Several raters of one self-assessment: who was asked, and what each of them said before they talked."""

from django.db import models
from django.utils import timezone

from accounts.models import Person, Site, User
from hubapp.actors import ActedBy
from hubapp.codes import CodeRow
from hubapp.refs import RefField
from maturity.enums import Answer, AssessmentState, RaterState
from maturity.models.assessment import REASON_TEXT, SelfAssessment
from maturity.models.framework import Indicator


class Rater(ActedBy, CodeRow):
    """Somebody asked by the lead to rate too, for one round. The author is who asked.

    A member (``user``) signs in; anybody else has a link and a mailed code.
    Name and address are in ``person`` alone.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="raters")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=RaterState.choices, default=RaterState.INVITED)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    # Of the link; a new link has the next one, and makes the earlier ones worthless.
    generation = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "person"],
                condition=~models.Q(state="withdrawn"),
                name="rater_once",
                violation_error_message="This person was asked already.",
            )
        ]

    def __str__(self) -> str:
        return str(self.person)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be rated by its link any more, though nobody took the request back."""
        return timezone.now() >= self.expires_at or self.assessment.state != AssessmentState.DRAFT


class RaterRating(ActedBy):
    """What one rater said of one indicator. Immutable; ``is_current`` marks the latest.

    It never counts as the site's: that is a :class:`maturity.models.Rating`,
    given by the lead when all have talked.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.PROTECT, related_name="rater_ratings"
    )
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="ratings")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    answer = models.CharField(max_length=14, choices=Answer.choices)
    value = models.SmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=REASON_TEXT, blank=True)
    is_current = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["rater", "indicator", "number"]
        indexes = [
            models.Index(
                fields=["assessment", "indicator"],
                name="rater_rating_assessment",
                condition=models.Q(is_current=True),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rater", "indicator", "number"], name="rater_rating_number"
            ),
            models.UniqueConstraint(
                fields=["rater", "indicator"],
                condition=models.Q(is_current=True),
                name="rater_rating_current_once",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="rated", value__isnull=False)
                | models.Q(answer__in=["not_applicable", "cleared"], value=None),
                name="rater_rating_has_value_if_rated",
            ),
        ]

    def __str__(self) -> str:
        return str(self.value) if self.value is not None else self.get_answer_display()
