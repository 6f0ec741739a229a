"""Whose leads are to be reminded of a round that closes soon."""

import datetime as dt

from django.utils import timezone

from hubapp.workdays import london_date
from maturity.enums import AssessmentState, RoundState
from maturity.models import SelfAssessment

# Days before closing on which leads are reminded.
DAYS = (7, 2)


def reminders_due(today: dt.date) -> list[SelfAssessment]:
    """Self-assessments not submitted, of open rounds that close within a week, not reminded since their last day for it.

    Whoever was asked less than a day ago has just had a mail.
    """
    rows = SelfAssessment.objects.filter(
        state__in=[AssessmentState.NOT_STARTED, AssessmentState.DRAFT],
        round__state=RoundState.OPEN,
        round__opens_on__lte=today,
        round__closes_on__gte=today,
        round__closes_on__lte=today + dt.timedelta(days=max(DAYS)),
        created_at__lt=timezone.now() - dt.timedelta(days=1),
    )
    return [
        row for row in rows.select_related("site", "round").order_by("pk") if _is_due(row, today)
    ]


def _is_due(row: SelfAssessment, today: dt.date) -> bool:
    left = (row.round.closes_on - today).days
    since = row.round.closes_on - dt.timedelta(days=min(days for days in DAYS if left <= days))
    return row.reminded_at is None or london_date(row.reminded_at) < since
