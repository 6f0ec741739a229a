"""A round from its first day to the next: asked for, rated by several, agreed, shown to a peer, read and acted on."""

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.services.sites import create_site
from maturity.enums import Origin
from maturity.models import Action, Rating, Review, Round, SelfAssessment, Target
from maturity.services import assessments
from tests import factories
from tests.e2e.conftest import PASSWORD

RATERS = {"ada@test.example": "Ada Rater", "ben@test.example": "Ben Rater"}


@pytest.fixture
def neighbour(hub_live):
    """Another site of the network, with a lead of its own."""
    site = create_site(code="NEXT", name="Neighbour Hospital", by=factories.TEST)
    return factories.member(site, Role.SITE_LEAD)


@pytest.fixture
def network(hub_live, neighbour):
    """A network of both sites, and a framework that it can rate by."""
    factories.framework()
    return factories.network_of(hub_live.site, neighbour.memberships.get().site)


@pytest.fixture
def sign_in(page, hub_live):
    """``sign_in("lead@…")``: whoever was signed in before is not any more."""

    def go(address: str) -> None:
        page.context.clear_cookies()
        page.goto(f"{hub_live.url}/accounts/login/")
        page.get_by_label("Email address").fill(address)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    return go


def date_in(page, name: str, day: dt.date) -> None:
    """Type a day into the three boxes of a date."""
    for part in ("day", "month", "year"):
        page.locator(f"[name={name}_{part}]").fill(str(getattr(day, part)))


def of_site(site, round) -> SelfAssessment:
    return SelfAssessment.objects.select_related("site", "round__framework").get(
        site=site, round=round
    )


def words_of(pdf: bytes) -> str:
    """What is written in it; only its first bytes where nothing can read it."""
    if not shutil.which("pdftotext"):
        return ""
    made = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", " ", made.stdout.decode())


def test_a_round_from_the_first_day_to_the_next(
    page, hub_live, network, neighbour, worker, mailbox, sign_in, check_axe
):
    site, today = hub_live.site, factories.today()
    lead = hub_live.email(Role.SITE_LEAD)
    coordinator = factories.coordinator(network).person.email
    main = page.locator("main")

    # A coordinator writes a round down that asks for raters and a review, and opens it.
    sign_in(coordinator)
    page.goto(f"{hub_live.url}/network/{network.slug}/")
    page.get_by_role("link", name="Maturity rounds").click()
    check_axe("no round yet")
    page.get_by_role("link", name="Prepare the first one").click()
    page.get_by_label("Name", exact=True).fill("Autumn round")
    page.get_by_role("radio", name="Test framework").check()
    page.get_by_label("Ask several people to rate").check()
    page.get_by_label("Ask a matched site for a peer review").check()
    check_axe("writing a round down")
    page.get_by_role("button", name="Save").click()
    check_axe("a round before it opens")
    page.get_by_role("button", name="Choose sites and open it").click()
    check_axe("choosing sites")
    page.get_by_role("button", name="Open it for these sites").click()
    expect(main).to_contain_text("The round is open. 2 sites are asked.")
    check_axe("an open round")
    round = Round.objects.get()
    own, theirs = of_site(site, round), of_site(neighbour.memberships.get().site, round)
    worker()

    # The lead finds it by the mail, begins, and asks two people from outside.
    _, links = mailbox(lead)
    sign_in(lead)
    page.goto(links[0])
    page.get_by_role("button", name="Agree and start").click()
    page.goto(hub_live.url + own.get_absolute_url())
    page.get_by_role("link", name="Ask others to rate too").click()
    check_axe("asking nobody yet")
    for address, name in RATERS.items():
        page.get_by_label("Somebody else").check()
        page.get_by_label("Their name").fill(name)
        page.get_by_label("Their email address").fill(address)
        page.get_by_role("button", name="Send them a link").click()
        expect(main).to_contain_text(f"We have sent a link to {name}")
    check_axe("two were asked")
    worker()

    # Each opens the link, types the code from the mail, and rates without the other.
    for address, ratings in (("ada@test.example", "1353"), ("ben@test.example", "5353")):
        page.context.clear_cookies()
        _, links = mailbox(address)
        page.goto(links[0])
        check_axe("a rater's link")
        page.get_by_role("button", name="Send me a code").click()
        check_axe("where the code is typed")
        worker()
        code = re.search(r"^\s+(\d{6})\s*$", mailbox(address)[0].body, re.MULTILINE)
        page.get_by_label("Code").fill(code[1])
        page.get_by_role("button", name="Continue").click()
        check_axe("a rater's tasks")
        page.get_by_role("link", name="Test domain").click()
        for indicator, value in zip(
            round.framework.indicators.order_by("position"), ratings, strict=True
        ):
            page.locator(f"[name={indicator.code}][value='{value}']").check()
        page.locator("[name=note-s1-i1]").fill(f"Why I say {ratings[0]}.")
        check_axe("a rater's page")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(main).to_contain_text("You have answered 4 of 4.")
        page.get_by_role("button", name="I am done").click()
        expect(main).to_contain_text("Thank you")
        check_axe("a rater is done")

    # The lead sees where they differ, and says why the site settles on what it does.
    sign_in(lead)
    page.goto(hub_live.url + own.get_absolute_url())
    page.get_by_role("link", name="See where raters differ").click()
    expect(main).to_contain_text("Raters differ on 1 indicator")
    check_axe("where raters differ")
    page.get_by_role("link", name="Sub-domain 1").click()
    expect(main).to_contain_text("Why I say 1.")
    expect(main).to_contain_text("Why I say 5.")
    check_axe("agreeing on one sub-domain")
    page.locator("[name=s1-i1][value='3']").check()
    page.locator("[name=s1-i2][value='3']").check()
    page.get_by_role("button", name="Save and continue").click()
    expect(main).to_contain_text("Raters differ on “We do thing 1.1”: enter why you agreed on this")
    check_axe("a reason is missing")
    page.locator("[name=reason-s1-i1]").fill("Half of the wards do it.")
    page.get_by_role("button", name="Save and continue").click()
    page.locator("[name=s2-i1][value='5']").check()
    page.locator("[name=s2-i2][value='3']").check()
    page.get_by_role("button", name="Save and continue").click()
    agreed = Rating.objects.filter(assessment=own, is_current=True, origin=Origin.CONSENSUS)
    assert list(agreed.order_by("indicator__position").values_list("value", "reason")) == [
        (3, "Half of the wards do it."),
        (3, ""),
        (5, ""),
        (3, ""),
    ]

    # Something stands for it; and it is submitted.
    page.goto(f"{hub_live.url}/story/maturity/evidence/")
    check_axe("no evidence yet")
    page.get_by_role("link", name="Add evidence").click()
    page.get_by_label("What is it?").fill("Innovation strategy")
    page.get_by_label("On a web page").check()
    page.get_by_label("Web address").fill("https://story.example/strategy")
    check_axe("adding evidence")
    page.get_by_role("button", name="Keep it").click()
    check_axe("evidence is kept")
    page.goto(f"{hub_live.url}{own.get_absolute_url()}rate/s1/")
    page.get_by_role("link", name=re.compile("evidence", re.IGNORECASE)).first.click()
    page.get_by_role("checkbox", name="Innovation strategy").first.check()
    check_axe("showing evidence")
    page.get_by_role("button", name="Save").click()
    page.goto(hub_live.url + own.get_absolute_url())
    page.get_by_role("link", name="Check and submit").click()
    check_axe("check and submit")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(main).to_contain_text("What happens next")
    check_axe("submitted")

    # The neighbour is as far; it is asked to look, and finds one thing differently.
    assessments.start(assessment=theirs, by=factories.TEST)
    assessments.answer(
        assessment=theirs, answers={"s1-i1": assessments.rated(3)}, by=factories.TEST
    )
    assessments.submit(assessment=theirs, by=factories.TEST)
    page.get_by_role("link", name="Evidence and peer review").click()
    check_axe("before a review")
    page.get_by_role("button", name="Ask a site to review it").click()
    page.get_by_role("radio", name="Neighbour Hospital").check()
    check_axe("asking for a review")
    page.get_by_role("button", name="Ask this site").click()
    review = Review.objects.get()
    sign_in(neighbour.person.email)
    page.goto(f"{hub_live.url}/next/maturity/reviews/")
    check_axe("reviews asked of a site")
    page.get_by_role("link", name="Story Hospital").click()
    check_axe("a review to take on")
    page.get_by_role("button", name="Take it on").click()
    check_axe("a review that was taken on")
    page.get_by_role("link", name="Sub-domain 1").click()
    expect(main).to_contain_text("They rate it 3")
    expect(page.get_by_role("link", name="Innovation strategy")).to_be_visible()
    page.locator("[name=s1-i1][value=differs-5]").check()
    page.locator("[name=note-s1-i1]").fill("More than you say.")
    page.locator("[name=s1-i2][value=agrees]").check()
    check_axe("reviewing a sub-domain")
    page.get_by_role("button", name="Save and continue").click()
    page.goto(f"{hub_live.url}/next/maturity/reviews/{review.ref}/")
    page.get_by_label("What you would like to tell the site").fill("Thank you for showing us.")
    page.get_by_role("button", name="Hand the review over").click()
    check_axe("a review that was handed over")

    # The coordinator closes the round.
    sign_in(coordinator)
    page.goto(hub_live.url + round.get_absolute_url())
    page.get_by_role("button", name="Close it now").click()
    expect(main).to_contain_text("The round is closed")
    check_axe("a closed round")
    page.get_by_role("button", name="Read what the sites say together").click()
    check_axe("what sites say together")

    # The site reads what it says, what stands for it, and what the neighbour found, side by side.
    sign_in(lead)
    page.goto(hub_live.url + own.get_absolute_url())
    check_axe("final")
    page.get_by_role("link", name="Evidence and peer review").click()
    first = page.get_by_role("row", name=re.compile("We do thing 1.1"))
    expect(first.get_by_role("cell").nth(0)).to_contain_text("3")
    expect(first.get_by_role("cell").nth(1)).to_have_text("Innovation strategy")
    expect(first.get_by_role("cell").nth(2)).to_contain_text("5 instead")
    expect(main).to_contain_text("Thank you for showing us.")
    check_axe("claimed, evidenced, validated")

    # It reads its report, says where it wants to be, and who does what until when.
    page.goto(hub_live.url + own.get_absolute_url())
    page.get_by_role("button", name="Read your report").click()
    check_axe("the report")
    page.get_by_role("link", name="Set the target of: We do thing 1.1").click()
    page.get_by_label("5: Proud to share").check()
    date_in(page, "by_on", today + dt.timedelta(days=200))
    check_axe("setting a target")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("We do thing 1.1")).first).to_contain_text("5")
    page.get_by_role("link", name="Add an action to raise Sub-domain 1").last.click()
    page.get_by_label("What will you do?").fill("Show every ward how")
    page.get_by_label("A member of this site").check()
    page.get_by_label("Which member?").select_option(label=str(hub_live.people[Role.HUB_STAFF]))
    date_in(page, "due_on", today + dt.timedelta(days=90))
    check_axe("adding an action")
    page.get_by_role("button", name="Save").click()
    check_axe("the report with a target and an action")
    target, action = Target.objects.get(), Action.objects.get()
    assert (target.value, target.by_on) == (5, today + dt.timedelta(days=200))
    assert (action.owner, action.due_on) == (
        hub_live.people[Role.HUB_STAFF],
        today + dt.timedelta(days=90),
    )
    page.goto(f"{hub_live.url}{own.get_absolute_url()}report/")
    with page.expect_download() as waits:
        page.get_by_role("link", name="Board report (PDF)").click()
    pdf = Path(waits.value.path()).read_bytes()
    assert pdf.startswith(b"%PDF-")
    words = words_of(pdf)
    if words:
        for said in ("Story Hospital", "Proud to share", "Show every ward how"):
            assert said in words

    # Next time the action waits on the page where its sub-domain is rated.
    later = factories.open_round(network, framework=round.framework, name="Spring round")
    again = assessments.start(assessment=of_site(site, later), by=factories.TEST)
    page.goto(f"{hub_live.url}{again.get_absolute_url()}rate/s1/")
    expect(page.get_by_role("link", name="Show every ward how")).to_be_visible()
    check_axe("the next round, with the action of the last")
