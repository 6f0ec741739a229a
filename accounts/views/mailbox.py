"""The demo's mailbox: what was mailed, to be read without a mail server."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from hubapp.notifications.mailbox import newest, one
from hubapp.web.doors import Page


class DemoPage(Page):
    """A page that only a demo has."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class Mailbox(DemoPage):
    """``/demo/mailbox/``: the newest mails first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        to = request.GET.get("to", "").strip()[:254]
        return self.page("accounts/mailbox.html", {"mails": newest(to=to), "to": to})


class MailboxMail(DemoPage):
    """``/demo/mailbox/<name>/``: one mail, as text."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        mail = one(name)
        if mail is None:
            raise Http404
        return self.page(
            "accounts/mailbox_mail.html",
            {"mail": mail, "back_href": reverse("accounts:mailbox"), "back_label": "Demo mailbox"},
        )
