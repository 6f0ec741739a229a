"""What is decided and still wants somebody: signposts to ask after, merged ideas that nobody looks at any more."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from hubapp.hooks import WorkItem, WorkList
from hubapp.workdays import london_date
from portfolio.enums import State
from portfolio.models import Innovation

# How many of each kind "my work" shows; the oldest come first and the rest after them.
SHOWN = 10


def loose_ends(user: User) -> list[WorkList]:
    """For whoever works at a desk: at most two lists, one query each.

    Confidential ideas are the desk's as others are. A signpost is of whoever looks after the
    idea, or of the whole desk where nobody does.
    """
    viewer = user.viewer
    desks = viewer.site_ids_with(DESK)
    if not desks:
        return []
    today = london_date(timezone.now())
    here = Innovation.objects.visible_to(viewer).filter(site_id__in=desks).select_related("site")
    mine = Q(assignee_id=user.pk) | Q(assignee=None)
    due = here.filter(mine, state=State.SIGNPOSTED, follow_up_on__lte=today)
    left = here.filter(
        state=State.MERGED, merged_into__isnull=False, merged_into__state=State.WITHDRAWN
    )
    lists = [
        WorkList(
            "Signposts to follow up",
            [
                WorkItem(
                    title=row.title,
                    href=reverse(
                        "portfolio:follow_up", kwargs={"site": row.site.slug, "ref": row.ref}
                    ),
                    site_name=row.site.name,
                    why="Ask what came of it",
                    due_on=row.follow_up_on,
                    overdue=bool(row.follow_up_on and row.follow_up_on < today),
                )
                for row in due.order_by("follow_up_on", "pk")[:SHOWN]
            ],
        ),
        WorkList(
            "Merged into an idea that was withdrawn",
            [
                WorkItem(
                    title=row.title,
                    href=row.get_absolute_url(),
                    site_name=row.site.name,
                    why="Separate them, and decide on this one",
                    since=row.state_since,
                )
                for row in left.order_by("state_since", "pk")[:SHOWN]
            ],
        ),
    ]
    return [each for each in lists if each.items]
