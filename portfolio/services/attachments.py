"""Files with an idea, its messages and notes: kept once at a site, handed out, removed with a reason."""

import hashlib
from collections.abc import Iterable, Sequence

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import Site
from hubapp import events, instants, outbox
from hubapp.actors import Actor
from hubapp.problems import Refused
from portfolio.enums import RemovalReason
from portfolio.models import Attachment, Innovation, Message, Note
from portfolio.safefiles import MAX_FILES, SafeFile

FORGET = "portfolio.forget_attachment"


def address_of(site: Site, digest: str) -> str:
    """Where bytes with this SHA-256 lie; apart from files to import, which are deleted by age."""
    return f"{site.code}/attached/{digest}"


def put(*, site: Site, files: Iterable[SafeFile | Attachment]) -> None:
    """Write the bytes of new files, those that are not there yet. Before a transaction: it may be slow."""
    for file in files:
        if isinstance(file, SafeFile):
            write(address_of(site, hashlib.sha256(file.data).hexdigest()), file.data)


def write(stored_as: str, data: bytes) -> None:
    """Keep bytes at an address that is made of their hash; those that are there already are left alone."""
    if default_storage.exists(stored_as):
        return
    saved_as = default_storage.save(stored_as, ContentFile(data))
    if saved_as != stored_as:
        # Somebody wrote the same bytes at the same moment, and storages keep both.
        default_storage.delete(saved_as)


def attach(
    *,
    innovation: Innovation,
    files: Sequence[SafeFile | Attachment],
    by: Actor,
    message: Message | None = None,
    note: Note | None = None,
) -> list[Attachment]:
    """Put files with a message, a note, or (neither given) the idea itself.

    :param files: files that were looked at, or attachments of the same idea to put there as well
    :raises Refused: none, too many, of another idea, removed, or a note's file for a message
    """
    if not files:
        raise Refused("Choose a file first.")
    if len(files) > MAX_FILES:
        raise Refused(f"Choose at most {MAX_FILES} files at once; these are {len(files)}.")
    for file in files:
        if isinstance(file, Attachment):
            _may_go_along(file, innovation, message)
    put(site=innovation.site, files=files)
    with transaction.atomic(), events.operation():
        rows = [_row(innovation, file, by, message, note) for file in files]
        for row, file in zip(rows, files, strict=True):
            row.full_clean(
                exclude=["ref", "site", "innovation", "message", "note"],
                validate_unique=False,
                validate_constraints=False,
            )
            row.save()
            if isinstance(file, SafeFile):
                _look_again(row.stored_as, file.data)
        where = "message" if message else "note" if note else "idea"
        events.record_many(
            "attachment.added",
            by=by,
            subjects=[
                (
                    row,
                    {
                        "innovation": innovation.ref,
                        "with": where,
                        "type": row.content_type,
                        "size": row.size,
                    },
                )
                for row in rows
            ],
        )
    return rows


@transaction.atomic
def share(*, attachments: Sequence[Attachment], message: Message, by: Actor) -> list[Attachment]:
    """Put the files of a mail that was a note with the message that it became.

    The only way from a note to a message: what the submitter sent themselves.
    """
    rows = [_row(message.innovation, file, by, message, None) for file in attachments]
    for row in rows:
        row.save()
    events.record_many(
        "attachment.added",
        by=by,
        subjects=[(row, {"innovation": message.innovation.ref, "with": "message"}) for row in rows],
    )
    return rows


def _look_again(stored_as: str, data: bytes) -> None:
    """The last other row with these bytes may have been removed since they were found to be there."""
    transaction.on_commit(lambda: write(stored_as, data), robust=True)


def _may_go_along(file: Attachment, innovation: Innovation, message: Message | None) -> None:
    if file.innovation_id != innovation.pk:
        raise Refused("This file belongs to another idea.")
    if not file.is_there:
        raise Refused("This file was removed.")
    if message is not None and file.note_id is not None:
        raise Refused("This file belongs to a note, and only your team sees it.")


def _row(
    innovation: Innovation,
    file: SafeFile | Attachment,
    by: Actor,
    message: Message | None,
    note: Note | None,
) -> Attachment:
    if isinstance(file, Attachment):
        size, digest = file.size, file.sha256
    else:
        size, digest = len(file.data), hashlib.sha256(file.data).hexdigest()
    return Attachment(
        site_id=innovation.site_id,
        innovation=innovation,
        message=message,
        note=note,
        name=file.name,
        content_type=file.content_type,
        size=size,
        sha256=digest,
        stored_as=address_of(innovation.site, digest),
        at=instants.now(),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )


@transaction.atomic
def remove(*, attachment: Attachment, reason: str, by: Actor) -> Attachment:
    """Take a file away, with a reason. The row stays; the bytes go unless another row needs them.

    :raises Refused: no reason, or removed already
    """
    if reason not in RemovalReason.values:
        raise Refused("Choose why you are removing this file.")
    columns = {
        "removed_at": instants.now(),
        "removal_reason": reason,
        "removed_by_kind": by.kind,
        "removed_by_ref": by.ref,
    }
    if not Attachment.objects.filter(pk=attachment.pk, removed_at=None).update(**columns):
        raise Refused("Somebody has removed this file already.")
    for name, value in columns.items():
        setattr(attachment, name, value)
    events.record("attachment.removed", by=by, subject=attachment, changes={"reason": reason})
    outbox.add(FORGET, {"stored_as": attachment.stored_as})
    return attachment


def forget(*, stored_as: str) -> bool:
    """Delete bytes that no row needs any more; says whether it did."""
    rows = Attachment.objects.filter(stored_as=stored_as)
    if not rows.exists() or rows.filter(removed_at=None).exists():
        return False
    default_storage.delete(stored_as)
    return True


def content_of(attachment: Attachment) -> File | None:
    """A file, opened to be read and closed by whoever sends it; None where it was removed."""
    return content_at(attachment.stored_as) if attachment.is_there else None


def content_at(stored_as: str) -> File | None:
    """What is kept at an address, opened to be read; None where there is nothing."""
    try:
        return default_storage.open(stored_as, "rb")
    except FileNotFoundError:
        return None
