"""Checklists as versioned data, which of them a site uses, and what assessors answered."""

from typing import Any

from django.db import models

from accounts.models import Site, User
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import AnswerValue, RequestState
from portfolio.models.innovation import Innovation

# Longest texts of a question, for models, forms and the API.
LABEL_TEXT = 100
QUESTION_TEXT = 500
# The scale of a question that names none.
STANDARD_SCALE = "yes-partly-no"


def standard_options() -> list[dict[str, str]]:
    """What may be answered to a question that names no scale: yes, partly, no, don't know."""
    return [{"value": value, "label": label} for value, label in AnswerValue.choices]


class Checklist(models.Model):
    """One version of a checklist. A published version never changes.

    Shipped ones (no site) are loaded from ``portfolio/checklists/``; a site's
    own are published from a :class:`ChecklistDraft`.
    """

    ref = RefField()
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="own_checklists"
    )
    key = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=500, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "version"],
                condition=models.Q(site=None),
                name="checklist_version",
            ),
            models.UniqueConstraint(
                fields=["site", "key", "version"], name="checklist_version_of_site"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ChecklistItem(models.Model):
    """One question of a checklist, with what may be answered to it."""

    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="items")
    code = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=LABEL_TEXT)
    question = models.CharField(max_length=QUESTION_TEXT)
    scale = models.SlugField(max_length=40, default=STANDARD_SCALE)
    # [{"value": code, "label": words}] as they were when it was published. "no" is a no on every scale.
    options = models.JSONField(default=standard_options)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "code"], name="checklist_item_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def labels(self) -> dict[str, str]:
        """What may be answered: value → words, in order."""
        return {option["value"]: option["label"] for option in self.options}

    @property
    def is_counted(self) -> bool:
        """Whether its answers say yes or no, and so are counted; others (how far, how soon) are told."""
        return AnswerValue.NO in self.labels or AnswerValue.YES in self.labels


class SiteChecklist(models.Model):
    """That a site uses a checklist, its own or a shipped one. A site without rows uses the standard one."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="checklists")
    key = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="site_checklist_once")]

    def __str__(self) -> str:
        return self.key


class ChecklistDraft(models.Model):
    """What a site writes before it is published as the next version of its own checklist."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="checklist_drafts")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    # The version it was copied from; null for one written from nothing.
    based_on = models.ForeignKey(
        Checklist, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # [{"code", "label", "question", "scale"}] in order.
    items: Any = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="checklist_draft_once")]

    def __str__(self) -> str:
        return self.title


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
    # One of the item's options.
    value = models.CharField(max_length=20)
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="answer_once_per_item")
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.label}"

    @property
    def label(self) -> str:
        """The answer in the item's words."""
        return self.item.labels.get(self.value, self.value)


class AssessmentRequest(ActedBy):
    """That a member was asked to assess an idea; the author is who asked."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(
        Innovation, on_delete=models.PROTECT, related_name="assessment_requests"
    )
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assessment_requests")
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=RequestState.choices, default=RequestState.ASKED
    )
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # Why the assessor will not, in their words.
    reason = models.TextField(max_length=1000, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["innovation", "assessor"],
                condition=models.Q(state="asked"),
                name="assessment_asked_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="asked", closed_at=None)
                | (~models.Q(state="asked") & models.Q(closed_at__isnull=False)),
                name="assessment_request_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["assessor", "state", "asked_at"], name="assessment_request_mine")
        ]

    def __str__(self) -> str:
        return f"{self.assessor} on {self.innovation}"
