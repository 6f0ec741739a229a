"""Declaring an interest in an idea, and withdrawing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hubapp.problems import Refused
from portfolio.forms.checklists import InterestForm
from portfolio.queries.interests import interest_history, interests_standing
from portfolio.services import interests
from portfolio.views.base import InnovationDoor, signed_in


class Interests(InnovationDoor):
    """Who declared an interest in an idea, one's own declaration, and what it means."""

    permission = "portfolio.declare_interest"
    template = "portfolio/interests/interests.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(InterestForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = InterestForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            interests.declare(
                innovation=self.innovation,
                user=signed_in(request),
                nature=form.cleaned_data["nature"],
                note=form.cleaned_data["note"],
                by=self.actor,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(form, 422)
        messages.success(
            request, "Your interest is declared: somebody else assesses and decides this idea."
        )
        return redirect(self.innovation)

    def _show(self, form: InterestForm, status: int = 200) -> HttpResponse:
        me = signed_in(self.request)
        standing = interests_standing(self.innovation)
        desk = self.request.user.has_perm("portfolio.triage_innovation", self.innovation)
        context = {
            "form": form,
            "innovation": self.innovation,
            "interests": standing,
            "own_interest": next((row for row in standing if row.user_id == me.pk), None),
            # What was declared and withdrawn before, and every note, is for the desk.
            "history": interest_history(self.innovation) if desk else [],
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class WithdrawInterest(InnovationDoor):
    """Say that one's interest has ended."""

    permission = "portfolio.declare_interest"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            interests.withdraw(innovation=self.innovation, user=signed_in(request), by=self.actor)
            messages.success(request, "Withdrawn. That you had declared it stays in the history.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.innovation)
