"""What a member holds in the portfolio, and handing it over when they leave."""

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.enums import ASSIGNABLE, DESK
from accounts.models import User
from hubapp.actors import Actor
from hubapp.events import services as events
from hubapp.problems import Refused
from portfolio.enums import ENDED, EnquiryState
from portfolio.models import Enquiry, Innovation

INNOVATIONS = "portfolio.innovations"
ENQUIRIES = "portfolio.enquiries"
BATCH = 500


def held(*, kind: str, user_id: int, site_id: int) -> QuerySet:
    """The open things of ``kind`` that are assigned to somebody at a site."""
    if kind == INNOVATIONS:
        return Innovation.objects.filter(assignee_id=user_id, site_id=site_id).exclude(
            state__in=ENDED
        )
    return Enquiry.objects.filter(assignee_id=user_id, site_id=site_id, state=EnquiryState.OPEN)


def must_hold_a_role(user: User, *, site_id: int, roles: tuple[str, ...]) -> None:
    """Refuse to give work to somebody who could not open it.

    :raises Refused: they have none of ``roles`` at the site
    """
    if not user.memberships.filter(site_id=site_id, ended_at=None, role__in=roles).exists():
        raise Refused(f"{user} has no role at this site with which they could look after this.")


@transaction.atomic
def reassign(
    *, kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Give all that somebody holds at a site to somebody else, or to nobody; returns how many.

    0 for kinds that are not the portfolio's.

    :raises Refused: whoever gets it could not open it
    """
    if kind not in (INNOVATIONS, ENQUIRIES):
        return 0
    if to_user_id is not None:
        roles = ASSIGNABLE if kind == INNOVATIONS else DESK
        must_hold_a_role(User.objects.get(pk=to_user_id), site_id=site_id, roles=roles)
    refs = dict(User.objects.filter(pk__in=[from_user_id, to_user_id]).values_list("pk", "ref"))
    change = {"assignee": [refs.get(from_user_id), refs.get(to_user_id) if to_user_id else None]}
    verb = "innovation.assigned" if kind == INNOVATIONS else "enquiry.assigned"
    moved = 0
    while True:
        rows = list(held(kind=kind, user_id=from_user_id, site_id=site_id).order_by("pk")[:BATCH])
        if not rows or from_user_id == to_user_id:
            return moved
        type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(
            assignee_id=to_user_id, version=F("version") + 1, updated_at=timezone.now()
        )
        events.record_many(verb, by=by, subjects=[(row, change) for row in rows])
        moved += len(rows)
