"""Runs several processes as one: they start together and stop together.

honcho was tried for this and leaves processes behind in two cases: when the
supervisor itself is killed, and when a killed process had children that still
hold its output. Here every service leads a process group of its own, and

- when one service ends, for whatever reason, its group is killed, the others
  are asked to stop, and the supervisor returns 1;
- INT, TERM and HUP ask every service to stop (what still runs after ``grace``
  seconds is killed) and the supervisor returns 0; a second INT kills at once;
- when the supervisor is killed, the kernel sends TERM to each service (Linux),
  and a guard, a small process that notices its pipe close, kills what is left
  of their groups after ``grace`` seconds (anywhere).

Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
STEP = 0.1  # seconds between two looks


@dataclass
class Service:
    """One process to keep: its name in messages, its command, descriptors it inherits."""

    name: str
    argv: Sequence[str]
    pass_fds: Sequence[int] = ()
    pid: int = field(default=0, init=False)


def stop_with_parent(sig: int = signal.SIGTERM) -> None:
    """Ask the kernel to send ``sig`` to this process when its parent dies (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)


def describe(status: int) -> str:
    """Say in words how a process ended, from its wait status."""
    if os.WIFSIGNALED(status):
        return f"was killed by signal {os.WTERMSIG(status)}"
    return f"ended with status {os.WEXITSTATUS(status)}"


def _signal_group(pid: int, sig: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, sig)


def _group_lives(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _guard(pipe: int, grace: float) -> None:
    """Wait for the supervisor's end of the pipe to close; then end the groups it named."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_IGN)
    told = b""
    while piece := os.read(pipe, 4096):
        told += piece
    pids = [int(line) for line in told.split()]
    if 0 in pids:  # an orderly end: nothing is left to do
        return
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + grace
    while time.monotonic() < until and any(map(_group_lives, pids)):
        time.sleep(STEP)
    for pid in pids:
        _signal_group(pid, signal.SIGKILL)


class Supervisor:
    """Keeps ``services`` running together. ``run()`` blocks until all have ended.

    ``say`` receives one sentence for each thing worth telling; ``tick`` is
    called every tenth of a second while all is well.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        grace: float = 10.0,
        say: Callable[[str], None] = print,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self.services = services
        self.grace = grace
        self.say = say
        self.tick = tick
        self._signals: list[int] = []

    def run(self) -> int:
        """Start everything, wait, stop everything. Return the exit status: 0 if asked to stop."""
        handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {sig: signal.signal(sig, self._note) for sig in handled}
        told, tell = os.pipe()
        guard = self._fork_guard(told, tell)
        try:
            try:
                for service in self.services:
                    self._start(service)
                    with contextlib.suppress(BrokenPipeError):
                        os.write(tell, f"{service.pid}\n".encode())
                failed = self._watch(guard)
            finally:
                self._stop()
        finally:
            with contextlib.suppress(OSError):  # the guard may be gone already
                os.write(tell, b"0\n")
            os.close(tell)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(guard, 0)
            for sig, handler in before.items():
                signal.signal(sig, handler)
        return 1 if failed else 0

    def _note(self, sig: int, _frame: object) -> None:
        self._signals.append(sig)

    def _fork_guard(self, told: int, tell: int) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            os.close(told)
            return pid
        try:
            os.setsid()
            # Nothing of the supervisor's stays open in here: no port, no lock, no database.
            os.closerange(3, told)
            os.closerange(told + 1, os.sysconf("SC_OPEN_MAX"))
            # Whoever reads our output must not wait for the guard to see its end.
            nothing = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(nothing, standard)
            _guard(told, self.grace)
        finally:
            os._exit(0)

    def _start(self, service: Service) -> None:
        supervisor = os.getpid()

        def before_exec() -> None:
            stop_with_parent()
            if os.getppid() != supervisor:  # it died before the kernel was asked
                os._exit(1)

        process = subprocess.Popen(
            service.argv,
            stdin=subprocess.DEVNULL,
            pass_fds=service.pass_fds,
            start_new_session=True,
            preexec_fn=before_exec,
        )
        service.pid = process.pid
        process.returncode = 0  # ours to wait for; keeps Popen from waiting too

    def _ended(self) -> dict[int, int]:
        """Return the wait status of each child that ended since the last look."""
        ended = {}
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                ended[pid] = status
        return ended

    def _watch(self, guard: int) -> bool:
        """Return when a signal came (False) or a process ended by itself (True)."""
        while not self._signals:
            ended = self._ended()
            for service in self.services:
                if service.pid in ended:
                    self.say(f"{service.name} {describe(ended[service.pid])}: stopping the others.")
                    _signal_group(service.pid, signal.SIGKILL)
            for service in self.services:
                if service.pid in ended:
                    service.pid = 0
            if guard in ended:
                self.say("The guard process was killed: stopping everything.")
            if ended.keys() & {guard} or not all(service.pid for service in self.services):
                return True
            if self.tick:
                self.tick()
            time.sleep(STEP)
        self.say("Stopping …")
        return False

    def _stop(self) -> None:
        """End every service: TERM to its leader, KILL to its group after the grace time."""
        running = {service.pid: service for service in self.services if service.pid}
        # Only Ctrl-C again means: now. TERM may follow INT by itself, from a make that stops too.
        patient = self._signals.count(signal.SIGINT)
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + self.grace
        waiting = set(running)
        while waiting:
            waiting -= self._ended().keys()
            hurried = self._signals.count(signal.SIGINT) > max(patient, 1)
            if waiting and (time.monotonic() > until or hurried):
                for pid in waiting:
                    self.say(f"{running[pid].name} did not stop in time: killed.")
                    _signal_group(pid, signal.SIGKILL)
                until, patient = float("inf"), len(self._signals)
            if waiting:
                time.sleep(STEP / 2)
        for pid in running:  # what a leader left behind in its group
            _signal_group(pid, signal.SIGKILL)
