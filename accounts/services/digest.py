"""One mail a working day with everything that waits for somebody."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications import send_many
from hubapp.workdays import LONDON, is_working_day

# From this hour of London on: before people arrive.
HOUR = 7
BATCH = 500


def send_digests(*, now: dt.datetime | None = None) -> int:
    """Ask for today's digest for everybody who wants one and has none yet; returns how many.

    What is in it is looked up when it is sent; for whom nothing waits then, no
    mail leaves. Run as often as you like: a day has one for each person.
    """
    here = (now or instants.now()).astimezone(LONDON)
    if here.hour < HOUR or not is_working_day(here.date()):
        return 0
    works = Q(memberships__ended_at=None, memberships__isnull=False) | Q(
        network_memberships__isnull=False
    )
    people = (
        User.objects.filter(works, is_active=True, wants_digest=True)
        .exclude(person__email="")
        .select_related("person")
        .distinct()
    )
    asked, last = 0, 0
    while rows := list(people.filter(pk__gt=last).order_by("pk")[:BATCH]):
        with transaction.atomic():
            asked += send_many(
                "accounts.digest",
                [
                    (
                        user.person,
                        f"digest:{user.ref}:{here:%Y-%m-%d}",
                        {"user": user.ref, "on": f"{here:%Y-%m-%d}"},
                    )
                    for user in rows
                ],
            )
        last = rows[-1].pk
    return asked


@transaction.atomic
def choose_digest(*, user: User, wanted: bool, by: Actor) -> None:
    """Say whether the daily mail should come. Choosing what is chosen already changes nothing."""
    if user.wants_digest == wanted:
        return
    user.wants_digest = wanted
    user.save(update_fields=["wants_digest"])
    events.record(
        "user.digest_chosen", by=by, subject=user, changes={"wants_digest": [not wanted, wanted]}
    )
