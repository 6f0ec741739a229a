"""Rounds: who rates themselves by which framework, from when to when, and who will see it."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Network, Site
from accounts.viewers import Viewer
from hubapp.refs import RefField
from maturity.enums import Disclosure, RoundState
from maturity.models.framework import NAME_TEXT, Framework


class RoundQuerySet(models.QuerySet["Round"]):
    def of_coordinator(self, viewer: Viewer) -> "RoundQuerySet":
        """Rounds of the networks that the viewer coordinates."""
        return self.filter(network_id__in=viewer.network_ids)


class Round(models.Model):
    """One round of self-assessment, of a network (then ``network`` is set) or of one site alone (``site``).

    What sites are told before they begin (framework, disclosure, how many
    others) does not change once it is open.
    """

    ref = RefField()
    network = models.ForeignKey(
        Network, null=True, blank=True, on_delete=models.PROTECT, related_name="rounds"
    )
    # A site that rates itself without a network.
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="own_rounds"
    )
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="rounds")
    name = models.CharField(max_length=NAME_TEXT)
    opens_on = models.DateField()
    # The last day on which a site can submit.
    closes_on = models.DateField()
    state = models.CharField(max_length=10, choices=RoundState.choices, default=RoundState.DRAFT)
    disclosure = models.CharField(
        max_length=20, choices=Disclosure.choices, default=Disclosure.NAMED_COORDINATOR
    )
    # How many others have to stand in a cell before it is compared.
    min_others = models.PositiveSmallIntegerField("fewest others in a comparison", default=5)
    # Whether leads may ask several people to rate, and whether a matched site looks at it.
    asks_raters = models.BooleanField(default=False)
    asks_review = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-closes_on", "-id"]
        indexes = [
            models.Index(fields=["network", "-closes_on", "-id"], name="round_network"),
            models.Index(fields=["site", "-closes_on", "-id"], name="round_site"),
            models.Index(fields=["closes_on"], name="round_open", condition=models.Q(state="open")),
            models.Index(
                fields=["opens_on"], name="round_draft", condition=models.Q(state="draft")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(network__isnull=False, site=None)
                | models.Q(network=None, site__isnull=False),
                name="round_of_network_or_site",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on")),
                name="round_closes_after_it_opens",
                violation_error_message="The closing date must be the same as or after the opening date.",
            ),
            models.CheckConstraint(
                condition=models.Q(min_others__gte=2, min_others__lte=50),
                name="round_min_others_sane",
                violation_error_message="The fewest others in a comparison must be between 2 and 50.",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", opened_at=None, closed_at=None)
                | models.Q(state="cancelled")
                | models.Q(state="open", opened_at__isnull=False, closed_at=None)
                | models.Q(state="closed", opened_at__isnull=False, closed_at__isnull=False),
                name="round_state_has_its_times",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where its coordinator, or for a site's own round its lead, finds it."""
        if self.network:
            return reverse("maturity:round", kwargs={"network": self.network.slug, "ref": self.ref})
        return reverse("maturity:maturity", kwargs={"site": self.site.slug if self.site else ""})

    @property
    def network_slug(self) -> str:
        """The slug of its network; empty for a site's own."""
        return self.network.slug if self.network else ""
