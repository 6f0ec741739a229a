"""Needs: the list, one need with its ideas and calls, and which needs an idea serves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.charts import BarChart, Point
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import keyset_page
from portfolio.enums import NeedKind, NeedStanding, State
from portfolio.forms.needs import CloseNeedForm, NeedForm, ServesForm
from portfolio.models import Need
from portfolio.queries import needs as queries
from portfolio.queries import triage
from portfolio.services import needs
from portfolio.views.base import InnovationDoor, new_once_key

READ = "portfolio.view_needs"
EDIT = "portfolio.edit_needs"


def plural(count: int, one: str = "idea", many: str = "ideas") -> str:
    """ "1 idea", "3 ideas"."""
    return f"{count:,} {one if count == 1 else many}"


def how_many(ideas: queries.Ideas) -> str:
    """ "2 ideas, 1 more has ended"."""
    if not ideas.ended:
        return plural(ideas.live)
    ended = plural(ideas.ended, "more has ended", "more have ended")
    return f"{plural(ideas.live)}, {ended}"


def refused(form: Any, error: Exception) -> None:
    """Put what a service refused on the form: on the field it names, if the form has it."""
    if isinstance(error, ValidationError):
        named = getattr(error, "error_dict", {})
        if named and set(named) <= {*form.fields, "__all__"}:
            form.add_error(None, error)
        else:
            form.add_error(None, ValidationError(error.messages))
    else:
        form.add_error(None, str(error))


class Needs(SiteDoor):
    """A site's needs: those that hold first, how many ideas serve each, and a picture of it."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        filters = queries.read_need_filters(request.GET)
        rows = queries.filtered_needs(
            queries.needs_of_site(self.viewer, self.site), filters, self.viewer
        )
        page = keyset_page(
            rows.select_related("owner__person", "site"),
            order=queries.ORDER,
            cursor=request.GET.get("cursor", ""),
            filters=filters.as_dict(),
        )
        current = queries.current_needs(self.viewer, self.site)
        every = {need.pk: need for need in (*current, *page.rows)}
        counts = queries.ideas_by_need(self.viewer, list(every.values()))
        today = queries.today()
        query = request.GET.copy()
        query.pop("cursor", None)

        def address(cursor: str) -> str:
            query["cursor"] = cursor
            return f"?{query.urlencode()}"

        shown = [
            {
                "need": need,
                "standing": need.standing(today),
                "ideas": counts[need.pk],
                "words": how_many(counts[need.pk]),
            }
            for need in page.rows
        ]
        context = {
            "rows": shown,
            "chart": ideas_by_need_chart(shown),
            "overview": queries.overview_of(self.viewer, self.site, current, counts),
            "filters": filters,
            "kinds": NeedKind.choices,
            "standings": NeedStanding.choices,
            "newer": address(page.previous) if page.previous else "",
            "older": address(page.next) if page.next else "",
            "may_edit": request.user.has_perm(EDIT, self.site),
        }
        return self.page("portfolio/needs/list.html", context, part="results")


def ideas_by_need_chart(rows: list[dict[str, Any]]) -> BarChart | None:
    """The ideas of each current need of the page; None where there are not two to compare."""
    current = [row for row in rows if row["standing"] == NeedStanding.CURRENT]
    if len(current) < 2:
        return None
    most = max(current, key=lambda row: row["ideas"].live)
    without = sum(not row["ideas"].live for row in current)
    said = []
    if most["ideas"].live:
        said.append(f"“{most['need']}” has the most, {plural(most['ideas'].live)}.")
    if without:
        said.append(f"{plural(without, 'need has', 'needs have')} none.")
    return BarChart(
        title="Ideas for each need",
        summary=" ".join(said),
        bars=[
            Point(row["need"].title, row["ideas"].live, href=row["need"].get_absolute_url())
            for row in current
        ],
        label_heading="Need",
        value_heading="Ideas that go on",
        level=2,
    )


class AddNeed(SiteDoor):
    """A new need."""

    permission = EDIT
    template = "portfolio/needs/add.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form(initial={"once_key": new_once_key()}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            need = needs.add(
                site=self.site,
                by=self.actor,
                once_key=form.cleaned_data["once_key"],
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"“{need}” is added.")
        return redirect(need)

    def _form(self, *args: Any, **kwargs: Any) -> NeedForm:
        return NeedForm(*args, members=queries.members_who_can_own(self.site), **kwargs)

    def _show(self, form: NeedForm, status: int = 200) -> HttpResponse:
        back = reverse("portfolio:needs", kwargs={"site": self.site.slug})
        context = {"form": form, "back_href": back, "back_label": "Needs"}
        return self.page(self.template, context, status=status)


class NeedDoor(SiteDoor):
    """A page about one need."""

    need: Any = None

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.need = queries.need_for(self.viewer, self.site, kwargs["ref"])
            if self.need is None:
                # Whoever may read no need here is told so; anyone else that there is none.
                if request.user.has_perm(self.permission, self.site):
                    raise Http404
                self.need = self.site
        return response

    def permission_object(self) -> Any:
        return self.need


class NeedPage(NeedDoor):
    """The need, its ideas by state, its calls."""

    permission = READ
    template = "portfolio/needs/need.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        need = self.need
        states = queries.states_of_ideas(self.viewer, need)
        state = request.GET.get("state", "")
        state = state if state in State.values else ""
        ideas = queries.ideas_of_need(self.viewer, need)
        page = keyset_page(
            triage.with_people(ideas.filter(state=state) if state else ideas),
            order=triage.ORDER,
            cursor=request.GET.get("cursor", ""),
            filters={"need": need.ref, "state": state},
        )
        may_edit = request.user.has_perm(EDIT, need)
        around = f"?state={state}&cursor="
        context = {
            "need": need,
            "standing": need.standing(queries.today()),
            "calls": queries.calls_of_need(self.viewer, need),
            "states": states,
            "state": state,
            "total": sum(count for *_, count in states),
            "ideas": page.rows,
            "newer": f"{around}{page.previous}" if page.previous else "",
            "older": f"{around}{page.next}" if page.next else "",
            "may_edit": may_edit,
            "back_href": reverse("portfolio:needs", kwargs={"site": self.site.slug}),
            "back_label": "Needs",
        }
        return self.page(self.template, context, part="results")


class EditNeed(NeedDoor):
    """What a need says, who owns it, when it holds."""

    permission = EDIT
    template = "portfolio/needs/edit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            needs.edit(
                need=self.need,
                version=form.cleaned_data["version"],
                by=self.actor,
                **form.values(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"“{self.need}” is saved.")
        return redirect(self.need)

    def _form(self, *args: Any) -> NeedForm:
        members = queries.members_who_can_own(self.site)
        return NeedForm(*args, members=members, need=self.need)

    def _show(self, form: NeedForm, status: int = 200) -> HttpResponse:
        # The title stored, not the one just tried.
        need = queries.need_for(self.viewer, self.site, self.need.ref) or self.need
        context = {"form": form, "need": need, "back_href": need.get_absolute_url()}
        return self.page(self.template, context, status=status)


class CloseNeed(NeedDoor):
    """Close a need: met, no longer pursued, or part of another."""

    permission = EDIT
    template = "portfolio/needs/close.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form(initial={"version": self.need.version}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            needs.close(
                need=self.need,
                reason=form.cleaned_data["reason"],
                into=form.into_need(),
                version=form.cleaned_data["version"],
                by=self.actor,
            )
        except Refused as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, f"“{self.need}” is closed.")
        return redirect(self.need)

    def _form(self, *args: Any, **kwargs: Any) -> CloseNeedForm:
        others = queries.needs_to_filter_by(self.viewer, self.site)
        return CloseNeedForm(
            *args, others=[other for other in others if other.pk != self.need.pk], **kwargs
        )

    def _show(self, form: CloseNeedForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "need": self.need,
            "open_calls": [
                row.call
                for row in queries.calls_of_need(self.viewer, self.need)
                if row.standing != "closed"
            ],
            "back_href": self.need.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class ReopenNeed(NeedDoor):
    """Take a closed need up again."""

    permission = EDIT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            needs.reopen(need=self.need, by=self.actor)
            messages.success(request, "Open again.")
        except Refused as error:
            messages.warning(request, str(error))
        return redirect(self.need)


class Serves(InnovationDoor):
    """Which needs an idea serves: one page of boxes."""

    permission = "portfolio.triage_innovation"
    template = "portfolio/needs/serves.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            made, taken = needs.choose(
                innovation=self.innovation, needs=form.chosen(), by=self.actor
            )
        except Refused as error:
            refused(form, error)
            return self._show(form, 422)
        said = [f"{plural(made, 'need', 'needs')} added"] if made else []
        said += [f"{plural(taken, 'need', 'needs')} taken away"] if taken else []
        messages.success(request, f"{', '.join(said) or 'Nothing was changed'}.")
        return redirect(self.innovation)

    def _form(self, *args: Any) -> ServesForm:
        offered: list[Need] = queries.needs_to_choose(self.innovation)
        return ServesForm(
            *args,
            needs=offered,
            suggested=queries.suggested(self.innovation, offered),
            chosen=[need.ref for need in offered if vars(need)["serves"]],
        )

    def _show(self, form: ServesForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "innovation": self.innovation,
            "may_add": self.request.user.has_perm(EDIT, self.site),
            "back_href": self.innovation.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)
