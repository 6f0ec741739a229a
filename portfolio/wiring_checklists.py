"""What checklists, assessors and interests register with the rooms below."""

from hubapp import hooks, notifications
from hubapp.actors import Actor
from hubapp.hooks import Held
from portfolio import demo_checklists, mails_checklists
from portfolio.services import assessment_requests

ASSESSMENTS = "portfolio.assessments"

notifications.register("portfolio.assess", mails_checklists.assess)
hooks.demo.register(demo_checklists.load)


@hooks.held_work.register
def ideas_to_assess(user_id: int, site_id: int) -> list[Held]:
    """What somebody was asked to assess and has not done."""
    count = assessment_requests.held(user_id=user_id, site_id=site_id).count()
    return [Held(ASSESSMENTS, "ideas to assess", count)]


@hooks.reassign_work.register
def hand_over_assessments(
    kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Ask somebody else, or nobody, what was asked of who leaves."""
    if kind != ASSESSMENTS:
        return 0
    return assessment_requests.reassign(
        from_user_id=from_user_id, to_user_id=to_user_id, site_id=site_id, by=by
    )
