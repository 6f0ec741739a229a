"""Links that accounts are mailed: invitations and new passwords. Nothing secret is stored."""

import datetime as dt

from django.contrib.auth.tokens import default_token_generator
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import Invitation, User


def _signer() -> Signer:
    return Signer(salt="accounts.links.invitation", sep=".")


def _stamp(at: dt.datetime) -> str:
    return str(int(at.timestamp()))


def invitation_token(invitation: Invitation) -> str:
    """The token of an invitation; renewing it makes another and the earlier one worthless."""
    return _signer().sign(f"{invitation.ref}-{_stamp(invitation.expires_at)}")


def open_invitation_token(token: str) -> tuple[str, str] | None:
    """``(ref, stamp)`` of a token we made, or None."""
    try:
        ref, stamp = _signer().unsign(token[:200]).rsplit("-", 1)
    except (BadSignature, ValueError):
        return None
    return ref, stamp


def is_newest(invitation: Invitation, stamp: str) -> bool:
    """Whether the invitation was not renewed since the link with ``stamp`` was made."""
    return stamp == _stamp(invitation.expires_at)


def invitation_path(invitation: Invitation) -> str:
    """The page with the button that accepts."""
    return reverse("accounts:invitation", kwargs={"token": invitation_token(invitation)})


def new_password_path(user: User) -> str:
    """Where a forgotten password is replaced: works once, for ``PASSWORD_RESET_TIMEOUT``."""
    token = default_token_generator.make_token(user)
    return reverse("accounts:new_password", kwargs={"ref": user.ref, "token": token})
