"""What a site needs, which ideas serve it, and calls that invite ideas on it."""

import datetime as dt

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.enums import READERS
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import CallStanding, NeedEnd, NeedKind, NeedStanding
from portfolio.models.innovation import Innovation
from portfolio.models.submission import SHORT_TEXT

# The date of a need that has no end, so that lists have a column that is never null.
NEVER = dt.date(9999, 12, 31)
NEED_TEXT = 4000
SCOPES = frozenset({"needs:read", "needs:write"})


def sites_whose_needs(viewer: Viewer) -> list[int]:
    """The ids of the sites whose needs the viewer reads: as desk, executive or PPIE lead, or by key."""
    if viewer.is_key:
        return viewer.site_ids if SCOPES & viewer.scopes else []
    return viewer.site_ids_with(READERS)


class NeedQuerySet(models.QuerySet["Need"]):
    def visible_to(self, viewer: Viewer) -> "NeedQuerySet":
        """Those of the sites whose portfolio the viewer reads; for a key with a needs scope, of its site."""
        return self.filter(site_id__in=sites_whose_needs(viewer))

    def at(self, site: Site) -> "NeedQuerySet":
        """Those of one site."""
        return self.filter(site=site)

    def not_over(self, today: dt.date) -> "NeedQuerySet":
        """Those that an idea can serve: neither closed nor past their last day."""
        return self.filter(until_on__gte=today, closed_on=None)


class Need(models.Model):
    """A strategic priority or a problem statement of a site, with the dates between which it holds."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="needs")
    kind = models.CharField(max_length=10, choices=NeedKind.choices)
    title = models.CharField(max_length=SHORT_TEXT)
    statement = models.TextField("the need", max_length=NEED_TEXT)
    evidence = models.TextField(max_length=NEED_TEXT, blank=True)
    # A member of the site, or the name of a team or committee; at most one of them.
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_needs"
    )
    owner_words = models.CharField(max_length=SHORT_TEXT, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    close_reason = models.CharField(max_length=8, choices=NeedEnd.choices, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_needs"
    )
    # The day it was closed, else its last day, else NEVER: the order of lists.
    until_on = models.DateField(default=NEVER, editable=False)
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = NeedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["site", "-until_on", "-id"], name="need_site"),
            models.Index(fields=["site", "updated_at", "id"], name="need_updated"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="need_ends_after_it_begins",
                violation_error_message="The last day must be the same as or after the first day.",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on=None, close_reason="")
                | (models.Q(closed_on__isnull=False) & ~models.Q(close_reason="")),
                name="need_closed_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(close_reason="merged"),
                name="need_merged_is_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(owner=None) | models.Q(owner_words=""),
                name="need_has_one_owner",
                violation_error_message="Choose a member or enter a team, not both.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("portfolio:need", kwargs={"site": self.site.slug, "ref": self.ref})

    def standing(self, today: dt.date) -> NeedStanding:
        """Where it stands on a day."""
        if self.closed_on:
            return NeedStanding.CLOSED
        if self.valid_from > today:
            return NeedStanding.COMING
        return NeedStanding.ENDED if self.until_on < today else NeedStanding.CURRENT


class NeedLink(ActedBy):
    """That an idea serves a need, and who said so."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="links")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="need_links")
    at = models.DateTimeField()
    # The merge that gave it to the idea; none once somebody said so of the idea itself.
    came_with = models.ForeignKey(
        "portfolio.Decision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        # Always asked for with its idea, which an index knows.
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["innovation", "need"], name="need_link_once")
        ]
        indexes = [models.Index(fields=["need", "innovation"], name="need_link_ideas")]

    def __str__(self) -> str:
        return f"{self.innovation} serves {self.need}"


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, viewer: Viewer) -> "CallQuerySet":
        """As needs: see :meth:`NeedQuerySet.visible_to`."""
        return self.filter(site_id__in=sites_whose_needs(viewer))

    def at(self, site: Site) -> "CallQuerySet":
        """Those of one site."""
        return self.filter(site=site)

    def open_on(self, today: dt.date) -> "CallQuerySet":
        """Published and open on a day."""
        return self.filter(
            is_published=True, ended_on=None, opens_on__lte=today, closes_on__gte=today
        )


class Call(models.Model):
    """An invitation to send ideas on one need until a date, with a front-door page of its own.

    It opens and closes by its dates in London; no task is needed. ``ended_on``
    is set when it is closed early, and wins over ``closes_on``.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="calls")
    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="calls")
    title = models.CharField(max_length=SHORT_TEXT)
    words = models.TextField("what you look for", max_length=NEED_TEXT)
    opens_on = models.DateField()
    # The last day on which an idea can be sent.
    closes_on = models.DateField()
    is_published = models.BooleanField(default=False)
    ended_on = models.DateField(null=True, blank=True)
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = CallQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["site", "-closes_on", "-id"], name="call_site"),
            models.Index(fields=["need", "-closes_on", "-id"], name="call_need"),
            models.Index(fields=["site", "updated_at", "id"], name="call_updated"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on")),
                name="call_closes_after_it_opens",
                violation_error_message="The last day must be the same as or after the first day.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("portfolio:call", kwargs={"site": self.site.slug, "ref": self.ref})

    def standing(self, today: dt.date) -> CallStanding:
        """Where it stands on a day."""
        if not self.is_published:
            return CallStanding.DRAFT
        if self.ended_on or self.closes_on < today:
            return CallStanding.CLOSED
        return CallStanding.COMING if self.opens_on > today else CallStanding.OPEN
