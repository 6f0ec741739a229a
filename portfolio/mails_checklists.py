"""The mail to a member who is asked to assess an idea."""

from django.urls import reverse

from accounts.queries import actor_names
from hubapp.actors import ActorKind
from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from hubapp.web.words import london_date
from portfolio.queries.checklists import request_to_mail


def assess(delivery: Delivery) -> Mail | None:
    """You are asked to assess an idea; nothing if that was done, declined or taken back meanwhile."""
    row = request_to_mail(delivery.context["request"])
    if row is None:
        return None
    asker = (row.actor_kind, row.actor_ref)
    here = {"site": row.site.slug, "ref": row.innovation.ref}
    context = {
        "person": row.assessor.person,
        "site": row.site,
        "asker": actor_names([asker]).get(asker, "") if row.actor_kind == ActorKind.USER else "",
        # Whoever reads over a shoulder learns nothing of a confidential idea.
        "title": "" if row.innovation.is_confidential else row.innovation.title,
        "due_on": london_date(row.due_on) if row.due_on else "",
        "url": absolute(reverse("portfolio:assess", kwargs=here)),
        "decline_url": absolute(reverse("portfolio:decline_to_assess", kwargs=here)),
    }
    return mail("portfolio/assess", context)
