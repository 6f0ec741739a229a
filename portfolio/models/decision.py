"""Decisions and stage moves: immutable rows with author and instant."""

from django.db import models

from accounts.enums import Function
from accounts.models import Organisation, Person, Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import DecisionKind, MoveReason, State, StopReason, WaitsOn
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
    # What would change the answer, for kinds that end or put off an idea.
    would_change = models.TextField(max_length=1000, blank=True)
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
    # What would have to be different for another answer.
    would_change = models.TextField(max_length=2000, blank=True)
    release_at = models.DateTimeField(null=True, blank=True)
    # Signpost: to whom, with what words, and when to ask what became of it.
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    introduction = models.TextField(max_length=4000, blank=True)
    follow_up_on = models.DateField(null=True, blank=True)
    # Park: until a day, until something happens, or both.
    until_on = models.DateField(null=True, blank=True)
    until_what = models.CharField(max_length=300, blank=True)
    # Merge: the idea that goes on.
    into = models.ForeignKey(
        Innovation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Interests that stood when it was made: [{"interest": ref, "nature": code, "user": ref}].
    interests = models.JSONField(default=list, blank=True)
    # Whoever decided said that they have none of their own. Null: made before this was asked, or by a key.
    no_conflict = models.BooleanField(null=True, blank=True)
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
            models.CheckConstraint(
                condition=~models.Q(kind="signpost") | models.Q(organisation__isnull=False),
                name="decision_signpost_to_whom",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="park")
                | models.Q(until_on__isnull=False)
                | ~models.Q(until_what=""),
                name="decision_park_until",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="merge", into__isnull=False)
                | (~models.Q(kind="merge") & models.Q(into=None)),
                name="decision_merge_into",
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
    # Of a move that stops the clock: who has to act, which function if one, and for what.
    waits_on = models.CharField(max_length=12, choices=WaitsOn.choices, blank=True)
    function = models.CharField(max_length=20, choices=Function.choices, blank=True)
    stop_reason = models.CharField(max_length=10, choices=StopReason.choices, blank=True)
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
