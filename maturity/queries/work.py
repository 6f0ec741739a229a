"""What of maturity waits for whoever is signed in, lead or not."""

from django.db.models import Exists

from accounts.models import User
from hubapp.hooks import WorkList
from maturity.queries import actions, hands


def of_anybody(user: User) -> list[WorkList]:
    """Ratings that were asked of them, and actions that they have; for most people neither, said by one query."""
    if not user.viewer.sites:
        return hands.asked_to_rate(user)
    held = User.objects.filter(pk=user.pk).values_list(
        Exists(hands.own_raters(user)), Exists(actions.due_rows(user))
    )
    rates, acts = held.get()
    found = hands.asked_to_rate(user) if rates else []
    return found + (actions.due_for(user) if acts else [])
