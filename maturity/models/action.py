"""What a site wants to reach, and what it does to get there."""

import datetime as dt

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site, User
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.enums import ActionState
from maturity.models.assessment import SelfAssessment
from maturity.models.framework import NAME_TEXT, Indicator, SubDomain

# Longest account of what came of an action.
OUTCOME_TEXT = 1000
# In the order of dates, where none was said.
NEVER = dt.date(9999, 12, 31)


class Target(ActedBy):
    """Where a site wants to be on one indicator. One stands at a time; a new one ends the one before."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    value = models.SmallIntegerField()
    by_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "indicator"],
                condition=models.Q(ended_at=None),
                name="target_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.value} on {self.indicator}"


class ActionQuerySet(models.QuerySet["Action"]):
    def at(self, site: Site) -> "ActionQuerySet":
        """Those of one site."""
        return self.filter(site=site)


class Action(models.Model):
    """One thing that a site does about a sub-domain. Open ones follow into the next round."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="maturity_actions")
    # The assessment that it came from.
    assessment = models.ForeignKey(
        SelfAssessment, null=True, blank=True, on_delete=models.PROTECT, related_name="actions"
    )
    sub_domain = models.ForeignKey(SubDomain, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=NAME_TEXT)
    # A member, or a team in words; never both.
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner_words = models.CharField(max_length=NAME_TEXT, blank=True)
    due_on = models.DateField(null=True, blank=True)
    # ``due_on``, or NEVER: the order of lists.
    until_on = models.DateField(default=NEVER, editable=False)
    state = models.CharField(max_length=8, choices=ActionState.choices, default=ActionState.OPEN)
    ended_on = models.DateField(null=True, blank=True)
    # What came of it, in the site's words.
    outcome = models.CharField(max_length=OUTCOME_TEXT, blank=True)
    # Whether the site lets the network read title and outcome, and since when.
    published_at = models.DateTimeField(null=True, blank=True)
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["until_on", "id"]
        indexes = [
            models.Index(fields=["site", "state", "until_on", "id"], name="action_due"),
            models.Index(fields=["site", "updated_at", "id"], name="action_updated"),
            models.Index(
                fields=["sub_domain"],
                name="action_published",
                condition=models.Q(published_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner=None) | models.Q(owner_words=""),
                name="action_has_one_owner",
                violation_error_message="Choose a member or enter a team, not both.",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", ended_on=None)
                | models.Q(state__in=["done", "dropped"], ended_on__isnull=False),
                name="action_ended_on_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(published_at=None) | models.Q(state="done"),
                name="action_published_when_done",
                violation_error_message="Only an action that is done can be published.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("maturity:action", kwargs={"site": self.site.slug, "ref": self.ref})

    @property
    def owner_in_words(self) -> str:
        """The member or team that has it; empty where nobody has."""
        return str(self.owner) if self.owner else self.owner_words
