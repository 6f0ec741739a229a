"""Ideas that look alike: within a site, and, without a name, at others of a network."""

from django.db import models

from accounts.models import Site
from portfolio.models.enquiry import Enquiry
from portfolio.models.innovation import Innovation


class SimilarIdea(models.Model):
    """One idea of a site looks like another of it. Stored in both directions, the five likest of each.

    Kept up by a task. A pair that hub staff say is not the same keeps its rows
    and is shown no more.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.CASCADE, related_name="similar")
    other = models.ForeignKey(Innovation, on_delete=models.CASCADE, related_name="+")
    # From 0 to 1: see portfolio.similarity.
    score = models.DecimalField(max_digits=4, decimal_places=3)
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["innovation", "other"], name="similar_idea_once"),
            models.CheckConstraint(
                condition=~models.Q(innovation=models.F("other")), name="similar_idea_is_another"
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=0, score__lte=1), name="similar_idea_score"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.innovation} is like {self.other}"


class Meaning(models.Model):
    """What an idea means, as numbers: kept where the optional extra is installed (portfolio.semantic)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.OneToOneField(Innovation, on_delete=models.CASCADE, related_name="meaning")
    # Of the words that the numbers were made from.
    digest = models.CharField(max_length=64)
    numbers = models.BinaryField(max_length=768)

    class Meta:
        indexes = [models.Index(fields=["site", "-innovation"], name="meaning_site")]

    def __str__(self) -> str:
        return f"What {self.innovation} means"


class LookElsewhere(models.Model):
    """That other sites of the network were looked through, once, for the like of an idea.

    The asker's site learns at most that there is one.
    """

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.OneToOneField(
        Innovation, on_delete=models.CASCADE, related_name="look_elsewhere"
    )
    looked_at = models.DateTimeField()
    looked_on = models.DateField()
    # When hub staff asked to be introduced.
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["site", "looked_on"], name="look_elsewhere_day")]

    def __str__(self) -> str:
        return f"Elsewhere for {self.innovation}"


class MatchElsewhere(models.Model):
    """An idea at another site that looks the same. Never shown to the asker's site, nor counted there."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    look = models.ForeignKey(LookElsewhere, on_delete=models.CASCADE, related_name="matches")
    other = models.ForeignKey(Innovation, on_delete=models.CASCADE, related_name="+")
    # The enquiry at the other site's desk, once it was asked.
    enquiry = models.OneToOneField(
        Enquiry, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["look", "other"], name="match_elsewhere_once")
        ]

    def __str__(self) -> str:
        return f"{self.look}: {self.other_id}"
