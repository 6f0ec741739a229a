"""Notes that only the team sees; mails from other addresses."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio.forms.messages import NoteForm
from portfolio.queries import messages as thread
from portfolio.services import notes
from portfolio.views.base import InnovationDoor, new_once_key, not_found_unless
from portfolio.views.innovations import submitter_of


class WriteNote(InnovationDoor):
    """A note for the team: a page of its own, so that nobody writes it into the wrong box."""

    permission = "portfolio.write_note"
    template = "portfolio/notes/write.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(NoteForm(initial={"once_key": new_once_key()}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = NoteForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            notes.add(
                innovation=self.innovation,
                body=form.cleaned_data["body"],
                once_key=form.cleaned_data["once_key"],
                files=form.cleaned_data["attached"],
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, "Your note is saved. Only your team sees it.")
        return redirect(f"{self.innovation.get_absolute_url()}#notes")

    def _show(self, form: NoteForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "notes": thread.notes_of(self.innovation),
            "submitter": submitter_of(self.innovation),
            "may": self.may(),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class SettleMail(InnovationDoor):
    """Say of a mail from another address whether it was the submitter."""

    permission = "portfolio.message_submitter"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        note = not_found_unless(thread.note_of(self.innovation, kwargs["note"]))
        try:
            if request.POST.get("do") == "accept":
                notes.accept_mail(note=note, by=self.actor)
                messages.success(request, "It is now a message from the submitter.")
            else:
                notes.keep_mail(note=note, by=self.actor)
                messages.success(request, "It stays a note that only your team sees.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.innovation)
