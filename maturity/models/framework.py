"""Frameworks as versioned data: domains, sub-domains, indicators, a scale, and what leads from one version to the next."""

from typing import Any

from django.db import models

from accounts.models import Network
from hubapp.refs import RefField

# Longest texts, for models, files, forms and the API.
CODE = 60
NAME_TEXT = 200
INDICATOR_TEXT = 500
NOTES_TEXT = 2000


class Framework(models.Model):
    """One published version of a framework. It never changes; ``valid_to`` ends it when the next one is published.

    Shipped ones (no network) are loaded from ``maturity/frameworks/``; a
    network's own are published from a :class:`FrameworkDraft`.
    """

    ref = RefField()
    network = models.ForeignKey(
        Network, null=True, blank=True, on_delete=models.PROTECT, related_name="frameworks"
    )
    key = models.SlugField(max_length=40)
    # As people name it: "2025".
    edition = models.SlugField(max_length=20)
    # key-edition: names it in addresses and the API.
    slug = models.SlugField(max_length=CODE + 1)
    title = models.CharField(max_length=NAME_TEXT)
    source = models.CharField(max_length=500, blank=True)
    # Sentences that belong to the framework as such.
    notes: Any = models.JSONField(default=list)
    # [{"value": int, "label": words, "description": words}], lowest first.
    scale: Any = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    # SHA-256 of the file it was published from, made the same whatever its layout.
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    # The version whose indicators its crosswalk names.
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )

    class Meta:
        ordering = ["title", "-valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=models.Q(network=None),
                name="framework_slug_shipped",
            ),
            models.UniqueConstraint(
                fields=["network", "slug"],
                name="framework_slug_of_network",
                violation_error_message="This network has a framework with this key and edition.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def values(self) -> list[int]:
        """The points of the scale, lowest first."""
        return [point["value"] for point in self.scale]

    @property
    def labels(self) -> dict[int, str]:
        """Point of the scale → its words."""
        return {point["value"]: point["label"] for point in self.scale}

    @property
    def top(self) -> int:
        """The highest point: what "share of 5s" counts."""
        return max(self.values)

    @property
    def bottom(self) -> int:
        """The lowest point: an honest 1."""
        return min(self.values)


class Domain(models.Model):
    """A domain: a chapter of the framework."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="domains")
    code = models.SlugField(max_length=CODE)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=NAME_TEXT)
    # False for context that is described and not rated.
    is_rated = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="domain_once"),
            models.UniqueConstraint(fields=["framework", "position"], name="domain_position"),
        ]

    def __str__(self) -> str:
        return self.name


class SubDomain(models.Model):
    """A sub-domain: what one page of a self-assessment asks."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="sub_domains")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="sub_domains")
    code = models.SlugField(max_length=CODE)
    # Through the whole framework.
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=NAME_TEXT)
    is_rated = models.BooleanField(default=True)
    about = models.CharField(max_length=1000, blank=True)
    # Questions to consider, as sentences.
    questions: Any = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="sub_domain_once"),
            models.UniqueConstraint(fields=["framework", "position"], name="sub_domain_position"),
        ]

    def __str__(self) -> str:
        return self.name


class Indicator(models.Model):
    """One statement that is rated."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="indicators")
    sub_domain = models.ForeignKey(SubDomain, on_delete=models.PROTECT, related_name="indicators")
    code = models.SlugField(max_length=CODE)
    # Through the whole framework.
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=INDICATOR_TEXT)
    questions: Any = models.JSONField(default=list)
    # The indicator of the version before that asks the same: trends are drawn through it.
    same_as = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="carried_on_as"
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="indicator_once"),
            models.UniqueConstraint(fields=["framework", "position"], name="indicator_position"),
        ]

    def __str__(self) -> str:
        return self.text


class FrameworkDraft(models.Model):
    """What a coordinator brings from a spreadsheet or file, until it is published or thrown away."""

    ref = RefField()
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="framework_drafts")
    key = models.SlugField(max_length=40)
    edition = models.SlugField(max_length=20)
    title = models.CharField(max_length=NAME_TEXT)
    # As a file of maturity/frameworks/ has it; checked by the same schema.
    content: Any = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["network", "key", "edition"], name="framework_draft_once"
            )
        ]

    def __str__(self) -> str:
        return self.title
