"""Enquiries: the list, logging one, and what became of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.queries import actor_names
from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import keyset_page
from portfolio.enums import EnquiryKind, EnquiryState
from portfolio.forms.enquiries import CloseForm, LogForm
from portfolio.queries import enquiries as queries
from portfolio.queries import triage
from portfolio.services import enquiries
from portfolio.views.base import new_once_key, signed_in


class Enquiries(SiteDoor):
    """A site's enquiries, newest first, with the counts of each state on top."""

    permission = "portfolio.view_enquiries"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        state = queries.offered(request.GET.get("state", ""), EnquiryState)
        kind = queries.offered(request.GET.get("kind", ""), EnquiryKind)
        rows = queries.enquiries_of_site(self.viewer, self.site).select_related("assignee__person")
        rows = rows.filter(state=state) if state else rows
        rows = rows.filter(kind=kind) if kind else rows
        page = keyset_page(
            rows,
            order="-received_at",
            cursor=request.GET.get("cursor", ""),
            filters={"state": state, "kind": kind},
        )
        counts = queries.counts_by_state(self.viewer, self.site)
        around = f"state={state}&kind={kind}&cursor="
        context = {
            "rows": page.rows,
            "tallies": [(label, counts[value], value) for value, label in EnquiryState.choices],
            "state": state,
            "kind": kind,
            "active": bool(state) + bool(kind),
            "states": EnquiryState.choices,
            "kinds": EnquiryKind.choices,
            "newer": f"?{around}{page.previous}" if page.previous else "",
            "older": f"?{around}{page.next}" if page.next else "",
            "may_log": request.user.has_perm("portfolio.handle_enquiry", self.site),
        }
        return self.page("portfolio/enquiries/list.html", context, part="results")


class LogEnquiry(SiteDoor):
    """Log an enquiry."""

    permission = "portfolio.handle_enquiry"
    template = "portfolio/enquiries/log.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(self.template, {"form": LogForm(initial={"once_key": new_once_key()})})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = LogForm(request.POST)
        if not form.is_valid():
            return self.invalid(self.template, {"form": form})
        enquiry = enquiries.log(site=self.site, by=self.actor, **form.cleaned_data)
        messages.success(request, "Logged.")
        return redirect(enquiry)


class EnquiryDoor(SiteDoor):
    """A page about one enquiry."""

    enquiry: Any = None

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.enquiry = queries.enquiry_for(self.viewer, self.site, kwargs["ref"])
            if self.enquiry is None:
                # Whoever may read no enquiry here is told so; anyone else that there is none.
                if request.user.has_perm(self.permission, self.site):
                    raise Http404
                self.enquiry = self.site
        return response

    def permission_object(self) -> Any:
        return self.enquiry


class EnquiryPage(EnquiryDoor):
    """One enquiry; closing it."""

    permission = "portfolio.view_enquiries"
    template = "portfolio/enquiries/enquiry.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(CloseForm(initial={"version": self.enquiry.version}))

    def _show(self, form: CloseForm, status: int = 200) -> HttpResponse:
        enquiry = self.enquiry
        author = (enquiry.actor_kind, enquiry.actor_ref)
        context = {
            "enquiry": enquiry,
            "form": form if enquiry.state == EnquiryState.OPEN or form.is_bound else None,
            "logged_by": actor_names([author])[author],
            "back_href": reverse("portfolio:enquiries", kwargs={"site": self.site.slug}),
            "back_label": "All enquiries",
            "may_handle": self.request.user.has_perm("portfolio.handle_enquiry", enquiry),
        }
        return self.page(self.template, context, status=status)


class CloseEnquiry(EnquiryPage):
    """Answered, or signposted."""

    permission = "portfolio.handle_enquiry"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = CloseForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        given = form.cleaned_data
        shared = {"enquiry": self.enquiry, "by": self.actor, "version": given["version"]}
        try:
            if given["how"] == "answer":
                enquiries.answer(answer=given["answer"], **shared)
                messages.success(request, "Answered.")
            else:
                enquiries.signpost(to=given["to"], answer=given["answer"], **shared)
                messages.success(request, "Signposted.")
        except (Refused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
            return self._show(form, 422)
        return redirect(self.enquiry)


class ReopenEnquiry(EnquiryDoor):
    """Take a closed enquiry up again."""

    permission = "portfolio.handle_enquiry"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            enquiries.reopen(enquiry=self.enquiry, by=self.actor)
            messages.success(request, "Open again.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.enquiry)


class AssignEnquiry(EnquiryDoor):
    """Give an enquiry to oneself or to nobody."""

    permission = "portfolio.handle_enquiry"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        to = signed_in(request) if request.POST.get("to") == triage.ME else None
        try:
            enquiries.assign(enquiry=self.enquiry, to=to, by=self.actor)
            messages.success(request, f"Assigned to {'you' if to else 'nobody'}.")
        except Refused as refused:
            messages.warning(request, str(refused))
        return redirect(self.enquiry)
