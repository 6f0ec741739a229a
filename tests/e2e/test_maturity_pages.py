"""Every page of maturity, empty and filled, wide and narrow: axe finds nothing, and nothing scrolls sideways."""

import copy
import datetime as dt
import io
from typing import NamedTuple

import pytest
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import asked
from hubapp.instants import acting_at, now
from maturity import framework_files, links
from maturity.enums import Wish
from maturity.models import Framework, SelfAssessment
from maturity.ratings_sheet import read_ratings
from maturity.services import (
    actions,
    assessments,
    closing,
    evidence,
    importing,
    learning,
    raters,
    reviews,
    rounds,
    targets,
)
from maturity.services import frameworks as framework_services
from maturity.urls import urlpatterns
from tests import factories
from tests.e2e.conftest import PASSWORD
from tests.factories import TEST

COORDINATOR, NOBODY = "coordinator", "nobody"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}
# Files, and what is only posted to.
NO_PAGES = {
    "network_framework_template",
    "network_framework_draft_sheet",
    "network_framework_sheet",
    "evidence_file",
    "review_file",
    "rater",
    "withdraw_review",
    "rate_send_code",
    "report_pdf",
    "report_xlsx",
    "report_csv",
    "report_json",
    "bad_ratings",
    "bad_own",
    "round_act",
    "progress",
}


class Page(NamedTuple):
    """One page that somebody opens: their role, the name of its address, what is in it, and a query."""

    role: str
    name: str
    parts: dict[str, str]
    query: str = ""

    @property
    def path(self) -> str:
        return reverse(f"maturity:{self.name}", kwargs=self.parts) + self.query


class State(NamedTuple):
    """Who coordinates, and what there is to see."""

    coordinator: str
    pages: list[Page]


def names_of(patterns) -> set[str]:
    found: set[str] = set()
    for each in patterns:
        found |= names_of(each.url_patterns) if hasattr(each, "url_patterns") else {each.name}
    return found


def of(round, site) -> SelfAssessment:
    return SelfAssessment.objects.select_related("site", "round__framework", "round__network").get(
        round=round, site=site
    )


def answers(framework, number: int) -> dict[str, assessments.Said]:
    """What a site says: other ratings at each site, some not applicable, some left out."""
    said = {}
    for place, indicator in enumerate(framework.indicators.select_related("sub_domain")):
        if indicator.sub_domain.code == "funding":
            said[indicator.code] = assessments.rated(5 if number == 1 else 1)
        elif place % 11 == 3:
            said[indicator.code] = assessments.NOT_APPLICABLE
        elif place % 7 != 5:
            said[indicator.code] = assessments.rated((1, 3, 5)[(place // 3 + number) % 3])
    return said


def rate(row: SelfAssessment, number: int) -> SelfAssessment:
    assessments.start(assessment=row, by=TEST)
    words = {"funding": "Two of our three posts end with the programme in March. " * 4}
    said = answers(row.round.framework, number)
    assessments.answer(assessment=row, answers=said, explanations=words, by=TEST)
    return row


def own_framework(key: str) -> dict:
    content = copy.deepcopy(
        framework_files.read_framework(
            (framework_files.FOLDER / "twelve-enablers.2024.json").read_bytes()
        )
    )
    return {**content, "key": key, "version": "1", "title": "What our network asks"}


def empty(hub) -> State:
    """A network in which nothing has happened yet but that one round was opened, and one site alone began."""
    framework_services.load_frameworks(by=TEST)
    site, untouched = hub.site, factories.SiteFactory()
    network = factories.network_of(site, factories.SiteFactory())
    coordinator = factories.coordinator(network)
    bare = factories.network_of(untouched)
    bare.memberships.create(user=coordinator)
    for role in (Role.SITE_LEAD, Role.EXECUTIVE):
        factories.member(untouched, role, user=hub.people[role])
    round = factories.open_round(network, asks_raters=True, asks_review=True)
    row = of(round, site)
    alone = factories.self_assessment(
        site, factories.open_round(site=site, framework=factories.framework(key="of-one-site"))
    )
    nothing = {"site": untouched.slug}
    at = {"site": site.slug, "ref": row.ref}
    mine = {"site": site.slug, "ref": alone.ref}
    here = {"network": network.slug, "ref": round.ref}
    return State(
        coordinator.person.email,
        [
            Page(COORDINATOR, "rounds", {"network": bare.slug}),
            Page(COORDINATOR, "network_frameworks", {"network": bare.slug}),
            Page(COORDINATOR, "round", here),
            Page(COORDINATOR, "add_sites", here),
            Page(COORDINATOR, "reading", here),
            Page(COORDINATOR, "pairs", here),
            *(
                Page(Role.SITE_LEAD, name, nothing)
                for name in ("actions", "evidence", "reviews", "learning", "frameworks", "maturity")
            ),
            Page(Role.SITE_LEAD, "start", at),
            Page(Role.SITE_LEAD, "raters", at),
            Page(Role.SITE_LEAD, "together", at),
            Page(Role.SITE_LEAD, "standings", at),
            Page(Role.SITE_LEAD, "ask_review", at),
            Page(Role.SITE_LEAD, "show_evidence", {**at, "code": "s1"}),
            Page(Role.SITE_LEAD, "report", mine),
            Page(Role.SITE_LEAD, "submit", mine),
            Page(Role.SITE_LEAD, "comparison", mine),
            Page(Role.EXECUTIVE, "maturity", nothing),
            Page(Role.EXECUTIVE, "actions", nothing),
            Page(Role.EXECUTIVE, "evidence", nothing),
        ],
    )


def filled(hub) -> State:
    """Four sites, two rounds that closed, two that are open, one being prepared, and everything that hangs on them."""
    framework_services.load_frameworks(by=TEST)
    framework, site = Framework.objects.get(slug="insites-2025"), hub.site
    others = [factories.SiteFactory(name=f"Trust of the {word}") for word in ("North", "East")]
    late = factories.SiteFactory(name="Trust that comes late")
    everybody = [site, *others]
    network = factories.network_of(*everybody, late)
    coordinator = factories.coordinator(network)
    today = factories.today()

    def closed(name: str, years_ago: int):
        opened = today - dt.timedelta(days=365 * years_ago + 90)
        with acting_at(now() - dt.timedelta(days=365 * years_ago + 90)):
            round = factories.open_round(
                network,
                framework=framework,
                name=name,
                sites=everybody,
                opens_on=opened,
                closes_on=opened + dt.timedelta(days=30),
                min_others=2,
                asks_review=True,
            )
            for number, each in enumerate(everybody):
                row = rate(of(round, each), number + years_ago)
                assessments.submit(assessment=row, by=TEST)
        with acting_at(now() - dt.timedelta(days=365 * years_ago + 50)):
            closing.close(round=round, by=TEST)
        return round

    closed("The year before", 1)
    last = closed("Last autumn", 0)
    read = of(last, site)
    # Somebody came after it had closed, so it can be restated once more have.
    rounds.add_sites(round=last, sites=[late], by=TEST)
    assessments.submit(assessment=rate(of(last, late), 3), by=TEST)

    # What follows from the last one: wishes, an introduction, targets, and actions in every state.
    funding = framework.sub_domains.get(code="funding")
    learning.wish(assessment=read, sub_domain=funding, wish=Wish.WANTS, by=TEST)
    learning.wish(assessment=of(last, others[0]), sub_domain=funding, wish=Wish.OFFERS, by=TEST)
    learning.propose(round=last, sub_domain=funding, giver=others[0], taker=site, by=TEST)
    indicator = funding.indicators.order_by("position").first()
    targets.set_target(
        site=site,
        indicator=indicator,
        value=5,
        by_on=today + dt.timedelta(days=90),
        assessment=read,
        by=TEST,
    )
    planned = [
        actions.add(
            site=site,
            sub_domain=funding,
            assessment=read,
            title=title,
            owner=hub.people[Role.HUB_STAFF] if days else None,
            due_on=today + dt.timedelta(days=days) if days else None,
            by=TEST,
        )
        for title, days in (
            ("Ask the board for two years of money", 30),
            ("Write down what the posts cost", 60),
            ("Ask the charity", None),
        )
    ]
    actions.finish(action=planned[1], outcome="The board paid for one year.", by=TEST)
    actions.publish(action=planned[1], by=TEST)
    actions.drop(action=planned[2], outcome="It funds no posts.", by=TEST)

    # The round of now: two raters who differ and one who waits; evidence; a review given.
    current = factories.open_round(
        network,
        framework=framework,
        name="This autumn",
        sites=everybody,
        asks_raters=True,
        asks_review=True,
    )
    row = of(current, site)
    assessments.start(assessment=row, by=TEST)
    for name, value in (("Ada Rater", 1), ("Ben Rater", 5)):
        one = raters.invite(
            assessment=row, name=name, email=f"{name.split()[0]}@test.example", by=TEST
        )
        raters.rate(
            rater=one,
            answers={indicator.code: assessments.rated(value)},
            notes={indicator.code: "From what I saw."},
            by=asked(one.ref),
        )
        raters.finish(rater=one, by=asked(one.ref))
    waiting = raters.invite(assessment=row, user=hub.people[Role.HUB_STAFF], by=TEST)
    outside = raters.invite(assessment=row, name="Cy Rater", email="cy@test.example", by=TEST)
    pieces = [
        evidence.add(
            site=site,
            title="Innovation strategy 2026 to 2029",
            url="https://story.example/a-very-long-address-that-does-not-break/strategy-2026-2029",
            by=TEST,
        ),
        evidence.add(
            site=site,
            title="Board paper",
            url="https://story.example/paper",
            expires_on=today + dt.timedelta(days=200),
            by=TEST,
        ),
    ]
    evidence.show(assessment=row, indicator=indicator, evidence=pieces, by=TEST)
    asks = rate(of(current, others[0]), 1)
    assessments.submit(assessment=asks, by=TEST)
    review = reviews.ask(
        assessment=asks, reviewing_site=site, due_on=today + dt.timedelta(days=14), by=TEST
    )
    reviews.accept(review=review, user=hub.people[Role.SITE_LEAD], by=TEST)
    to_take_on = reviews.ask(
        assessment=assessments.submit(assessment=rate(of(current, others[1]), 2), by=TEST),
        reviewing_site=site,
        by=TEST,
    )
    # Another one that the site submitted, and one that is being prepared.
    second = factories.open_round(
        network, framework=framework, name="A second look", sites=everybody, asks_review=True
    )
    handed_in = assessments.submit(assessment=rate(of(second, site), 0), by=TEST)
    rate(of(second, others[0]), 1)
    draft_round = rounds.prepare(
        network=network,
        framework=framework,
        name="Next spring",
        opens_on=today,
        closes_on=today + dt.timedelta(days=40),
        by=TEST,
    )
    # Files that were looked at, with rows that can be imported and rows with a fault.
    sheet = read_ratings(
        io.BytesIO(
            "Site code,Indicator code,Rating,Explanation\n"
            f"{site.code},{indicator.code},3,Some\n{site.code},{indicator.code},7,\n"
            f"ELSEWHERE,{indicator.code},3,\n".encode()
        )
    )
    of_round = importing.look(sheet=sheet, name="ratings.csv", round=current, by=TEST)
    of_site = importing.look(sheet=sheet, name="ratings.csv", round=current, own=row, by=TEST)
    # The network's own frameworks: one published, one a draft.
    published = framework_services.publish(
        draft=framework_services.draft(network=network, content=own_framework("ours"), by=TEST),
        by=TEST,
    )
    draft = framework_services.draft(network=network, content=own_framework("newer"), by=TEST)

    here = {"site": site.slug}
    read_at, row_at, in_at = ({**here, "ref": each.ref} for each in (read, row, handed_in))
    one = {"code": funding.code}
    net = {"network": network.slug}
    last_at, now_at, draft_at = ({**net, "ref": each.ref} for each in (last, current, draft_round))
    open_action, done_action = ({**here, "ref": each.ref} for each in planned[:2])
    token = {"token": links.rate_token(outside.ref, outside.generation)}
    member_token = {"token": links.rate_token(waiting.ref, waiting.generation)}
    lead, staff, reader = Role.SITE_LEAD, Role.HUB_STAFF, Role.EXECUTIVE
    return State(
        coordinator.person.email,
        [
            Page(NOBODY, "rate_by_link", token),
            Page(NOBODY, "rate_code", token),
            Page(staff, "rate_by_link", member_token),
            Page(staff, "rate_domain", {**member_token, "code": funding.domain.code}),
            Page(staff, "assessment", row_at),
            Page(staff, "rate", {**row_at, **one}),
            Page(reader, "maturity", here),
            Page(reader, "action", open_action),
            Page(lead, "maturity", here),
            Page(lead, "own_round", here),
            Page(lead, "assessment", read_at),
            Page(lead, "assessment", row_at),
            Page(lead, "start", {**here, "ref": of(second, site).ref}),
            Page(lead, "profile", row_at),
            Page(lead, "rate", {**row_at, **one}),
            Page(lead, "confirm", row_at),
            Page(lead, "submit", row_at),
            Page(lead, "leave", row_at),
            Page(lead, "reopen", in_at),
            Page(lead, "report", read_at),
            Page(lead, "report", read_at, "?average=1"),
            Page(lead, "report", row_at),
            Page(lead, "target", {**read_at, "code": indicator.code}),
            Page(lead, "comparison", read_at),
            Page(lead, "raters", row_at),
            Page(lead, "together", row_at),
            Page(lead, "together_on", {**row_at, **one}),
            Page(lead, "standings", row_at),
            Page(lead, "show_evidence", {**row_at, **one}),
            Page(lead, "ask_review", in_at),
            Page(lead, "import_own", row_at),
            Page(lead, "imported_own", {**row_at, "file": of_site.ref}),
            Page(lead, "evidence", here),
            Page(lead, "add_evidence", here),
            Page(lead, "change_evidence", {**here, "ref": pieces[0].ref}),
            Page(lead, "reviews", here),
            Page(lead, "review", {**here, "ref": review.ref}),
            Page(lead, "review", {**here, "ref": to_take_on.ref}),
            Page(lead, "review_on", {**here, "ref": review.ref, **one}),
            Page(lead, "learning", here),
            Page(lead, "actions", here),
            Page(lead, "actions", here, "?state=done"),
            Page(lead, "add_action", here, f"?sub_domain=funding&from={read.ref}"),
            Page(lead, "action", open_action),
            Page(lead, "action", done_action),
            Page(lead, "edit_action", open_action),
            Page(lead, "end_action", open_action),
            Page(lead, "publish_action", done_action),
            Page(lead, "frameworks", here),
            Page(lead, "framework", {**here, "slug": framework.slug}),
            Page(lead, "framework_published", {**here, "slug": framework.slug}),
            Page(COORDINATOR, "rounds", net),
            Page(COORDINATOR, "new_round", net),
            Page(COORDINATOR, "round", last_at),
            Page(COORDINATOR, "round", now_at),
            Page(COORDINATOR, "round", draft_at),
            Page(COORDINATOR, "edit_round", draft_at),
            Page(COORDINATOR, "edit_round", now_at),
            Page(COORDINATOR, "open_round", draft_at),
            Page(COORDINATOR, "add_sites", now_at),
            Page(COORDINATOR, "restate", last_at),
            Page(COORDINATOR, "reading", last_at),
            Page(COORDINATOR, "pairs", last_at),
            Page(COORDINATOR, "import_ratings", now_at),
            Page(COORDINATOR, "imported_ratings", {**now_at, "file": of_round.ref}),
            Page(COORDINATOR, "network_frameworks", net),
            Page(COORDINATOR, "network_framework", {**net, "slug": published.slug}),
            Page(COORDINATOR, "network_framework_draft", {**net, "ref": draft.ref}),
            Page(COORDINATOR, "network_framework_published", {**net, "slug": framework.slug}),
        ],
    )


def fits(page) -> bool:
    """Whether nothing scrolls sideways, once the menu has taken its place."""
    for _ in range(20):
        # Asked from outside: the page's own policy lets no text be run inside it.
        if page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            return True
        page.wait_for_timeout(100)
    return False


@pytest.mark.parametrize("state", [empty, filled])
def test_every_page_reads_wide_and_narrow(page, hub_live, check_axe, state):
    coordinator, pages = state(hub_live)
    if state is filled:
        assert {each.name for each in pages} == names_of(urlpatterns) - NO_PAGES
    faults, signed_in = [], None
    for each in pages:
        if each.role != signed_in:
            page.context.clear_cookies()
            if each.role != NOBODY:
                page.goto(f"{hub_live.url}/accounts/login/")
                page.get_by_label("Email address").fill(
                    coordinator if each.role == COORDINATOR else hub_live.email(each.role)
                )
                page.get_by_label("Password", exact=True).fill(PASSWORD)
                page.get_by_role("button", name="Sign in").click()
            signed_in = each.role
        where = f"{each.role}: {each.path}"
        page.set_viewport_size(WIDE)
        answer = page.goto(hub_live.url + each.path)
        if answer.status != 200 or page.url != hub_live.url + each.path:
            faults.append(f"{where} answers {answer.status} at {page.url}")
            continue
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            if not fits(page):
                faults.append(f"{where} scrolls sideways on {size['width']} pixels")
            try:
                check_axe(f"{where}, {size['width']} pixels wide")
            except AssertionError as error:
                faults.append(str(error).splitlines()[0])
    assert not faults, "\n".join(faults)
