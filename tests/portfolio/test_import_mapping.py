"""Files with headings and codes of their own: said once what they mean, counted, imported, remembered."""

import csv
import io
from pathlib import Path

import pytest
from django.conf import settings

from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.enums import (
    Channel,
    ImportState,
    ImportStep,
    LabelKind,
    MoveReason,
    State,
    benefit_areas,
)
from portfolio.mapping import (
    FIELDS,
    Mapping,
    MappingProblem,
    fingerprint_of,
    guess,
    names_of,
    own_names,
    plain,
)
from portfolio.models import ImportJob, ImportMapping, ImportRow, Innovation, StageMove
from portfolio.services import import_runs, imports
from tests import factories
from tests.portfolio.test_import import bring_in, counts, reasons, start

pytestmark = pytest.mark.django_db
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "portfolio_nhse_datascience.csv"

HEAD = ["slug", "title", "summary", "category", "status", "tags", "first_commit", "body_markdown"]
STATES = {
    "WIP": "scoping",
    "WIP|DEPLOYED": "waiting",
    "PAUSED": "parked",
    "COMPLETE": "waiting",
    "": "waiting",
}
BODY = "## Aim\n\n<figure markdown>\n![A plot](../plot.png)\n</figure>\n\n- First\n- **Second**\n"


def projects(*rows, head=HEAD) -> str:
    """A list of the shape that data-science teams publish: Markdown bodies, contradictory statuses."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def project(n: int, status: str, *, body=BODY, title="", tags="MODELLING|OPEN DATA") -> list[str]:
    return [f"p-{n}", title or f"Project {n}", f"Summary {n}", "Projects" if n % 2 else "", status,
            tags, "2023-12-06", body]  # fmt: skip


FILE = projects(*(project(n, status) for n, status in enumerate(STATES)))
MEANING = Mapping(
    columns={"slug": "external_id", "title": "title", "summary": "problem", "status": "state",
             "tags": "tags", "first_commit": "received_on", "body_markdown": "idea"},
    constants={"innovation_type": "digital"},
    values={"state": STATES},
    plain_text=True,
)  # fmt: skip


def dry(site, content, **kwargs) -> ImportJob:
    """Send a file as the page does, and let the worker do what it can."""
    return work(start(site, content, dry_run=True, queue=False, **kwargs))


def work(job) -> ImportJob:
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    job.refresh_from_db()
    return job


def say(job, mapping=MEANING, **kwargs) -> ImportJob:
    return work(imports.map_columns(job=job, mapping=mapping, by=factories.TEST, **kwargs))


def go(job, **kwargs) -> ImportJob:
    return work(imports.confirm_import(job=job, by=factories.TEST, **kwargs))


# -- one file, from sending to the portfolio -----------------------------------------


def test_a_file_with_its_own_headings_is_looked_at_and_asked_about(site):
    job = dry(site, FILE)
    assert (job.state, job.total, job.problem) == (ImportState.MAPPING, 5, "")
    assert [column["name"] for column in job.columns] == HEAD
    status = next(column for column in job.columns if column["name"] == "status")
    assert status["values"] == dict.fromkeys(STATES, 1)
    body = job.columns[-1]
    assert (body["filled"], body["formatted"], body["values"]) == (5, True, {BODY.strip(): 5})
    assert body["samples"] == [
        "## Aim <figure markdown> ![A plot](../plot.png) </figure> - First - **Second**"
    ]
    assert Innovation.objects.count() == ImportRow.objects.count() == 0


def test_what_is_said_is_counted_and_nothing_is_stored(site):
    job = say(dry(site, FILE + "bad row,,,,,,,\r\n"))
    assert (job.state, counts(job), job.by_type) == (ImportState.CHECKED, (5, 0, 1), {"digital": 5})
    assert list(reasons(job).values()) == ["Title is missing."]
    assert (Innovation.objects.count(), StageMove.objects.count()) == (0, 0)
    assert not Event.objects.filter(verb="innovation.imported").exists()


def test_what_was_counted_is_imported(site):
    job = go(say(dry(site, FILE)))
    assert (job.state, counts(job), job.undated, job.columns) == (
        ImportState.DONE,
        (5, 0, 0),
        0,
        [],
    )
    by_title = {idea.title: idea for idea in Innovation.objects.all()}
    assert [by_title[f"Project {n}"].state for n in range(5)] == list(STATES.values())
    first = by_title["Project 0"]
    assert (first.channel, first.innovation_type, first.problem) == (
        Channel.IMPORT,
        "digital",
        "Summary 0",
    )
    assert first.idea == "Aim\n\n- First\n- Second"
    assert str(first.received_on) == "2023-12-06"
    labels = first.labels.filter(kind=LabelKind.TAG).values_list("value", flat=True)
    assert sorted(labels) == ["modelling", "open data"]
    assert (first.clock_started_on, first.due_on, first.first_decided_on) == (None, None, None)


def test_an_imported_state_is_one_honest_move(site):
    go(say(dry(site, FILE)))
    for idea in Innovation.objects.all():
        move = idea.moves.get()
        assert (move.from_state, move.to_state, move.reason) == (
            "",
            idea.state,
            MoveReason.IMPORTED,
        )
        assert idea.decisions.count() == 0


def test_a_parked_row_can_be_taken_up_again(site):
    from portfolio.services import decisions

    go(say(dry(site, FILE)))
    parked = Innovation.objects.get(state=State.PARKED)
    decisions.bring_back(innovation=parked, by=factories.TEST)
    assert parked.state == State.WAITING


def test_the_meaning_is_remembered_by_the_headings_in_any_order(site, other_site):
    go(say(dry(site, FILE)))
    shuffled = [HEAD[4], *HEAD[:4], *HEAD[5:]]
    rows = [project(n, "WIP") for n in range(9, 12)]
    again = dry(site, projects(*([row[4], *row[:4], *row[5:]] for row in rows), head=shuffled))
    assert (again.state, counts(again)) == (ImportState.CHECKED, (3, 0, 0))
    assert Mapping.read(again.mapping) == MEANING
    # What one site said is nothing to another.
    assert dry(other_site, FILE).state == ImportState.MAPPING


def test_a_new_value_costs_its_rows_and_is_counted_first(site):
    say(dry(site, FILE))
    job = dry(site, projects(project(7, "WIP"), project(8, "RETIRED")))
    assert (job.state, counts(job)) == (ImportState.CHECKED, (1, 0, 1))
    assert "State is “RETIRED”." in next(iter(reasons(job).values()))
    job = say(
        job,
        Mapping(
            MEANING.columns, MEANING.constants, {"state": STATES | {"RETIRED": "parked"}}, True
        ),
    )
    assert counts(job) == (2, 0, 0)


def test_a_replay_adds_nothing_and_the_count_says_so(site):
    go(say(dry(site, FILE)))
    again = dry(site, FILE)
    assert (again.state, counts(again)) == (ImportState.CHECKED, (0, 5, 0))
    assert counts(go(again)) == (0, 5, 0)
    assert Innovation.objects.count() == 5


def test_the_same_row_twice_counts_once(site, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 2)
    job = say(dry(site, projects(*(project(n % 2, "WIP") for n in range(5)))))
    assert counts(job) == (2, 3, 0)
    assert counts(go(job)) == (2, 3, 0)


def test_counting_twice_forgets_what_it_stored_before(site):
    job = dry(site, projects(project(1, "ODD"), project(2, "WIP")))
    assert counts(say(job)) == (1, 0, 1)
    job = say(
        job,
        Mapping(
            MEANING.columns, MEANING.constants, {"state": {"ODD": "waiting", "WIP": "waiting"}}
        ),
    )
    assert counts(job) == (2, 0, 0)
    assert job.rows.count() == 0


def test_a_count_that_was_broken_off_begins_anew(site, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 2)
    job = dry(site, projects(*(project(n, "ODD" if n < 2 else "WIP") for n in range(6))))
    imports.map_columns(job=job, mapping=MEANING, by=factories.TEST)
    check_row, calls = import_runs.check_row, []

    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 4:
            raise MemoryError
        return check_row(*args, **kwargs)

    monkeypatch.setattr(import_runs, "check_row", dies)
    with pytest.raises(MemoryError):
        work(job)
    monkeypatch.setattr(import_runs, "check_row", check_row)
    job = work(job)
    assert (job.state, counts(job), job.rows.count()) == (ImportState.CHECKED, (4, 0, 2), 2)


# -- what may not be --------------------------------------------------------------


def test_a_stale_page_changes_nothing(site):
    job = say(dry(site, FILE))
    old = job.version
    say(job, Mapping(MEANING.columns | {"summary": "for_whom"}, MEANING.constants, MEANING.values))
    with pytest.raises(Stale):
        imports.confirm_import(job=job, by=factories.TEST, version=old)
    with pytest.raises(Stale):
        imports.map_columns(job=job, mapping=MEANING, by=factories.TEST, version=old)
    assert Innovation.objects.count() == 0


def test_two_who_confirm_at_once_import_once(site):
    job = say(dry(site, FILE))
    mine = ImportJob.objects.get(pk=job.pk)
    theirs = ImportJob.objects.get(pk=job.pk)
    go(mine)
    with pytest.raises(Stale):
        imports.confirm_import(job=theirs, by=factories.TEST)
    assert Innovation.objects.count() == 5


def test_a_file_that_is_gone_is_not_confirmed(site):
    from django.core.files.storage import default_storage

    job = say(dry(site, FILE))
    default_storage.delete(job.stored_as)
    with pytest.raises(Refused, match="no longer here"):
        imports.confirm_import(job=job, by=factories.TEST)


def test_an_import_that_is_over_takes_no_more_orders(site):
    job = go(say(dry(site, FILE)))
    for refused in (lambda: say(job), lambda: go(job)):
        with pytest.raises(Refused):
            refused()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "as an object"),
        ({"colums": {}}, "has no “colums”"),
        ({"columns": {"a": "titel"}}, "no field “titel”"),
        ({"columns": {"a": "title", "b": "title"}}, "Choose it once"),
        ({"columns": {"a": 1}}, "object of texts"),
        ({"constants": {"title": "All alike"}}, "cannot be the same for every row"),
        ({"constants": {"innovation_type": "gadget"}}, "no value of Innovation type"),
        ({"constants": {"received_on": "yesterday"}}, "write the date"),
        ({"columns": {"a": "state"}, "constants": {"state": "waiting"}}, "Keep one of the two"),
        ({"values": {"state": {"Closed": "declined"}}}, "cannot mean “declined”"),
        ({"values": {"title": {"a": "b"}}}, "no field with codes"),
        ({"plain_text": "yes"}, "true or false"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused_in_a_sentence(data, words):
    with pytest.raises(MappingProblem, match=words):
        Mapping.read(data)


def test_a_mapping_must_feed_title_and_type_from_columns_that_are_there():
    Mapping({"a": "title"}, {"innovation_type": "device"}).check_against(["a", "b"])
    with pytest.raises(MappingProblem, match="innovation type"):
        Mapping({"a": "title"}).check_against(["a"])
    with pytest.raises(MappingProblem, match="holds the title"):
        Mapping({"a": "innovation_type"}).check_against(["a"])
    with pytest.raises(MappingProblem, match="no column “c”"):
        Mapping({"c": "title"}, {"innovation_type": "device"}).check_against(["a"])


def test_a_mapping_survives_being_stored():
    assert Mapping.read(MEANING.as_json()) == MEANING


def test_only_states_that_decide_nothing_can_be_imported():
    codes = {code for code, _ in FIELDS["state"].choices}
    assert codes == {"waiting", "scoping", "parked"}


# -- headings and guesses ----------------------------------------------------------


def test_columns_without_a_heading_or_with_the_same_have_names():
    assert names_of(["A", "", "B", "B"]) == ["A", "(column 2)", "B (column 3)", "B (column 4)"]


def test_a_kind_of_file_is_its_headings_in_any_order_and_case():
    one = fingerprint_of(["Title", "Type of thing"])
    assert one == fingerprint_of(["type_of_thing", "TITLE"])
    assert one == fingerprint_of(["line", "reason", "Title", "Type of thing"])
    assert one != fingerprint_of(["Title"])


def test_our_own_headings_need_no_words():
    assert own_names(["Title", "Innovation Type", "Owner"]) == Mapping(
        {"Title": "title", "Innovation Type": "innovation_type"}
    )
    assert own_names(["Title", "Type"]) is None
    with pytest.raises(MappingProblem, match="is there twice, as columns 1 and 3"):
        own_names(["Title", "Innovation Type", "title"])


def test_the_guess_is_by_name_and_by_what_stands_there(site):
    job = dry(site, FILE)
    guessed = guess(job.columns)
    assert guessed.columns == {
        "slug": "external_id", "title": "title", "summary": "idea", "status": "state", "tags": "tags",
        "body_markdown": "idea",
    }  # fmt: skip
    assert guessed.plain_text
    # "Projects" is no category of ours, so the column is left for somebody to say.
    assert "category" not in guessed.columns


def test_every_word_of_ours_is_understood():
    for each in FIELDS.values():
        for code, words in each.choices:
            assert each.codes[plain(code)] == each.codes[plain(words)] == code


# -- cells ----------------------------------------------------------------------------


def test_every_field_can_be_filled(site):
    head = ["title", *(name for name in FIELDS if name != "title")]
    values = {
        "title": "Full", "innovation_type": "Digital", "problem": "P", "for_whom": "W", "idea": "I",
        "received_on": "2026-03-27", "external_id": "7", "state": "In scoping", "submitter_kind": "Company",
        "is_confidential": "yes", "source": "Academia", "focus": "adoption", "origin": "Home-grown",
        "category": "Artificial intelligence", "care_setting": "At home", "trl": "TRL 4",
        "benefit_areas": "Empowering staff; care", "tags": "Falls, Wards , falls",
    }  # fmt: skip
    assert set(values) == set(FIELDS)
    job = bring_in(site, projects([values[name] for name in head], head=head))
    assert (counts(job), job.problem) == ((1, 0, 0), "")
    idea = Innovation.objects.get()
    assert (idea.state, idea.source, idea.focus, idea.origin) == (
        "scoping",
        "academia",
        "adoption",
        "home_grown",
    )
    assert (idea.category, idea.care_setting, idea.trl) == ("ai", "home", 4)
    assert sorted(idea.labels.values_list("kind", "value")) == [
        ("benefit", "care"), ("benefit", "staff"), ("tag", "falls"), ("tag", "wards"),
    ]  # fmt: skip
    assert benefit_areas(idea.benefits) == {"care", "staff"}


def test_who_sent_it_says_where_it_comes_from_unless_that_is_said(site):
    bring_in(site, "title,innovation_type,submitter_kind\nA,device,Company\n")
    assert Innovation.objects.get().source == "industry"


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("trl", "12", "Write a level from 1 to 9."),
        ("origin", "Skunkworks", "Origin is “Skunkworks”. Use one of: Home-grown, Imported."),
        ("state", "Declined", "Use one of: Waiting for triage, In scoping, Parked."),
        ("tags", ",".join(f"t{n}" for n in range(11)), "Tags has 11 tags; the most is 10."),
        ("tags", "x" * 41, "too long: use at most 40 letters"),
        ("benefit_areas", "care; money", "Benefit areas is “money”"),
    ],
)
def test_a_bad_code_is_named_in_a_sentence(site, column, cell, words):
    job = bring_in(site, projects(["A", "device", cell], head=["title", "innovation_type", column]))
    assert words in reasons(job)[2]


def test_several_columns_may_make_one_text_and_one_constant_joins_the_tags(site):
    mapping = Mapping(
        {
            "slug": "external_id",
            "title": "title",
            "summary": "idea",
            "body_markdown": "idea",
            "tags": "tags",
        },
        {"innovation_type": "digital", "tags": "From elsewhere"},
    )
    go(say(dry(site, projects(project(1, "", body="Body 1", tags="A"))), mapping))
    idea = Innovation.objects.get()
    assert idea.idea == "Summary 1\n\nBody 1"
    assert sorted(idea.labels.values_list("value", flat=True)) == ["a", "from elsewhere"]


def test_a_text_that_is_too_long_is_refused_or_cut_as_was_said(site):
    content = projects(project(1, "WIP", body="word " * 5000))
    job = say(dry(site, content))
    assert "Idea has 24,999 characters; the most is 20,000." in next(iter(reasons(job).values()))
    job = go(
        say(job, Mapping(MEANING.columns, MEANING.constants, MEANING.values, True, shorten=True))
    )
    assert (counts(job), job.doubted) == ((1, 0, 0), 1)
    idea = Innovation.objects.get()
    assert idea.idea.endswith("(shortened by the import)")
    assert len(idea.idea) <= 20_000
    assert job.rows.get().reason == "Idea was shortened from 24,999 characters."


# -- bad rows, mended ---------------------------------------------------------------


def test_bad_rows_come_back_with_the_same_meaning(site):
    job = go(
        say(
            dry(
                site,
                FILE
                + projects(project(8, "WIP", title="=x" * 200), project(9, "GONE"))[
                    len(projects()) :
                ],
            )
        )
    )
    assert counts(job) == (5, 0, 2)
    rows = imports.rows_to_correct(
        job=job, reasons=[(n, r) for n, r in sorted(reasons(job).items())]
    )
    text = io.StringIO()
    from hubapp.web.csvsafe import csv_lines

    text.writelines(csv_lines(next(rows), rows))
    mended = text.getvalue().replace("=x" * 200, "=Formula").replace("GONE", "PAUSED")
    assert mended.startswith("line,reason,slug,title")
    again = dry(site, mended, name="not-added.csv")
    assert (again.state, counts(again)) == (ImportState.CHECKED, (2, 0, 0))
    go(again)
    assert Innovation.objects.get(title="=Formula").state == State.SCOPING
    # And bad rows of bad rows do not carry the first two columns twice.
    header = next(imports.rows_to_correct(job=again, reasons=[]))
    assert header[:3] == ["line", "reason", "slug"]


# -- straight in, without a person ---------------------------------------------------


def test_a_mapping_sent_with_the_file_goes_straight_in_and_is_remembered(site):
    job = bring_in(site, FILE, mapping=MEANING)
    assert (job.state, counts(job), job.columns) == (ImportState.DONE, (5, 0, 0), [])
    assert ImportMapping.objects.get(site=site).fingerprint == job.fingerprint
    assert counts(bring_in(site, FILE, name="again.csv")) == (0, 5, 0)


def test_a_mapping_that_does_not_fit_the_file_ends_it_with_a_sentence(site):
    job = bring_in(site, "a,b\n1,2\n", mapping=MEANING)
    assert (job.state, job.problem) == (ImportState.FAILED, "The file has no column “slug”.")


def test_the_file_that_somebody_dropped_is_deleted_and_the_import_ends(site):
    import datetime as dt

    job = say(dry(site, FILE))
    ImportJob.objects.filter(pk=job.pk).update(queued_at=job.queued_at - dt.timedelta(days=31))
    assert imports.forget_files(by=factories.TEST) == 1
    job.refresh_from_db()
    assert (job.state, job.stored_as, job.columns) == (ImportState.FAILED, "", [])
    assert "30 days" in job.problem
    assert counts(job) == (0, 0, 0)


def test_what_was_only_counted_is_never_said_to_be_added(site):
    from django.core.files.storage import default_storage

    job = say(dry(site, FILE))
    job = imports.confirm_import(job=job, by=factories.TEST)
    assert counts(job) == (0, 0, 0)
    default_storage.delete(job.stored_as)
    job = work(job)
    assert (job.state, counts(job), job.by_type) == (ImportState.FAILED, (0, 0, 0), {})


def test_a_file_sent_again_is_counted_again(site):
    job = say(dry(site, FILE))
    bring_in(site, FILE, mapping=MEANING)
    again = dry(site, FILE)
    assert again == job
    assert (again.state, counts(again)) == (ImportState.CHECKED, (0, 5, 0))


def test_too_many_columns_are_no_list_of_ideas(site):
    job = dry(site, ",".join(f"c{n}" for n in range(300)) + "\n")
    assert (job.state, job.problem.split(".")[0]) == (
        ImportState.FAILED,
        "The heading row has 300 columns; the most is 256",
    )


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL.name} is not part of the project")
def test_the_real_portfolio_comes_in_whole_through_its_mapping(site):
    job = dry(site, REAL.read_bytes(), name=REAL.name)
    assert (job.state, job.total) == (ImportState.MAPPING, 69)
    status = next(column for column in job.columns if column["name"] == "status")
    assert (status["values"][""], status["values"]["WIP|DEPLOYED"]) == (14, 1)
    said = {
        value: "parked" if "PAUSED" in value else "scoping" if "WIP" in value else "waiting"
        for value in status["values"]
    }
    mapping = Mapping(MEANING.columns, MEANING.constants, {"state": said}, plain_text=True)
    job = say(job, mapping)
    assert counts(job) == (68, 0, 1)  # one body is longer than a text may be
    job = go(say(job, Mapping(mapping.columns, mapping.constants, mapping.values, True, True)))
    assert (counts(job), job.by_type) == ((69, 0, 0), {"digital": 69})
    assert not Innovation.objects.filter(idea__contains="<figure").exists()
    assert not Innovation.objects.filter(idea__contains="![").exists()
    assert Innovation.objects.filter(state=State.PARKED).count() == 5
    assert counts(go(dry(site, REAL.read_bytes(), name=REAL.name))) == (0, 69, 0)


def test_steps_are_told_apart_for_who_watches(site):
    job = dry(site, FILE)
    assert job.step == ImportStep.LOOK
    assert say(job).step == ImportStep.CHECK
    assert go(job).step == ImportStep.ADD
