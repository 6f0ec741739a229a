"""Accounts: made, named, given a password."""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Person, User
from accounts.queries import account_with
from accounts.validators import normalise_email
from hubapp import events
from hubapp.actors import Actor
from hubapp.notifications import send_later
from hubapp.problems import Refused

# A second request within this many seconds sends no second mail.
RESET_MAIL_EVERY = 120

TAKEN = "There is already an account with this email address."


@transaction.atomic
def create_user(
    *,
    email: str,
    by: Actor,
    name: str = "",
    password: str | None = None,
    person: Person | None = None,
) -> User:
    """A new account; without a password it cannot sign in until one is set by link.

    :param person: the row that becomes the account's (an invited person's); else a new one
    :raises Refused: the address has an account
    :raises ValidationError: not an address, or a password that is too weak
    """
    email = normalise_email(email)
    if account_with(email):
        raise Refused(TAKEN)
    person = person or Person(email=email)
    person.name = " ".join(name.split()) or person.name
    person.email = email
    person.signs_in = True
    person.full_clean(validate_constraints=False)
    user = User(person=person)
    if password is None:
        user.set_unusable_password()
    else:
        validate_password(password, user)
        user.set_password(password)
    try:
        with transaction.atomic():
            person.save()
            user.person = person
            user.save()
    except IntegrityError as error:
        # Somebody made the same account a moment ago.
        raise Refused(TAKEN) from error
    events.record("user.created", by=by, subject=user)
    return user


@transaction.atomic
def ensure_user(*, email: str, by: Actor, name: str = "") -> User:
    """The account of this address, made without a password if there is none."""
    return account_with(email) or create_user(email=email, name=name, by=by)


@transaction.atomic
def rename_person(*, user: User, name: str, by: Actor) -> None:
    """Change the name others see. The event says that it changed, not what it is."""
    name = " ".join(name.split())
    if not name:
        raise Refused("Enter your name.")
    if name == user.person.name:
        return
    user.person.name = name
    user.person.full_clean(validate_constraints=False)
    user.person.save(update_fields=["name"])
    events.record("user.renamed", by=by, subject=user, changes={"name": "changed"})


@transaction.atomic
def set_password(*, user: User, password: str, by: Actor) -> None:
    """A new password; every session of the account ends, and a mail says so.

    :raises ValidationError: too weak, with a sentence for each reason
    """
    validate_password(password, user)
    had_one = user.has_usable_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    events.record("user.password_set", by=by, subject=user)
    if had_one:
        send_later(
            "accounts.password_changed",
            to=user.person,
            key=f"password-changed:{user.ref}:{int(timezone.now().timestamp())}",
            context={"user": user.ref},
        )


@transaction.atomic
def request_password_reset(*, email: str, by: Actor) -> None:
    """Mail a link to the account of this address, if there is one. The caller cannot tell."""
    user = account_with(email)
    if user is None or not user.is_active:
        return
    period = int(timezone.now().timestamp()) // RESET_MAIL_EVERY
    delivery = send_later(
        "accounts.password_reset",
        to=user.person,
        key=f"password-reset:{user.ref}:{period}",
        context={"user": user.ref},
    )
    events.record(
        "user.password_reset_asked",
        by=by,
        subject=user,
        changes={"delivery": delivery.ref if delivery else ""},
    )


@transaction.atomic
def reset_password(*, user: User, token: str, password: str, by: Actor) -> None:
    """Set the password of whoever holds the mailed link.

    :raises Refused: the link was used or is too old
    :raises ValidationError: the password is too weak
    """
    if not user.is_active or not default_token_generator.check_token(user, token):
        raise Refused("This link has been used or is too old. Ask for a new one.")
    set_password(user=user, password=password, by=by)
