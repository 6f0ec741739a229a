"""What is decided and still wants somebody: new messages, signposts to ask after, merged ideas that nobody
looks at any more."""

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from hubapp.hooks import WorkItem, WorkList
from hubapp.workdays import london_date
from portfolio.enums import IN_TRIAGE, State
from portfolio.models import Innovation

# A message of longer ago that nobody answered is not on the list any more; it stays in the idea's row.
RECENT = dt.timedelta(days=90)
# How many of each kind "my work" shows; the oldest come first and the rest after them.
SHOWN = 10


def loose_ends(user: User) -> list[WorkList]:
    """For whoever works at a desk: at most three lists, one query each.

    Confidential ideas are the desk's as others are. A message or a signpost is of whoever looks
    after the idea, or of the whole desk where nobody does. Messages on ideas in triage stand in the queue.
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
    written = here.filter(
        mine,
        has_new_message=True,
        updated_at__gte=timezone.now() - RECENT,
    ).exclude(state__in=[*IN_TRIAGE, State.WITHDRAWN])
    lists = [
        WorkList(
            "New messages on ideas that are decided",
            [
                WorkItem(
                    title=row.title,
                    href=f"{row.get_absolute_url()}#messages",
                    site_name=row.site.name,
                    why=f"The submitter wrote: {row.get_state_display().lower()}",
                )
                for row in written.order_by("updated_at", "pk")[:SHOWN]
            ],
            comes_first=True,
        ),
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
            comes_first=True,
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
            comes_first=True,
        ),
    ]
    return [each for each in lists if each.items]
