"""Calls for ideas: the hub's pages, and the call's own page at the front door."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.addresses import absolute
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import keyset_page
from portfolio.enums import CallStanding
from portfolio.forms.needs import CallForm, ExtendForm
from portfolio.queries import calls as public
from portfolio.queries import front_door as doors
from portfolio.queries import needs as queries
from portfolio.queries import triage
from portfolio.services import calls
from portfolio.views.base import new_once_key
from portfolio.views.front_door import Start
from portfolio.views.needs import EDIT, READ, NeedDoor, refused


class AddCall(NeedDoor):
    """A new call on a need."""

    permission = EDIT
    template = "portfolio/calls/add.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(CallForm(initial={"once_key": new_once_key()}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = CallForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        published = request.POST.get("do") == "publish"
        try:
            call = calls.add(
                need=self.need,
                publish=published,
                once_key=form.cleaned_data["once_key"],
                by=self.actor,
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(
            request, "The call is published." if published else "Saved. Nobody else sees it yet."
        )
        return redirect(call)

    def _show(self, form: CallForm, status: int = 200) -> HttpResponse:
        back = self.need.get_absolute_url()
        context = {"form": form, "need": self.need, "back_href": back, "back_label": "The need"}
        return self.page(self.template, context, status=status)


class CallDoor(SiteDoor):
    """A page about one call."""

    call: Any = None

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.call = queries.call_for(self.viewer, self.site, kwargs["ref"])
            if self.call is None:
                if request.user.has_perm(self.permission, self.site):
                    raise Http404
                self.call = self.site
        return response

    def permission_object(self) -> Any:
        return self.call


class CallPage(CallDoor):
    """The call: where it stands, its address, how many ideas came and which."""

    permission = READ
    template = "portfolio/calls/call.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        call = self.call
        page = keyset_page(
            triage.with_people(queries.ideas_of_call(self.viewer, call)),
            order=triage.ORDER,
            cursor=request.GET.get("cursor", ""),
            filters={"call": call.ref},
        )
        standing = call.standing(queries.today())
        context = {
            "call": call,
            "standing": standing,
            "is_over": standing == CallStanding.CLOSED,
            "url": absolute(
                reverse("portfolio:submit_call", kwargs={"site": self.site.slug, "ref": call.ref})
            ),
            "door_is_open": doors.front_door_of(self.site).is_open,
            "count": queries.ideas_by_call(self.viewer, [call])[call.pk],
            "ideas": page.rows,
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "may_edit": request.user.has_perm(EDIT, call),
            "back_href": call.need.get_absolute_url(),
            "back_label": "The need",
        }
        return self.page(self.template, context)


class EditCall(CallDoor):
    """The words and dates of a call that has not closed."""

    permission = EDIT
    template = "portfolio/calls/edit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(CallForm(call=self.call))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = CallForm(request.POST, call=self.call)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            calls.edit(
                call=self.call,
                version=form.cleaned_data["version"],
                by=self.actor,
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"“{self.call}” is saved.")
        return redirect(self.call)

    def _show(self, form: CallForm, status: int = 200) -> HttpResponse:
        call = queries.call_for(self.viewer, self.site, self.call.ref) or self.call
        context = {"form": form, "call": call, "back_href": call.get_absolute_url()}
        return self.page(self.template, context, status=status)


class PublishCall(CallDoor):
    """Let the public see it."""

    permission = EDIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            calls.publish(call=self.call, by=self.actor)
            messages.success(request, "The call is published.")
        except Refused as error:
            messages.warning(request, str(error))
        return redirect(self.call)


class CloseCall(CallDoor):
    """Close a call before its last day."""

    permission = EDIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            calls.close(call=self.call, by=self.actor)
            messages.success(request, "The call is closed.")
        except Refused as error:
            messages.warning(request, str(error))
        return redirect(self.call)


class ExtendCall(CallDoor):
    """Another last day; a call that has closed is open again."""

    permission = EDIT
    template = "portfolio/calls/extend.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(ExtendForm(initial={"version": self.call.version}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ExtendForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            calls.extend(
                call=self.call,
                closes_on=form.cleaned_data["closes_on"],
                version=form.cleaned_data["version"],
                by=self.actor,
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, "The last day is changed.")
        return redirect(self.call)

    def _show(self, form: ExtendForm, status: int = 200) -> HttpResponse:
        call = queries.call_for(self.viewer, self.site, self.call.ref) or self.call
        is_over = call.standing(queries.today()) == CallStanding.CLOSED
        context = {
            "form": form,
            "call": call,
            "is_over": is_over,
            "back_href": call.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class CallStart(Start):
    """A call's own page at the front door: the normal questions, with the call kept."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        site = doors.site_of_any_door(kwargs["site"])
        call = public.published_call(site, kwargs["ref"]) if site else None
        if site and call and (site.slug, call.ref) != (kwargs["site"], kwargs["ref"]):
            return redirect("portfolio:submit_call", site=site.slug, ref=call.ref, permanent=True)
        if site and call is None:
            return self._not_now(site, None, 404)
        if site and call and doors.notice_of(site).is_open and not public.is_open(call):
            return self._not_now(site, call, 200)
        # A site that is not there, or takes no ideas, is answered as at its own door.
        self.call = call
        return super().dispatch(request, *args, **kwargs)

    def _not_now(self, site: Any, call: Any, status: int) -> HttpResponse:
        context = {
            "site": site,
            "call": call,
            "takes_ideas": doors.notice_of(site).is_open,
            "opens_later": bool(call) and call.standing(queries.today()) == CallStanding.COMING,
        }
        return self.page("portfolio/calls/not_open.html", context, status=status)
