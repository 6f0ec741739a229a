"""Requests that must happen once."""

from django.db import models
from django.utils import timezone


class IdempotentRequest(models.Model):
    """A create that carried ``Idempotency-Key``: the same key from the same caller gets the same answer.

    Kept for a day; ``fingerprint`` is a hash of the request, so that a key used
    for something else is refused.
    """

    caller = models.CharField(max_length=40)
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    location = models.CharField(max_length=200, blank=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key_hash"], name="idempotent_request_once")
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.created_at}"
