"""The mails about accounts: composed when they are sent, from what is true then.

Each is a template under ``templates/mail/accounts/``: its first line is the
subject. A composer returns None when the mail is no longer wanted.
"""

from django.urls import reverse
from django.utils import timezone

from accounts.enums import Function, Role
from accounts.links import invitation_path, new_password_path
from accounts.queries import invitation_by_ref, invitation_problem, user_by_ref, work_of
from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from hubapp.workdays import london_date


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


def digest(delivery: Delivery) -> Mail | None:
    """Everything that waits for somebody, late things first; nothing if nothing does.

    A digest that could not be sent on its day is not sent on another.
    """
    user = user_by_ref(delivery.context["user"])
    today = london_date(timezone.now())
    if user is None or not user.wants_digest or delivery.context["on"] != today.isoformat():
        return None
    lists = [work for work in work_of(user) if work.waits]
    if not lists:
        return None
    items = [item for work in lists for item in work.items]
    late = [item for item in items if item.overdue]
    return mail(
        "accounts/digest",
        {
            "user": user,
            "lists": lists,
            # Lists are cut short, so this many are shown and there may be more.
            "count": len(items),
            "more": any(work.more_href or work.more_at for work in lists),
            "late": len(late),
            "root": absolute("/"),
            "site_url": absolute("/").rstrip("/"),
            "stop": absolute(reverse("accounts:digest")),
        },
    )
