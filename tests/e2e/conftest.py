"""A real server, a real worker, a real browser, and axe."""

import os
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.utils import timezone

from accounts.enums import Role
from hubapp.outbox.models import OutboxMessage
from tests import factories

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSWORD = "correct horse battery"

# Playwright keeps an event loop running in this thread, which Django takes for
# asynchronous code; every query here is an ordinary one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The machine's own Chromium, kept from looking anything up outside."""
    executable = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    return {
        **browser_type_launch_args,
        "executable_path": executable,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}


@pytest.fixture(autouse=True)
def _short_waits(page):
    """A missing button is missing after ten seconds too."""
    page.set_default_timeout(10_000)


@pytest.fixture
def hub_live(transactional_db, live_server, settings):
    """A running hub of one site: its address, its people, no held mails."""
    settings.SITE_URL = live_server.url
    settings.DECISION_HOLD_MINUTES = 0
    return Hub(live_server.url)


class Hub:
    """What a story needs to know of the running hub."""

    def __init__(self, url: str):
        from accounts.services.sites import create_site
        from portfolio.services.checklists import load_checklists

        self.url = url
        # A transactional test starts with empty tables: load what every installation has.
        load_checklists(by=factories.TEST)
        self.site = create_site(code="STORY", name="Story Hospital", by=factories.TEST)
        self.people = {role: factories.member(self.site, role) for role in Role.values}

    def email(self, role: str) -> str:
        return self.people[role].person.email


@pytest.fixture
def worker(hub_live):
    """A Celery worker on the real broker, in a thread of this process; ``worker()`` waits until all is done."""
    from celery.contrib.testing.worker import start_worker

    from hubapp.celery import app
    from hubapp.outbox import services as outbox

    app.control.purge()
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):

        def settle(seconds: float = 20) -> None:
            import time

            end = time.monotonic() + seconds
            while time.monotonic() < end:
                due = OutboxMessage.objects.filter(
                    done_at=None, failed_at=None, available_at__lte=timezone.now()
                )
                if not due.exists():
                    return
                outbox.sweep()
                time.sleep(0.2)
            raise AssertionError(
                f"still waiting: {list(due.values_list('topic', 'attempts', 'last_error'))}"
            )

        yield settle


@pytest.fixture
def sign_in_as(page, hub_live):
    """``sign_in_as("hub_staff")`` through the sign-in page."""

    def go(role: str) -> None:
        page.goto(f"{hub_live.url}/accounts/login/")
        page.get_by_label("Email address").fill(hub_live.email(role))
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    return go


@pytest.fixture
def sign_out(page, hub_live):
    def go() -> None:
        page.context.clear_cookies()

    return go


@pytest.fixture
def check_axe(page):
    """Run axe with the WCAG 2.2 AA rules on the page as it stands; fails with what it found and where."""

    def go(where: str = "") -> None:
        assert AXE.exists(), "axe-core is missing: run make test, which installs it"
        # Evaluated by the debugger, so the page's own policy (no foreign script) stays in force.
        page.evaluate(AXE.read_text() + ";0")
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations)",
            WCAG,
        )
        told = [
            f"{v['id']}: {v['help']} at {', '.join(str(n['target'][0]) for n in v['nodes'][:3])}"
            for v in found
        ]
        assert told == [], f"{where or page.url}: " + "; ".join(told)

    return go


@pytest.fixture
def mailbox():
    """``mailbox("person@…")``: the newest mail to that address and the links in it."""

    def newest(address: str):
        mails = [m for m in mail.outbox if address in m.to]
        assert mails, f"no mail to {address}; there is mail to {[m.to for m in mail.outbox]}"
        return mails[-1], re.findall(rf"{re.escape(django_settings.SITE_URL)}\S+", mails[-1].body)

    return newest
