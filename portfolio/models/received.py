"""Which mails came in, so that none is taken twice and none vanishes without a trace."""

from django.db import models

from accounts.models import Site
from hubapp.refs import RefField
from portfolio.enums import MailOutcome
from portfolio.models.innovation import Innovation


class ReceivedMail(models.Model):
    """One mail for one idea (or for none that we know) and what became of it; nothing of what it says.

    ``key`` is a hash of its Message-ID and the idea. Rows are deleted after a
    while: they only tell a mail that comes again, and are counted.
    """

    ref = RefField()
    key = models.CharField(max_length=64, unique=True)
    outcome = models.CharField(max_length=10, choices=MailOutcome.choices)
    at = models.DateTimeField(db_index=True)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    innovation = models.ForeignKey(
        Innovation, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} ({self.at:%Y-%m-%d})"
