"""A site's self-assessment in one round: its profile, its ratings as immutable rows, and the words to them."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.enums import Answer, AssessmentState, Origin, Seat, SiteKind
from maturity.models.framework import Indicator, SubDomain
from maturity.models.round import Round

# Longest explanation of a sub-domain, and longest reason of a rating.
EXPLANATION_TEXT = 3000
REASON_TEXT = 1000


class SelfAssessmentQuerySet(models.QuerySet["SelfAssessment"]):
    def visible_to(self, viewer: Viewer) -> "SelfAssessmentQuerySet":
        """Those of the viewer's own sites, whatever their role there; the door asks for more.

        What a coordinator or another site may read follows the round's
        disclosure: :mod:`maturity.queries.named`.
        """
        return self.filter(site_id__in=viewer.site_ids)

    def at(self, site: Site) -> "SelfAssessmentQuerySet":
        """Those of one site."""
        return self.filter(site=site)


class SelfAssessment(models.Model):
    """What one site says of itself in one round. ``state`` follows from its moves; ``answered`` counts current answers."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="self_assessments")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="assessments")
    state = models.CharField(
        max_length=12, choices=AssessmentState.choices, default=AssessmentState.NOT_STARTED
    )
    state_since = models.DateTimeField(default=timezone.now)
    # When the lead agreed to what the round shows to whom, and so to taking part.
    agreed_at = models.DateTimeField(null=True, blank=True)
    # When and on which London date it was last submitted.
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_on = models.DateField(null=True, blank=True)
    # Indicators that are rated or not applicable, of how many.
    answered = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = SelfAssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["site", "-created_at", "-id"], name="self_assessment_site"),
            models.Index(fields=["site", "updated_at", "id"], name="self_assessment_updated"),
            models.Index(fields=["round", "state"], name="self_assessment_round"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["round", "site"], name="self_assessment_once"),
            models.CheckConstraint(
                condition=models.Q(state="not_started", agreed_at=None)
                | models.Q(state="withdrawn")
                | models.Q(agreed_at__isnull=False),
                name="self_assessment_agreed_before_it_began",
            ),
            models.CheckConstraint(
                condition=models.Q(answered__lte=models.F("asked")),
                name="self_assessment_answers_what_is_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site}, {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("maturity:assessment", kwargs={"site": self.site.slug, "ref": self.ref})


class AssessmentMove(ActedBy):
    """One step of a self-assessment: begun, submitted, reviewed, final, reopened. Immutable."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveIntegerField()
    from_state = models.CharField(max_length=12, choices=AssessmentState.choices, blank=True)
    to_state = models.CharField(max_length=12, choices=AssessmentState.choices)
    # Why it was reopened or left; empty where the step says it all.
    reason = models.CharField(max_length=REASON_TEXT, blank=True)
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "number"], name="assessment_move_number")
        ]

    def __str__(self) -> str:
        return f"{self.from_state or 'nothing'} to {self.to_state}"


class Profile(models.Model):
    """Domain 1 as facts: what the function is. Described, never rated. Null: not answered."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.OneToOneField(
        SelfAssessment, on_delete=models.PROTECT, related_name="profile"
    )
    # Of the whole organisation, people.
    headcount = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20, choices=SiteKind.choices, blank=True)
    # Several may apply: maturity.enums.Seat slugs.
    seats: Any = models.JSONField(default=list, blank=True)
    # Of the function, whole-time equivalents.
    wte = models.DecimalField("WTE", max_digits=6, decimal_places=2, null=True, blank=True)
    # The year in which the function began.
    began_in = models.PositiveSmallIntegerField(null=True, blank=True)
    # maturity.enums.FundingSource slugs.
    funding: Any = models.JSONField(default=list, blank=True)
    # A year's income target in minor units; zero is a target of nothing, null none said.
    income_target_minor = models.BigIntegerField(null=True, blank=True)
    income_currency = models.CharField(max_length=3, default="GBP")
    # Of the person who last said that it is (still) true.
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wte=None) | models.Q(wte__gte=0),
                name="profile_wte_not_negative",
                violation_error_message="WTE must be 0 or more.",
            ),
            models.CheckConstraint(
                condition=models.Q(income_target_minor=None) | models.Q(income_target_minor__gte=0),
                name="profile_income_not_negative",
                violation_error_message="The income target must be 0 or more.",
            ),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.assessment}"

    @property
    def seats_words(self) -> list[str]:
        """Where the function sits, in words."""
        return [Seat(code).label for code in self.seats]


class Rating(ActedBy):
    """What a site says of one indicator, as of ``at``. Immutable; ``is_current`` marks the latest of an indicator.

    Three different things: not answered has no current row, or one that was
    ``cleared``; not applicable is a row without value; a rating has a value of
    the framework's scale.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    # The assessment's own, so that a round is read from one index.
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="ratings")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="ratings")
    number = models.PositiveIntegerField()
    answer = models.CharField(max_length=14, choices=Answer.choices)
    value = models.SmallIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.GIVEN)
    # Of a consensus: why this rating.
    reason = models.CharField(max_length=REASON_TEXT, blank=True)
    # Of a confirmed one: last time's.
    confirms = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_current = models.BooleanField(default=True)
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        ordering = ["assessment", "indicator", "number"]
        indexes = [
            models.Index(
                fields=["round", "indicator", "value"],
                name="rating_round",
                condition=models.Q(is_current=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "indicator", "number"], name="rating_number"
            ),
            models.UniqueConstraint(
                fields=["assessment", "indicator"],
                condition=models.Q(is_current=True),
                name="rating_current_once",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="rated", value__isnull=False)
                | models.Q(answer__in=["not_applicable", "cleared"], value=None),
                name="rating_has_value_if_rated",
            ),
        ]

    def __str__(self) -> str:
        return str(self.value) if self.value is not None else self.get_answer_display()


class Explanation(models.Model):
    """A site's words to one sub-domain in one assessment; one is enough for all its indicators."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(
        SelfAssessment, on_delete=models.PROTECT, related_name="explanations"
    )
    sub_domain = models.ForeignKey(SubDomain, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=EXPLANATION_TEXT, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "sub_domain"], name="explanation_once")
        ]

    def __str__(self) -> str:
        return f"{self.sub_domain}: {self.text[:40]}"
