"""The event table."""

import uuid

from django.db import models

from hubapp.actors import ActedBy


class Event(ActedBy):
    """One thing that happened. Append-only; holds codes and field names, never personal values.

    It receives no foreign keys and has none: ``site_id`` and ``subject_ref``
    outlive what they name. ``site_id`` is null for what belongs to no site
    (a network, the installation).
    """

    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    site_id = models.BigIntegerField(null=True)
    subject_kind = models.CharField(max_length=40)
    subject_ref = models.CharField(max_length=40)
    changes = models.JSONField(default=dict)
    operation_id = models.UUIDField(default=uuid.uuid4)
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_ref", "id"], name="event_subject"),
            models.Index(fields=["site_id", "-id"], name="event_site"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject_kind} {self.subject_ref}"
