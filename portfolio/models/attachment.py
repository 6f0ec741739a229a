"""Files with an idea."""

from django.db import models

from accounts.models import Site
from hubapp.actors import ActedBy, ActorKind
from hubapp.refs import RefField
from portfolio.enums import RemovalReason
from portfolio.models.innovation import Innovation
from portfolio.models.message import Message
from portfolio.models.note import Note


class Attachment(ActedBy):
    """One file with a message, a note, or the idea itself. Immutable but for its removal.

    ``stored_as`` is made of the site's code and the hash of the bytes, so that
    the same bytes are kept once at a site. The row of a removed file stays and
    says who removed it and why; its bytes go when no other row uses them.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="attachments")
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="attachments"
    )
    note = models.ForeignKey(
        Note, null=True, blank=True, on_delete=models.PROTECT, related_name="attachments"
    )
    name = models.CharField(max_length=120)
    # Found in the content, never what the sender's machine said.
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=160)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removal_reason = models.CharField(max_length=12, choices=RemovalReason.choices, blank=True)
    removed_by_kind = models.CharField(max_length=6, choices=ActorKind.choices, blank=True)
    removed_by_ref = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["innovation", "at"], name="attachment_innovation"),
            # Whether anybody still needs the bytes.
            models.Index(
                fields=["stored_as"],
                name="attachment_bytes",
                condition=models.Q(removed_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(message=None) | models.Q(note=None),
                name="attachment_of_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at=None, removal_reason="")
                | (models.Q(removed_at__isnull=False) & ~models.Q(removal_reason="")),
                name="attachment_removed_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_there(self) -> bool:
        """Whether it can be downloaded."""
        return self.removed_at is None
