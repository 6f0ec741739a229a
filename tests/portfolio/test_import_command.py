"""``manage.py import_innovations``: what it prints and how it ends."""

from io import StringIO

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import CommandError, call_command

from hubapp.celery import app
from portfolio.enums import ImportState
from portfolio.models import ImportJob, Innovation
from portfolio.services import import_runs
from tests.portfolio.test_import import FULL

BAD = "title,innovation_type\nA,device\n,device\nC,gadget\n"


@pytest.fixture
def file(tmp_path):
    """Writes a file and returns its path."""

    def write(content, name="ideas.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def run(*arguments, **options) -> tuple[int, str]:
    """The command's status and all that it printed."""
    out = StringIO()
    try:
        call_command("import_innovations", *arguments, stdout=out, stderr=out, **options)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db
def test_a_good_file_ends_well_and_is_counted_by_type(site, file):
    status, said = run(file(FULL), "--site", site.code.lower(), "--here")
    assert status == 0
    assert "Added:        3 (0 medicine, 1 device, 1 digital, 1 service)" in said
    assert "Already here: 0\nNot added:    0\n" in said
    assert "1 row has no received date and is left out of the monthly numbers." in said
    assert "Columns not used: Owner" in said
    status, said = run(file(FULL), "--site", site.code, "--here")
    assert (status, "Already here: 3" in said, "no received date" in said) == (0, True, False)


@pytest.mark.django_db
def test_each_bad_row_is_listed_with_its_line_and_the_command_fails(site, file):
    status, said = run(file(BAD), "--site", site.code, "--here")
    assert status == 1
    assert "Line 3: Title is missing.\nLine 4: Innovation type is “gadget”." in said
    assert "Not added:    2" in said


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_fails_with_its_sentence(site, file):
    status, said = run(file(b"%PDF-1.4"), "--site", site.code, "--here")
    assert status == 1
    assert "This is a PDF" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/nowhere/ideas.csv", None, "cannot be read: No such file"),
        ("/", None, "cannot be read"),
        (None, "NOSUCH", "There is no site with the code NOSUCH. Sites: TEST"),
    ],
)
def test_a_wrong_path_or_site_is_a_sentence(site, file, path, code, words):
    with pytest.raises(CommandError, match=words):
        run(path or file(FULL), "--site", code or site.code)
    assert ImportJob.objects.count() == 0


@pytest.mark.django_db
def test_an_empty_file_is_a_sentence(site, file):
    with pytest.raises(CommandError, match=r"ideas\.csv: The file is empty"):
        run(file(b""), "--site", site.code)


@pytest.mark.django_db
def test_without_a_worker_it_says_how_to_start_one_and_the_job_waits(site, file):
    with pytest.raises(
        CommandError, match=r"No worker took the import within 0\.3 seconds"
    ) as said:
        run(file(FULL), "--site", site.code, "--wait", "0.3")
    assert "make run" in str(said.value)
    assert "--here" in str(said.value)
    assert ImportJob.objects.get().state == ImportState.QUEUED
    assert Innovation.objects.count() == 0


@pytest.mark.django_db
def test_reading_here_what_waits_for_a_worker_does_it_once(site, file):
    with pytest.raises(CommandError):
        run(file(FULL), "--site", site.code, "--wait", "0.1")
    status, _ = run(file(FULL), "--site", site.code, "--here")
    assert (status, ImportJob.objects.count(), Innovation.objects.count()) == (0, 1, 3)


@pytest.mark.redis
@pytest.mark.postgresql  # the worker is another thread, with a connection of its own
@pytest.mark.django_db(transaction=True)
def test_the_command_waits_for_a_real_worker(site, file, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 10)
    rows = "".join(f"Idea {number},device\n" for number in range(95))
    with start_worker(app, pool="solo", perform_ping_check=False):
        status, said = run(
            file(f"title,innovation_type\n{rows}Bad,gadget\n"), "--site", site.code, "--wait", "60"
        )
    assert status == 1
    assert "Added:        95 (0 medicine, 95 device, 0 digital, 0 service)" in said
    assert "Line 97: Innovation type is “gadget”." in said
    assert ImportJob.objects.get().created == Innovation.objects.count() == 95


# -- counting, and files with headings of their own ------------------------------------


OTHER = "Name,Kind\nSensor,Gadget\nApp,Software\n"
MEANT = (
    '{"columns": {"Name": "title", "Kind": "innovation_type"},'
    ' "values": {"innovation_type": {"Gadget": "device", "Software": "digital"}}}'
)


@pytest.mark.django_db
def test_a_dry_run_says_what_would_be_added_and_adds_nothing(site, file):
    status, said = run(file(FULL), "--site", site.code, "--here", "--dry-run")
    assert status == 0
    assert "Would be added:  3 (0 medicine, 1 device, 1 digital, 1 service)" in said
    assert "Cannot be added: 0" in said
    assert Innovation.objects.count() == 0
    status, said = run(file(FULL), "--site", site.code, "--here")
    assert (status, Innovation.objects.count()) == (0, 3)


@pytest.mark.django_db
def test_a_mapping_explains_the_columns(site, file):
    mapping = file(MEANT, "mapping.json")
    status, said = run(file(OTHER), "--site", site.code, "--here", "--mapping", mapping)
    assert status == 0
    assert "Added:        2 (0 medicine, 1 device, 1 digital, 0 service)" in said
    # From now on the site knows such files.
    status, said = run(file(OTHER + "Desk,Software\n"), "--site", site.code, "--here")
    assert (status, "Added:        1" in said) == (0, True)


@pytest.mark.django_db
def test_columns_that_nobody_explained_are_named(site, file):
    status, said = run(file(OTHER), "--site", site.code, "--here", "--dry-run")
    assert status == 1
    assert "Nobody has said what these columns mean: “Name”, “Kind”." in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "as an object"),
        ('{"columns": {"a": "titel"}}', "no field “titel”"),
    ],
)
def test_a_wrong_mapping_is_a_sentence(site, file, content, words):
    with pytest.raises(CommandError, match=words):
        run(file(OTHER), "--site", site.code, "--mapping", file(content, "mapping.json"))
