"""Checklists as versioned data, and what assessors answered."""

from django.db import models

from accounts.models import Site, User
from hubapp.refs import RefField
from portfolio.enums import AnswerValue
from portfolio.models.innovation import Innovation


class Checklist(models.Model):
    """One version of a checklist. Loaded from ``portfolio/checklists/``; a published version never changes."""

    ref = RefField()
    key = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=500, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["key", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="checklist_version")]

    def __str__(self) -> str:
        return self.title


class ChecklistItem(models.Model):
    """One question of a checklist."""

    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="items")
    code = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=100)
    question = models.CharField(max_length=500)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "code"], name="checklist_item_once")
        ]

    def __str__(self) -> str:
        return self.label


class Assessment(models.Model):
    """One assessor's answers to one checklist about one innovation."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="assessments")
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="assessments")
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assessments")
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # Set once every item is answered and the assessor said so.
    done_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-updated_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["innovation", "checklist", "assessor"], name="assessment_once_per_assessor"
            )
        ]

    def __str__(self) -> str:
        return f"{self.checklist} on {self.innovation}"


class Answer(models.Model):
    """One answer. Not answered has no row."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=10, choices=AnswerValue.choices)
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="answer_once_per_item")
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_value_display()}"
