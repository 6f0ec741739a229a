"""The embedded default as a stranger meets it: one command, no servers, nothing lost by a kill."""

import os
import signal
import subprocess
import uuid

import pytest
from playwright.sync_api import expect

from tests.e2e.test_story import decide
from tests.ops.processes import end_all, marked, wait_for
from tests.ops.test_runhub import ROOT, environment, free_port, runhub

SENDER = "stranger@test.example"


class Running:
    """``manage.py runhub`` on its own data, started and killed as often as the story needs."""

    def __init__(self, folder):
        self.data = folder / "data with a space"
        self.port = free_port()
        self.mark = str(uuid.uuid4())
        self.env = environment(self.data, PORT=str(self.port), OPS_TEST=self.mark)
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.process = None

    def start(self) -> None:
        self.log.write_text("")
        self.process = runhub(self.env, self.log)
        wait_for(
            lambda: "Hubapp is running" in self.log.read_text() or self.process.poll() is not None,
            "no word of a start",
            120,
        )
        assert self.process.poll() is None, self.log.read_text()

    def kill(self) -> None:
        """As a power cut would."""
        for pid in marked(self.mark):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "python", ROOT / "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def running(tmp_path):
    hub = Running(tmp_path)
    hub.data.mkdir()
    hub.start()
    yield hub
    end_all(hub.mark)


@pytest.mark.embedded
def test_one_command_a_killed_machine_and_nothing_lost(page, running, check_axe):
    # A stranger sends an idea; the machine dies before the mail can leave.
    page.goto(f"{running.url}/submit/demo1/")
    page.get_by_label("I represent a company").check()
    page.get_by_role("button", name="Continue").click()
    page.locator("[name=problem]").fill("Dressings stick 😀 " + "שלום")
    page.locator("[name=for_whom]").fill("<script>alert(1)</script>")
    page.locator("[name=idea]").fill("A dressing that does not.")
    page.get_by_label("Short title").fill("Dressing that lets go")
    page.get_by_role("group", name="confidential").get_by_label("No").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your name").fill("Test Stranger")
    page.get_by_label("Email address").fill(SENDER)
    page.get_by_label("Organisation").fill("Test Company")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send my idea").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email to finish")
    running.kill()

    # Started again, it finds its data as it was, and the mail leaves.
    running.start()

    def mail_is_there() -> bool:
        page.goto(f"{running.url}/demo/mailbox/?to={SENDER}")
        return page.get_by_role("link", name="Confirm your idea").count() == 1

    wait_for(mail_is_there, "the mail was lost", 90)
    page.get_by_role("link", name="Confirm your idea").click()
    check_axe("a mail")
    page.locator("main a").first.click()
    page.get_by_role("button", name="Confirm and send my idea").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your idea")

    # The hub declines it, sees that the answer is held, and undoes it.
    page.goto(f"{running.url}/accounts/login/")
    page.get_by_label("Email address").fill("hub@demo.example")
    page.get_by_label("Password", exact=True).fill(
        (running.data / "demo-password").read_text().strip()
    )
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{running.url}/demo1/triage/?q=dressing+lets")
    page.get_by_role("link", name="Dressing that lets go").click()
    expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
    decide(page, kind="Decline", reason="Not one of our priorities now")
    expect(page.locator("main")).to_contain_text("Declined")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("main")).to_contain_text("Waiting for triage")

    # The number by hand, beside the running hub, is the number on the page.
    running.manage("compute_kpis", "--month", _this_month(), "--site", "DEMO1")
    page.goto(f"{running.url}/demo1/dashboard/innovations_submitted/{_this_month()}/")
    expect(page.get_by_role("link", name="Dressing that lets go")).to_be_visible()
    check_axe("a figure")


def _this_month() -> str:
    from hubapp.instants import now
    from hubapp.workdays import london_date

    return f"{london_date(now()):%Y-%m}"
