"""Deciding, undoing within ten minutes, and taking up again."""

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications import cancel, send_later
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import CHOICES, STATE_AFTER, DecisionKind, MoveReason, State
from portfolio.models import Decision, Innovation
from portfolio.queries.resources import offered_reason
from portfolio.services.moves import CHANGED, move

SENT = "The answer has been sent, so it can no longer be undone."


def mail_key(decision: Decision) -> str:
    """The key of the mail that tells the submitter."""
    return f"decision:{decision.ref}"


@transaction.atomic
def decide(
    *,
    innovation: Innovation,
    kind: str,
    reason_code: str,
    words: str,
    by: Actor,
    next_step: str = "",
    version: int | None = None,
) -> Decision:
    """Take forward, ask for more or decline; the submitter's mail is held ten minutes.

    :param version: the innovation's version on the page that was decided from
    :raises Refused: not waiting for a decision, no such reason, or no words
    :raises Stale: somebody changed the innovation since
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if kind not in CHOICES:
        raise Refused("Choose to take it forward, to ask for more or to decline.")
    if not innovation.is_in_triage:
        raise Refused(
            f"This idea is not waiting for a decision: {innovation.get_state_display().lower()}."
        )
    if kind == DecisionKind.ASK and innovation.state == State.ASKED:
        raise Refused("You are waiting for the submitter already. Write a message instead.")
    reason = offered_reason(innovation, kind=kind, code=reason_code)
    if reason is None:
        raise Refused("Choose one of the reasons.")
    if not words.strip():
        raise Refused("Write what the submitter will read.")
    now = instants.now()
    decision = _add(
        innovation,
        Decision(
            kind=kind,
            reason_code=reason.code,
            reason_label=reason.label,
            words=words.strip(),
            next_step=next_step.strip(),
            release_at=now + dt.timedelta(minutes=settings.DECISION_HOLD_MINUTES),
        ),
        now,
        by,
    )
    before = innovation.state
    move(
        innovation,
        to_state=STATE_AFTER[DecisionKind(kind)],
        reason=MoveReason.DECISION,
        by=by,
        at=now,
        decision=decision,
    )
    events.record(
        "innovation.decided",
        by=by,
        subject=innovation,
        changes={
            "kind": kind,
            "reason": reason.code,
            "state": [before, innovation.state],
            "decision": decision.ref,
        },
    )
    submission = innovation.submission
    if submission and submission.submitter:
        send_later(
            "portfolio.decision",
            to=submission.submitter,
            key=mail_key(decision),
            site_id=innovation.site_id,
            context={"decision": decision.ref},
            available_at=decision.release_at,
        )
    return decision


def can_undo(decision: Decision, *, now: dt.datetime | None = None) -> bool:
    """Whether a decision may still be undone: it is held, and nothing happened to the idea since."""
    if decision.kind == DecisionKind.UNDO or decision.release_at is None:
        return False
    if (now or instants.now()) >= decision.release_at:
        return False
    last = decision.innovation.moves.order_by("-number").first()
    return (
        last is not None and last.decision_id == decision.pk and last.reason == MoveReason.DECISION
    )


@transaction.atomic
def undo(*, decision: Decision, by: Actor) -> Decision:
    """Reverse a decision whose mail is still held, by a row of its own; the mail will not leave.

    :raises Refused: too late, undone already, or something happened since
    """
    innovation = decision.innovation
    now = instants.now()
    if decision.release_at is None or decision.kind == DecisionKind.UNDO:
        raise Refused("This cannot be undone.")
    if Decision.objects.filter(reverses=decision).exists():
        raise Refused("This decision was undone already.")
    if now >= decision.release_at:
        raise Refused(SENT)
    if not can_undo(decision, now=now):
        raise Refused(
            "Something has happened to this idea since, so the decision can no longer be undone."
        )
    # Looked at by the clock a moment ago; the mail itself knows whether it is leaving.
    if not cancel(key=mail_key(decision)):
        raise Refused(SENT)
    moved = decision.moves.get(reason=MoveReason.DECISION)
    reversal = _add(innovation, Decision(kind=DecisionKind.UNDO, reverses=decision), now, by)
    move(
        innovation,
        to_state=moved.from_state,
        reason=MoveReason.UNDO,
        by=by,
        at=now,
        decision=reversal,
    )
    events.record(
        "innovation.decision_undone",
        by=by,
        subject=innovation,
        changes={
            "kind": decision.kind,
            "state": [moved.to_state, moved.from_state],
            "decision": decision.ref,
        },
    )
    return reversal


@transaction.atomic
def resume(*, innovation: Innovation, by: Actor, reason: str = MoveReason.RESUMED) -> Innovation:
    """Stop waiting for the submitter: the clock runs again, its due date later by the days it stood.

    :raises Refused: it was not waiting for the submitter
    """
    if innovation.state != State.ASKED:
        raise Refused("This idea is not waiting for the submitter.")
    move(innovation, to_state=State.WAITING, reason=reason, by=by)
    events.record("innovation.resumed", by=by, subject=innovation, changes={"reason": reason})
    return innovation


def _add(innovation: Innovation, decision: Decision, now: dt.datetime, by: Actor) -> Decision:
    """Number and store a decision; of two people who press at once, the second gets :class:`Stale`."""
    decision.site_id = innovation.site_id
    decision.innovation = innovation
    decision.number = Decision.objects.filter(innovation=innovation).count() + 1
    decision.made_at, decision.made_on = now, london_date(now)
    decision.actor_kind, decision.actor_ref = by.kind, by.ref
    decision.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            decision.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    return decision
