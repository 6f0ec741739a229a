"""API keys: made once, shown once, revoked."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, Site
from hubapp import events
from hubapp.actors import Actor

PREFIX = "hub_"


def digest_of(key: bytes) -> str:
    """What is stored of a key. It is random and long, so that no slow hash is needed."""
    return hashlib.sha256(key).hexdigest()


@transaction.atomic
def create_key(
    *, site: Site, name: str, scopes: list[str], expires_at: dt.datetime | None = None, by: Actor
) -> tuple[ApiKey, str]:
    """A new key of ``site``; returns its row and the key itself, which is stored nowhere.

    :raises ValidationError: an unknown scope
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        site=site,
        name=name,
        prefix=secret[:12],
        key_hash=digest_of(secret.encode()),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    key.full_clean()
    key.save()
    events.record("api_key.created", by=by, subject=key, changes={"scopes": [[], key.scopes]})
    return key, secret


@transaction.atomic
def revoke_key(*, key: ApiKey, by: Actor) -> None:
    """End a key now. Revoking twice changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        events.record("api_key.revoked", by=by, subject=key)


def note_use(*, key: ApiKey) -> None:
    """Remember the day of a key's last use: at most one write a day, and no event, since reading is no change."""
    today = timezone.localdate()
    if key.last_used_on != today:
        ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
