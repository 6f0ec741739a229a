"""What the team writes for itself about an idea."""

from django.db import models

from accounts.models import Person, Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField
from portfolio.enums import MailState
from portfolio.models.innovation import Innovation
from portfolio.models.submission import LONG_TEXT


class Note(ActedBy):
    """A note that only the team sees: a table of its own, so that no message can be one by mistake.

    Immutable but for redaction. A mail to an idea's thread from an address
    that is not the submitter's is a note too (``mail_state`` is not empty);
    whose address it is, ``sender`` knows.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="notes")
    body = models.TextField(max_length=LONG_TEXT)
    at = models.DateTimeField()
    # A form sent twice makes one note.
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True)
    # Of a mail: where the desk stands with it, who sent it, all of its text, what was left out of it.
    mail_state = models.CharField(max_length=8, choices=MailState.choices, blank=True)
    sender = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mail_id = models.CharField(max_length=250, blank=True)
    whole_text = models.TextField(blank=True)
    remark = models.TextField(max_length=4000, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["innovation", "at"], name="note_innovation"),
            models.Index(
                fields=["site", "at"], name="note_mail_waits", condition=models.Q(mail_state="held")
            ),
        ]

    def __str__(self) -> str:
        return f"Note ({self.at:%Y-%m-%d})"
