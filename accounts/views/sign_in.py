"""Signing in and out, and passwords."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import queries
from accounts.demo import PEOPLE
from accounts.forms import (
    ChangePasswordForm,
    DigestForm,
    ForgottenForm,
    NameForm,
    NewPasswordForm,
    SignInForm,
)
from accounts.models import Membership, Site, User
from accounts.services import digest, people
from hubapp.actors import link, system
from hubapp.problems import Refused
from hubapp.web.addresses import own_path
from hubapp.web.doors import Door, Page
from hubapp.web.limits import too_many, waiting_words

BACKEND = "accounts.backends.EmailBackend"


def after_sign_in(request: HttpRequest, target: str) -> str:
    """Where somebody wanted to go before they were asked to sign in, else the start page."""
    return own_path(request, target, otherwise=resolve_url(settings.LOGIN_REDIRECT_URL))


@method_decorator([sensitive_post_parameters("password"), never_cache], name="dispatch")
class SignIn(Page):
    """``/accounts/login/``"""

    template = "accounts/sign_in.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        target = request.GET.get("next", "")
        if request.user.is_authenticated:
            return redirect(after_sign_in(request, target))
        return self.page(self.template, self._context(SignInForm(initial={"next": target})))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInForm(request.POST)
        wait = too_many(request, "sign_in")
        if wait:
            form.full_clean()
            form.add_error(
                None,
                f"There were too many tries from your network. Try again {waiting_words(wait)}.",
            )
            return self.page(self.template, self._context(form), status=429)
        if not form.is_valid():
            return self.invalid(self.template, self._context(form))
        user = authenticate(
            request, username=form.cleaned_data["username"], password=form.cleaned_data["password"]
        )
        if user is None:
            # django-axes replaces this answer once there were too many tries.
            form.refuse()
            return self.invalid(self.template, self._context(form))
        login(request, user, backend=BACKEND)
        return redirect(after_sign_in(request, form.cleaned_data["next"]))

    def _context(self, form: SignInForm) -> dict:
        demo = settings.DEMO
        return {
            "form": form,
            "demo_people": PEOPLE if demo else (),
            "any_site": queries.any_site_exists(),
        }


class SignOut(Page):
    """``/accounts/logout/``: a button press; opened as a page it asks for one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("accounts/sign_out.html")

    def post(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        messages.success(request, "You are signed out.")
        return redirect(settings.LOGOUT_REDIRECT_URL)


class Forgotten(Page):
    """``/accounts/password/forgotten/``: the same answer whether there is an account or not."""

    template = "accounts/forgotten.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(self.template, {"form": ForgottenForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ForgottenForm(request.POST)
        if not form.is_valid():
            return self.invalid(self.template, {"form": form})
        wait = too_many(request, "mail_link")
        if wait:
            form.add_error(
                None,
                f"Too many links were asked for from your network. Try again {waiting_words(wait)}.",
            )
            return self.page(self.template, {"form": form}, status=429)
        people.request_password_reset(
            email=form.cleaned_data["email"], by=system("accounts.forgotten")
        )
        return redirect("accounts:forgotten_sent")


class ForgottenSent(Page):
    """``/accounts/password/forgotten/sent/``"""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("accounts/forgotten_sent.html")


@method_decorator([sensitive_post_parameters("password"), never_cache], name="dispatch")
class NewPassword(Page):
    """``/accounts/password/new/<ref>/<token>/``: from the mailed link."""

    template = "accounts/new_password.html"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        holder = queries.user_by_ref(kwargs["ref"])
        if holder is None or not default_token_generator.check_token(holder, kwargs["token"]):
            return self.page("accounts/new_password_gone.html", status=410)
        self.holder = holder
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, ref: str, token: str) -> HttpResponse:
        return self.page(self.template, {"form": NewPasswordForm()})

    def post(self, request: HttpRequest, ref: str, token: str) -> HttpResponse:
        form = NewPasswordForm(request.POST)
        if form.is_valid():
            try:
                people.reset_password(
                    user=self.holder,
                    token=token,
                    password=form.cleaned_data["password"],
                    by=link(ref),
                )
            except ValidationError as error:
                form.add_error("password", error)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Your new password is set. Sign in with it.")
                return redirect("accounts:login")
        return self.invalid(self.template, {"form": form})


class OwnDoor(Door):
    """A page about one's own account."""

    @property
    def me(self) -> User:
        """Who asks; the door let nobody else in."""
        assert isinstance(self.request.user, User)
        return self.request.user


class Account(OwnDoor):
    """``/accounts/me/``: my name, my roles, my password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = self.me
        by_site: dict[Site, list[Membership]] = {}
        for membership in queries.memberships_of(user):
            by_site.setdefault(membership.site, []).append(membership)
        return self.page(
            "accounts/account.html",
            {"places": list(by_site.items()), "networks": queries.networks_of(user)},
        )


class ChangeName(OwnDoor):
    """``/accounts/me/name/``"""

    template = "accounts/change_name.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(NameForm(initial={"name": self.me.person.name}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NameForm(request.POST)
        if form.is_valid():
            try:
                people.rename_person(user=self.me, name=form.cleaned_data["name"], by=self.actor)
            except Refused as refusal:
                form.add_error("name", str(refusal))
            else:
                messages.success(request, "Your name is changed.")
                return redirect("accounts:account")
        return self._show(form)

    def _show(self, form: NameForm) -> HttpResponse:
        return self.page(self.template, {"form": form}, status=422 if form.is_bound else 200)


class ChooseDigest(OwnDoor):
    """``/accounts/me/digest/``"""

    template = "accounts/digest.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = "yes" if self.me.wants_digest else "no"
        return self.page(self.template, {"form": DigestForm(initial={"wanted": wanted})})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = DigestForm(request.POST)
        if not form.is_valid():
            return self.invalid(self.template, {"form": form})
        digest.choose_digest(user=self.me, wanted=form.cleaned_data["wanted"], by=self.actor)
        messages.success(request, "Your choice is saved.")
        return redirect("accounts:account")


@method_decorator(sensitive_post_parameters("password", "current"), name="dispatch")
class ChangePassword(OwnDoor):
    """``/accounts/me/password/``"""

    template = "accounts/change_password.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(self.template, {"form": ChangePasswordForm(user=self.me)})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ChangePasswordForm(request.POST, user=self.me)
        if form.is_valid():
            try:
                people.set_password(
                    user=self.me, password=form.cleaned_data["password"], by=self.actor
                )
            except ValidationError as error:
                form.add_error("password", error)
            else:
                update_session_auth_hash(request, self.me)  # stay signed in here, not elsewhere
                messages.success(request, "Your password is changed.")
                return redirect("accounts:account")
        return self.invalid(self.template, {"form": form})
