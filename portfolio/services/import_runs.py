"""Working through an import's file: what the worker does.

500 rows to a transaction. Each transaction moves the job on from where this
worker left it, so two workers on one job cannot both go on, and one that is
killed is continued where it stopped.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Min
from django.db.models.functions import Coalesce
from django.utils import timezone

from hubapp import events
from hubapp.actors import Actor
from hubapp.events.services import record_many
from hubapp.workdays import LONDON, london_date
from portfolio import readers
from portfolio.enums import (
    IMPORT_AT_WORK,
    Channel,
    ImportState,
    ImportStep,
    LabelKind,
    MoveReason,
    RowOutcome,
    State,
    benefit_bits,
)
from portfolio.mapping import Mapping, MappingProblem, fingerprint_of, names_of, own_names
from portfolio.models import (
    ImportJob,
    ImportRow,
    Innovation,
    InnovationLabel,
    StageMove,
)
from portfolio.models.innovation import NO_DUE_DATE
from portfolio.queries.imports import (
    remembered_fingerprints,
    remembered_mapping,
    untouched,
)
from portfolio.rows import (
    REASON_LENGTH,
    Layout,
    Row,
    check_row,
    headings_of,
    is_heading,
    layout_of,
    missing_columns,
)
from portfolio.services.imports import (
    EMPTY,
    NOTHING_YET,
    enqueue,
    opened,
    records_in,
    remember_mapping,
)
from portfolio.services.innovations import search_text_of
from portfolio.services.similar import look_again_at
from portfolio.survey import survey

logger = logging.getLogger(__name__)

BATCH = 500
# After so long a task makes room for others and queues the rest of its file.
RUN_FOR_SECONDS = 600
# A job that nobody spoke of for this long was left behind by its worker.
LEFT_BEHIND_AFTER = dt.timedelta(minutes=2)
HEARTBEAT_SECONDS = 15
MAX_TRIES = 5


class Overtaken(Exception):
    """Somebody else works on this job, or finished it."""


def run_import(*, ref: str, by: Actor) -> ImportJob | None:
    """Go on with a job from where it stands; None if there is no such job.

    Rows are added in the name of whoever started the job. Running it twice,
    at once or later, adds nothing twice.
    """
    job = ImportJob.objects.select_related("site").filter(ref=ref).first()
    if job is None or not job.is_at_work:
        return job
    if job.tries >= MAX_TRIES:
        _end(job, by=by, problem=_gave_up(job))
        return job
    now = timezone.now()
    begun = ImportJob.objects.filter(
        pk=job.pk, state__in=IMPORT_AT_WORK, step=job.step, version=job.version
    )
    columns = {
        "state": ImportState.RUNNING,
        "started_at": job.started_at or now,
        "heard_at": now,
        "tries": job.tries + 1,
    }
    if not begun.update(**columns):
        job.refresh_from_db()
        return job
    for name, value in columns.items():
        setattr(job, name, value)
    try:
        with events.operation():
            through = _work(job, by)
    except readers.Unreadable as error:
        job.refresh_from_db()
        _end(job, by=by, problem=str(error))
        return job
    except Overtaken:
        job.refresh_from_db()
        return job
    if not through:
        with transaction.atomic():
            enqueue(job)
    job.refresh_from_db()
    return job


def _work(job: ImportJob, by: Actor) -> bool:
    """Do the job's step, and the next where nobody is asked in between; False if time was up."""
    if job.step == ImportStep.UNDO:
        if not _take_out(job):
            return False
        _end(job, by=by, state=ImportState.UNDONE)
        return True
    with opened(job) as file:
        if job.step == ImportStep.LOOK and not _look(job, file, by):
            return True
        if job.step == ImportStep.CHECK:
            _check(job, file)
            return True
        if not _add(job, file):
            return False
    _end(job, by=by)
    return True


def _gave_up(job: ImportJob) -> str:
    after = f" after {job.read:,} rows" if job.read else ""
    if job.step == ImportStep.UNDO:
        return (
            f"Undoing this import stopped after {job.undone:,} rows again and again, through a fault at our"
            " end. Undo it again, and tell whoever runs this system."
        )
    return (
        f"Reading this file stopped{after} again and again, through a fault at our end. What was added stays."
        " Try the rest in a smaller file, and tell whoever runs this system."
    )


def _heart(job: ImportJob) -> Callable[[], None]:
    """Says that the job is alive, at most every :data:`HEARTBEAT_SECONDS`."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > HEARTBEAT_SECONDS:
            ImportJob.objects.filter(pk=job.pk).update(heard_at=timezone.now())
            last = time.monotonic()

    return beat


def _set(job: ImportJob, **columns: Any) -> None:
    """Move the job on, from exactly where this worker knows it to be.

    :raises Overtaken: it is no longer there
    """
    here = ImportJob.objects.filter(
        pk=job.pk,
        state=ImportState.RUNNING,
        step=job.step,
        version=job.version,
        read=job.read,
        undone=job.undone,
    )
    columns |= {"heard_at": timezone.now(), "tries": 0}
    if not here.update(**columns):
        raise Overtaken
    for name, value in columns.items():
        setattr(job, name, value)


# -- looking ----------------------------------------------------------------------


def _look(job: ImportJob, file: IO[bytes], by: Actor) -> bool:
    """Read the file once through before anything is added: it is whole, has so many rows, and these columns.

    Returns False if somebody has to say what the columns mean.
    """
    known = remembered_fingerprints(job.site_id)
    records = readers.records_of(
        file, chooses=lambda cells: is_heading(cells) or fingerprint_of(cells) in known
    )
    heading = next(records, None)
    if heading is None:
        raise readers.Unreadable(EMPTY)
    headings = headings_of(heading)
    if len(headings) > readers.MAX_COLUMNS:
        raise readers.Unreadable(
            f"The heading row has {len(headings):,} columns; the most is {readers.MAX_COLUMNS}."
            " Is this the right file?"
        )
    names = names_of(headings)
    total, columns = survey(names, records, beat=_heart(job))
    job.fingerprint = fingerprint_of(headings)
    found: dict[str, Any] = {
        "total": total,
        "fingerprint": job.fingerprint,
        "columns": columns if job.dry_run else [],
    }
    try:
        mapping = _mapping_for(job, headings)
    except MappingProblem as problem:
        if not job.dry_run:
            raise readers.Unreadable(str(problem)) from problem
        _set(job, state=ImportState.MAPPING, problem=str(problem), mapping={}, **found)
        return False
    if mapping is None:
        if not job.dry_run:
            raise readers.Unreadable(missing_columns(heading))
        _set(job, state=ImportState.MAPPING, **found)
        return False
    was_sent = bool(job.mapping)
    with transaction.atomic():
        _set(
            job,
            step=ImportStep.CHECK if job.dry_run else ImportStep.ADD,
            mapping=mapping.as_json(),
            ignored=layout_of(heading, mapping).ignored,
            **found,
        )
        if was_sent:
            remember_mapping(job=job, by=Actor(job.actor_kind, job.actor_ref))
    return True


def _mapping_for(job: ImportJob, headings: list[str]) -> Mapping | None:
    """What the columns mean: as it was sent, as the site said before, or by our own names."""
    names = names_of(headings)
    if job.mapping:
        mapping = Mapping.read(job.mapping)
        mapping.check_against(names)
        return mapping
    remembered = remembered_mapping(job.site_id, job.fingerprint)
    if remembered:
        try:
            mapping = Mapping.read(remembered.mapping)
            mapping.check_against(names)
        except MappingProblem:
            # Of a time when we had other fields: asked anew.
            return own_names(headings)
        return mapping
    return own_names(headings)


def _rows_of(job: ImportJob, file: IO[bytes], *, skip: int = 0) -> Iterator[list[Row]]:
    """The file's rows, checked, in batches."""
    records = records_in(job, file)
    layout = _layout(job, records)
    beat = _heart(job)
    for skipped, _ in enumerate(islice(records, skip)):
        if skipped % 1000 == 0:
            beat()
    today = london_date(timezone.now())
    while batch := [check_row(record, layout, today=today) for record in islice(records, BATCH)]:
        yield batch


def _layout(job: ImportJob, records: Iterator[readers.Record]) -> Layout:
    heading = next(records, None)
    if heading is None:
        raise readers.Unreadable(EMPTY)
    return layout_of(heading, Mapping.read(job.mapping) if job.mapping else None)


# -- counting ---------------------------------------------------------------------


def _check(job: ImportJob, file: IO[bytes]) -> None:
    """Count what would become of each row; nothing is stored but why rows would be refused.

    One that was broken off begins anew: what it stored counts for nothing.
    """
    _forget_rows(job)
    # Which rows were in the file already: part of their keys, since this alone grows with it.
    seen: set[int] = set()
    for batch in _rows_of(job, file):
        good = [row for row in batch if not row.reason]
        known = set(
            Innovation.objects.filter(
                site_id=job.site_id, import_key__in={row.key for row in good}
            ).values_list("import_key", flat=True)
        )
        fresh: list[Row] = []
        for row in good:
            part = int(row.key[:15], 16)
            if row.key not in known and part not in seen:
                fresh.append(row)
            seen.add(part)
        refused = [row for row in batch if row.reason]
        with transaction.atomic():
            ImportRow.objects.bulk_create(
                ImportRow(
                    site_id=job.site_id,
                    job=job,
                    number=row.line,
                    outcome=RowOutcome.FAILED,
                    reason=row.reason,
                )
                for row in refused
            )
            by_type = Counter(job.by_type)
            by_type.update(row.values["innovation_type"] for row in fresh)
            _set(
                job,
                read=job.read + len(batch),
                created=job.created + len(fresh),
                unchanged=job.unchanged + len(good) - len(fresh),
                failed=job.failed + len(refused),
                undated=job.undated + sum(row.values["received_on"] is None for row in fresh),
                doubted=job.doubted + sum(bool(row.doubt) for row in fresh),
                by_type=dict(by_type),
            )
    _set(job, state=ImportState.CHECKED, total=job.read)


def _forget_rows(job: ImportJob) -> None:
    """Take away what counting stored, batch by batch, and the counts."""
    while ids := list(
        ImportRow.objects.filter(job=job).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        ImportRow.objects.filter(pk__in=ids).delete()
    _set(job, **NOTHING_YET)


# -- adding -----------------------------------------------------------------------


def _add(job: ImportJob, file: IO[bytes]) -> bool:
    """Add batch after batch; False if time was up before the end of the file."""
    began = time.monotonic()
    if not job.read:
        _forget_rows(job)
    for batch in _rows_of(job, file, skip=job.read):
        for attempt in range(3):
            try:
                with transaction.atomic():
                    _add_batch(job, batch)
                break
            except IntegrityError:
                # Another import of the site added the same row at the same time:
                # on the second look it is already here.
                if attempt == 2:
                    raise
        if time.monotonic() - began > RUN_FOR_SECONDS:
            return False
    return True


def _add_batch(job: ImportJob, batch: list[Row]) -> None:
    """Add up to :data:`BATCH` rows and move the job on, all or nothing.

    :raises Overtaken: the job is no longer where this worker left it
    """
    by = Actor(job.actor_kind, job.actor_ref)
    now = timezone.now()
    today = london_date(now)
    good = [row for row in batch if not row.reason]
    known: dict[str | None, int] = dict(
        Innovation.objects.filter(
            site_id=job.site_id, import_key__in={row.key for row in good}
        ).values_list("import_key", "pk")
    )
    # Where in this file the rows were that are known by now, to name them.
    lines = dict(
        ImportRow.objects.filter(job=job, innovation_id__in=set(known.values()))
        .order_by()
        .values("innovation_id")
        .annotate(line=Min("number"))
        .values_list("innovation_id", "line")
    )
    fresh: dict[str, Innovation] = {}
    labels: list[tuple[str, str, str]] = []
    first_line: dict[str | None, int] = {key: lines[pk] for key, pk in known.items() if pk in lines}
    outcomes: list[tuple[Row, str, str]] = []
    for row in batch:
        if row.reason:
            outcomes.append((row, RowOutcome.FAILED, row.reason))
        elif row.key in first_line:
            outcomes.append((row, RowOutcome.UNCHANGED, f"The same as line {first_line[row.key]}."))
        elif row.key in known:
            first_line[row.key] = row.line
            outcomes.append((row, RowOutcome.UNCHANGED, ""))
        else:
            try:
                fresh[row.key] = _innovation(job, row, now)
            except ValidationError as error:
                outcomes.append((row, RowOutcome.FAILED, " ".join(error.messages)[:REASON_LENGTH]))
                continue
            first_line[row.key] = row.line
            labels += [(row.key, kind, value) for kind, value in row.labels]
            fresh[row.key].benefits = benefit_bits(
                value for kind, value in row.labels if kind == LabelKind.BENEFIT
            )
            outcomes.append((row, RowOutcome.CREATED, row.doubt))
    created = Innovation.objects.bulk_create(fresh.values())
    StageMove.objects.bulk_create(
        StageMove(
            site_id=job.site_id,
            innovation=innovation,
            number=1,
            from_state="",
            to_state=innovation.state,
            reason=MoveReason.IMPORTED,
            at=now,
            on=today,
            actor_kind=by.kind,
            actor_ref=by.ref,
        )
        for innovation in created
    )
    InnovationLabel.objects.bulk_create(
        InnovationLabel(site_id=job.site_id, innovation=fresh[key], kind=kind, value=value)
        for key, kind, value in labels
    )
    record_many(
        "innovation.imported",
        by=by,
        subjects=[(innovation, {"import": job.ref}) for innovation in created],
    )
    ids = known | {key: innovation.pk for key, innovation in fresh.items()}
    ImportRow.objects.bulk_create(
        ImportRow(
            site_id=job.site_id,
            job=job,
            number=row.line,
            outcome=outcome,
            reason=reason,
            innovation_id=ids.get(row.key) if row.key else None,
        )
        for row, outcome, reason in outcomes
    )
    look_again_at(created)
    by_type = Counter(job.by_type)
    by_type.update(innovation.innovation_type for innovation in created)
    tally = Counter(outcome for _, outcome, _ in outcomes)
    _set(
        job,
        read=job.read + len(batch),
        created=job.created + tally[RowOutcome.CREATED],
        unchanged=job.unchanged + tally[RowOutcome.UNCHANGED],
        failed=job.failed + tally[RowOutcome.FAILED],
        undated=job.undated + sum(innovation.received_on is None for innovation in created),
        doubted=job.doubted
        + sum(outcome == RowOutcome.CREATED and bool(reason) for _, outcome, reason in outcomes),
        by_type=dict(by_type),
    )


def _innovation(job: ImportJob, row: Row, now: dt.datetime) -> Innovation:
    """The innovation that a good row asks for, held against the model's own validators."""
    received_on = row.values["received_on"]
    received_at = dt.datetime.combine(received_on, dt.time(), LONDON) if received_on else None
    innovation = Innovation(
        site=job.site,
        channel=Channel.IMPORT,
        state_since=now,
        received_at=received_at,
        queued_at=received_at or now,
        import_key=row.key,
        created_at=now,
        updated_at=now,
        **row.values,
    )
    innovation.search_text = search_text_of(innovation)
    # Foreign keys are ours, and looking each up would cost a query a row.
    innovation.clean_fields(exclude={"id", "site", "submission", "assignee"})
    return innovation


# -- taking out -------------------------------------------------------------------


def _take_out(job: ImportJob) -> bool:
    """Undo batch after batch; False if time was up. What somebody worked on meanwhile stays."""
    by = Actor(job.undo_actor_kind, job.undo_actor_ref)
    began, last = time.monotonic(), 0
    added = (
        ImportRow.objects.filter(job=job, outcome=RowOutcome.CREATED)
        .exclude(innovation__state=State.UNDONE)
        .order_by("number")
    )
    while rows := list(
        added.filter(number__gt=last).values_list("number", "innovation_id")[:BATCH]
    ):
        for attempt in range(3):
            try:
                with transaction.atomic():
                    _take_out_batch(job, [pk for _, pk in rows], by)
                break
            except _Moved:
                # Somebody took one of them up in this moment: the second look leaves it.
                if attempt == 2:
                    raise
        last = rows[-1][0]
        if time.monotonic() - began > RUN_FOR_SECONDS:
            return False
    return True


class _Moved(Exception):
    """An innovation changed between looking at it and writing."""


def _take_out_batch(job: ImportJob, ids: list[int], by: Actor) -> None:
    """Move up to :data:`BATCH` innovations to undone and free their keys, all or nothing."""
    now = timezone.now()
    rows = list(untouched(ids).only("pk", "ref", "site_id", "state"))
    changed = Innovation.objects.filter(pk__in=[row.pk for row in rows], version=1).update(
        state=State.UNDONE,
        state_since=now,
        # So that the same file can be imported again.
        import_key=None,
        due_on=None,
        sort_due=NO_DUE_DATE,
        waits_on="",
        waits_on_function="",
        parked_until=None,
        follow_up_on=None,
        benefits=0,
        version=2,
        updated_at=now,
    )
    if changed != len(rows):
        raise _Moved
    StageMove.objects.bulk_create(
        StageMove(
            site_id=row.site_id,
            innovation=row,
            number=2,
            from_state=row.state,
            to_state=State.UNDONE,
            reason=MoveReason.TAKEN_OUT,
            at=now,
            on=london_date(now),
            actor_kind=by.kind,
            actor_ref=by.ref,
        )
        for row in rows
    )
    look_again_at(rows)
    # A label of what is in no list would still be offered as a filter.
    InnovationLabel.objects.filter(innovation__in=[row.pk for row in rows]).delete()
    record_many(
        "innovation.taken_out",
        by=by,
        subjects=[(row, {"import": job.ref, "state": [row.state, State.UNDONE]}) for row in rows],
    )
    _set(job, undone=job.undone + len(rows))


# -- the end ----------------------------------------------------------------------


def _end(
    job: ImportJob, *, by: Actor, problem: str = "", state: ImportState = ImportState.DONE
) -> None:
    """Write down that the job is over, once."""
    is_undo = job.step == ImportStep.UNDO
    if problem:
        # What was added is still there to be undone.
        state = ImportState.DONE if is_undo else ImportState.FAILED
    now = timezone.now()
    columns: dict[str, Any] = {
        "state": state,
        "problem": problem[:500],
        "finished_at": now,
        "heard_at": now,
        # They may hold what was not taken from the file.
        "columns": [],
    }
    if problem and job.step in (ImportStep.LOOK, ImportStep.CHECK):
        # What was counted was not added.
        columns |= NOTHING_YET
    if not problem and not is_undo:
        # What was counted before and what was read cannot differ; blank ends aside.
        columns["total"] = job.read
    with transaction.atomic():
        ended = ImportJob.objects.filter(
            pk=job.pk, read=job.read, state__in=IMPORT_AT_WORK, step=job.step
        )
        if not ended.update(**columns):
            job.refresh_from_db()
            return
        for name, value in columns.items():
            setattr(job, name, value)
        counted = ("undone",) if is_undo else ("created", "unchanged", "failed", "undated")
        verb = (
            ("import.undo_failed" if problem else "import.undone")
            if is_undo
            else ("import.failed" if problem else "import.finished")
        )
        events.record(
            verb, by=by, subject=job, changes={name: getattr(job, name) for name in counted}
        )


def resume_left_behind() -> int:
    """Queue again every job whose worker is not heard of any more; returns how many."""
    quiet = timezone.now() - LEFT_BEHIND_AFTER
    left = (
        ImportJob.objects.filter(state__in=IMPORT_AT_WORK)
        .annotate(last=Coalesce("heard_at", "queued_at"))
        .filter(last__lt=quiet)
        .order_by("queued_at")[:100]
    )
    queued = 0
    for job in left:
        with transaction.atomic():
            enqueue(job)
        queued += 1
    return queued
