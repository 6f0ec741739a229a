"""A network's rounds: prepared, opened, followed, closed, restated. Never what a site rated."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from hubapp.problems import Refused
from hubapp.web.doors import NetworkDoor
from hubapp.web.export import file_response
from hubapp.web.kept import columns, drawn
from hubapp.web.paging import keyset_page
from maturity.enums import Disclosure, RoundState
from maturity.forms.rounds import (
    DISCLOSURE_HINTS,
    RestateForm,
    RoundForm,
    SitesForm,
    initial_of,
)
from maturity.models import Round, SelfAssessment
from maturity.queries import network as reading
from maturity.queries import rounds as queries
from maturity.services import closing, releases, reminders, rounds
from maturity.views.network import RoundDoor
from portfolio.views.needs import refused

READ, MANAGE = "maturity.view_rounds", "maturity.manage_rounds"


def facts_of(round: Round) -> list[dict[str, Any]]:
    """What a round asks and shows, as sites read it too."""
    extras = [
        *(["ask several people to rate"] if round.asks_raters else []),
        *(["ask a matched site for a peer review"] if round.asks_review else []),
    ]
    return [
        {"key": "Framework", "value": f"{round.framework.title} ({round.framework.edition})"},
        {
            "key": "Open",
            "value": f"{round.opens_on:%-d %B %Y} to {round.closes_on:%-d %B %Y}",
        },
        {
            "key": "Who sees what a site rated",
            "value": DISCLOSURE_HINTS[Disclosure(round.disclosure)],
        },
        {
            "key": "When it is compared",
            "value": f"Where at least {round.min_others} other sites rated the same statement, and do not all say the same",
        },
        {
            "key": "Sites may also",
            "value": " and ".join(extras).capitalize() or "Nothing else: the lead alone rates",
        },
    ]


class Rounds(NetworkDoor):
    """The rounds of the network, latest first."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = keyset_page(
            queries.rounds_of(self.network),
            order="-closes_on",
            cursor=request.GET.get("cursor", ""),
        )
        context = {
            "network": self.network,
            "rows": page.rows,
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "may_manage": request.user.has_perm(MANAGE, self.network),
            "back_href": reverse("accounts:network_home", kwargs={"network": self.network.slug}),
            "back_label": f"Back to {self.network}",
        }
        return self.page("maturity/rounds/list.html", context)


class NewRound(NetworkDoor):
    """Write a round down; it is opened on its own page."""

    permission = MANAGE
    template = "maturity/rounds/edit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            row = rounds.prepare(network=self.network, by=self.actor, **form.cleaned())
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, "The round is written down. Choose its sites and open it.")
        return redirect(row)

    def _form(self, data: Any = None) -> RoundForm:
        frameworks = queries.frameworks_for(self.network)
        return RoundForm(data, frameworks=frameworks, initial=initial_of(None))

    def _show(self, form: RoundForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "title": "Prepare a round",
            "back_href": reverse("maturity:rounds", kwargs={"network": self.network.slug}),
        }
        return self.page(self.template, context, status=status)


class EditRound(RoundDoor):
    """Change a round before it is open; after that, its name and closing date."""

    permission = MANAGE
    template = "maturity/rounds/edit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            rounds.change(
                round=self.round,
                by=self.actor,
                version=form.cleaned_data.get("version"),
                **form.cleaned(),
            )
        except (Refused, ValidationError) as error:
            refused(form, error)
            return self._show(form, 422)
        messages.success(request, "The round is changed.")
        return redirect(self.round)

    def _form(self, data: Any = None) -> RoundForm:
        return RoundForm(
            data,
            frameworks=queries.frameworks_for(self.network),
            round=self.round,
            initial=initial_of(self.round),
        )

    def _show(self, form: RoundForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "round": self.round,
            "title": "Change the round",
            "back_href": self.round.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class RoundPage(RoundDoor):
    """One round: what it asks and shows, how far every site is, and the next step."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = keyset_page(
            queries.progress_of(self.round),
            order="place",
            cursor=request.GET.get("cursor", ""),
        )
        round = self.round
        is_closed = round.state == RoundState.CLOSED
        may_manage = request.user.has_perm(MANAGE, self.network)
        counts = queries.state_counts(round)
        context = {
            "round": round,
            "facts": facts_of(round),
            "rows": page.rows,
            "progress": self._progress(page.rows, may_manage=may_manage),
            "counts": counts,
            "waiting": any(state in queries.WAITING for state, _ in counts),
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
            "may_manage": may_manage,
            "releases": reading.releases_of(round) if is_closed else [],
            "standing": releases.standing_of(round) if is_closed and may_manage else None,
            "not_in": may_manage
            and round.state in (RoundState.OPEN, RoundState.CLOSED)
            and queries.is_any_site_not_in(round),
            "href": {
                name: self.href(f"{name}_round" if name in ("edit", "open") else name)
                for name in (
                    "edit",
                    "open",
                    "reading",
                    "round_act",
                    "add_sites",
                    "restate",
                    "progress",
                )
            },
            "back_href": reverse("maturity:rounds", kwargs={"network": self.network.slug}),
            "back_label": "Back to rounds",
        }
        return self.page("maturity/rounds/round.html", context)

    def _progress(self, rows: list[SelfAssessment], *, may_manage: bool) -> SafeString:
        """The table of sites and how far each is."""
        round, act_href = self.round, self.href("round_act")
        return drawn(
            self.request,
            "maturity/rounds/_progress.html",
            (round.state, may_manage, act_href, [(columns(row), row.site.name) for row in rows]),
            lambda: {"round": round, "may_manage": may_manage, "act_href": act_href, "rows": rows},
        )


class RoundAct(RoundDoor):
    """Buttons: remind one site or all that have not submitted, close, call off."""

    permission = MANAGE
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        try:
            if do == "remind":
                self._remind(request)
            elif do == "remind-all":
                self._remind_all(request)
            elif do == "close":
                closing.close(round=self.round, by=self.actor)
                messages.success(request, "The round is closed, and its comparison is released.")
            elif do == "cancel":
                rounds.cancel(round=self.round, by=self.actor)
                messages.success(request, "The round is called off. What sites wrote stays theirs.")
        except Refused as error:
            messages.error(request, str(error))
        return redirect(self.round)

    def _remind(self, request: HttpRequest) -> None:
        row = queries.assessment_in(self.round, request.POST.get("site", ""))
        if row is None:
            raise Http404
        sent = reminders.remind(assessment=row, by=self.actor)
        if sent:
            messages.success(request, f"The lead of {row.site} is reminded.")
        else:
            messages.warning(request, f"{row.site} has no lead to remind. Ask it to name one.")

    def _remind_all(self, request: HttpRequest) -> None:
        count = 0
        for row in queries.waiting_in(self.round):
            try:
                reminders.remind(assessment=row, by=self.actor)
                count += 1
            except Refused:
                # Reminded today already, or submitted just now.
                continue
        said = "1 site is reminded." if count == 1 else f"{count} sites are reminded."
        messages.success(request, said if count else "All of them were reminded today already.")


class _SitesPage(RoundDoor):
    """Choosing sites."""

    permission = MANAGE
    template = "maturity/rounds/sites.html"
    title = button = ""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        sites = self.sites()
        return self._show(SitesForm(sites=sites, initial={"sites": [site.ref for site in sites]}))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = SitesForm(request.POST, sites=self.sites())
        if not form.is_valid():
            return self._show(form, 422)
        try:
            self.act(form)
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        return redirect(self.round)

    def sites(self) -> list[Any]:
        """Which can be chosen."""
        raise NotImplementedError

    def act(self, form: SitesForm) -> None:
        """Do it."""
        raise NotImplementedError

    def _show(self, form: SitesForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "round": self.round,
            "title": self.title,
            "button": self.button,
            "facts": facts_of(self.round),
            "is_opening": self.round.state == RoundState.DRAFT,
            "back_href": self.round.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class OpenRound(_SitesPage):
    """Open a round for the sites that are ticked."""

    title, button = "Open the round", "Open it for these sites"

    def sites(self) -> list[Any]:
        return queries.sites_that_may_join(self.round)

    def act(self, form: SitesForm) -> None:
        rows = rounds.open_round(round=self.round, sites=form.chosen(), by=self.actor)
        said = "1 site is asked." if len(rows) == 1 else f"{len(rows)} sites are asked."
        messages.success(self.request, f"The round is open. {said}")


class AddSites(_SitesPage):
    """Let more sites join, also after it closed."""

    title, button = "Add sites", "Add these sites"

    def sites(self) -> list[Any]:
        return queries.sites_not_in(self.round)

    def act(self, form: SitesForm) -> None:
        rows = rounds.add_sites(round=self.round, sites=form.chosen(), by=self.actor)
        said = "1 site is asked." if len(rows) == 1 else f"{len(rows)} sites are asked."
        messages.success(self.request, said)


class Restate(RoundDoor):
    """Release anew what late or reopened sites changed, with a reason."""

    permission = MANAGE
    template = "maturity/rounds/restate.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(RestateForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = RestateForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            row = releases.restate(
                round=self.round, reason=form.cleaned_data["reason"], by=self.actor
            )
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(form, 422)
        messages.success(
            request, f"Release {row.number} stands now. The former ones stay readable."
        )
        return redirect(self.round)

    def _show(self, form: RestateForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "round": self.round,
            "standing": releases.standing_of(self.round),
            "back_href": self.round.get_absolute_url(),
        }
        return self.page(self.template, context, status=status)


class Progress(RoundDoor):
    """How far every site is, as a file. Never what it rated."""

    permission = READ

    def get(self, request: HttpRequest, **kwargs: Any) -> StreamingHttpResponse:
        return progress_file(self.round)


def progress_file(round: Round) -> StreamingHttpResponse:
    """CSV: one row for a site."""
    head = ["site", "name", "state", "answered", "asked", "submitted_on"]
    rows = (
        [
            row.site.code,
            row.site.name,
            row.state,
            row.answered,
            row.asked,
            row.submitted_on.isoformat() if row.submitted_on else "",
        ]
        for row in queries.progress_of(round).order_by("place", "site__name", "pk")
    )
    return file_response("csv", head, rows, name=f"progress-{round.ref.lower()}")
