"""Mail that comes in: matched to its idea, taken once, and not answered by a program.

But for one thing: a submitter whose file was not taken in is told, a few times a day at most,
at the address that the idea has. Nobody else is, and what a program wrote is never answered,
so that nothing leaks and nothing loops.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.models import Person
from hubapp import events, instants
from hubapp.actors import Actor, link
from hubapp.notifications import send_later
from hubapp.notifications.models import Delivery
from portfolio import inbound, links
from portfolio.enums import MailOutcome, State
from portfolio.models import Innovation, Message, Note, ReceivedMail
from portfolio.models.submission import LONG_TEXT
from portfolio.safefiles import MAX_FILES, NotTaken, SafeFile, check, clean_name
from portfolio.services import attachments, messages, notes

logger = logging.getLogger(__name__)

# How long a mail that comes again is known, and counts are kept. What became a message or note is
# known for ever.
KEPT = dt.timedelta(days=90)
# The mail to a submitter whose file was not taken, and how many of them in a day one person gets.
LEFT_OUT = "portfolio.left_out"
TOLD_A_DAY = 3
# What the hub reads beside what was left out.
TOLD = "Whoever sent it is told."
NO_TEXT = "There is no text in this mail."
TOO_LARGE = (
    "A mail came that is too large to take in. Ask whoever wrote it to send it in smaller parts."
)


def receive(
    *, raw: bytes, by: Actor, recipients: Iterable[str] = (), sender: str | None = None
) -> list[ReceivedMail]:
    """Take one mail in. Taken again, it does nothing and gives the same rows.

    From the submitter's own address it is their message, and the clock that
    waited for it runs again; they are told of files that were not taken. From
    another it is a note that waits for somebody to look. What a program wrote
    and what is for no idea of ours is counted, and nothing else.

    :param raw: the mail as it came
    :param recipients: addresses it was for, where the mail server names them
    :param sender: the envelope's sender, where the mail server names it; empty for bounces
    :returns: one row for each idea it was for, or one that says why it is for none
    """
    try:
        mail = inbound.read(raw, recipients=recipients, sender=sender)
    except inbound.Unreadable:
        key = hashlib.sha256(raw).hexdigest()
        return [_count(key, MailOutcome.UNREADABLE, by=by)]
    refs = links.innovations_named_by(mail.recipients)
    found = (
        Innovation.objects.filter(ref__in=refs)
        .exclude(state=State.UNDONE)
        .exclude(submission=None)
        .select_related("site", "submission__submitter")
        .order_by("pk")
    )
    taken = [_take(mail, innovation, by) for innovation in found]
    return taken or [_count(mail.key, MailOutcome.UNKNOWN, by=by)]


def _take(mail: inbound.Incoming, innovation: Innovation, by: Actor) -> ReceivedMail:
    key = hashlib.sha256(f"{mail.key}:{innovation.ref}".encode()).hexdigest()
    earlier = ReceivedMail.objects.filter(key=key).first()
    if earlier:
        return earlier
    if mail.is_automatic:
        return _count(key, MailOutcome.AUTOMATIC, by=by, innovation=innovation)
    # Taken in so long ago that its row was deleted: what it became is still there.
    once = f"{innovation.ref}:mail-{mail.key}"
    if Message.objects.filter(once_key=once).exists():
        return _count(key, MailOutcome.MESSAGE, by=by, innovation=innovation)
    if Note.objects.filter(once_key=once).exists():
        return _count(key, MailOutcome.HELD, by=by, innovation=innovation)
    files, refused = _look_at(mail.files)
    attachments.put(site=innovation.site, files=files)
    outcome = _outcome(mail, innovation)
    try:
        with transaction.atomic(), events.operation():
            row = _row(key, outcome, innovation)
            row.save()
            sentences = [*mail.left_out, *refused]
            told = _is_theirs(mail, innovation) and bool(refused or mail.is_too_large)
            told = told and _may_be_told(innovation)
            remark = "\n".join([*sentences, *([TOLD] if told else [])])[:4000]
            if outcome == MailOutcome.MESSAGE:
                about = {"message": _write(mail, innovation, files, remark).ref}
            else:
                about = {"note": _hold(mail, innovation, files, remark, by).ref}
            if told:
                _tell_sender(mail, innovation, about)
            _tell(row, by)
    except IntegrityError:
        # Another process took the same mail in at this moment.
        return ReceivedMail.objects.get(key=key)
    return row


def _outcome(mail: inbound.Incoming, innovation: Innovation) -> MailOutcome:
    if (
        _is_theirs(mail, innovation)
        and not mail.is_too_large
        and innovation.state != State.WITHDRAWN
    ):
        return MailOutcome.MESSAGE
    return MailOutcome.HELD


def _is_theirs(mail: inbound.Incoming, innovation: Innovation) -> bool:
    """Whether it came from the address that the idea has."""
    submission = innovation.submission
    person = submission.submitter if submission else None
    return bool(person and person.email and person.email.casefold() == mail.sender.casefold())


def _may_be_told(innovation: Innovation) -> bool:
    """Whether the submitter is told once more: so often in a day, in case a program writes and hides it."""
    if innovation.state == State.WITHDRAWN:
        return False
    assert innovation.submission is not None
    lately = Delivery.objects.filter(
        kind=LEFT_OUT,
        recipient_id=innovation.submission.submitter_id,
        created_at__gt=instants.now() - dt.timedelta(days=1),
    )
    return lately.count() < TOLD_A_DAY


def _tell_sender(mail: inbound.Incoming, innovation: Innovation, about: dict[str, str]) -> None:
    """One answer to one mail, for however many ideas it was."""
    assert innovation.submission is not None
    send_later(
        LEFT_OUT,
        to=innovation.submission.submitter,
        key=f"left-out:{mail.key}",
        site_id=innovation.site_id,
        context=about,
    )


def _write(
    mail: inbound.Incoming, innovation: Innovation, files: Sequence[SafeFile], remark: str
) -> Message:
    assert innovation.submission is not None
    return messages.write_to_hub(
        innovation=innovation,
        body=_body(mail),
        # As on their page: whoever holds what was sent to the submitter.
        by=link(innovation.submission.ref),
        once_key=f"mail-{mail.key}",
        files=files,
        mail=messages.Mailed(mail.message_id, _whole(mail), remark),
    )


def _hold(
    mail: inbound.Incoming,
    innovation: Innovation,
    files: Sequence[SafeFile],
    remark: str,
    by: Actor,
) -> Note:
    note = Note(
        body=TOO_LARGE if mail.is_too_large else _body(mail),
        once_key=f"mail-{mail.key}",
        sender=_person(mail),
        mail_id=mail.message_id,
        whole_text=_whole(mail),
        remark=remark,
    )
    note = notes.hold_mail(innovation=innovation, note=note, by=by)
    if files:
        attachments.attach(innovation=innovation, files=files, note=note, by=by)
    return note


def _person(mail: inbound.Incoming) -> Person | None:
    """Whose address it came from; names and addresses live nowhere else."""
    try:
        validate_email(mail.sender)
    except ValidationError:
        return None
    person = Person(email=mail.sender[:254], name=mail.sender_name[:200])
    person.full_clean(validate_constraints=False)
    person.save()
    return person


def _body(mail: inbound.Incoming) -> str:
    """What they wrote, cut where a message ends."""
    body = mail.answer.strip() or NO_TEXT
    if len(body) <= LONG_TEXT:
        return body
    cut = "\n\n(The rest is in the whole mail.)"
    return body[: LONG_TEXT - len(cut)] + cut


def _whole(mail: inbound.Incoming) -> str:
    """All of its text, where that is more than what they wrote."""
    return "" if mail.text.strip() == _body(mail) else mail.text


def _look_at(files: Sequence[inbound.File]) -> tuple[list[SafeFile], list[str]]:
    """The files of a mail that are taken, and a sentence for each that is not."""
    taken: list[SafeFile] = []
    refused: list[str] = []
    for file in files:
        if len(taken) == MAX_FILES:
            refused.append(
                f"“{clean_name(file.name)}” was left out: at most {MAX_FILES} files are taken at once."
            )
            continue
        try:
            taken.append(check(file.name, file.data))
        except NotTaken as sentence:
            refused.append(f"A file was left out. {sentence}")
    return taken, refused


def _row(key: str, outcome: MailOutcome, innovation: Innovation | None) -> ReceivedMail:
    return ReceivedMail(
        key=key,
        outcome=outcome,
        at=instants.now(),
        site_id=innovation.site_id if innovation else None,
        innovation=innovation,
    )


@transaction.atomic
def _count(
    key: str, outcome: MailOutcome, *, by: Actor, innovation: Innovation | None = None
) -> ReceivedMail:
    """Note that a mail came, and do nothing else."""
    row = _row(key, outcome, innovation)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return ReceivedMail.objects.get(key=key)
    _tell(row, by)
    return row


def _tell(row: ReceivedMail, by: Actor) -> None:
    # No address, no subject: logs are read by others than the desk.
    logger.info("mail came in: %s", row.outcome)
    events.record(
        "mail.received",
        by=by,
        subject=row,
        changes={
            "outcome": str(row.outcome),
            "innovation": row.innovation.ref if row.innovation else None,
        },
    )


def tidy(*, now: dt.datetime | None = None) -> int:
    """Forget mails that came long ago; returns how many."""
    now = now or instants.now()
    return ReceivedMail.objects.filter(at__lt=now - KEPT).delete()[0]
