"""Messages with the submitter, and redactions."""

from django.db import models

from accounts.models import Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import Direction, RedactionReason
from portfolio.models.innovation import Innovation
from portfolio.models.submission import LONG_TEXT


class Message(ActedBy):
    """One message, either way. Immutable but for redaction."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=16, choices=Direction.choices)
    body = models.TextField(max_length=LONG_TEXT)
    at = models.DateTimeField()
    # A form sent twice makes one message.
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True)
    # Of one that came by mail: its Message-ID, all of its text with what it answers, and
    # sentences about what was left out. The hub sees these; they are sent to nobody.
    mail_id = models.CharField(max_length=250, blank=True)
    whole_text = models.TextField(blank=True)
    remark = models.TextField(max_length=4000, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["innovation", "at"], name="message_thread")]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} ({self.at:%Y-%m-%d})"


class Redaction(ActedBy):
    """That something was blacked out, where, why and by whom; never what."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="redactions")
    reason = models.CharField(max_length=12, choices=RedactionReason.choices)
    # How many places were blacked out, in which fields.
    places = models.PositiveIntegerField()
    fields = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.at:%Y-%m-%d})"
