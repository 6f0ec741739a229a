"""Looking at processes from outside, as someone with a terminal would."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

# Generous: a loaded machine is slow, and a passing test never waits this long.
PATIENCE = 60.0


def wait_for(what: Callable[[], object], message: str, patience: float = PATIENCE) -> object:
    """Return the first true answer of ``what``; fail with ``message`` if none comes."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise AssertionError(message)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def marked(mark: str) -> dict[int, str]:
    """Return pid and command of every process that has ``mark`` in its environment."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark.encode() in (entry / "environ").read_bytes() and alive(int(entry.name)):
                found[int(entry.name)] = (
                    (entry / "cmdline").read_bytes().decode().replace("\0", " ")
                )
        except (OSError, ProcessLookupError):
            continue
    return found


def none_left(mark: str) -> None:
    """Fail unless every process with ``mark`` in its environment ends soon."""
    wait_for(lambda: not marked(mark), f"still running: {marked(mark)}")


def end_all(mark: str) -> None:
    """Kill what a failed test left behind."""
    for pid in marked(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a process; return its exit status and everything it printed."""
    out, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, out
