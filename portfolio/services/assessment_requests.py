"""Asking particular members to assess an idea."""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.enums import ASSIGNABLE
from accounts.models import User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications import cancel, send_later
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import ENDED, LETS_READ, RequestState
from portfolio.models import AssessmentRequest, Innovation
from portfolio.queries.interests import has_interest
from portfolio.services.members import must_hold_a_role

CHANGED = "Somebody was quicker: look at what changed."
LONGEST_REASON = 1000


@transaction.atomic
def ask(
    *,
    innovation: Innovation,
    assessor: User,
    by: Actor,
    due_on: dt.date | None = None,
    mails: bool = True,
) -> AssessmentRequest:
    """Ask a member to assess an idea. From then on they may read it, a confidential one too.

    They get one mail that says so, unless they ask themselves. Asking again while it is open
    changes the day alone, and sends nothing.

    :param mails: False where many are asked of one person at once, who finds them in their work
        and the daily mail

    :raises Refused: the idea is closed, a day in the past, they could not open it,
        or they declared an interest in it
    :raises Stale: somebody else asked them at the same moment
    """
    if innovation.state in ENDED:
        raise Refused(
            f"This idea can no longer be assessed: {innovation.get_state_display().lower()}."
        )
    now = instants.now()
    if due_on and due_on < london_date(now):
        raise Refused("The day by which they should answer has passed.")
    must_hold_a_role(assessor, site_id=innovation.site_id, roles=ASSIGNABLE)
    if has_interest(assessor.pk, innovation):
        raise Refused(f"{assessor} declared an interest in this idea, so somebody else has to.")
    known = AssessmentRequest.objects.filter(
        innovation=innovation, assessor=assessor, state=RequestState.ASKED
    ).first()
    if known:
        if known.due_on != due_on:
            _change(known, {"due_on": due_on})
            events.record(
                "assessment_request.changed",
                by=by,
                subject=known,
                changes={"due_on": str(due_on or "")},
            )
        return known
    request = AssessmentRequest(
        site_id=innovation.site_id,
        innovation=innovation,
        assessor=assessor,
        due_on=due_on,
        asked_at=now,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    events.record(
        "assessment_request.made",
        by=by,
        subject=request,
        changes={
            "innovation": innovation.ref,
            "assessor": assessor.ref,
            "due_on": str(due_on or ""),
        },
    )
    if mails and by.user_id != assessor.pk:
        send_later(
            "portfolio.assess",
            to=assessor.person,
            key=_mail_key(request),
            site_id=request.site_id,
            context={"request": request.ref},
        )
    return request


def _mail_key(request: AssessmentRequest) -> str:
    return f"assess:{request.ref}"


@transaction.atomic
def ask_several(
    *,
    innovation: Innovation,
    assessors: Iterable[User],
    by: Actor,
    due_on: dt.date | None = None,
) -> list[AssessmentRequest]:
    """Ask several members at once: all, or nobody if one is refused.

    :raises Refused: as :func:`ask`
    :raises Stale: as :func:`ask`
    """
    with events.operation():
        return [
            ask(innovation=innovation, assessor=assessor, due_on=due_on, by=by)
            for assessor in assessors
        ]


@transaction.atomic
def decline(*, request: AssessmentRequest, reason: str, by: Actor) -> AssessmentRequest:
    """The assessor says that they will not, and why.

    :raises Refused: no reason, one too long, or nothing is open
    :raises Stale: it was closed in the meantime
    """
    reason = reason.strip()
    if not reason:
        raise Refused("Enter why you cannot assess it.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"Your reason must be {LONGEST_REASON:,} characters or fewer.")
    return _close(request, RequestState.DECLINED, by, reason=reason)


@transaction.atomic
def withdraw(*, request: AssessmentRequest, by: Actor) -> AssessmentRequest:
    """Take the question back: the assessor need not, and may no longer read what only this let them.

    :raises Refused: nothing is open
    :raises Stale: it was closed in the meantime
    """
    return _close(request, RequestState.WITHDRAWN, by)


def held(*, user_id: int, site_id: int) -> QuerySet[AssessmentRequest]:
    """What somebody was asked to assess at a site and has not done."""
    return AssessmentRequest.objects.filter(
        assessor_id=user_id, site_id=site_id, state=RequestState.ASKED
    ).exclude(innovation__state__in=ENDED)


@transaction.atomic
def reassign(*, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor) -> int:
    """Take back all that somebody was asked at a site, and ask somebody else, or nobody; returns how many.

    Whoever declared an interest, or was asked already, is not asked.

    :raises Refused: whoever gets it could not open it
    """
    if from_user_id == to_user_id:
        return 0
    successor = User.objects.get(pk=to_user_id) if to_user_id is not None else None
    requests = list(held(user_id=from_user_id, site_id=site_id).select_related("innovation"))
    today = london_date(instants.now())
    for request in requests:
        withdraw(request=request, by=by)
        if successor is None or has_interest(successor.pk, request.innovation):
            continue
        asked = AssessmentRequest.objects.filter(
            innovation=request.innovation, assessor=successor, state__in=LETS_READ
        )
        if asked.exists():
            continue
        due_on = request.due_on if request.due_on and request.due_on >= today else None
        ask(innovation=request.innovation, assessor=successor, due_on=due_on, by=by, mails=False)
    return len(requests)


@transaction.atomic
def settle(*, innovation: Innovation, assessor: User, by: Actor) -> None:
    """What this person was asked about the idea is done. Nothing where nothing is open."""
    for request in AssessmentRequest.objects.filter(
        innovation=innovation, assessor=assessor, state=RequestState.ASKED
    ):
        _close(request, RequestState.DONE, by)


def _close(
    request: AssessmentRequest, state: str, by: Actor, *, reason: str = ""
) -> AssessmentRequest:
    if request.state != RequestState.ASKED:
        raise Refused(f"This is closed already: {request.get_state_display().lower()}.")
    _change(request, {"state": state, "closed_at": instants.now(), "reason": reason})
    # One that has not left yet is no longer wanted.
    cancel(key=_mail_key(request))
    events.record(f"assessment_request.{state}", by=by, subject=request)
    return request


def _change(request: AssessmentRequest, columns: dict) -> None:
    columns = {**columns, "version": request.version + 1}
    if not AssessmentRequest.objects.filter(pk=request.pk, version=request.version).update(
        **columns
    ):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(request, name, value)
