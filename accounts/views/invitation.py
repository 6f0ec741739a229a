"""Accepting an invitation, by a press of a button: mail scanners open links."""

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import links, queries
from accounts.enums import Role
from accounts.forms import AcceptForm
from accounts.services import invitations
from accounts.views.sign_in import BACKEND
from hubapp.actors import link
from hubapp.problems import Refused
from hubapp.web.doors import Page

UNREADABLE = "This link is not complete. Copy all of it from the mail, or ask the site lead to send it again."
OLDER = "A newer mail with another link was sent to you. Use the link in the newest one."
OTHER = "This invitation was sent to another address than the one you are signed in with. Sign out, then open the link again."


@method_decorator([sensitive_post_parameters("password"), never_cache], name="dispatch")
class AcceptInvitation(Page):
    """``/invitation/<token>/``"""

    template = "accounts/invitation.html"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        opened = links.open_invitation_token(kwargs["token"])
        row = queries.invitation_by_ref(opened[0]) if opened else None
        if opened is None or row is None:
            return self._gone(UNREADABLE, 404)
        problem = queries.invitation_problem(row)
        if not problem and not links.is_newest(row, opened[1]):
            problem = OLDER
        if problem:
            return self._gone(problem, 410)
        self.invitation = row
        self.account = queries.account_with(row.person.email)
        if request.user.is_authenticated and self.account != request.user:
            return self._gone(OTHER, 403)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._show(AcceptForm() if self.account is None else None)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        row = self.invitation
        form = None
        if self.account is None:
            form = AcceptForm(request.POST)
            if not form.is_valid():
                return self._show(form, 422)
        elif not request.user.is_authenticated:
            return self._show(None)
        try:
            if form is None:
                assert self.account is not None  # who asks: dispatch compared them
                user = invitations.accept(invitation=row, user=self.account, by=self.account.actor)
            else:
                user = invitations.accept(invitation=row, by=link(row.ref), **form.cleaned_data)
        except ValidationError as error:
            assert form is not None
            form.add_error("password", error)
            return self._show(form, 422)
        except Refused as refusal:
            return self._gone(str(refusal), 410)
        if form is not None:
            login(request, user, backend=BACKEND)
        messages.success(request, f"You have joined {row.site}.")
        return redirect("accounts:site_home", site=row.site.slug)

    def _show(self, form: AcceptForm | None, status: int = 200) -> HttpResponse:
        row = self.invitation
        return self.page(
            self.template,
            {
                "form": form,
                "invitation": row,
                "role": Role(row.role).label,
                "must_sign_in": self.account is not None and not self.request.user.is_authenticated,
            },
            status=status,
        )

    def _gone(self, sentence: str, status: int) -> HttpResponse:
        return self.page("accounts/invitation_gone.html", {"sentence": sentence}, status=status)
