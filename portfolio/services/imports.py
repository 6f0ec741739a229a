"""Bringing innovations in from a file: the job, its rows, and what became of them.

A job is a row that one task works through, 500 rows of the file to a
transaction. Each transaction moves ``read`` on from what it was, so two
workers on one job cannot both go on, and one that is killed is continued
where it stopped.
"""

import datetime as dt
import hashlib
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Site
from hubapp import events, outbox
from hubapp.actors import Actor
from hubapp.db.search import fold
from hubapp.events.services import record_many
from hubapp.problems import Refused
from hubapp.web.csvsafe import STARTS_A_FORMULA
from hubapp.workdays import LONDON, london_date
from portfolio import readers
from portfolio.enums import (
    IMPORT_OVER,
    SUBMITTER_WORDS,
    Channel,
    ImportState,
    InnovationType,
    MoveReason,
    RowOutcome,
    State,
    SubmitterKind,
)
from portfolio.models import ImportJob, ImportRow, Innovation, StageMove
from portfolio.models.submission import LONG_TEXT, SHORT_TEXT, TITLE_TEXT
from portfolio.services.innovations import search_text_of
from portfolio.validators import nhs_numbers_in, spaced

logger = logging.getLogger(__name__)

TOPIC = "portfolio.run_import"
BATCH = 500
# After so long a task makes room for others and queues the rest of its file.
RUN_FOR_SECONDS = 600
# A job that nobody spoke of for this long was left behind by its worker.
LEFT_BEHIND_AFTER = dt.timedelta(minutes=2)
HEARTBEAT_SECONDS = 15
MAX_TRIES = 5
# The file may hold more than was taken from it (columns that are not used), so it goes.
FILE_KEPT = dt.timedelta(days=30)

REQUIRED = ("title", "innovation_type")
OPTIONAL = (
    "problem",
    "for_whom",
    "idea",
    "received_on",
    "external_id",
    "submitter_kind",
    "is_confidential",
)
COLUMNS = REQUIRED + OPTIONAL
# What stands before the columns in a file of rows not added.
TO_CORRECT = ["line", "reason"]
LONG_COLUMNS = ("problem", "for_whom", "idea")
WORDS = {
    "title": "Title",
    "innovation_type": "Innovation type",
    "problem": "Problem",
    "for_whom": "For whom",
    "idea": "Idea",
    "received_on": "Received on",
    "external_id": "External id",
    "submitter_kind": "Submitter kind",
    "is_confidential": "Is confidential",
}
EARLIEST = dt.date(1948, 1, 1)
YES = frozenset({"yes", "y", "true", "1"})
NO = frozenset({"no", "n", "false", "0", ""})
REASON_LENGTH = 500

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?", re.ASCII)
_BRITISH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: \d{1,2}:\d{2}.*)?", re.ASCII)
# Line breaks of other worlds, and what cannot be stored or shown.
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Overtaken(Exception):
    """Somebody else works on this job, or finished it."""


def _plain(text: str) -> str:
    """A heading or a code as it is compared: without case, blanks, underscores and dashes."""
    return re.sub(r"[\s_\-\ufeff]+", "", text).casefold()


_COLUMN_BY_PLAIN = {_plain(name): name for name in COLUMNS}
_TYPES = {
    _plain(word): kind.value for kind in InnovationType for word in (kind.value, str(kind.label))
}
_KINDS = {
    _plain(word): kind.value
    for kind in SubmitterKind
    for word in (kind.value, str(kind.label), SUBMITTER_WORDS[kind])
}
TYPE_WORDS = ", ".join(str(kind.label) for kind in InnovationType)
KIND_WORDS = ", ".join(SUBMITTER_WORDS.values())


# -- the heading row ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column stands where, and which headings are not used.

    ``is_ours``: a file of rows not added, corrected; there an apostrophe
    before what could start a formula was put by us, and is taken away again.
    """

    places: dict[str, int]
    width: int
    ignored: list[str] = field(default_factory=list)
    is_ours: bool = False


def is_heading(cells: list[str]) -> bool:
    """Whether a row names the columns that an import needs."""
    return {_COLUMN_BY_PLAIN.get(_plain(cell)) for cell in cells} >= set(REQUIRED)


def layout_of(record: readers.Record) -> Layout:
    """Read the heading row.

    :raises readers.Unreadable: a column is missing or there twice
    """
    headings = [readers.text_of(cell) for cell in record.cells]
    places: dict[str, int] = {}
    ignored = []
    is_ours = [heading.casefold() for heading in headings[:2]] == TO_CORRECT
    for place, heading in enumerate(headings):
        if is_ours and place < len(TO_CORRECT):
            continue
        name = _COLUMN_BY_PLAIN.get(_plain(heading))
        if name is None:
            if heading:
                ignored.append(heading[:60])
        elif name in places:
            raise readers.Unreadable(
                f"The column “{name}” is there twice, as columns {places[name] + 1} and {place + 1}."
                " Take one of them out."
            )
        else:
            places[name] = place
    missing = [f"“{name}”" for name in REQUIRED if name not in places]
    if missing:
        found = ", ".join(f"“{heading[:40]}”" for heading in headings[:8] if heading)
        more = " and more" if len(headings) > 8 else ""
        column = "columns" if len(missing) > 1 else "column"
        raise readers.Unreadable(
            f"The {column} {' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing."
            f" The heading row (line {record.line}) has {found}{more}."[:480]
        )
    return Layout(places, len(headings), ignored[:50], is_ours)


def check_file(file: IO[bytes]) -> None:
    """Whether an import of this file would get as far as its rows. Does not unpack a workbook.

    :raises readers.Unreadable: with the sentence that says why not
    """
    file.seek(0)
    if readers.looks_like_workbook(file.read(4)):
        readers.check_archive(file)
        return
    records = readers.records_of(file, chooses=is_heading)
    heading = next(records, None)
    if heading is None:
        raise readers.Unreadable(
            "The file is empty. Choose a file with a heading row and at least one row below it."
        )
    layout_of(heading)


# -- one row --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: the innovation it asks for, or why it is refused."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    reason: str = ""
    # Something to look at in a row that is good.
    doubt: str = ""


def _cell(record: readers.Record, layout: Layout, name: str) -> Any:
    place = layout.places.get(name)
    if place is None or place >= len(record.cells):
        return None
    cell = record.cells[place]
    if (
        layout.is_ours
        and isinstance(cell, str)
        and cell[:1] == "'"
        and cell[1:2] in STARTS_A_FORMULA
    ):
        return cell[1:]
    return cell


def _text(name: str, cell: Any, limit: int, problems: list[str]) -> str:
    """A cell as text, or a sentence in ``problems``."""
    text = _BREAKS.sub("\n", readers.text_of(cell))
    lines = text.count("\n")
    if limit <= TITLE_TEXT:
        text = re.sub(r"\s+", " ", text)
    if len(text) > limit:
        hint = " Is a quotation mark missing above it?" if lines > 20 else ""
        problems.append(f"{WORDS[name]} has {len(text):,} characters; the most is {limit:,}.{hint}")
        return ""
    wrong = _UNSTORABLE.search(text)
    if wrong:
        problems.append(
            f"{WORDS[name]} has an invisible character (U+{ord(wrong[0]):04X}) that cannot be stored."
            " Type the text again."
        )
        return ""
    return text


def _shown(text: str) -> str:
    """What was found, short enough for a sentence and without what a terminal would obey."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return f"“{kept[:40]}…”" if len(kept) > 40 else f"“{kept}”"


def _date(cell: Any, today: dt.date, problems: list[str]) -> dt.date | None:
    """Received on: a date of a workbook, ISO or dd/mm/yyyy."""
    text = readers.text_of(cell)
    if not text:
        return None
    if isinstance(cell, dt.datetime):
        day = cell.date()
    elif isinstance(cell, dt.date):
        day = cell
    else:
        iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
        if iso:
            parts = (int(iso[1]), int(iso[2]), int(iso[3]))
        elif british:
            parts = (int(british[3]), int(british[2]), int(british[1]))
        else:
            problems.append(
                f"Received on is {_shown(text)}. Write the date as 2026-03-27 or 27/03/2026."
            )
            return None
        try:
            day = dt.date(*parts)
        except ValueError:
            problems.append(f"Received on is {_shown(text)}, which is not a real date.")
            return None
    if day > today:
        problems.append(f"Received on is {_shown(text)}, which is in the future.")
        return None
    if day < EARLIEST:
        problems.append(f"Received on is {_shown(text)}, which is before 1948, when the NHS began.")
        return None
    return day


def import_key(
    *, title: str, innovation_type: str, received_on: dt.date | None, external_id: str
) -> str:
    """What makes a row the same row when it is read again: its own id, else what it says."""
    if external_id:
        told: list[str] = ["id", external_id]
    else:
        told = ["row", fold(title), innovation_type, received_on.isoformat() if received_on else ""]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def check_row(record: readers.Record, layout: Layout, *, today: dt.date) -> Row:
    """Hold one row against the rules of an innovation; every fault is said at once."""
    problems: list[str] = []
    extra = sum(1 for cell in record.cells[layout.width :] if readers.text_of(cell))
    if extra:
        filled = layout.width + extra
        problems.append(
            f"It has {filled} cells where the heading row has {layout.width}. Put a text that has a"
            " comma in it in quotation marks."
        )
    title = _text("title", _cell(record, layout, "title"), TITLE_TEXT, problems)
    if not title and not problems:
        problems.append("Title is missing.")
    texts = {
        name: _text(name, _cell(record, layout, name), LONG_TEXT, problems) for name in LONG_COLUMNS
    }
    typed = readers.text_of(_cell(record, layout, "innovation_type"))
    innovation_type = _TYPES.get(_plain(typed), "")
    if not innovation_type:
        found = f"Innovation type is {_shown(typed)}." if typed else "Innovation type is missing."
        problems.append(f"{found} Use one of: {TYPE_WORDS}.")
    received_on = _date(_cell(record, layout, "received_on"), today, problems)
    external_id = _text("external_id", _cell(record, layout, "external_id"), SHORT_TEXT, problems)
    typed = readers.text_of(_cell(record, layout, "submitter_kind"))
    submitter_kind = _KINDS.get(_plain(typed), "")
    if typed and not submitter_kind:
        problems.append(f"Submitter kind is {_shown(typed)}. Use one of: {KIND_WORDS}.")
    typed = readers.text_of(_cell(record, layout, "is_confidential"))
    if typed.casefold() not in YES | NO:
        problems.append(f"Is confidential is {_shown(typed)}. Write yes or no.")
    if problems:
        reason = " ".join(problems)
        return Row(
            record.line,
            reason=reason if len(reason) <= REASON_LENGTH else f"{reason[: REASON_LENGTH - 1]}…",
        )
    numbers = nhs_numbers_in(title, *texts.values())
    doubt = (
        f"May hold an NHS number ({', '.join(f'ends {spaced(n)[-4:]}' for n in numbers[:3])})."
        if numbers
        else ""
    )
    return Row(
        record.line,
        values={
            "title": title,
            **texts,
            "innovation_type": innovation_type,
            "received_on": received_on,
            "submitter_kind": submitter_kind,
            "is_confidential": typed.casefold() in YES,
        },
        key=import_key(
            title=title,
            innovation_type=innovation_type,
            received_on=received_on,
            external_id=external_id,
        ),
        doubt=doubt,
    )


# -- the job --------------------------------------------------------------------


def start_import(
    *, site: Site, file: File, file_name: str, by: Actor, queue: bool = True
) -> ImportJob:
    """Keep the file and make the job that reads it.

    The same file sent twice while the first is not through (a double click)
    gives the first job.

    :param file: its bytes; read in chunks
    :param queue: False when the caller runs it itself
    :raises Refused: empty, or larger than ``IMPORT_MAX_BYTES``
    """
    size, digest = 0, hashlib.sha256()
    for chunk in file.chunks():
        size += len(chunk)
        if size > settings.IMPORT_MAX_BYTES:
            raise Refused(too_large())
        digest.update(chunk)
    if not size:
        raise Refused(
            "The file is empty. Choose a file with a heading row and at least one row below it."
        )
    stored_as = f"{site.code}/{digest.hexdigest()}"
    if not default_storage.exists(stored_as):
        file.seek(0)
        stored_as = default_storage.save(stored_as, file)
    with transaction.atomic():
        same_file = ImportJob.objects.filter(site=site, stored_as=stored_as)
        earlier = same_file.exclude(state__in=IMPORT_OVER).order_by("pk").first()
        if earlier:
            return earlier
        job = ImportJob.objects.create(
            site=site,
            file_name=_name_of(file_name),
            stored_as=stored_as,
            queued_at=timezone.now(),
            heard_at=None if queue else timezone.now(),
            actor_kind=by.kind,
            actor_ref=by.ref,
        )
        events.record("import.started", by=by, subject=job, changes={"bytes": size})
        if queue:
            outbox.add(TOPIC, {"ref": job.ref}, key=_key(job))
    return job


def too_large() -> str:
    """The sentence for a file above the limit."""
    return (
        f"The file is larger than {settings.IMPORT_MAX_BYTES // 1_000_000} MB."
        " Split it into smaller files and import them one after the other."
    )


def _name_of(file_name: str) -> str:
    name = PurePath(file_name.replace("\\", "/")).name or "file"
    return "".join(character if character.isprintable() else "_" for character in name)[:200]


def _key(job: ImportJob) -> str:
    return f"import:{job.ref}"


def run_import(*, ref: str, by: Actor) -> ImportJob | None:
    """Work through a job's file, from where it stands; None if there is no such job.

    Rows are added in the name of whoever started the job. Running it twice,
    at once or later, adds nothing twice.
    """
    job = ImportJob.objects.select_related("site").filter(ref=ref).first()
    if job is None or job.is_over:
        return job
    if job.tries >= MAX_TRIES:
        _end(job, by=by, problem=_gave_up(job))
        return job
    now = timezone.now()
    begun = ImportJob.objects.filter(pk=job.pk).exclude(state__in=IMPORT_OVER)
    if not begun.update(
        state=ImportState.RUNNING,
        started_at=job.started_at or now,
        heard_at=now,
        tries=job.tries + 1,
    ):
        job.refresh_from_db()
        return job
    try:
        with _opened(job) as file, events.operation():
            _count(job, file)
            through = _work_through(job, file)
    except readers.Unreadable as error:
        job.refresh_from_db()
        _end(job, by=by, problem=str(error))
        return job
    except Overtaken:
        job.refresh_from_db()
        return job
    job.refresh_from_db()
    if through:
        _end(job, by=by)
    else:
        with transaction.atomic():
            outbox.add(TOPIC, {"ref": job.ref}, key=_key(job))
    return job


def _gave_up(job: ImportJob) -> str:
    after = f" after {job.read:,} rows" if job.read else ""
    return (
        f"Reading this file stopped{after} again and again, through a fault at our end. What was added stays."
        " Try the rest in a smaller file, and tell whoever runs this system."
    )


@contextmanager
def _opened(job: ImportJob) -> Iterator[IO[bytes]]:
    try:
        file = default_storage.open(job.stored_as, "rb")
    except OSError as error:
        raise readers.Unreadable("The file is no longer here. Choose it again.") from error
    try:
        yield file
    finally:
        file.close()


class _Heartbeat:
    """Says that the job is alive, at most every :data:`HEARTBEAT_SECONDS`."""

    def __init__(self, job: ImportJob) -> None:
        self.job, self.last = job, time.monotonic()

    def beat(self) -> None:
        if time.monotonic() - self.last > HEARTBEAT_SECONDS:
            ImportJob.objects.filter(pk=self.job.pk).update(heard_at=timezone.now())
            self.last = time.monotonic()


def _count(job: ImportJob, file: IO[bytes]) -> None:
    """Read the file once through before anything is added: it is whole, and has so many rows."""
    if job.total is not None:
        return
    records = readers.records_of(file, chooses=is_heading)
    layout = _layout(records)
    heartbeat, total = _Heartbeat(job), 0
    for total, _ in enumerate(records, start=1):
        if total % 1000 == 0:
            heartbeat.beat()
    job.total, job.ignored = total, layout.ignored
    ImportJob.objects.filter(pk=job.pk).update(total=total, ignored=layout.ignored)


def _layout(records: Iterator[readers.Record]) -> Layout:
    heading = next(records, None)
    if heading is None:
        raise readers.Unreadable(
            "The file is empty. Choose a file with a heading row and at least one row below it."
        )
    return layout_of(heading)


def _work_through(job: ImportJob, file: IO[bytes]) -> bool:
    """Add batch after batch; False if time was up before the end of the file."""
    began = time.monotonic()
    records = readers.records_of(file, chooses=is_heading)
    layout = _layout(records)
    heartbeat = _Heartbeat(job)
    for skipped, _ in enumerate(islice(records, job.read)):
        if skipped % 1000 == 0:
            heartbeat.beat()
    today = london_date(timezone.now())
    while batch := [check_row(record, layout, today=today) for record in islice(records, BATCH)]:
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
            outcomes.append((row, RowOutcome.CREATED, row.doubt))
    created = Innovation.objects.bulk_create(fresh.values())
    StageMove.objects.bulk_create(
        StageMove(
            site_id=job.site_id,
            innovation=innovation,
            number=1,
            from_state="",
            to_state=State.WAITING,
            reason=MoveReason.IMPORTED,
            at=now,
            on=today,
            actor_kind=by.kind,
            actor_ref=by.ref,
        )
        for innovation in created
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
    by_type = Counter(job.by_type)
    by_type.update(innovation.innovation_type for innovation in created)
    tally = Counter(outcome for _, outcome, _ in outcomes)
    columns: dict[str, Any] = {
        "read": job.read + len(batch),
        "created": job.created + tally[RowOutcome.CREATED],
        "unchanged": job.unchanged + tally[RowOutcome.UNCHANGED],
        "failed": job.failed + tally[RowOutcome.FAILED],
        "undated": job.undated + sum(innovation.received_on is None for innovation in created),
        "doubted": job.doubted
        + sum(outcome == RowOutcome.CREATED and bool(reason) for _, outcome, reason in outcomes),
        "by_type": dict(by_type),
        "heard_at": timezone.now(),
        "tries": 0,
    }
    moved = ImportJob.objects.filter(pk=job.pk, state=ImportState.RUNNING, read=job.read).update(
        **columns
    )
    if not moved:
        raise Overtaken
    for name, value in columns.items():
        setattr(job, name, value)


def _innovation(job: ImportJob, row: Row, now: dt.datetime) -> Innovation:
    """The innovation that a good row asks for, held against the model's own validators."""
    received_on = row.values["received_on"]
    received_at = dt.datetime.combine(received_on, dt.time(), LONDON) if received_on else None
    innovation = Innovation(
        site=job.site,
        channel=Channel.IMPORT,
        state=State.WAITING,
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


def _end(job: ImportJob, *, by: Actor, problem: str = "") -> None:
    """Write down that the job is over, once."""
    with transaction.atomic():
        ended = ImportJob.objects.filter(pk=job.pk, read=job.read).exclude(state__in=IMPORT_OVER)
        state = ImportState.FAILED if problem else ImportState.DONE
        now = timezone.now()
        columns = {"state": state, "problem": problem[:500], "finished_at": now, "heard_at": now}
        if not problem:
            # What was counted before and what was read cannot differ; blank ends aside.
            columns["total"] = job.read
        if not ended.update(**columns):
            job.refresh_from_db()
            return
        for name, value in columns.items():
            setattr(job, name, value)
        counts = {
            name: getattr(job, name) for name in ("created", "unchanged", "failed", "undated")
        }
        events.record(
            "import.failed" if problem else "import.finished",
            by=by,
            subject=job,
            changes=counts,
        )


def resume_left_behind() -> int:
    """Queue again every job whose worker is not heard of any more; returns how many."""
    quiet = timezone.now() - LEFT_BEHIND_AFTER
    left = (
        ImportJob.objects.exclude(state__in=IMPORT_OVER)
        .annotate(last=Coalesce("heard_at", "queued_at"))
        .filter(last__lt=quiet)
        .order_by("queued_at")[:100]
    )
    queued = 0
    for job in left:
        with transaction.atomic():
            outbox.add(TOPIC, {"ref": job.ref}, key=_key(job))
        queued += 1
    return queued


def forget_files(*, by: Actor) -> int:
    """Delete the files of imports that ended :data:`FILE_KEPT` ago; returns how many jobs lost theirs.

    What was taken from them stays. Columns that are not used may hold names
    and addresses, which live nowhere else.
    """
    before = timezone.now() - FILE_KEPT
    old = (
        ImportJob.objects.filter(finished_at__lt=before)
        .exclude(stored_as="")
        .order_by("pk")[:BATCH]
    )
    forgotten = 0
    for job in old:
        needed = ImportJob.objects.filter(stored_as=job.stored_as).filter(
            Q(finished_at=None) | Q(finished_at__gte=before)
        )
        stored_as = job.stored_as
        if needed.exists():
            continue
        with transaction.atomic():
            ImportJob.objects.filter(pk=job.pk).update(stored_as="")
            events.record("import.file_deleted", by=by, subject=job)
        if not ImportJob.objects.filter(stored_as=stored_as).exists():
            default_storage.delete(stored_as)
        forgotten += 1
    return forgotten


# -- rows not added, as a file ----------------------------------------------------


def rows_to_correct(*, job: ImportJob, reasons: Iterable[tuple[int, str]]) -> Iterator[list[str]]:
    """The heading and the rows not added as they stand in the file, each with line and reason.

    Streams. When the file is gone, only lines and reasons are left.

    :param reasons: ascending by line
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_opened(job))
            records = readers.records_of(file, chooses=is_heading)
            heading = next(records).cells
        except readers.Unreadable:
            records, heading = iter(()), []
        yield [*TO_CORRECT, *(readers.text_of(cell) for cell in heading)]
        for line, reason in reasons:
            record = next((record for record in records if record.line >= line), None)
            cells = record.cells if record and record.line == line else []
            yield [str(line), reason, *(readers.text_of(cell) for cell in cells)]
