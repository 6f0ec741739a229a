"""The submitter's own page, opened by a link: where the idea is, messages, withdrawing."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from portfolio.enums import State
from portfolio.forms.tracking import MessageForm
from portfolio.queries import front_door as doors
from portfolio.queries import tracking
from portfolio.services import messages, submissions
from portfolio.views.public import TokenPage


class TrackPage(TokenPage):
    """A page that a tracking link opens; a renewed link says what to do."""

    submission: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.token = kwargs["token"]
        self.submission, self.replaced = doors.submission_by_track_token(self.token)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._stop() or self.show(**kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._stop() or self.act(**kwargs)

    def show(self, **kwargs: Any) -> HttpResponse:
        """GET, with a submission."""
        raise NotImplementedError

    def act(self, **kwargs: Any) -> HttpResponse:
        """POST, with a submission."""
        return self.to_track()

    def _stop(self) -> HttpResponse | None:
        if self.submission is not None:
            return None
        if self.replaced:
            return self.replaced_link()
        return self.no_such_link()

    def replaced_link(self) -> HttpResponse:
        """What a link that was renewed says."""
        return self.page(
            "portfolio/tracking/replaced.html",
            {"href": reverse("portfolio:track_new_link", kwargs={"token": self.token})},
            status=410,
        )

    def to_track(self, query: str = "", anchor: str = "") -> HttpResponse:
        """Go to the page itself."""
        return redirect(reverse("portfolio:track", kwargs={"token": self.token}) + query + anchor)

    def show_track(
        self, *, form: MessageForm | None = None, about: str = "", status: int = 200, done: str = ""
    ) -> HttpResponse:
        """The page; ``form`` (about the record ``about``) instead of an empty one."""
        tracked = tracking.tracked(self.submission)
        parts = []
        for answer in tracked.answers:
            ref = answer.innovation.ref
            mine = (
                form if form is not None and about == ref else MessageForm(auto_id=f"id_{ref}_%s")
            )
            parts.append({"answer": answer, "form": mine})
        context = {
            "tracked": tracked,
            "submission": self.submission,
            "parts": parts,
            # Only the form that was sent belongs in the error summary.
            "forms": [form] if form is not None else [],
            "token": self.token,
            "has_address": bool(self.submission.submitter and self.submission.submitter.email),
            "done": done,
        }
        return self.page("portfolio/tracking/track.html", context, status=status)


class Track(TrackPage):
    """Where my idea is."""

    def show(self, **kwargs: Any) -> HttpResponse:
        done = next((word for word in ("sent", "withdrawn") if word in self.request.GET), "")
        return self.show_track(done=done)


class Write(TrackPage):
    """Write to one site."""

    def show(self, **kwargs: Any) -> HttpResponse:
        return self.to_track()

    def act(self, **kwargs: Any) -> HttpResponse:
        ref = kwargs["ref"]
        innovation = tracking.innovation_of_submission(self.submission, ref)
        if innovation is None:
            return self.no_such_link()
        if self.is_trapped():
            return self.to_track("?sent")
        form = MessageForm(self.request.POST, self.request.FILES, auto_id=f"id_{ref}_%s")
        if not form.is_valid():
            return self.show_track(form=form, about=ref, status=422)
        seconds = self.wait("front_door_send")
        if seconds:
            status = self.refuse_for_now(form, seconds)
            return self.show_track(form=form, about=ref, status=status)
        try:
            messages.write_to_hub(
                innovation=innovation,
                body=form.cleaned_data["body"],
                once_key=form.cleaned_data["once"],
                files=form.cleaned_data["attached"],
                by=self.actor(self.submission.ref),
            )
        except Refused as refusal:
            form.add_error("body", str(refusal))
            return self.show_track(form=form, about=ref, status=422)
        return self.to_track("?sent", f"#site-{ref}")


class Withdraw(TrackPage):
    """Take the idea back, after saying so twice."""

    def show(self, **kwargs: Any) -> HttpResponse:
        tracked = tracking.tracked(self.submission)
        context = {
            "tracked": tracked,
            "submission": self.submission,
            "back_href": reverse("portfolio:track", kwargs={"token": self.token}),
            "open": [answer for answer in tracked.answers if answer.can_be_withdrawn],
        }
        return self.page("portfolio/tracking/withdraw.html", context)

    def act(self, **kwargs: Any) -> HttpResponse:
        count = 0
        for last in (False, True):
            try:
                count = submissions.withdraw(
                    submission=self.submission, by=self.actor(self.submission.ref)
                )
            except Refused:
                # Somebody at the hub changed it at this very moment; what the submitter wants still holds.
                if last:
                    raise
            else:
                break
        # Pressed twice: the second finds nothing left to take back, and the page says the same.
        return self.to_track("?withdrawn" if count or self._is_withdrawn() else "")

    def _is_withdrawn(self) -> bool:
        answers = tracking.tracked(self.submission).answers
        return all(answer.state == State.WITHDRAWN for answer in answers)


class NewLink(TrackPage):
    """Make the link in use worthless and mail another; or mail the newest, for an old one."""

    def _stop(self) -> HttpResponse | None:
        if self.submission is None and self.replaced:
            return None
        return super()._stop()

    def show(self, **kwargs: Any) -> HttpResponse:
        if self.submission is None:
            return self.replaced_link()
        person = self.submission.submitter
        context = {
            "submission": self.submission,
            "has_address": bool(person and person.email),
            "back_href": reverse("portfolio:track", kwargs={"token": self.token}),
        }
        return self.page("portfolio/tracking/new_link.html", context)

    def act(self, **kwargs: Any) -> HttpResponse:
        seconds = self.wait("mail_link")
        if seconds:
            return self.slow_down(seconds)
        if self.submission is None:
            submission = doors.submission_of_replaced_track_token(self.token)
            if submission:
                submissions.mail_link(submission=submission, by=self.actor(submission.ref))
            return self.page("portfolio/tracking/new_link_sent.html", {"renewed": False})
        person = self.submission.submitter
        if not person or not person.email:
            return self.show()
        submissions.renew_link(submission=self.submission, by=self.actor(self.submission.ref))
        return self.page("portfolio/tracking/new_link_sent.html", {"renewed": True})
