"""Reading a round, a site beside the others, and learning from each other."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.charts import HeatRow
from hubapp.web.doors import NetworkDoor, SiteDoor
from hubapp.web.kept import columns, drawn
from hubapp.web.paging import cursor_fits, keyset_page
from maturity.charts import heat, stacked
from maturity.enums import PairingState, Wish
from maturity.models import Release, Round, SelfAssessment
from maturity.patterns import RULES, by_pattern, ordered
from maturity.queries import network as queries
from maturity.queries.assess import assessment_at, profile_of
from maturity.services import learning

# Sub-domains that a pattern's card names; the clearest come first.
SHOWN = 5
# Sites of a reading, in the order in which they were asked.
SITES_BY = "created_at"


class RoundDoor(NetworkDoor):
    """A page about one round of the network: missing and foreign ones are 404."""

    round: Round

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        found = super().enter(request, **kwargs)
        if found is not None:
            return found
        row = queries.round_of_network(self.network, kwargs["ref"])
        if row is None:
            raise Http404
        self.round = row
        return None

    def href(self, name: str) -> str:
        """Another page about the same round."""
        given = {"network": self.network.slug, "ref": self.round.ref}
        return reverse(f"maturity:{name}", kwargs=given)


def pattern_lists(reading: queries.Reading) -> list[dict[str, Any]]:
    """The three patterns with their rule and the sub-domains for which it holds."""
    found = by_pattern(reading.sub_domains)
    top, bottom = reading.framework.top, reading.framework.bottom
    return [
        {
            "title": title,
            "rule": rule,
            "parts": [
                {
                    "part": part,
                    "top": part.counts[top],
                    "bottom": part.counts[bottom],
                }
                for part in found[key][:SHOWN]
            ],
            "more": len(found[key][SHOWN:]),
        }
        for key, (title, rule) in RULES.items()
    ]


class ReadingPage(RoundDoor):
    """What all sites of a closed round say together, for its coordinator."""

    permission = "maturity.view_rounds"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        round = self.round
        releases = queries.releases_of(round)
        cursor = request.GET.get("cursor", "")
        may_pair = request.user.has_perm("maturity.pair_sites", self.network)
        says = (
            self.network.slug,
            columns(round),
            columns(round.framework),
            [columns(each) for each in releases],
            queries.said_in_reading(round) if queries.is_named(round) else [],
            cursor if cursor_fits(cursor, order=SITES_BY) else "",
            may_pair,
        )
        context = {
            "round": round,
            "back_href": round.get_absolute_url(),
            "back_label": "Back to the round",
        }
        context["content"] = drawn(
            request,
            "maturity/network/_reading.html",
            says,
            lambda: {**context, **self._shown(releases, cursor), "may_pair": may_pair},
        )
        return self.page("maturity/network/reading.html", context)

    def _shown(self, releases: list[Release], cursor: str) -> dict[str, Any]:
        reading = queries.reading_for_coordinator(self.round)
        is_named = queries.is_named(self.round)
        shown: dict[str, Any] = {
            "reading": reading,
            "is_named": is_named,
            "releases": releases,
            "pairs_href": self.href("pairs"),
        }
        if reading is None:
            return shown
        framework = reading.framework
        shown |= {
            "chart": stacked(
                reading.sub_domains,
                framework,
                title="Sub-domains by share of the highest rating",
            ),
            "patterns": pattern_lists(reading),
            "scale": [(value, framework.labels[value]) for value in reversed(framework.values)],
            "rows": [
                {
                    "part": part,
                    "shares": [
                        (part.counts[value], part.share(value))
                        for value in reversed(framework.values)
                    ],
                    "indicators": reading.indicators.get(part.code, []),
                }
                for part in ordered(reading.sub_domains)
            ],
        }
        return shown | self._by_site(cursor, reading) if is_named else shown

    def _by_site(self, cursor: str, reading: queries.Reading) -> dict[str, Any]:
        page = keyset_page(queries.sites_in_reading(self.round), order=SITES_BY, cursor=cursor)
        counts = queries.shares_by_site(self.round, page.rows)
        sub_domains = reading.rated
        top = reading.framework.top

        def share(assessment_id: int, sub_domain_id: int) -> int | None:
            said = counts.get(assessment_id, {}).get(sub_domain_id, {})
            n = sum(said.values())
            return (200 * said.get(top, 0) + n) // (2 * n) if n else None

        rows = [
            HeatRow(row.site.name, [share(row.pk, each.pk) for each in sub_domains])
            for row in page.rows
        ]
        return {
            "heat": heat(
                rows,
                [each.name for each in sub_domains],
                reading.framework,
                title="Share of the highest rating, site by site",
            )
            if rows
            else None,
            "newer": f"?cursor={page.previous}" if page.previous else "",
            "older": f"?cursor={page.next}" if page.next else "",
        }


class Pairs(RoundDoor):
    """Sites that could learn from each other, and proposing that they meet."""

    permission = "maturity.pair_sites"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            if request.POST.get("withdraw"):
                row = queries.pairing_in(self.round, request.POST["withdraw"])
                if row is None:
                    raise Http404
                learning.withdraw(pairing=row, by=self.actor)
                messages.success(request, "The proposal is taken back.")
            else:
                found = self._chosen(request.POST.get("pair", ""))
                learning.propose(
                    round=self.round,
                    sub_domain=found.sub_domain,
                    giver=found.giver,
                    taker=found.taker,
                    by=self.actor,
                )
                messages.success(
                    request,
                    f"Both sites are asked whether they want to meet about {found.sub_domain}.",
                )
        except Refused as error:
            messages.error(request, str(error))
        return redirect(self.href("pairs"))

    def _chosen(self, text: str) -> queries.Suggestion:
        for each in queries.suggestions_in(self.round):
            if text == f"{each.sub_domain.code}:{each.giver.ref}:{each.taker.ref}":
                return each
        raise Refused("One of the two sites no longer offers or wants this.")

    def _show(self, status: int = 200) -> HttpResponse:
        context = {
            "round": self.round,
            "rows": queries.suggestions_in(self.round),
            "anybody": queries.offers_exist(self.round),
            "back_href": self.href("reading"),
            "back_label": "Back to the reading",
        }
        return self.page("maturity/network/pairs.html", context, status=status)


# -- a site ---------------------------------------------------------------------------------
class ComparisonPage(SiteDoor):
    """The site beside the others of a round, as far as the round released it."""

    permission = "maturity.view_assessment"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        assessment = assessment_at(self.viewer, self.site, kwargs["ref"])
        if assessment is None:
            raise Http404
        round = assessment.round
        releases = queries.releases_of(round)
        says = (
            self.site.slug,
            columns(assessment),
            columns(profile_of(assessment)),
            columns(round),
            columns(round.framework),
            [columns(each) for each in releases],
            [columns(each) for each in queries.own_ratings(assessment)],
        )
        context = {
            "assessment": assessment,
            "round": round,
            "back_href": assessment.get_absolute_url(),
            "back_label": "Back to the self-assessment",
        }
        context["content"] = drawn(
            request,
            "maturity/network/_comparison.html",
            says,
            lambda: {**context, **self._shown(assessment, releases)},
        )
        return self.page("maturity/network/comparison.html", context)

    @staticmethod
    def _shown(assessment: SelfAssessment, releases: list[Release]) -> dict[str, Any]:
        comparison = queries.comparison_of(assessment)
        framework = assessment.round.framework
        shown: dict[str, Any] = {"comparison": comparison, "releases": releases}
        if comparison is None:
            return shown
        return shown | {
            "chart": stacked(
                comparison.reading.sub_domains,
                framework,
                title="All sites: sub-domains by share of the highest rating",
                hrefs={each.code: f"#{each.code}" for each in comparison.reading.sub_domains},
            ),
            "patterns": pattern_lists(comparison.reading),
            "parts": [
                {
                    "sub_domain": part,
                    "rows": comparison.rows.get(part.code, []),
                    "none_top": bool(part.n and not part.counts[framework.top]),
                }
                for part in comparison.reading.sub_domains
            ],
            "top": framework.top,
        }


class Learning(SiteDoor):
    """What the site may be asked about, what it wants help with, and introductions."""

    permission = "maturity.offer_learning"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        assessment = queries.latest_counted(self.site)
        introductions = []
        for row in queries.pairings_of(self.site):
            is_giver = row.giver_id == self.site.pk
            other = row.taker if is_giver else row.giver
            agreed = row.state == PairingState.AGREED
            introductions.append(
                {
                    "pairing": row,
                    "is_giver": is_giver,
                    "other": other if agreed else None,
                    "leads": queries.leads_of(other) if agreed else [],
                    "waits": row.state == PairingState.PROPOSED
                    and (row.giver_agreed_at if is_giver else row.taker_agreed_at) is None,
                }
            )
        context = {
            "assessment": assessment,
            "subjects": queries.subjects_of(assessment) if assessment else [],
            "scale": list(reversed(assessment.round.framework.values)) if assessment else [],
            "wishes": [("", "Neither"), *Wish.choices],
            "introductions": introductions,
            "back_href": reverse("maturity:maturity", kwargs={"site": self.site.slug}),
            "back_label": "Back to maturity",
        }
        return self.page("maturity/network/learning.html", context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        try:
            if do in ("agree", "decline"):
                row = queries.pairing_of(self.site, request.POST.get("pairing", ""))
                if row is None:
                    raise Http404
                verb = learning.agree if do == "agree" else learning.decline
                row = verb(pairing=row, site=self.site, by=self.actor)
                messages.success(request, _said(row, do))
            else:
                self._wish(request)
        except Refused as error:
            messages.error(request, str(error))
        return redirect("maturity:learning", site=self.site.slug)

    def _wish(self, request: HttpRequest) -> None:
        assessment = queries.latest_counted(self.site)
        if assessment is None:
            raise Refused("Submit a self-assessment in a round of your network first.")
        changed = 0
        for subject in queries.subjects_of(assessment):
            said = request.POST.get(f"wish-{subject.sub_domain.code}")
            if said is None or said == (subject.wish.wish if subject.wish else ""):
                continue
            learning.wish(
                assessment=assessment, sub_domain=subject.sub_domain, wish=said, by=self.actor
            )
            changed += 1
        messages.success(request, "Saved." if changed else "Nothing has changed.")


def _said(row: Any, do: str) -> str:
    if do == "decline":
        return "You have declined. The other site is not told who you are."
    if row.state == PairingState.AGREED:
        return "You have both agreed: you find each other’s names below."
    return "You have agreed. As soon as the other site does, you find each other’s names here."
