"""Bringing innovations in from a file: what people say of an import.

A job is a row that a task works through (:mod:`portfolio.services.import_runs`):
it looks through the file, counts what would be added, adds it, and takes it
out again. Between these the job may wait for somebody, who says here what the
columns mean, that it be imported, or that it be undone.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q

from accounts.models import Site
from hubapp import events, instants, outbox
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio import readers
from portfolio.enums import IMPORT_ASKS, IMPORT_OVER, ImportState, ImportStep
from portfolio.mapping import TO_CORRECT, Mapping, fingerprint_of, is_to_correct
from portfolio.models import ImportJob, ImportMapping
from portfolio.queries.imports import touched_by_import
from portfolio.rows import is_heading

TOPIC = "portfolio.run_import"
# The file may hold more than was taken from it (columns that are not used), so it goes.
FILE_KEPT = dt.timedelta(days=30)
NEVER_SAID = "Nobody said to import it for 30 days, so the file was deleted. Choose it again."
EMPTY = "The file is empty. Choose a file with a heading row and at least one row below it."
GONE = "The file is no longer here. Choose it again."
# What a file's counts begin with.
NOTHING_YET: dict[str, Any] = {
    "read": 0,
    "created": 0,
    "unchanged": 0,
    "failed": 0,
    "undated": 0,
    "doubted": 0,
    "by_type": {},
}
CHANGED = (
    "Somebody else changed this import since you opened it. Look at what they did, then go on."
)


def check_file(file: IO[bytes]) -> None:
    """Whether a table can be read from this file. Does not unpack a workbook.

    :raises readers.Unreadable: with the sentence that says why not
    """
    file.seek(0)
    if readers.looks_like_workbook(file.read(4)):
        readers.check_archive(file)
        return
    if next(readers.records_of(file, chooses=is_heading), None) is None:
        raise readers.Unreadable(EMPTY)


def start_import(
    *,
    site: Site,
    file: File,
    file_name: str,
    by: Actor,
    queue: bool = True,
    dry_run: bool = False,
    mapping: Mapping | None = None,
) -> ImportJob:
    """Keep the file and make the job that reads it.

    The same file sent twice while the first is not through (a double click)
    gives the first job.

    :param file: its bytes; read in chunks
    :param queue: False when the caller runs it itself
    :param dry_run: stop once it is counted, and before that where somebody has to say what the
        columns mean; else the job adds what it can, or fails with a sentence
    :param mapping: what the columns mean; None: as this site said of files with the same headings,
        or the headings are our own names
    :raises Refused: empty, or larger than ``IMPORT_MAX_BYTES``
    """
    size, digest = 0, hashlib.sha256()
    for chunk in file.chunks():
        size += len(chunk)
        if size > settings.IMPORT_MAX_BYTES:
            raise Refused(too_large())
        digest.update(chunk)
    if not size:
        raise Refused(EMPTY)
    stored_as = f"{site.code}/{digest.hexdigest()}"
    if not default_storage.exists(stored_as):
        file.seek(0)
        stored_as = default_storage.save(stored_as, file)
    said = mapping.as_json() if mapping else {}
    now = instants.now()
    with transaction.atomic():
        same_file = ImportJob.objects.filter(site=site, stored_as=stored_as, dry_run=dry_run)
        open_ones = same_file.exclude(state__in=IMPORT_OVER).order_by("pk")
        earlier = next((job for job in open_ones if not said or job.mapping == said), None)
        if earlier:
            if earlier.state == ImportState.CHECKED:
                # Counted some time ago: somebody who sends it again wants to see today's counts.
                _go_on(earlier, ImportStep.CHECK, None, **NOTHING_YET)
                events.record("import.counted_again", by=by, subject=earlier)
            return earlier
        job = ImportJob.objects.create(
            site=site,
            file_name=_name_of(file_name),
            stored_as=stored_as,
            dry_run=dry_run,
            mapping=said,
            queued_at=now,
            heard_at=None if queue else now,
            actor_kind=by.kind,
            actor_ref=by.ref,
        )
        events.record(
            "import.started", by=by, subject=job, changes={"bytes": size, "dry_run": dry_run}
        )
        if queue:
            enqueue(job)
    return job


def enqueue(job: ImportJob) -> None:
    """Have a worker go on with the job. Inside a transaction."""
    outbox.add(TOPIC, {"ref": job.ref}, key=f"import:{job.ref}")


def too_large() -> str:
    """The sentence for a file above the limit."""
    return (
        f"The file is larger than {settings.IMPORT_MAX_BYTES // 1_000_000} MB."
        " Split it into smaller files and import them one after the other."
    )


def _name_of(file_name: str) -> str:
    name = PurePath(file_name.replace("\\", "/")).name or "file"
    return "".join(character if character.isprintable() else "_" for character in name)[:200]


# -- what somebody says of it -----------------------------------------------------


@transaction.atomic
def map_columns(
    *, job: ImportJob, mapping: Mapping, by: Actor, version: int | None = None
) -> ImportJob:
    """Say what the columns mean; the file is counted (again), and the site remembers it for such files.

    :raises MappingProblem: it does not fit the file's columns
    :raises Refused: nothing is asked of this import
    :raises Stale: somebody else said something since
    """
    if job.state not in IMPORT_ASKS:
        raise Refused("This import is past the point where its columns can be changed.")
    mapping.check_against(column["name"] for column in job.columns)
    names = [column["name"] for column in job.columns]
    ignored = [name[:60] for name in names if name not in mapping.columns]
    if is_to_correct(names):
        ignored = ignored[len(TO_CORRECT) :]
    _go_on(
        job,
        ImportStep.CHECK,
        version,
        mapping=mapping.as_json(),
        ignored=ignored[:50],
        problem="",
        **NOTHING_YET,
    )
    remember_mapping(job=job, by=by)
    events.record(
        "import.mapped",
        by=by,
        subject=job,
        # Only our own fields: headings are the person's own words.
        changes={"fields": sorted({*mapping.columns.values(), *mapping.constants})},
    )
    return job


def remember_mapping(*, job: ImportJob, by: Actor) -> None:
    """Keep what the job's columns mean for the next file with the same headings. Inside a transaction."""
    ImportMapping.objects.update_or_create(
        site_id=job.site_id,
        fingerprint=job.fingerprint,
        defaults={
            "mapping": job.mapping,
            "updated_at": instants.now(),
            "actor_kind": by.kind,
            "actor_ref": by.ref,
        },
    )


@transaction.atomic
def confirm_import(*, job: ImportJob, by: Actor, version: int | None = None) -> ImportJob:
    """Import what was counted.

    :param version: the job's version on the page that showed the counts
    :raises Refused: it is not counted, or its file is gone
    :raises Stale: the columns were said anew since
    """
    if job.state != ImportState.CHECKED:
        raise Refused("This import is not waiting to be confirmed.")
    if not job.stored_as or not default_storage.exists(job.stored_as):
        raise Refused(GONE)
    counted = job.created
    _go_on(job, ImportStep.ADD, version, **NOTHING_YET)
    events.record("import.confirmed", by=by, subject=job, changes={"would_create": counted})
    return job


@transaction.atomic
def undo_import(*, job: ImportJob, by: Actor, version: int | None = None) -> ImportJob:
    """Take out again everything that this import added, while nobody did anything to it.

    :raises Refused: nothing to take out, or somebody worked on some of it
    :raises Stale: somebody else said something of the import since
    """
    if job.state not in (ImportState.DONE, ImportState.FAILED) or job.created <= job.undone:
        raise Refused("There is nothing to undo in this import.")
    if touched_by_import(job).exists():
        raise Refused(
            "Somebody has worked on what this import added, so it can no longer be undone as a whole."
        )
    _go_on(
        job,
        ImportStep.UNDO,
        version,
        problem="",
        undo_actor_kind=by.kind,
        undo_actor_ref=by.ref,
    )
    events.record("import.undo_started", by=by, subject=job, changes={"created": job.created})
    return job


def _go_on(job: ImportJob, step: str, version: int | None, **columns: Any) -> None:
    """Set what is said and queue the next step, if nobody else said anything since the job was read."""
    if version is not None and version != job.version:
        raise Stale(CHANGED)
    columns |= {
        "step": step,
        "state": ImportState.QUEUED,
        # From now on it waits for a worker.
        "heard_at": instants.now(),
        "finished_at": None,
        "tries": 0,
        "version": job.version + 1,
    }
    here = ImportJob.objects.filter(pk=job.pk, version=job.version, state=job.state)
    if not here.update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(job, name, value)
    enqueue(job)


# -- the file --------------------------------------------------------------------


@contextmanager
def opened(job: ImportJob) -> Iterator[IO[bytes]]:
    """The job's file.

    :raises readers.Unreadable: it is gone
    """
    try:
        file = default_storage.open(job.stored_as, "rb") if job.stored_as else None
    except OSError:
        file = None
    if file is None:
        raise readers.Unreadable(GONE)
    try:
        yield file
    finally:
        file.close()


def records_in(job: ImportJob, file: IO[bytes]) -> Iterator[readers.Record]:
    """The rows of the job's file, the heading row first: of the sheet that was looked at."""
    return readers.records_of(
        file,
        chooses=lambda cells: (
            fingerprint_of(cells) == job.fingerprint if job.fingerprint else is_heading(cells)
        ),
    )


def forget_files(*, by: Actor) -> int:
    """Delete the files of imports that ended :data:`FILE_KEPT` ago; returns how many jobs lost theirs.

    What was taken from them stays. Columns that are not used may hold names
    and addresses, which live nowhere else. An import that nobody confirmed for
    so long ends with its file.
    """
    before = instants.now() - FILE_KEPT
    is_old = Q(finished_at__lt=before) | Q(state__in=IMPORT_ASKS, queued_at__lt=before)
    forgotten = 0
    for job in ImportJob.objects.filter(is_old).exclude(stored_as="").order_by("pk")[:500]:
        stored_as = job.stored_as
        if ImportJob.objects.filter(stored_as=stored_as).exclude(is_old).exists():
            continue
        ended: dict[str, Any] = {"stored_as": "", "columns": []}
        if job.state in IMPORT_ASKS:
            ended |= {
                **NOTHING_YET,
                "state": ImportState.FAILED,
                "problem": NEVER_SAID,
                "finished_at": instants.now(),
                "version": F("version") + 1,
            }
        with transaction.atomic():
            if not ImportJob.objects.filter(pk=job.pk, state=job.state).update(**ended):
                continue
            events.record("import.file_deleted", by=by, subject=job)
        if not ImportJob.objects.filter(stored_as=stored_as).exists():
            default_storage.delete(stored_as)
        forgotten += 1
    return forgotten


def rows_to_correct(*, job: ImportJob, reasons: Iterable[tuple[int, str]]) -> Iterator[list[str]]:
    """The heading and the rows not added as they stand in the file, each with line and reason.

    Streams. When the file is gone, only lines and reasons are left.

    :param reasons: ascending by line
    """
    with ExitStack() as stack:
        try:
            records = records_in(job, stack.enter_context(opened(job)))
            heading = next(records).cells
        except readers.Unreadable:
            records, heading = iter(()), []
        given_out = is_to_correct([readers.text_of(cell) for cell in heading])
        start = len(TO_CORRECT) if given_out else 0
        yield [*TO_CORRECT, *(readers.text_of(cell) for cell in heading[start:])]
        for line, reason in reasons:
            record = next((record for record in records if record.line >= line), None)
            cells = record.cells[start:] if record and record.line == line else []
            yield [str(line), reason, *(readers.text_of(cell) for cell in cells)]
