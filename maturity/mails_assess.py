"""The mails to site leads about a round: it has opened, it closes soon."""

from hubapp.notifications import Mail
from hubapp.notifications.models import Delivery
from hubapp.notifications.render import mail
from hubapp.web.addresses import absolute
from maturity.enums import AssessmentState, RoundState
from maturity.models import SelfAssessment
from maturity.queries.assess import today


def opened(delivery: Delivery) -> Mail | None:
    """A round waits for the site."""
    row = _waiting(delivery)
    return mail("maturity/opened", _context(row, delivery)) if row else None


def reminder(delivery: Delivery) -> Mail | None:
    """It closes soon, and nothing was submitted."""
    row = _waiting(delivery)
    return mail("maturity/reminder", _context(row, delivery)) if row else None


def _waiting(delivery: Delivery) -> SelfAssessment | None:
    """The self-assessment if it still waits for the site."""
    return (
        SelfAssessment.objects.filter(
            ref=delivery.context["assessment"],
            state__in=[AssessmentState.NOT_STARTED, AssessmentState.DRAFT],
        )
        .exclude(round__state=RoundState.CANCELLED)
        .select_related("site", "round__framework", "round__network")
        .first()
    )


def _context(row: SelfAssessment, delivery: Delivery) -> dict:
    return {
        "person": delivery.recipient,
        "assessment": row,
        "round": row.round,
        "site": row.site,
        "days_left": (row.round.closes_on - today()).days,
        "opens_later": row.round.opens_on > today(),
        "is_begun": row.state == AssessmentState.DRAFT,
        "url": absolute(row.get_absolute_url()),
    }
