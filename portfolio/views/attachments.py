"""Files: put there, downloaded, removed. Handed out only here, and only as downloads."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from hubapp.web.downloads import as_download
from portfolio.forms.files import AttachForm, RemoveForm
from portfolio.models import Attachment
from portfolio.queries import messages as thread
from portfolio.services import attachments
from portfolio.views.base import InnovationDoor, not_found_unless
from portfolio.views.tracking import TrackPage


def download(attachment: Attachment) -> FileResponse:
    """The file, to be saved.

    :raises Http404: its bytes are gone
    """
    content = attachments.content_of(attachment)
    if content is None:
        raise Http404
    return as_download(content, name=attachment.name, content_type=attachment.content_type)


class _FileDoor(InnovationDoor):
    """A page about one file of an idea; one of a note asks whether notes may be read as well."""

    def find(self) -> Attachment:
        """The file at the address: 404 where there is none, 403 where a note's may not be read."""
        found = not_found_unless(thread.file_of(self.innovation, self.kwargs["file"]))
        if found.note_id and not self.request.user.has_perm(
            "portfolio.view_notes", self.innovation
        ):
            raise PermissionDenied
        return found


class Download(_FileDoor):
    """The file itself."""

    permission = "portfolio.view_messages"

    def get(self, request: HttpRequest, **kwargs: Any) -> FileResponse:
        return download(self.find())


class AttachFile(InnovationDoor):
    """Put files with the idea itself."""

    permission = "portfolio.attach_file"
    template = "portfolio/attachments/add.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(AttachForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = AttachForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, 422)
        files = form.cleaned_data["attached"]
        try:
            attachments.attach(innovation=self.innovation, files=files, by=self.actor)
        except Refused as refused:
            form.add_error("attached", str(refused))
            return self._show(form, 422)
        said = "The file is" if len(files) == 1 else f"{len(files)} files are"
        messages.success(
            request, f"{said} with the idea. Your team sees it, the submitter does not."
        )
        return redirect(f"{self.innovation.get_absolute_url()}#files")

    def _show(self, form: AttachForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class RemoveFile(_FileDoor):
    """Remove a file, with a reason."""

    permission = "portfolio.remove_file"
    template = "portfolio/attachments/remove.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(RemoveForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = RemoveForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            attachments.remove(
                attachment=self.find(), reason=form.cleaned_data["reason"], by=self.actor
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, "The file is removed.")
        return redirect(self.innovation)

    def _show(self, form: RemoveForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "file": self.find(),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class TrackFile(TrackPage):
    """A file of the thread, for whoever holds the submitter's link."""

    http_method_names = ["get", "head"]

    def show(self, **kwargs: Any) -> HttpResponse:
        found = thread.file_for_submitter(self.submission, kwargs["ref"])
        if found is None:
            return self.no_such_link()
        try:
            return download(found)  # type: ignore[return-value]  # streamed, which the page's base does not know
        except Http404:
            return self.no_such_link(gone=True)
