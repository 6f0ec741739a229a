"""What is decided and still wants somebody: new messages, signposts to ask after, merged ideas that nobody
looks at any more."""

from django.urls import reverse
from django.utils import timezone

from accounts.enums import DESK
from accounts.models import User
from hubapp.hooks import WorkItem, WorkList
from hubapp.workdays import london_date
from portfolio.queries import work_ideas as ideas
from portfolio.queries.work import GATHERED


def loose_ends(user: User) -> list[WorkList]:
    """For whoever works at a desk: at most three lists, of :func:`~.work_ideas.lists_for`.

    What was read with the ideas that wait is not asked for again.
    """
    if not user.viewer.site_ids_with(DESK):
        return []
    today = london_date(timezone.now())
    shown = vars(user).pop(GATHERED, None) or ideas.first_of(user, loose_ends=True)
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
                for row in shown[ideas.WRITTEN]
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
                for row in shown[ideas.TO_FOLLOW_UP]
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
                for row in shown[ideas.LEFT_BEHIND]
            ],
            comes_first=True,
        ),
    ]
    return [each for each in lists if each.items]
