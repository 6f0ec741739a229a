"""Innovations from a file: what is added, what is refused, and that nothing is added twice."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hubapp.events.models import Event
from hubapp.notifications.models import Delivery
from hubapp.outbox.models import OutboxMessage
from hubapp.problems import Refused
from hubapp.workdays import LONDON
from portfolio import readers, rows
from portfolio.clock import standing
from portfolio.enums import Channel, ImportState, MoveReason, RowOutcome, State
from portfolio.models import ImportJob, ImportRow, Innovation, StageMove
from portfolio.services import import_runs, imports
from tests import factories
from tests.portfolio.test_import_readers import workbook

pytestmark = pytest.mark.django_db
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "innovations.csv"


def start(site, content, name="ideas.csv", **kwargs) -> ImportJob:
    content = content if isinstance(content, bytes) else content.encode()
    return imports.start_import(
        site=site, file=ContentFile(content), file_name=name, by=factories.TEST, **kwargs
    )


def bring_in(site, content, **kwargs) -> ImportJob:
    """Import a file and return its job when it is over."""
    job = start(site, content, queue=False, **kwargs)
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    return job


def counts(job: ImportJob) -> tuple[int, int, int]:
    return job.created, job.unchanged, job.failed


def reasons(job: ImportJob) -> dict[int, str]:
    return dict(job.rows.filter(outcome=RowOutcome.FAILED).values_list("number", "reason"))


def reason_for(site, **cells) -> str:
    """Why a row with these cells is refused."""
    cells = {"title": "An idea", "innovation_type": "digital", **cells}
    line = ",".join('"' + value.replace('"', '""') + '"' for value in cells.values())
    job = bring_in(site, f"{','.join(cells)}\n{line}\n")
    assert counts(job) == (0, 0, 1)
    return reasons(job)[2]


FULL = """Title,Innovation Type,PROBLEM,for whom,Idea,Received_On,external-id,Submitter kind,Is_Confidential,Owner
Bedside sensor,Device or diagnostic,Falls,Older inpatients,A mat,2026-03-27,A-17,Staff,yes,Someone
Ward app,DIGITAL,,,,31/01/2025,,company,,
New clinic,service,,,,,,,no,
"""


def test_a_row_becomes_an_innovation_that_waits_without_clock_or_mail(site):
    before = timezone.now()
    job = bring_in(site, FULL)
    assert (job.state, job.problem, counts(job)) == (ImportState.DONE, "", (3, 0, 0))
    assert (job.total, job.read, job.undated) == (3, 3, 1)
    assert job.by_type == {"device": 1, "digital": 1, "service": 1}
    assert job.ignored == ["Owner"]
    sensor = Innovation.objects.get(title="Bedside sensor")
    assert (sensor.site, sensor.channel, sensor.state) == (site, Channel.IMPORT, State.WAITING)
    assert (sensor.innovation_type, sensor.submitter_kind, sensor.is_confidential) == (
        "device",
        "staff",
        True,
    )
    assert (sensor.problem, sensor.for_whom, sensor.idea) == ("Falls", "Older inpatients", "A mat")
    assert sensor.received_on == dt.date(2026, 3, 27)
    assert sensor.received_at.astimezone(LONDON).date() == sensor.received_on
    assert sensor.queued_at == sensor.received_at
    assert (sensor.submission, sensor.clock_started_on, sensor.due_on, sensor.days_allowed) == (
        None,
    ) * 4
    assert "older inpatients" in sensor.search_text
    assert sensor.ref.lower() in sensor.search_text
    clinic = Innovation.objects.get(title="New clinic")
    assert (clinic.received_at, clinic.received_on) == (None, None)
    assert clinic.queued_at >= before
    assert Delivery.objects.count() == 0


def test_each_row_has_its_move_and_its_event(site):
    job = bring_in(site, FULL)
    for innovation in Innovation.objects.all():
        move = innovation.moves.get()
        assert (move.number, move.from_state, move.to_state) == (1, "", State.WAITING)
        assert (move.reason, move.site_id) == (MoveReason.IMPORTED, site.pk)
        replayed = standing([move], started_on=None, days_allowed=None)
        assert (replayed.state, replayed.state_since) == (innovation.state, innovation.state_since)
        event = Event.objects.get(subject_ref=innovation.ref)
        assert (event.verb, event.site_id, event.changes) == (
            "innovation.imported",
            site.pk,
            {"import": job.ref},
        )
    assert (
        Event.objects.filter(subject_ref=job.ref).values_list("verb", flat=True).order_by("id")[1]
        == "import.finished"
    )


def test_replaying_a_file_changes_nothing(site):
    bring_in(site, FULL)
    rows = list(Innovation.objects.order_by("pk").values())
    job = bring_in(site, FULL)
    assert counts(job) == (0, 3, 0)
    assert job.by_type == {}
    assert job.undated == 0
    assert list(Innovation.objects.order_by("pk").values()) == rows
    assert StageMove.objects.count() == 3


def test_case_blanks_and_accents_do_not_make_another_row(site):
    bring_in(site, "title,innovation_type\nCafé  trolley,device\n")
    job = bring_in(site, "innovation_type,title\nDevice or diagnostic,  CAFE trolley \n")
    assert counts(job) == (0, 1, 0)


def test_the_same_row_twice_in_a_file_names_the_first_line(site, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 2)  # the second one in another batch than the first
    job = bring_in(site, "title,innovation_type\nA,device\nB,device\nC,device\nA,device\n")
    assert counts(job) == (3, 1, 0)
    assert job.rows.get(number=5).reason == "The same as line 2."
    again = bring_in(site, "title,innovation_type\nA,device\nB,device\nC,device\nA,device\n")
    assert counts(again) == (0, 4, 0)


def test_an_id_of_its_own_tells_rows_apart_and_together(site):
    head = "title,innovation_type,external_id\n"
    job = bring_in(site, f"{head}Same,device,1\nSame,device,2\nAnother name,digital,1\n")
    assert counts(job) == (2, 1, 0)


def test_the_same_row_may_be_at_two_sites(site, other_site):
    bring_in(site, FULL)
    assert counts(bring_in(other_site, FULL)) == (3, 0, 0)


def test_a_refused_row_does_not_stop_the_others(site):
    job = bring_in(site, "title,innovation_type\nA,device\n,device\nC,gadget\nD,service\n")
    assert counts(job) == (2, 0, 2)
    assert reasons(job) == {
        3: "Title is missing.",
        4: "Innovation type is “gadget”. Use one of: Medicine, Device or diagnostic, Digital, Service.",
    }


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"innovation_type": ""}, "Innovation type is missing. Use one of: Medicine"),
        ({"title": "x" * 301}, "Title has 301 characters; the most is 300."),
        ({"title": "x" * 100_000}, "Title has 100,000 characters"),
        ({"idea": "x" * 200_000}, "Idea has 200,000 characters; the most is 20,000."),
        ({"title": "with\x00null"}, "invisible character (U+0000)"),
        ({"received_on": "31/02/2026"}, "“31/02/2026”, which is not a real date"),
        ({"received_on": "2026-13-01"}, "“2026-13-01”, which is not a real date"),
        ({"received_on": "0000-01-01"}, "which is not a real date"),
        ({"received_on": "2999-01-01"}, "which is in the future"),
        ({"received_on": "31/12/1947"}, "before 1948"),
        ({"received_on": "last spring"}, "Write the date as 2026-03-27 or 27/03/2026"),
        ({"received_on": "27/03/26"}, "Write the date as"),
        ({"received_on": "٢٠٢٦-٠٣-٢٧"}, "Write the date as"),
        ({"submitter_kind": "robot"}, "Use one of: Staff, Patient, carer or public"),
        ({"is_confidential": "perhaps"}, "Write yes or no"),
    ],
)
def test_a_bad_cell_is_named_in_a_sentence(site, cells, words):
    assert words in reason_for(site, **cells)


def test_every_fault_of_a_row_is_said_at_once(site):
    reason = reason_for(site, title="", innovation_type="gadget", received_on="soon")
    assert all(word in reason for word in ("Title is missing", "gadget", "soon"))


def test_what_is_shown_of_a_cell_holds_nothing_that_a_terminal_obeys(site):
    assert "\x1b" not in reason_for(site, innovation_type="\x1b[2Jred")


@pytest.mark.parametrize(
    "title",
    [
        '=HYPERLINK("http://example.org")',
        "<script>alert(1)</script>",
        "🩺 Stethoscope 👩🏽‍⚕️",
        "فكرة جديدة للمستشفى",
        "“Quoted” – dashed",
        "NHS @home",
        "'@home' monitoring",
        "x" * 300,
    ],
)
def test_texts_are_kept_as_they_are(site, title):
    quoted = title.replace('"', '""')
    bring_in(site, f'title,innovation_type\n"{quoted}",service\n')
    assert Innovation.objects.get().title == title


def test_a_comma_outside_quotation_marks_is_noticed(site):
    job = bring_in(site, "title,innovation_type\nApps, device, digital\nShort\n")
    assert "It has 3 cells where the heading row has 2" in reasons(job)[2]
    assert "Innovation type is missing" in reasons(job)[3]


def test_a_quotation_mark_that_is_never_closed_costs_a_row_and_is_hinted_at(site):
    rows = "".join(f"Idea number {n},device\n" for n in range(100))
    job = bring_in(site, f'title,innovation_type\nFirst,device\n"{rows}')
    assert job.created == 1
    assert "Is a quotation mark missing" in reasons(job)[3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name,type\nA,device\n", "The columns “title” and “innovation_type” are missing"),
        (
            "title;kind\nA;device\n",
            "The column “innovation_type” is missing. The heading row (line 1) has “title”, “kind”",
        ),
        (
            "title,Title,innovation_type\nA,B,device\n",
            "The column “title” is there twice, as columns 1 and 2",
        ),
        (b"%PDF-1.4", "This is a PDF"),
        ("title,innovation_type\nCafé,device\n".encode() + b"S\xe4ule,device\n", "Line 3"),
    ],
)
def test_a_file_that_cannot_be_read_adds_nothing_and_says_why(site, content, words):
    job = bring_in(site, content)
    assert job.state == ImportState.FAILED
    assert words in job.problem
    assert Innovation.objects.count() == 0
    assert Event.objects.filter(verb="import.failed", subject_ref=job.ref).exists()


def test_a_heading_row_alone_is_done_with_nothing_added(site):
    job = bring_in(site, "title,innovation_type\n")
    assert (job.state, counts(job), job.total) == (ImportState.DONE, (0, 0, 0), 0)


def test_a_workbook_with_real_dates_and_truths(site):
    content = workbook(
        ["Title", "Innovation type", "Received on", "Is confidential", "External id"],
        ["A", "Device or diagnostic", dt.datetime(2025, 6, 1), True, 17.0],  # noqa: DTZ001 - as workbooks have them
        ["B", "service", "1/6/2025", "no", None],
        [None, None, None, None, None],
        [12, "digital", 45000, None, None],
    )
    job = bring_in(site, content, name="ideas.xlsx")
    assert counts(job) == (2, 0, 1)
    assert Innovation.objects.get(title="A").received_on == dt.date(2025, 6, 1)
    assert Innovation.objects.get(title="A").is_confidential
    assert "Received on is “45000”" in reasons(job)[5]


def test_a_valid_nhs_number_is_added_and_pointed_out(site):
    job = bring_in(site, "title,innovation_type,idea\nA,device,For 943 476 5919 on ward 3\n")
    assert (job.created, job.doubted) == (1, 1)
    assert job.rows.get().reason == "May hold an NHS number (ends 5919)."


# -- nothing lost, nothing twice ------------------------------------------------

MANY = "title,innovation_type\n" + "".join(f"Idea {n},device\n" for n in range(20)) + "Bad,gadget\n"


def break_at_batch(monkeypatch, number: int, error: Exception) -> None:
    """The worker dies in the given batch, after its rows were written and before the commit."""
    add, seen = import_runs._add_batch, []

    def dying(job, batch):
        add(job, batch)
        seen.append(1)
        if len(seen) == number:
            raise error

    monkeypatch.setattr(import_runs, "_add_batch", dying)


def test_a_worker_killed_midway_is_continued_where_it_stopped(site, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 5)
    job = start(site, MANY)
    with monkeypatch.context() as patch:
        break_at_batch(patch, 3, SystemExit("killed"))
        with pytest.raises(SystemExit):
            import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    assert (job.state, job.read, job.created, Innovation.objects.count()) == (
        ImportState.RUNNING,
        10,
        10,
        10,
    )
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    assert (job.state, job.read, counts(job)) == (ImportState.DONE, 21, (20, 0, 1))
    assert Innovation.objects.count() == StageMove.objects.count() == 20
    assert ImportRow.objects.filter(job=job).count() == 21
    assert Event.objects.filter(verb="innovation.imported").count() == 20


def test_two_workers_on_one_job_add_nothing_twice(site, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 5)
    job = start(site, MANY)
    add = import_runs._add_batch
    seen = []

    def meanwhile(current, batch):
        if not seen:
            seen.append(1)
            import_runs.run_import(ref=job.ref, by=factories.TEST)  # the other worker does it all
        add(current, batch)

    monkeypatch.setattr(import_runs, "_add_batch", meanwhile)
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    assert (job.state, counts(job)) == (ImportState.DONE, (20, 0, 1))
    assert Innovation.objects.count() == 20


def test_a_finished_job_run_again_does_nothing(site):
    job = bring_in(site, FULL)
    events = Event.objects.count()
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    assert import_runs.run_import(ref="0" * 10, by=factories.TEST) is None
    assert Event.objects.count() == events


def test_a_long_import_makes_room_and_goes_on(site, monkeypatch, run_outbox):
    monkeypatch.setattr(import_runs, "BATCH", 5)
    monkeypatch.setattr(import_runs, "RUN_FOR_SECONDS", 0)
    job = start(site, MANY)
    run_outbox()
    # One for each batch, and one that finds the end.
    assert OutboxMessage.objects.filter(topic=imports.TOPIC).count() == 6
    job.refresh_from_db()
    assert (job.state, counts(job)) == (ImportState.DONE, (20, 0, 1))


def test_a_job_left_behind_is_queued_again_and_one_that_lives_is_not(site):
    left, lives = start(site, FULL), start(site, MANY)
    OutboxMessage.objects.update(claimed_at=timezone.now())  # taken by workers, one of which died
    quiet = timezone.now() - dt.timedelta(minutes=3)
    ImportJob.objects.filter(pk=left.pk).update(state=ImportState.RUNNING, heard_at=quiet)
    ImportJob.objects.filter(pk=lives.pk).update(
        state=ImportState.RUNNING, queued_at=quiet, heard_at=timezone.now()
    )
    assert import_runs.resume_left_behind() == 1
    assert import_runs.resume_left_behind() == 1  # still waiting: the same message
    waiting = OutboxMessage.objects.get(claimed_at=None)
    assert waiting.payload == {"ref": left.ref}


def test_a_job_that_never_gets_on_is_given_up_with_a_sentence(site):
    job = start(site, FULL)
    ImportJob.objects.filter(pk=job.pk).update(
        tries=import_runs.MAX_TRIES, state=ImportState.RUNNING
    )
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    assert job.state == ImportState.FAILED
    assert "fault at our end" in job.problem


def test_a_double_click_makes_one_job(site):
    assert start(site, FULL) == start(site, FULL)
    assert OutboxMessage.objects.count() == 1
    job = bring_in(site, FULL)
    assert start(site, FULL) != job


def test_the_file_lies_under_the_sites_code_by_its_hash(site):
    job = start(site, FULL)
    folder, name = job.stored_as.split("/")
    assert folder == site.code
    assert len(name) == 64
    assert default_storage.open(job.stored_as).read() == FULL.encode()


def test_a_file_that_is_too_large_or_empty_is_refused(site, settings):
    settings.IMPORT_MAX_BYTES = 1_000_000
    with pytest.raises(Refused, match="larger than 1 MB"):
        start(site, b"x" * 1_000_001)
    with pytest.raises(Refused, match="empty"):
        start(site, b"")
    assert ImportJob.objects.count() == 0


def test_a_file_that_is_gone_ends_the_job_with_a_sentence(site):
    job = start(site, FULL)
    default_storage.delete(job.stored_as)
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    assert (job.state, job.problem) == (
        ImportState.FAILED,
        "The file is no longer here. Choose it again.",
    )


def test_files_are_deleted_after_their_time_unless_another_import_needs_them(site):
    old, newer = bring_in(site, FULL), bring_in(site, FULL)
    long_ago = timezone.now() - imports.FILE_KEPT - dt.timedelta(days=1)
    ImportJob.objects.filter(pk=old.pk).update(finished_at=long_ago)
    stored_as = old.stored_as
    assert imports.forget_files(by=factories.TEST) == 0
    ImportJob.objects.filter(pk=newer.pk).update(finished_at=long_ago)
    assert imports.forget_files(by=factories.TEST) == 2
    assert not default_storage.exists(stored_as)
    assert Innovation.objects.count() == 3
    assert imports.forget_files(by=factories.TEST) == 0


def test_rows_to_correct_come_back_as_they_were_and_can_be_imported(site):
    from hubapp.web.csvsafe import csv_lines
    from portfolio.queries.imports import reasons_by_line

    job = bring_in(
        site, 'title,owner,innovation_type\nGood,x,device\n=1+1,"y, z",gadget\n@home,y,gizmo\n'
    )
    rows = imports.rows_to_correct(job=job, reasons=reasons_by_line(job))
    text = "".join(csv_lines(next(rows), rows))
    assert text.splitlines()[0] == "line,reason,title,owner,innovation_type"
    assert "'=1+1" in text
    assert "'@home" in text
    again = bring_in(site, text.replace(",gadget", ",digital").replace(",gizmo", ",service"))
    assert counts(again) == (2, 0, 0)
    assert again.ignored == ["owner"]
    assert set(Innovation.objects.values_list("title", flat=True)) == {"Good", "=1+1", "@home"}


def test_the_number_of_queries_does_not_grow_with_the_rows_of_a_batch(site, count_queries):
    def cost(rows: int) -> int:
        content = "title,innovation_type\n" + "".join(
            f"Of {rows}: {n},device\n" for n in range(rows)
        )
        with count_queries() as queries:
            bring_in(site, content)
        return len(queries)

    # Up to the rows that fit into one INSERT on SQLite.
    assert cost(3) == cost(12)


@given(st.text(max_size=400), st.text(max_size=40), st.text(max_size=30))
def test_any_row_is_added_or_refused_with_a_sentence(title, innovation_type, received_on):
    layout = rows.layout_of(readers.Record(1, ["title", "innovation_type", "received_on"]))
    record = readers.Record(2, [title, innovation_type, received_on])
    row = rows.check_row(record, layout, today=dt.date(2026, 11, 21))
    assert bool(row.reason) != bool(row.key)
    assert len(row.reason) <= 500
    row.reason.encode()
    for value in row.values.values():
        if isinstance(value, str):
            assert "\x00" not in value
            assert value.encode() is not None


@pytest.mark.skipif(not REAL.exists(), reason="the real list is not on this machine")
def test_the_real_list_comes_in_whole_and_only_once(site):
    job = bring_in(site, REAL.read_bytes())
    assert (job.state, counts(job), job.undated) == (ImportState.DONE, (141, 0, 0), 141)
    assert job.by_type == {"medicine": 4, "device": 20, "digital": 43, "service": 74}
    assert counts(bring_in(site, REAL.read_bytes())) == (0, 141, 0)
