"""The main job, as a person does it: from the front door to a reasoned answer and its number."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.enums import Role
from accounts.services import keys
from kpis.services.computing import compute_due
from portfolio.models import Innovation
from tests import factories

SENDER = "sender@test.example"


def submit(page, hub, *, problem: str, idea: str, title: str, check_axe=lambda where: None) -> None:
    """Fill in the front door without an account, up to "check your email"."""
    page.goto(f"{hub.url}/submit/story/")
    check_axe("the front door")
    page.get_by_label("I am a patient, a carer or a member of the public").check()
    page.get_by_role("button", name="Continue").click()
    check_axe("your idea")
    page.locator("[name=problem]").fill(problem)
    page.locator("[name=for_whom]").fill("People who wait")
    page.locator("[name=idea]").fill(idea)
    page.get_by_label("Short title").fill(title)
    page.get_by_label("Service", exact=True).check()
    page.get_by_role("group", name="Is your idea confidential?").get_by_label("No").check()
    page.get_by_role("button", name="Continue").click()
    check_axe("how to reach you")
    page.get_by_label("Your name").fill("Test Sender")
    page.get_by_label("Email address").fill(SENDER)
    page.get_by_role("button", name="Continue").click()
    check_axe("check your answers")
    expect(page.locator("main")).to_contain_text(title)
    page.get_by_role("button", name="Send my idea").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email to finish")
    check_axe("check your email")


def confirm(page, mailbox, worker, check_axe=lambda where: None) -> None:
    """Open the link in the mail and press the button."""
    worker()
    _, links = mailbox(SENDER)
    page.goto(links[0])
    check_axe("confirm")
    assert not Innovation.objects.filter(title__contains="opened but not confirmed").exists()
    page.get_by_role("button", name="Confirm and send my idea").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your idea")
    check_axe("we have your idea")


def decide(page, *, kind: str, reason: str, check_axe=lambda where: None) -> None:
    """From an innovation's page: choose, take the standard words, preview, confirm."""
    # Whoever has just finished the checklist is there already.
    if not page.get_by_role("heading", level=1).inner_text().endswith("Decide"):
        page.get_by_role("button", name="Decide", exact=True).click()
    check_axe("what do you decide")
    page.get_by_label(kind).check()
    page.get_by_label(reason).check()
    expect(page.get_by_label("What the submitter reads")).not_to_be_empty()
    check_axe("the reason")
    page.get_by_role("button", name="Preview").click()
    check_axe("the preview")
    page.get_by_role("button", name="Confirm and answer").click()


def test_from_the_front_door_to_a_reasoned_answer_and_its_number(
    page, hub_live, worker, mailbox, sign_in_as, sign_out, check_axe
):
    # Two people send an idea without an account, and confirm their address.
    submit(
        page,
        hub_live,
        title="Evening blood tests",
        problem="I lose half a day's pay.",
        idea="Open until eight.",
        check_axe=check_axe,
    )
    confirm(page, mailbox, worker, check_axe)
    submit(page, hub_live, title="Paint the ward gold", problem="It is grey.", idea="Gold paint.")
    confirm(page, mailbox, worker)
    worker()
    received, links = mailbox(SENDER)
    assert "We have your idea" in received.subject
    track = links[0]

    # Hub staff see both in the queue, oldest first, and open one beside it.
    sign_in_as(Role.HUB_STAFF)
    check_axe("my work")
    page.get_by_role("link", name="Triage").click()
    rows = page.locator("[data-hub-row]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Evening blood tests")
    check_axe("the queue")
    page.get_by_role("link", name="Paint the ward gold").click()
    expect(page.locator("main")).to_contain_text("Gold paint.")
    check_axe("an idea beside the queue")

    # They take it on and assess it with the checklist.
    page.get_by_role("button", name="Assign to me").click()
    page.get_by_role("button", name="Assess", exact=True).click()
    check_axe("the checklist")
    for group in page.get_by_role("group").all():
        if group.get_by_label("Partly").count():
            group.get_by_label("Partly").check()
    page.get_by_role("button", name="Finish", exact=True).click()
    expect(page.locator("main")).to_contain_text("8 partly")
    check_axe("the innovation, about to be decided")

    # One is declined; the other is taken forward.
    decide(page, kind="Decline", reason="Not one of our priorities now", check_axe=check_axe)
    expect(page.locator("main")).to_contain_text("Declined")
    check_axe("after the decision")
    page.goto(f"{hub_live.url}/story/triage/")
    page.get_by_role("link", name="Evening blood tests").click()
    expect(page.locator("main")).to_contain_text("Open until eight.")
    decide(page, kind="Take forward", reason=page_reason("scoping"))
    worker()

    # The submitter reads why.
    sign_out()
    answer, _ = mailbox(SENDER)
    assert "taking your idea forward" in answer.subject
    page.goto(track)
    expect(page.locator("main")).to_contain_text("Why we are not taking it forward")
    check_axe("my idea")
    declined = Innovation.objects.get(title="Paint the ward gold").decisions.get()
    expect(page.locator("main")).to_contain_text(declined.words.splitlines()[0])

    # Celery computes the month; the page, the API and the records agree.
    from hubapp import outbox

    outbox.add("kpis.compute_due")
    worker()
    sign_in_as(Role.EXECUTIVE)
    page.goto(f"{hub_live.url}/story/dashboard/")
    check_axe("the dashboard")
    expect(page.locator("main")).to_contain_text("2 ideas")
    page.get_by_role("link", name="2 ideas").first.click()
    check_axe("a figure")
    expect(page.get_by_role("link", name="Evening blood tests")).to_be_visible()
    expect(page.get_by_role("link", name="Paint the ward gold")).to_be_visible()

    _, key = keys.create_key(
        site=hub_live.site, name="Story", scopes=["kpis:read"], by=factories.TEST
    )
    month = timezone.localdate().strftime("%Y-%m")
    response = page.request.get(
        f"{hub_live.url}/api/v1/kpi-values/?kpi=innovations_submitted&site=story&grain=month&from={month}&to={month}",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert response.status == 200, response.text()
    value = json.loads(response.body())["results"][0]
    counted = Innovation.objects.filter(
        site=hub_live.site, received_on__month=timezone.localdate().month
    ).count()
    assert float(value["value"]) == value["n"] == counted == 2
    assert value["status"] == "provisional"

    # Computing again changes nothing.
    assert compute_due(by=factories.TEST) == []


def page_reason(kind: str) -> str:
    """The label of the first standard reason of a kind."""
    from portfolio.models import DecisionReason

    return (
        DecisionReason.objects.filter(kind=kind, is_active=True)
        .order_by("position", "id")
        .first()
        .label
    )


@pytest.mark.parametrize("width", [1280, 320])
def test_the_main_job_without_javascript(browser, hub_live, worker, mailbox, width):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    submit(page, hub_live, title="No scripts", problem="Scripts fail.", idea="Do without.")
    confirm(page, mailbox, worker)
    page.goto(f"{hub_live.url}/accounts/login/")
    page.get_by_label("Email address").fill(hub_live.email(Role.HUB_STAFF))
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{hub_live.url}/story/triage/")
    page.get_by_role("link", name="No scripts").click()
    page.get_by_role("button", name="Decide", exact=True).click()
    page.get_by_label("Decline").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Not one of our priorities now").check()
    # Without words the preview brings the standard ones.
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("What would change our answer")
    page.get_by_role("button", name="Confirm and answer").click()
    expect(page.locator("main")).to_contain_text("Declined")
    assert Innovation.objects.get(title="No scripts").state == "declined"
    context.close()
