"""Messages with the submitter, both ways."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.notifications import send_later
from hubapp.problems import Refused
from hubapp.workdays import london_date
from portfolio.enums import Direction, MoveReason, State
from portfolio.models import Attachment, Innovation, Message
from portfolio.placeholders import left_in
from portfolio.safefiles import SafeFile
from portfolio.services import attachments, news
from portfolio.services.decisions import resume


@dataclass(frozen=True, slots=True)
class Mailed:
    """What mail adds to a message: the hub sees it, and it is sent to nobody."""

    mail_id: str = ""
    whole_text: str = ""
    remark: str = ""


ACKNOWLEDGED = "Somebody at the hub has written to the submitter already."


def write_to_submitter(
    *,
    innovation: Innovation,
    body: str,
    by: Actor,
    once_key: str | None = None,
    files: Sequence[SafeFile | Attachment] = (),
) -> Message:
    """Hub staff write to whoever sent the idea; it is on their page and in their mail.

    :raises Refused: nothing written, nobody to write to, or a place of a template that nobody filled in
    """
    submission = innovation.submission
    if submission is None or submission.submitter is None or not submission.submitter.email:
        raise Refused("There is no address to write to for this idea.")
    for place in left_in(body):
        raise Refused(f"Write something in the place of {place}, or take it out.")
    attachments.put(site=innovation.site, files=files)
    with transaction.atomic(), events.operation():
        message, created = _add(innovation, Direction.TO_SUBMITTER, body, by, once_key)
        if created:
            if files:
                attachments.attach(innovation=innovation, files=files, message=message, by=by)
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
        raise Refused(ACKNOWLEDGED)
    if not innovation.is_in_triage:
        raise Refused(
            f"This idea is not waiting for a decision: {innovation.get_state_display().lower()}."
        )
    # Of two who press at one moment, one writes.
    waiting = Innovation.objects.filter(pk=innovation.pk, acknowledged_on=None)
    if not waiting.update(acknowledged_on=london_date(instants.now())):
        raise Refused(ACKNOWLEDGED)
    return write_to_submitter(
        innovation=innovation,
        body=words.strip() or acknowledgement_words(innovation),
        by=by,
        once_key=once_key,
    )


def write_to_hub(
    *,
    innovation: Innovation,
    body: str,
    by: Actor,
    once_key: str | None = None,
    files: Sequence[SafeFile] = (),
    mail: Mailed | None = None,
) -> Message:
    """The submitter writes to the hub; if the hub was waiting for that, its clock runs again.

    On their page or by mail, it is the same; ``mail`` is what mail brings besides.

    A decision to ask that is still held has not reached the submitter, so it
    is not answered by what they write.

    :raises Refused: nothing written, or the idea was withdrawn
    """
    if innovation.state == State.WITHDRAWN:
        raise Refused("You withdrew this idea, so there is nobody to write to about it.")
    attachments.put(site=innovation.site, files=files)
    with transaction.atomic(), events.operation():
        message, created = _add(innovation, Direction.FROM_SUBMITTER, body, by, once_key, mail)
        if created and files:
            attachments.attach(innovation=innovation, files=files, message=message, by=by)
        if created and innovation.state == State.ASKED and not _ask_is_held(innovation):
            resume(innovation=innovation, by=by, reason=MoveReason.REPLY)
    return message


def _ask_is_held(innovation: Innovation) -> bool:
    last = innovation.decisions.order_by("-number").first()
    return bool(last and last.release_at and last.release_at > instants.now())


def _add(
    innovation: Innovation,
    direction: str,
    body: str,
    by: Actor,
    once_key: str | None,
    mail: Mailed | None = None,
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
        mail_id=mail.mail_id if mail else "",
        whole_text=mail.whole_text if mail else "",
        remark=mail.remark[:4000] if mail else "",
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
    news.look_again([innovation.pk])
    events.record(
        "message.added",
        by=by,
        subject=message,
        changes={"direction": direction, "innovation": innovation.ref},
    )
    return message, True
