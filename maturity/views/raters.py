"""Raters: asked by the lead, rating apart by link, and agreeing together."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from hubapp import codes
from hubapp.actors import Actor, asked
from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from maturity.enums import EDITABLE, RaterState
from maturity.forms.hands import MEMBER, InviteForm, RaterForm, TogetherForm
from maturity.models import Rater, SelfAssessment, SubDomain
from maturity.queries import hands as queries
from maturity.services import raters
from portfolio.forms.asks import CodeForm
from portfolio.queries.asks import masked
from portfolio.views.needs import refused
from portfolio.views.public import TokenPage

# For how long somebody who typed the right code need not type another, in seconds.
STAYS_OPEN = 4 * 60 * 60
COOKIE = "hubapp_rate"
SALT = "maturity.views.raters"


class AssessmentDoor(SiteDoor):
    """A page about one self-assessment of the site: missing and foreign ones are 404."""

    assessment: SelfAssessment

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        found = super().enter(request, **kwargs)
        if found is not None:
            return found
        row = queries.assessment_at(self.viewer, self.site, kwargs["ref"])
        if row is None:
            raise Http404
        self.assessment = row
        return None

    def href(self, name: str, **kwargs: Any) -> str:
        """Another page about the same self-assessment."""
        given = {"site": self.site.slug, "ref": self.assessment.ref, **kwargs}
        return reverse(f"maturity:{name}", kwargs=given)


# -- the lead ------------------------------------------------------------------------
class Raters(AssessmentDoor):
    """Who rates too, what became of it, and asking one more."""

    permission = "maturity.submit_assessment"
    template = "maturity/hands/raters.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(InviteForm(members=queries.members_to_ask(self.assessment)))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        members = queries.members_to_ask(self.assessment)
        form = InviteForm(request.POST, members=members)
        if not form.is_valid():
            return self._show(form, 422)
        cleaned = form.cleaned_data
        try:
            if cleaned["who"] == MEMBER:
                user = queries.member_with_ref(self.site, cleaned["member"])
                row = raters.invite(assessment=self.assessment, user=user, by=self.actor)
            else:
                row = raters.invite(
                    assessment=self.assessment,
                    name=cleaned["name"],
                    email=cleaned["email"],
                    by=self.actor,
                )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"We have sent a link to {row.person.name}.")
        return redirect(self.href("raters"))

    def _show(self, form: InviteForm, status: int = 200) -> HttpResponse:
        rows = queries.raters_of(self.assessment)
        context = {
            "form": form,
            "assessment": self.assessment,
            "rows": rows,
            "done": sum(row.state == RaterState.DONE for row in rows),
            "may_ask": self.assessment.round.asks_raters and self.assessment.state in EDITABLE,
            "together_href": self.href("together"),
            "back_href": self.assessment.get_absolute_url(),
            "back_label": "Back to the self-assessment",
        }
        return self.page(self.template, context, status=status)


class RaterAct(AssessmentDoor):
    """One button for one rater: a new link, or taking the request back."""

    permission = "maturity.submit_assessment"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = queries.rater_of(self.assessment, kwargs["rater"])
        if row is None:
            raise Http404
        try:
            if request.POST.get("do") == "withdraw":
                raters.withdraw(rater=row, by=self.actor)
                messages.success(request, f"{row.person.name} is no longer asked to rate.")
            else:
                raters.renew(rater=row, by=self.actor)
                messages.success(request, f"We have sent a new link to {row.person.name}.")
        except Refused as error:
            messages.error(request, str(error))
        return redirect(self.href("raters"))


class Together(AssessmentDoor):
    """What raters said apart, by sub-domain: where they agree, where they differ, what is settled."""

    permission = "maturity.rate_maturity"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows: dict[int, dict[str, Any]] = {}
        for heard in queries.heard_in(self.assessment):
            sub_domain = heard.indicator.sub_domain
            row = rows.setdefault(
                sub_domain.pk,
                {
                    "sub_domain": sub_domain,
                    "asked": 0,
                    "differ": 0,
                    "settled": 0,
                    "heard": 0,
                    "href": self.href("together_on", code=sub_domain.code),
                },
            )
            row["asked"] += 1
            row["heard"] += bool(heard.said)
            row["differ"] += heard.differs
            row["settled"] += heard.is_settled
        context = {
            "assessment": self.assessment,
            "rows": list(rows.values()),
            "raters": queries.raters_of(self.assessment),
            "differ": sum(row["differ"] for row in rows.values()),
            "heard": any(row["heard"] for row in rows.values()),
            "raters_href": self.href("raters"),
            "back_href": self.assessment.get_absolute_url(),
            "back_label": "Back to the self-assessment",
        }
        return self.page("maturity/hands/together.html", context)


class TogetherOn(AssessmentDoor):
    """Agreeing on one sub-domain: every rater's answer and note, and what all settle on."""

    permission = "maturity.rate_maturity"
    template = "maturity/hands/together_on.html"
    sub_domain: SubDomain

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        found = super().enter(request, **kwargs)
        if found is not None:
            return found
        row = queries.sub_domain_with(self.assessment, kwargs["code"])
        if row is None:
            raise Http404
        self.sub_domain = row
        return None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            raters.agree(
                assessment=self.assessment, said=form.said(), seen=form.seen(), by=self.actor
            )
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        following = queries.sub_domain_after(self.sub_domain)
        if following is None:
            messages.success(request, "Saved. That was the last sub-domain.")
            return redirect(self.href("together"))
        return redirect(self.href("together_on", code=following.code))

    def _form(self, data: Any = None) -> TogetherForm:
        heard = queries.heard_in(self.assessment, self.sub_domain)
        return TogetherForm(data, framework=self.assessment.round.framework, heard=heard)

    def _show(self, form: TogetherForm, status: int = 200) -> HttpResponse:
        rows = [
            {
                "heard": row,
                "choice": form[row.indicator.code],
                "reason": form[f"reason-{row.indicator.code}"],
                "seen": form[f"seen-{row.indicator.code}"],
            }
            for row in form.heard
        ]
        context = {
            "form": form,
            "rows": rows,
            "assessment": self.assessment,
            "sub_domain": self.sub_domain,
            "labels": self.assessment.round.framework.labels,
            "may_settle": self.assessment.state in EDITABLE,
            "back_href": self.href("together"),
            "back_label": "Back to all sub-domains",
        }
        return self.page(self.template, context, status=status)


# -- whoever was asked ---------------------------------------------------------------------
class RatePage(TokenPage):
    """A page that the link of a rater opens. Until the code is typed it tells nothing of the site's answers.

    Somebody signed in as the person who was asked needs no code.
    """

    rater: Rater

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.token = kwargs["token"]
        self.link = queries.rate_link(self.token)
        if self.link.rater is not None:
            self.rater = self.link.rater
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["Cookie"])
        return response

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._stop() or self.show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._stop() or self.act()

    def show(self) -> HttpResponse:
        """GET, with a request that can be opened."""
        return self.to_rate()

    def act(self) -> HttpResponse:
        """POST, with a request that can be opened."""
        return self.to_rate()

    @property
    def is_the_person(self) -> bool:
        """Whether whoever was asked is signed in."""
        return self.person is not None and self.person.pk == self.rater.person_id

    @property
    def is_verified(self) -> bool:
        """Whether the code was typed in this browser a short while ago, or nobody needs one."""
        if self.is_the_person:
            return True
        known = self.request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=STAYS_OPEN)
        return known == self._stamp()

    def _stamp(self) -> str:
        return f"{self.rater.ref}-{self.rater.generation}"

    def remember(self, response: HttpResponse) -> HttpResponse:
        """Let this browser open this request, and nothing else, without another code for a while."""
        response.set_signed_cookie(
            COOKIE,
            self._stamp(),
            salt=SALT,
            max_age=STAYS_OPEN,
            path=reverse("maturity:rate_by_link", kwargs={"token": self.token}),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    @property
    def by(self) -> Actor:
        """Who acts: the person signed in if they are the one asked, else whoever holds the link."""
        return self.request.user.actor if self.is_the_person else asked(self.rater.ref)

    def _stop(self) -> HttpResponse | None:
        rater = self.link.rater
        if rater is None:
            return self.no_such_link()
        why = ""
        if rater.state == RaterState.WITHDRAWN or not rater.person.email:
            why = "withdrawn"
        elif self.link.is_replaced:
            why = "replaced"
        elif rater.state != RaterState.DONE and rater.is_over:
            why = "over"
        if why:
            context = {"why": why, "site": rater.site}
            return self.page("maturity/hands/closed.html", context, status=410)
        return None

    def to_rate(self) -> HttpResponse:
        """Go to the page itself."""
        return redirect("maturity:rate_by_link", token=self.token)

    def context(self, **more: Any) -> dict[str, Any]:
        """What every page of the link shows."""
        return {
            "rater": self.rater,
            "site": self.rater.site,
            "round": self.rater.assessment.round,
            "token": self.token,
            "address": masked(self.rater.person.email),
            "last_day": self.rater.assessment.round.closes_on,
            **more,
        }

    def show_start(self, *, status: int = 200, sentence: str = "") -> HttpResponse:
        """ "We send a code to r•••@nhs.example"."""
        return self.page(
            "maturity/hands/start.html", self.context(sentence=sentence), status=status
        )

    def show_code(self, form: CodeForm, *, status: int = 200) -> HttpResponse:
        """Where the code is typed."""
        minutes = int(codes.CODE_LIVES.total_seconds()) // 60
        return self.page(
            "maturity/hands/code.html", self.context(form=form, minutes=minutes), status=status
        )


class RateByLink(RatePage):
    """The domains, how far one is, and the button that says one is done."""

    def show(self) -> HttpResponse:
        if not self.is_verified:
            return self.show_start()
        return self._tasks()

    def act(self) -> HttpResponse:
        if not self.is_verified:
            return self.show_start(status=422, sentence="Enter a new code first.")
        try:
            raters.finish(rater=self.rater, by=self.by)
        except Refused as error:
            return self._tasks(sentence=str(error), status=422)
        return self.to_rate()

    def _tasks(self, *, sentence: str = "", status: int = 200) -> HttpResponse:
        pages = queries.domains_for(self.rater)
        tasks = [
            {
                "title": page.domain.name,
                "href": reverse(
                    "maturity:rate_domain",
                    kwargs={"token": self.token, "code": page.domain.code},
                ),
                "status": page.status,
                "done": page.answered == page.asked,
            }
            for page in pages
        ]
        context = self.context(
            tasks=tasks,
            answered=sum(page.answered for page in pages),
            asked=sum(page.asked for page in pages),
            is_done=self.rater.state == RaterState.DONE,
            sentence=sentence,
        )
        return self.page("maturity/hands/rate.html", context, status=status)


class RateDomain(RatePage):
    """The indicators of one domain, as a rater sees them: without anybody else's answers."""

    def show(self) -> HttpResponse:
        if not self.is_verified or self.rater.state == RaterState.DONE:
            return self.to_rate()
        return self._show(self._form())

    def act(self) -> HttpResponse:
        if not self.is_verified:
            return self.show_start(
                status=422, sentence="It is a while since you typed the code. Get a new one."
            )
        form = self._form(self.request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            raters.rate(rater=self.rater, answers=form.answers(), notes=form.notes(), by=self.by)
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        if self._next is None:
            return self.to_rate()
        return redirect("maturity:rate_domain", token=self.token, code=self._next)

    def _form(self, data: Any = None) -> RaterForm:
        pages = queries.domains_for(self.rater)
        codes_ = [page.domain.code for page in pages]
        code = self.kwargs["code"]
        if code not in codes_:
            raise Http404
        place = codes_.index(code)
        self._page = pages[place]
        self._next = codes_[place + 1] if place + 1 < len(codes_) else None
        return RaterForm(
            data,
            framework=self.rater.assessment.round.framework,
            indicators=self._page.indicators,
            answers=queries.answers_of(self.rater),
        )

    def _show(self, form: RaterForm, status: int = 200) -> HttpResponse:
        groups = [
            {
                "sub_domain": sub_domain,
                "fields": [
                    {"choice": form[row.code], "note": form[f"note-{row.code}"]}
                    for row in form.indicators
                    if row.sub_domain_id == sub_domain.pk
                ],
            }
            for sub_domain in self._page.sub_domains
        ]
        context = self.context(
            form=form,
            groups=groups,
            domain=self._page.domain,
            is_last=self._next is None,
            back_href=reverse("maturity:rate_by_link", kwargs={"token": self.token}),
            back_label="Back to all domains",
        )
        return self.page("maturity/hands/rate_domain.html", context, status=status)


class SendRateCode(RatePage):
    """Mail a code, then show where it is typed."""

    def act(self) -> HttpResponse:
        if self.is_verified:
            return self.to_rate()
        seconds = self.wait("ask_code")
        if seconds:
            return self.slow_down(seconds)
        try:
            raters.send_code(rater=self.rater, by=self.by)
        except Refused as error:
            return self.show_start(status=422, sentence=str(error))
        return redirect("maturity:rate_code", token=self.token)


class TypeRateCode(RatePage):
    """The code from the mail."""

    def show(self) -> HttpResponse:
        return self.to_rate() if self.is_verified else self.show_code(CodeForm())

    def act(self) -> HttpResponse:
        if self.is_verified:
            return self.to_rate()
        form = CodeForm(self.request.POST)
        if not form.is_valid():
            return self.show_code(form, status=422)
        seconds = self.wait("ask_code")
        if seconds:
            return self.show_code(form, status=self.refuse_for_now(form, seconds))
        found = raters.check_code(rater=self.rater, code=form.cleaned_data["code"], by=self.by)
        if found != codes.CodeCheck.RIGHT:
            form.add_error(
                "code",
                "This is not the code that we sent you last. Look at the newest message"
                if found == codes.CodeCheck.WRONG
                else "This code no longer works. Get a new one below",
            )
            return self.show_code(form, status=422)
        return self.remember(self.to_rate())
