"""Runs every check and reports every failure; what ``make check`` calls.

    .venv/bin/python tests/checks.py [name …]

Nothing is changed. A check that fails shows its output at the end; the last
line is the count. The audit asks a service on the internet: where that cannot
be reached it says so and does not fail, since nothing about the code is known.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
APPS = ["hubapp", "accounts", "portfolio", "maturity", "partners", "kpis"]

# What a check answers: nothing if all is well, otherwise what is wrong.
Check = Callable[[dict[str, str]], str]


def call(env: dict[str, str], *argv: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder and return what it printed."""
    return subprocess.run(
        [str(part) for part in argv],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def tool(name: str, *arguments: str) -> Check:
    """Make a check of a tool that says what is wrong and ends with a status."""

    def check(env: dict[str, str]) -> str:
        done = call(env, BIN / name, *arguments)
        return (done.stdout + done.stderr).strip() or "failed" if done.returncode else ""

    return check


def manage(*arguments: str) -> Check:
    """Make a check of a management command."""
    return tool("python", "manage.py", *arguments)


def templates() -> list[str]:
    """Return every template of ours."""
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    return [
        str(file.relative_to(ROOT)) for folder in folders for file in sorted(folder.rglob("*.html"))
    ]


def openapi(env: dict[str, str]) -> str:
    """Compare the committed OpenAPI file with what the views say; warnings count as well."""
    done = call(env, sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn")
    if done.returncode:
        return done.stderr.strip()
    kept = ROOT / "docs" / "openapi.yaml"
    if not kept.exists():
        return "docs/openapi.yaml is missing: ./manage.py spectacular --file docs/openapi.yaml"
    difference = list(
        difflib.unified_diff(
            kept.read_text().splitlines(),
            done.stdout.splitlines(),
            "committed",
            "views",
            lineterm="",
            n=1,
        )
    )
    if not difference:
        return ""
    advice = "docs/openapi.yaml is behind: ./manage.py spectacular --file docs/openapi.yaml"
    return "\n".join([advice, *difference[:60]])


def audit(env: dict[str, str]) -> str:
    """Ask for known vulnerabilities of what is installed in production."""
    done = call(
        env, BIN / "pip-audit", "--require-hashes", "--disable-pip", "-r", "requirements/run.lock",
        "--format", "json", "--progress-spinner", "off", "--timeout", "10",
    )  # fmt: skip
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NotKnown(f"the advisory service gave no answer ({last[:160]})") from None
    weak = [
        f"{package['name']} {package['version']}: {flaw['id']}"
        f" (fixed in {', '.join(flaw['fix_versions']) or 'no release yet'})"
        for package in found
        for flaw in package.get("vulns", [])
    ]
    unasked = [package["name"] for package in found if "skip_reason" in package]
    if unasked and not weak:
        raise NotKnown(
            f"the advisory service knew nothing of {len(unasked)} of {len(found)} packages"
        )
    return "\n".join(weak)


class NotKnown(Exception):
    """A check that could not be made; the message says why."""


CHECKS: dict[str, Check] = {
    "types": tool("mypy", "."),
    "lint": tool("ruff", "check", "."),
    "format": tool("ruff", "format", "--check", "."),
    "contracts": tool("lint-imports"),
    "django": manage("check", "--fail-level", "WARNING"),
    "migrations": manage("makemigrations", "--check", "--dry-run"),
    "openapi": openapi,
    "template format": lambda env: (
        tool("djade", "--check", "--target-version", "5.2", *templates())(env)
        if templates()
        else ""
    ),
    "template lint": tool("djlint", "--lint", "--quiet", "--profile", "django", "templates"),
    "audit": audit,
}


VERDICTS = ("ok", "FAILED", "not known")


def run(name: str, env: dict[str, str]) -> tuple[str, str, str]:
    """Run one check; return its name, its verdict and what to show for it."""
    began = time.monotonic()
    try:
        wrong = CHECKS[name](env)
        verdict = "FAILED" if wrong else "ok"
    except NotKnown as reason:
        wrong, verdict = str(reason), "not known"
    note = f" - {wrong}" if verdict == "not known" else ""
    print(f"{name:<16} {verdict} in {time.monotonic() - began:.1f} s{note}", flush=True)
    return name, verdict, wrong


def main() -> int:
    chosen = [name for name in sys.argv[1:] if not name.startswith("-")] or list(CHECKS)
    if unknown := set(chosen) - CHECKS.keys():
        print(f"There is no check {', '.join(sorted(unknown))}; there are: {', '.join(CHECKS)}.")
        return 2
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="hubapp-check-"))
        ours = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEMO", "PORT", "MYPY_FORCE_COLOR"}
        env = {name: value for name, value in os.environ.items() if name not in ours}
        env |= {
            "DATA_DIR": data,
            "DJANGO_SETTINGS_MODULE": "hubapp.settings.local",
            "NO_COLOR": "1",
        }
        # The slowest come first, two at a time.
        with ThreadPoolExecutor(max_workers=2) as pool:
            results = list(pool.map(lambda name: run(name, env), chosen))
    failed = [(name, wrong) for name, verdict, wrong in results if verdict == "FAILED"]
    for name, wrong in failed:
        print(f"\n== {name} ==\n{wrong}")
    count = {word: sum(word == verdict for _, verdict, _ in results) for word in VERDICTS}
    print("\n" + ", ".join(f"{number} {word}" for word, number in count.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
