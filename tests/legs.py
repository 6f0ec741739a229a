"""Runs the suite in its legs; what ``make test`` calls.

    .venv/bin/python tests/legs.py [arguments for pytest]

| leg        | what                                   | where                              |
|------------|----------------------------------------|------------------------------------|
| postgresql | everything but the browser, in parallel| PostgreSQL (and Redis, if there)   |
| sqlite     | everything but browser and postgresql  | SQLite (and Redis, if there)       |
| browser    | the browser, serial                    | PostgreSQL and Redis               |
| embedded   | browser stories marked ``embedded``    | the embedded default, no server    |

``LEGS=sqlite,browser`` chooses. Servers come from ``TEST_DATABASE_URL`` and
``TEST_REDIS_URL``; without these, throwaway ones are started on free ports in
a temporary folder and stopped afterwards. What the machine lacks is counted as
skipped and named with the line that installs it; under ``CI=true`` it fails.

Tests see ``DATABASE_URL`` (unset on the SQLite and embedded legs),
``TEST_REDIS_URL`` (and ``REDIS_URL`` on the browser leg, for the processes that
a story starts), ``CHROMIUM`` (the executable) and ``LEG``. The SQLite leg after
the PostgreSQL leg has ``RAN_BEFORE`` and leaves out the tests that need no
database (``SAME_EVERYWHERE`` in ``tests/conftest.py``).

The last line is the total: ``N passed, N failed, N skipped``.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from hubapp.supervisor import stop_with_parent  # noqa: E402 - the path comes first

INSTALL = {
    "PostgreSQL": "apt-get install postgresql",
    "Redis": "apt-get install redis-server",
    "Chromium": "apt-get install chromium fonts-liberation",
}
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# Nothing in a test's database outlives the run, so nothing is worth waiting for the disk.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=4GB",
    "shared_buffers=256MB",
)


@dataclass
class Total:
    """Tests counted over the legs, and what was not there."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    missing: dict[str, set[str]] = field(default_factory=dict)

    def lacks(self, leg: str, parts: list[str], tests: int) -> None:
        """Count ``tests`` of a leg that cannot run because ``parts`` are not installed."""
        for part in parts:
            self.missing.setdefault(part, set()).add(leg)
        if CI:
            self.failed += tests
        else:
            self.skipped += tests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str, *patterns: str) -> str | None:
    """Return the newest executable among glob patterns, or the one on PATH."""
    found = [
        path for pattern in patterns for path in glob.glob(pattern) if os.access(path, os.X_OK)
    ]
    newest = sorted(found, key=lambda path: [int(n) for n in re.findall(r"\d+", path)])
    return newest[-1] if newest else shutil.which(name)


def chromium() -> str | None:
    """Return the browser's executable: CHROMIUM, or the first that is installed."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "google-chrome", "google-chrome-stable"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def stop(process: subprocess.Popen[bytes], sig: int) -> None:
    """Ask a server to stop; kill it if it has not after five seconds."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(sig)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def await_port(process: subprocess.Popen[bytes], port: int, log: Path, name: str) -> None:
    """Wait until a server answers; leave with its own words if it ended instead."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"A throwaway {name} did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def postgresql(folder: Path, options: Sequence[str] = FAST) -> Iterator[str | None]:
    """Yield the URL of a database to test on, or None where PostgreSQL is not installed.

    :param options: the server's own settings, ``name=value``
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    initdb = program("initdb", "/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb")
    if initdb is None or not (server := Path(initdb).resolve().parent / "postgres").exists():
        yield None
        return
    # PostgreSQL refuses to run as root: it gets a user without rights.
    identity: dict[str, object] = {}
    if os.geteuid() == 0:
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        user = names.get("postgres") or names["nobody"]
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, log, port = folder / "data", folder / "postgresql.log", free_port()
    log.touch(mode=0o666)
    made = subprocess.run(
        [
            initdb,
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **identity,
    )
    if made.returncode:
        sys.exit(f"initdb failed:\n{made.stdout}{made.stderr}")
    always = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "timezone=UTC",
        "max_connections=100",
    ]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [
                server,
                "-D",
                data,
                "-p",
                str(port),
                *(w for s in (*always, *options) for w in ("-c", s)),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            # Ctrl-C is for this runner, which then stops the server in order.
            start_new_session=True,
            preexec_fn=lambda: stop_with_parent(signal.SIGINT),
            **identity,
        )
    try:
        await_port(process, port, log, "PostgreSQL")
        make_role(port)
        yield f"postgres://hub:hub@127.0.0.1:{port}/hub"
    finally:
        stop(process, signal.SIGINT)  # PostgreSQL's word for: now, without waiting for clients


def make_role(port: int) -> None:
    """Create the role and database ``hub``: like a real hub's, it may not do everything."""
    import psycopg2

    until = time.monotonic() + 30
    while True:
        try:
            connection = psycopg2.connect(
                host="127.0.0.1", port=port, user="postgres", dbname="postgres"
            )
            break
        except psycopg2.OperationalError:  # it listens a moment before it serves
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE hub LOGIN CREATEDB PASSWORD 'hub'")
        cursor.execute("CREATE DATABASE hub OWNER hub")
    connection.close()


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str | None]:
    """Yield the URL of a Redis to test on, or None where it is not installed."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = program("redis-server") or program("valkey-server")
    if server is None:
        yield None
        return
    log, port = folder / "redis.log", free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                server,
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                str(folder),
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=stop_with_parent,
        )
    try:
        await_port(process, port, log, "Redis")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        stop(process, signal.SIGTERM)


@dataclass
class Runner:
    """Runs pytest for one leg at a time and adds up what it reports."""

    arguments: list[str]
    scratch: Path
    total: Total = field(default_factory=Total)

    def environment(self, leg: str, **more: str | None) -> dict[str, str]:
        """Return the environment of a leg: ours, without what would choose other servers."""
        env = {
            name: value
            for name, value in os.environ.items()
            if name
            not in {"DATABASE_URL", "REDIS_URL", "TEST_REDIS_URL", "DATA_DIR", "PORT", "RAN_BEFORE"}
        }
        if env.pop("PYTHONDONTWRITEBYTECODE", ""):
            # Kept out of the tree all the same. Without it each worker rewrites every test on
            # every leg, and each process that a test starts compiles Django anew.
            env.setdefault("PYTHONPYCACHEPREFIX", str(self.scratch / "bytecode"))
        data = self.scratch / leg
        data.mkdir()
        env |= {"LEG": leg, "DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
        env["DJANGO_SETTINGS_MODULE"] = "hubapp.settings.test"  # over whatever the shell has
        return env | {name: value for name, value in more.items() if value}

    def count(self, leg: str, markers: str, env: dict[str, str]) -> int:
        """Return how many tests a leg would run; one if that cannot be told."""
        done = subprocess.run(
            # pyproject.toml has a -q already: a second one would print counts, not names.
            [sys.executable, "-m", "pytest", "--collect-only", "-m", markers, *self.arguments],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 5):
            print(done.stdout[-2000:])
            return 1
        return sum("::" in line for line in done.stdout.splitlines())

    def run(self, leg: str, markers: str, env: dict[str, str], *options: str) -> None:
        """Run pytest and add its counts; a run that breaks off counts as one failure."""
        print(f"\n== {leg} leg ==", flush=True)
        report = self.scratch / f"{leg}.xml"
        began = time.monotonic()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-m",
                markers,
                f"--junitxml={report}",
                *options,
                *self.arguments,
            ],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        passed = failed = skipped = 0
        if report.exists():
            for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - our own file
                number = {
                    key: int(suite.get(key, 0))
                    for key in ("tests", "failures", "errors", "skipped")
                }
                failed += number["failures"] + number["errors"]
                skipped += number["skipped"]
                passed += (
                    number["tests"] - number["failures"] - number["errors"] - number["skipped"]
                )
        # 5: nothing was selected, such as with -k; not a failure of this leg.
        if done.returncode not in (0, 5) and not failed:
            failed = 1
            print(f"pytest ended with status {done.returncode}.")
        print(
            f"{leg}: {passed} passed, {failed} failed, {skipped} skipped"
            f" in {time.monotonic() - began:.0f} s",
            flush=True,
        )
        self.total.passed += passed
        self.total.failed += failed
        self.total.skipped += skipped

    def lacks(self, leg: str, markers: str, env: dict[str, str], *parts: str) -> None:
        """Report a leg that this machine cannot run."""
        tests = self.count(leg, markers, env)
        if not tests:
            return
        print(f"\n== {leg} leg ==\n{tests} tests not run: {' and '.join(parts)} not installed")
        self.total.lacks(leg, list(parts), tests)


def run_legs(runner: Runner, chosen: set[str], pg: str | None, rd: str | None) -> None:
    """Run each chosen leg, or say why it cannot run."""
    browser = chromium()
    without_redis = "" if rd else " and not redis"

    if "postgresql" in chosen:
        markers = "not browser" + without_redis
        env = runner.environment("postgresql", DATABASE_URL=pg, TEST_REDIS_URL=rd)
        if pg:
            runner.run("postgresql", markers, env, "-n", "2")
        else:
            # Its other tests run on the SQLite leg too.
            runner.lacks("postgresql", "postgresql and not browser", env, "PostgreSQL")
        if not rd:
            runner.lacks("redis", "redis and not browser", env | {"LEG": "redis"}, "Redis")
    if "sqlite" in chosen:
        markers = "not browser and not postgresql" + without_redis
        before = "postgresql" if pg and "postgresql" in chosen else None
        env = runner.environment("sqlite", TEST_REDIS_URL=rd, RAN_BEFORE=before)
        runner.run("sqlite", markers, env, "-n", "2")
    if "browser" in chosen:
        env = runner.environment(
            "browser", DATABASE_URL=pg, TEST_REDIS_URL=rd, REDIS_URL=rd, CHROMIUM=browser
        )
        needs = {"PostgreSQL": pg, "Redis": rd, "Chromium": browser}
        missing = [part for part, there in needs.items() if not there]
        if missing:
            runner.lacks("browser", "browser", env, *missing)
        else:
            runner.run("browser", "browser", env, "-p", "no:xdist")
    if "embedded" in chosen:
        env = runner.environment("embedded", CHROMIUM=browser)
        if browser:
            runner.run("embedded", "browser and embedded", env, "-p", "no:xdist")
        else:
            runner.lacks("embedded", "browser and embedded", env, "Chromium")


def main() -> int:
    legs = ["postgresql", "sqlite", "browser", "embedded"]
    chosen = set(re.findall(r"\w+", os.environ.get("LEGS", ""))) or set(legs)
    if "browser" in chosen:
        chosen.add("embedded")
    if unknown := chosen - set(legs):
        print(f"LEGS names {', '.join(sorted(unknown))}; there are {', '.join(legs)}.")
        return 2

    def end(sig: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + sig)  # so that every server is stopped on the way out

    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, end)

    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hubapp-legs-")))
        cluster = scratch / "postgresql-cluster"
        cluster.mkdir()
        scratch.chmod(0o755)  # the user that PostgreSQL runs as must reach its own folder
        runner = Runner(sys.argv[1:], scratch)
        needs_servers = chosen - {"embedded"}
        pg = (
            stack.enter_context(postgresql(cluster)) if chosen & {"postgresql", "browser"} else None
        )
        rd = stack.enter_context(redis(scratch)) if needs_servers else None
        try:
            run_legs(runner, chosen, pg, rd)
        except KeyboardInterrupt:
            print("\nStopped.")
            return 130

    total = runner.total
    print()
    for part, affected in sorted(total.missing.items()):
        what = "FAILED (CI needs it)" if CI else "skipped"
        print(f"{what}: {part} is not installed ({', '.join(sorted(affected))}): {INSTALL[part]}")
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
