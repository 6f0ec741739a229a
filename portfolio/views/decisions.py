"""Deciding: kind, reason and words, a look at every mail, and ten minutes to think again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.enums import OrganisationKind
from accounts.models import Organisation, Person
from accounts.services import organisations
from hubapp import events
from hubapp.problems import Refused, Stale
from hubapp.web.words import london_time
from hubapp.workdays import add_working_days, london_date
from portfolio.enums import CHOICES, DecisionKind, State
from portfolio.forms.decide import NEW, STANDARD, DecideForm, FollowUpForm, plain
from portfolio.mails import decision_mail, introduction_mail, took_in_mail
from portfolio.models import Decision, Innovation
from portfolio.queries import checklists, deciding
from portfolio.queries import innovations as one
from portfolio.queries.interests import has_interest, interests_standing
from portfolio.queries.similar import similar_to
from portfolio.services import decisions
from portfolio.validators import nhs_numbers_in, spaced
from portfolio.views.base import InnovationDoor, not_found_unless, safe_next
from portfolio.views.innovations import submitter_of
from portfolio.views.onward import go_on, place_in_queue

DONE = {
    DecisionKind.SCOPING: "Taken forward to scoping.",
    DecisionKind.ASK: "More is asked for; the clock stops.",
    DecisionKind.SIGNPOST: "Signposted.",
    DecisionKind.PARK: "Parked.",
    DecisionKind.MERGE: "Merged.",
    DecisionKind.DECLINE: "Declined.",
}
# The tracking link opens the submitter's own page, so it is not shown to others.
LINK_SHOWN = "(the link to their own page)"
# Working days until a signpost is asked after, unless somebody says otherwise.
FOLLOW_UP_DAYS = 20
# What travels from the preview to its confirmation is what was sent, but for these.
NOT_SENT_ON = ("csrfmiddlewaretoken", "do")


class Decide(InnovationDoor):
    """Choose a kind; choose a reason and word it; look at the mails; confirm."""

    permission = "portfolio.decide_innovation"
    template = "portfolio/innovations/decide.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        innovation = self.innovation
        if not innovation.is_in_triage:
            messages.info(
                request,
                f"This idea is not waiting for a decision: {innovation.get_state_display().lower()}.",
            )
            return redirect(innovation)
        if has_interest(self.viewer.user_id, innovation):
            return self.page("portfolio/innovations/decide_excluded.html", self._about())
        kind = request.GET.get("kind", "")
        kind = kind if kind in self._kinds() else ""
        asked = {name: request.GET.get(name, "") for name in ("reason", "into")}
        form = self._form(kind, initial={"kind": kind, **asked, **self._defaults(kind)})
        if kind:
            form = form.with_standard_words(replace=False)
        # Few key presses from the queue to an answer: the next thing to choose has the focus.
        form.focus_first()
        return self._ask(form)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        data: QueryDict = request.POST
        kind, do = data.get("kind", ""), data.get("do", "")
        shown = data.get("shown", kind)
        if kind not in self._kinds():
            return self._ask(self._form(shown if shown in self._kinds() else "", data), status=422)
        if kind != shown or do == "fields":
            return self._ask(self._other_kind(kind, shown), part="rest")
        form = self._form(kind, data)
        if do in ("words", "replace"):
            return self._ask(form.with_standard_words(replace=do == "replace"), part="words")
        if do == "find":
            typed = form.typed()
            typed["new_organisation"] = typed.get("new_organisation") or typed.get("organisation_q")
            return self._ask(form.unbound(typed), part="found")
        if do == "back":
            return self._ask(form.unbound())
        if form.needs_standard_words:
            # Not on the page yet: the standard words, to be seen before they are sent.
            filled = form.with_standard_words(replace=False)
            data = data.copy()
            for name in (*STANDARD, "filled"):
                if name in filled.fields:
                    data[name] = filled.initial[name]
            form = self._form(kind, data)
        if not form.is_valid():
            return self._ask(form, status=422)
        return self._confirm(form) if do == "confirm" else self._preview(form, data)

    # -- the form ---------------------------------------------------------------

    def _kinds(self) -> tuple[str, ...]:
        """Asking again is no choice while the submitter has not answered."""
        asked = self.innovation.state == State.ASKED
        return tuple(kind for kind in CHOICES if not (kind == DecisionKind.ASK and asked))

    def _form(self, kind: str, data: Any = None, initial: dict | None = None) -> DecideForm:
        given: Any = data if data is not None else initial or {}
        more: dict[str, Any] = {}
        if kind == DecisionKind.SIGNPOST:
            rows = deciding.organisations_offered(
                self.site, given.get("organisation_q", ""), given.get("organisation", "")
            )
            more["organisations"] = [(row.ref, row.name) for row in rows]
        elif kind == DecisionKind.MERGE:
            ideas = deciding.ideas_offered(
                self.viewer,
                self.innovation,
                given.get("into_q", ""),
                given.get("into", ""),
                first=[each.other_id for each in similar_to(self.viewer, self.innovation)],
            )
            more["ideas"] = [(idea.ref, idea.title, idea_hint(idea)) for idea in ideas]
        return DecideForm(
            data,
            kind=kind,
            kinds=self._kinds(),
            reasons=one.reasons_for(self.site, kind) if kind else [],
            initial=initial or {},
            **more,
        )

    def _defaults(self, kind: str) -> dict[str, Any]:
        defaults: dict[str, Any] = {"version": self.innovation.version}
        if kind == DecisionKind.SIGNPOST:
            today = london_date(timezone.now())
            defaults["follow_up_on"] = add_working_days(today, FOLLOW_UP_DAYS)
            defaults["introduction"] = deciding.standard_introduction(self.innovation)
        return defaults

    def _other_kind(self, kind: str, shown: str) -> DecideForm:
        """The form of another kind than the one on the page; words that somebody typed go with it."""
        data = self.request.POST
        before = one.reasons_for(self.site, shown) if shown in self._kinds() else []
        typed = {}
        for name in STANDARD:
            standard = {"", *(plain(getattr(reason, name)) for reason in before)}
            if plain(data.get(name, "")) not in standard:
                typed[name] = data[name]
        initial = {**self._defaults(kind), **typed, "kind": kind}
        # The version of the page that was opened, not of the idea as it is by now.
        initial["version"] = data.get("version", self.innovation.version)
        return self._form(kind, initial=initial)

    # -- what is shown ------------------------------------------------------------

    def _about(self) -> dict[str, Any]:
        innovation = self.innovation
        about = {
            "innovation": innovation,
            "submitter": submitter_of(innovation),
            "back_href": innovation.get_absolute_url(),
        }
        if not self.wants_part:
            # What stands beside the form: a part of it is answered without.
            about |= checklists.desk_context(innovation, self.viewer.user_id, short=True)
            about["interests"] = interests_standing(innovation)
        return about

    def _ask(
        self,
        form: DecideForm,
        *,
        part: str = "",
        status: int = 200,
        more: dict[str, Any] | None = None,
    ) -> HttpResponse:
        kind = form.shown_kind
        context = {
            **self._about(),
            "form": form,
            "kind": kind,
            "kind_label": DecisionKind(kind).label if kind else "",
            **(more or {}),
        }
        return self.page(self.template, context, part=part, status=status)

    def _preview(self, form: DecideForm, data: QueryDict) -> HttpResponse:
        unsaved = self._unsaved(form)
        reason = form.reason_chosen()
        context = {
            **self._about(),
            "decision": unsaved,
            "sent": [(name, text) for name, text in data.items() if name not in NOT_SENT_ON],
            "mails": mails_of(unsaved),
            "kind": form.shown_kind,
            "kind_label": DecisionKind(form.shown_kind).label,
            "reason_label": reason.label if reason else "",
            "numbers": [
                spaced(number)
                for number in nhs_numbers_in(
                    unsaved.words,
                    unsaved.next_step,
                    unsaved.would_change,
                    unsaved.introduction,
                    unsaved.until_what,
                )
            ],
            "back_href": "",
        }
        return self.page("portfolio/innovations/decide_preview.html", context)

    def _unsaved(self, form: DecideForm) -> Decision:
        """The decision as it would be stored, for its preview."""
        given = form.cleaned_data
        decision = Decision(
            site=self.site,
            innovation=self.innovation,
            kind=form.shown_kind,
            words=given["words"].strip(),
            next_step=given["next_step"].strip(),
            would_change=given.get("would_change", "").strip(),
            until_on=given.get("until_on"),
            until_what=given.get("until_what", "").strip(),
            follow_up_on=given.get("follow_up_on"),
            actor_kind=self.actor.kind,
            actor_ref=self.actor.ref,
        )
        if form.shown_kind == DecisionKind.SIGNPOST:
            decision.organisation = self._organisation(form) or Organisation(
                name=" ".join(given["new_organisation"].split()),
                kind=given["new_organisation_kind"],
            )
            if given["contact_email"]:
                decision.contact = Person(name=given["contact_name"], email=given["contact_email"])
                decision.introduction = given["introduction"].strip()
        elif form.shown_kind == DecisionKind.MERGE:
            decision.into = self._into(form)
        return decision

    def _organisation(self, form: DecideForm) -> Organisation | None:
        """The organisation that was picked; None for one to be added."""
        picked = form.cleaned_data["organisation"]
        return None if picked == NEW else deciding.organisation_by_ref(picked)

    def _into(self, form: DecideForm) -> Innovation | None:
        return one.innovation_for(self.viewer, self.site, form.cleaned_data["into"])

    # -- doing it -----------------------------------------------------------------

    def _confirm(self, form: DecideForm) -> HttpResponse:
        place = place_in_queue(self, self.innovation)
        try:
            with transaction.atomic(), events.operation():
                decision = self._decide(form)
        except Stale as stale:
            return self._overtaken(form, stale)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._ask(form, status=422)
        except ValidationError as error:
            form.add_error(None, error)
            return self._ask(form, status=422)
        until = london_time(decision.release_at)
        done = DONE[DecisionKind(form.shown_kind)]
        if deciding.who_is_told(decision):
            said = f"{done} The answer leaves at {until}; until then you can undo it."
        else:
            said = f"{done} Nobody is mailed. You can undo it until {until}."
        undo = {"site": self.site.slug, "ref": self.innovation.ref, "decision": decision.ref}
        return go_on(self, place, said, undo=reverse("portfolio:undo", kwargs=undo))

    def _decide(self, form: DecideForm) -> Decision:
        given = form.cleaned_data
        details: dict[str, Any] = {
            name: given[name]
            for name in ("would_change", "until_on", "until_what", "follow_up_on")
            if name in given
        }
        if form.shown_kind == DecisionKind.SIGNPOST:
            details["organisation"] = self._organisation(form) or organisations.ensure_organisation(
                name=" ".join(given["new_organisation"].split()),
                kind=given["new_organisation_kind"] or OrganisationKind.NHS_PROVIDER,
                by=self.actor,
            )
            if given["contact_email"]:
                details |= {
                    name: given[name] for name in ("contact_email", "contact_name", "introduction")
                }
        elif form.shown_kind == DecisionKind.MERGE:
            details["into"] = self._into(form)
        return decisions.decide(
            innovation=self.innovation,
            kind=form.shown_kind,
            reason_code=given["reason"],
            words=given["words"],
            next_step=given["next_step"],
            version=given["version"],
            by=self.actor,
            **details,
        )

    def _overtaken(self, form: DecideForm, stale: Stale) -> HttpResponse:
        """Somebody was first: what they did, and what was typed, with the version as it is now."""
        now = not_found_unless(one.innovation_for(self.viewer, self.site, self.innovation.ref))
        self.innovation = now
        data = self.request.POST.copy()
        data["version"] = str(now.version)
        again = self._form(form.shown_kind, data)
        again.add_error(None, str(stale))
        context = {"meanwhile": one.history_of(now).entries[:3]}
        return self._ask(again, status=422, more=context)


def idea_hint(idea: Innovation) -> str:
    """What tells one idea from another in a list to choose from."""
    on = idea.received_on
    received = f", received {on.day} {on:%B %Y}" if on else ""
    return f"{idea.ref}: {idea.get_state_display().lower()}{received}"


def mails_of(decision: Decision) -> list[dict[str, Any]]:
    """Every mail that a decision will send, stored or not yet: who gets it, and what it says."""
    shown = []
    for told in deciding.who_is_told(decision):
        if told.mail == "introduction":
            written = introduction_mail(decision)
        elif told.mail == "took_in":
            written = took_in_mail(decision, told.about, LINK_SHOWN)
        else:
            written = decision_mail(decision, LINK_SHOWN, about=told.about)
        shown.append({"told": told, "mail": written})
    return shown


class Undo(InnovationDoor):
    """Take a decision back while its mail is held."""

    permission = "portfolio.decide_innovation"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        decision = not_found_unless(one.decision_of(self.innovation, kwargs["decision"]))
        try:
            decisions.undo(decision=decision, by=self.actor)
            messages.success(
                request, "Undone. No answer is sent, and the idea waits for a decision again."
            )
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(safe_next(request, self.innovation.get_absolute_url()))


class Separate(InnovationDoor):
    """Take a merge back, at any time: who is told of it is shown first."""

    permission = "portfolio.decide_innovation"
    template = "portfolio/innovations/separate.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        decision = self._merge(kwargs["decision"])
        if decision != deciding.merge_that_stands(self.innovation):
            messages.info(request, "These ideas are not merged any more.")
            return redirect(self.innovation)
        context = {
            "innovation": self.innovation,
            "into": self._shown(decision.into),
            "decision": decision,
            "has_left": decision.release_at is not None and decision.release_at <= timezone.now(),
            "told": deciding.who_is_told(decision),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        decision = self._merge(kwargs["decision"])
        try:
            decisions.undo(decision=decision, by=self.actor)
            messages.success(request, "Separated. This idea waits for a decision of its own again.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.innovation)

    def _merge(self, ref: str) -> Decision:
        decision = not_found_unless(one.decision_of(self.innovation, ref))
        return not_found_unless(decision if decision.kind == DecisionKind.MERGE else None)

    def _shown(self, idea: Innovation | None) -> Innovation | None:
        return idea and one.innovation_for(self.viewer, self.site, idea.ref)


class BringBack(InnovationDoor):
    """Take a parked idea up again before its day."""

    permission = "portfolio.triage_innovation"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            decisions.bring_back(innovation=self.innovation, by=self.actor)
            messages.success(
                request, "Back in the queue: it waits for a decision, and the clock runs anew."
            )
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.innovation)


class FollowUp(InnovationDoor):
    """What came of a signpost."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/innovations/follow_up.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if self.innovation.state != State.SIGNPOSTED:
            messages.info(request, "This idea is not signposted, so there is nothing to follow up.")
            return redirect(self.innovation)
        again = add_working_days(london_date(timezone.now()), FOLLOW_UP_DAYS)
        return self._show(
            FollowUpForm(initial={"version": self.innovation.version, "again_on": again})
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = FollowUpForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            decisions.follow_up(innovation=self.innovation, by=self.actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, "Written down.")
        return redirect(self.innovation)

    def _show(self, form: FollowUpForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "decision": deciding.signpost_of(self.innovation),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)
