"""An hour of a hub manager's Monday: twenty new ideas, by keyboard alone; and the same without JavaScript.

How many keys that takes is written in docs/keypresses.md, which this story holds to.
"""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.models import Organisation
from portfolio.enums import State
from portfolio.models import Ask, Decision, Innovation, Message
from tests import factories
from tests.e2e.keyboard import Keyboard

DOC = Path(__file__).resolve().parents[2] / "docs" / "keypresses.md"
IDEAS = 20


@pytest.fixture
def monday(hub_live, worker):
    """Twenty ideas that came in over the week end, two of which are the same."""
    titles = [f"Idea number {n}" for n in range(1, IDEAS - 1)]
    titles[0:0] = [
        "Tell us when the clinic runs late",
        "Tell patients when a clinic is running late",
    ]
    began = timezone.now() - dt.timedelta(days=2)
    for n, title in enumerate(titles):
        idea = factories.innovation(
            hub_live.site,
            title,
            email=f"sender{n}@test.example",
            problem="People wait without being told.",
            idea="Send them a message.",
        )
        Innovation.objects.filter(pk=idea.pk).update(queued_at=began + dt.timedelta(minutes=n))
    Organisation.objects.create(name="Test Improvement Team", kind="nhs_provider")
    return hub_live


def state_of(title: str) -> str:
    return Innovation.objects.get(title=title).state


def test_a_hub_managers_monday_by_keyboard_alone(
    page, monday, worker, mailbox, sign_in_as, check_axe
):
    sign_in_as(Role.HUB_STAFF)
    keys = Keyboard(page)
    told: dict[str, tuple[int, int]] = {}

    def done(what: str, since: tuple[int, int]) -> tuple[int, int]:
        told[what] = (keys.presses - since[0], keys.letters - since[1])
        return keys.presses, keys.letters

    mark = (0, 0)
    # Straight to the queue.
    page.goto(f"{monday.url}/story/triage/")
    expect(page.locator("[data-hub-row]")).to_have_count(IDEAS)
    check_axe("the queue with twenty ideas")

    # All twenty are acknowledged at once.
    keys.press("Shift+S", "b")
    keys.tab_to(page.get_by_role("button", name="Send acknowledgements"))
    keys.go("Enter")
    expect(page.locator("main")).to_contain_text("20 ")
    worker()
    assert Message.objects.filter(direction="to_submitter").count() == IDEAS
    assert Innovation.objects.filter(acknowledged_on=None).count() == 0
    mark = done("Acknowledge 20 ideas", mark)

    # Two are the same: merge the second into the first.
    keys.press("j", "j")
    keys.go("d")
    keys.choose(page.get_by_label("Merge as a duplicate"))
    expect(page.locator("#id_into_q")).to_be_visible()
    keys.tab_to(page.locator("#id_into_q"))
    keys.type("clinic runs late")
    first = page.locator("#found input[type=radio]").first
    expect(first).to_be_visible()
    keys.tab_to(first)
    keys.choose(first)
    keys.tab_to(page.locator("input[name=reason]").first)
    keys.choose(page.locator("input[name=reason]").first)
    expect(page.get_by_label("What the submitter reads")).not_to_be_empty()
    check_axe("merging")
    keys.go("Enter")
    expect(page.locator("button[name=do][value=confirm]")).to_be_focused()
    check_axe("the preview of a merge")
    keys.go("Enter")
    assert state_of("Tell patients when a clinic is running late") == State.MERGED
    mark = done("Merge two", mark)
    worker()
    subject, _ = mailbox("sender0@test.example")
    assert "same idea" in subject.subject

    # Take the next, assess it with the checklist, answer by answer, and take it forward.
    keys.go("t")
    keys.go("a")
    keys.tab_to(page.locator("[data-hub-digits] input[type=radio]").first)
    for answer in "11121113":
        keys.press(answer)
    keys.go("Enter")
    check_axe("after the assessment")
    assert re.search(r"/decide/|/innovations/", page.url)
    if "/decide/" not in page.url:
        keys.go("d")
    # The word that the answers are saved has the focus first.
    keys.tab_to(page.locator("input[name=kind]").first)
    keys.choose(page.get_by_label("Take forward to scoping"))
    decide_with_standard_words(page, keys)
    mark = done("Assess one and take it forward", mark)
    assert Innovation.objects.filter(state=State.SCOPING).count() == 1

    # Ask the submitter of the next one for more: it is open beside the queue already.
    keys.go("d")
    keys.choose(page.get_by_label("Ask for more"))
    decide_with_standard_words(page, keys)
    mark = done("Ask the submitter for more", mark)
    assert Innovation.objects.filter(state=State.ASKED).count() == 1

    # Signpost one.
    keys.go("d")
    keys.choose(page.get_by_label("Signpost"))
    expect(page.locator("#id_organisation_q")).to_be_visible()
    keys.tab_to(page.locator("#id_organisation_q"))
    keys.type("Improvement")
    found = page.get_by_label("Test Improvement Team")
    expect(found).to_be_visible()
    keys.tab_to(found)
    keys.choose(found)
    decide_with_standard_words(page, keys)
    mark = done("Signpost one", mark)
    assert Innovation.objects.filter(state=State.SIGNPOSTED).count() == 1

    # Park one until something happens.
    keys.go("d")
    keys.choose(page.get_by_label("Park"))
    expect(page.locator("#id_until_what")).to_be_visible()
    keys.tab_to(page.locator("#id_until_what"))
    keys.type("the new budget")
    decide_with_standard_words(page, keys)
    mark = done("Park one", mark)
    assert Innovation.objects.filter(state=State.PARKED).count() == 1

    # Decline one with a useful no.
    keys.go("d")
    expect(page.locator("input[name=kind]").first).to_be_focused()
    # Above the first is the last.
    keys.press("ArrowUp")
    expect(page.get_by_label("Decline")).to_be_checked()
    decide_with_standard_words(page, keys)
    mark = done("Decline one with a useful no", mark)
    declined = Decision.objects.get(kind="decline")
    assert declined.words
    assert declined.would_change

    # Ask somebody outside one question about the next.
    keys.go("w")
    check_axe("asking somebody")
    keys.tab_to(page.locator("input[name=who]").first)
    keys.choose(page.locator("input[name=who][value=new]"))
    keys.tab_to(page.locator("#id_name"))
    keys.type("Test Expert")
    keys.tab_to(page.locator("#id_email"))
    keys.type("expert@test.example")
    keys.tab_to(page.locator("input[name=kind]").first)
    keys.choose(page.get_by_label("An opinion"))
    keys.tab_to(page.locator("#id_question"))
    keys.type("Would this work on your ward?")
    keys.tab_to(page.get_by_role("button", name="Preview"))
    keys.go("Enter")
    check_axe("the preview of a question")
    keys.tab_to(page.get_by_role("button", name="Send the question"))
    keys.go("Enter")
    assert Ask.objects.count() == 1
    mark = done("Ask somebody one question", mark)

    # Those left wait, acknowledged, and are in the queue, where asking led back to.
    expect(page.locator("[data-hub-row]")).to_have_count(IDEAS - 5)
    check_axe("the queue afterwards")

    kept = dict(re.findall(r"^\| ([^|]+?) \| (\d+) \|", DOC.read_text(), re.MULTILINE))
    counted = {what: str(presses) for what, (presses, _) in told.items()}
    assert {what: kept.get(what) for what in counted} == counted, (
        f"docs/keypresses.md says otherwise: {told}"
    )


def decide_with_standard_words(page, keys: Keyboard) -> None:
    """On the decide page with its kind chosen: the first reason, its standard words, the preview, confirm."""
    first = page.locator("input[name=reason]").first
    expect(first).to_be_visible()
    keys.tab_to(first)
    keys.choose(first)
    expect(page.get_by_label("What the submitter reads")).not_to_be_empty()
    keys.go("Enter")
    # The browser gives the focus once the page stands.
    expect(page.locator("button[name=do][value=confirm]")).to_be_focused()
    keys.go("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


# -- without JavaScript ---------------------------------------------------------------
def test_the_same_monday_without_javascript(browser, monday, worker):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    sign_in(page, monday, Role.HUB_STAFF)
    page.goto(f"{monday.url}/story/triage/")

    # Acknowledge three that are ticked.
    for box in page.locator("input[name=idea]").all()[:3]:
        box.check()
    page.get_by_text("Do something with several ideas").click()
    page.get_by_role("button", name="Send acknowledgements").click()
    assert Innovation.objects.exclude(acknowledged_on=None).count() == 3

    # Assess the next one.
    page.goto(f"{monday.url}/story/triage/")
    page.get_by_role("button", name="Take the next").click()
    page.get_by_role("button", name="Assess", exact=True).click()
    for group in page.get_by_role("group").all():
        if group.get_by_label("Partly").count():
            group.get_by_label("Partly").check()
    page.get_by_role("button", name="Finish", exact=True).click()

    # A decision of each kind, each by its own forms.
    def fill_signpost() -> None:
        page.locator("#id_organisation_q").fill("Improvement")
        page.get_by_role("button", name="Preview").click()
        page.get_by_label("Test Improvement Team").check()

    def fill_park() -> None:
        page.locator("#id_until_what").fill("the new budget")

    def fill_merge() -> None:
        page.locator("#id_into_q").fill("Idea number")
        page.get_by_role("button", name="Preview").click()
        page.locator("input[name=into]").first.check()

    kinds = {
        "Take forward to scoping": (State.SCOPING, lambda: None),
        "Ask for more": (State.ASKED, lambda: None),
        "Signpost": (State.SIGNPOSTED, fill_signpost),
        "Park": (State.PARKED, fill_park),
        "Merge as a duplicate": (State.MERGED, fill_merge),
        "Decline": (State.DECLINED, lambda: None),
    }
    for label, (state, fill) in kinds.items():
        page.goto(f"{monday.url}/story/triage/")
        page.get_by_role("button", name="Take the next").click()
        page.get_by_role("button", name="Decide", exact=True).click()
        page.get_by_label(label).check()
        page.get_by_role("button", name="Continue").click()
        fill()
        page.locator("input[name=reason]").first.check()
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("button", name=re.compile("^Confirm")).click()
        assert Innovation.objects.filter(state=state).count() == 1, label
    context.close()


# -- two people -----------------------------------------------------------------------
def sign_in(page, hub, role: str, email: str = "") -> None:
    page.goto(f"{hub.url}/accounts/login/")
    page.get_by_label("Email address").fill(email or hub.email(role))
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()


def test_two_people_on_one_queue(browser, page, monday, check_axe):
    """They get two ideas, see each other, and whoever decides second loses nothing typed."""
    colleague = factories.member(monday.site, Role.HUB_STAFF)
    other_context = browser.new_context()
    other = other_context.new_page()
    other.set_default_timeout(10_000)
    sign_in(page, monday, Role.HUB_STAFF)
    sign_in(other, monday, Role.HUB_STAFF, colleague.person.email)
    for one in (page, other):
        one.goto(f"{monday.url}/story/triage/")
    # Both press at once, as near as two windows can.
    for one in (page, other):
        one.get_by_role("button", name="Take the next").click(no_wait_after=True)
    for one in (page, other):
        expect(one.locator("[data-hub-shows]")).to_be_visible()
    refs = {
        one.locator("[data-hub-shows]").get_attribute("data-hub-shows") for one in (page, other)
    }
    assert len(refs) == 2
    assert Innovation.objects.exclude(assignee=None).count() == 2

    # One opens what the other has open, and is told.
    contested = Innovation.objects.filter(assignee=None).order_by("queued_at").first()
    other.goto(f"{monday.url}/story/triage/{contested.ref}/")
    expect(other.locator("[data-hub-shows]")).to_be_visible()
    other.wait_for_timeout(1500)
    page.goto(f"{monday.url}/story/triage/{contested.ref}/")
    expect(page.locator("#panel")).to_contain_text("has this open")
    check_axe("an idea that somebody else has open")

    # Both decide; the second sees what the first did and keeps the words.
    for one in (page, other):
        one.goto(f"{monday.url}/story/innovations/{contested.ref}/decide/")
        one.get_by_label("Decline").check()
        one.locator("input[name=reason]").first.check()
        expect(one.get_by_label("What the submitter reads")).not_to_be_empty()
    page.get_by_label("What the submitter reads").fill("My own words, long thought about.")
    for one in (page, other):
        one.get_by_role("button", name="Preview").click()
    other.get_by_role("button", name=re.compile("^Confirm")).click()
    # Whoever decided goes on with the next idea, and may take the decision back from there.
    expect(other.locator("main")).to_contain_text(f"“{contested.title}”: Declined.")
    expect(other.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page.locator("main")).to_contain_text("Somebody else changed this idea")
    expect(page.get_by_label("What the submitter reads")).to_have_value(
        "My own words, long thought about."
    )
    check_axe("second to decide")
    assert Decision.objects.filter(innovation=contested).count() == 1
    other_context.close()


# -- from outside ---------------------------------------------------------------------
def test_a_link_answered_from_outside(
    browser, page, monday, worker, mailbox, sign_in_as, check_axe
):
    """Somebody without an account proves the mailbox with a code, and answers one question."""
    sign_in_as(Role.HUB_STAFF)
    idea = Innovation.objects.order_by("queued_at").first()
    page.goto(f"{monday.url}/story/innovations/{idea.ref}/ask/")
    page.locator("input[name=who][value=new]").check()
    page.locator("#id_name").fill("Test Expert")
    page.locator("#id_email").fill("expert@test.example")
    page.get_by_label("An opinion").check()
    page.locator("#id_question").fill("Would this work on your ward?")
    page.get_by_label("Stop the clock until they have answered").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Send the question").click()
    idea.refresh_from_db()
    assert idea.state == State.HELD
    worker()

    outside = browser.new_context()
    theirs = outside.new_page()
    theirs.set_default_timeout(10_000)
    _, links = mailbox("expert@test.example")
    theirs.goto(links[0])
    # Whoever was merely sent the link on sees nothing of the idea.
    expect(theirs.locator("main")).not_to_contain_text("People wait without being told.")
    theirs.get_by_role("button", name="Send me a code").click()
    worker()
    mail, _ = mailbox("expert@test.example")
    assert idea.title not in mail.body + mail.subject
    code = re.search(r"^\s*(\d{6})\s*$", mail.body, re.MULTILINE)[1]
    theirs.locator("input[name=code]").fill("000000" if code != "000000" else "111111")
    theirs.get_by_role("button", name="Continue").click()
    expect(theirs.locator("main")).not_to_contain_text("Would this work on your ward?")
    theirs.locator("input[name=code]").fill(code)
    theirs.get_by_role("button", name="Continue").click()
    expect(theirs.locator("main")).to_contain_text("Would this work on your ward?")
    theirs.locator("textarea").first.fill("Yes, on both of our wards.")
    theirs.get_by_role("button", name="Send my answer").click()
    expect(theirs.get_by_role("heading", level=1)).to_contain_text("Thank you")
    outside.close()

    # The answer is on the idea, its row says so, and the clock runs again.
    idea.refresh_from_db()
    assert idea.state == State.WAITING
    page.goto(f"{monday.url}/story/triage/")
    expect(page.locator(f'[data-hub-row="{idea.ref}"]')).to_contain_text("New answer")
    page.goto(f"{monday.url}/story/innovations/{idea.ref}/")
    expect(page.locator("main")).to_contain_text("Yes, on both of our wards.")
    check_axe("an idea with an answer from outside")
