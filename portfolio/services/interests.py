"""Conflicts of interest: declaring one excludes from assessing and deciding."""

from django.db import IntegrityError, transaction

from accounts.models import User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio.enums import InterestNature
from portfolio.models import Innovation, Interest
from portfolio.queries.interests import has_interest
from portfolio.services.moves import CHANGED

EXCLUDED = (
    "You declared an interest in this idea, so somebody else has to {verb}."
    " If the interest has ended, withdraw your declaration first."
)


@transaction.atomic
def declare(
    *, innovation: Innovation, user: User, nature: str, note: str = "", by: Actor
) -> Interest:
    """Say that ``user`` has an interest in the idea: from now on they neither assess nor decide it.

    :raises Refused: no such nature, or one stands already
    """
    if nature not in InterestNature.values:
        raise Refused("Choose what kind of interest it is.")
    if has_interest(user.pk, innovation):
        raise Refused("An interest is declared already. Withdraw it first to declare another.")
    return _add(innovation, user, nature, note, withdrawn=False, by=by)


@transaction.atomic
def withdraw(*, innovation: Innovation, user: User, note: str = "", by: Actor) -> Interest:
    """Say that the interest has ended. What was declared stays in the history.

    :raises Refused: none stands
    """
    last = Interest.objects.filter(innovation=innovation, user=user).order_by("number").last()
    if last is None or last.is_withdrawn:
        raise Refused("There is no interest to withdraw.")
    return _add(innovation, user, last.nature, note, withdrawn=True, by=by)


def must_have_none(innovation: Innovation, user_id: int | None, verb: str) -> None:
    """Refuse whoever declared an interest.

    :param verb: what they wanted to do: "decide", "assess it"
    :raises Refused: their interest stands
    """
    if has_interest(user_id, innovation):
        raise Refused(EXCLUDED.format(verb=verb))


def _add(
    innovation: Innovation, user: User, nature: str, note: str, *, withdrawn: bool, by: Actor
) -> Interest:
    row = Interest(
        site_id=innovation.site_id,
        innovation=innovation,
        user=user,
        number=Interest.objects.filter(innovation=innovation).count() + 1,
        nature=nature,
        note=note.strip(),
        is_withdrawn=withdrawn,
        at=instants.now(),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    row.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    events.record(
        "interest.withdrawn" if withdrawn else "interest.declared",
        by=by,
        subject=innovation,
        changes={"nature": nature, "user": user.ref},
    )
    return row
