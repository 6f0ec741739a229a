"""The site's record of an idea, from triage onwards."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.enums import ASSIGNABLE, DESK, READERS
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.refs import RefField
from portfolio.enums import IN_TRIAGE, Channel, InnovationType, State, SubmitterKind
from portfolio.models.submission import LONG_TEXT, TITLE_TEXT, Submission


class InnovationQuerySet(models.QuerySet["Innovation"]):
    def visible_to(self, viewer: Viewer) -> "InnovationQuerySet":
        """What the viewer may read.

        The desk reads all of its site, confidential ones too; executives and
        PPIE leads the rest of it; anyone what is assigned to them; a key with
        ``innovations:read`` what is not confidential.
        """
        if viewer.is_key:
            if not {"innovations:read", "innovations:write"} & viewer.scopes:
                return self.none()
            return self.filter(site_id__in=viewer.site_ids, is_confidential=False)
        desk = viewer.site_ids_with(DESK)
        readers = [pk for pk in viewer.site_ids_with(READERS) if pk not in desk]
        allowed = models.Q(site_id__in=desk)
        if readers:
            allowed |= models.Q(site_id__in=readers, is_confidential=False)
        assigned_at = [pk for pk in viewer.site_ids_with(ASSIGNABLE) if pk not in desk]
        if assigned_at:
            allowed |= models.Q(site_id__in=assigned_at, assignee_id=viewer.user_id)
        return self.filter(allowed)

    def at(self, site: Site) -> "InnovationQuerySet":
        """Those of one site."""
        return self.filter(site=site)

    def in_triage(self) -> "InnovationQuerySet":
        """What waits for a decision."""
        return self.filter(state__in=IN_TRIAGE)


class Innovation(models.Model):
    """One idea at one site. Two sites chosen make two innovations, each with its own answer.

    ``state``, ``state_since``, ``due_on`` and ``version`` are written in the
    same transaction as the :class:`StageMove` rows that explain them.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="innovations")
    submission = models.ForeignKey(
        Submission, null=True, blank=True, on_delete=models.PROTECT, related_name="innovations"
    )
    channel = models.CharField(max_length=12, choices=Channel.choices)
    submitter_kind = models.CharField(max_length=12, choices=SubmitterKind.choices, blank=True)
    title = models.CharField(max_length=TITLE_TEXT)
    problem = models.TextField(max_length=LONG_TEXT, blank=True)
    for_whom = models.TextField(max_length=LONG_TEXT, blank=True)
    idea = models.TextField(max_length=LONG_TEXT, blank=True)
    # Empty until somebody says; one primary type.
    innovation_type = models.CharField(max_length=10, choices=InnovationType.choices, blank=True)
    is_confidential = models.BooleanField(default=False)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    state_since = models.DateTimeField()
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_innovations"
    )

    # When it reached the hub. Null only for imports that did not say; such rows are in no KPI.
    received_at = models.DateTimeField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    # Its place in the queue: when received, or when imported.
    queued_at = models.DateTimeField()

    # The clock. Null start: no clock (imports). ``due_on`` is set only while it runs;
    # the last four only once it has ended.
    clock_started_on = models.DateField(null=True, blank=True)
    # Working days the site allowed when the clock started; a later change of the setting moves no due date.
    days_allowed = models.PositiveSmallIntegerField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    clock_ended_on = models.DateField(null=True, blank=True)
    clock_due_on = models.DateField(null=True, blank=True)
    # Of the first decision that answers the idea and stands.
    first_decided_on = models.DateField(null=True, blank=True)
    # Working days from the clock's start to that decision, stopped days removed.
    decision_days = models.PositiveIntegerField(null=True, blank=True)

    # Set for imports: the same row read again is recognised.
    import_key = models.CharField(max_length=64, null=True, blank=True)
    # Folded title, texts and reference, kept by the services; see hubapp.db.search.
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = InnovationQuerySet.as_manager()

    class Meta:
        indexes = [
            # The queue and the portfolio, in their order, straight from the index.
            models.Index(
                fields=["site", "queued_at", "id"],
                name="innovation_queue",
                condition=models.Q(state__in=["waiting", "asked"]),
            ),
            models.Index(fields=["site", "queued_at", "id"], name="innovation_site"),
            models.Index(fields=["site", "state", "queued_at", "id"], name="innovation_state"),
            models.Index(
                fields=["site", "innovation_type", "queued_at", "id"], name="innovation_type"
            ),
            models.Index(fields=["site", "updated_at", "id"], name="innovation_updated"),
            models.Index(
                fields=["assignee", "queued_at", "id"],
                name="innovation_assignee",
                condition=models.Q(assignee__isnull=False),
            ),
            # The KPIs' months.
            models.Index(fields=["site", "received_on"], name="innovation_received"),
            models.Index(fields=["site", "first_decided_on"], name="innovation_decided"),
            models.Index(
                fields=["site", "due_on"],
                name="innovation_due",
                condition=models.Q(due_on__isnull=False),
            ),
            models.Index(
                fields=["site", "clock_due_on"],
                name="innovation_was_due",
                condition=models.Q(clock_due_on__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["submission", "site"], name="innovation_once_per_site"),
            models.UniqueConstraint(fields=["site", "import_key"], name="innovation_imported_once"),
            models.CheckConstraint(
                condition=models.Q(received_at=None, received_on=None)
                | models.Q(received_at__isnull=False, received_on__isnull=False),
                name="innovation_received_has_date",
            ),
            models.CheckConstraint(
                condition=models.Q(due_on=None)
                | models.Q(state="waiting", clock_started_on__isnull=False),
                name="innovation_due_only_while_running",
            ),
            models.CheckConstraint(
                condition=~models.Q(title=""),
                name="innovation_has_title",
                violation_error_message="Give it a title.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("portfolio:innovation", kwargs={"site": self.site.slug, "ref": self.ref})

    @property
    def is_in_triage(self) -> bool:
        """Whether it waits for a decision."""
        return self.state in IN_TRIAGE
