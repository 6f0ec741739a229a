"""Measures pages, API, numbers and import on PostgreSQL; what ``make bench N=10000`` calls.

    .venv/bin/python tests/bench/run.py [N] [--rounds 100] [--database NAME] [--keep]

Starts a throwaway PostgreSQL (and Redis) of its own, or makes a database of
its own on the server of ``TEST_DATABASE_URL``; no other database is touched.
Fills it, computes the numbers of every month, reads the plan of every query,
starts the web process as ``runhub`` does, and asks for each page in turn, round
after round, so that whatever else the machine does falls on all of them alike.

Prints a table, and writes it into ``docs/benchmarks.md``. ``--keep`` leaves the
filled database on the server of ``TEST_DATABASE_URL``; ``--database`` measures it again
(``make bench N=1000000 ARGS="--database NAME"``), so that a large one is filled once.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import datetime as dt
import http.client
import json
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


from hubapp.supervisor import stop_with_parent  # noqa: E402 - the path comes first
from tests import legs  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
# As a server would be set: every commit waits for the disk, the planner has its defaults.
SERVER = (
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "checkpoint_timeout=30min",
)
WARM_UP = 12  # requests to each page before counting: every thread has met it
ROUNDS = 100
MOST_QUERIES = 12
SITES = 250  # that fill.py makes
MOST_GROWTH = 1.3
IMPORT_ROWS = (5_000, 15_000)
# The name of a database that is made for one run and dropped after it.
OWN = "hubapp_bench_"
# A sequential scan of a table smaller than this is the right plan.
SMALL_TABLE = 200  # blocks of 8 kB


def out(text: str = "") -> None:
    print(text, flush=True)


# -- what is asked for ------------------------------------------------------------
@dataclass
class Ask:
    """One page or endpoint, and what it may cost as a multiple of the floor."""

    name: str
    path: str
    most: float | None = 3.0
    bearer: str = ""
    # Whether its path is taken from its first page: with the cursor of the next.
    after: bool = False
    # Only the part of the page that a script asks for.
    part: bool = False
    # What is sent with it, of what is asked for while somebody types.
    form: dict[str, str] | None = None
    # Who asks: of the desk, a lead of the same site, or a coordinator of its network.
    who: str = "desk"
    status: int = 0
    bytes: int = 0
    queries: int = 0
    # 8 kB blocks that the database looked at, and tables it read from end to end.
    blocks: int = 0
    scans: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        ranked = sorted(self.times)
        return ranked[min(len(ranked) - 1, round(share * (len(ranked) - 1)))]


# Filters and orders of the two lists, but for words and values that are the database's own.
FILTERS = {
    "state": "state=waiting",
    "type": "type=digital",
    "type not known": "type=not-said",
    "source": "source=public_participant",
    "benefit area": "benefit=pressure",
    "no benefit area": "benefit=not-said",
    "received lately": "age=5",
    "received earlier": "age=20",
    "received long ago": "age=older",
    "mine": "assignee=me",
    "nobody's": "assignee=nobody",
    "a colleague's": "assignee={colleague}",
    "overdue": "due=overdue",
    "due soon": "due=soon",
    "not acknowledged": "due=unacknowledged",
    "late to acknowledge": "due=ack-late",
    "has similar": "similar=yes",
    "a priority": "priority=high",
    "needs a priority": "priority=none",
    "tag": "tag=tag+7",
    "tag that none has": "tag=zeppelin",
    "a need": "need={need}",
    "no need": "need=none",
    "waits on anybody": "waits=any",
    "waits on the submitter": "waits=submitter",
    "waits on a function": "waits=function-ig",
    "news": "new=any",
    "a message": "new=message",
    "an answer": "new=answer",
    "words often": "q=clinic",
    "words once": "q={waiting}",
    "words nowhere": "q=zeppelin",
    "words with a typo": "q=bereavment+clinc",
    "six at once": "state=waiting&type=service&assignee=me&priority=normal&similar=yes&tag=tag+7",
    "words and filters": "q=discharge&type=digital&benefit=care",
}
ORDERS = ("newest", "due", "changed")


def lists(refs: dict[str, str]) -> Iterator[Ask]:
    """The queue by every filter and in every order, and the portfolio likewise."""
    queue, portfolio = "/bench1/triage/", "/bench1/innovations/"
    for name, address, most in (("queue", queue, 5.0), ("portfolio", portfolio, 3.0)):
        yield Ask(name, address, most)
        yield Ask(f"{name}, second page", address, most, after=True)
        for order in ORDERS:
            yield Ask(f"{name}, {order} first", f"{address}?order={order}", most)
            yield Ask(
                f"{name}, {order} first, second page", f"{address}?order={order}", most, after=True
            )
        for words, query in FILTERS.items():
            query = query.format(**refs)
            if name == "portfolio":
                query = query.replace("state=waiting", "state=declined").replace(
                    refs["waiting"], refs["decided"]
                )
            yield Ask(f"{name}: {words}", f"{address}?{query}", most)
        # An order that filter and words do not come in.
        yield Ask(f"{name}: words often, due first", f"{address}?q=clinic&order=due", most)
        yield Ask(f"{name}: tag, changed first", f"{address}?tag=tag+7&order=changed", most)
        yield Ask(f"{name}: similar, newest first", f"{address}?similar=yes&order=newest", most)


def asks(refs: dict[str, str], key: str) -> list[Ask]:
    """Every page and endpoint that is measured."""
    big, small, month = "/bench1/", "/bench100/", refs["month"]
    queue, portfolio = f"{big}triage/", f"{big}innovations/"
    decided, waiting = f"{portfolio}{refs['decided']}/", f"{portfolio}{refs['waiting']}/"
    typed = {"title": "Text reminders for the outpatient clinic"}
    api = "/api/v1/"
    return [
        Ask("bare view", "/bench/bare/", None),
        Ask("floor: empty page", "/bench/floor/bench1/", None),
        *lists(refs),
        Ask("queue, a ready-made view", f"{queue}views/overdue/", 5),
        Ask("queue, one idea beside it", f"{queue}{refs['waiting']}/", 5),
        Ask("queue, the panel alone", f"{queue}{refs['waiting']}/", 5, part=True),
        Ask("portfolio, as executive", f"{small}innovations/"),
        Ask("one innovation", decided),
        Ask("one innovation, waiting", waiting),
        Ask("decide", f"{waiting}decide/"),
        Ask("assess", f"{waiting}assess/"),
        Ask("compare two", f"{portfolio}{refs['like']}/compare/{refs['liked']}/"),
        Ask("similar while typing a title", f"{big}add/similar/", part=True, form=typed),
        Ask("similar, title misspelt", f"{big}add/similar/", part=True,
            form={"title": "Text remindrs for the outpatint clinc"}),
        Ask("similar, title and text", f"{big}add/similar/", part=True,
            form={**typed, "problem": "One in six appointments at the clinic is missed, and nobody knows which."}),
        Ask("needs", f"{big}needs/"),
        Ask("one need", f"{big}needs/{refs['need']}/"),
        Ask("balance of the portfolio", f"{portfolio}balance/"),
        Ask("coming", f"{big}coming/"),
        Ask("coming, one function", f"{big}coming/?function=ig"),
        Ask("my work", "/"),
        Ask("enquiries", f"{big}enquiries/"),
        Ask("dashboard", f"{big}dashboard/", 5),
        Ask("dashboard, as executive", f"{small}dashboard/", 5),
        Ask("figure: submitted", f"{big}dashboard/innovations_submitted/{month}/"),
        Ask("figure: on time", f"{big}dashboard/decided_on_time/{month}/"),
        Ask("API: KPI values, a year", f"{api}kpi-values/?from={refs['year']}&to={month}-01", bearer=key),
        Ask("API: one KPI, one month",
            f"{api}kpi-values/?kpi=innovations_submitted&site=BENCH1&grain=month&from={month}-01&to={month}-01",
            bearer=key),
        Ask("API: KPIs", f"{api}kpis/", bearer=key),
        Ask("API: innovations", f"{api}innovations/", bearer=key),
        Ask("API: innovations changed since", f"{api}innovations/?updated_since={refs['since']}&ordering=updated_at",
            bearer=key),
        Ask("API: innovations overdue", f"{api}innovations/?overdue=true&state=waiting", bearer=key),
        Ask("API: innovations with a tag", f"{api}innovations/?tag=tag+7", bearer=key),
        Ask("API: innovations of a benefit area", f"{api}innovations/?benefit_area=care", bearer=key),
        Ask("API: innovations with a priority", f"{api}innovations/?priority=high&state=scoping", bearer=key),
        Ask("API: innovations for a need", f"{api}innovations/?need={refs['need']}", bearer=key),
        Ask("API: innovations that hold words", f"{api}innovations/?q=clinic", bearer=key),
        Ask("API: one innovation", f"{api}innovations/{refs['decided']}/", bearer=key),
        Ask("API: similar to one", f"{api}innovations/{refs['like']}/similar/", bearer=key),
        Ask("API: needs", f"{api}needs/", bearer=key),
        Ask("API: decisions", f"{api}decisions/", bearer=key),
        Ask("API: enquiries", f"{api}enquiries/", bearer=key),
        *of_maturity(refs, key),
    ]  # fmt: skip


def of_maturity(refs: dict[str, str], key: str) -> Iterator[Ask]:
    """Pages of a site and of a network after twelve rounds of 250 sites, and their resources."""
    site, network = "/bench1/maturity/", f"/network/{refs['network']}/maturity/"
    last, draft = f"{site}{refs['final']}/", f"{site}{refs['draft']}/"
    one = f"{network}rounds/{refs['closed']}/"
    pages = {
        "a site's rounds": site,
        "a self-assessment": draft,
        "rating a sub-domain": f"{draft}rate/{refs['sub_domain']}/",
        "confirming what was said last time": f"{draft}confirm/",
        "a site's report": f"{last}report/",
        "a site beside the others": f"{last}comparison/",
        "learning from others": f"{site}learning/",
        "actions": f"{site}actions/",
        "evidence": f"{site}evidence/",
    }
    for name, path in pages.items():
        yield Ask(f"maturity: {name}", path, who="lead")
    yield Ask(
        "floor of a coordinator: an empty page",
        f"/bench/floor/{refs['own']}/",
        None,
        who="coordinator",
    )
    for name, path in {
        "rounds": network,
        "one round, closed": one,
        "one round, open": f"{network}rounds/{refs['open']}/",
        "reading a round": f"{one}reading/",
        "pairs": f"{one}pairs/",
    }.items():
        yield Ask(f"network: {name}", path, who="coordinator")
    for name, path in {
        "self-assessments": "self-assessments/",
        "one self-assessment": f"self-assessments/{refs['final']}/",
        "its ratings": f"self-assessments/{refs['final']}/ratings/",
        "its comparison": f"self-assessments/{refs['final']}/comparison/",
        "maturity actions": "maturity-actions/",
        "rounds": "rounds/",
        "what a round released": f"rounds/{refs['closed']}/releases/1/",
        "a framework": "frameworks/insites-2025/",
    }.items():
        yield Ask(f"API: {name}", f"/api/v1/{path}", bearer=key)


def next_page(text: str) -> str:
    """The cursor of the next page, from a page's links or an API answer."""
    found = re.findall(r'[?&;]cursor=([^"&\s]+)', text)
    return found[-1] if found else ""


# -- the database --------------------------------------------------------------------
@contextlib.contextmanager
def own_database(url: str, name: str, keep: bool) -> Iterator[tuple[str, bool]]:
    """Yield the URL of database ``name`` on the server of ``url``, and whether it was there already."""
    import psycopg2

    parts = urlsplit(url)

    def execute(statement: str) -> None:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    existed = False
    try:
        execute(f'CREATE DATABASE "{name}"')
    except psycopg2.errors.DuplicateDatabase:
        existed = True
    try:
        yield urlunsplit(parts._replace(path=f"/{quote(name)}")), existed
    finally:
        if not keep and not existed:
            execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def scan_time() -> float:
    """Seconds that PostgreSQL takes to read the innovations from end to end, in memory as far as they fit."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0; SET enable_indexscan = off;")
        cursor.execute("SET enable_indexonlyscan = off; SET enable_bitmapscan = off;")
        times = []
        for _ in range(3):
            began = time.perf_counter()
            cursor.execute(
                "SELECT count(received_on), count(first_decided_on), max(decision_days), max(due_on),"
                " max(clock_due_on), max(ref) FROM portfolio_innovation"
            )
            times.append(time.perf_counter() - began)
        cursor.execute("RESET max_parallel_workers_per_gather; RESET enable_indexscan;")
        cursor.execute("RESET enable_indexonlyscan; RESET enable_bitmapscan;")
    return min(times)


def compute_numbers(earlier: dict[str, Any] | None) -> dict[str, Any]:
    """Compute every month of every site as the services do; seconds.

    :param earlier: what that took when this database was filled; its months are not computed anew
    """
    from django.utils import timezone

    from hubapp.actors import system
    from hubapp.workdays import london_date
    from kpis import services
    from kpis.models import KpiContribution, KpiValue
    from kpis.validators import months_between

    by = system("bench")
    this_month = london_date(timezone.now()).replace(day=1)
    months = months_between((this_month - dt.timedelta(days=1090)).replace(day=1), this_month)
    load = os.getloadavg()[0]
    first = []
    for month in [] if earlier else months:
        began = time.perf_counter()
        services.compute(month=month, by=by)
        first.append(time.perf_counter() - began)
    again = []
    for month in months[-4:-1]:
        began = time.perf_counter()
        services.compute(month=month, by=by)
        again.append(time.perf_counter() - began)
    services.compute_due(by=by)
    began = time.perf_counter()
    services.compute_due(by=by)
    due = time.perf_counter() - began
    return {
        "months": len(months),
        "month": earlier["month"] if earlier else statistics.median(first[1:-1]),
        "all": earlier["all"] if earlier else sum(first),
        # Under how much load the two before were measured.
        "load": earlier["load"] if earlier else load,
        "again": statistics.median(again),
        "nothing_due": due,
        "values": KpiValue.objects.count(),
        "contributions": KpiContribution.objects.count(),
        "scan": scan_time(),
    }


@dataclass
class Plan:
    """What PostgreSQL did for one query."""

    sql: str
    blocks: int
    milliseconds: float
    scans: list[str]
    dropped: int
    jit: bool


def explain(sql: str, small: set[str]) -> Plan:
    """Run a query under EXPLAIN (ANALYZE, BUFFERS)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql.replace("%", "%%"), [])
        told = cursor.fetchone()[0][0]
    top = told["Plan"]
    scans: list[str] = []
    dropped = 0
    waiting = [top]
    while waiting:
        node = waiting.pop()
        waiting += node.get("Plans", [])
        if "Seq Scan" in node["Node Type"] and node["Relation Name"] not in small:
            scans.append(node["Relation Name"])
        dropped += node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
    return Plan(
        sql,
        top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        told["Execution Time"],
        scans,
        int(dropped),
        "JIT" in told,
    )


def shortened(sql: str) -> str:
    """A query as a person reads it: without the columns and the middle of long lists."""
    sql = re.sub(r"^SELECT (DISTINCT )?.{80,}? FROM ", r"SELECT \1… FROM ", sql)
    return re.sub(r"((?:-?\d+, ){3})(?:-?\d+, ){5,}", r"\1…, ", sql).replace('"', "")[:1200]


def small_tables() -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpages < %s", [SMALL_TABLE]
        )
        return {name for (name,) in cursor.fetchall()}


def read_plans(wanted: list[Ask], users: dict[str, Any]) -> list[tuple[str, Plan]]:
    """Ask for every page once in this process and explain what it read; returns the plans worth a look."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from hubapp.actors import system
    from kpis import services

    small = small_tables()
    # A page that fails is told of, and the others are measured.
    clients = {who: Client(raise_request_exception=False) for who in users}
    for who, user in users.items():
        clients[who].force_login(user, backend="accounts.backends.EmailBackend")
    anyone = Client(raise_request_exception=False)
    notable: list[tuple[str, Plan]] = []

    def explained(name: str, queries: list[dict[str, str]]) -> list[Plan]:
        plans = [
            explain(query["sql"], small) for query in queries if query["sql"].startswith("SELECT")
        ]
        for plan in plans:
            if plan.scans or plan.jit or plan.blocks > 3000 or plan.dropped > 5000:
                notable.append((name, plan))
        return plans

    for ask in wanted:
        with CaptureQueriesContext(connection) as queries:
            told = {"hx-request": "true"} if ask.part else {}
            if ask.bearer:
                anyone.get(ask.path, headers={"authorization": f"Bearer {ask.bearer}"})
            elif ask.form is not None:
                clients[ask.who].post(ask.path, ask.form, headers=told)
            else:
                clients[ask.who].get(ask.path, headers=told)
        plans = explained(ask.name, queries.captured_queries)
        ask.blocks = sum(plan.blocks for plan in plans)
        ask.scans = sorted({table for plan in plans for table in plan.scans})
    month = dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=40)
    with CaptureQueriesContext(connection) as queries:
        services.compute(month=month, by=system("bench"))
    explained("numbers of a month", queries.captured_queries)
    with CaptureQueriesContext(connection) as queries:
        services.compute_due(by=system("bench"))
    explained("what numbers are due", queries.captured_queries)
    return notable


# -- the server -------------------------------------------------------------------------
@contextlib.contextmanager
def web(port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The web process as ``runhub`` starts it, on ``port``."""
    from hubapp.management.commands.runhub import services

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    service = next(each for each in services(listener.fileno()) if each.name == "web")
    with log.open("wb") as lines:
        process = subprocess.Popen(
            list(service.argv),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            pass_fds=service.pass_fds,
            start_new_session=True,
            preexec_fn=stop_with_parent,
        )
    listener.close()
    try:
        yield process
    finally:
        legs.stop(process, signal.SIGTERM)


def memory_of(pid: int | str, what: str = "VmRSS") -> int:
    """Memory of one process, MB; ``VmHWM`` is the most it ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return round(int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024)


def workers(master: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


class Browser:
    """One persistent connection, with a session's cookie or an API key."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        from django.conf import settings

        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        # What is sent needs the same token twice; that it is ours is all the same.
        self.token = "b" * 32
        token = f"{settings.CSRF_COOKIE_NAME}={self.token}"
        self.cookies = {who: f"{cookie}; {token}" for who, cookie in cookies.items()}

    def get(self, ask: Ask) -> tuple[float, http.client.HTTPResponse, bytes]:
        headers = {"Accept": "application/json" if ask.bearer else "text/html"}
        if ask.bearer:
            headers["Authorization"] = f"Bearer {ask.bearer}"
        else:
            headers["Cookie"] = self.cookies[ask.who]
        if ask.part:
            headers["HX-Request"] = "true"
        method, sent = "GET", None
        if ask.form is not None:
            method, sent = "POST", urlencode(ask.form)
            headers |= {
                "X-CSRFToken": self.token,
                "Content-Type": "application/x-www-form-urlencoded",
            }
        for attempt in range(2):
            began = time.perf_counter()
            try:
                self.connection.request(method, ask.path, sent, headers)
                response = self.connection.getresponse()
                body = response.read()
                return time.perf_counter() - began, response, body
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # An idle connection that the server closed: open it again, and do not count that.
                self.connection.close()
                if attempt:
                    raise
        raise AssertionError


def measure(
    wanted: list[Ask], port: int, cookies: dict[str, str], rounds: int, warm_up: int
) -> None:
    """Ask for everything in turn, ``rounds`` times, and write down what each cost."""
    browser = Browser(port, cookies)
    for turn in range(warm_up + rounds):
        for ask in wanted:
            if turn and ask.status != 200:
                continue
            spent, response, body = browser.get(ask)
            if turn == 0:
                ask.status, ask.bytes = response.status, len(body)
                if ask.status != 200:
                    out(f"! {ask.name}: {ask.path} answers {ask.status}")
                    continue
            ask.queries = int(response.headers.get("X-Bench-Queries", 0))
            if turn >= warm_up:
                ask.times.append(spent * 1000)
                ask.sql.append(float(response.headers.get("X-Bench-Sql-Ms", 0)))


# -- import ----------------------------------------------------------------------------
def import_rows(rows: int) -> dict[str, float]:
    """Import a file of ``rows`` rows as the worker does, in a process that does nothing else."""
    import django

    django.setup()

    from django.core.files import File

    from accounts.models import Site
    from hubapp.actors import system
    from portfolio.services import import_runs, imports
    from tests.bench import texts

    by = system("bench")
    site = Site.objects.get(code="BENCH1")
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["external_id", "title", "innovation_type", "problem", "for_whom", "idea", "received_on",
                         "submitter_kind", "is_confidential"])  # fmt: skip
        stamp = time.time_ns()
        for row in range(rows):
            where = texts.place(row * 7)
            sentences = [text.format(where) for text in texts.IDEAS]
            day = dt.date(2024, 1, 1) + dt.timedelta(days=row % 700)
            writer.writerow([
                f"{stamp}-{row}", texts.TITLES[row % len(texts.TITLES)].format(where),
                ("service", "digital", "device", "medicine")[row % 4],
                " ".join(text.format(where) for text in texts.PROBLEMS[row % 5 : row % 5 + 3]),
                texts.FOR_WHOM[row % 5].format(where), " ".join(sentences[row % 7 : row % 7 + 7]),
                f"{day:%d/%m/%Y}", "staff", "no",
            ])  # fmt: skip
        file.flush()
        size = os.path.getsize(file.name)
        before = memory_of("self", "VmHWM")
        began, worked = time.perf_counter(), time.process_time()
        with open(file.name, "rb") as opened:
            job = imports.start_import(
                site=site, file=File(opened), file_name="bench.csv", by=by, queue=False
            )
        job = import_runs.run_import(ref=job.ref, by=by)
        while job.is_at_work:  # it stops now and then, so that other work has its turn
            job = import_runs.run_import(ref=job.ref, by=by)
        spent, worked = time.perf_counter() - began, time.process_time() - worked
    assert job.created == rows, (job.state, job.problem, job.created, job.failed)
    return {
        "rows": rows,
        "seconds": spent,
        "rate": rows / spent,
        "mb": size / 1e6,
        # Seconds that this process itself was at work; the rest went to the database and to others.
        "worked": worked,
        "before": before,
        "peak": memory_of("self", "VmHWM"),
    }


# -- the desk's jobs ---------------------------------------------------------------------
CHOSEN = 500  # the most that one press changes
COMPARED = 40  # ideas that the task of similar ideas is run for
# Each in a process of its own, whose memory is its own.
DESK_JOBS = ("bulk", "csv", "xlsx", "similar", "digest", "maturity")


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    """A transaction that is rolled back: the database stays as it was."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds and statements that some work takes; then it is taken back."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with taken_back(), CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        work()
        spent = time.perf_counter() - began
    return {"seconds": spent, "queries": len(queries)}


def desk_job(kind: str) -> dict[str, Any]:
    """Do one of the :data:`DESK_JOBS` as web process or worker do; in a process that does nothing else."""
    import django

    django.setup()
    from django.test import Client

    from portfolio.models import Innovation

    user = somebody_of_the_desk()
    client = Client()
    client.force_login(user, backend="accounts.backends.EmailBackend")
    client.get("/bench1/triage/")  # what is loaded once is loaded
    here = Innovation.objects.filter(site__code="BENCH1")
    if kind == "bulk":
        return bulk_press(client, here)
    if kind == "maturity":
        return maturity_jobs()
    if kind == "similar":
        return compare_some(here)
    if kind == "digest":
        return one_digest(user)
    return export(client, kind)


def bulk_press(client: Any, here: Any) -> dict[str, Any]:
    """One press of each button below the queue with 500 ideas ticked: the whole request, of every third time."""
    ideas = here.exclude(submission__submitter=None).order_by("-pk")
    chosen = list(ideas.values_list("pk", "ref")[:CHOSEN])
    refs = [ref for _, ref in chosen]
    verbs = {
        "assign": {"to": "nobody"},
        "tag": {"tag": "bench"},
        "priority": {"priority": "high"},
        "acknowledge": {},
    }
    told: dict[str, Any] = {"chosen": len(refs)}
    for verb, typed in verbs.items():

        def press(verb: str = verb, typed: dict[str, str] = typed) -> None:
            sent = {"do": verb, "idea": refs, "confirmed": str(len(refs)), **typed}
            response = client.post("/bench1/triage/bulk/", sent)
            assert response.status_code == 302, response.status_code

        tries = []
        for _ in range(3):
            with taken_back():
                # So that there is something to do to each; no queue of ours is ever that late.
                here.filter(pk__in=[pk for pk, _ in chosen]).update(
                    state="waiting",
                    waits_on="",
                    waits_on_function="",
                    parked_until=None,
                    follow_up_on=None,
                    acknowledged_on=None,
                    priority="",
                    exemption="",
                )
                tries.append(timed(press))
        told[verb] = min(tries, key=lambda each: each["seconds"])
    return told


def export(client: Any, kind: str) -> dict[str, Any]:
    """The whole portfolio of the big site as a file, taken as a browser takes it: piece by piece."""
    from portfolio.models import Innovation

    def take(query: str) -> int:
        response = client.get(f"/bench1/innovations/export.{kind}{query}")
        assert response.status_code == 200, response.status_code
        return sum(len(piece) for piece in response.streaming_content)

    with taken_back():
        take("?state=parked")
        before = memory_of("self", "VmHWM")
        began, worked = time.perf_counter(), time.process_time()
        size = take("")
        spent, worked = time.perf_counter() - began, time.process_time() - worked
    return {
        "rows": Innovation.objects.filter(site__code="BENCH1").count(),
        "seconds": spent,
        "worked": worked,
        "mb": size / 1e6,
        "before": before,
        "peak": memory_of("self", "VmHWM"),
    }


def compare_some(here: Any) -> dict[str, Any]:
    """What the task of similar ideas does for one idea: for forty of them, spread over the site's years."""
    from portfolio.tasks.similar import find_similar

    refs = list(here.exclude(state="withdrawn").order_by("pk").values_list("ref", flat=True))
    chosen = refs[:: max(1, len(refs) // COMPARED)][:COMPARED]
    find_similar(chosen[:1])
    tries = [timed(lambda ref=ref: find_similar([ref])) for ref in chosen]
    ranked = sorted(each["seconds"] for each in tries)
    return {
        "ideas": len(chosen),
        "median": statistics.median(ranked),
        "p95": ranked[round(0.95 * (len(ranked) - 1))],
        "queries": statistics.median(each["queries"] for each in tries),
    }


def maturity_jobs() -> dict[str, Any]:
    """Closing the open round of 250 sites, and the board report of one site as PDF."""
    from hubapp.actors import system
    from maturity.board_report import pdf_of
    from maturity.models import Round, SelfAssessment
    from maturity.queries import actions, board, reading
    from maturity.services import closing

    going_on = Round.objects.filter(state="open").select_related("framework", "network")[0]
    final = SelfAssessment.objects.filter(site__code="BENCH1", state="final").order_by("-pk")
    assessment = final.select_related("round__framework", "site")[0]

    def written() -> None:
        said = reading.reading_of(assessment)
        pdf_of(board.document_of(said, actions.open_actions_for(assessment)))

    written()
    return {
        "closing": timed(lambda: closing.close(round=going_on, by=system("bench"))),
        "pdf": min((timed(written) for _ in range(3)), key=lambda each: each["seconds"]),
        "sites": going_on.assessments.filter(state="submitted").count(),
    }


def one_digest(user: Any) -> dict[str, Any]:
    """The daily mail of somebody at the big site; and asking for everybody's."""
    from django.utils import timezone

    from accounts import mails
    from accounts.services.digest import send_digests
    from hubapp.notifications.models import Delivery
    from hubapp.workdays import LONDON, add_working_days, london_date

    today = london_date(timezone.now())
    delivery = Delivery(context={"user": user.ref, "on": today.isoformat()})
    mails.digest(delivery)
    tries = [timed(lambda: mails.digest(delivery)) for _ in range(5)]
    morning = dt.datetime.combine(add_working_days(today, 1), dt.time(8), tzinfo=LONDON)
    people = 0

    def everybody() -> None:
        nonlocal people
        people = send_digests(now=morning)

    asked = timed(everybody)
    middle = sorted(tries, key=lambda each: each["seconds"])[len(tries) // 2]
    return {**middle, "people": people, "asked": asked["seconds"]}


def somebody_of_the_desk() -> Any:
    """One of the hub staff of the big site, who is an executive at a small one."""
    from accounts.models import Membership

    held = Membership.objects.filter(site__code="BENCH1", role="hub_staff")
    return held.order_by("user_id").select_related("user")[0].user


def somebody_of_maturity() -> dict[str, Any]:
    """A lead of the big site, and a coordinator of its network."""
    from accounts.models import Membership, NetworkMembership

    lead = Membership.objects.filter(site__code="BENCH1", role="site_lead").order_by("pk")
    coordinator = NetworkMembership.objects.filter(ended_at=None).order_by("pk")
    return {
        "lead": lead.select_related("user")[0].user,
        "coordinator": coordinator.select_related("user")[0].user,
    }


def in_own_process(*arguments: str) -> dict[str, Any]:
    """What this program says when it is called with ``arguments``."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


# -- what it is told as ------------------------------------------------------------------
def machine() -> dict[str, str]:
    import django
    from django.db import connection

    model = ""
    with contextlib.suppress(OSError):
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        model = found[1].strip() if found else ""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        size = cursor.fetchone()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "machine": f"{os.cpu_count()} cores ({model or platform.machine()}), {memory:.0f} GB",
        "software": f"Python {platform.python_version()}, Django {django.__version__}, PostgreSQL {version}",
        "database": size,
        "cache": "Redis" if os.environ.get("REDIS_URL") else "files",
    }


def table(wanted: list[Ask], earlier: dict[str, float]) -> list[str]:
    """The Markdown table of pages; what misses its target is bold."""
    floor = next(ask for ask in wanted if ask.name.startswith("floor")).quantile(0.5)
    bare = next(ask for ask in wanted if ask.name == "bare view").quantile(0.5)
    growth = " grown |" if earlier else ""
    lines = [
        f"| page or endpoint | queries | blocks | bytes | SQL ms | p50 ms | p95 ms | × floor | at most | × bare |{growth}",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|" + ("--:|" if earlier else ""),
    ]
    for ask in wanted:
        if not ask.times:
            lines.append(f"| {ask.name} | answered {ask.status} |" + " |" * (8 + bool(earlier)))
            continue
        p50 = ask.quantile(0.5)
        ratio = f"{p50 / floor:.1f}"
        if ask.most and p50 / floor > ask.most:
            ratio = f"**{ratio}**"
        queries = f"**{ask.queries}**" if ask.queries > MOST_QUERIES else str(ask.queries)
        cells = [
            ask.name, queries, f"{ask.blocks:,}", f"{ask.bytes:,}", f"{statistics.median(ask.sql):.1f}",
            f"{p50:.1f}", f"{ask.quantile(0.95):.1f}", ratio, f"{ask.most:g}" if ask.most else "", f"{p50 / bare:.0f}",
        ]  # fmt: skip
        if earlier:
            before = earlier.get(ask.name)
            grown = f"{p50 / floor / before:.2f}" if before else ""
            cells.append(f"**{grown}**" if before and p50 / floor / before > MOST_GROWTH else grown)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def desk_rows(desk: dict[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The desk's jobs, as (what, measured, at most)."""
    bulk, like, mail = desk["bulk"], desk["similar"], desk["digest"]
    rows = [
        (f"one press: {verb} {bulk['chosen']} ideas", f"{bulk[verb]['seconds']:.2f} s,"
         f" {bulk[verb]['queries']:.0f} statements", "")
        for verb in ("assign", "tag", "priority", "acknowledge")
    ]  # fmt: skip
    for kind in ("csv", "xlsx"):
        each = desk[kind]
        rows.append(
            (f"export of {each['rows']:,} ideas as {kind.upper()} ({each['mb']:.1f} MB)",
             f"{each['seconds']:.1f} s, {each['rows'] / each['seconds']:,.0f} rows/s;"
             f" {each['worked'] / each['seconds']:.0%} of the time in Python;"
             f" {each['peak']:.0f} MB at most, {each['before']:.0f} before", "memory flat")
        )  # fmt: skip
    rows += [
        ("finding what looks like one idea, in the worker", f"{like['median'] * 1000:.0f} ms (p95"
         f" {like['p95'] * 1000:.0f} ms), {like['queries']:.0f} statements", ""),
        ("the digest of one person", f"{mail['seconds'] * 1000:.0f} ms, {mail['queries']:.0f} statements", ""),
        (f"asking for the digests of {mail['people']:,} people", f"{mail['asked']:.2f} s", ""),
    ]  # fmt: skip
    maturity = desk["maturity"]
    rows += [
        (f"closing a round in which {maturity['sites']} sites submitted", f"{maturity['closing']['seconds']:.2f} s,"
         f" {maturity['closing']['queries']:.0f} statements", ""),
        ("the board report of one site, as PDF", f"{maturity['pdf']['seconds']:.2f} s,"
         f" {maturity['pdf']['queries']:.0f} statements", ""),
    ]  # fmt: skip
    return rows


def report(n: int, told: dict[str, Any], wanted: list[Ask], earlier: dict[str, float]) -> str:
    """The section of docs/benchmarks.md for one N."""
    numbers, imports, memory, where = (
        told["numbers"],
        told["imports"],
        told["memory"],
        told["where"],
    )
    lines = [
        f"## N={n:,}",
        "",
        f"`{told['command']}` on {told['date']}: {where['machine']}; {where['software']}, cache {where['cache']};"
        f" database {where['database']}; {told['rounds']} requests to each page over one connection, after"
        f" {told['warm_up']} to warm up. Load of the machine before it began: {told['load']:.1f}.",
        "",
        *table(wanted, earlier),
        "",
        "| what | measured | at most |",
        "|---|--:|--:|",
    ]
    scan = numbers["scan"]

    def over(seconds: float) -> str:
        return f"{seconds:.2f} s = {seconds / scan:.1f} × the scan"

    rows = [
        ("reading the innovations from end to end, once", f"{scan:.2f} s", ""),
        (f"numbers of a month, all 250 sites, nothing stored yet (when the database was filled, under a load"
         f" of {numbers['load']:.1f})", over(numbers["month"]), "3 ×"),
        ("numbers of a month, all 250 sites, nothing changed", over(numbers["again"]), "3 ×"),
        ("asking which numbers are due, none is", over(numbers["nothing_due"]), ""),
        (f"numbers of all {numbers['months']:.0f} months ({numbers['contributions']:,} records behind"
         f" {numbers['values']:,} values)", f"{numbers['all']:.0f} s", ""),
    ]  # fmt: skip
    rows += [
        (f"import of {each['rows']:,} rows ({each['mb']:.1f} MB), one worker",
         f"{each['rate']:,.0f} rows/s; {each['worked'] / each['seconds']:.0%} of the time in Python;"
         f" {each['peak']:.0f} MB at most, {each['before']:.0f} before", "at least 1,000/s")
        for each in imports
    ]  # fmt: skip
    rows += desk_rows(told["desk"])
    rows += [
        ("memory of the busiest web process, after the warm-up and at the end",
         f"{memory['warm']} and {memory['end']} MB", "no growth"),
    ]  # fmt: skip
    if told["fill"]:
        rows.append(("filling the database", f"{told['fill']:.0f} s", ""))
    lines += [f"| {what} | {value} | {most} |" for what, value, most in rows]
    scanned = [(ask.name, ask.scans) for ask in wanted if ask.scans]
    lines.append("")
    if scanned:
        lines.append("Read from end to end, which no page should:")
        lines += [f"- {name}: {', '.join(tables)}" for name, tables in scanned]
    else:
        lines.append(
            f"No page reads a table of more than {SMALL_TABLE * 8 / 1000:.1f} MB from end to end."
        )
    return "\n".join(lines) + "\n"


INTRODUCTION = """# Benchmarks

Written by `make bench N=10000|100000|1000000`, which fills a PostgreSQL database of its own with N invented
innovations over 250 sites and three years (`tests/bench/fill.py`; a test holds its rows against the services' own
rules) and twelve maturity rounds of all those sites (`tests/bench/rounds.py`), starts the web process as `make run` does, and asks for every page in turn, round after round, over one
persistent connection. The site that is measured is the largest: it has a tenth of all records.

- **floor**: an empty page of a site in the product's own frame, with session, user, memberships and navigation;
  **bare**: session, user and a template of twenty lines. Both in the same run. Milliseconds depend on the machine and
  on what else it does; ratios hardly do.
- **queries**: statements sent to the database. **blocks**: blocks of 8 kB that the database looked at to answer them:
  what does not scale shows there first. **SQL ms**: time until the database had answered, as the web process saw it.
- **at most**: first targets, meant for N=1,000,000. What misses its target is bold; at most 12 queries anywhere.
  **grown**: × floor here over × floor at N=10,000, at most 1.3.
- **one press**: the whole request with 500 ideas ticked, the quickest of three, each taken back. An export is taken
  piece by piece, as a browser takes it. Each of the desk's jobs runs in a process of its own, so that its memory is.
- The numbers of a month are set against one reading of the innovations from end to end. With few innovations that
  reading takes no time, and what is measured is the writing of 750 values with their events.
"""


def write(n: int, section: str) -> None:
    """Put the section of this N into docs/benchmarks.md, in the place of the one before."""
    path = ROOT / "docs" / "benchmarks.md"
    sections: dict[int, str] = {}
    if path.exists():
        for match in re.finditer(r"^## N=([\d,]+)\n.*?(?=^## |\Z)", path.read_text(), re.S | re.M):
            sections[int(match[1].replace(",", ""))] = match[0].rstrip() + "\n"
    sections[n] = section
    path.write_text("\n".join([INTRODUCTION, *(sections[key] for key in sorted(sections))]))


def earlier_numbers(n: int) -> dict[str, Any] | None:
    """What the numbers of every month took when the database was filled, if they are all there."""
    from kpis.models import KpiMonth

    path = RESULTS / f"{n}.json"
    if not path.exists() or KpiMonth.objects.count() < SITES:
        return None
    numbers = json.loads(path.read_text())["numbers"]
    return numbers if "load" in numbers else None


def earlier_times(n: int) -> dict[str, float]:
    """What each page cost at N=10,000 as a multiple of the floor, if that was measured."""
    path = RESULTS / "10000.json"
    if n == 10_000 or not path.exists():
        return {}
    p50 = json.loads(path.read_text())["p50"]
    return {name: spent / p50["floor: empty page"] for name, spent in p50.items()}


# -- all of it --------------------------------------------------------------------------
def some_refs() -> dict[str, str]:
    """Records of the big site that pages are opened for."""
    from django.db.models import Count, Max

    from accounts.models import Membership
    from portfolio.models import Innovation, Need, SimilarIdea

    here = Innovation.objects.filter(site__code="BENCH1", is_confidential=False)
    decided = here.exclude(first_decided_on=None).exclude(submission=None)
    latest = here.aggregate(at=Max("updated_at"))["at"]
    pair = SimilarIdea.objects.filter(innovation__in=here, other__in=here).order_by("-pk")
    like, liked = pair.values_list("innovation__ref", "other__ref")[0]
    month = (dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    return {
        # One to which much happened.
        "decided": decided.filter(assessments__isnull=False).annotate(moved=Count("moves", distinct=True))
        .order_by("-moved", "pk").values_list("ref", flat=True)[0],
        "waiting": here.filter(state="waiting").order_by("queued_at").values_list("ref", flat=True)[0],
        "colleague": Membership.objects.filter(site__code="BENCH1", role="hub_staff").order_by("-user_id")
        .values_list("user__ref", flat=True)[0],
        "need": Need.objects.filter(site__code="BENCH1").order_by("pk").values_list("ref", flat=True)[0],
        "like": like,
        "liked": liked,
        "month": f"{month:%Y-%m}",
        "year": f"{month.replace(year=month.year - 1):%Y-%m}-01",
        "since": f"{latest - dt.timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}",
    }  # fmt: skip


def maturity_refs() -> dict[str, str]:
    """Rounds and self-assessments that pages are opened for."""
    from accounts.models import Membership, NetworkMembership
    from maturity.models import Round, SelfAssessment, SubDomain

    latest = Round.objects.filter(state="closed").order_by("-closes_on")[0]
    going_on = Round.objects.filter(state="open").order_by("-closes_on")[0]
    here = SelfAssessment.objects.filter(site__code="BENCH1")
    rated = SubDomain.objects.filter(framework=latest.framework, indicators__isnull=False)
    coordinator = NetworkMembership.objects.filter(ended_at=None).order_by("pk")[0].user_id
    return {
        "network": latest.network_slug,
        "closed": latest.ref,
        "open": going_on.ref,
        "final": here.get(round=latest).ref,
        "draft": here.get(round=going_on).ref,
        "sub_domain": rated.order_by("pk").values_list("code", flat=True)[0],
        "own": Membership.objects.filter(user=coordinator).order_by("pk")[0].site.slug,
    }


def command(n: int, given: argparse.Namespace) -> str:
    """What was typed, as make takes it."""
    said = [f"--rounds {given.rounds}"] if given.rounds != ROUNDS else []
    if not given.database.startswith(OWN):
        said.append("--database …")
    return f"make bench N={n}" + (f' ARGS="{" ".join(said)}"' if said else "")


def bench(given: argparse.Namespace, existed: bool, port: int, scratch: Path) -> None:
    import django

    n, rounds = given.n, given.rounds

    load = os.getloadavg()[0]
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.models import Site
    from accounts.services.keys import create_key
    from hubapp.actors import system
    from maturity.models import Round
    from tests.bench.fill import fill
    from tests.bench.rounds import fill_rounds

    call_command("collectstatic", interactive=False, verbosity=0)
    began = time.monotonic()
    if not existed:
        call_command("migrate", interactive=False, verbosity=0)
        fill(n, say=lambda text: out(f"  {text}"))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        out(f"filled in {time.monotonic() - began:.0f} s")
    if not Round.objects.exists():
        fill_rounds(say=lambda text: out(f"  {text}"))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    if existed:
        # What an earlier run wrote: a database in use is tidied by itself meanwhile.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    filled = 0.0 if existed else time.monotonic() - began
    numbers = compute_numbers(earlier_numbers(n) if existed else None)
    out(f"numbers: {json.dumps({key: round(value, 3) for key, value in numbers.items()})}")
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM (ANALYZE) kpis_kpivalue, kpis_kpicontribution, kpis_kpimonth, hubapp_event"
        )

    site = Site.objects.get(code="BENCH1")
    user = somebody_of_the_desk()
    scopes = [
        "kpis:read", "innovations:read", "enquiries:read", "needs:read", "sites:read", "maturity:read",
    ]  # fmt: skip
    _, key = create_key(site=site, name="Bench", scopes=scopes, by=system("bench"))
    wanted = asks(some_refs() | maturity_refs(), key)
    users = {"desk": user, **somebody_of_maturity()}
    # A page that fails is told of, and the others are measured.
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="accounts.backends.EmailBackend")
    for ask in wanted:
        if ask.after:
            cursor_of = next_page(client.get(ask.path).content.decode())
            ask.path += f"{'&' if '?' in ask.path else '?'}cursor={cursor_of}"
    notable = read_plans(wanted, users)
    for name, plan in sorted(notable, key=lambda pair: -pair[1].blocks):
        out(
            f"? {name}: {plan.blocks:,} blocks, {plan.milliseconds:.1f} ms, {plan.dropped:,} rows looked at in vain"
            f"{', scans ' + ', '.join(plan.scans) if plan.scans else ''}{', JIT' if plan.jit else ''}\n"
            f"    {shortened(plan.sql)}"
        )
    cookies = {}
    for who, each in users.items():
        signed_in = Client()
        signed_in.force_login(each, backend="accounts.backends.EmailBackend")
        session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
        cookies[who] = f"{settings.SESSION_COOKIE_NAME}={session}"
    connection.close()
    with web(port, scratch / "web.log") as process:
        legs.await_port(process, port, scratch / "web.log", "web process")
        measure(wanted, port, cookies, 0, given.warm_up)
        warm = max(map(memory_of, workers(process.pid)))
        for ask in wanted:
            ask.times, ask.sql = [], []
        measure(wanted, port, cookies, rounds, given.warm_up)
        memory = {"warm": warm, "end": max(map(memory_of, workers(process.pid)))}
    desk = {kind: in_own_process("--desk-job", kind) for kind in DESK_JOBS}
    imports = [in_own_process("--import-rows", str(rows)) for rows in IMPORT_ROWS]
    told = {
        "date": f"{dt.datetime.now(dt.UTC):%-d %B %Y}",
        "numbers": numbers,
        "imports": imports,
        "desk": desk,
        "memory": memory,
        "where": machine(),
        "rounds": rounds,
        "warm_up": 2 * given.warm_up,
        "command": command(n, given),
        "load": load,
        "fill": filled,
    }
    section = report(n, told, wanted, earlier_times(n))
    out()
    out(section)
    write(n, section)
    RESULTS.mkdir(exist_ok=True)
    kept = {"p50": {ask.name: round(ask.quantile(0.5), 2) for ask in wanted if ask.times}, **told}
    (RESULTS / f"{n}.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure Hubapp on PostgreSQL.")
    parser.add_argument("n", nargs="?", type=int, default=int(os.environ.get("N") or 10_000))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--database", default=f"{OWN}{os.getpid()}")
    parser.add_argument("--warm-up", type=int, default=WARM_UP)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--import-rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--desk-job", choices=DESK_JOBS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.import_rows:
        out(json.dumps(import_rows(given.import_rows)))
        return 0
    if given.desk_job:
        out(json.dumps(desk_job(given.desk_job)))
        return 0

    def end(sig: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + sig)  # so that every server is stopped on the way out

    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, end)
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hubapp-bench-")))
        scratch.chmod(0o755)  # the user that PostgreSQL runs as must reach its own folder
        cluster = scratch / "postgresql-cluster"
        cluster.mkdir()
        server = stack.enter_context(legs.postgresql(cluster, SERVER))
        if server is None:
            out(f"The benchmark needs PostgreSQL: {legs.INSTALL['PostgreSQL']}")
            return 1
        url, existed = stack.enter_context(own_database(server, given.database, given.keep))
        rd = stack.enter_context(legs.redis(scratch))
        port = legs.free_port()
        for name in ("DEMO", "SECRET_KEY", "SITE_URL", "EMAIL_URL", "STATIC_ROOT"):
            os.environ.pop(name, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "DATABASE_URL": url,
            "DATA_DIR": str(scratch / "data"),
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
        }
        if rd:
            os.environ["REDIS_URL"] = rd
        else:
            os.environ.pop("REDIS_URL", None)
        try:
            bench(given, existed, port, scratch)
        except KeyboardInterrupt:
            out("\nStopped.")
            return 130
        finally:
            if "django" in sys.modules:
                from django.db import connections

                with contextlib.suppress(Exception):
                    connections.close_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
