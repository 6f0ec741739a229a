"""Who did it: a user, an API key, a link or the system.

Every service verb takes ``by: Actor``. An actor holds no name or address, so
history that carries one survives the erasure of the person.
"""

from dataclasses import dataclass

from django.db import models


class ActorKind(models.TextChoices):
    USER = "user", "a person signed in"
    KEY = "key", "an API key"
    LINK = "link", "someone with a link"
    SYSTEM = "system", "Hubapp itself"


# Before the reference of a link that whoever was asked one thing holds; all others are submitters'.
ASKED = "ask:"


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` and ``ref`` are stored with what was done; ``user_id`` only for users."""

    kind: str
    ref: str
    user_id: int | None = None


def system(what: str) -> Actor:
    """The system acting, such as ``system("kpis.compute_due")``."""
    return Actor(ActorKind.SYSTEM, what[:40])


def link(ref: str) -> Actor:
    """Whoever holds a link; ``ref`` is that of the record the link opens."""
    return Actor(ActorKind.LINK, ref)


def asked(ref: str) -> Actor:
    """Whoever was asked one thing and holds the link to it; ``ref`` is that of the question."""
    return Actor(ActorKind.LINK, f"{ASKED}{ref}")


class ActedBy(models.Model):
    """The author columns of an immutable row."""

    actor_kind = models.CharField(max_length=6, choices=ActorKind.choices)
    actor_ref = models.CharField(max_length=40)

    class Meta:
        abstract = True
