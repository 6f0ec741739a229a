"""What docs/operations.md lists is what there is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
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
