"""Importing in the browser."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from portfolio.enums import ImportState
from portfolio.models import ImportJob, Innovation
from portfolio.services import imports
from tests import factories
from tests.portfolio.test_import import FULL, bring_in, start
from tests.portfolio.test_import_readers import workbook

pytestmark = pytest.mark.django_db


def address(site, job=None, name="import_job") -> str:
    if job is None:
        return reverse("portfolio:imports", kwargs={"site": site.slug})
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, "ref": job.ref})


def send(client, site, content, name="ideas.csv", **kwargs):
    content = content if isinstance(content, bytes) else content.encode()
    return client.post(address(site), {"file": SimpleUploadedFile(name, content)}, **kwargs)


def confirm(client, site, job):
    """Press "Import these" on the page that shows the counts."""
    job.refresh_from_db()
    return client.post(address(site, job, "import_confirm"), {"version": job.version})


def test_a_file_is_sent_read_and_told_about(hub, site, run_outbox):
    response = send(hub, site, FULL + "Bad one,gadget,,,,,,,,\n")
    job = ImportJob.objects.get()
    assert response.status_code == 302
    assert response.url == address(site, job)
    waiting = hub.get(response.url).content.decode()
    assert "waiting to start" in waiting
    assert "Refresh this page" in waiting
    run_outbox()
    page = hub.get(response.url).content.decode()
    assert "Nothing is imported yet" in page
    assert "1 row has no received date, and is left out of the monthly numbers." in page
    assert "Innovation type is “gadget”" in page
    assert "Columns that are not used: Owner." in page
    assert "Nobody has said what these mean" in page
    assert Innovation.objects.count() == 0
    confirm(hub, site, job)
    run_outbox()
    page = hub.get(response.url).content.decode()
    assert "1 row has no received date, and is left out of the monthly numbers." in page
    assert "Columns that were not used: Owner." in page
    assert reverse("portfolio:innovations", kwargs={"site": site.slug}) in page
    assert Innovation.objects.filter(site=site).count() == 3
    job.refresh_from_db()
    assert job.actor_kind == "user"


def test_a_workbook_is_taken_too(hub, site, run_outbox):
    send(hub, site, workbook(["title", "innovation_type"], ["A", "device"]), name="ideas.xlsx")
    run_outbox()
    confirm(hub, site, ImportJob.objects.get())
    run_outbox()
    assert Innovation.objects.get().title == "A"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"%PDF-1.4", "This is a PDF"),
        (b"\n \n", "The file is empty"),
        (b"PK\x03\x04 nothing", "damaged"),
    ],
)
def test_a_bad_file_is_refused_at_once_with_a_sentence(hub, site, content, words):
    response = send(hub, site, content)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "There is a problem" in page
    assert "<title>Error: " in page
    assert ImportJob.objects.count() == 0


def test_no_file_is_a_sentence_too(hub, site):
    response = hub.post(address(site))
    assert response.status_code == 422
    assert "Choose a file to import" in response.content.decode()


def test_fifty_megabytes_are_refused_without_being_held_in_memory(hub, site):
    class Endless(io.BytesIO):
        """A file of 50 MB."""

    file = Endless(b"title,innovation_type\n" + b"x" * 50_000_000)
    file.name = "huge.csv"
    response = hub.post(address(site), {"file": file})
    assert response.status_code == 422
    assert "The file is larger than 20 MB" in response.content.decode()


def test_a_long_or_odd_file_name_is_kept_as_far_as_it_goes(hub, site):
    send(hub, site, FULL, name="a" * 300 + "\u202e.csv")
    name = ImportJob.objects.get().file_name
    assert len(name) <= 200
    assert "\u202e" not in name


def test_the_progress_part_is_answered_alone_and_ends_with_a_fresh_page(hub, site, run_outbox):
    job = start(site, FULL)
    part = hub.get(address(site, job), headers={"HX-Request": "true"})
    assert "HX-Request" in part["Vary"]
    assert "<h1" not in part.content.decode()
    assert "hx-get" in part.content.decode()
    run_outbox()
    over = hub.get(address(site, job), headers={"HX-Request": "true"})
    assert over["HX-Refresh"] == "true"


def test_a_job_that_nobody_takes_says_so(hub, site):
    job = start(site, FULL)
    ImportJob.objects.update(queued_at=timezone.now() - dt.timedelta(minutes=5))
    assert "Nothing reads imports at the moment" in hub.get(address(site, job)).content.decode()


def test_a_file_that_turned_out_unreadable_says_why(hub, site):
    job = bring_in(site, b"%PDF-1.4")
    page = hub.get(address(site, job)).content.decode()
    assert "The file could not be read" in page
    assert "This is a PDF" in page


def test_many_refused_rows_come_in_pages(hub, site):
    job = bring_in(
        site, "title,innovation_type\n" + "".join(f"Idea {n},gadget\n" for n in range(60))
    )
    first = hub.get(address(site, job))
    assert first.content.decode().count('data-label="Reason"') == 25
    older = first.context["next"].removesuffix("#not-added")
    second = hub.get(address(site, job) + older).content.decode()
    assert 'class="hub-num">27</th>' in second
    assert 'class="hub-num">2</th>' not in second


def test_a_page_of_refused_rows_costs_the_same_however_many_there_are(hub, site, count_queries):
    few = bring_in(site, "title,innovation_type\nA,gadget\n")
    many = bring_in(site, "title,innovation_type\nA,gadget\nB,gadget\nC,gadget\n")
    hub.get(address(site, few))
    costs = []
    for job in (few, many):
        with count_queries() as queries:
            hub.get(address(site, job))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_list_costs_the_same_with_one_and_three_imports(hub, site, hub_user, count_queries):
    costs = []
    for jobs in (1, 3):
        while ImportJob.objects.count() < jobs:
            bring_in(site, f"title,innovation_type\nOf {ImportJob.objects.count()},device\n")
        ImportJob.objects.update(actor_kind="user", actor_ref=hub_user.ref)
        hub.get(address(site))
        with count_queries() as queries:
            page = hub.get(address(site)).content.decode()
        assert page.count('data-label="File"') == jobs
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_refused_rows_are_downloaded_safe_for_spreadsheets(hub, site):
    job = bring_in(site, 'title,innovation_type\n=cmd|calc,gadget\n"Gut, aber",gadget\n')
    response = hub.get(address(site, job, "import_not_added"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "attachment" in response["Content-Disposition"]
    lines = text.splitlines()
    assert lines[0] == "line,reason,title,innovation_type"
    assert lines[1].startswith("2,")
    assert lines[1].endswith("'=cmd|calc,gadget")
    assert lines[2].endswith('"Gut, aber",gadget')


def test_the_empty_list_to_fill_in_can_be_imported(hub, site):
    response = hub.get(reverse("portfolio:import_template", kwargs={"site": site.slug}))
    job = bring_in(site, b"".join(response.streaming_content))
    assert (job.created, job.failed, job.ignored) == (1, 0, [])


def test_another_sites_import_is_not_found_and_a_missing_one_is_the_same(hub, site, other_site):
    foreign = bring_in(other_site, FULL)
    here = {"site": site.slug}
    for name in ("import_job", "import_not_added"):
        wrong = hub.get(reverse(f"portfolio:{name}", kwargs={**here, "ref": foreign.ref}))
        missing = hub.get(reverse(f"portfolio:{name}", kwargs={**here, "ref": "0" * 10}))
        assert wrong.status_code == missing.status_code == 404
        assert hub.get(address(other_site, foreign, name)).status_code == 404
    assert hub.get(address(other_site)).status_code == 404


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.PPIE_LEAD, Role.REVIEWER, Role.STAFF])
def test_others_at_the_site_may_not_import(site, sign_in, role):
    job = bring_in(site, FULL)
    client = sign_in(factories.member(site, role))
    assert client.get(address(site)).status_code == 403
    assert send(client, site, FULL).status_code == 403
    assert client.get(address(site, job)).status_code == 403
    assert client.get(address(site, job, "import_not_added")).status_code == 403


def test_a_page_of_an_import_whose_state_is_running_shows_how_far_it_is(hub, site):
    job = start(site, FULL)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.RUNNING, total=1500, read=500)
    page = hub.get(address(site, job)).content.decode()
    assert "500 of 1,500" in page
    assert 'max="1500" value="500"' in page


def test_rows_with_what_may_be_an_nhs_number_are_named(hub, site):
    job = bring_in(site, "title,innovation_type,idea\nA,device,For 943 476 5919\n")
    page = hub.get(address(site, job)).content.decode()
    assert "May hold an NHS number (ends 5919)." in page
    assert Innovation.objects.get().ref in page


def test_too_large_says_the_limit_of_the_settings(settings):
    settings.IMPORT_MAX_BYTES = 3_000_000
    assert "3 MB" in imports.too_large()


# -- columns, values and counts --------------------------------------------------------


OTHER = "Name,Kind,Where it is,Notes\nSensor,Gadget,WIP,x\nApp,Software,WIP|DEPLOYED,\nClinic,,PAUSED,y\n"


@pytest.fixture
def asked(hub, site, run_outbox):
    """An import that waits for somebody to say what its columns are."""
    send(hub, site, OTHER)
    run_outbox()
    return ImportJob.objects.get()


def choices(job, **more):
    """What the first page sends: columns by their place."""
    return {"version": job.version, "column-0": "title", "column-1": "innovation_type",
            "column-2": "state", "column-3": "", **more}  # fmt: skip


MEANT = {
    "values": "said",
    # Most frequent first, then by name; what is empty comes last.
    "innovation_type-0": "device",
    "innovation_type-1": "digital",
    "innovation_type-2": "service",
    "state-0": "parked",
    "state-1": "scoping",
    "state-2": "waiting",
}


def columns_page(site, job):
    return address(site, job, "import_columns")


def test_a_file_with_other_headings_leads_to_its_columns(hub, site, asked):
    response = hub.get(address(site, asked))
    assert response.status_code == 302
    assert response.url == columns_page(site, asked)
    page = hub.get(response.url).content.decode()
    assert "We guessed what we could" in page
    for words in ("Where it is", "WIP|DEPLOYED", "2 of 3 filled", "Not used"):
        assert words in page
    # Guessed by name: Name is the title, Kind the type.
    assert '<option value="title" selected>' in page
    assert '<option value="innovation_type" selected>' in page


def test_columns_then_values_then_counts_then_the_import(hub, site, asked, run_outbox):
    values = hub.post(columns_page(site, asked), choices(asked))
    page = values.content.decode()
    assert values.status_code == 200
    for words in ("What the values mean", "Gadget", "WIP|DEPLOYED", "(empty)", "Choose"):
        assert words in page
    assert 'name="column-0" value="title"' in page
    response = hub.post(columns_page(site, asked), choices(asked) | MEANT)
    assert response.status_code == 302, response.content.decode()
    run_outbox()
    counted = hub.get(response.url).content.decode()
    assert "Nothing is imported yet" in counted
    assert "Import these" in counted
    assert "Columns that are not used: Notes." in counted
    confirm(hub, site, asked)
    run_outbox()
    assert dict(Innovation.objects.values_list("title", "state")) == {
        "Sensor": "scoping",
        "App": "waiting",
        "Clinic": "parked",
    }
    assert Innovation.objects.get(title="Clinic").innovation_type == "service"


def test_the_same_headings_again_go_straight_to_the_counts(hub, site, asked, run_outbox):
    hub.post(columns_page(site, asked), choices(asked) | MEANT)
    run_outbox()
    send(hub, site, OTHER + "New one,Software,WIP,\n", name="later.csv")
    run_outbox()
    job = ImportJob.objects.latest("pk")
    assert (job.state, job.created) == (ImportState.CHECKED, 4)
    page = hub.get(columns_page(site, job)).content.decode()
    assert "These are your choices from last time" in page
    assert '<option value="state" selected>' in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"column-1": ""}, "Say which column holds the innovation type"),
        ({"column-0": ""}, "Say which column holds the title"),
        ({"column-3": "title"}, "Title is chosen for “Name” and “Notes”"),
        ({"every-innovation_type": "device"}, "Keep one of the two"),
        ({"every-received_on": "soon"}, "write the date as"),
        ({"column-0": "titel"}, "What “Name” is"),
    ],
)
def test_what_does_not_fit_is_said_and_the_choices_stay(hub, site, asked, changes, words):
    response = hub.post(columns_page(site, asked), choices(asked, **changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "There is a problem" in page
    if "column-0" not in changes:
        assert '<option value="title" selected>' in page
    asked.refresh_from_db()
    assert asked.state == ImportState.MAPPING


def test_a_column_of_many_values_holds_no_codes(hub, site, run_outbox):
    rows = "".join(f"Idea {n},note {n}\n" for n in range(60))
    send(hub, site, f"Name,Kind\n{rows}")
    run_outbox()
    job = ImportJob.objects.get()
    response = hub.post(
        columns_page(site, job),
        {"version": job.version, "column-0": "title", "column-1": "innovation_type"},
    )
    assert response.status_code == 422
    assert "“Kind” has more than 50 different values" in response.content.decode()


def test_a_type_that_nobody_chose_is_asked_for(hub, site, asked):
    response = hub.post(
        columns_page(site, asked), choices(asked) | MEANT | {"innovation_type-1": ""}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "Say which innovation type “Software” is" in page
    assert '<option value="device" selected>' in page


def test_from_the_values_one_can_go_back_to_the_columns(hub, site, asked):
    response = hub.post(columns_page(site, asked), choices(asked) | MEANT | {"back": "columns"})
    assert response.status_code == 200
    assert "What the columns are" in response.content.decode()


def test_one_value_for_every_row_needs_no_column(hub, site, asked, run_outbox):
    response = hub.post(
        columns_page(site, asked),
        choices(asked, **{"column-1": "", "column-2": "", "every-innovation_type": "digital"}),
    )
    assert response.status_code == 302
    run_outbox()
    asked.refresh_from_db()
    assert asked.by_type == {"digital": 3}


def test_two_people_who_explain_one_file(hub, site, asked):
    stale = asked.version
    hub.post(columns_page(site, asked), choices(asked) | MEANT)
    ImportJob.objects.filter(pk=asked.pk).update(state=ImportState.CHECKED)
    response = hub.post(columns_page(site, asked), choices(asked, version=stale) | MEANT)
    assert response.status_code == 422
    assert "Somebody else changed this import" in response.content.decode()


def test_a_stale_count_is_not_imported(hub, site, asked, run_outbox):
    hub.post(columns_page(site, asked), choices(asked) | MEANT)
    run_outbox()
    asked.refresh_from_db()
    response = hub.post(
        address(site, asked, "import_confirm"), {"version": asked.version - 1}, follow=True
    )
    assert "Somebody else changed this import" in response.content.decode()
    assert Innovation.objects.count() == 0


def test_an_import_is_undone_from_its_page(hub, site, hub_user, run_outbox):
    job = bring_in(site, FULL)
    undo = address(site, job, "import_undo")
    assert undo in hub.get(address(site, job)).content.decode()
    page = hub.get(undo).content.decode()
    assert "3 innovations that this import added go out of every list" in page
    response = hub.post(undo, {"version": job.version})
    assert response.url == address(site, job)
    run_outbox()
    page = hub.get(response.url).content.decode()
    assert f"{hub_user.person.name} undid this import" in page
    assert "3 innovations were taken out" in page
    assert undo not in page
    assert (
        "Bedside sensor"
        not in hub.get(
            reverse("portfolio:innovations", kwargs={"site": site.slug})
        ).content.decode()
    )


def test_who_worked_on_something_stands_against_undoing(hub, site, hub_user):
    from portfolio.services import innovations

    job = bring_in(site, FULL)
    idea = Innovation.objects.get(title="Ward app")
    page = hub.get(address(site, job, "import_undo")).content.decode()
    innovations.assign(innovation=idea, to=hub_user, by=factories.TEST)
    for answer in (
        hub.get(address(site, job, "import_undo")),
        hub.post(address(site, job, "import_undo"), {"version": job.version}),
    ):
        page = answer.content.decode()
        assert "can no longer be undone" in page
        assert idea.get_absolute_url() in page
        assert "New clinic" not in page
    assert answer.status_code == 422


def test_nothing_to_undo_is_said(hub, site):
    job = start(site, FULL)
    assert "nothing to undo" in hub.get(address(site, job, "import_undo")).content.decode()


def test_the_pages_of_what_came_in_as_scoping_or_parked_open(hub, site, asked, run_outbox):
    hub.post(columns_page(site, asked), choices(asked) | MEANT)
    run_outbox()
    confirm(hub, site, asked)
    run_outbox()
    for idea in Innovation.objects.all():
        page = hub.get(idea.get_absolute_url())
        assert page.status_code == 200
        assert idea.title in page.content.decode()
        assert "Imported" in page.content.decode()
