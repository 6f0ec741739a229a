"""Undoing a whole import, while nobody did anything to what it added."""

import pytest
from django.db import transaction
from django.db.models import Count

from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.clock import standing
from portfolio.enums import DecisionKind, ImportState, MoveReason, State
from portfolio.models import ImportJob, Innovation, InnovationLabel, Note, StageMove
from portfolio.queries.imports import BY_ITSELF, touched_by_import
from portfolio.services import (
    classification,
    decisions,
    import_runs,
    imports,
    innovations,
    interests,
)
from tests import factories
from tests.portfolio.test_import import bring_in, counts
from tests.portfolio.test_import_mapping import work

pytestmark = pytest.mark.django_db
FILE = (
    "title,innovation_type,state,tags,benefit_areas\nOne,device,waiting,a,care\nTwo,digital,In scoping,b,staff\n"
    "Three,service,parked,,\n"
)


def undo(job, **kwargs) -> ImportJob:
    return work(imports.undo_import(job=job, by=factories.TEST, **kwargs))


def test_what_an_import_added_is_taken_out_by_a_move_of_its_own(site):
    kept = factories.innovation(site, "Kept")
    job = undo(bring_in(site, FILE))
    assert (job.state, job.undone, counts(job)) == (ImportState.UNDONE, 3, (3, 0, 0))
    assert job.finished_at is not None
    rows = Innovation.objects.filter(import_rows__job=job)
    assert set(rows.values_list("state", "import_key", "version")) == {(State.UNDONE, None, 2)}
    for idea in rows:
        first, second = idea.moves.order_by("number")
        assert (second.from_state, second.to_state) == (first.to_state, State.UNDONE)
        assert (second.number, second.reason) == (2, MoveReason.TAKEN_OUT)
        replayed = standing([first, second], started_on=None, days_allowed=None)
        assert (replayed.state, replayed.state_since) == (idea.state, idea.state_since)
        event = Event.objects.get(subject_ref=idea.ref, verb="innovation.taken_out")
        assert event.changes == {"import": job.ref, "state": [first.to_state, State.UNDONE]}
    assert InnovationLabel.objects.count() == 0
    assert not Innovation.objects.exclude(benefits=0).exists()
    kept.refresh_from_db()
    assert kept.state == State.WAITING


def test_it_is_in_no_list_and_no_number(site, hub_user):
    from kpis.definitions.innovations import INNOVATIONS_SUBMITTED

    today = factories.today()
    job = bring_in(site, f"title,innovation_type,received_on\nOne,device,{today}\n")

    def submitted():
        return list(INNOVATIONS_SUBMITTED.contributions([site.pk], today, today, today))

    assert len(submitted()) == 1
    undo(job)
    assert not Innovation.objects.visible_to(hub_user.viewer).exists()
    assert submitted() == []


def test_the_same_file_can_be_imported_again(site):
    undo(bring_in(site, FILE))
    again = bring_in(site, FILE)
    assert counts(again) == (3, 0, 0)
    assert undo(again).undone == 3


def test_undone_twice_is_refused(site):
    job = undo(bring_in(site, FILE))
    with pytest.raises(Refused, match="nothing to undo"):
        undo(job)


def test_rows_that_were_here_before_are_not_its_own(site):
    bring_in(site, FILE)
    second = bring_in(site, FILE + "Four,device,,\n")
    assert counts(second) == (1, 3, 0)
    undo(second)
    assert Innovation.objects.filter(state=State.UNDONE).get().title == "Four"


def _decline(idea, user):
    reason = factories.reason(idea.site)
    decisions.decide(
        innovation=idea,
        kind=DecisionKind.DECLINE,
        reason_code=reason.code,
        words="No",
        by=factories.TEST,
    )


TOUCHES = {
    "assigned": lambda idea, user: innovations.assign(innovation=idea, to=user, by=factories.TEST),
    "corrected": lambda idea, user: innovations.correct(
        innovation=idea, title="Better", by=factories.TEST
    ),
    "decided": _decline,
    "tagged": lambda idea, user: classification.tag(innovation=idea, word="new", by=factories.TEST),
    "interest": lambda idea, user: interests.declare(
        innovation=idea, user=user, nature="personal", by=factories.TEST
    ),
    "note": lambda idea, user: Note.objects.create(
        site=idea.site,
        innovation=idea,
        body="Seen before",
        at=idea.created_at,
        actor_kind="user",
        actor_ref=user.ref,
    ),
}


@pytest.mark.parametrize("what", sorted(TOUCHES))
def test_an_import_that_somebody_worked_on_is_kept_and_they_are_named(site, hub_user, what):
    job = bring_in(site, FILE)
    idea = Innovation.objects.get(title="One")
    TOUCHES[what](idea, hub_user)
    assert list(touched_by_import(job)) == [idea]
    with pytest.raises(Refused, match="Somebody has worked on"):
        undo(job)
    assert not Innovation.objects.filter(state=State.UNDONE).exists()


def test_what_somebody_takes_up_in_between_stays_and_is_counted(site, hub_user):
    job = imports.undo_import(job=bring_in(site, FILE), by=factories.TEST)
    innovations.assign(
        innovation=Innovation.objects.get(title="Two"), to=hub_user, by=factories.TEST
    )
    job = work(job)
    assert (job.state, job.created, job.undone) == (ImportState.UNDONE, 3, 2)
    assert Innovation.objects.get(title="Two").state == State.SCOPING


def test_in_batches_and_after_a_worker_that_died(site, monkeypatch):
    monkeypatch.setattr(import_runs, "BATCH", 1)
    job = imports.undo_import(job=bring_in(site, FILE), by=factories.TEST)
    take_out, calls = import_runs._take_out_batch, []

    def dies(*args):
        calls.append(1)
        if len(calls) == 2:
            raise MemoryError
        take_out(*args)

    monkeypatch.setattr(import_runs, "_take_out_batch", dies)
    with pytest.raises(MemoryError):
        work(job)
    job.refresh_from_db()
    assert (job.state, job.undone) == (ImportState.RUNNING, 1)
    monkeypatch.setattr(import_runs, "_take_out_batch", take_out)
    job = work(job)
    assert (job.state, job.undone) == (ImportState.UNDONE, 3)
    assert StageMove.objects.filter(reason=MoveReason.TAKEN_OUT).count() == 3


def test_two_workers_undo_nothing_twice(site):
    job = imports.undo_import(job=bring_in(site, FILE), by=factories.TEST)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.RUNNING)
    late = ImportJob.objects.get(pk=job.pk)
    ids = list(Innovation.objects.values_list("pk", flat=True))
    job = work(job)
    assert (job.state, job.undone) == (ImportState.UNDONE, 3)
    with pytest.raises(import_runs.Overtaken), transaction.atomic():
        import_runs._take_out_batch(late, ids, factories.TEST)
    moves = Innovation.objects.filter(import_rows__job=job).annotate(n=Count("moves"))
    assert {idea.n for idea in moves} == {2}


def test_what_a_task_finds_by_itself_stands_in_nobodys_way(site, run_outbox):
    job = bring_in(
        site, "title,innovation_type\nBedside falls sensor,device\nBedside falls sensors,device\n"
    )
    run_outbox()
    assert Innovation.objects.filter(similar_count=1).count() == 2
    assert undo(job).undone == 2


def test_a_stale_page_undoes_nothing(site):
    job = bring_in(site, FILE)
    with pytest.raises(Stale):
        imports.undo_import(job=job, by=factories.TEST, version=job.version + 1)


def test_a_file_that_broke_in_the_middle_can_be_undone_too(site):
    job = bring_in(site, FILE)
    ImportJob.objects.filter(pk=job.pk).update(state=ImportState.FAILED)
    job.refresh_from_db()
    assert undo(job).undone == 3


def test_the_number_of_queries_does_not_grow_with_the_rows_of_a_batch(site, count_queries):
    def cost(rows: int) -> int:
        content = "title,innovation_type\n" + "".join(
            f"Of {rows}: {n},device\n" for n in range(rows)
        )
        job = imports.undo_import(job=bring_in(site, content), by=factories.TEST)
        with count_queries() as queries:
            work(job)
        return len(queries)

    assert cost(3) == cost(30)


def test_every_table_that_points_to_innovations_counts_unless_it_is_named():
    names = {
        relation.get_accessor_name() or relation.field.model.__name__
        for relation in Innovation._meta.related_objects
    }
    assert names >= set(BY_ITSELF), "a name that is no longer there"
