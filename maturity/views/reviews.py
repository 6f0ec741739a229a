"""Peer review: asking a matched site, taking it on, saying what one finds."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.downloads import as_download
from hubapp.web.paging import keyset_page
from maturity.enums import ReviewState
from maturity.forms.hands import AskReviewForm, DeclineReviewForm, FinishReviewForm, ReviewForm
from maturity.models import Review
from maturity.queries import hands as queries
from maturity.queries.named import may_read_ratings
from maturity.services import reviews
from maturity.views.raters import AssessmentDoor
from portfolio.services.attachments import content_at
from portfolio.views.base import signed_in

SUBMIT = "maturity.submit_assessment"


class AskReview(AssessmentDoor):
    """Ask a matched site to review what was submitted."""

    permission = SUBMIT
    template = "maturity/hands/review_ask.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(AskReviewForm(matches=queries.matches_for(self.assessment)))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = AskReviewForm(request.POST, matches=queries.matches_for(self.assessment))
        if not form.is_valid():
            return self._show(form, 422)
        site = form.sites[form.cleaned_data["site"]]
        try:
            reviews.ask(
                assessment=self.assessment,
                reviewing_site=site,
                due_on=form.cleaned_data["due_on"],
                by=self.actor,
            )
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        messages.success(request, f"{site} is asked to review it.")
        return redirect(self.href("standings"))

    def _show(self, form: AskReviewForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "assessment": self.assessment,
            "has_matches": bool(form.sites),
            "can_be_asked": queries.can_be_reviewed(self.assessment),
            "back_href": self.href("standings"),
        }
        return self.page(self.template, context, status=status)


class WithdrawReview(AssessmentDoor):
    """Take a request for review back."""

    permission = SUBMIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = queries.review_for(self.viewer, self.site, kwargs["review"])
        if row is None or row.assessment_id != self.assessment.pk:
            raise Http404
        try:
            reviews.withdraw(review=row, by=self.actor)
            messages.success(request, "The request for a review is taken back.")
        except Refused as error:
            messages.error(request, str(error))
        return redirect(self.href("standings"))


class Reviews(SiteDoor):
    """What the site was asked to review."""

    permission = SUBMIT

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = keyset_page(
            queries.reviews_given_by(self.site),
            order="-asked_at",
            cursor=request.GET.get("cursor", ""),
        )
        context = {
            "rows": page.rows,
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "back_href": reverse("maturity:maturity", kwargs={"site": self.site.slug}),
            "back_label": "Maturity",
        }
        return self.page("maturity/hands/reviews.html", context)


class ReviewDoor(SiteDoor):
    """A page about one review that the site gives."""

    permission = SUBMIT
    review: Review

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        found = super().enter(request, **kwargs)
        if found is not None:
            return found
        row = queries.review_for(self.viewer, self.site, kwargs["ref"])
        if row is None or row.reviewing_site_id != self.site.pk:
            raise Http404
        self.review = row
        return None

    def may_read(self) -> bool:
        """Whether what the other site rated and shows is still open to this one."""
        return may_read_ratings(self.viewer, self.review.assessment)

    def href(self, name: str, **kwargs: Any) -> str:
        """Another page about the same review."""
        given = {"site": self.site.slug, "ref": self.review.ref, **kwargs}
        return reverse(f"maturity:{name}", kwargs=given)


class ReviewPage(ReviewDoor):
    """What is asked; once taken on, the sub-domains and how far one is."""

    template = "maturity/hands/review.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        try:
            if do == "accept":
                reviews.accept(review=self.review, user=signed_in(request), by=self.actor)
                messages.success(request, "You have taken this review on.")
            elif do == "decline":
                declining = DeclineReviewForm(request.POST)
                if not declining.is_valid():
                    return self._show(declining=declining, status=422)
                reason = declining.cleaned_data["reason"]
                reviews.decline(review=self.review, reason=reason, by=self.actor)
                messages.success(request, "You have declined this review.")
                return redirect("maturity:reviews", site=self.site.slug)
            else:
                finishing = FinishReviewForm(request.POST)
                if not finishing.is_valid():
                    return self._show(finishing=finishing, status=422)
                words = finishing.cleaned_data["words"]
                try:
                    reviews.finish(review=self.review, words=words, by=self.actor)
                except Refused as error:
                    finishing.add_error(None, str(error))
                    return self._show(finishing=finishing, status=422)
                messages.success(request, f"Your review is with {self.review.site}. Thank you.")
        except Refused as error:
            messages.error(request, str(error))
        return redirect(self.href("review"))

    def _show(
        self,
        *,
        declining: DeclineReviewForm | None = None,
        finishing: FinishReviewForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        is_open = self.review.state == ReviewState.ACCEPTED
        readable = self.review.state in (ReviewState.ACCEPTED, ReviewState.DONE) and self.may_read()
        tasks = [
            {
                "title": row.sub_domain.name,
                "href": self.href("review_on", code=row.sub_domain.code) if is_open else "",
                "hint": row.sub_domain.domain.name,
                "status": f"{row.found} of {row.rated} looked at",
                "done": row.found == row.rated,
            }
            for row in (queries.review_progress(self.review) if readable else [])
        ]
        context = {
            "review": self.review,
            "round": self.review.assessment.round,
            "tasks": tasks,
            "waits": self.review.state == ReviewState.ASKED,
            "is_open": is_open,
            "declining": declining or DeclineReviewForm(),
            "finishing": finishing or FinishReviewForm(initial={"words": self.review.words}),
            "back_href": reverse("maturity:reviews", kwargs={"site": self.site.slug}),
            "back_label": "Back to reviews",
        }
        return self.page(self.template, context, status=status)


class ReviewOn(ReviewDoor):
    """One sub-domain: what the site claims, its words and evidence, and what one finds."""

    template = "maturity/hands/review_on.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            reviews.find(review=self.review, findings=form.findings(), by=self.actor)
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        codes = [row.sub_domain.code for row in queries.review_progress(self.review)]
        place = codes.index(self._part.sub_domain.code)
        if place + 1 < len(codes):
            return redirect(self.href("review_on", code=codes[place + 1]))
        messages.success(request, "That was the last sub-domain. Hand your review over below.")
        return redirect(self.href("review"))

    def _form(self, data: Any = None) -> ReviewForm:
        if self.review.state != ReviewState.ACCEPTED or not self.may_read():
            raise Http404
        part = queries.review_part(self.review, self.kwargs["code"])
        if part is None:
            raise Http404
        self._part = part
        return ReviewForm(
            data,
            framework=self.review.assessment.round.framework,
            claimed=part.claimed,
            findings=part.findings,
        )

    def _show(self, form: ReviewForm, status: int = 200) -> HttpResponse:
        rows = [
            {
                "choice": form[rating.indicator.code],
                "note": form[f"note-{rating.indicator.code}"],
                "evidence": self._part.evidence.get(rating.indicator_id, []),
            }
            for rating in form.claimed
        ]
        context = {
            "form": form,
            "rows": rows,
            "review": self.review,
            "sub_domain": self._part.sub_domain,
            "explanation": self._part.explanation,
            "back_href": self.href("review"),
            "back_label": "Back to the review",
        }
        return self.page(self.template, context, status=status)


class ReviewFile(ReviewDoor):
    """A file that the reviewed site shows, for whoever took the review on."""

    def get(self, request: HttpRequest, **kwargs: Any) -> FileResponse:
        if not self.may_read():
            raise Http404
        row = queries.evidence_in_review(self.review, kwargs["evidence"])
        content = content_at(row.stored_as) if row and row.stored_as else None
        if row is None or content is None:
            raise Http404
        return as_download(content, name=row.name, content_type=row.content_type)
