"""Signing in with an email address and a password."""

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.db.models import Exists, OuterRef
from django.utils.crypto import salted_hmac

from accounts.models import NetworkMembership, User
from accounts.validators import normalise_email


class EmailBackend(BaseBackend):
    """Finds the account by its person's address. Permissions come from ``rules``, not from here."""

    def authenticate(
        self, request, username: str | None = None, password: str | None = None, **kwargs
    ):
        if not username or password is None:
            return None
        try:
            user = User.objects.get_by_natural_key(username)
        except User.DoesNotExist:
            # As slow as a wrong password, so that time does not tell who has an account.
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int):
        # Whether there are networks to ask for is asked with it: for most people there are none.
        held = NetworkMembership.objects.filter(user=OuterRef("pk"), ended_at=None)
        users = User.objects.select_related("person").filter(pk=user_id, is_active=True)
        return users.annotate(coordinates=Exists(held)).first()


def axes_username(request, credentials: dict | None) -> str:
    """A keyed hash of the address typed: attempts are counted without storing it.

    The form comes first: after a sign-in the credentials name the account by its
    reference, and the attempts to forget are those of the address.
    """
    typed = (
        request.POST.get("username", "") if request is not None and hasattr(request, "POST") else ""
    )
    given = typed or (credentials or {}).get("username") or ""
    return salted_hmac(
        "accounts.axes", normalise_email(str(given)), secret=settings.SECRET_KEY
    ).hexdigest()[:32]
