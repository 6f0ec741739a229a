"""What people keep beside the queue: views they named, and which ideas are open just now."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import Site, User
from hubapp.refs import RefField
from portfolio.models.innovation import Innovation

VIEW_NAME = 60
VIEW_QUERY = 1000


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def at(self, site: Site) -> "SavedViewQuerySet":
        """Those of one site."""
        return self.filter(site=site)

    def usable_by(self, user_id: int | None) -> "SavedViewQuerySet":
        """Their own, and those that the desk shares."""
        return self.filter(models.Q(is_shared=True) | models.Q(owner_id=user_id))


class SavedView(models.Model):
    """Filters and an order of the queue under a name, with an address of its own.

    Ready-made views (new, mine, …) have no row: see ``portfolio.queries.views``.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="saved_views")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=VIEW_NAME)
    slug = models.SlugField(max_length=80)
    # As it stands in an address: "source=staff&order=due".
    query = models.CharField(max_length=VIEW_QUERY, blank=True)
    # Whether the whole desk has it, or its owner alone.
    is_shared = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "slug"],
                name="saved_view_slug",
                violation_error_message="There is a view of this name already.",
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(slug=""),
                name="saved_view_has_name",
                violation_error_message="Enter a name for the view.",
            ),
        ]
        indexes = [models.Index(fields=["site", "updated_at", "id"], name="saved_view_updated")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portfolio:view", kwargs={"site": self.site.slug, "slug": self.slug})


class Presence(models.Model):
    """That somebody has an idea open, as their page said last. No record: it is forgotten in a minute."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["innovation", "user"], name="presence_once")]
        indexes = [models.Index(fields=["seen_at"], name="presence_seen")]

    def __str__(self) -> str:
        return f"{self.user_id} has {self.innovation_id} open"
