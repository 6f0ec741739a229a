"""The front door: an idea from the first question to the confirmed address, without an account."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from hubapp.problems import Refused, Stale
from hubapp.web.addresses import absolute
from hubapp.web.doors import SiteDoor
from hubapp.web.forms import HubForm
from portfolio import links
from portfolio.enums import InnovationType, SubmitterKind
from portfolio.forms.front_door import AddressForm, ContactForm, FrontDoorForm, IdeaForm, StartForm
from portfolio.queries import calls
from portfolio.queries import front_door as doors
from portfolio.services import front_door as front_door_services
from portfolio.services import submissions
from portfolio.views.public import PublicPage, TokenPage
from portfolio.views.typed import similar_to_draft

# After pressing the button once more (a double click, a reload) the page still shows the tracking link.
SHOWS_LINK_FOR = dt.timedelta(minutes=15)

# The answer to the first question, as somebody reads it back.
_WHO = {
    SubmitterKind.STAFF: "I work for the organisation that reads it",
    SubmitterKind.PUBLIC: SubmitterKind.PUBLIC.label,
    SubmitterKind.COMPANY: SubmitterKind.COMPANY.label,
    SubmitterKind.UNIVERSITY: SubmitterKind.UNIVERSITY.label,
    SubmitterKind.OTHER_NHS: SubmitterKind.OTHER_NHS.label,
}

_CONTACT = ("name", "email", "organisation_words", "role_words")


class Start(PublicPage):
    """Who you are and who should read it: the first page, at one site's door or at that of all."""

    site: Any = None
    # The call whose page this is.
    call: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        slug = kwargs.get("site")
        if slug:
            site = doors.site_of_any_door(slug)
            if site is None:
                return self._closed("unknown", 404)
            if site.slug != slug:
                return redirect("portfolio:submit_site", site=site.slug, permanent=True)
            if not doors.notice_of(site).is_open:
                return self._closed("closed", 200, site)
            self.site, self.sites, self.networks = site, [site], []
        else:
            self.sites = list(doors.sites_that_take_ideas())
            self.networks = list(doors.networks_that_route()) if len(self.sites) > 1 else []
            if not self.sites:
                return self._closed("none", 200)
        return super().dispatch(request, *args, **kwargs)

    def _closed(self, why: str, status: int, site: Any = None) -> HttpResponse:
        others = doors.sites_that_take_ideas().exists() if why != "none" else False
        return self.page(
            "portfolio/front_door/closed.html",
            {"why": why, "site": site, "others": others},
            status=status,
        )

    def _form(self, data: Any = None) -> StartForm:
        return StartForm(data, sites=self.sites, networks=self.networks)

    def _show(self, form: StartForm, status: int = 200) -> HttpResponse:
        only = self.sites[0] if len(self.sites) == 1 else None
        context = {
            "form": form,
            "site": only,
            "notices": _notices([only] if only else []),
            "calls": calls.open_calls(only) if only and not self.call else [],
        }
        return self.page("portfolio/front_door/start.html", context, status=status)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.is_trapped():
            return self.page("portfolio/front_door/sent.html", {"submission": None})
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        seconds = self.wait("front_door_start")
        if seconds:
            return self._show(form, self.refuse_for_now(form, seconds))
        draft = submissions.start_draft(
            submitter_kind=form.cleaned_data["submitter_kind"],
            entry_site=self.site,
            answers=form.answers() | ({"call": self.call.ref} if self.call else {}),
            by=self.actor("front-door"),
        )
        return redirect("portfolio:draft", token=links.make_token(links.DRAFT, draft.ref))


def _notices(sites: list) -> list[dict[str, Any]]:
    """What each site tells people before they type."""
    notices = [{"site": site, "door": doors.notice_of(site)} for site in sites]
    plain = [notice for notice in notices if not notice["door"].privacy_notice]
    if plain:
        # Hubapp's own words stand once, after the last of the sites that use them.
        names = [notice["site"].name for notice in plain]
        plain[-1]["in_our_words"] = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return notices


class DraftPage(TokenPage):
    """A page of one draft; one that was sent leads to the page that says so."""

    draft: Any = None

    @cached_property
    def call(self) -> Any:
        """The call that the draft answers, open or not; every step says so."""
        return calls.call_of_draft(self.draft)

    @cached_property
    def call_is_open(self) -> bool:
        """Whether that call still takes ideas."""
        return self.call is not None and calls.is_open(self.call)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.token = kwargs["token"]
        self.draft = doors.draft_by_token(self.token)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._without_draft() or self.show(**kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._without_draft() or self.act(**kwargs)

    def show(self, **kwargs: Any) -> HttpResponse:
        """GET, with a draft."""
        raise NotImplementedError

    def act(self, **kwargs: Any) -> HttpResponse:
        """POST, with a draft."""
        return self.to("portfolio:draft")

    def _without_draft(self) -> HttpResponse | None:
        if self.draft is not None:
            return None
        if doors.submission_sent_from_draft_token(self.token):
            return self.to("portfolio:draft_sent")
        ours = links.open_token(links.DRAFT, self.token) is not None
        return self.no_such_link(
            gone=ours,
            reason="An idea that is not sent is deleted when nobody has changed it for 30 days."
            if ours
            else "",
        )

    def to(self, name: str, **kwargs: Any) -> HttpResponse:
        """Go to another page of this draft."""
        return redirect(name, token=self.token, **kwargs)

    def step_href(self, step: str) -> str:
        """The address of one step."""
        return reverse("portfolio:draft_step", kwargs={"token": self.token, "step": step})

    def next_step(self, destination: doors.Destination) -> str:
        """The first step that is not answered."""
        return doors.first_unanswered_step(
            self.draft, destination, knows_person=self.request.user.is_authenticated
        )

    def save(self, **changes: Any) -> None:
        """Keep what was typed."""
        submissions.save_draft(draft=self.draft, by=self.actor(self.draft.ref), **changes)


class DraftStart(DraftPage):
    """The link of a draft: goes on where it stopped."""

    def show(self, **kwargs: Any) -> HttpResponse:
        step = self.next_step(doors.destination_of(self.draft))
        return redirect(self.step_href(step))


class DraftStep(DraftPage):
    """One step: who, idea, contact or check."""

    def show(self, **kwargs: Any) -> HttpResponse:
        step = kwargs["step"]
        destination = doors.destination_of(self.draft)
        if step == "check":
            first = self.next_step(destination)
            return redirect(self.step_href(first)) if first != "check" else self._check(destination)
        if step == "contact" and self.request.user.is_authenticated:
            return redirect(self.step_href("check"))
        form = self._form(step)
        if step == "who" and not form.can_be_answered:
            return self.page(
                "portfolio/front_door/closed.html",
                {"why": "none", "site": None, "others": False, "kept": True},
            )
        return self._show(step, form, destination)

    def act(self, **kwargs: Any) -> HttpResponse:
        step = kwargs["step"]
        if self.is_trapped():
            return self.page("portfolio/front_door/sent.html", {"submission": None})
        if step == "check":
            return (
                self._save_for_later()
                if self.request.POST.get("action") == "save"
                else self._send()
            )
        later = self.request.POST.get("action") == "save"
        form = self._form(step, self.request.POST, later=later)
        if not form.is_valid():
            return self._show(step, form, doors.destination_of(self.draft), 422)
        try:
            if step == "who":
                kind = form.cleaned_data["submitter_kind"]
                self.save(submitter_kind=kind, answers=form.answers())
            elif step == "idea":
                self.save(answers=form.answers())
            else:
                typed = {
                    name: form.cleaned_data[name] for name in _CONTACT if name in form.cleaned_data
                }
                if any(typed.values()):
                    self.save(person=typed)
        except Refused:
            # Sent from another tab in the meantime.
            return self.to("portfolio:draft")
        return self._save_for_later() if later else self.to("portfolio:draft")

    def _save_for_later(self) -> HttpResponse:
        """The page with the link, which is mailed as well where an address is known."""
        mailed = False
        if self.draft.person and self.draft.person.email and not self.wait("mail_link"):
            mailed = submissions.mail_draft_link(draft=self.draft, by=self.actor(self.draft.ref))
        saved = reverse("portfolio:draft_saved", kwargs={"token": self.token})
        return redirect(f"{saved}?mailed" if mailed else saved)

    def _form(self, step: str, data: Any = None, *, later: bool = False) -> Any:
        draft = self.draft
        if step == "who":
            entry, networks = draft.entry_site, []
            sites = (
                [entry] if entry and not entry.closed_on and doors.notice_of(entry).is_open else []
            )
            if not sites:
                sites = list(doors.sites_that_take_ideas())
                networks = list(doors.networks_that_route()) if len(sites) > 1 else []
            return StartForm(
                data, sites=sites, networks=networks, answers=draft.answers,
                initial={"submitter_kind": draft.submitter_kind},
            )  # fmt: skip
        if step == "idea":
            return IdeaForm(data, kind=draft.submitter_kind, answers=draft.answers, later=later)
        person = draft.person
        initial = {name: getattr(person, name) for name in _CONTACT} if person else {}
        return ContactForm(data, kind=draft.submitter_kind, initial=initial, later=later)

    def _back(self, step: str) -> str:
        before = {"who": "", "idea": "who", "contact": "idea", "check": "contact"}[step]
        if before == "contact" and self.request.user.is_authenticated:
            before = "idea"
        return self.step_href(before) if before else ""

    def _show(
        self, step: str, form: Any, destination: doors.Destination, status: int = 200
    ) -> HttpResponse:
        context = {
            "form": form,
            "draft": self.draft,
            "step": step,
            "destination": destination,
            "notices": _notices(destination.sites),
            "back_href": self._back(step),
            "is_staff_kind": self.draft.submitter_kind == SubmitterKind.STAFF,
        }
        if step == "idea":
            context |= similar_to_draft(self, destination, self.request.POST or self.draft.answers)
        return self.page(f"portfolio/front_door/{step}.html", context, status=status)

    def _check(
        self, destination: doors.Destination, form: Any = None, status: int = 200
    ) -> HttpResponse:
        context = {
            "form": form or HubForm(),
            "draft": self.draft,
            "destination": destination,
            "groups": self._answers(destination),
            "back_href": self._back("check"),
            **similar_to_draft(self, destination, self.draft.answers),
        }
        return self.page("portfolio/front_door/check.html", context, status=status)

    def _answers(self, destination: doors.Destination) -> list[dict[str, Any]]:
        """What was answered, with where to change it."""
        draft, answers = self.draft, self.draft.answers
        words = IdeaForm(kind=draft.submitter_kind, answers=answers).fields
        who, idea, contact = (self.step_href(step) for step in ("who", "idea", "contact"))
        kind = answers.get("innovation_type")
        where = ", ".join(site.name for site in destination.sites)
        about = [
            {"key": "Who you are", "value": _WHO[SubmitterKind(draft.submitter_kind)], "href": who},
            {
                "key": "Who reads it",
                "value": where or f"Not sure: {destination.network} decides",
                "href": who,
            },
        ]
        rows = [
            {
                "key": words[name].label,
                "value": format_html(
                    '<div class="hub-prose" dir="auto">{}</div>', answers.get(name) or ""
                ),
                "href": f"{idea}#id_{name}",
            }
            for name in ("problem", "for_whom", "idea")
        ]
        rows += [
            {
                "key": "Short title",
                "value": answers.get("title") or submissions.title_from(answers["idea"]),
                "href": f"{idea}#id_title",
            },
            {
                "key": "What it is mostly",
                "value": InnovationType(kind).label if kind else "Not sure",
                "href": f"{idea}#id_innovation_type",
            },
            {
                "key": "Confidential",
                "value": "Yes" if answers.get("is_confidential") else "No",
                "href": f"{idea}#id_is_confidential",
            },
        ]
        user = self.request.user
        if user.is_authenticated:
            you = [{"key": "Signed in as", "value": f"{user.person}, {user.person.email}"}]
        else:
            person = draft.person
            you = [
                {"key": "Name", "value": person.name, "href": contact},
                {"key": "Email address", "value": person.email, "href": contact},
                {"key": "Organisation", "value": person.organisation_words, "href": contact}
                if person.organisation_words
                else {},
                {"key": "Team or department", "value": person.role_words, "href": contact}
                if person.role_words
                else {},
            ]
        return [
            {"heading": "Who you are, and who reads it", "rows": about},
            {"heading": "Your idea", "rows": rows},
            {"heading": "How to reach you", "rows": you},
        ]

    def _send(self) -> HttpResponse:
        destination = doors.destination_of(self.draft)
        first = self.next_step(destination)
        if first != "check":
            return redirect(self.step_href(first))
        form = HubForm(self.request.POST)
        form.is_valid()
        seconds = self.wait("front_door_send")
        if seconds:
            return self._check(destination, form, self.refuse_for_now(form, seconds))
        try:
            submissions.send_draft(
                draft=self.draft, by=self.actor(self.draft.ref), confirmed_person=self.person
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self._check(destination, form, 422)
        return self.to("portfolio:draft_sent")


class DraftSaved(DraftPage):
    """Saved for later: the link, mailed if there is an address."""

    def _show(self, form: AddressForm, status: int = 200, mailed: str = "") -> HttpResponse:
        person = self.draft.person
        context = {
            "form": form,
            "draft": self.draft,
            "url": absolute(links.draft_path(self.draft.ref)),
            "email": person.email if person else "",
            "mailed": mailed,
        }
        return self.page("portfolio/front_door/saved.html", context, status=status)

    def show(self, **kwargs: Any) -> HttpResponse:
        person = self.draft.person
        known = person.email if person else ""
        mailed = known if "mailed" in self.request.GET else ""
        return self._show(AddressForm(initial={"email": known}), mailed=mailed)

    def act(self, **kwargs: Any) -> HttpResponse:
        form = AddressForm(self.request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        seconds = self.wait("mail_link")
        if seconds:
            return self._show(form, self.refuse_for_now(form, seconds))
        email = form.cleaned_data["email"]
        try:
            if not self.draft.person or self.draft.person.email != email.lower():
                self.save(person={"email": email})
        except Refused:
            return self.to("portfolio:draft")
        submissions.mail_draft_link(draft=self.draft, by=self.actor(self.draft.ref))
        return self._show(AddressForm(initial={"email": email}), mailed=email)


class DraftSent(TokenPage):
    """Sent: what happens now. Every further press of the button leads here."""

    submission: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.token = kwargs["token"]
        self.submission = doors.submission_sent_from_draft_token(self.token)
        return super().dispatch(request, *args, **kwargs)

    def _missing(self) -> HttpResponse:
        if doors.draft_by_token(self.token):
            return redirect("portfolio:draft", token=self.token)
        return self.no_such_link(gone=links.open_token(links.DRAFT, self.token) is not None)

    def _show(
        self, form: AddressForm | None, status: int = 200, again: bool = False
    ) -> HttpResponse:
        submission, person = self.submission, self.person
        mine = person is not None and submission.submitter_id == person.pk
        context = {
            "submission": submission,
            "email": submission.submitter.email if submission.submitter else "",
            "form": form,
            "again": again,
            "track_href": links.track_path(submission.ref, submission.link_generation)
            if mine
            else "",
        }
        return self.page("portfolio/front_door/sent.html", context, status=status)

    def _address(self, data: Any = None) -> AddressForm | None:
        submission = self.submission
        if submission.confirmed_at or not submission.submitter or submission.submitter.signs_in:
            return None
        return AddressForm(data, initial={"email": submission.submitter.email})

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.submission is None:
            return self._missing()
        return self._show(self._address(), again="again" in request.GET)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.submission is None:
            return self._missing()
        form = self._address(request.POST)
        if form is None:
            return redirect("portfolio:draft_sent", token=self.token)
        if not form.is_valid():
            return self._show(form, 422)
        seconds = self.wait("mail_link")
        if seconds:
            return self._show(form, self.refuse_for_now(form, seconds))
        try:
            submissions.ask_again_to_confirm(
                submission=self.submission,
                email=form.cleaned_data["email"],
                by=self.actor(self.submission.ref),
            )
        except (Refused, ValidationError) as refusal:
            form.add_error(None, refusal if isinstance(refusal, ValidationError) else str(refusal))
            return self._show(form, 422)
        return redirect(f"{reverse('portfolio:draft_sent', kwargs={'token': self.token})}?again")


class Confirm(TokenPage):
    """The page with the button: opening it confirms nothing, since mail scanners open links."""

    submission: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.link = doors.confirm_link(kwargs["token"])
        self.submission = self.link.submission
        return super().dispatch(request, *args, **kwargs)

    def _stop(self) -> HttpResponse | None:
        if not self.link.is_ours:
            return self.no_such_link()
        if self.submission is None:
            return self.no_such_link(
                gone=True,
                reason="An idea is deleted when its address is not confirmed within 30 days.",
            )
        if self.link.replaced:
            return self.no_such_link(
                gone=True, reason="We have sent a newer link since: look for our latest message."
            )
        return None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        stop = self._stop()
        if stop:
            return stop
        submission = self.submission
        if submission.confirmed_at:
            return self.page(
                "portfolio/front_door/confirmed_before.html", {"submission": submission}
            )
        return self.page("portfolio/front_door/confirm.html", {"submission": submission})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        stop = self._stop()
        if stop:
            return stop
        submission = self.submission
        if request.POST.get("action") == "mail" and submission.confirmed_at:
            seconds = self.wait("mail_link")
            if seconds:
                return self.slow_down(seconds)
            mailed = submissions.mail_link(submission=submission, by=self.actor(submission.ref))
            context = {"submission": submission, "mailed": mailed}
            return self.page("portfolio/front_door/confirmed_before.html", context)
        before = submission.confirmed_at
        if before and before < timezone.now() - SHOWS_LINK_FOR:
            return self.page(
                "portfolio/front_door/confirmed_before.html", {"submission": submission}
            )
        submission = submissions.confirm(submission=submission, by=self.actor(submission.ref))
        context = {
            "submission": submission,
            "innovations": list(doors.innovations_of(submission)),
            "track_href": links.track_path(submission.ref, submission.link_generation),
        }
        return self.page("portfolio/front_door/confirmed.html", context)


class FrontDoorSettings(SiteDoor):
    """Open or close a site's front door, and word it."""

    permission = "portfolio.manage_front_door"
    template = "portfolio/front_door/settings.html"

    def _context(self, form: FrontDoorForm) -> dict[str, Any]:
        return {
            "form": form,
            "site": self.site,
            "submit_url": absolute(
                reverse("portfolio:submit_site", kwargs={"site": self.site.slug})
            ),
            "back_href": reverse("accounts:settings", kwargs={"site": self.site.slug}),
            "back_label": "Settings",
        }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        door = doors.front_door_of(self.site)
        form = FrontDoorForm(instance=door, initial={"version": door.version})
        return self.page(self.template, {**self._context(form), "saved": "saved" in request.GET})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = FrontDoorForm(request.POST, instance=doors.front_door_of(self.site))
        if not form.is_valid():
            return self.invalid(self.template, self._context(form))
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            front_door_services.change_front_door(
                site=self.site, version=version, by=self.actor, **values
            )
        except Stale as stale:
            form.add_error(None, str(stale))
            current = doors.front_door_of(self.site)
            form.data = {**request.POST.dict(), "version": current.version}
            return self.invalid(self.template, {**self._context(form), "theirs": current})
        return redirect(f"{request.path}?saved")
