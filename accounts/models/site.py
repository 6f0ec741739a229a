"""Sites (innovation hubs) and the networks they belong to."""

from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone

from accounts.models.organisation import Organisation
from accounts.validators import validate_network_slug, validate_site_code, validate_site_slug
from hubapp.refs import RefField


class Site(models.Model):
    """An innovation hub: the tenant that every record belongs to.

    ``code`` names it in the API (in any case), ``slug`` in addresses.
    """

    ref = RefField()
    code = models.CharField(max_length=20, validators=[validate_site_code])
    slug = models.CharField(max_length=40, unique=True, validators=[validate_site_slug])
    name = models.CharField(max_length=200)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Upper("code"),
                name="site_code_unique",
                violation_error_message="Another site has this code.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:site_home", kwargs={"site": self.slug})

    @property
    def site_id(self) -> int:
        """A site belongs to itself: predicates ask every object for its ``site_id``."""
        return self.pk


class SiteOldSlug(models.Model):
    """A slug the site once had; its pages redirect to the present one."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="old_slugs")
    slug = models.CharField(max_length=40, unique=True)
    until = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.slug


class SiteHost(models.Model):
    """Which organisation a site belongs to, and from when to when."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="hosts")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="hosted_sites"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=models.Q(valid_to=None), name="site_one_host_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} at {self.organisation}"


class Network(models.Model):
    """A programme of sites that compare themselves and learn together."""

    ref = RefField()
    slug = models.CharField(max_length=40, unique=True, validators=[validate_network_slug])
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)
    sites: "models.ManyToManyField[Site, NetworkSite]" = models.ManyToManyField(
        Site, through="NetworkSite", related_name="networks"
    )

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class NetworkSite(models.Model):
    """A site in a network, from when to when."""

    network = models.ForeignKey(Network, on_delete=models.CASCADE, related_name="places")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="places")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "site"],
                condition=models.Q(valid_to=None),
                name="network_site_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} in {self.network}"
