"""A site lead alone rates all of the InSites framework, and next time confirms what is still true. By keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from maturity.enums import Answer
from maturity.models import Framework, Rating, SelfAssessment
from maturity.services import assessments
from maturity.services.frameworks import load_frameworks
from tests import factories
from tests.e2e.keyboard import Keyboard

DOCS = Path(__file__).resolve().parents[2] / "docs" / "maturity.md"
# What docs/maturity.md says: rating all of it, and confirming last time's.
ROWS = ("Rate all of it for the first time", "Confirm last time’s answers and submit")


@pytest.fixture
def round(hub_live):
    """An open round of a network, by the InSites framework."""
    load_frameworks(by=factories.TEST)
    return factories.open_round(
        factories.network_of(hub_live.site),
        framework=Framework.objects.get(slug="insites-2025"),
        name="Autumn round",
    )


def own(round) -> SelfAssessment:
    return SelfAssessment.objects.select_related("site", "round__framework").get(round=round)


def begun(round) -> SelfAssessment:
    return assessments.start(assessment=own(round), by=factories.TEST)


def first_page(round) -> str:
    """The address of the first sub-domain that is rated."""
    framework = round.framework
    code = framework.sub_domains.filter(is_rated=True).order_by("position").first().code
    return f"{own(round).get_absolute_url()}rate/{code}/"


def current(row) -> list[tuple[str, int | None]]:
    rows = Rating.objects.filter(assessment=row, is_current=True).exclude(answer=Answer.CLEARED)
    return list(rows.order_by("indicator__position").values_list("answer", "value"))


def documented(what: str) -> tuple[int, int]:
    """Key presses and letters as the table of docs/maturity.md has them."""
    line = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| {what} |"))
    presses, letters = line.strip("|").split("|")[1:3]
    return int(presses.replace(",", "")), int(letters.replace(",", ""))


def rate_everything(page, keys: Keyboard, row) -> None:
    """Answer page after page as it comes: a rating each, a sentence, on."""
    for number in range(row.round.framework.sub_domains.filter(is_rated=True).count()):
        first = page.locator("[data-hub-scale] input[type=radio]").first
        if number == 0:
            keys.tab_to(page.locator("[data-hub-scale] input[type=radio]:checked").first)
        assert first.is_visible()
        questions = page.locator("[data-hub-scale]").count()
        for question in range(questions):
            keys.press(("5", "3", "1", "n")[(number + question) % 4])
        expect(page.get_by_label("Your explanation")).to_be_focused()
        keys.type("We can point to it.")
        keys.tab_to(page.get_by_role("button", name="Save and continue"))
        keys.go("Enter")


def test_a_lead_alone_and_next_time_again(page, hub_live, round, sign_in_as, check_axe):
    sign_in_as(Role.SITE_LEAD)
    keys = Keyboard(page)
    keys.tab_to(page.get_by_role("link", name="Autumn round"))
    keys.go("Enter")
    check_axe("before you start")
    keys.tab_to(page.get_by_role("button", name="Agree and start"))
    keys.go("Enter")
    check_axe("about your function")
    keys.tab_to(page.get_by_label("How large is the innovation function?"))
    keys.type("2.5")
    keys.go("Enter")
    check_axe("the list of tasks")
    keys.tab_to(page.get_by_role("button", name="Continue"))
    keys.go("Enter")
    check_axe("a rating page")
    row = own(round)
    rate_everything(page, keys, row)
    expect(page.locator("#how-far")).to_contain_text("100%")
    keys.tab_to(page.get_by_role("button", name="Check and submit"))
    keys.go("Enter")
    check_axe("check and submit")
    keys.tab_to(page.get_by_role("button", name="Submit", exact=True))
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text("What happens next")
    check_axe("submitted")
    row.refresh_from_db()
    assert row.state == "submitted"
    assert row.answered == row.asked == len(current(row))
    assert {value for _, value in current(row)} == {1, 3, 5, None}
    assert (keys.presses, keys.letters) == documented(ROWS[0])

    again = factories.open_round(round.network, framework=round.framework, name="Spring round")
    page.goto(hub_live.url)
    keys = Keyboard(page)
    keys.tab_to(page.get_by_role("link", name="Spring round"))
    keys.go("Enter")
    keys.tab_to(page.get_by_role("button", name="Agree and start"))
    keys.go("Enter")
    keys.tab_to(page.get_by_role("button", name="Still true"))
    keys.go("Enter")
    keys.tab_to(page.get_by_role("button", name="Look at last time’s answers"))
    keys.go("Enter")
    check_axe("last time's answers")
    keys.tab_to(page.get_by_role("link", name="Go to the button at the end"))
    keys.press("Enter")
    keys.tab_to(page.get_by_role("button", name="Still true: confirm these"))
    keys.go("Enter")
    expect(page.locator("#how-far")).to_contain_text("100%")
    keys.tab_to(page.get_by_role("button", name="Check and submit"))
    keys.go("Enter")
    keys.tab_to(page.get_by_role("button", name="Submit", exact=True))
    keys.go("Enter")
    later = own(again)
    assert later.state == "submitted"
    assert current(later) == current(row)
    assert (keys.presses, keys.letters) == documented(ROWS[1])


def test_a_connection_that_is_cut_loses_nothing(page, hub_live, round, sign_in_as, check_axe):
    row = begun(round)
    sign_in_as(Role.SITE_LEAD)
    page.goto(hub_live.url + first_page(round))
    saved = page.locator("#saved")
    page.locator("[data-hub-scale] input[value='5']").first.check()
    expect(saved).to_contain_text("Saved at")
    assert current(row) == [("rated", 5)]

    page.context.set_offline(True)
    page.locator("[data-hub-scale] input[value='3']").nth(1).check()
    expect(saved).to_contain_text("Not saved: no connection")
    page.get_by_label("Your explanation").fill("Typed on a train.")
    page.get_by_role("button", name="Save and continue").click()
    expect(saved).to_contain_text("kept on this device")
    expect(page.get_by_label("Your explanation")).to_have_value("Typed on a train.")
    check_axe("without a connection")
    assert current(row) == [("rated", 5)]

    page.context.set_offline(False)
    expect(saved).to_contain_text("Saved at")
    assert current(row) == [("rated", 5), ("rated", 3)]
    assert row.explanations.get().text == "Typed on a train."
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_what_was_not_saved_is_offered_after_the_page_was_lost(
    page, hub_live, round, sign_in_as, check_axe
):
    row = begun(round)
    sign_in_as(Role.SITE_LEAD)
    address = hub_live.url + first_page(round)
    page.goto(address)
    cut = "**/rate/**"
    page.route(
        cut, lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.locator("[data-hub-scale] input[value='1']").first.check()
    page.get_by_label("Your explanation").fill("Before the battery died.")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    # The battery died. Later, on the same device:
    page.goto("about:blank")
    page.unroute(cut)
    assert current(row) == []
    page.goto(hub_live.url + row.get_absolute_url())
    expect(page.get_by_text("Kept on this device and not saved yet")).to_be_visible()
    page.goto(address)
    expect(page.get_by_label("Your explanation")).to_have_value("")
    check_axe("what was kept is offered")
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator("#saved")).to_contain_text("Saved at")
    assert current(row) == [("rated", 1)]
    assert row.explanations.get().text == "Before the battery died."
    page.goto(address)
    expect(page.get_by_role("button", name="Put it back")).to_be_hidden()


def test_signing_out_leaves_nothing_on_the_device(page, hub_live, round, sign_in_as):
    begun(round)
    sign_in_as(Role.SITE_LEAD)
    page.goto(hub_live.url + first_page(round))
    page.context.set_offline(True)
    page.get_by_label("Your explanation").fill("Mine alone.")
    expect(page.locator("#saved")).to_contain_text("Not saved")
    page.context.set_offline(False)
    page.goto(f"{hub_live.url}/accounts/account/")
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_two_at_one_desk(page, hub_live, round, sign_in_as):
    row = begun(round)
    sign_in_as(Role.SITE_LEAD)
    page.goto(hub_live.url + first_page(round))
    code = row.round.framework.indicators.order_by("position").first().code
    assessments.answer(assessment=row, answers={code: assessments.rated(3)}, by=factories.TEST)
    page.locator("[data-hub-scale] input[value='5']").first.check()
    expect(page.locator("#saved")).to_contain_text("somebody else answered")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("main")).to_contain_text("3: Making progress")
    expect(page.locator("[data-hub-scale] input[value='5']").first).to_be_checked()
    assert current(row) == [("rated", 3)]
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("#saved")).to_be_empty()
    assert current(row) == [("rated", 5)]


def test_without_a_script_it_is_a_plain_form(browser, browser_context_args, hub_live, round):
    row = begun(round)
    context = browser.new_context(**{**browser_context_args, "java_script_enabled": False})
    page = context.new_page()
    page.goto(f"{hub_live.url}/accounts/login/")
    page.get_by_label("Email address").fill(hub_live.email(Role.SITE_LEAD))
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.goto(hub_live.url + first_page(round))
    page.locator("input[value='1']").first.check()
    page.get_by_label("Your explanation").fill("Plainly.")
    page.get_by_role("button", name="Save and continue").click()
    assert current(row) == [("rated", 1)]
    page.goto(hub_live.url + first_page(round))
    page.get_by_label("Not answered").first.check()
    page.get_by_role("button", name="Save and go to the list").click()
    assert current(row) == []
    assert row.explanations.get().text == "Plainly."
    context.close()


def test_the_list_and_a_round_of_ones_own(page, hub_live, round, sign_in_as, check_axe):
    sign_in_as(Role.SITE_LEAD)
    page.goto(f"{hub_live.url}/story/maturity/")
    check_axe("the list of self-assessments")
    page.goto(f"{hub_live.url}/story/maturity/start/")
    check_axe("a round of one's own")
    page.get_by_role("radio", name="InSites").check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("main")).to_contain_text("This round is yours alone")
