"""What the docs name and list is what there is."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import pytest
from django.apps import apps
from django.core.management import get_commands

from accounts.rules import PERMISSIONS
from hubapp.celery import app
from hubapp.notifications.services import kinds

ROOT = Path(__file__).resolve().parents[2]
APPS = ("hubapp", "accounts", "portfolio", "maturity", "partners", "kpis")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PAGE = (ROOT / "docs" / "operations.md").read_text()
# Names that settings read but nobody sets: the test suite's own, and what a request carries.
NOT_SETTINGS = {"TEST_REDIS_URL", "PYTEST_XDIST_WORKER", "HTTP_X_FORWARDED_PROTO"}


def variables_read() -> set[str]:
    """Return the environment variables that the settings read."""
    found = set()
    for file in [
        *(ROOT / "hubapp" / "settings").glob("*.py"),
        *(ROOT / "hubapp" / "db").glob("*.py"),
    ]:
        found |= set(
            re.findall(r"""(?:env(?:iron)?\.\w+|_required)\(\s*["']([A-Z_]+)""", file.read_text())
        )
    return found - NOT_SETTINGS


def test_the_settings_table_holds_every_variable_that_is_read() -> None:
    assert {"DATABASE_URL", "SECRET_KEY", "PORT"} <= variables_read()
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert variables_read() - table == set()
    assert table - variables_read() - {"DJANGO_SETTINGS_MODULE"} == set()


def test_the_command_table_holds_every_target_of_make() -> None:
    targets = set(
        re.findall(r"^([a-z][a-z-]*):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    assert {"run", "test", "check"} <= targets
    assert targets - {"help"} - set(re.findall(r"`(?:DEMO=0 )?make ([a-z-]+)", PAGE)) == set()


def test_make_alone_says_what_each_command_does() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "check", "bench", "lock"):
        assert re.search(rf"make {target} +\S", said), target


@pytest.mark.parametrize("variable", ["HUB_HOST", "SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL"])
def test_compose_refuses_to_start_without_what_it_needs(variable: str) -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    assert f"${{{variable}:?Set {variable}" in compose


def test_compose_gives_production_everything_that_it_requires() -> None:
    required = re.findall(
        r'_required\(\s*"([A-Z_]+)"', (ROOT / "hubapp" / "settings" / "production.py").read_text()
    )
    assert len(required) >= 5
    compose = (ROOT / "docker-compose.yml").read_text()
    assert [
        name for name in required if not re.search(rf"^    {name}: ", compose, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_link_leads_somewhere(file: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", file.read_text())
    ours = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in ours if not (file.parent / target).exists()] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_names_that_a_page_mentions_exist(file: Path) -> None:
    quoted = re.findall(r"`([^`\n]+)`", file.read_text())
    folders = "|".join([*APPS, "docs", "templates", "tests", "deploy", "requirements"])
    files = {text for text in quoted if re.fullmatch(rf"({folders})/[\w./-]+", text)}
    assert {text for text in files if not (ROOT / text).exists()} == set()
    names = {text for text in quoted if re.fullmatch(rf"({'|'.join(APPS)})(\.\w+)+", text)}
    assert {name for name in names if not known(name)} == set()


@cache
def known(name: str) -> bool:
    """Whether a dotted name is a module, something in one, a model, a task, a permission or a kind of mail."""
    labels = {model._meta.label for model in apps.get_models()}
    if name in {*labels, *PERMISSIONS, *app.tasks, *kinds()}:
        return True
    try:
        # Found, not imported: production settings refuse to be where their variables are not.
        if find_spec(name) is not None:
            return True
    except ModuleNotFoundError:
        pass
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_commands_that_a_page_mentions_exist_and_ours_are_listed() -> None:
    commands = get_commands()
    mentioned = {
        command
        for file in PAGES
        for command in re.findall(r"manage\.py ([a-z_]+)", file.read_text())
    }
    assert mentioned - set(commands) - {"help"} == set()
    ours = {name for name, app in commands.items() if app in APPS}
    assert "create_site" in ours
    # Started by make run, not by people.
    assert ours - set(re.findall(r"^\| `([a-z_]+)[ `]", PAGE, re.MULTILINE)) - {"runhub"} == set()


def test_the_record_of_decisions_has_no_gap() -> None:
    numbers = [int(file.name[:4]) for file in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
