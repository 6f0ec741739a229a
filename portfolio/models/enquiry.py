"""Enquiries: logged, answered or signposted, and counted apart from ideas."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import Person, Site, User
from accounts.viewers import Viewer
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import EnquiryKind, EnquiryState
from portfolio.models.submission import SHORT_TEXT


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def visible_to(self, viewer: Viewer) -> "EnquiryQuerySet":
        """The desk's own sites; for a key its site, with an enquiries scope."""
        if viewer.is_key:
            if not {"enquiries:read", "enquiries:write"} & viewer.scopes:
                return self.none()
            return self.filter(site_id__in=viewer.site_ids)
        return self.filter(site_id__in=viewer.site_ids_with(DESK))

    def at(self, site: Site) -> "EnquiryQuerySet":
        """Those of one site."""
        return self.filter(site=site)


class Enquiry(ActedBy):
    """A question, help with a bid, or an introduction: not an idea."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="enquiries")
    kind = models.CharField(max_length=14, choices=EnquiryKind.choices)
    subject = models.CharField(max_length=SHORT_TEXT)
    detail = models.TextField(max_length=5000, blank=True)
    enquirer = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    state = models.CharField(max_length=12, choices=EnquiryState.choices, default=EnquiryState.OPEN)
    answer = models.TextField(max_length=5000, blank=True)
    signposted_to = models.CharField(max_length=SHORT_TEXT, blank=True)
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_enquiries"
    )
    received_at = models.DateTimeField(default=timezone.now)
    received_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "enquiries"
        indexes = [
            models.Index(fields=["site", "state", "-received_at", "-id"], name="enquiry_state"),
            models.Index(fields=["site", "-received_at", "-id"], name="enquiry_site"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", closed_on=None)
                | (~models.Q(state="open") & models.Q(closed_on__isnull=False)),
                name="enquiry_closed_has_date",
            )
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("portfolio:enquiry", kwargs={"site": self.site.slug, "ref": self.ref})
