"""Membership, invitations and API keys."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts.enums import Function, NetworkRole, Role, Scope
from accounts.models.person import Person, User
from accounts.models.site import Network, Site
from hubapp.actors import ActedBy
from hubapp.refs import RefField


def _among(choices: type[models.TextChoices], value: list[str], what: str) -> None:
    unknown = set(value) - set(choices.values) if isinstance(value, list) else {"?"}
    if unknown:
        raise ValidationError(f"Unknown {what}: {', '.join(sorted(unknown))}.")


def validate_functions(value: list[str]) -> None:
    """A list of :class:`accounts.enums.Function` slugs."""
    _among(Function, value, "function")


def validate_scopes(value: list[str]) -> None:
    """A list of :class:`accounts.enums.Scope` slugs."""
    _among(Scope, value, "scope")


class Membership(models.Model):
    """One role of one user at one site. Ended, never deleted."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    # For reviewers: the enabling functions they sign for.
    functions = models.JSONField(default=list, blank=True, validators=[validate_functions])
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "user", "role"],
                condition=models.Q(ended_at=None),
                name="membership_role_once",
                violation_error_message="This person already has this role here.",
            )
        ]
        indexes = [
            models.Index(
                fields=["user"], name="membership_current", condition=models.Q(ended_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} at {self.site}"

    def functions_words(self) -> str:
        """The functions in words, such as "Finance, Procurement"."""
        return ", ".join(Function(code).label for code in self.functions)


class NetworkMembership(models.Model):
    """A coordinator of a network."""

    ref = RefField()
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="network_memberships")
    role = models.CharField(
        max_length=20, choices=NetworkRole.choices, default=NetworkRole.COORDINATOR
    )
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "user", "role"],
                condition=models.Q(ended_at=None),
                name="network_membership_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.network}"


class Invitation(ActedBy):
    """Somebody asked to join a site. The mailed link is signed and expires; only its use is stored."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role.choices)
    functions = models.JSONField(default=list, blank=True, validators=[validate_functions])
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.person} invited to {self.site}"

    def functions_words(self) -> str:
        """The functions in words, such as "Finance, Procurement"."""
        return ", ".join(Function(code).label for code in self.functions)

    @property
    def is_open(self) -> bool:
        """Whether its link still works."""
        return not self.accepted_at and not self.revoked_at and timezone.now() < self.expires_at


class ApiKey(ActedBy):
    """A key of one site. Only its hash is stored; the key itself is shown once."""

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    # The first characters, so that a person can tell which key is which.
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, validators=[validate_scopes])
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
