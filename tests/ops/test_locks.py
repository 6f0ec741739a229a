"""The Python lock files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["run", "test", "check", "node", "semantic"]


def text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text()


def pins(name: str) -> dict[str, str]:
    """Return package and version of each line of a lock."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", text(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(name: str) -> None:
    assert pins(name)
    assert "://" not in text(name)
    assert not re.search(r"^\s*--(?!hash=sha256:)", text(name), re.MULTILINE)
    for block in re.split(r"^(?=[a-z0-9])", text(name), flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("name", ["run", "test"])
def test_the_locks_agree(name: str) -> None:
    """Installing one after the other must not move a version."""
    everything = pins("check")
    assert {n: v for n, v in pins(name).items() if everything.get(n) != v} == {}


def test_every_declared_dependency_is_locked_and_says_why_it_is_there() -> None:
    declared = (ROOT / "pyproject.toml").read_text().split("dependencies = [", 1)[1].split("\n]")[0]
    lines = [line.strip() for line in declared.splitlines() if line.strip()]
    for line in lines:
        name, bound, reason = re.match(r'"([a-z0-9-]+)[^>=<]*([^"]*)",\s*(#.*)?', line).groups()
        assert name in pins("run"), name
        assert ">=" in bound, f"{name} has no lower bound"
        assert reason, f"{name} does not say why it is here"
