"""The thread with the submitter, the team's notes and the files: for those who may read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.enums import DESK
from accounts.models import Site
from accounts.queries import actor_names
from accounts.viewers import Viewer
from hubapp.db.compiled import compiled
from hubapp.refs import normalise_ref
from portfolio import placeholders
from portfolio.enums import MailState
from portfolio.models import (
    Attachment,
    Innovation,
    Message,
    MessageTemplate,
    Note,
    Submission,
)
from portfolio.queries.timeline import Entry, History

# The most that a page shows; the rest is in the API.
SHOWN = 200
WAITING_SHOWN = 25


# -- the team's notes ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A note as the team reads it; ``sender`` is the person whose mail it is."""

    note: Note
    by: str
    files: list[Attachment]

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail from another address."""
        return bool(self.note.mail_state)

    @property
    def waits(self) -> bool:
        """Whether somebody has yet to look at it."""
        return self.note.mail_state == MailState.HELD


def notes_of(innovation: Innovation) -> list[NoteShown]:
    """The notes on an idea, newest first, with their files: three queries. For those who may read them."""
    rows = read_notes(innovation)
    names = actor_names((row.actor_kind, row.actor_ref) for row in rows)
    return _shown(rows, _files_by_note(innovation, read_files([innovation])), names)


def _files_by_note(
    innovation: Innovation, files: Iterable[Attachment]
) -> dict[int | None, list[Attachment]]:
    """The files of an idea that are with no message: by the note that they are with, or None."""
    found: dict[int | None, list[Attachment]] = {None: []}
    for file in files:
        if file.innovation_id == innovation.pk and file.message_id is None:
            found.setdefault(file.note_id, []).append(file)
    return found


def read_notes(innovation: Innovation) -> list[Note]:
    """The notes on an idea, newest first; one query."""
    rows = Note.objects.filter(innovation=innovation).select_related("sender")
    return list(rows.order_by("-at", "-pk")[:SHOWN])


def read_files(innovations: Iterable[Innovation]) -> list[Attachment]:
    """Every file with these ideas, their messages and their notes, oldest first; one query."""
    rows = Attachment.objects.filter(innovation__in=[row.pk for row in innovations])
    return list(rows.order_by("at", "pk"))


def _shown(
    rows: list[Note], files: dict[int | None, list[Attachment]], names: dict[tuple[str, str], str]
) -> list[NoteShown]:
    return [
        NoteShown(row, names.get((row.actor_kind, row.actor_ref), "Someone"), files.get(row.pk, []))
        for row in rows
    ]


def note_entries(notes: Iterable[NoteShown]) -> list[Entry]:
    """The same for the timeline, each marked as what it is."""
    return [
        Entry(
            "Mail from another address" if shown.is_mail else "Note for the team",
            shown.note.at,
            "" if shown.is_mail else shown.by,
            href="#notes",
        )
        for shown in notes
    ]


def desk_context(
    innovation: Innovation,
    history: History,
    *,
    notes: list[Note],
    files: Iterable[Attachment],
    names: dict[tuple[str, str], str],
    may_read: bool,
) -> dict[str, Any]:
    """What an idea's page needs of all this; the notes join its timeline, each marked as one. No query.

    :param notes: as of :func:`read_notes`; none for those who may not read them
    :param files: as of :func:`read_files`
    :param names: of whoever wrote the notes
    :returns: ``notes``, ``files``, and ``mailed``: texts that came by mail, which no form looked through
    """
    by_note = _files_by_note(innovation, files)
    shown_notes = _shown(notes, by_note, names)
    history.entries += note_entries(shown_notes)
    history.entries.sort(key=lambda entry: (entry.at, entry.order), reverse=True)
    mailed = [row["message"].body for row in history.messages if row["message"].mail_id]
    return {
        "notes": shown_notes,
        "files": by_note[None][::-1] if may_read else [],
        "mailed": mailed + [shown.note.body for shown in shown_notes if shown.is_mail],
    }


def note_of(innovation: Innovation, ref: str) -> Note | None:
    """One note on an idea that the viewer was let in to."""
    return Note.objects.filter(innovation=innovation, ref=normalise_ref(ref)).first()


def mails_that_wait(viewer: Viewer) -> list[Note]:
    """Mails from other addresses that nobody of the viewer's desks has looked at, oldest first."""
    sites = viewer.site_ids_with(DESK)
    return _mails_held(site_ids=sites) if sites else []


@compiled
def _mails_held(*, site_ids: list[int]) -> QuerySet[Note]:
    rows = Note.objects.filter(site_id__in=site_ids, mail_state=MailState.HELD)
    return rows.select_related("innovation__site").order_by("at", "pk")[:WAITING_SHOWN]


# -- files ------------------------------------------------------------------------------


def file_of(innovation: Innovation, ref: str) -> Attachment | None:
    """One file of an idea that the viewer was let in to, wherever it belongs."""
    rows = Attachment.objects.filter(innovation=innovation, ref=normalise_ref(ref))
    return rows.select_related("message", "note").first()


def file_for_submitter(submission: Submission, ref: str) -> Attachment | None:
    """One file of the thread with the submitter, either way: of no note and no idea."""
    return Attachment.objects.filter(
        innovation__submission=submission,
        message__isnull=False,
        note=None,
        removed_at=None,
        ref=normalise_ref(ref),
    ).first()


# -- templates ---------------------------------------------------------------------------


def templates_offered(site: Site) -> list[MessageTemplate]:
    """The templates a site offers, in its order."""
    return list(MessageTemplate.objects.filter(site=site, is_active=True))


def all_templates(site: Site) -> list[MessageTemplate]:
    """Every template of a site, those that are offered first."""
    return list(MessageTemplate.objects.filter(site=site).order_by("-is_active", "position", "pk"))


def template_at(site: Site, ref: str) -> MessageTemplate | None:
    """One template of a site by its reference."""
    return MessageTemplate.objects.filter(site=site, ref=normalise_ref(ref)).first()


def filled(template: MessageTemplate, innovation: Innovation) -> str:
    """The words of a template for one idea; a place that has nothing to fill it stays."""
    submission = innovation.submission
    person = submission.submitter if submission else None
    due = innovation.due_on
    return placeholders.fill(
        template.body,
        {
            "title": innovation.title,
            "reference": innovation.ref,
            "site": innovation.site.name,
            "due_date": f"{due.day} {due:%B %Y}" if due else "",
            "name": person.name if person else "",
        },
    )


# -- mail ---------------------------------------------------------------------------------


def last_mail_id(innovation: Innovation) -> str:
    """The Message-ID of the last mail that came in to this thread; empty where none has."""
    rows = Message.objects.filter(innovation=innovation).exclude(mail_id="")
    return rows.order_by("-at", "-pk").values_list("mail_id", flat=True).first() or ""


# -- the API --------------------------------------------------------------------------------


def messages_for(viewer: Viewer) -> QuerySet[Message]:
    """Messages about innovations that the viewer may see; the permission is asked besides."""
    files = Attachment.objects.filter(removed_at=None)
    return (
        Message.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
        .select_related("site", "innovation__site")
        .prefetch_related(Prefetch("attachments", files))
    )


def notes_for(viewer: Viewer) -> QuerySet[Note]:
    """Notes on innovations that the viewer may see; the permission is asked besides."""
    files = Attachment.objects.filter(removed_at=None)
    return (
        Note.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
        .select_related("site", "innovation__site")
        .prefetch_related(Prefetch("attachments", files))
    )


def attachments_for(viewer: Viewer) -> QuerySet[Attachment]:
    """Files with innovations that the viewer may see; those of notes only for who may read notes."""
    rows = Attachment.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
    if viewer.is_key and "notes:read" not in viewer.scopes:
        rows = rows.filter(note=None)
    return rows.select_related("site", "innovation__site", "message", "note")


def templates_for(viewer: Viewer) -> QuerySet[MessageTemplate]:
    """The templates of the sites whose desk the viewer works at, those no longer offered too."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(DESK)
    return MessageTemplate.objects.filter(site_id__in=sites).select_related("site")


def mail_with_files(context: Mapping[str, str]) -> Message | Note | None:
    """What a mail became, by the reference that its delivery holds: a message or a note."""
    model = Message if "message" in context else Note
    rows = model._default_manager.select_related("innovation__submission", "site")
    return rows.filter(ref=context.get("message", context.get("note"))).first()
