"""Mails to site leads: a round has opened, and a self-assessment is not submitted yet."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership, Person
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications.services import send_many
from hubapp.problems import Refused
from hubapp.workdays import london_date
from maturity.enums import AssessmentState, RoundState
from maturity.models import SelfAssessment
from maturity.queries.reminders import reminders_due

WAITING = (AssessmentState.NOT_STARTED, AssessmentState.DRAFT)


def tell_opened(rows: Sequence[SelfAssessment]) -> int:
    """Mail the leads of these sites that a round waits for them, inside the caller's transaction.

    Each lead once for each self-assessment; returns how many mails are new.
    """
    leads = _leads({row.site_id for row in rows})
    return send_many(
        "maturity.opened",
        [
            (person, f"maturity-opened:{row.ref}:{person.ref}", {"assessment": row.ref})
            for row in rows
            for person in leads[row.site_id]
        ],
    )


@transaction.atomic
def remind(*, assessment: SelfAssessment, by: Actor) -> int:
    """Mail the site's leads that it is not submitted yet; at most once a day. Returns how many mails are new.

    :raises Refused: submitted or left, the round is not open, or they were reminded today
    """
    now = instants.now()
    if assessment.state not in WAITING:
        raise Refused(f"{assessment.site} does not need a reminder: it has submitted or left.")
    if assessment.round.state != RoundState.OPEN:
        raise Refused("This round is not open.")
    if assessment.reminded_at and london_date(assessment.reminded_at) == london_date(now):
        raise Refused(f"{assessment.site} was reminded today already.")
    # Of two at one moment, one finds the other's. The version stays: nothing that anybody wrote has changed.
    claimed = SelfAssessment.objects.filter(
        pk=assessment.pk, state__in=WAITING, reminded_at=assessment.reminded_at
    ).update(reminded_at=now)
    if not claimed:
        raise Refused(f"{assessment.site} was reminded or has submitted just now.")
    assessment.reminded_at = now
    with events.operation():
        sent = send_many(
            "maturity.reminder",
            [
                (
                    person,
                    f"maturity-reminder:{assessment.ref}:{london_date(now)}:{person.ref}",
                    {"assessment": assessment.ref},
                )
                for person in _leads({assessment.site_id})[assessment.site_id]
            ],
            site_id=assessment.site_id,
        )
        events.record(
            "self_assessment.reminded", by=by, subject=assessment, changes={"mails": sent}
        )
    return sent


def remind_due(*, by: Actor, today: dt.date | None = None) -> int:
    """Remind whoever has not submitted, 7 and 2 days before a round closes; returns how many sites.

    Found by query, so that a day on which nothing ran is made up for; running it twice reminds once.
    """
    done = 0
    for row in reminders_due(today or london_date(instants.now())):
        try:
            remind(assessment=row, by=by)
            done += 1
        except Refused:
            # Submitted, or reminded by the coordinator, since it was read.
            continue
    return done


def _leads(site_ids: Iterable[int]) -> dict[int, list[Person]]:
    """Whom to write to at each site."""
    found: dict[int, list[Person]] = defaultdict(list)
    rows = Membership.objects.filter(
        site_id__in=list(site_ids), role=Role.SITE_LEAD, ended_at=None, user__is_active=True
    ).select_related("user__person")
    for row in rows.order_by("pk"):
        found[row.site_id].append(row.user.person)
    return found
