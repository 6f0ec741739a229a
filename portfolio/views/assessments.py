"""Answering the checklists about an innovation, and asking others to."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused, Stale
from portfolio.forms.checklists import AskToAssessForm, AssessForm, DeclineForm
from portfolio.queries import checklists as lists
from portfolio.queries.interests import interests_standing
from portfolio.queries.settings import triage_settings_of
from portfolio.services import assessment_requests, assessments
from portfolio.views.base import InnovationDoor, not_found_unless, signed_in
from portfolio.views.onward import go_on, place_in_queue


class Assess(InnovationDoor):
    """One's own answers: saved in parts, finished once all are given.

    ``?checklist=<ref>`` names a version; without it the first one in use that is not finished.
    """

    permission = "portfolio.assess_innovation"
    template = "portfolio/innovations/assess.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is not None:
            return response
        self.user = signed_in(request)
        self.in_use = lists.checklists_in_use(self.site)
        self.own = lists.own_assessments(self.innovation, self.user)
        self.newer = None
        named = request.GET.get("checklist", "")
        if named:
            self.checklist = not_found_unless(lists.checklist_at(self.site, named))
        else:
            current = not_found_unless(self._next_to_answer())
            begun = self.own.get(current.key)
            # What one began on an earlier version is finished there, or moved.
            self.checklist = begun.checklist if begun else current
        self.assessment = self.own.get(self.checklist.key)
        if self.assessment and self.assessment.checklist_id != self.checklist.pk:
            self.assessment = lists.own_assessment(self.innovation, self.checklist, self.user)
        in_force = next((each for each in self.in_use if each.key == self.checklist.key), None)
        if in_force and in_force.version > self.checklist.version:
            self.newer = in_force
        return None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(AssessForm(checklist=self.checklist, assessment=self.assessment))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "move":
            return self._move()
        finishing = request.POST.get("do") != "save"
        form = AssessForm(
            request.POST, checklist=self.checklist, assessment=self.assessment, finishing=finishing
        )
        if not form.is_valid():
            return self._show(form, 422)
        try:
            assessment = assessments.save_answers(
                innovation=self.innovation,
                checklist=self.checklist,
                answers=form.answers(),
                version=form.cleaned_data["version"],
                by=self.actor,
                assessor=self.user,
            )
            if finishing:
                assessments.finish(assessment=assessment, by=self.actor)
        except Stale as stale:
            form.add_error(None, str(stale))
            return self._show(self._again(form), 422)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        if not finishing:
            place = place_in_queue(self, self.innovation)
            return go_on(self, place, "Your answers are saved. You can finish later.")
        return self._finished()

    def _finished(self) -> HttpResponse:
        """On to the next checklist, and after the last one to the decision."""
        left = assessments.checklists_left(self.innovation, self.user)
        if left:
            messages.success(self.request, f"“{self.checklist}” is finished. One more to answer.")
            return redirect(self._address(left[0]))
        wanted = triage_settings_of(self.site).assessors_wanted
        results = lists.results_of(self.innovation, self.user.pk)
        finished = min((each.finished for each in results if each.own), default=wanted)
        if finished >= wanted:
            said = "Your answers are finished. Your colleagues can see them now."
        else:
            said = (
                f"Your answers are finished, {finished} of {wanted}. Colleagues see them once they"
                " finish their own, or once all are there."
            )
        may = self.may()
        if may["decide"] and self.innovation.is_in_triage and finished >= wanted:
            messages.success(self.request, said)
            return redirect("portfolio:decide", site=self.site.slug, ref=self.innovation.ref)
        return go_on(self, place_in_queue(self, self.innovation), said)

    def _move(self) -> HttpResponse:
        assessment, newer = not_found_unless(self.assessment), not_found_unless(self.newer)
        try:
            assessments.move_to(assessment=assessment, checklist=newer, by=self.actor)
            messages.success(
                self.request,
                "You answer the new version now. Answers to questions that changed are open again.",
            )
        except Refused as refused:
            messages.warning(self.request, str(refused))
            return redirect(self._address(self.checklist))
        return redirect(self._address(newer))

    def _next_to_answer(self) -> Any:
        """The first checklist in use that one has not finished, else the first."""
        for each in self.in_use:
            own = self.own.get(each.key)
            if own is None or own.done_at is None:
                return each
        return self.in_use[0] if self.in_use else None

    def _address(self, checklist: Any) -> str:
        kwargs = {"site": self.site.slug, "ref": self.innovation.ref}
        return f"{reverse('portfolio:assess', kwargs=kwargs)}?checklist={checklist.ref}"

    def _again(self, form: AssessForm) -> AssessForm:
        """The form with what was typed and the version as it is now, so that it can be saved again."""
        data = self.request.POST.copy()
        data["version"] = str(self.assessment.version if self.assessment else 0)
        again = AssessForm(
            data, checklist=self.checklist, assessment=self.assessment, finishing=form.finishing
        )
        for sentence in form.non_field_errors():
            again.add_error(None, sentence)
        return again

    def _show(self, form: AssessForm, status: int = 200) -> HttpResponse:
        interests = interests_standing(self.innovation)
        context = {
            "form": form,
            "innovation": self.innovation,
            "checklist": self.checklist,
            "assessment": self.assessment,
            "newer": self.newer,
            "newer_href": self._address(self.newer) if self.newer else "",
            "is_final": bool(self.assessment and assessments.is_final(self.assessment)),
            "steps": self._steps(),
            "wanted": triage_settings_of(self.site).assessors_wanted,
            "request_open": lists.open_request_to(self.innovation, self.user),
            "interests": interests,
            "own_interest": next((row for row in interests if row.user_id == self.user.pk), None),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)

    def _steps(self) -> list[dict[str, Any]]:
        """The checklists to answer, where there is more than one."""
        if len(self.in_use) < 2:
            return []
        steps = []
        for each in self.in_use:
            own = self.own.get(each.key)
            steps.append(
                {
                    "title": each.title,
                    "href": self._address(own.checklist if own else each),
                    "is_here": each.key == self.checklist.key,
                    "state": "Finished" if own and own.done_at else "Begun" if own else "Not begun",
                }
            )
        return steps


class AskToAssess(InnovationDoor):
    """Ask members of the site to assess an idea."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/innovations/ask_to_assess.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        people = self._people()
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        chosen = [user for user, _ in people if user.ref in form.cleaned_data["people"]]
        try:
            assessment_requests.ask_several(
                innovation=self.innovation,
                assessors=chosen,
                due_on=form.cleaned_data["due_on"],
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        names = ", ".join(str(user) for user in chosen)
        is_or_are = "are" if len(chosen) > 1 else "is"
        place = place_in_queue(self, self.innovation)
        return go_on(
            self, place, f"{names} {is_or_are} asked to assess it, by email and in their work."
        )

    def _people(self) -> list[tuple[Any, str]]:
        if not hasattr(self, "_found"):
            self._found = lists.people_to_ask(self.innovation)
        return self._found

    def _form(self, *args: Any) -> AskToAssessForm:
        return AskToAssessForm(*args, people=self._people(), me=signed_in(self.request))

    def _show(self, form: AskToAssessForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "requests": lists.requests_of(self.innovation),
            "wanted": triage_settings_of(self.site).assessors_wanted,
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class WithdrawRequest(InnovationDoor):
    """Take back that somebody was asked to assess."""

    permission = "portfolio.triage_innovation"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        found = not_found_unless(lists.request_of(self.innovation, kwargs["request_ref"]))
        try:
            assessment_requests.withdraw(request=found, by=self.actor)
            messages.success(request, f"{found.assessor} need not assess it any more.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect("portfolio:ask_to_assess", site=self.site.slug, ref=self.innovation.ref)


class DeclineToAssess(InnovationDoor):
    """Say that one cannot assess what one was asked to."""

    permission = "portfolio.assess_innovation"
    template = "portfolio/innovations/decline_to_assess.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self._request()
        return self._show(DeclineForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        asked = self._request()
        form = DeclineForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            assessment_requests.decline(
                request=asked, reason=form.cleaned_data["reason"], by=self.actor
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(request, "Thank you for saying so. The hub can ask somebody else.")
        return redirect("home")

    def _request(self) -> Any:
        return not_found_unless(lists.open_request_to(self.innovation, signed_in(self.request)))

    def _show(self, form: DeclineForm, status: int = 200) -> HttpResponse:
        kwargs = {"site": self.site.slug, "ref": self.innovation.ref}
        context = {
            "form": form,
            "innovation": self.innovation,
            "back_href": reverse("portfolio:assess", kwargs=kwargs),
        }
        return self.page(self.template, context, status=status)
