"""The front door: drafts, and what was sent, once, as sent."""

from django.db import models
from django.utils import timezone

from accounts.models import Network, Person, Site
from hubapp.refs import RefField
from portfolio.enums import Channel, InnovationType, SubmitterKind

# The longest text a person may type into one box, in characters.
LONG_TEXT = 20_000
SHORT_TEXT = 200
# A site's own title may be longer: lists that hubs bring with them have titles of 250.
TITLE_TEXT = 300


class FrontDoor(models.Model):
    """How a site receives ideas. A site without a row has the defaults."""

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="front_door")
    is_open = models.BooleanField("Takes ideas", default=True)
    privacy_notice = models.TextField(max_length=4000, blank=True)
    who_reads = models.CharField(max_length=300, default="The innovation hub team of this site.")
    how_long_kept = models.CharField(max_length=300, default="Three years after we answer you.")
    # Working days until the first decision.
    decision_days = models.PositiveSmallIntegerField(default=20)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision_days__gte=1, decision_days__lte=250),
                name="front_door_decision_days",
                violation_error_message="Enter a number of working days from 1 to 250.",
            )
        ]

    def __str__(self) -> str:
        return f"Front door of {self.site}"


class Draft(models.Model):
    """An idea not sent yet. Its link is signed with ``generation``; the person's details are in ``person``."""

    ref = RefField()
    person = models.OneToOneField(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="draft"
    )
    submitter_kind = models.CharField(max_length=12, choices=SubmitterKind.choices)
    # The site whose front door was used; null at the door of all sites.
    entry_site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # Answers so far: site codes, title, problem, for_whom, idea, innovation_type, is_confidential.
    answers = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"Draft {self.ref}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def unconfirmed(self) -> "SubmissionQuerySet":
        """Sent, and the address not confirmed yet."""
        return self.filter(confirmed_at=None)

    def awaiting_route(self, network_ids: list[int]) -> "SubmissionQuerySet":
        """Confirmed, naming no site, for the coordinators of these networks."""
        return self.filter(network_id__in=network_ids, routed_at=None).exclude(confirmed_at=None)


class Submission(models.Model):
    """What was sent: once, as sent, never edited (its texts are protected; redaction is recorded).

    It may be for several sites and so belongs to none; each site's record is
    an :class:`~portfolio.models.Innovation`.
    """

    ref = RefField()
    channel = models.CharField(max_length=12, choices=Channel.choices)
    submitter = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    submitter_kind = models.CharField(max_length=12, choices=SubmitterKind.choices, blank=True)
    title = models.CharField(max_length=SHORT_TEXT)
    problem = models.TextField(max_length=LONG_TEXT, blank=True)
    for_whom = models.TextField(max_length=LONG_TEXT, blank=True)
    idea = models.TextField(max_length=LONG_TEXT, blank=True)
    innovation_type = models.CharField(max_length=10, choices=InnovationType.choices, blank=True)
    is_confidential = models.BooleanField(default=False)
    # Set when the submitter is "not sure": the network whose coordinator routes it.
    network = models.ForeignKey(
        Network, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    routed_at = models.DateTimeField(null=True, blank=True)
    sites: "models.ManyToManyField[Site, SubmissionSite]" = models.ManyToManyField(
        Site, through="SubmissionSite", related_name="submissions"
    )
    # The draft it was sent from, or the request that created it: the second try finds the first.
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True)
    # The generation of the tracking link; a renewed link has the next one.
    link_generation = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                name="submission_unconfirmed",
                condition=models.Q(confirmed_at=None),
            ),
            models.Index(
                fields=["network", "confirmed_at"],
                name="submission_to_route",
                condition=models.Q(network__isnull=False, routed_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_on=None)
                | models.Q(confirmed_at__isnull=False, confirmed_on__isnull=False),
                name="submission_confirmed_has_date",
            )
        ]

    def __str__(self) -> str:
        return self.title


class SubmissionSite(models.Model):
    """A site that a submission was sent to."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="places")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    # The site's call that it answers, if it was sent for one while that was open.
    call = models.ForeignKey(
        "portfolio.Call", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Whether the sender has yet to confirm the address, said here too so that a site's own are counted.
    awaits_confirmation = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "site"], name="submission_site_once")
        ]
        indexes = [
            models.Index(
                fields=["site", "submission"],
                name="submission_site_unconfirmed",
                condition=models.Q(awaits_confirmation=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission} to {self.site}"
