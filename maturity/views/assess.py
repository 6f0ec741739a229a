"""The site lead's side of maturity: what is asked, who will see it, rating, and submitting."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from hubapp.problems import Refused, Stale
from hubapp.web.doors import SiteDoor
from hubapp.web.kept import columns, drawn
from hubapp.web.paging import keyset_page
from hubapp.web.words import london_time
from maturity.enums import AssessmentState, RoundState
from maturity.forms.assess import (
    LeaveForm,
    OwnRoundForm,
    ProfileForm,
    RateForm,
    ReopenForm,
    SubmitForm,
    conflicts,
    in_words,
)
from maturity.models import SelfAssessment
from maturity.queries import assess as queries
from maturity.queries.actions import open_actions_for
from maturity.services import assessments, profiles
from maturity.services.own_rounds import start_own

READ = "maturity.view_assessment"
RATE = "maturity.rate_maturity"
LEAD = "maturity.submit_assessment"
OWN = "maturity.start_own_round"


class Maturity(SiteDoor):
    """A site's self-assessments: what is open with its one next step, and the ones before."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = keyset_page(
            queries.past_at(self.viewer, self.site),
            order=queries.ORDER,
            cursor=request.GET.get("cursor", ""),
            filters={"site": self.site.pk},
        )
        context = {
            "open": [
                {"assessment": row, "percent": _percent(row), "next": self._next(row)}
                for row in queries.open_at(self.viewer, self.site)
            ],
            "past": page.rows,
            "earlier": self._earlier(page.rows),
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "may_start_own": request.user.has_perm(OWN, self.site),
            "may_rate": request.user.has_perm(RATE, self.site),
            "may_lead": request.user.has_perm(LEAD, self.site),
            "today": queries.today(),
        }
        return self.page("maturity/assess/list.html", context)

    def _earlier(self, rows: list[SelfAssessment]) -> SafeString:
        """The table of those that are over."""
        return drawn(
            self.request,
            "maturity/assess/_past.html",
            (
                self.site.slug,
                [(columns(row), columns(row.round), row.round.framework.title) for row in rows],
            ),
            lambda: {"site": self.site, "past": rows},
        )

    def _next(self, row: Any) -> str:
        """The words of the one next step, if this person can take it."""
        if row.state == AssessmentState.NOT_STARTED:
            return "Read what it asks and start" if self.request.user.has_perm(LEAD, row) else ""
        return "Continue" if self.request.user.has_perm(RATE, row) else ""


class OwnRound(SiteDoor):
    """A round of the site alone: one button, everything filled in."""

    permission = OWN
    template = "maturity/assess/own_round.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form(initial={"once_key": secrets.token_urlsafe(12)}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            row = start_own(
                site=self.site,
                framework=form.chosen(),
                name=form.cleaned_data["name"],
                closes_on=form.cleaned_data["closes_on"],
                once_key=form.cleaned_data["once_key"],
                by=self.actor,
            )
        except (Refused, ValidationError) as error:
            _refused(form, error)
            return self._show(form, 422)
        return redirect("maturity:start", site=self.site.slug, ref=row.ref)

    def _form(self, *args: Any, **kwargs: Any) -> OwnRoundForm:
        frameworks = queries.frameworks_to_choose()
        preferred = queries.framework_used_last(self.viewer, self.site, frameworks)
        return OwnRoundForm(*args, frameworks=frameworks, preferred=preferred, **kwargs)

    def _show(self, form: OwnRoundForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "back_href": _list_of(self.site), "back_label": "Maturity"}
        return self.page("maturity/assess/own_round.html", context, status=status)


class AssessmentDoor(SiteDoor):
    """A page about one self-assessment of the site."""

    assessment: Any = None
    # The permission for everything but reading the page, where that needs another.
    writes: str = ""

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        if self.writes and request.method not in ("GET", "HEAD"):
            self.permission = self.writes
        response = super().enter(request, **kwargs)
        if response is None:
            self.assessment = queries.assessment_at(self.viewer, self.site, kwargs["ref"])
            if self.assessment is None:
                # Whoever may read none here is told so; anyone else that there is none.
                if request.user.has_perm(self.permission, self.site):
                    raise Http404
                self.assessment = self.site
        return response

    def permission_object(self) -> Any:
        return self.assessment

    def may(self, permission: str) -> bool:
        """Whether whoever asks holds another permission on it."""
        return self.request.user.has_perm(permission, self.assessment)

    def reread(self) -> None:
        """Look at it again, after somebody else changed it."""
        self.assessment = queries.assessment_at(self.viewer, self.site, self.assessment.ref)

    def at(self, name: str, **parts: Any) -> str:
        """The address of another of its pages."""
        kwargs = {"site": self.site.slug, "ref": self.assessment.ref, **parts}
        return reverse(f"maturity:{name}", kwargs=kwargs)

    def common(self) -> dict[str, Any]:
        """What all its pages show."""
        return {
            "assessment": self.assessment,
            "round": self.assessment.round,
            "framework": self.assessment.round.framework,
            "percent": _percent(self.assessment),
            "back_href": self.assessment.get_absolute_url(),
            "back_label": self.assessment.round.name,
        }


class Start(AssessmentDoor):
    """Before you start: what it asks, how long it takes, who sees what; agreeing starts it."""

    permission = READ
    writes = LEAD
    template = "maturity/assess/start.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            assessments.start(assessment=self.assessment, by=self.actor)
        except Refused as refused:
            self.reread()
            return self._show(problem=str(refused), status=422)
        return redirect(self.at("profile"))

    def _show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        round = self.assessment.round
        sub_domains = queries.sub_domains_to_rate(self.assessment)
        context = self.common() | {
            "problem": problem,
            "sub_domains": len(sub_domains),
            "domains": len({each.domain_id for each in sub_domains}),
            "sites": queries.sites_in(round),
            "before": queries.assessment_before(self.assessment),
            "may_lead": self.may(LEAD),
            "is_new": self.assessment.state == AssessmentState.NOT_STARTED,
            "opens_later": round.opens_on > queries.today(),
            "back_href": _list_of(self.site),
            "back_label": "Maturity",
        }
        return self.page(self.template, context, status=status)


class AssessmentPage(AssessmentDoor):
    """The list of tasks with one next step; once submitted, what happens next."""

    permission = READ
    writes = RATE

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.assessment.state == AssessmentState.NOT_STARTED:
            return redirect(self.at("start"))
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Confirm last time's answers of one sub-domain."""
        code = request.POST.get("confirm", "")
        try:
            if code == "profile":
                profiles.confirm(assessment=self.assessment, by=self.actor)
            else:
                assessments.confirm(
                    assessment=self.assessment,
                    sub_domains=[code],
                    shown=request.POST.get("shown", ""),
                    by=self.actor,
                )
        except Refused as refused:
            self.reread()
            return self._show(problem=str(refused), status=422)
        if self.wants_part:
            self.reread()
            return self._show(confirmed=code)
        return redirect(self.assessment)

    def _show(self, *, problem: str = "", confirmed: str = "", status: int = 200) -> HttpResponse:
        editable = queries.is_editable(self.assessment) and self.may(RATE)
        sheet = queries.sheet_of(self.assessment)
        profile = queries.profile_of(self.assessment)
        focus = _next_to_confirm(sheet, confirmed) if confirmed else ""
        is_over = self.assessment.state not in (AssessmentState.DRAFT, AssessmentState.NOT_STARTED)
        context = self.common() | {
            "problem": problem,
            "sheet": sheet,
            "domains": self._domains(sheet, editable=editable, is_over=is_over, focus=focus),
            "focus": focus,
            "confirmed": confirmed,
            "profile": profile,
            "profile_before": None if profile else sheet.before,
            "editable": editable,
            "may_lead": self.may(LEAD),
            "next": self._next(sheet, profile) if editable else None,
            "history": queries.history_of(self.assessment),
            "is_over": is_over,
            "what_next": _what_next(self.assessment),
            "can_reopen": self.assessment.state
            in (AssessmentState.SUBMITTED, AssessmentState.FINAL)
            and self.assessment.round.state != RoundState.CANCELLED,
            "can_leave": self.assessment.state
            not in (AssessmentState.FINAL, AssessmentState.WITHDRAWN),
            "storage_key": _storage_key(self),
            "back_href": _list_of(self.site),
            "back_label": "Maturity",
        }
        return self.page("maturity/assess/assessment.html", context, part="tasks", status=status)

    def _domains(
        self, sheet: queries.Sheet, *, editable: bool, is_over: bool, focus: str
    ) -> SafeString:
        """The sub-domains under their domains: how far each is, and last time's answers to confirm."""
        assessment = self.assessment
        decides = {"editable": editable, "is_over": is_over, "focus": focus, "shown": sheet.shown}
        parts = [
            (
                part.sub_domain.pk,
                part.answered,
                part.status,
                [
                    (item.indicator.pk, item.before and item.before.value)
                    for item in part.to_confirm
                ],
            )
            for part in sheet.parts
        ]
        return drawn(
            self.request,
            "maturity/assess/_domains.html",
            (self.site.slug, assessment.ref, decides, parts),
            lambda: {
                **decides,
                "assessment": assessment,
                "href": assessment.get_absolute_url(),
                "domains": _by_domain(sheet),
            },
        )

    def _next(self, sheet: queries.Sheet, profile: Any) -> dict[str, str]:
        """The one next step."""
        if profile is None:
            return {"href": self.at("profile"), "words": "Continue", "what": "About your function"}
        if sheet.to_confirm and not self.assessment.answered:
            return {
                "href": self.at("confirm"),
                "words": "Look at last time’s answers",
                "what": "confirm what is still true",
            }
        left = sheet.next_after()
        if left is not None:
            href = self.at("rate", code=left.sub_domain.code)
            return {"href": href, "words": "Continue", "what": left.sub_domain.name}
        return {"href": self.at("submit"), "words": "Check and submit", "what": ""}


class ProfilePage(AssessmentDoor):
    """What the function is: facts, prefilled from last time, confirmed in one press."""

    permission = READ
    writes = RATE
    template = "maturity/assess/profile.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.assessment.state == AssessmentState.NOT_STARTED:
            return redirect(self.at("start"))
        described = queries.described_in(self.assessment)
        return self._show(ProfileForm(described=described, seen=self._seen()), described)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        described = queries.described_in(self.assessment)
        form = ProfileForm(request.POST, described=described, seen=self._seen())
        if request.POST.get("do") == "confirm":
            try:
                profiles.confirm(assessment=self.assessment, by=self.actor)
            except Refused as refused:
                form = ProfileForm(described=described, seen=self._seen())
                return self._show(form, described, problem=str(refused), status=422)
            return self._on()
        if not form.is_valid():
            return self._show(form, described, status=422)
        try:
            profiles.save(
                assessment=self.assessment,
                by=self.actor,
                words=form.words(),
                seen=form.cleaned_data["seen"],
                seen_words=form.words_versions(),
                **form.values(),
            )
        except Stale as stale:
            return self._stale(str(stale))
        except (Refused, ValidationError) as error:
            if isinstance(error, ValidationError):
                form.add_model_error(error)
            else:
                form.add_error(None, str(error))
            return self._show(form, described, status=422)
        return self._on()

    def _stale(self, sentence: str) -> HttpResponse:
        """What was typed, beside what somebody else wrote since; saving again keeps what was typed."""
        theirs = queries.described_in(self.assessment)
        data = self.request.POST.copy()
        self.reread()
        theirs = queries.described_in(self.assessment)
        now = ProfileForm(described=theirs, seen=self._seen())
        for name in ("seen", *(name for name in now.fields if name.startswith("seen-"))):
            data[name] = now[name].value() or ""
        form = ProfileForm(data, described=theirs, seen=self._seen())
        form.is_valid()
        form.add_error(None, sentence)
        return self._show(form, theirs, now=now, status=422)

    def _on(self) -> HttpResponse:
        messages.success(self.request, "Saved: about your function.")
        return redirect(self.assessment)

    def _seen(self) -> str:
        return profiles.seen_of(queries.profile_of(self.assessment))

    def _show(
        self,
        form: ProfileForm,
        described: queries.Described,
        *,
        now: ProfileForm | None = None,
        problem: str = "",
        status: int = 200,
    ) -> HttpResponse:
        editable = queries.is_editable(self.assessment) and self.may(RATE)
        context = self.common() | {
            "form": form,
            "described": described,
            "editable": editable,
            "problem": problem,
            "theirs": _filled_in(now) if now else [],
            "before": described.before if described.profile is None else None,
            "written": _filled_in(form) if not editable else [],
        }
        return self.page(self.template, context, status=status)


class Rate(AssessmentDoor):
    """One sub-domain: its indicators, last time's answers beside them, one explanation."""

    permission = READ
    writes = RATE
    template = "maturity/assess/rate.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is not None or not request.user.has_perm(self.permission, self.assessment):
            return response
        self.sub_domains = queries.sub_domains_to_rate(self.assessment)
        codes = [each.code for each in self.sub_domains]
        if kwargs["code"] not in codes:
            raise Http404
        self.place = codes.index(kwargs["code"])
        self.sub_domain = self.sub_domains[self.place]
        return None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.assessment.state == AssessmentState.NOT_STARTED:
            return redirect(self.at("start"))
        part = self._part()
        return self._show(RateForm(part=part, framework=self._framework()), part)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        part = self._part()
        form = RateForm(request.POST, part=part, framework=self._framework())
        do = request.POST.get("do", "")
        if not form.is_valid():
            return (
                self._saved(form, problem=True)
                if do == "auto"
                else self._show(form, part, status=422)
            )
        try:
            assessments.answer(
                assessment=self.assessment,
                answers=form.answers(),
                explanations=form.explanations(),
                seen=form.seen(),
                seen_words=form.words_version(),
                by=self.actor,
            )
            if do == "confirm":
                assessments.confirm(
                    assessment=self.assessment,
                    sub_domains=[self.sub_domain.code],
                    shown=request.POST.get("shown", ""),
                    by=self.actor,
                )
        except Stale:
            return self._stale(form, do)
        except Refused as refused:
            form.add_error(None, str(refused))
            return (
                self._saved(form, problem=True)
                if do == "auto"
                else self._show(form, part, status=422)
            )
        if do == "auto":
            return self._saved(RateForm(part=self._part(), framework=self._framework()))
        return redirect(f"{self._after()}?saved={self.sub_domain.code}")

    def _after(self) -> str:
        """The next sub-domain that is not done; after the last one the list, where all that is left open stands."""
        later = queries.next_to_rate(self.assessment, self.sub_domain)
        if later is None or self.request.POST.get("do") == "leave":
            return str(self.assessment.get_absolute_url())
        return self.at("rate", code=later.code)

    def _stale(self, form: RateForm, do: str) -> HttpResponse:
        """What was sent, beside what somebody else said since; saving again keeps what was sent."""
        self.reread()
        part = self._part()
        found = conflicts(form, part, self._framework().labels)
        if not found:
            # Nothing of this page: another one was saved at the same moment.
            return self._retry(part)
        again = RateForm(self.request.POST, part=part, framework=self._framework(), again=True)
        again.is_valid()
        if do == "auto":
            return self._saved(form, problem=True)
        again.add_error(
            None,
            "Somebody else answered here since you opened the page. What they said stands below,"
            " and what you chose is still chosen. Save again to replace theirs.",
        )
        return self._show(again, part, theirs=found, status=422)

    def _retry(self, part: queries.Part) -> HttpResponse:
        """Save once more, now that the other has been saved."""
        data = self.request.POST.copy()
        form = RateForm(data, part=part, framework=self._framework())
        form.is_valid()
        do = data.get("do", "")
        try:
            assessments.answer(
                assessment=self.assessment,
                answers=form.answers(),
                explanations=form.explanations(),
                seen=form.seen(),
                seen_words=form.words_version(),
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return (
                self._saved(form, problem=True)
                if do == "auto"
                else self._show(form, part, status=422)
            )
        if do == "auto":
            return self._saved(RateForm(part=self._part(), framework=self._framework()))
        return redirect(f"{self._after()}?saved={self.sub_domain.code}")

    def _saved(self, form: RateForm, *, problem: bool = False) -> HttpResponse:
        """For a script that saved while somebody types: when, and what the page has seen now."""
        context = {
            "form": form,
            "problem": problem,
            "at": london_time(timezone.now()),
            "assessment": self.assessment,
        }
        response = self.page("maturity/assess/_saved.html", context, status=422 if problem else 200)
        # Tells the script that this is an answer of ours, and not a page to sign in on.
        response["X-Hub-Saved"] = "no" if problem else "yes"
        return response

    def _part(self) -> queries.Part:
        parts = queries.sheet_of(self.assessment, self.sub_domain)
        self.sheet = parts
        return parts.parts[0] if parts.parts else queries.Part(self.sub_domain)

    def _framework(self) -> Any:
        return self.assessment.round.framework

    def _show(
        self,
        form: RateForm,
        part: queries.Part,
        *,
        theirs: list[dict[str, str]] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        labels = self._framework().labels
        before = self.sub_domains[self.place - 1] if self.place else None
        context = self.common() | {
            "form": form,
            "part": part,
            "sub_domain": self.sub_domain,
            "number": self.place + 1,
            "of": len(self.sub_domains),
            "previous_href": self.at("rate", code=before.code) if before else "",
            "previous": before,
            "theirs": theirs or [],
            "actions": open_actions_for(self.assessment, only=self.sub_domain).get(
                self.sub_domain.code, []
            ),
            "shown": self.sheet.shown,
            "before": self.sheet.before,
            "editable": queries.is_editable(self.assessment) and self.may(RATE),
            "said": [
                (
                    item.indicator.text,
                    in_words(item.now, labels) if item.is_answered else "Not answered",
                )
                for item in part.items
            ],
            "storage_key": f"{_storage_key(self)}{self.sub_domain.code}",
            "arrived": bool(self.request.GET.get("saved")),
        }
        return self.page(self.template, context, status=status)


class Confirm(AssessmentDoor):
    """Last time's answers to all that is not answered yet, shown once, confirmed in one press."""

    permission = RATE
    template = "maturity/assess/confirm.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            count = assessments.confirm(
                assessment=self.assessment, shown=request.POST.get("shown", ""), by=self.actor
            )
        except Refused as refused:
            self.reread()
            return self._show(problem=str(refused), status=422)
        messages.success(request, f"{count} {'answer' if count == 1 else 'answers'} confirmed.")
        return redirect(self.assessment)

    def _show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        sheet = queries.sheet_of(self.assessment)
        labels = self.assessment.round.framework.labels
        parts = [
            {
                "name": part.sub_domain.name,
                "href": self.at("rate", code=part.sub_domain.code),
                "answers": [
                    (item.indicator.text, in_words(item.before, labels)) for item in part.to_confirm
                ],
                "words": "" if part.words and part.words.text else part.words_before,
            }
            for part in sheet.to_confirm
        ]
        context = self.common() | {
            "problem": problem,
            "parts": parts,
            "answers": drawn(
                self.request, "maturity/assess/_last_time.html", (parts,), lambda: {"parts": parts}
            ),
            "count": sum(len(part["answers"]) for part in parts),
            "without": [part for part in sheet.unanswered if not part.to_confirm],
            "before": sheet.before,
            "shown": sheet.shown,
            "editable": queries.is_editable(self.assessment),
        }
        return self.page(self.template, context, status=status)


class Submit(AssessmentDoor):
    """What is not answered, said kindly, and the button."""

    permission = LEAD
    template = "maturity/assess/submit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(SubmitForm(initial={"version": self.assessment.version}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = SubmitForm(request.POST)
        form.is_valid()
        try:
            assessments.submit(
                assessment=self.assessment, version=form.cleaned_data["version"], by=self.actor
            )
        except Refused as refused:
            self.reread()
            form = SubmitForm({"version": self.assessment.version})
            form.is_valid()
            form.add_error(None, str(refused))
            return self._show(form, 422)
        return redirect(self.assessment)

    def _show(self, form: SubmitForm, status: int = 200) -> HttpResponse:
        sheet = queries.sheet_of(self.assessment)
        context = self.common() | {
            "form": form,
            "unanswered": [
                {
                    "name": part.sub_domain.name,
                    "href": self.at("rate", code=part.sub_domain.code),
                    "left": len(part.items) - part.answered,
                    "of": len(part.items),
                }
                for part in sheet.unanswered
            ],
            "without_words": [
                part.sub_domain.name
                for part in sheet.parts
                if part.answered and not (part.words and part.words.text)
            ],
            "profile": queries.profile_of(self.assessment),
            "what_next": _what_next(self.assessment, submitted=True),
            "editable": queries.is_editable(self.assessment),
        }
        return self.page(self.template, context, status=status)


class Reopen(AssessmentDoor):
    """Take a submitted one up again, with a reason that stays in its history."""

    permission = LEAD
    template = "maturity/assess/reopen.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.template, self.common() | {"form": ReopenForm()})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ReopenForm(request.POST)
        if form.is_valid():
            try:
                assessments.reopen(
                    assessment=self.assessment, reason=form.cleaned_data["reason"], by=self.actor
                )
                messages.success(request, "Open again. Submit it when you are done.")
                return redirect(self.assessment)
            except Refused as refused:
                form.add_error(None, str(refused))
                self.reread()
        return self.invalid(self.template, self.common() | {"form": form})


class Leave(AssessmentDoor):
    """Leave the round; what was written stays the site's."""

    permission = LEAD
    template = "maturity/assess/leave.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.template, self.common() | {"form": LeaveForm()})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = LeaveForm(request.POST)
        if form.is_valid():
            try:
                assessments.leave(
                    assessment=self.assessment, reason=form.cleaned_data["reason"], by=self.actor
                )
                messages.success(request, "You have left the round. What you wrote stays yours.")
                return redirect(self.assessment)
            except Refused as refused:
                form.add_error(None, str(refused))
                self.reread()
        return self.invalid(self.template, self.common() | {"form": form})


def _list_of(site: Any) -> str:
    return reverse("maturity:maturity", kwargs={"site": site.slug})


def _percent(row: Any) -> int:
    """How much is answered; all of it only when nothing is left."""
    return row.answered * 100 // row.asked if row.asked else 0


def _storage_key(view: AssessmentDoor) -> str:
    """Where a browser keeps what could not be saved: of one person and one self-assessment."""
    return f"hub-unsaved:{view.request.user.ref}:{view.assessment.ref}:"


def _by_domain(sheet: queries.Sheet) -> list[dict[str, Any]]:
    """Its parts under their domains, in order."""
    found: dict[int, dict[str, Any]] = {}
    for part in sheet.parts:
        domain = part.sub_domain.domain
        found.setdefault(domain.pk, {"name": domain.name, "parts": []})["parts"].append(part)
    return list(found.values())


def _next_to_confirm(sheet: queries.Sheet, code: str) -> str:
    """The code of the sub-domain that is confirmed after this one; empty after the last."""
    codes = [part.sub_domain.code for part in sheet.parts]
    at = codes.index(code) if code in codes else -1
    later = [*sheet.parts[at + 1 :], *sheet.parts[: at + 1]]
    return next((part.sub_domain.code for part in later if part.to_confirm), "")


def _what_next(assessment: Any, *, submitted: bool = False) -> str:
    """What happens after submitting, in one or two sentences."""
    round, state = assessment.round, assessment.state
    if submitted:
        state = AssessmentState.SUBMITTED
    if state == AssessmentState.WITHDRAWN:
        return "The site left this round. What you wrote stays here for you to read, and counts nowhere."
    if state == AssessmentState.FINAL:
        return "Your answers are final. They are next time’s starting point."
    if state == AssessmentState.IN_REVIEW:
        return "A matched site looks at your answers now. What you said stays yours to say."
    if round.network_id is None:
        return "Nobody outside your site sees your answers. Next time you start from them."
    if round.state == RoundState.CLOSED:
        return (
            "The round has closed, so your answers come into its comparison only if the"
            " coordinator makes it again."
        )
    closes = f"The round closes on {round.closes_on:%-d %B %Y}."
    then = "Until then you can reopen and change it. Then your answers become final, and the comparison of all sites is made."
    review = " A matched site can look at your answers first." if round.asks_review else ""
    return f"{closes} {then}{review}"


def _filled_in(form: ProfileForm) -> list[tuple[str, str]]:
    """What a profile says, as labels and words, for whoever cannot change it."""
    found = []
    for bound in [*form.facts, *(text for text, _ in form.texts)]:
        value = bound.value()
        choices = dict(getattr(bound.field, "choices", []))
        if isinstance(value, list):
            shown = ", ".join(str(choices.get(each, each)) for each in value)
        else:
            shown = str(choices.get(value, value)) if value not in (None, "") else ""
        found.append((str(bound.label), shown or "Not answered"))
    return found


def _refused(form: Any, error: Exception) -> None:
    """Put what a service refused on the form: on the field it names, if the form has it."""
    if isinstance(error, ValidationError):
        named = getattr(error, "error_dict", {})
        if named and set(named) <= {*form.fields, "__all__"}:
            form.add_error(None, error)
        else:
            form.add_error(None, ValidationError(error.messages))
    else:
        form.add_error(None, str(error))
