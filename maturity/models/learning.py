"""Sites that learn from each other: who may be asked, who wants help, and introductions that both agreed to."""

from django.db import models
from django.utils import timezone

from accounts.models import Network, Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from maturity.enums import PairingState, Wish
from maturity.models.assessment import SelfAssessment
from maturity.models.framework import SubDomain
from maturity.models.round import Round


class LearningWish(ActedBy):
    """That a site may be asked about a sub-domain, or wants help with it. Said by the site, taken back at any time.

    Saying so tells the coordinator: that is its consent to being suggested.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="wishes")
    sub_domain = models.ForeignKey(SubDomain, on_delete=models.PROTECT, related_name="+")
    wish = models.CharField(max_length=6, choices=Wish.choices)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "sub_domain"],
                condition=models.Q(ended_at=None),
                name="wish_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.wish}: {self.sub_domain}"


class Pairing(ActedBy):
    """An introduction that a coordinator proposes: neither site reads the other's name until both agreed."""

    ref = RefField()
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="pairings")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="pairings")
    sub_domain = models.ForeignKey(SubDomain, on_delete=models.PROTECT, related_name="+")
    giver = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="pairings_given")
    taker = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="pairings_taken")
    state = models.CharField(
        max_length=10, choices=PairingState.choices, default=PairingState.PROPOSED
    )
    proposed_at = models.DateTimeField()
    giver_agreed_at = models.DateTimeField(null=True, blank=True)
    taker_agreed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "sub_domain", "giver", "taker"],
                condition=models.Q(state__in=["proposed", "agreed"]),
                name="pairing_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("taker")), name="pairing_of_two_sites"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="agreed")
                | models.Q(giver_agreed_at__isnull=False, taker_agreed_at__isnull=False),
                name="pairing_agreed_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} and {self.taker} on {self.sub_domain}"
