"""Messages with the submitter, both ways."""

from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications import send_later
from hubapp.problems import Refused
from hubapp.workdays import london_date
from portfolio.enums import Direction, MoveReason, State
from portfolio.models import Innovation, Message
from portfolio.services.decisions import resume


@transaction.atomic
def write_to_submitter(
    *, innovation: Innovation, body: str, by: Actor, once_key: str | None = None
) -> Message:
    """Hub staff write to whoever sent the idea; it is on their page and in their mail.

    :raises Refused: nothing written, or nobody to write to
    """
    submission = innovation.submission
    if submission is None or submission.submitter is None or not submission.submitter.email:
        raise Refused("There is no address to write to for this idea.")
    message, created = _add(innovation, Direction.TO_SUBMITTER, body, by, once_key)
    if created:
        send_later(
            "portfolio.message",
            to=submission.submitter,
            key=f"message:{message.ref}",
            site_id=innovation.site_id,
            context={"message": message.ref},
        )
    return message


def acknowledgement_words(innovation: Innovation) -> str:
    """The standard words that say a person has looked: what happens next, and by when."""
    when = (
        f" You will hear what we decide by {innovation.due_on.day} {innovation.due_on:%B %Y}."
        if innovation.due_on
        else ""
    )
    return f"Thank you for “{innovation.title}”. We have read it and are looking into it.{when}"


@transaction.atomic
def acknowledge(
    *, innovation: Innovation, by: Actor, words: str = "", once_key: str | None = None
) -> Message:
    """Tell the submitter that somebody has looked; the standard words unless others are given.

    :raises Refused: acknowledged already, not waiting for a decision, or nobody to write to
    """
    if innovation.acknowledged_on:
        raise Refused("Somebody at the hub has written to the submitter already.")
    if not innovation.is_in_triage:
        raise Refused(
            f"This idea is not waiting for a decision: {innovation.get_state_display().lower()}."
        )
    return write_to_submitter(
        innovation=innovation,
        body=words.strip() or acknowledgement_words(innovation),
        by=by,
        once_key=once_key,
    )


@transaction.atomic
def write_to_hub(
    *, innovation: Innovation, body: str, by: Actor, once_key: str | None = None
) -> Message:
    """The submitter writes to the hub; if the hub was waiting for that, its clock runs again.

    A decision to ask that is still held has not reached the submitter, so it
    is not answered by what they write.

    :raises Refused: nothing written, or the idea was withdrawn
    """
    if innovation.state == State.WITHDRAWN:
        raise Refused("You withdrew this idea, so there is nobody to write to about it.")
    message, created = _add(innovation, Direction.FROM_SUBMITTER, body, by, once_key)
    if created and innovation.state == State.ASKED and not _ask_is_held(innovation):
        resume(innovation=innovation, by=by, reason=MoveReason.REPLY)
    return message


def _ask_is_held(innovation: Innovation) -> bool:
    last = innovation.decisions.order_by("-number").first()
    return bool(last and last.release_at and last.release_at > instants.now())


def _add(
    innovation: Innovation, direction: str, body: str, by: Actor, once_key: str | None
) -> tuple[Message, bool]:
    if not body.strip():
        raise Refused("Write a message first.")
    message = Message(
        site_id=innovation.site_id,
        innovation=innovation,
        direction=direction,
        body=body.strip(),
        at=instants.now(),
        actor_kind=by.kind,
        actor_ref=by.ref,
        once_key=f"{innovation.ref}:{once_key}"[:80] if once_key else None,
    )
    message.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            message.save()
    except IntegrityError:
        return Message.objects.get(once_key=message.once_key), False
    # Shown in lists as new since last looked at; not a change that others must reload for.
    rows = Innovation.objects.filter(pk=innovation.pk)
    rows.update(updated_at=message.at)
    if direction == Direction.TO_SUBMITTER and not innovation.acknowledged_on:
        today = london_date(message.at)
        rows.filter(acknowledged_on=None).update(acknowledged_on=today)
        innovation.acknowledged_on = today
    events.record(
        "message.added",
        by=by,
        subject=message,
        changes={"direction": direction, "innovation": innovation.ref},
    )
    return message, True
