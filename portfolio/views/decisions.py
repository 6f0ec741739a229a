"""Deciding: kind, reason and words, a look at the mail, and ten minutes to think again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused, Stale
from hubapp.web.words import london_time
from portfolio.enums import CHOICES, DecisionKind, State
from portfolio.forms.triage import DecideForm
from portfolio.mails import decision_mail
from portfolio.models import Decision
from portfolio.queries import innovations as one
from portfolio.services import decisions
from portfolio.validators import nhs_numbers_in, spaced
from portfolio.views.base import InnovationDoor, not_found_unless
from portfolio.views.innovations import submitter_of

DONE = {
    DecisionKind.SCOPING: "Taken forward to scoping.",
    DecisionKind.ASK: "More is asked for; the clock stops.",
    DecisionKind.DECLINE: "Declined.",
}
# The tracking link opens the submitter's own page, so it is not shown to others.
LINK_SHOWN = "(the link to their own page)"


class Decide(InnovationDoor):
    """Choose a kind; choose a reason and word it; look at the mail; confirm."""

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
        kind = request.GET.get("kind", "")
        if kind not in self._kinds():
            context = {**self._about(), "kinds": self._kind_rows()}
            return self.page("portfolio/innovations/decide_kind.html", context)
        form = DecideForm(
            kind=kind,
            reasons=one.reasons_for(self.site, kind),
            initial={"version": innovation.version, "reason": request.GET.get("reason", "")},
        )
        return self._ask(form.with_standard_words(replace=False))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        kind = request.POST.get("kind", "")
        if kind not in CHOICES:
            return redirect(request.path)
        form = DecideForm(request.POST, kind=kind, reasons=one.reasons_for(self.site, kind))
        do = request.POST.get("do", "words" if self.wants_part else "preview")
        if do in ("words", "replace"):
            return self._ask(form.with_standard_words(replace=do == "replace"), part="words")
        if do == "back":
            typed = {name: form[name].value() or "" for name in form.fields}
            return self._ask(DecideForm(kind=kind, reasons=form.reasons, initial=typed))
        if not form.is_valid():
            return self._ask(form, status=422)
        if not form.cleaned_data["words"].strip():
            # Nothing typed: the standard words, to be seen before they are sent.
            filled, data = form.with_standard_words(replace=False), request.POST.copy()
            for name in ("words", "next_step", "filled"):
                data[name] = filled.initial[name]
            form = DecideForm(data, kind=kind, reasons=form.reasons)
            if not form.is_valid():
                return self._ask(form, status=422)
        if do == "confirm":
            return self._confirm(form)
        return self._preview(form)

    def _confirm(self, form: DecideForm) -> HttpResponse:
        innovation, given = self.innovation, form.cleaned_data
        try:
            decision = decisions.decide(
                innovation=innovation,
                kind=form.kind,
                reason_code=given["reason"],
                words=given["words"],
                next_step=given["next_step"],
                version=given["version"],
                by=self.actor,
            )
        except Stale as stale:
            return self._overtaken(form, stale)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._ask(form, status=422)
        except ValidationError as error:
            form.add_error(None, error)
            return self._ask(form, status=422)
        until = london_time(decision.release_at)
        done = DONE[DecisionKind(form.kind)]
        if submitter_of(innovation)["email"]:
            messages.success(
                self.request, f"{done} The answer leaves at {until}; until then you can undo it."
            )
        else:
            messages.success(
                self.request, f"{done} Nobody is mailed. You can undo it until {until}."
            )
        return redirect(innovation)

    def _overtaken(self, form: DecideForm, stale: Stale) -> HttpResponse:
        """Somebody was first: what they did, and what was typed, with the version as it is now."""
        now = not_found_unless(one.innovation_for(self.viewer, self.site, self.innovation.ref))
        self.innovation = now
        data = self.request.POST.copy()
        data["version"] = str(now.version)
        again = DecideForm(data, kind=form.kind, reasons=form.reasons)
        again.add_error(None, str(stale))
        context = {"meanwhile": one.history_of(now).entries[:3]}
        return self._ask(again, status=422, more=context)

    def _about(self) -> dict[str, Any]:
        innovation = self.innovation
        return {
            "innovation": innovation,
            "submitter": submitter_of(innovation),
            "back_href": innovation.get_absolute_url(),
        }

    def _kinds(self) -> list[str]:
        """Asking again is no choice while the submitter has not answered."""
        return [
            kind
            for kind in CHOICES
            if not (kind == DecisionKind.ASK and self.innovation.state == State.ASKED)
        ]

    def _kind_rows(self) -> list[dict[str, str]]:
        hints = {
            DecisionKind.SCOPING: "The idea leaves the queue and goes into scoping.",
            DecisionKind.ASK: "The clock stops until the submitter answers.",
            DecisionKind.DECLINE: "The idea ends here, with a reason and a next step.",
        }
        return [
            {
                "href": f"?kind={kind}",
                "label": DecisionKind(kind).label,
                "hint": hints[DecisionKind(kind)],
            }
            for kind in self._kinds()
        ]

    def _ask(
        self,
        form: DecideForm,
        *,
        part: str = "",
        status: int = 200,
        more: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            **self._about(),
            "form": form,
            "kind": form.kind,
            "kind_label": DecisionKind(form.kind).label,
            "back_href": self.request.path,
            "back_label": "Choose another decision",
            **(more or {}),
        }
        return self.page(self.template, context, part=part, status=status)

    def _preview(self, form: DecideForm) -> HttpResponse:
        given = form.cleaned_data
        unsaved = Decision(
            site=self.site,
            innovation=self.innovation,
            kind=form.kind,
            words=given["words"].strip(),
            next_step=given["next_step"].strip(),
        )
        reason = form.reason_chosen()
        context = {
            **self._about(),
            "sent": form,
            "mail": decision_mail(unsaved, LINK_SHOWN),
            "kind": form.kind,
            "kind_label": DecisionKind(form.kind).label,
            "reason_label": reason.label if reason else "",
            "numbers": [
                spaced(number) for number in nhs_numbers_in(given["words"], given["next_step"])
            ],
            "back_href": "",
        }
        return self.page("portfolio/innovations/decide_preview.html", context)


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
        return redirect(self.innovation)
