"""``manage.py runhub``: the whole product under its supervisor, seen from outside."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.processes import PATIENCE, alive, end_all, finish, marked, none_left, wait_for

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc (Linux)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return the environment of a plain start: nothing of the test suite's own."""
    ours = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "PYTEST_CURRENT_TEST", "DEMO")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    return env | {"DATA_DIR": str(data)} | more


def runhub(env: dict[str, str], out: Path | None = None) -> subprocess.Popen[str]:
    """Start ``manage.py runhub``; its output goes to a file, so that nobody must read it."""
    return subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "runhub"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=out.open("w") if out else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path | None) -> Path:
    """A DATA_DIR that the tests of this file share; its database is migrated where one can be copied."""
    folder = tmp_path_factory.mktemp("a place with spaces")
    if migrated_database:
        shutil.copy(migrated_database, folder / "hubapp.sqlite3")
    return folder


@pytest.fixture
def hub(data: Path, tmp_path: Path) -> Iterator[dict]:
    """A real hub (DEMO=0) that has said it is running."""
    with running(data, tmp_path) as hub:
        yield hub


@contextlib.contextmanager
def running(data: Path, tmp_path: Path, patience: float = PATIENCE) -> Iterator[dict]:
    """Start a real hub (DEMO=0) on ``data`` and wait until it has said that it is running."""
    mark, port, log = str(uuid.uuid4()), free_port(), tmp_path / "log"
    process = runhub(environment(data, DEMO="0", PORT=str(port), OPS_TEST=mark), log)
    try:
        wait_for(
            lambda: "Hubapp is running" in log.read_text() or process.poll() is not None,
            "no word of a start",
            patience,
        )
        assert process.poll() is None, log.read_text()
        yield {"process": process, "port": port, "mark": mark, "log": log}
    finally:
        end_all(mark)
        process.wait()


def service(hub: dict, word: str) -> int:
    """Return the pid of the process that leads web, worker or beat."""
    children = Path(f"/proc/{hub['process'].pid}/task/{hub['process'].pid}/children")
    own = {int(pid) for pid in children.read_text().split()}
    (pid,) = (pid for pid, command in marked(hub["mark"]).items() if pid in own and word in command)
    return pid


def test_from_nothing_it_answers_with_every_part_ready(tmp_path: Path) -> None:
    """The first start of all, which migrates and builds the static files."""
    data = tmp_path / "new"
    with running(data, tmp_path, 3 * PATIENCE) as hub:
        log = hub["log"].read_text()
        assert "Preparing the database" in log
        assert "Building the static files" in log
        assert "Not everything is ready" not in log
        assert (data / "hubapp.sqlite3").exists()
        for page in ("healthz", "readyz"):
            with urllib.request.urlopen(f"http://127.0.0.1:{hub['port']}/{page}") as answer:
                assert answer.status == 200
        hub["process"].terminate()
        assert hub["process"].wait(timeout=PATIENCE) == 0


def test_it_answers_with_every_part_ready_and_stops_on_ctrl_c(hub: dict) -> None:
    log = hub["log"].read_text()
    assert f"http://127.0.0.1:{hub['port']}/" in log
    assert "Not everything is ready" not in log
    assert "Demo password" not in log
    for page in ("healthz", "readyz"):
        with urllib.request.urlopen(f"http://127.0.0.1:{hub['port']}/{page}") as answer:
            assert answer.status == 200
    hub["process"].send_signal(signal.SIGINT)
    assert hub["process"].wait(timeout=PATIENCE) == 0
    none_left(hub["mark"])
    assert "Traceback" not in hub["log"].read_text()


@pytest.mark.parametrize(
    ("name", "word"), [("web", "gunicorn"), ("worker", " worker "), ("beat", " beat ")]
)
def test_killing_one_part_stops_the_others_and_fails(hub: dict, name: str, word: str) -> None:
    os.kill(service(hub, word), signal.SIGKILL)
    assert hub["process"].wait(timeout=PATIENCE) == 1
    none_left(hub["mark"])
    assert f"{name} was killed by signal 9" in hub["log"].read_text()


def test_killing_the_supervisor_leaves_nothing_behind(hub: dict) -> None:
    hub["process"].kill()
    hub["process"].wait()
    none_left(hub["mark"])


def test_a_second_start_on_the_same_data_is_refused_in_a_sentence(hub: dict, data: Path) -> None:
    status, out = finish(runhub(environment(data, DEMO="0", PORT=str(free_port()))))
    assert status == 1
    assert "already running" in out
    assert "DATA_DIR" in out
    assert "Traceback" not in out
    assert alive(hub["process"].pid)


def test_a_taken_port_is_one_sentence_that_names_the_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, out = finish(runhub(environment(tmp_path, PORT=str(port))))
    assert status == 1
    assert len(out.strip().splitlines()) == 1
    assert f"Port {port} " in out
    assert "PORT" in out
    assert not (tmp_path / "hubapp.sqlite3").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1", ""])
def test_a_port_that_is_none_is_one_sentence(tmp_path: Path, port: str) -> None:
    status, out = finish(runhub(environment(tmp_path, PORT=port)))
    assert status == 1
    assert len(out.strip().splitlines()) == 1
    assert re.search("PORT.*whole number", out)


def test_production_without_a_setting_names_it_in_a_sentence(tmp_path: Path) -> None:
    env = environment(tmp_path, DJANGO_SETTINGS_MODULE="hubapp.settings.production")
    env.pop("SECRET_KEY", None)
    status, out = finish(runhub(env))
    assert status == 1
    assert "SECRET_KEY" in out
    assert "Traceback" not in out


def test_manage_runs_through_the_venv_from_a_bare_python(tmp_path: Path) -> None:
    """Whatever python3 comes first, and wherever one stands."""
    if not (ROOT / ".venv").exists():
        pytest.skip("there is no .venv here")
    bare = (
        Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    )
    if not bare.exists():
        pytest.skip("the Python that made .venv is not where it was")
    done = subprocess.run(
        [bare, ROOT / "manage.py", "shell", "-v", "0", "-c", "import sys; print(sys.prefix)"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip().splitlines()[-1:] == [str(ROOT / ".venv")], done.stderr


def test_a_database_in_use_gets_no_demo_data_and_keeps_its_mail_shut(
    hub: dict, data: Path, tmp_path: Path
) -> None:
    """A real hub that is started once without DEMO=0."""
    hub["process"].send_signal(signal.SIGTERM)
    hub["process"].wait(timeout=60)
    mark, port, log = str(uuid.uuid4()), free_port(), tmp_path / "second-log"
    process = runhub(environment(data, PORT=str(port), OPS_TEST=mark), log)
    try:
        wait_for(
            lambda: "Hubapp is running" in log.read_text() or process.poll() is not None, "no start"
        )
        assert "belongs to a real hub" in log.read_text()
        assert "Demo password" not in log.read_text()
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/demo/mailbox/")
            raise AssertionError("the mailbox is open")
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        end_all(mark)
        process.wait()
