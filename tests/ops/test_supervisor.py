"""The supervisor, with small programs in the places of web, worker and beat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops.processes import alive, end_all, finish, marked, none_left, wait_for

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc (Linux)")

# A service writes its pid to a file named after it once it is ready. "parent" has a child that
# ignores TERM, as a task in the middle of something would; "deaf" ignores TERM itself.
SERVICE = """
import os, signal, sys, time
name, folder = sys.argv[1:]
if name == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if name == "parent" and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    name = "child"
with open(os.path.join(folder, name + ".new"), "w") as out:
    out.write(str(os.getpid()))
os.rename(out.name, os.path.join(folder, name))
while True:
    time.sleep(0.05)
"""

HUB = """
import sys
sys.path.insert(0, {root!r})
from hubapp.supervisor import Service, Supervisor
folder, names = sys.argv[1], sys.argv[2:]
services = [Service(n, [sys.executable, folder + "/service.py", n, folder]) for n in names]
sys.exit(Supervisor(services, grace=1.0, say=lambda line: print(line, flush=True)).run())
"""


class Hub:
    """A supervisor in a process of its own, and the pids of what it supervises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"OPS_TEST={uuid.uuid4()}"
        (folder / "service.py").write_text(SERVICE)
        (folder / "hub.py").write_text(HUB.format(root=str(ROOT)))

    def start(self, *names: str, ready: bool = True) -> None:
        key, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, self.folder / "hub.py", self.folder, *names],
            env=os.environ | {key: value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        children = ["child"] if "parent" in names else []
        for name in [*names, *children] if ready else []:
            wait_for((self.folder / name).exists, f"{name} did not start")

    def pid(self, name: str) -> int:
        return int((self.folder / name).read_text())

    def guard(self) -> int:
        """The pid of the guard: the supervisor's child that runs the supervisor's own program."""
        (pid,) = (
            pid
            for pid, command in marked(self.mark).items()
            if "hub.py" in command and pid != self.process.pid
        )
        return pid


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path)
    yield hub
    end_all(hub.mark)
    hub.process.wait()
    hub.process.stdout.close()


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_is_no_failure(hub: Hub, sig: signal.Signals) -> None:
    hub.start("web", "worker", "beat")
    hub.process.send_signal(sig)
    assert finish(hub.process)[0] == 0
    none_left(hub.mark)


@pytest.mark.parametrize("victim", ["web", "worker", "beat"])
def test_killing_one_service_stops_the_others_and_fails(hub: Hub, victim: str) -> None:
    hub.start("web", "worker", "beat")
    os.kill(hub.pid(victim), signal.SIGKILL)
    status, out = finish(hub.process)
    assert status == 1
    assert f"{victim} was killed by signal 9" in out
    none_left(hub.mark)


def test_a_killed_service_takes_its_children_along(hub: Hub) -> None:
    hub.start("parent", "beat")
    os.kill(hub.pid("parent"), signal.SIGKILL)
    assert finish(hub.process)[0] == 1
    none_left(hub.mark)


def test_a_child_that_ignores_term_does_not_outlive_a_stop(hub: Hub) -> None:
    hub.start("parent", "beat")
    hub.process.terminate()
    assert finish(hub.process)[0] == 0
    none_left(hub.mark)


def test_a_service_that_ignores_term_is_killed_after_the_grace_time(hub: Hub) -> None:
    hub.start("deaf", "beat")
    hub.process.terminate()
    status, out = finish(hub.process)
    assert status == 0
    assert "deaf did not stop in time" in out
    none_left(hub.mark)


def test_killing_the_supervisor_leaves_nothing_behind(hub: Hub) -> None:
    hub.start("web", "parent", "deaf")
    hub.process.kill()
    hub.process.wait()
    none_left(hub.mark)


def test_killing_the_guard_stops_everything(hub: Hub) -> None:
    hub.start("web", "worker")
    os.kill(hub.guard(), signal.SIGKILL)
    status, out = finish(hub.process)
    assert status == 1
    assert "guard" in out
    none_left(hub.mark)


def test_a_command_that_does_not_exist_stops_what_had_started(hub: Hub) -> None:
    program = hub.folder / "hub.py"
    odd = "services.append(Service('odd', ['/no/such']))\nsys.exit("
    program.write_text(program.read_text().replace("sys.exit(", odd))
    hub.start("web", ready=False)
    status, out = finish(hub.process)
    assert status == 1
    assert "/no/such" in out
    none_left(hub.mark)


def test_the_services_run_until_asked(hub: Hub) -> None:
    hub.start("web", "worker", "beat")
    assert len({os.getpgid(hub.pid(name)) for name in ("web", "worker", "beat")}) == 3
    assert hub.process.poll() is None
    assert all(alive(hub.pid(name)) for name in ("web", "worker", "beat"))
    hub.process.terminate()
    assert finish(hub.process)[0] == 0
