"""Deciding by keyboard: how many keys a useful no takes, and that nothing is lost on the way."""

import pytest
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.models import Organisation
from portfolio.models import Decision, Innovation
from tests import factories
from tests.e2e.keyboard import Keyboard

# From the row in the queue to the decision: more and declining would be a chore.
MOST_PRESSES = 8


@pytest.fixture
def idea(hub_live):
    return factories.innovation(
        hub_live.site, "Paint the ward gold", email="ann@test.example", problem="It is grey."
    )


def test_a_useful_no_in_few_key_presses(page, hub_live, idea, sign_in_as, check_axe):
    sign_in_as(Role.HUB_STAFF)
    page.goto(f"{hub_live.url}/story/triage/")
    page.locator("[data-hub-row] a").first.focus()
    keys = Keyboard(page)
    keys.go("d")
    expect(page.locator("#id_kind")).to_be_focused()
    # The last kind of all: up from the first.
    keys.press("ArrowUp")
    expect(page.get_by_label("We could not support it properly")).to_be_visible()
    check_axe("all decisions on one page")
    keys.press("Tab", "Space")
    expect(page.get_by_label("What would change our answer")).not_to_be_empty()
    check_axe("a decline")
    keys.go("Enter")
    expect(page.get_by_role("button", name="Confirm and answer")).to_be_focused()
    check_axe("the preview")
    keys.go("Enter")
    decision = Decision.objects.get()
    assert decision.kind == "decline"
    assert decision.would_change
    assert keys.presses <= MOST_PRESSES, keys.presses


def test_what_was_typed_survives_another_kind_and_another_reason(
    page, hub_live, idea, sign_in_as, check_axe
):
    Organisation.objects.create(name="Test Improvement Team", kind="nhs_provider")
    sign_in_as(Role.HUB_STAFF)
    page.goto(f"{hub_live.url}{idea.get_absolute_url()}decide/?kind=decline")
    page.get_by_label("Risks that we cannot accept").check()
    words = page.get_by_label("What the submitter reads")
    expect(words).not_to_be_empty()
    words.fill("My own careful words.")
    page.get_by_label("We could not support it properly").check()
    expect(page.get_by_role("button", name="Use the standard words")).to_be_visible()
    expect(words).to_have_value("My own careful words.")
    page.get_by_label("Signpost").check()
    expect(page.locator("#id_organisation_q")).to_be_visible()
    expect(words).to_have_value("My own careful words.")
    page.locator("#id_organisation_q").press_sequentially("improvement")
    page.get_by_label("Test Improvement Team").check()
    page.get_by_label("Somebody else is better placed").check()
    page.get_by_text("Introduce somebody there").click()
    page.get_by_label("Their email address").fill("cat@partner.example")
    check_axe("a signpost")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="2 emails leave ten minutes")).to_be_visible()
    check_axe("two mails")
    page.get_by_role("button", name="Go back and change it").click()
    expect(words).to_have_value("My own careful words.")
    expect(page.get_by_label("Their email address")).to_have_value("cat@partner.example")
    expect(page.get_by_label("Test Improvement Team")).to_be_checked()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Confirm and answer").click()
    expect(page.locator("main")).to_contain_text("Signposted to Test Improvement Team")
    assert Innovation.objects.get(pk=idea.pk).state == "signposted"
