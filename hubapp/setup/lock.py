"""Writes ``requirements/*.lock`` from ``pyproject.toml``; needs uv.

    python3 hubapp/setup/lock.py [uv options, such as --upgrade or -P django]

Versions that are locked stay unless asked to move. ``check.lock`` holds
everything and is resolved first; the smaller locks take their versions from
it, so that no two disagree. Locks name versions and hashes, never an address.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UV = "uv pip compile --universal --no-emit-index-url --no-header --generate-hashes --quiet"
# Newest last: each lock and the extras it adds to the product's own dependencies.
LOCKS = {"check": ["test", "check"], "test": ["test"], "run": []}


def compile_lock(name: str, source: str, *options: str, stdin: str | None = None) -> None:
    """Write one lock with uv; leave at once, with uv's own words, if it cannot."""
    target = f"requirements/{name}.lock"
    done = subprocess.run(
        [*UV.split(), "--python-version", "3.11", source, *options, "--output-file", target],
        cwd=ROOT,
        input=stdin,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"requirements/{name}.lock was not written.")
    print(f"requirements/{name}.lock")


def main(options: list[str]) -> None:
    if not shutil.which("uv"):
        sys.exit("make lock needs uv: pip install uv")
    for name, extras in LOCKS.items():
        wanted = [word for extra in extras for word in ("--extra", extra)]
        pinned = [] if name == "check" else ["--constraint", "requirements/check.lock"]
        moves = options if name == "check" else []
        compile_lock(name, "pyproject.toml", *wanted, *pinned, *moves)
    # Node comes alone: it is added to an environment that has the rest already.
    node = re.search(r"^node = \[([^\]]*)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    if node is None:
        sys.exit("pyproject.toml has no extra named node.")
    compile_lock("node", "-", *options, stdin="\n".join(re.findall(r'"([^"]+)"', node[1])))
    # Without what they need: the weights name libraries that nothing here uses.
    weights = re.search(
        r"^semantic = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S
    )
    if weights is None:
        sys.exit("pyproject.toml has no extra named semantic.")
    names = "\n".join(re.findall(r'^\s*"([^"]+)"', weights[1], re.MULTILINE))
    compile_lock("semantic", "-", "--no-deps", *options, stdin=names)


if __name__ == "__main__":
    main(sys.argv[1:])
