"""Take the next: gives each who asks an idea of their own."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Site, User
from hubapp.actors import Actor
from hubapp.problems import Stale
from portfolio.enums import State
from portfolio.models import Innovation, Interest
from portfolio.queries.triage import open_now
from portfolio.services import innovations

# How many are tried in one look, and how often one looks again: others take at the same time.
TRIED, LOOKS = 10, 5


def take_next(*, site: Site, user: User, by: Actor) -> Innovation | None:
    """Assign to ``user`` the idea that is due soonest among those that wait and are nobody's; None if none is left.

    Left out are ideas that somebody else has open now, and those in which the
    user declared an interest. Two who ask at once get two ideas: whoever is
    slower finds the version raised, and gets the next.
    """
    for _ in range(LOOKS):
        found = list(_free(site, user)[:TRIED])
        for innovation in found:
            try:
                return innovations.assign(innovation=innovation, to=user, by=by)
            except Stale:
                continue
        if not found:
            break
    return None


def _free(site: Site, user: User) -> QuerySet[Innovation]:
    declared = Interest.objects.filter(user=user, innovation=OuterRef("pk")).order_by("-number")
    return (
        Innovation.objects.at(site)
        .filter(state=State.WAITING, assignee=None)
        .filter(~Exists(open_now(user.pk).filter(innovation=OuterRef("pk"))))
        .annotate(interest_ended=Subquery(declared.values("is_withdrawn")[:1]))
        .filter(Q(interest_ended=None) | Q(interest_ended=True))
        .select_related("site")
        .order_by("sort_due", "pk")
    )
