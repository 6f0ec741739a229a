"""``manage.py import_innovations FILE --site DEMO1``: bring innovations in from a CSV or XLSX file.

Ends with status 0 when every row was added (or with ``--dry-run`` would be) or
is already here, otherwise with 1.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Site
from hubapp.actors import system
from hubapp.problems import Refused
from portfolio.enums import ImportState
from portfolio.mapping import Mapping, MappingProblem
from portfolio.models import ImportJob
from portfolio.queries.imports import rows_not_added, rows_to_look_at
from portfolio.services import import_runs, imports

BY = system("import_innovations")
POLL_SECONDS = 0.25
# Without a terminal, progress is a line now and then instead of one that changes.
SAY_EVERY_SECONDS = 5
# A worker that says nothing for so long is gone, and nobody took its place.
GIVE_UP_AFTER_SECONDS = 300


def counted(number: int, thing: str) -> str:
    """ "1 row", "1,200 rows"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


class Command(BaseCommand):
    help = (
        "Bring innovations into a site from a CSV or XLSX file. Its headings are our own (title, innovation_type …),"
        " were explained on the import page before, or are explained by --mapping."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the CSV or XLSX file")
        parser.add_argument("--site", required=True, help="the site's code, such as DEMO1")
        parser.add_argument(
            "--here", action="store_true", help="read it in this process, without a worker"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count what would be added")
        parser.add_argument(
            "--mapping",
            metavar="FILE",
            help="a JSON file that says what the columns mean (docs/import.md)",
        )
        parser.add_argument(
            "--wait", type=float, default=30, metavar="SECONDS",
            help="how long to wait for a worker to take the job (default: 30)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        site = self._site(options["site"])
        path = Path(options["file"])
        mapping = self._mapping(options["mapping"]) if options["mapping"] else None
        try:
            with path.open("rb") as opened:
                job = imports.start_import(
                    site=site,
                    file=File(opened),
                    file_name=path.name,
                    by=BY,
                    queue=not options["here"],
                    dry_run=options["dry_run"],
                    mapping=mapping,
                )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from error
        except Refused as error:
            raise CommandError(f"{path.name}: {error}") from error
        self.stdout.write(f"{job.file_name} for {site.name} ({site.code}), import {job.ref}")
        if options["here"]:
            import_runs.run_import(ref=job.ref, by=BY)
            job.refresh_from_db()
        if job.is_at_work:
            try:
                self._wait_for(job, options["wait"])
            except KeyboardInterrupt:
                raise CommandError(
                    f"Stopped waiting. The import goes on without this command: {job.get_absolute_url()}"
                ) from None
        self._tell(job)
        if job.state in (ImportState.FAILED, ImportState.MAPPING) or job.failed:
            sys.exit(1)

    def _mapping(self, name: str) -> Mapping:
        try:
            return Mapping.read(json.loads(Path(name).read_text(encoding="utf-8")))
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror or error}.") from error
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{name} is not JSON: {error}.") from error
        except MappingProblem as problem:
            raise CommandError(f"{name}: {problem}") from problem

    def _site(self, code: str) -> Site:
        site = Site.objects.filter(code__iexact=code.strip()).first()
        if site is None:
            codes = ", ".join(Site.objects.order_by("code").values_list("code", flat=True)[:20])
            known = f"Sites: {codes}." if codes else "There is no site yet."
            raise CommandError(f"There is no site with the code {code}. {known}")
        return site

    def _wait_for(self, job: ImportJob, seconds: float) -> None:
        """Watch the job's row until it is over, saying how far it is."""
        began = said = time.monotonic()
        while True:
            job.refresh_from_db()
            if not job.is_at_work:
                break
            now = time.monotonic()
            if job.state == ImportState.QUEUED and now - began > seconds:
                raise CommandError(
                    f"No worker took the import within {seconds:g} seconds. It waits, and begins as soon as"
                    " one runs. Start one with `make run` (or `celery -A hubapp worker`), or read the file in"
                    " this process: add --here to the command."
                )
            if (
                job.heard_at
                and (timezone.now() - job.heard_at).total_seconds() > GIVE_UP_AFTER_SECONDS
            ):
                raise CommandError(
                    f"The worker stopped after {counted(job.read, 'row')}. The import goes on where it stopped"
                    " as soon as one runs: start one with `make run`."
                )
            if self.stdout.isatty():
                self.stdout.write(f"\r{self._progress(job)}   ", ending="")
                self.stdout.flush()
            elif now - said > SAY_EVERY_SECONDS:
                self.stdout.write(self._progress(job))
                said = now
            time.sleep(POLL_SECONDS)
        if self.stdout.isatty():
            self.stdout.write("\r" + " " * 60 + "\r", ending="")

    @staticmethod
    def _progress(job: ImportJob) -> str:
        if job.state == ImportState.QUEUED:
            return "Waiting for a worker …"
        if job.total is None:
            return "Looking through the file …"
        return f"Read {job.read:,} of {job.total:,} rows …"

    def _tell(self, job: ImportJob) -> None:
        """What became of the file, or would."""
        if job.state == ImportState.MAPPING:
            found = ", ".join(f"“{column['name']}”" for column in job.columns)
            self.stderr.write(
                self.style.ERROR(
                    f"Nobody has said what these columns mean: {found}. Say it on the import page, or by --mapping."
                )
            )
            return
        if job.ignored:
            self.stdout.write(f"Columns not used: {', '.join(job.ignored)}")
        for row in rows_not_added(job).order_by("number").iterator(chunk_size=500):
            self.stdout.write(f"Line {row.number}: {row.reason}")
        for row in rows_to_look_at(job).order_by("number").iterator(chunk_size=500):
            ref = row.innovation.ref if row.innovation else "it"
            self.stdout.write(f"Line {row.number}, added: {row.reason} Look at {ref}.")
        types = ", ".join(f"{count:,} {kind.value}" for kind, count in job.counts_by_type)
        is_counted = job.state == ImportState.CHECKED
        added, not_added = (
            ("Would be added:", "Cannot be added:") if is_counted else ("Added:", "Not added:")
        )
        width = 17 if is_counted else 14
        self.stdout.write(f"{added:<{width}}{job.created:,} ({types})")
        self.stdout.write(f"{'Already here:':<{width}}{job.unchanged:,}")
        self.stdout.write(f"{not_added:<{width}}{job.failed:,}")
        if job.undated:
            are = "has" if job.undated == 1 else "have"
            verb = "is" if job.undated == 1 else "are"
            self.stdout.write(
                f"{counted(job.undated, 'row')} {are} no received date and {verb} left out of the monthly numbers."
            )
        if job.problem:
            self.stderr.write(self.style.ERROR(job.problem))
