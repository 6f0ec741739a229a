"""What a site does about its maturity: the list, one action, and letting the network read what it achieved."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import keyset_page
from maturity.enums import ActionState
from maturity.forms.report import DONE, ActionForm, EndForm, VersionForm
from maturity.queries import actions as queries
from maturity.queries import assess
from maturity.services import actions
from portfolio.views.base import new_once_key
from portfolio.views.needs import refused

READ, PLAN = "maturity.view_assessment", "maturity.plan_maturity"
PUBLISH = "maturity.publish_action"


class Actions(SiteDoor):
    """A site's actions in one state; open ones by the day until which they are to be done."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        state = request.GET.get("state", "")
        state = state if state in ActionState.values else ActionState.OPEN.value
        page = keyset_page(
            queries.actions_listed(self.viewer, self.site, state),
            order=queries.ORDER if state == ActionState.OPEN else queries.ORDER_ENDED,
            cursor=request.GET.get("cursor", ""),
            filters={"site": self.site.pk, "state": state},
        )

        def address(cursor: str) -> str:
            return f"?{urlencode({'state': state, 'cursor': cursor})}" if cursor else ""

        context = {
            "rows": page.rows,
            "state": state,
            "states": ActionState.choices,
            "today": queries.today(),
            "newer": address(page.previous),
            "older": address(page.next),
            "may_plan": request.user.has_perm(PLAN, self.site),
            "back_href": reverse("maturity:maturity", kwargs={"site": self.site.slug}),
            "back_label": "Maturity",
        }
        return self.page("maturity/report/actions.html", context, part="results")


class AddAction(SiteDoor):
    """One more thing to do about a sub-domain."""

    permission = PLAN
    template = "maturity/report/action_form.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        initial = {"once_key": new_once_key(), "sub_domain": request.GET.get("sub_domain", "")}
        return self._show(self._form(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            row = actions.add(
                site=self.site,
                sub_domain=form.chosen(),
                assessment=self._from(form.chosen().framework_id),
                once_key=form.cleaned_data["once_key"],
                by=self.actor,
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"“{row}” is added.")
        return redirect(row)

    def _from(self, framework_id: int) -> Any:
        """The self-assessment that it came from, if the address names one."""
        ref = self.request.GET.get("from", "")
        found = assess.assessment_at(self.viewer, self.site, ref) if ref else None
        return found if found and found.round.framework_id == framework_id else None

    def _form(self, *args: Any, **kwargs: Any) -> ActionForm:
        return ActionForm(
            *args,
            members=queries.members_who_can_own(self.site),
            sub_domains=queries.sub_domains_to_act_on(self.site, self.request.GET.get("from", "")),
            **kwargs,
        )

    def _show(self, form: ActionForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "heading": "Add an action",
            "nothing": not form.by_code,
            "back_href": reverse("maturity:actions", kwargs={"site": self.site.slug}),
            "back_label": "Actions",
        }
        return self.page(self.template, context, status=status)


class ActionDoor(SiteDoor):
    """A page about one action of the site."""

    action: Any = None

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.action = queries.action_at(self.viewer, self.site, kwargs["ref"])
            if self.action is None:
                # Whoever may read none here is told so; anyone else that there is none.
                if request.user.has_perm(self.permission, self.site):
                    raise Http404
                self.action = self.site
        return response

    def permission_object(self) -> Any:
        return self.action

    def reread(self) -> None:
        """Look at it again, after somebody else changed it."""
        self.action = queries.action_at(self.viewer, self.site, self.action.ref)

    def common(self) -> dict[str, Any]:
        """What all its pages show."""
        return {
            "action": self.action,
            "back_href": self.action.get_absolute_url(),
            "back_label": "Action",
        }

    def version(self) -> int | None:
        """The version on the page that was sent."""
        form = VersionForm(self.request.POST)
        form.is_valid()
        version: int | None = form.cleaned_data["version"]
        return version

    def with_version(self, data: Any) -> Any:
        """What was sent, for the version that is there now."""
        data = data.copy()
        data["version"] = self.action.version
        return data


class ActionPage(ActionDoor):
    """One action; taking it up again once it is over."""

    permission = READ
    template = "maturity/report/action.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        if request.method not in ("GET", "HEAD"):
            self.permission = PLAN
        return super().enter(request, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            actions.reopen(action=self.action, version=self.version(), by=self.actor)
        except Refused as error:
            self.reread()
            return self._show(problem=str(error), status=422)
        messages.success(request, "Open again.")
        return redirect(self.action)

    def _show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        row = self.action
        context = self.common() | {
            "problem": problem,
            "today": queries.today(),
            "may_plan": self.request.user.has_perm(PLAN, row),
            "may_publish": self.request.user.has_perm(PUBLISH, row),
            "back_href": reverse("maturity:actions", kwargs={"site": self.site.slug}),
            "back_label": "Actions",
        }
        return self.page(self.template, context, status=status)


class EditAction(ActionDoor):
    """What is to be done, by whom and until when."""

    permission = PLAN
    template = "maturity/report/action_form.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            actions.edit(
                action=self.action,
                version=form.cleaned_data["version"],
                by=self.actor,
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            self.reread()
            form = self._form(self.with_version(request.POST))
            form.is_valid()
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, "Saved.")
        return redirect(self.action)

    def _form(self, *args: Any) -> ActionForm:
        members = queries.members_who_can_own(self.site)
        return ActionForm(*args, members=members, action=self.action)

    def _show(self, form: ActionForm, status: int = 200) -> HttpResponse:
        context = self.common() | {"form": form, "heading": "Change the action"}
        return self.page(self.template, context, status=status)


class EndAction(ActionDoor):
    """Say what became of it."""

    permission = PLAN
    template = "maturity/report/action_end.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(EndForm(initial={"version": self.action.version, "how": DONE}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = EndForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        given = form.cleaned_data
        verb = actions.finish if given["how"] == DONE else actions.drop
        try:
            verb(
                action=self.action,
                outcome=given["outcome"],
                version=given["version"],
                by=self.actor,
            )
        except (Refused, ValidationError) as error:
            self.reread()
            form = EndForm(self.with_version(request.POST))
            form.is_valid()
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, "Done." if given["how"] == DONE else "Dropped.")
        return redirect(self.action)

    def _show(self, form: EndForm, status: int = 200) -> HttpResponse:
        return self.page(self.template, self.common() | {"form": form}, status=status)


class PublishAction(ActionDoor):
    """Let the networks read what raised a sub-domain, exactly as shown here; or take it back."""

    permission = PUBLISH
    template = "maturity/report/action_publish.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        takes_back = request.POST.get("do") == "take_back"
        try:
            if takes_back:
                actions.unpublish(action=self.action, by=self.actor)
            else:
                actions.publish(action=self.action, version=self.version(), by=self.actor)
        except Refused as error:
            self.reread()
            return self._show(problem=str(error), status=422)
        messages.success(
            request,
            "Taken back: nobody outside this site reads it now."
            if takes_back
            else "The network reads it now.",
        )
        return redirect(self.action)

    def _show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        context = self.common() | {
            "problem": problem,
            "networks": queries.networks_of(self.site),
        }
        return self.page(self.template, context, status=status)
