"""Decisions and stage moves: immutable rows with author and instant."""

from django.db import models

from accounts.models import Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import DecisionKind, MoveReason, State
from portfolio.models.innovation import Innovation


class DecisionReason(models.Model):
    """A coded reason with the site's standard words, which the site may edit."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="decision_reasons")
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    code = models.SlugField(max_length=40)
    label = models.CharField(max_length=100)
    words = models.TextField(max_length=2000)
    next_step = models.TextField(max_length=1000, blank=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["kind", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind", "code"],
                name="decision_reason_once",
                violation_error_message="There is already a reason with this code.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Decision(ActedBy):
    """One decision, with the words the submitter reads. Immutable; undone by a row that reverses it.

    ``number`` counts decisions of the innovation from 1; being unique, it lets
    only one of two people who press at once succeed. The mail leaves at
    ``release_at`` and until then the decision can be undone.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=DecisionKind.choices)
    reason_code = models.CharField(max_length=40, blank=True)
    reason_label = models.CharField(max_length=100, blank=True)
    words = models.TextField(max_length=4000, blank=True)
    next_step = models.TextField(max_length=2000, blank=True)
    made_at = models.DateTimeField()
    made_on = models.DateField()
    release_at = models.DateTimeField(null=True, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["innovation", "number"], name="decision_number"),
            models.CheckConstraint(
                condition=models.Q(kind="undo", reverses__isnull=False)
                | (~models.Q(kind="undo") & models.Q(reverses=None)),
                name="decision_undo_reverses",
            ),
        ]
        indexes = [models.Index(fields=["site", "-made_at", "-id"], name="decision_site")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.made_on})"


class StageMove(ActedBy):
    """One change of state. Immutable. Replaying an innovation's moves gives its stored state and clock."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveIntegerField()
    from_state = models.CharField(max_length=10, choices=State.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=10, choices=MoveReason.choices)
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="moves"
    )
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["innovation", "number"], name="stage_move_number")
        ]

    def __str__(self) -> str:
        return f"{self.from_state or 'start'} → {self.to_state} ({self.on})"
