"""Deciding, undoing, taking up again, and following up what was decided."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.models import Organisation, Person
from hubapp import events, instants
from hubapp.actors import Actor, ActorKind
from hubapp.notifications import cancel, send_later
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import (
    CHOICES,
    STATE_AFTER,
    STOPPED,
    TAKES_MERGES,
    DecisionKind,
    FollowUpOutcome,
    MoveReason,
    State,
)
from portfolio.models import Decision, FollowUp, Innovation
from portfolio.queries.history import acknowledged_on
from portfolio.queries.interests import interests_standing
from portfolio.queries.merges import merged_into_this
from portfolio.queries.resources import offered_reason
from portfolio.services import needs, news
from portfolio.services.interests import must_have_none
from portfolio.services.moves import CHANGED, change, move

SENT = "The answer has been sent, so it can no longer be undone."


class Details(TypedDict, total=False):
    """What some kinds of decision need beside reason and words."""

    # Decline, signpost, park: what would change the answer.
    would_change: str
    # Signpost: to whom; the mail that introduces, if somebody there is named; when to ask what came of it.
    organisation: Organisation | None
    contact_email: str
    contact_name: str
    introduction: str
    follow_up_on: dt.date | None
    # Park: until a day, until something happens, or both.
    until_on: dt.date | None
    until_what: str
    # Merge: the idea that goes on.
    into: Innovation | None


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
    **details: Unpack[Details],
) -> Decision:
    """Answer an idea, or ask for more; every mail about it is held ten minutes.

    :param version: the innovation's version on the page that was decided from
    :param details: what this kind needs, see :class:`Details`; what it does not use is ignored
    :raises Refused: not waiting for a decision, no such reason, no words, something that the kind needs
        is missing, or ``by`` has declared an interest
    :raises Stale: somebody changed the innovation, or the one it is merged into, since
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if kind not in CHOICES:
        raise Refused("Choose one of the decisions.")
    if not innovation.is_in_triage:
        raise Refused(
            f"This idea is not waiting for a decision: {innovation.get_state_display().lower()}."
        )
    if kind == DecisionKind.ASK and innovation.state == State.ASKED:
        raise Refused("You are waiting for the submitter already. Write a message instead.")
    must_have_none(innovation, by.user_id, "decide")
    reason = offered_reason(innovation, kind=kind, code=reason_code)
    if reason is None:
        raise Refused("Choose one of the reasons.")
    if not words.strip():
        raise Refused("Write what the submitter will read.")
    now = instants.now()
    particulars = _particulars(innovation, kind, details, london_date(now), by)
    decision = _add(
        innovation,
        Decision(
            kind=kind,
            reason_code=reason.code,
            reason_label=reason.label,
            words=words.strip(),
            next_step=next_step.strip(),
            release_at=now + dt.timedelta(minutes=settings.DECISION_HOLD_MINUTES),
            interests=[
                {"interest": row.ref, "nature": row.nature, "user": row.user.ref}
                for row in interests_standing(innovation)
            ],
            no_conflict=True if by.kind == ActorKind.USER else None,
            **particulars,
        ),
        now,
        by,
    )
    before = innovation.state
    into = decision.into
    # Of two merges that cross, neither waits for the other while the other waits for it: both
    # write the older idea first.
    into_first = into is not None and into.pk < innovation.pk
    if into is not None and into_first:
        # Raises the other's version: of two merges that cross, or a decision on it, one is stale.
        change(into)
    move(
        innovation,
        to_state=STATE_AFTER[DecisionKind(kind)],
        reason=MoveReason.DECISION,
        by=by,
        at=now,
        decision=decision,
        parked_until=decision.until_on,
        follow_up_on=decision.follow_up_on,
        merged_into_id=decision.into_id,
        acknowledged_on=innovation.acknowledged_on or decision.made_on,
    )
    news.look_again([innovation.pk])
    with events.operation():
        events.record(
            "innovation.decided",
            by=by,
            subject=innovation,
            changes={
                "kind": kind,
                "reason": reason.code,
                "state": [before, innovation.state],
                "decision": decision.ref,
                **({"into": decision.into.ref} if decision.into else {}),
            },
        )
        if into is not None:
            if not into_first:
                change(into)
            events.record(
                "innovation.took_in",
                by=by,
                subject=into,
                changes={"innovation": innovation.ref, "decision": decision.ref},
            )
            needs.hand_on(merge=decision, by=by)
    _tell(decision)
    return decision


def _particulars(
    innovation: Innovation, kind: str, details: Details, today: dt.date, by: Actor
) -> dict[str, Any]:
    """The columns of a decision of this kind.

    :raises Refused: something that the kind needs is missing or impossible
    """
    columns: dict[str, Any] = {}
    if kind in (DecisionKind.DECLINE, DecisionKind.SIGNPOST, DecisionKind.PARK):
        columns["would_change"] = details.get("would_change", "").strip()
    if kind == DecisionKind.SIGNPOST:
        columns |= _signpost(details, today)
    elif kind == DecisionKind.PARK:
        until_on, until_what = details.get("until_on"), details.get("until_what", "").strip()
        if not until_on and not until_what:
            raise Refused("Say until when the idea is parked, or until what happens.")
        if until_on and until_on <= today:
            raise Refused("Park the idea until a day that is still to come.")
        columns |= {"until_on": until_on, "until_what": until_what}
    elif kind == DecisionKind.MERGE:
        columns["into"] = _target(innovation, details.get("into"), by)
    return columns


def _signpost(details: Details, today: dt.date) -> dict[str, Any]:
    organisation = details.get("organisation")
    if organisation is None:
        raise Refused("Choose the organisation that you point to.")
    email, introduction = (
        details.get("contact_email", "").strip(),
        details.get("introduction", "").strip(),
    )
    follow_up_on = details.get("follow_up_on")
    if follow_up_on and follow_up_on <= today:
        raise Refused("Choose a day to follow up that is still to come.")
    if introduction and not email:
        raise Refused("Enter the email address that the introduction goes to.")
    if email and not introduction:
        raise Refused("Write the introduction that is sent to them.")
    contact = None
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Refused(
                "Enter an email address in the correct format, like name@example.com."
            ) from error
        contact = Person(
            name=details.get("contact_name", "").strip()[:200],
            email=email,
            organisation_words=organisation.name[:200],
        )
        contact.full_clean(exclude=["ref"])
        contact.save()
    return {
        "organisation": organisation,
        "contact": contact,
        "introduction": introduction,
        "follow_up_on": follow_up_on,
    }


def _target(innovation: Innovation, into: Innovation | None, by: Actor) -> Innovation:
    if into is None:
        raise Refused("Choose the idea that goes on.")
    if into.site_id != innovation.site_id:
        raise Refused("Choose an idea of the same site.")
    if into.pk == innovation.pk:
        raise Refused("An idea cannot be merged into itself. Choose another one.")
    if into.state not in TAKES_MERGES:
        raise Refused(
            f"“{into.title}” cannot take another idea in: {into.get_state_display().lower()}."
        )
    must_have_none(into, by.user_id, "merge another idea into it")
    return into


# -- who is told ----------------------------------------------------------------


def mail_key(decision: Decision, about: Innovation | None = None) -> str:
    """The key of the mail that tells a submitter: of the idea itself, or of one that was merged into it."""
    if about is None or about.pk == decision.innovation_id:
        return f"decision:{decision.ref}"
    return f"decision:{decision.ref}:{about.ref}"


def _keys(decision: Decision, family: Iterable[Innovation]) -> list[str]:
    """The keys of every mail about a decision."""
    keys = [mail_key(decision), *(mail_key(decision, each) for each in family)]
    if decision.contact_id:
        keys.append(f"introduction:{decision.ref}")
    if decision.into:
        keys += [
            f"took-in:{decision.ref}:{each.ref}"
            for each in (decision.into, *merged_into_this(decision.into))
        ]
    return keys


def _tell(decision: Decision) -> None:
    """Hold the mails: to whoever sent the idea or one merged into it, to the contact of a signpost,
    and to whoever sent the idea that another was merged into."""
    innovation = decision.innovation
    for each in (innovation, *merged_into_this(innovation)):
        _to_submitter(
            each,
            "portfolio.decision",
            mail_key(decision, each),
            {"decision": decision.ref, "innovation": each.ref},
            decision.release_at,
        )
    if decision.contact:
        send_later(
            "portfolio.introduction",
            to=decision.contact,
            key=f"introduction:{decision.ref}",
            site_id=decision.site_id,
            context={"decision": decision.ref},
            available_at=decision.release_at,
        )
    if decision.into:
        family = {innovation.pk, *(each.pk for each in merged_into_this(innovation))}
        for each in (decision.into, *merged_into_this(decision.into)):
            if each.pk not in family:
                _to_submitter(
                    each,
                    "portfolio.took_in",
                    f"took-in:{decision.ref}:{each.ref}",
                    {"decision": decision.ref, "innovation": each.ref},
                    decision.release_at,
                )


def _to_submitter(
    innovation: Innovation,
    kind: str,
    key: str,
    context: dict[str, str],
    available_at: dt.datetime | None = None,
) -> None:
    submission = innovation.submission
    if submission and submission.submitter:
        send_later(
            kind,
            to=submission.submitter,
            key=key,
            site_id=innovation.site_id,
            context=context,
            available_at=available_at,
        )


# -- undoing --------------------------------------------------------------------


def can_undo(decision: Decision, *, now: dt.datetime | None = None) -> bool:
    """Whether a decision may still be undone: it is held, and nothing happened to the idea since.

    A merge can be undone for as long as the idea stays merged.
    """
    if decision.kind == DecisionKind.UNDO or decision.release_at is None:
        return False
    if decision.kind != DecisionKind.MERGE and (now or instants.now()) >= decision.release_at:
        return False
    last = decision.innovation.moves.order_by("-number").first()
    return (
        last is not None and last.decision_id == decision.pk and last.reason == MoveReason.DECISION
    )


@transaction.atomic
def undo(*, decision: Decision, by: Actor, version: int | None = None) -> Decision:
    """Reverse a decision whose mail is still held, by a row of its own; the mail will not leave.

    Ideas that were merged can be separated at any time; who was told of the merge is told of that too.

    :raises Refused: too late, undone already, or something happened since
    :raises Stale: somebody changed the idea since
    """
    innovation = decision.innovation
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    now = instants.now()
    if decision.release_at is None or decision.kind == DecisionKind.UNDO:
        raise Refused("This cannot be undone.")
    if Decision.objects.filter(reverses=decision).exists():
        raise Refused("This decision was undone already.")
    is_merge = decision.kind == DecisionKind.MERGE
    if not is_merge and now >= decision.release_at:
        raise Refused(SENT)
    must_have_none(innovation, by.user_id, "undo a decision on it")
    if not can_undo(decision, now=now):
        raise Refused(
            "Something has happened to this idea since, so the decision can no longer be undone."
        )
    _take_back_mails(decision)
    moved = decision.moves.get(reason=MoveReason.DECISION)
    into = decision.into
    # As in deciding: the older of two ideas is written first.
    into_first = into is not None and into.pk < innovation.pk
    if into is not None and into_first:
        change(into)
    reversal = _add(innovation, Decision(kind=DecisionKind.UNDO, reverses=decision), now, by)
    move(
        innovation,
        to_state=moved.from_state,
        reason=MoveReason.UNDO,
        by=by,
        at=now,
        decision=reversal,
    )
    # The decision may have been the first that the submitter would have heard.
    innovation.acknowledged_on = acknowledged_on(innovation)
    Innovation.objects.filter(pk=innovation.pk).update(acknowledged_on=innovation.acknowledged_on)
    news.look_again([innovation.pk])
    with events.operation():
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
        if into is not None:
            if not into_first:
                change(into)
            events.record(
                "innovation.gave_back",
                by=by,
                subject=into,
                changes={"innovation": innovation.ref, "decision": decision.ref},
            )
            needs.take_back(merge=decision, by=by)
    return reversal


def _take_back_mails(decision: Decision) -> None:
    """Cancel what is held; tell of a separation whoever has read of the merge.

    :raises Refused: a mail has left, and the decision is no merge
    """
    innovation = decision.innovation
    family = merged_into_this(innovation)
    # Looked at by the clock a moment ago; the mails themselves know whether they are leaving.
    left = [key for key in _keys(decision, family) if not cancel(key=key)]
    if not left:
        return
    if decision.kind != DecisionKind.MERGE or decision.into is None:
        raise Refused(SENT)
    context = {"decision": decision.ref}
    told = {
        **{mail_key(decision, each): each for each in (innovation, *family)},
        **{
            f"took-in:{decision.ref}:{each.ref}": each
            for each in (decision.into, *merged_into_this(decision.into))
        },
    }
    for key, each in told.items():
        if key in left:
            _to_submitter(
                each, "portfolio.separated", f"separated:{key}", context | {"innovation": each.ref}
            )


# -- going on ---------------------------------------------------------------------


@transaction.atomic
def resume(*, innovation: Innovation, by: Actor, reason: str = MoveReason.RESUMED) -> Innovation:
    """Stop waiting: the clock runs again, its due date later by the days it stood.

    :raises Refused: it waited for nobody
    """
    if innovation.state not in STOPPED:
        raise Refused("This idea is not waiting for anybody.")
    before = innovation.state
    move(innovation, to_state=State.WAITING, reason=reason, by=by)
    events.record(
        "innovation.resumed",
        by=by,
        subject=innovation,
        changes={"reason": reason, "state": [before, innovation.state]},
    )
    return innovation


@transaction.atomic
def bring_back(*, innovation: Innovation, by: Actor, version: int | None = None) -> Innovation:
    """Take a parked idea up again: it waits for a decision, with as many days as any other.

    :raises Refused: it is not parked
    :raises Stale: somebody changed it since
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if innovation.state != State.PARKED:
        raise Refused("This idea is not parked.")
    last = innovation.decisions.order_by("-number").first()
    if last and last.release_at and last.release_at > instants.now():
        raise Refused("The answer that it is parked has not left yet. Undo that decision instead.")
    move(innovation, to_state=State.WAITING, reason=MoveReason.REENTRY, by=by)
    events.record("innovation.brought_back", by=by, subject=innovation)
    return innovation


def bring_back_due(*, by: Actor, today: dt.date | None = None, most: int = 500) -> int:
    """Bring back every idea that was parked until ``today`` or before; returns how many.

    Each in a transaction of its own: one that somebody changes at this moment is left for the next time.
    """
    today = today or london_date(instants.now())
    due = Innovation.objects.filter(parked_until__lte=today, state=State.PARKED)
    count = 0
    for innovation in due.order_by("parked_until", "pk")[:most]:
        try:
            bring_back(innovation=innovation, by=by)
        except (Refused, Stale):
            continue
        count += 1
    return count


@transaction.atomic
def follow_up(
    *,
    innovation: Innovation,
    outcome: str,
    by: Actor,
    note: str = "",
    again_on: dt.date | None = None,
    version: int | None = None,
) -> FollowUp:
    """Write down what became of a signpost.

    :param again_on: when to ask again; required with, and only with, no answer yet
    :raises Refused: it is not signposted, no such outcome, or no day to ask again
    :raises Stale: somebody changed the idea since
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if innovation.state != State.SIGNPOSTED:
        raise Refused("This idea is not signposted, so there is nothing to follow up.")
    if outcome not in FollowUpOutcome.values:
        raise Refused("Choose what became of it.")
    now = instants.now()
    if outcome == FollowUpOutcome.NO_ANSWER:
        if again_on is None or again_on <= london_date(now):
            raise Refused("Choose a day to ask again that is still to come.")
    else:
        again_on = None
    row = FollowUp(
        site_id=innovation.site_id,
        innovation=innovation,
        decision=innovation.decisions.filter(kind=DecisionKind.SIGNPOST).latest("number"),
        outcome=outcome,
        note=note.strip(),
        again_on=again_on,
        at=now,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    row.full_clean(exclude=["ref"])
    change(innovation, follow_up_on=again_on)
    row.save()
    events.record("innovation.followed_up", by=by, subject=innovation, changes={"outcome": outcome})
    return row


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
