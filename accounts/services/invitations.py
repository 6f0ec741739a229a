"""Invitations: mailed, renewed, taken back, accepted once."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Invitation, Membership, Person, Site, User
from accounts.queries import INVITATION_USED, account_with, invitation_problem
from accounts.services.members import add_member
from accounts.services.people import create_user
from accounts.validators import normalise_email
from hubapp import events
from hubapp.actors import Actor
from hubapp.notifications import send_later
from hubapp.problems import Refused

LASTS = dt.timedelta(days=14)


@transaction.atomic
def invite(
    *,
    site: Site,
    email: str,
    role: str,
    by: Actor,
    functions: Iterable[str] = (),
    mail: bool = True,
) -> Invitation:
    """Ask somebody to join; the link works for 14 days, once.

    :param mail: False where the link is handed over otherwise (the command prints it)
    :raises Refused: they have this role, or an open invitation to it
    :raises ValidationError: not an address, an unknown role or function
    """
    email = normalise_email(email)
    user = account_with(email)
    if user and Membership.objects.filter(site=site, user=user, role=role, ended_at=None).exists():
        raise Refused("This person already has this role here.")
    open_ones = Invitation.objects.filter(
        site=site,
        person__email=email,
        role=role,
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=timezone.now(),
    )
    if open_ones.exists():
        raise Refused(
            "This person has an invitation to this role already. Send that one again instead."
        )
    person = user.person if user else Person(email=email)
    if not user:
        person.full_clean()
        person.save()
    invitation = Invitation(
        site=site,
        person=person,
        role=role,
        functions=list(functions) if role == Role.REVIEWER else [],
        expires_at=timezone.now() + LASTS,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    invitation.full_clean()
    invitation.save()
    events.record(
        "invitation.sent",
        by=by,
        subject=invitation,
        changes={"role": role, "functions": [[], invitation.functions]},
    )
    if mail:
        _mail(invitation)
    return invitation


@transaction.atomic
def resend(*, invitation: Invitation, by: Actor) -> Invitation:
    """Renew for another 14 days and mail a new link; the earlier one stops working.

    :raises Refused: used or taken back
    """
    expires_at = timezone.now() + LASTS
    renewed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        expires_at=expires_at
    )
    if not renewed:
        raise Refused("This invitation was used or taken back, so it cannot be sent again.")
    invitation.expires_at = expires_at
    events.record("invitation.renewed", by=by, subject=invitation)
    _mail(invitation)
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, by: Actor) -> None:
    """Take an invitation back. Twice changes nothing.

    :raises Refused: it was accepted
    """
    open_one = Invitation.objects.filter(pk=invitation.pk, accepted_at=None)
    if open_one.filter(revoked_at=None).update(revoked_at=timezone.now()):
        events.record("invitation.revoked", by=by, subject=invitation)
    elif not open_one.exists():
        raise Refused("This invitation has been accepted. Remove the member instead.")


@transaction.atomic
def accept(
    *,
    invitation: Invitation,
    by: Actor,
    user: User | None = None,
    name: str = "",
    password: str = "",
) -> User:
    """Join the site with an account (``user``, signed in) or a new one (name and password).

    Pressed twice, the second press finds the invitation used.

    :raises Refused: used, taken back, too old, or another person's
    :raises ValidationError: the password is too weak
    """
    problem = invitation_problem(invitation)
    if problem:
        raise Refused(problem)
    account = account_with(invitation.person.email)
    if user is not None and (account is None or account.pk != user.pk):
        raise Refused(
            "This invitation was sent to another address than the one you are signed in with."
        )
    if user is None and account is not None:
        raise Refused("You have an account already. Sign in, then open the link again.")
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=timezone.now()
    )
    if not taken:
        raise Refused(INVITATION_USED)
    with events.operation():
        if user is None:
            if not name.strip():
                raise Refused("Enter your name.")
            user = create_user(
                email=invitation.person.email,
                name=name,
                password=password,
                person=invitation.person,
                by=by,
            )
        has_role = Membership.objects.filter(
            site_id=invitation.site_id, user=user, role=invitation.role, ended_at=None
        )
        if not has_role.exists():
            add_member(
                site=invitation.site,
                user=user,
                role=invitation.role,
                functions=invitation.functions,
                by=user.actor,
            )
        events.record(
            "invitation.accepted", by=user.actor, subject=invitation, changes={"user": user.ref}
        )
    return user


def _mail(invitation: Invitation) -> None:
    send_later(
        "accounts.invitation",
        to=invitation.person,
        key=f"invitation:{invitation.ref}:{int(invitation.expires_at.timestamp())}",
        site_id=invitation.site_id,
        context={"invitation": invitation.ref},
    )
