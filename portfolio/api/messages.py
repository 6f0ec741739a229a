"""Messages with the submitter, notes for the team, files, and templates of messages.

Messages and notes are apart here as everywhere: other addresses, other scopes.
No shape holds the submitter's name or address.
"""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django_filters import BooleanFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from hubapp.api import etags
from hubapp.api.filters import FilterSet, SiteFilter
from hubapp.api.idempotency import idempotent
from hubapp.api.serializers import InputSerializer, RecordSerializer, SiteField
from hubapp.api.views import ReadResource, RetrieveMixin
from hubapp.refs import normalise_ref
from hubapp.web.downloads import as_download
from portfolio import safefiles
from portfolio.api.serializers import ActedBySerializer, CodeOrNull
from portfolio.api.views import OfInnovation, wrong
from portfolio.enums import MailState, RemovalReason
from portfolio.models import Attachment, Message, MessageTemplate, Note
from portfolio.models.submission import LONG_TEXT
from portfolio.queries import messages as queries
from portfolio.services import attachments, messages, notes, templates

READ_MESSAGES, READ_NOTES = "portfolio.view_messages", "portfolio.view_notes"
ATTACHED = "References of files that are with the innovation already: they are put here as well."


# -- shapes ----------------------------------------------------------------------
class _WithFiles(ActedBySerializer):
    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    attachments = serializers.SerializerMethodField(help_text="References of its files.")

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_attachments(self, record: Any) -> list[str]:
        return [file.ref for file in record.attachments.all()]


class MessageSerializer(_WithFiles):
    """One message, either way. It never changes."""

    by_mail = serializers.SerializerMethodField(help_text="Whether it came in as a mail.")

    class Meta:
        model = Message
        fields = [
            "ref", "site", "innovation", "direction", "body", "at", "by_mail", "attachments",
            "author_kind", "author_ref",
        ]  # fmt: skip
        read_only_fields = fields

    def get_by_mail(self, message: Message) -> bool:
        return bool(message.mail_id)


class NoteSerializer(_WithFiles):
    """One note that only the team sees. It never changes."""

    mail_state = CodeOrNull(
        MailState.choices,
        help_text="Of a mail from another address than the submitter's: where the desk stands with it.",
    )

    class Meta:
        model = Note
        fields = [
            "ref", "site", "innovation", "body", "at", "mail_state", "attachments", "author_kind",
            "author_ref",
        ]  # fmt: skip
        read_only_fields = fields


class NewText(InputSerializer):
    """Words, and files that are with the innovation already."""

    body = serializers.CharField(max_length=LONG_TEXT)
    attachments = serializers.ListField(
        child=serializers.CharField(max_length=20),
        required=False,
        max_length=safefiles.MAX_FILES,
        help_text=ATTACHED,
    )


class NewMessage(NewText):
    """A message to the submitter: it is mailed at once."""


class NewNote(NewText):
    """A note for the team: it is sent to nobody."""


class AttachmentSerializer(ActedBySerializer):
    """One file, with a message, a note, or (neither) the innovation itself."""

    site = SiteField()
    innovation = serializers.CharField(
        source="innovation.ref", read_only=True, help_text="Its reference."
    )
    message = serializers.CharField(
        source="message.ref", read_only=True, allow_null=True, help_text="The message it is with."
    )
    note = serializers.CharField(
        source="note.ref", read_only=True, allow_null=True, help_text="The note it is with."
    )
    removal_reason = CodeOrNull(
        RemovalReason.choices, help_text="Null while the file can be downloaded."
    )

    class Meta:
        model = Attachment
        fields = [
            "ref", "site", "innovation", "message", "note", "name", "content_type", "size", "sha256",
            "at", "removed_at", "removal_reason", "author_kind", "author_ref",
        ]  # fmt: skip
        read_only_fields = fields


class NewAttachment(InputSerializer):
    """A file, judged by its content."""

    file = serializers.FileField(help_text=safefiles.HINT)


class TemplateSerializer(RecordSerializer):
    """The beginning of a message; places in curly brackets are filled in for each innovation."""

    site = SiteField()

    class Meta:
        model = MessageTemplate
        fields = ["ref", "site", "name", "body", "position", "is_active", "version"]
        read_only_fields = fields


class TemplateChanges(InputSerializer):
    """What may be changed of a template."""

    name = serializers.CharField(max_length=100, required=False)
    body = serializers.CharField(max_length=4000, required=False)
    is_active = serializers.BooleanField(required=False)


class NewTemplate(InputSerializer):
    """A template of the site's own."""

    site = serializers.CharField(
        max_length=40,
        required=False,
        help_text="The code of the site; may be left out by who has only one.",
    )
    name = serializers.CharField(max_length=100)
    body = serializers.CharField(max_length=4000)


class TemplateFilters(FilterSet):
    site = SiteFilter()
    is_active = BooleanFilter(help_text="Whether it is offered.")


# -- views -----------------------------------------------------------------------
class _Written(OfInnovation, RetrieveMixin):
    """What was written about one innovation: it never changes, so its ETag does not either."""

    orderings = ("at", "-at")
    tagged = ("create",)

    def get_object(self):
        return self.find(self.get_queryset(), self.kwargs["ref"])

    def permission_object(self, record):
        return getattr(record, "innovation", record)

    def etag_of(self, record) -> str:
        return etags.etag_of(record.ref, 1)

    def address_of(self, record) -> str:
        return self.reverse_action(
            "detail", kwargs={"innovation": record.innovation.ref, "ref": record.ref}
        )

    def files(self, refs: list[str]) -> list[Attachment]:
        """Files of the innovation by their references, in this order."""
        wanted = [normalise_ref(ref) for ref in refs]
        rows = queries.attachments_for(self.viewer).filter(innovation=self.innovation)
        found = {row.ref: row for row in rows.filter(ref__in=wanted, removed_at=None)}
        for ref in wanted:
            if ref not in found:
                raise wrong("attachments", "This innovation has no file with this reference.")
        return [found[ref] for ref in dict.fromkeys(wanted)]


class MessageViewSet(_Written):
    """The messages with the submitter of one innovation, both ways."""

    perms = {
        "list": READ_MESSAGES,
        "retrieve": READ_MESSAGES,
        "create": "portfolio.message_submitter",
    }
    serializer_class = MessageSerializer

    def scope(self):
        rows = queries.messages_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    @extend_schema(request=NewMessage, responses={201: MessageSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Write to the submitter: it is mailed, and on their page."""
        given = self.cleaned(NewMessage)
        message = messages.write_to_submitter(
            innovation=self.innovation,
            body=given["body"],
            files=self.files(given.get("attachments", [])),
            by=self.actor,
        )
        return self.created(self.reread(message))


class NoteViewSet(_Written):
    """The notes on one innovation that only the team sees."""

    perms = {"list": READ_NOTES, "retrieve": READ_NOTES, "create": "portfolio.write_note"}
    serializer_class = NoteSerializer

    def scope(self):
        rows = queries.notes_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    def etag_of(self, record) -> str:
        return etags.etag_of(record.ref, 1 if record.mail_state in ("", MailState.HELD) else 2)

    @extend_schema(request=NewNote, responses={201: NoteSerializer})
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Write a note for the team. It is sent to nobody."""
        given = self.cleaned(NewNote)
        note = notes.add(
            innovation=self.innovation,
            body=given["body"],
            files=self.files(given.get("attachments", [])),
            by=self.actor,
        )
        return self.created(self.reread(note))


class _AnyType(BaseRenderer):
    """A file is what it is, whatever ``Accept`` says."""

    media_type = "*/*"
    format = "file"
    charset = None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class AttachmentViewSet(_Written):
    """The files of one innovation: its own, and those of its messages and notes."""

    perms = {
        "list": READ_MESSAGES,
        "retrieve": READ_MESSAGES,
        "content": READ_MESSAGES,
        "create": "portfolio.attach_file",
    }
    serializer_class = AttachmentSerializer
    parser_classes = [MultiPartParser]

    def scope(self):
        rows = queries.attachments_for(self.viewer)
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(innovation=self.innovation)

    def etag_of(self, record) -> str:
        return etags.etag_of(record.ref, 1 if record.is_there else 2)

    def get_renderers(self):
        return [_AnyType()] if self.action == "content" else super().get_renderers()

    @extend_schema(
        request={"multipart/form-data": NewAttachment}, responses={201: AttachmentSerializer}
    )
    @idempotent
    def create(self, request, innovation: str) -> Response:
        """Put a file with the innovation, as multipart/form-data; a message or note can then take it along."""
        sent = self.cleaned(NewAttachment)["file"]
        try:
            file = safefiles.check(sent.name or "", sent.read(safefiles.MAX_BYTES + 1))
        except safefiles.NotTaken as sentence:
            raise wrong("file", str(sentence)) from sentence
        [made] = attachments.attach(innovation=self.innovation, files=[file], by=self.actor)
        return self.created(self.reread(made))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request, innovation: str, ref: str) -> HttpResponseBase:
        """The file itself, as a download."""
        record = self.get_object()
        opened = attachments.content_of(record)
        if opened is None:
            raise Http404
        return as_download(opened, name=record.name, content_type=record.content_type)


class TemplateViewSet(ReadResource):
    """The templates of messages of the caller's sites, those no longer offered too."""

    perms = {
        "list": "portfolio.view_templates",
        "retrieve": "portfolio.view_templates",
        "create": "portfolio.manage_templates",
        "partial_update": "portfolio.manage_templates",
    }
    matched = ("partial_update",)
    tagged = ("create", "partial_update")
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilters
    orderings = ("position", "-position")

    def scope(self):
        return queries.templates_for(self.viewer)

    @extend_schema(request=NewTemplate, responses={201: TemplateSerializer})
    @idempotent
    def create(self, request) -> Response:
        """Add a template."""
        given = self.cleaned(NewTemplate)
        site = self.site_for(given.pop("site", None))
        return self.created(templates.add(site=site, by=self.actor, **given))

    @extend_schema(request=TemplateChanges, responses={200: TemplateSerializer})
    def partial_update(self, request, ref: str) -> Response:
        """Change a template, or stop offering it."""
        template = self.get_object()
        self.require_match(template)
        given = self.cleaned(TemplateChanges)
        return self.record_response(
            templates.edit(template=template, version=template.version, by=self.actor, **given)
        )
