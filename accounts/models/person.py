"""People, and those of them who sign in."""

import datetime as dt
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.validators import normalise_email
from hubapp.actors import Actor, ActorKind
from hubapp.refs import RefField


class PersonQuerySet(models.QuerySet["Person"]):
    def with_address(self, email: str) -> "PersonQuerySet":
        """Everybody who gave this address; each submission has a row of its own."""
        return self.filter(email=normalise_email(email))

    def erase(self, at: dt.datetime) -> int:
        """Blank these rows; they stay, since counts and history point to their ids."""
        return self.update(
            name="",
            email="",
            phone="",
            role_words="",
            organisation_words="",
            signs_in=False,
            erased_at=at,
        )


class Person(models.Model):
    """The only place where names and addresses live: erase the row's text and the person is gone.

    Whoever submits gets a row of their own, since an address that was merely
    typed proves nothing about who typed it. ``signs_in`` marks the one row
    for an address that an account belongs to.
    """

    ref = RefField()
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    # Job title or department, as the person gave it.
    role_words = models.CharField(max_length=200, blank=True)
    organisation_words = models.CharField(max_length=200, blank=True)
    signs_in = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["email"], name="person_email")]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(signs_in=True),
                name="person_one_account_per_address",
                violation_error_message="There is already an account with this email address.",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(name="", email="", phone="", role_words="", organisation_words=""),
                name="person_erased_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.name or ("Erased person" if self.erased_at else "Someone")

    def save(self, *args, **kwargs):
        self.email = normalise_email(self.email)
        super().save(*args, **kwargs)


class UserManager(BaseUserManager["User"]):
    """Users are found by the address of their person."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.select_related("person").get(
            person__email=normalise_email(username or ""), person__signs_in=True
        )


class User(AbstractBaseUser, PermissionsMixin):
    """An account. It holds no name and no address: its person does."""

    ref = RefField()
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="user")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # Whether what waits for this person is mailed to them on working days.
    wants_digest = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "ref"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return str(self.person)

    @property
    def email(self) -> str:
        """The address, for Django's password reset."""
        return self.person.email

    def get_full_name(self) -> str:
        return str(self.person)

    @cached_property
    def viewer(self):
        """What this user may see; memberships load once, with the first use."""
        from accounts.viewers import viewer_of_user  # inline: viewers read these models

        return viewer_of_user(self)

    @cached_property
    def actor(self) -> Actor:
        """This user as the author of what they do."""
        return Actor(ActorKind.USER, self.ref, self.pk)
