"""Evidence of a site, and what of it stands for which indicator."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.downloads import as_download
from hubapp.web.paging import keyset_page
from maturity.enums import EDITABLE
from maturity.forms.hands import FILE, ChangeEvidenceForm, EvidenceForm, ShowEvidenceForm
from maturity.models import Evidence, SubDomain
from maturity.queries import hands as queries
from maturity.services import evidence
from maturity.views.raters import AssessmentDoor
from portfolio.services.attachments import content_at
from portfolio.views.needs import refused

READ, WRITE = "maturity.view_assessment", "maturity.rate_maturity"


class EvidenceList(SiteDoor):
    """What the site keeps, latest first."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = keyset_page(
            queries.evidence_of(self.site),
            order="-updated_at",
            cursor=request.GET.get("cursor", ""),
        )
        context = {
            "rows": [{"evidence": row, "is_expired": queries.is_expired(row)} for row in page.rows],
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "may_write": request.user.has_perm(WRITE, self.site),
            "back_href": reverse("maturity:maturity", kwargs={"site": self.site.slug}),
            "back_label": "Maturity",
        }
        return self.page("maturity/hands/evidence.html", context)


class AddEvidence(SiteDoor):
    """Keep one more piece."""

    permission = WRITE
    template = "maturity/hands/evidence_add.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(EvidenceForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = EvidenceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, 422)
        cleaned = form.cleaned_data
        is_file = cleaned["kind"] == FILE
        try:
            evidence.add(
                site=self.site,
                title=cleaned["title"],
                url="" if is_file else cleaned["url"],
                file=cleaned["attached"][0] if is_file else None,
                expires_on=cleaned["expires_on"],
                by=self.actor,
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"“{cleaned['title']}” is kept. Show it where it counts.")
        return redirect("maturity:evidence", site=self.site.slug)

    def _show(self, form: EvidenceForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "back_href": reverse("maturity:evidence", kwargs={"site": self.site.slug}),
        }
        return self.page(self.template, context, status=status)


class _OneDoor(SiteDoor):
    """A page about one piece of evidence of the site."""

    row: Evidence

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        found = super().enter(request, **kwargs)
        if found is not None:
            return found
        row = queries.evidence_at(self.viewer, self.site, kwargs["ref"])
        if row is None:
            raise Http404
        self.row = row
        return None


class ChangeEvidence(_OneDoor):
    """Its title, its last day, and removing it."""

    permission = WRITE
    template = "maturity/hands/evidence_change.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        initial = {
            "title": self.row.title,
            "expires_on": self.row.expires_on,
            "version": self.row.version,
        }
        return self._show(ChangeEvidenceForm(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("do") == "remove":
            try:
                evidence.remove(evidence=self.row, by=self.actor)
                messages.success(request, f"“{self.row.title}” is removed. Past rounds keep it.")
            except Refused as error:
                messages.error(request, str(error))
            return redirect("maturity:evidence", site=self.site.slug)
        form = ChangeEvidenceForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            evidence.change(evidence=self.row, by=self.actor, **form.cleaned_data)
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, "Saved.")
        return redirect("maturity:evidence", site=self.site.slug)

    def _show(self, form: ChangeEvidenceForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "evidence": self.row,
            "back_href": reverse("maturity:evidence", kwargs={"site": self.site.slug}),
        }
        return self.page(self.template, context, status=status)


class EvidenceFile(_OneDoor):
    """The file of a piece of evidence, to be saved."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> FileResponse:
        content = content_at(self.row.stored_as) if self.row.stored_as else None
        if content is None:
            raise Http404
        return as_download(content, name=self.row.name, content_type=self.row.content_type)


class ShowEvidence(AssessmentDoor):
    """Which pieces stand for each indicator of one sub-domain."""

    permission = WRITE
    template = "maturity/hands/evidence_show.html"
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
        shown = form.shown()
        try:
            evidence.show_all(
                assessment=self.assessment,
                shown=[(each, shown[each.code]) for each in form.indicators],
                by=self.actor,
            )
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        messages.success(request, f"Evidence for “{self.sub_domain}” is saved.")
        return redirect(self.href("rate", code=self.sub_domain.code))

    def _form(self, data: Any = None) -> ShowEvidenceForm:
        return ShowEvidenceForm(
            data,
            indicators=queries.indicators_of(self.sub_domain),
            evidence=queries.evidence_to_show(self.site),
            uses=queries.uses_of(self.assessment),
        )

    def _show(self, form: ShowEvidenceForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "assessment": self.assessment,
            "sub_domain": self.sub_domain,
            "may_show": self.assessment.state in EDITABLE,
            "add_href": reverse("maturity:add_evidence", kwargs={"site": self.site.slug}),
            "back_href": self.href("rate", code=self.sub_domain.code),
            "back_label": f"Back to {self.sub_domain}",
        }
        return self.page(self.template, context, status=status)


class Standings(AssessmentDoor):
    """Claimed, evidenced and validated, side by side, and the peer reviews."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = queries.standings_of(self.assessment)
        reviews = queries.reviews_of(self.assessment)
        context = {
            "assessment": self.assessment,
            "labels": self.assessment.round.framework.labels,
            "rows": rows,
            "counts": queries.counts_of(rows),
            "reviews": reviews,
            "may_ask_review": request.user.has_perm("maturity.submit_assessment", self.site)
            and queries.can_be_reviewed(self.assessment),
            "ask_href": self.href("ask_review"),
            "may_show": request.user.has_perm(WRITE, self.site)
            and self.assessment.state in EDITABLE,
            "back_href": self.assessment.get_absolute_url(),
            "back_label": "Back to the self-assessment",
        }
        return self.page("maturity/hands/standings.html", context)
