"""Organisations, as the Organisation Data Service and everyone else know them."""

from django.db import models

from accounts.enums import OrganisationKind
from accounts.validators import validate_ods_code
from hubapp.refs import RefField


class Organisation(models.Model):
    """An organisation, valid for a time; when it merges, ``successor`` says into what.

    The ODS code is optional: companies, charities and Health Innovation
    Networks have none. Codes are never reused; an organisation is closed, not deleted.
    """

    ref = RefField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=OrganisationKind.choices)
    ods_code = models.CharField(
        "ODS code",
        max_length=10,
        null=True,
        blank=True,
        unique=True,
        validators=[validate_ods_code],
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors"
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_from=None)
                | models.Q(valid_to=None)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="organisation_closes_after_it_opens",
                violation_error_message="The closing date is before the opening date.",
            ),
            models.CheckConstraint(
                condition=models.Q(successor=None) | ~models.Q(successor=models.F("id")),
                name="organisation_does_not_succeed_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name
