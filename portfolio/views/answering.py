"""The page of whoever is asked one thing: a link, a code, a question, an answer."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from hubapp import codes
from hubapp.actors import Actor, asked
from hubapp.problems import Refused
from portfolio.enums import ENDED, AskKind, AskProof, AskState
from portfolio.forms.asks import AnswerForm, CodeForm
from portfolio.queries import asks as queries
from portfolio.services import asks
from portfolio.views.public import TokenPage

# For how long somebody who typed the right code need not type another, in seconds.
STAYS_OPEN = 2 * 60 * 60
COOKIE = "hubapp_ask"
SALT = "portfolio.views.answering"
# What is carried from page to page while a new code is asked for.
CARRIED = ("verdict", "text")


class AskPage(TokenPage):
    """A page that the link of a question opens.

    Until the code is typed it tells nothing of the idea. Somebody signed in as
    the person who was asked needs no code.
    """

    ask: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.token = kwargs["token"]
        self.link = queries.ask_link(self.token)
        self.ask = self.link.ask
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["Cookie"])
        return response

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._stop() or self.show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._stop() or self.act()

    def show(self) -> HttpResponse:
        """GET, with a question that can be opened."""
        return self.to_ask()

    def act(self) -> HttpResponse:
        """POST, with a question that can be opened."""
        return self.to_ask()

    # -- who -----------------------------------------------------------------
    @property
    def is_the_person(self) -> bool:
        """Whether whoever was asked is signed in."""
        return self.person is not None and self.person.pk == self.ask.person_id

    @property
    def is_verified(self) -> bool:
        """Whether the code was typed in this browser a short while ago, or nobody needs one."""
        if self.is_the_person:
            return True
        known = self.request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=STAYS_OPEN)
        return known == self._stamp()

    def _stamp(self) -> str:
        return f"{self.ask.ref}-{self.ask.generation}"

    def remember(self, response: HttpResponse) -> HttpResponse:
        """Let this browser open this question, and nothing else, without another code for a while."""
        response.set_signed_cookie(
            COOKIE,
            self._stamp(),
            salt=SALT,
            max_age=STAYS_OPEN,
            path=reverse("portfolio:ask", kwargs={"token": self.token}),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    @property
    def by(self) -> Actor:
        """Who acts: the person signed in if they are the one asked, else whoever holds the link."""
        return self.request.user.actor if self.is_the_person else asked(self.ask.ref)

    # -- links that open nothing --------------------------------------------------
    def _stop(self) -> HttpResponse | None:
        ask = self.ask
        if ask is None:
            return self.no_such_link()
        answered = ask.state == AskState.ANSWERED
        if ask.state == AskState.WITHDRAWN or not ask.person.email:
            return self._closed("withdrawn")
        if not answered and ask.innovation.state in ENDED:
            return self._closed("withdrawn")
        if self.link.is_replaced:
            return self._closed("replaced")
        if not answered and ask.standing == AskState.EXPIRED:
            return self._closed("expired")
        if answered and ask.is_too_old:
            return self._closed("answered")
        return None

    def _closed(self, why: str) -> HttpResponse:
        context = {
            "why": why,
            "site": self.ask.site,
            "is_wanted": bool(self.ask.link_wanted_at),
            "href": reverse("portfolio:ask_new_link", kwargs={"token": self.token}),
        }
        return self.page("portfolio/asks/closed.html", context, status=410)

    # -- pages ----------------------------------------------------------------------
    def to_ask(self) -> HttpResponse:
        """Go to the page itself."""
        return redirect("portfolio:ask", token=self.token)

    def carried(self) -> dict[str, str]:
        """What was typed before the code ran out, to be kept meanwhile."""
        return {
            name: self.request.POST[name]
            for name in CARRIED
            if self.request.POST.get(name, "").strip()
        }

    def show_start(self, *, status: int = 200, sentence: str = "") -> HttpResponse:
        """ "We send a code to r•••@nhs.example"."""
        context = {
            "site": self.ask.site,
            "address": queries.masked(self.ask.person.email),
            "token": self.token,
            "carried": self.carried(),
            "sentence": sentence,
        }
        return self.page("portfolio/asks/start.html", context, status=status)

    def show_code(self, form: CodeForm, *, status: int = 200) -> HttpResponse:
        """Where the code is typed."""
        context = {
            "form": form,
            "site": self.ask.site,
            "address": queries.masked(self.ask.person.email),
            "token": self.token,
            "carried": self.carried(),
            "minutes": int(codes.CODE_LIVES.total_seconds()) // 60,
        }
        return self.page("portfolio/asks/code.html", context, status=status)

    def show_question(self, form: AnswerForm, *, status: int = 200, saved: bool = False):
        """The question, what they see of the idea, and the form."""
        ask = self.ask
        context = {
            "form": form,
            "ask": ask,
            "site": ask.site,
            "title": ask.innovation.title,
            "parts": queries.parts_shown(ask.innovation, ask.shows),
            "last_day": queries.last_day(ask),
            "saved": saved,
            "is_the_person": self.is_the_person,
        }
        return self.page("portfolio/asks/question.html", context, status=status)


class Answer(AskPage):
    """The question once the code is right; then the answer."""

    def show(self) -> HttpResponse:
        if not self.is_verified:
            return self.show_start()
        if self.ask.state == AskState.ANSWERED:
            return self._thanks()
        door = queries.door_of(self.ask)
        initial = {"verdict": door.verdict, "text": door.answer} if door else {}
        form = AnswerForm(kind=self.ask.kind, initial=initial)
        return self.show_question(form, saved="saved" in self.request.GET)

    def act(self) -> HttpResponse:
        if not self.is_verified:
            return self.show_start(
                status=422,
                sentence="It is a while since you typed the code. Get a new one: what you wrote is kept.",
            )
        if self.ask.state == AskState.ANSWERED:
            # Pressed twice: the page says what arrived.
            return self.to_ask()
        sending = self.request.POST.get("do") != "save"
        form = AnswerForm(self.request.POST, kind=self.ask.kind, sending=sending)
        if not form.is_valid():
            return self.show_question(form, status=422)
        typed = {
            "verdict": form.cleaned_data.get("verdict", ""),
            "text": form.cleaned_data.get("text", ""),
        }
        try:
            if not sending:
                asks.save_draft(ask=self.ask, by=self.by, **typed)
                return redirect(f"{self.request.path}?saved")
            proof = AskProof.ACCOUNT if self.is_the_person else AskProof.CODE
            asks.answer(ask=self.ask, by=self.by, proof=proof, **typed)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self.show_question(form, status=422)
        return self.to_ask()

    def _thanks(self) -> HttpResponse:
        ask = self.ask
        context = {
            "ask": ask,
            "site": ask.site,
            "title": ask.innovation.title,
            "parts": queries.parts_shown(ask.innovation, ask.shows),
            "last_day": queries.last_day(ask),
            "is_sign_off": ask.kind == AskKind.SIGN_OFF,
        }
        return self.page("portfolio/asks/thanks.html", context)


class SendCode(AskPage):
    """Mail a code, then show where it is typed."""

    def show(self) -> HttpResponse:
        return self.to_ask() if self.is_verified else self.show_code(CodeForm())

    def act(self) -> HttpResponse:
        if self.is_verified:
            return self.to_ask()
        seconds = self.wait("ask_code")
        if seconds:
            return self.slow_down(seconds)
        try:
            asks.send_code(ask=self.ask, by=self.by)
        except Refused as refused:
            return self.show_start(status=422, sentence=str(refused))
        if self.carried():
            return self.show_code(CodeForm())
        return redirect("portfolio:ask_code", token=self.token)


class TypeCode(AskPage):
    """The code from the mail."""

    def show(self) -> HttpResponse:
        return self.to_ask() if self.is_verified else self.show_code(CodeForm())

    def act(self) -> HttpResponse:
        if self.is_verified:
            return self.to_ask()
        form = CodeForm(self.request.POST)
        if not form.is_valid():
            return self.show_code(form, status=422)
        seconds = self.wait("ask_code")
        if seconds:
            return self.show_code(form, status=self.refuse_for_now(form, seconds))
        found = asks.check_code(ask=self.ask, code=form.cleaned_data["code"], by=self.by)
        if found != codes.CodeCheck.RIGHT:
            form.add_error(
                "code",
                "This is not the code that we sent you last. Look at the newest message"
                if found == codes.CodeCheck.WRONG
                else "This code no longer works. Get a new one below",
            )
            return self.show_code(form, status=422)
        self._keep_carried()
        return self.remember(self.to_ask())

    def _keep_carried(self) -> None:
        carried = self.carried()
        if not carried or self.ask.state != AskState.OPEN:
            return
        try:
            asks.save_draft(ask=self.ask, by=self.by, **carried)
        except (Refused, ValidationError):
            # Closed meanwhile, or made by hand: the page says what there is to say.
            return


class WantLink(AskPage):
    """Tell the hub that a link is too old and somebody would still answer."""

    def _stop(self) -> HttpResponse | None:
        if self.ask is None:
            return self.no_such_link()
        return None

    def show(self) -> HttpResponse:
        return self.to_ask()

    def act(self) -> HttpResponse:
        seconds = self.wait("mail_link")
        if seconds:
            return self.slow_down(seconds)
        asks.want_link(ask=self.ask, by=asked(self.ask.ref))
        return self.page("portfolio/asks/link_wanted.html", {"site": self.ask.site})
