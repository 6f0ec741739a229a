"""When a part of the product was last heard from."""

from django.db import models


class Heartbeat(models.Model):
    """One row for each part (``beat``); rewritten every ten seconds."""

    part = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} {self.at}"
