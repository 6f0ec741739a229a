"""A lead reads the report and acts on it, by keyboard alone."""

import datetime as dt
import re

from playwright.sync_api import expect

from accounts.enums import Role
from maturity.models import Action, Framework, Target
from maturity.services import assessments
from maturity.services.frameworks import load_frameworks
from tests import factories
from tests.e2e.keyboard import Keyboard

WEAK = "Funding"


def rated_by(site):
    """A self-assessment by the whole InSites framework that was submitted: all in the middle but one sub-domain."""
    load_frameworks(by=factories.TEST)
    framework = Framework.objects.get(slug="insites-2025")
    row = factories.self_assessment(
        site, factories.open_round(site=site, framework=framework, name="Our own look")
    )
    answers = {
        indicator.code: assessments.rated(1 if indicator.sub_domain.name == WEAK else 3)
        for indicator in framework.indicators.select_related("sub_domain")
    }
    weak = framework.sub_domains.get(name=WEAK)
    assessments.answer(
        assessment=row,
        answers=answers,
        explanations={weak.code: "Two of our three posts end in March."},
        by=factories.TEST,
    )
    return assessments.submit(assessment=row, by=factories.TEST), weak


def test_the_report_is_read_and_acted_on(page, hub_live, sign_in_as, check_axe):
    row, weak = rated_by(hub_live.site)
    today = factories.today()
    sign_in_as(Role.SITE_LEAD)
    keys = Keyboard(page)

    # From the menu to the report.
    keys.tab_to(page.get_by_role("link", name="Maturity", exact=True))
    keys.go("Enter")
    keys.tab_to(page.get_by_role("link", name="Read the report of Our own look"))
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text("Two of our three posts end in March.")
    check_axe("the report")

    # The weakest leads to its part of the report, and the focus goes there too.
    keys.tab_to(page.get_by_role("link", name=WEAK, exact=True))
    keys.press("Enter")
    expect(page.locator(f"#{weak.code}")).to_be_in_viewport()
    statement = weak.indicators.order_by("position").first()
    keys.tab_to(page.get_by_role("link", name=f"Set the target of: {statement.text}"))
    keys.go("Enter")
    keys.tab_to(page.locator("main input[type=radio]:checked"))
    keys.choose(page.get_by_role("radio", name=re.compile("^5")))
    by_on = today + dt.timedelta(days=300)
    keys.press("Tab")
    for number in (by_on.day, by_on.month, by_on.year):
        keys.type(str(number))
        keys.press("Tab")
    keys.tab_to(page.get_by_role("button", name="Save"))
    check_axe("a target")
    keys.go("Enter")
    target = Target.objects.get()
    assert (target.indicator, target.value, target.by_on) == (statement, 5, by_on)

    # Back where the target was set, an action is the next link but a few.
    expect(page.locator(f"#{weak.code}")).to_be_in_viewport()
    keys.tab_to(
        page.locator(f"section[aria-labelledby='{weak.code}']").get_by_role(
            "link", name=f"Add an action to raise {WEAK}"
        )
    )
    keys.go("Enter")
    keys.tab_to(page.get_by_label("What will you do?"))
    keys.type("Ask the board for two years of money")
    keys.press("Tab")
    keys.choose(page.get_by_label("A team or committee"))
    keys.tab_to(page.get_by_label("Which team or committee?"))
    keys.type("The innovation group")
    keys.press("Tab")
    keys.tab_to(page.locator("[name=due_on_day]"))
    due_on = today + dt.timedelta(days=60)
    for number in (due_on.day, due_on.month, due_on.year):
        keys.type(str(number))
        keys.press("Tab")
    keys.tab_to(page.get_by_role("button", name="Save"))
    check_axe("an action")
    keys.go("Enter")
    action = Action.objects.get()
    assert (action.sub_domain, action.assessment, action.owner_words, action.due_on) == (
        weak,
        row,
        "The innovation group",
        due_on,
    )
    expect(page.locator("main")).to_contain_text("Ask the board for two years of money")
    check_axe("the report with a target and an action")
