"""``manage.py runhub``: the whole of Hubapp on this machine, under one supervisor.

What ``make run`` calls. Migrates, builds the static files, loads the demo data
the first time, then runs web, worker and beat until one ends or a signal comes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from hubapp.supervisor import Service, Supervisor, stop_with_parent

# Who can sign in to the demo, in the order someone would try them.
DEMO_SIGN_INS = {
    "hub@demo.example": "hub staff",
    "lead@demo.example": "site lead",
    "exec@demo.example": "executive",
    "reviewer@demo.example": "reviewer",
    "ppie@demo.example": "PPIE lead",
    "staff@demo.example": "a submitter with an account",
    "coordinator@demo.example": "network coordinator",
}
# How long the start waits for every part before it says which one is late.
READY_WITHIN = 30.0  # seconds


class Command(BaseCommand):
    help = "Run web, worker and beat on this machine until Ctrl-C (what `make run` does)."
    # The checks that matter run in migrate; a start should take seconds.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--stop-with-parent",
            action="store_true",
            help="stop when the calling process dies (make passes it)",
        )

    def handle(self, *args: Any, stop_with_parent: bool, **options: Any) -> None:
        if stop_with_parent:
            _follow_parent()
        # No option beside it: the settings, already read, name links and cookies after PORT.
        port = int(os.environ.get("PORT", "8000"))
        try:
            with _only_one(settings.DATA_DIR), _listen(port) as listener:
                demo = self._prepare()
                status = self._run(listener, port, demo=demo)
        except KeyboardInterrupt:
            # Ctrl-C before the supervisor took over: nothing runs yet.
            self.stdout.write("Stopped.")
            return
        if status:
            sys.exit(status)

    # -- before the start ---------------------------------------------------

    def _prepare(self) -> bool:
        """Bring database, static files and demo data up to date; return whether it is a demo."""
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()
        demo = self._demo_data()
        # What is open here would be copied into the guard by fork.
        connections.close_all()
        return demo

    def _collect_static(self) -> None:
        """Run collectstatic if a source file changed since the last time."""
        sources = hashlib.sha256(str(settings.STATIC_ROOT).encode())
        # Packages bring static files too: their lock stands for them.
        lock = settings.BASE_DIR / "requirements" / "run.lock"
        folders = [Path(folder) for folder in settings.STATICFILES_DIRS]
        folders += [
            folder
            for folder in settings.BASE_DIR.glob("*/static")
            if not folder.parent.name.startswith(".")
        ]
        files = [lock, *(file for folder in folders for file in sorted(folder.rglob("*")))]
        for file in files:
            if file.is_file():
                state = file.stat()
                sources.update(f"{file}|{state.st_size}|{state.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if stamp.exists() and stamp.read_text() == sources.hexdigest():
            return
        self._say("Building the static files …")
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(sources.hexdigest())

    def _demo_data(self) -> bool:
        """Load the demo data into a new database, once; return whether this is a demo.

        What a database was first started as is kept in DATA_DIR, so that a real
        hub that is once started without DEMO=0 neither receives demo records
        nor opens its mail to everyone.
        """
        kept = settings.DATA_DIR / "started-as.json"
        known = json.loads(kept.read_text()) if kept.exists() else {}
        database = connections["default"].settings_dict
        key = "|".join(str(database.get(part) or "") for part in ("HOST", "PORT", "NAME"))
        kind = known.get(key)

        def keep(value: str) -> None:
            known[key] = value
            kept.write_text(json.dumps(known, indent=1))

        if kind is None:
            in_use = get_user_model()._default_manager.exists()
            kind = "real" if in_use or not settings.DEMO else "loading"
            keep(kind)
        if not settings.DEMO:
            if kind != "real":
                self._say(
                    "This database holds demo data, and the demo accounts can sign in."
                    " For a real hub start with DEMO=0 on an empty DATA_DIR."
                )
            return False
        if kind == "real":
            self._say(
                "This database belongs to a real hub, so no demo data is loaded and the demo's"
                " mailbox stays shut. For a demo, set DATA_DIR to an empty folder."
            )
            return False
        if kind == "loading":  # also after a load that was interrupted
            self._say("Loading the demo data …")
            call_command("load_demo", verbosity=0)
            keep("demo")
        return True

    # -- running ------------------------------------------------------------

    def _run(self, listener: socket.socket, port: int, *, demo: bool) -> int:
        os.environ["DEMO"] = "1" if demo else "0"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubapp.settings.local")
        os.environ.setdefault("PYTHONUNBUFFERED", "1")
        # Said at every start as root, and of no use here: only JSON is accepted.
        os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:celery.platforms")
        os.chdir(settings.BASE_DIR)
        ready = _Readiness(port)

        def tick() -> None:
            listener.close()  # the web process has it; a dead one must refuse, not hang
            news = ready.news()
            if news:
                self._announce(port, demo=demo, late=news == "late", detail=ready.detail)

        supervisor = Supervisor(services(listener.fileno()), say=self._say, tick=tick)
        self._say("Starting web, worker and beat …")
        status = supervisor.run()
        self._say("Hubapp has stopped." if not status else "Hubapp has stopped after a failure.")
        return status

    def _announce(self, port: int, *, demo: bool, late: bool, detail: str) -> None:
        lines = ["", f"Hubapp is running at http://127.0.0.1:{port}/"]
        if late:
            lines.append(f"  Not everything is ready yet: {detail}")
        if demo:
            lines.append(f"  Sign in at http://127.0.0.1:{port}/accounts/login/ as")
            lines += [f"    {email:<25} {role}" for email, role in DEMO_SIGN_INS.items()]
            lines.append(f"  Mail that the demo sends: http://127.0.0.1:{port}/demo/mailbox/")
            password = settings.DATA_DIR / "demo-password"
            if password.exists():
                lines.append(f"Demo password: {password.read_text().strip()}")
        lines += ["Press Ctrl-C to stop.", ""]
        self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def services(descriptor: int) -> list[Service]:
    """Return web, worker and beat as commands; ``descriptor`` is the listening socket."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "hubapp"]
    # A file-based broker is polled by threads of one process; a server feeds processes.
    pool = ["-P", "prefork"] if settings.REDIS_URL else ["-P", "threads"]
    schedule = settings.DATA_DIR / "beat" / "schedule"
    schedule.parent.mkdir(parents=True, exist_ok=True)
    quiet = ["--loglevel", "WARNING"]
    web = "--workers 2 --threads 4 --timeout 60 --graceful-timeout 8 --log-level warning"
    return [
        Service(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "hubapp.wsgi:application"),
                *("--bind", f"fd://{descriptor}", "--no-control-socket", *web.split()),
            ],
            pass_fds=(descriptor,),
        ),
        Service(
            "worker",
            [
                *(*celery, "worker", *pool, "--concurrency", "2", *quiet),
                *("--without-gossip", "--without-mingle"),
            ],
        ),
        Service("beat", [*celery, "beat", "--schedule", str(schedule), "--pidfile=", *quiet]),
    ]


def _follow_parent() -> None:
    parent = os.getppid()
    stop_with_parent()
    if os.getppid() != parent:  # it died while we asked
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold DATA_DIR for one supervisor: two beats would do everything twice."""
    with (data_dir / "runhub.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(
                f"Hubapp is already running on {data_dir}: stop it first, or set DATA_DIR"
                " to another folder (and PORT to another port)."
            ) from error
        yield


@contextlib.contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    """Take the port now, so that a taken one is a sentence before anything is done."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CommandError(
            f"Port {port} on 127.0.0.1 cannot be used ({error.strerror}): choose another with"
            f" PORT, such as `make run PORT={port + 1 if port < 65535 else 8000}`."
        ) from error
    try:
        yield listener
    finally:
        listener.close()


class _Readiness:
    """Asks ``/readyz`` from a thread of its own, so that the supervisor never waits."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.detail = "web does not answer"
        self._state = "waiting"
        self._told = False
        self._thread: threading.Thread | None = None

    def news(self) -> str:
        """Return "ready" or "late" once, when it is decided; otherwise an empty text."""
        if self._thread is None:  # not before the services are forked
            self._thread = threading.Thread(target=self._ask, daemon=True)
            self._thread.start()
        if self._told or self._state == "waiting":
            return ""
        self._told = True
        return self._state

    def _ask(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/readyz", headers={"Host": f"127.0.0.1:{self.port}"})
                answer = connection.getresponse()
                self.detail = answer.read(500).decode("utf-8", "replace").strip()
                if answer.status != 503:
                    self._state = "ready"
                    return
            time.sleep(0.2)
        self._state = "late"
