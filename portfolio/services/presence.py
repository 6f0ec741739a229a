"""Who has an idea open just now. No record, so it leaves no event: it is forgotten in a minute."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from hubapp import instants
from portfolio.models import Innovation, Presence

# Rows are deleted this long after they stopped to say anything.
KEPT = dt.timedelta(minutes=10)


@transaction.atomic
def seen(*, innovation: Innovation, user: User) -> None:
    """``user`` has the idea open now."""
    now = instants.now()
    mine = Presence.objects.filter(innovation=innovation, user=user)
    if not mine.update(seen_at=now):
        Presence.objects.bulk_create(
            [Presence(site_id=innovation.site_id, innovation=innovation, user=user, seen_at=now)],
            # Two pages of one person at the same moment.
            ignore_conflicts=True,
        )


@transaction.atomic
def tidy() -> int:
    """Forget who had what open; returns how many rows."""
    return Presence.objects.filter(seen_at__lt=instants.now() - KEPT).delete()[0]
