"""Notes that only the team sees, and mails from other addresses, which are notes until somebody looks."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused
from portfolio.enums import MailState, State
from portfolio.models import Attachment, Innovation, Message, Note
from portfolio.safefiles import SafeFile
from portfolio.services import attachments, messages

LOOKED_AT = "Somebody has looked at this mail already."


def add(
    *,
    innovation: Innovation,
    body: str,
    by: Actor,
    once_key: str | None = None,
    files: Sequence[SafeFile | Attachment] = (),
) -> Note:
    """Write something down that the team reads and nobody else.

    It is no message: it goes into no mail, onto no page of the submitter's and
    into no number.

    :raises Refused: nothing written
    """
    attachments.put(site=innovation.site, files=files)
    with transaction.atomic(), events.operation():
        note = Note(body=body, once_key=once_key)
        if not _save(innovation, note, by):
            return Note.objects.get(once_key=note.once_key)
        if files:
            attachments.attach(innovation=innovation, files=files, note=note, by=by)
    return note


def hold_mail(*, innovation: Innovation, note: Note, by: Actor) -> Note:
    """Keep a mail whose sender is not the submitter as a note that waits for somebody to look.

    :param note: not saved yet: its texts, sender and what was left out
    """
    with transaction.atomic():
        note.mail_state = MailState.HELD
        if not _save(innovation, note, by):
            return Note.objects.get(once_key=note.once_key)
    return note


def _save(innovation: Innovation, note: Note, by: Actor) -> bool:
    """Store the note with its event; False where its key is taken."""
    if not note.body.strip():
        raise Refused("Write a note first.")
    note.site_id, note.innovation = innovation.site_id, innovation
    note.body, note.at = note.body.strip(), instants.now()
    note.actor_kind, note.actor_ref = by.kind, by.ref
    note.once_key = f"{innovation.ref}:{note.once_key}"[:80] if note.once_key else None
    note.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            note.save()
    except IntegrityError:
        return False
    Innovation.objects.filter(pk=innovation.pk).update(updated_at=note.at)
    events.record(
        "note.added",
        by=by,
        subject=note,
        changes={"innovation": innovation.ref, "mail": bool(note.mail_state)},
    )
    return True


@transaction.atomic
def accept_mail(*, note: Note, by: Actor) -> Message:
    """It was the submitter, writing from another address: what they wrote becomes their message.

    A clock that waited for it runs again, as if they had written on their page.

    :raises Refused: looked at already, or the idea was withdrawn
    """
    if note.innovation.state == State.WITHDRAWN:
        raise Refused("The submitter took this idea back: keep the mail as a note.")
    with events.operation():
        _settle(note, MailState.ACCEPTED, by)
        message = messages.write_to_hub(
            innovation=note.innovation,
            body=note.body,
            by=by,
            once_key=f"note-{note.ref}",
            mail=messages.Mailed(
                mail_id=note.mail_id,
                whole_text=note.whole_text,
                remark="\n".join(
                    filter(None, ["It came from another address.", note.remark.strip()])
                ),
            ),
        )
        files = list(Attachment.objects.filter(note=note, removed_at=None))
        if files:
            attachments.share(attachments=files, message=message, by=by)
    return message


@transaction.atomic
def keep_mail(*, note: Note, by: Actor) -> Note:
    """It was somebody else: it stays a note.

    :raises Refused: looked at already
    """
    _settle(note, MailState.KEPT, by)
    return note


def _settle(note: Note, state: MailState, by: Actor) -> None:
    if not Note.objects.filter(pk=note.pk, mail_state=MailState.HELD).update(mail_state=state):
        raise Refused(LOOKED_AT)
    note.mail_state = state
    events.record(
        "note.mail_settled",
        by=by,
        subject=note,
        changes={"mail_state": [MailState.HELD.value, state.value]},
    )
