"""The site's record of an idea, from triage onwards."""

import datetime as dt
from typing import TypedDict

from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.enums import ASSIGNABLE, DESK, READERS, Function
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.refs import RefField
from portfolio.enums import (
    IN_TRIAGE,
    LETS_READ,
    CareSetting,
    Category,
    Channel,
    Exemption,
    Focus,
    IdeaSource,
    InnovationType,
    LabelKind,
    Origin,
    Priority,
    State,
    SubmitterKind,
    WaitsOn,
)
from portfolio.models.submission import LONG_TEXT, TITLE_TEXT, Submission

# Where what has no due date stands in the order of due dates: last.
NO_DUE_DATE = dt.date(9999, 12, 31)
# What the queue can be filtered by without a look at other tables.
FILTERED_BY = (
    "state", "assignee", "innovation_type", "source", "priority", "waits_on", "waits_on_function",
    "acknowledge_by", "acknowledged_on", "exemption", "similar_count", "benefits",
)  # fmt: skip


class WhereRead(TypedDict):
    """Ids of sites: where a user reads everything, what is not confidential, only what is theirs."""

    desk: list[int]
    readers: list[int]
    assigned_at: list[int]
    user_id: int | None


def where_read(viewer: Viewer) -> WhereRead:
    """Where a user, who is no key, reads what."""
    desk = viewer.site_ids_with(DESK)
    return {
        "desk": desk,
        "readers": [pk for pk in viewer.site_ids_with(READERS) if pk not in desk],
        "assigned_at": [pk for pk in viewer.site_ids_with(ASSIGNABLE) if pk not in desk],
        "user_id": viewer.user_id,
    }


class InnovationQuerySet(models.QuerySet["Innovation"]):
    def visible_to(self, viewer: Viewer) -> "InnovationQuerySet":
        """What the viewer may read.

        The desk reads all of its site, confidential ones too; executives and
        PPIE leads the rest of it; anyone what is assigned to them or what they
        were asked to assess; a key with ``innovations:read`` what is not confidential.
        """
        if viewer.is_key:
            if not {"innovations:read", "innovations:write"} & viewer.scopes:
                return self.none()
            return self.listed().filter(site_id__in=viewer.site_ids, is_confidential=False)
        return self.read_at(**where_read(viewer))

    def read_at(
        self, *, desk: list[int], readers: list[int], assigned_at: list[int], user_id: int | None
    ) -> "InnovationQuerySet":
        """What a user may read; which sites those are is for :func:`where_read` to say."""
        allowed = models.Q(site_id__in=desk)
        if readers:
            allowed |= models.Q(site_id__in=readers, is_confidential=False)
        if assigned_at:
            allowed |= models.Q(site_id__in=assigned_at, assignee_id=user_id)
            asked = apps.get_model("portfolio", "AssessmentRequest").objects.filter(
                assessor_id=user_id, state__in=LETS_READ
            )
            allowed |= models.Q(site_id__in=assigned_at, pk__in=asked.values("innovation_id"))
        return self.listed().filter(allowed)

    def listed(self) -> "InnovationQuerySet":
        """All but those of an import that was undone, which are in no list, search, number or file."""
        return self.exclude(state=State.UNDONE)

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
    # The call it was sent for, if it came by one.
    call = models.ForeignKey(
        "portfolio.Call",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="innovations",
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

    # What hub staff say of it; empty or null until they do. What may have several
    # values (further types, benefit areas, tags) is in InnovationLabel.
    source = models.CharField(max_length=12, choices=IdeaSource.choices, blank=True)
    focus = models.CharField(max_length=17, choices=Focus.choices, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, blank=True)
    category = models.CharField(max_length=16, choices=Category.choices, blank=True)
    # The labels that are benefit areas once more, as bits (enums.BENEFIT_BITS): written with them, so that
    # lists are filtered by them without a look at labels.
    benefits = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    care_setting = models.CharField(max_length=14, choices=CareSetting.choices, blank=True)
    # Technology readiness level, 1 to 9.
    trl = models.PositiveSmallIntegerField(null=True, blank=True)
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True)

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
    # ``due_on``, or the last of all dates: what the order "due soonest" goes by.
    sort_due = models.DateField(default=NO_DUE_DATE)
    # Who has to act while the clock stands still, and which enabling function if it is one.
    waits_on = models.CharField(max_length=12, choices=WaitsOn.choices, blank=True)
    waits_on_function = models.CharField(max_length=20, choices=Function.choices, blank=True)
    # Why it does not count against the hub's clock, if it does not.
    exemption = models.CharField(max_length=22, choices=Exemption.choices, blank=True)
    # The day by which somebody at the hub should have written; null where there is nobody to write to.
    acknowledge_by = models.DateField(null=True, blank=True)
    # Of the first message or standing decision.
    acknowledged_on = models.DateField(null=True, blank=True)
    # While parked until a day: that day. While signposted: when to ask what became of it.
    parked_until = models.DateField(null=True, blank=True)
    follow_up_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    # Of the first decision that answers the idea and stands.
    first_decided_on = models.DateField(null=True, blank=True)
    # Working days from the clock's start to that decision, stopped days removed.
    decision_days = models.PositiveIntegerField(null=True, blank=True)

    # Whether the submitter wrote last, and whether an answer that was asked for came since anybody
    # decided or wrote to the submitter: kept by services.news, for lists to be filtered by.
    has_new_message = models.BooleanField(default=False, db_default=False)
    has_new_answer = models.BooleanField(default=False, db_default=False)

    # How many others look like it, as the task found that compares them.
    similar_count = models.PositiveSmallIntegerField(default=0)
    # What the site tells anybody about it; both or neither.
    public_summary = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

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
            # The queue and the portfolio, in their order, straight from the index. Behind what they
            # are ordered by stands what they are filtered by: PostgreSQL then reads no row that the
            # filters drop, where a filter keeps few of very many.
            models.Index(
                fields=["site", "queued_at", "id", *FILTERED_BY],
                name="innovation_queued",
                condition=models.Q(state__in=["waiting", "asked", "held"]),
            ),
            models.Index(
                fields=["site", "sort_due", "id", *FILTERED_BY],
                name="innovation_queued_due",
                condition=models.Q(state__in=["waiting", "asked", "held"]),
            ),
            models.Index(
                fields=["site", "queued_at", "id", "state"],
                name="innovation_news",
                condition=models.Q(has_new_message=True) | models.Q(has_new_answer=True),
            ),
            models.Index(
                fields=[
                    "site",
                    "queued_at",
                    "id",
                    "state",
                    "assignee",
                    "innovation_type",
                    "source",
                    "priority",
                    "similar_count",
                    "is_confidential",
                    "benefits",
                ],
                name="innovation_listed",
            ),
            # How what goes on is spread.
            models.Index(
                fields=[
                    "site",
                    "state",
                    "innovation_type",
                    "focus",
                    "origin",
                    "is_confidential",
                    "assignee",
                    "id",
                ],
                name="innovation_balance",
            ),
            models.Index(fields=["site", "sort_due", "id"], name="innovation_site_due"),
            # What comes back by itself, and what somebody has to ask after.
            models.Index(
                fields=["parked_until"],
                name="innovation_parked",
                condition=models.Q(parked_until__isnull=False),
            ),
            models.Index(
                fields=["site", "follow_up_on"],
                name="innovation_follow_up",
                condition=models.Q(follow_up_on__isnull=False),
            ),
            models.Index(
                fields=["merged_into"],
                name="innovation_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
            # What visitors of the front door may see.
            models.Index(
                fields=["site", "published_at", "id"],
                name="innovation_published",
                condition=models.Q(published_at__isnull=False),
            ),
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
                condition=models.Q(state="merged", merged_into__isnull=False)
                | (~models.Q(state="merged") & models.Q(merged_into=None)),
                name="innovation_merged_into_another",
            ),
            models.CheckConstraint(
                condition=models.Q(waits_on="") | models.Q(state__in=["asked", "held"]),
                name="innovation_waits_while_stopped",
            ),
            models.CheckConstraint(
                condition=models.Q(parked_until=None) | models.Q(state="parked"),
                name="innovation_parked_has_state",
            ),
            models.CheckConstraint(
                condition=models.Q(follow_up_on=None) | models.Q(state="signposted"),
                name="innovation_follow_up_has_state",
            ),
            models.CheckConstraint(
                condition=models.Q(trl=None) | models.Q(trl__gte=1, trl__lte=9),
                name="innovation_trl",
                violation_error_message="Enter a readiness level from 1 to 9.",
            ),
            models.CheckConstraint(
                condition=models.Q(public_summary="", published_at=None)
                | (~models.Q(public_summary="") & models.Q(published_at__isnull=False)),
                name="innovation_published_has_summary",
            ),
            models.CheckConstraint(
                condition=models.Q(published_at=None) | models.Q(is_confidential=False),
                name="innovation_confidential_unpublished",
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

    def is_asked_of(self, user_id: int) -> bool:
        """Whether this person was asked to assess it and has not declined; looked up once."""
        known: dict[int, bool] = self.__dict__.setdefault("_is_asked_of", {})
        if user_id not in known:
            asked = apps.get_model("portfolio", "AssessmentRequest").objects.filter(
                innovation_id=self.pk, assessor_id=user_id, state__in=LETS_READ
            )
            known[user_id] = asked.exists()
        return known[user_id]

    @property
    def is_in_triage(self) -> bool:
        """Whether it waits for a decision."""
        return self.state in IN_TRIAGE


class InnovationLabel(models.Model):
    """One of several values that an innovation may have: a further type, a benefit area, a tag."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=7, choices=LabelKind.choices)
    # A code, or for tags the site's own word, folded.
    value = models.CharField(max_length=40)

    class Meta:
        ordering = ["kind", "value"]
        constraints = [
            models.UniqueConstraint(
                fields=["innovation", "kind", "value"], name="innovation_label_once"
            ),
            models.CheckConstraint(condition=~models.Q(value=""), name="innovation_label_value"),
        ]
        indexes = [
            models.Index(
                fields=["site", "kind", "value", "innovation"], name="innovation_label_site"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.value}"
