"""The outbox table."""

from django.db import models
from django.utils import timezone

from hubapp.refs import RefField


class OutboxMessage(models.Model):
    """One task to run. ``topic`` is the name of the Celery task, ``payload`` its arguments.

    Waiting: ``done_at`` and ``failed_at`` null. ``available_at`` holds it back
    (nothing uses ``eta`` or ``countdown``). ``published_at`` is when the broker
    last took it; a message published and not done after a while was lost with
    its worker and is published again.
    """

    ref = RefField()
    topic = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    # At most one waiting message for a key: the second request joins the first.
    key = models.CharField(max_length=120, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at"],
                name="outbox_waiting",
                condition=models.Q(done_at=None, failed_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(done_at=None, failed_at=None, claimed_at=None),
                name="outbox_one_waiting_per_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.ref}"
