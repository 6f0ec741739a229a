"""Erasing a person: their rows keep their ids and lose every word."""

import logging
from collections.abc import Iterable
from email import policy
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Invitation, Membership, NetworkMembership, Person, User
from accounts.queries import held_by
from hubapp import events, hooks
from hubapp.actors import Actor
from hubapp.db.maintenance import maintenance
from hubapp.notifications.filemail import path_of
from hubapp.notifications.models import Delivery

logger = logging.getLogger(__name__)


@transaction.atomic
def erase_person(*, person: Person, by: Actor) -> int:
    """Erase everybody with this person's address; returns how many rows there were.

    Names and addresses go from ``Person``, the only table that has them. An
    account is closed, its roles end, what it holds goes back to the site, even
    when that leaves a site without a lead: the right to be erased comes first.
    Other apps erase what they keep through ``hooks.person_erased``. Mail files
    to or about the address go once the transaction is committed. Counts,
    decisions and events stay; they never named anybody.
    """
    address = person.email
    rows = list(Person.objects.with_address(address)) if address else [person]
    ids = [row.pk for row in rows]
    message_ids = list(
        Delivery.objects.filter(recipient__in=ids).values_list("message_id", flat=True)
    )
    now = timezone.now()
    with events.operation(), maintenance("erasure"):
        for user in User.objects.filter(person__in=ids).select_related("person"):
            _close_account(user, by=by)
        for invitation in Invitation.objects.filter(
            person__in=ids, accepted_at=None, revoked_at=None
        ):
            Invitation.objects.filter(pk=invitation.pk).update(revoked_at=now)
            events.record("invitation.revoked", by=by, subject=invitation)
        for erase in hooks.person_erased:
            erase(ids, by)
        Delivery.objects.filter(recipient__in=ids, sent_at=None, cancelled_at=None).update(
            cancelled_at=now
        )
        Person.objects.filter(pk__in=ids).erase(now)
        events.record_many("person.erased", by=by, subjects=[(row, {}) for row in rows])
    transaction.on_commit(lambda: _remove_mail_files(message_ids, address), robust=True)
    return len(ids)


def _close_account(user: User, *, by: Actor) -> None:
    for membership in Membership.objects.filter(user=user, ended_at=None).select_related("site"):
        for held in held_by(user=user, site=membership.site):
            for reassign in hooks.reassign_work:
                reassign(held.kind, user.pk, None, membership.site_id, by)
        Membership.objects.filter(pk=membership.pk).update(
            ended_at=timezone.now(), version=F("version") + 1
        )
        events.record(
            "member.ended",
            by=by,
            subject=membership,
            changes={"user": user.ref, "role": membership.role},
        )
    for held_role in NetworkMembership.objects.filter(user=user, ended_at=None).select_related(
        "network"
    ):
        NetworkMembership.objects.filter(pk=held_role.pk).update(ended_at=timezone.now())
        events.record(
            "network.coordinator_ended",
            by=by,
            subject=held_role.network,
            changes={"user": user.ref},
        )
    user.is_active = False
    user.set_unusable_password()  # ends every session too
    user.save(update_fields=["is_active", "password"])
    events.record("user.closed", by=by, subject=user)


def _remove_mail_files(message_ids: Iterable[str], address: str) -> int:
    """Delete the files of these mails, and of any that has the address in it; returns how many."""
    folder = Path(settings.MAIL_DIR)
    if not folder.is_dir():
        return 0
    known = {path_of(message_id) for message_id in message_ids}
    removed = 0
    for file in folder.glob("*.eml"):
        if file in known or (address and _mentions(file, address)):
            file.unlink(missing_ok=True)
            removed += 1
    return removed


def _mentions(file: Path, address: str) -> bool:
    try:
        mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        body = mail.get_body(("plain",))
        text = "\n".join(
            [*(str(value) for value in mail.values()), body.get_content() if body else ""]
        )
    except (OSError, ValueError, LookupError):
        logger.warning("mail file %s could not be read", file.name)
        return False
    return address.casefold() in text.casefold()
