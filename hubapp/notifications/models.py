"""The delivery table."""

from django.db import models
from django.utils import timezone

from hubapp.refs import RefField


class Delivery(models.Model):
    """One mail to one person. It holds no address and no text: both are looked up when it is sent.

    ``kind`` names the composer, ``context`` its arguments (refs and codes).
    ``key`` makes a second mail about the same thing impossible. ``message_id``
    is fixed, so that a mail sent again after a crash is recognised as the same.
    """

    ref = RefField()
    kind = models.CharField(max_length=60)
    recipient = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    site_id = models.BigIntegerField(null=True)
    context = models.JSONField(default=dict)
    key = models.CharField(max_length=120, unique=True)
    message_id = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"
