"""The mails about accounts: composed when they are sent, from what is true then.

Each is a template under ``templates/mail/accounts/``: its first line is the
subject. A composer returns None when the mail is no longer wanted.
"""

from accounts.enums import Function, Role
from accounts.links import invitation_path, new_password_path
from accounts.queries import invitation_by_ref, invitation_problem, user_by_ref
from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute


def invitation(delivery: Delivery) -> Mail | None:
    """The link to join a site."""
    row = invitation_by_ref(delivery.context["invitation"])
    if row is None or invitation_problem(row):
        return None
    return mail(
        "accounts/invitation",
        {
            "site": row.site,
            "role": Role(row.role).label,
            "functions": [Function(code).label for code in row.functions],
            "link": absolute(invitation_path(row)),
            "expires_at": row.expires_at,
        },
    )


def password_reset(delivery: Delivery) -> Mail | None:
    """The link to a new password."""
    user = user_by_ref(delivery.context["user"])
    if user is None:
        return None
    return mail(
        "accounts/password_reset", {"user": user, "link": absolute(new_password_path(user))}
    )


def password_changed(delivery: Delivery) -> Mail | None:
    """Word that a password was changed, in case it was somebody else."""
    user = user_by_ref(delivery.context["user"])
    return mail("accounts/password_changed", {"user": user}) if user else None
