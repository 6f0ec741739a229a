"""What a site's own self-assessments register with the rooms below (hubapp.hooks, notifications)."""

from hubapp import hooks, notifications
from hubapp.hooks import NavItem, WorkItem, WorkList
from maturity import mails_assess
from maturity.enums import AssessmentState
from maturity.queries import assess

for _kind in ("opened", "reminder"):
    notifications.register(f"maturity.{_kind}", getattr(mails_assess, _kind))

hooks.add_navigation(
    NavItem(
        "Maturity",
        "maturity:maturity",
        "maturity.view_assessment",
        order=45,
        hint="How far your innovation function is, in your own judgement.",
    )
)
hooks.event_words.update(
    {
        "self_assessment.described": "The innovation function was described",
        "self_assessment.reminded": "Site leads were reminded of a self-assessment",
    }
)

# A page of work.
MOST = 25


@hooks.work.register
def rounds_to_answer(user) -> list[WorkList]:
    """For site leads: self-assessments to begin or to finish, the one that closes first first."""
    rows = assess.waiting_for_leads(user.viewer, MOST)
    if not rows:
        return []
    today = assess.today()
    items = []
    for row in rows:
        left = (row.round.closes_on - today).days
        if row.state == AssessmentState.NOT_STARTED:
            why = "Not started: it takes under an hour"
        else:
            why = f"{row.answered} of {row.asked} statements answered"
        items.append(
            WorkItem(
                title=row.round.name,
                href=row.get_absolute_url(),
                site_name=row.site.name,
                why=f"Closes soon. {why}" if 0 <= left <= assess.SOON else why,
                since=row.created_at,
                due_on=row.round.closes_on,
                overdue=left < 0,
            )
        )
    return [WorkList("Rate your maturity", items)]
