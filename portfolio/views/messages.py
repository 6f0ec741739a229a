"""Writing to the submitter."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio import placeholders
from portfolio.forms.messages import MessageForm
from portfolio.queries import innovations as one
from portfolio.queries import messages as thread
from portfolio.services import messages as message_services
from portfolio.views.base import InnovationDoor, new_once_key
from portfolio.views.innovations import submitter_of


class WriteMessage(InnovationDoor):
    """A message to the submitter; a template can begin it."""

    permission = "portfolio.message_submitter"
    template = "portfolio/messages/write.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form(initial={"once_key": new_once_key()}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "template":
            return self._show(self._begun())
        form = self._form(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            message_services.write_to_submitter(
                innovation=self.innovation,
                body=form.cleaned_data["body"],
                once_key=form.cleaned_data["once_key"],
                files=form.cleaned_data["attached"],
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, "Your message is on its way to the submitter.")
        return redirect(self.innovation)

    def _form(self, *args: Any, **kwargs: Any) -> MessageForm:
        self.offered = thread.templates_offered(self.site)
        choices = [(each.ref, each.name) for each in self.offered]
        return MessageForm(*args, templates=choices, **kwargs)

    def _begun(self) -> MessageForm:
        """The form with the words of the template that was picked; words typed before stay below them."""
        typed = self.request.POST
        form = self._form(
            initial={
                "once_key": typed.get("once_key", ""),
                "template": typed.get("template", ""),
                "body": typed.get("body", ""),
            }
        )
        chosen = next((each for each in self.offered if each.ref == typed.get("template")), None)
        if chosen is None:
            return form
        words = [thread.filled(each, self.innovation) for each in self.offered]
        body = " ".join(typed.get("body", "").split())
        # Words of another template, which nobody changed, make room.
        untouched = not body or body in {" ".join(each.split()) for each in words}
        begun = thread.filled(chosen, self.innovation)
        form.initial["body"] = begun if untouched else f"{begun}\n\n{typed['body']}"
        return form

    def _show(self, form: MessageForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            # Said at once, not only when it is sent: what the template has that nothing fills.
            "left": placeholders.left_in(str(form["body"].value() or "")),
            "innovation": self.innovation,
            "submitter": submitter_of(self.innovation),
            "written": one.history_of(self.innovation).messages,
            "may": self.may(),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)
