"""What the benchmark fills in is what the services would have written.

On PostgreSQL only: nothing else is measured.
"""

import datetime as dt
import itertools
import json
from collections import Counter, defaultdict

import pytest
from django.db import connection
from django.db.models import Count, Q
from django.test import TestCase
from django.utils import timezone

from accounts.models import Membership, Person, Site, User
from hubapp.db.search import fold
from hubapp.events.models import Event
from hubapp.notifications.models import Delivery
from hubapp.notifications.services import kinds
from hubapp.outbox.models import OutboxMessage
from hubapp.workdays import add_working_days, london_date
from maturity.models import Rating, Release, Round, SelfAssessment
from portfolio import clock
from portfolio.enums import (
    SOURCE_OF,
    STATE_AFTER,
    Channel,
    DecisionKind,
    Direction,
    MoveReason,
    State,
    SubmitterKind,
    benefit_areas,
)
from portfolio.models import (
    Answer,
    Assessment,
    Decision,
    Enquiry,
    ImportJob,
    ImportRow,
    Innovation,
    InnovationLabel,
    Message,
    Need,
    NeedLink,
    ScreeningAnswer,
    SimilarIdea,
    StageMove,
    Submission,
    SubmissionSite,
)
from portfolio.models.innovation import NO_DUE_DATE
from portfolio.queries.history import acknowledged_on
from portfolio.queries.triage import unanswered
from portfolio.rows import import_key
from portfolio.services.innovations import search_text_of
from tests.bench.fill import HISTORIES, SITES, fill
from tests.bench.rounds import fill_rounds

pytestmark = pytest.mark.postgresql

N = 300
NOW = dt.datetime(2026, 11, 20, 15, 30, tzinfo=dt.UTC)
STANDING = (
    "state", "state_since", "due_on", "clock_ended_on", "clock_due_on", "first_decided_on", "decision_days",
    "waits_on", "waits_on_function",
)  # fmt: skip


def moves_by_innovation() -> dict[int, list[StageMove]]:
    found: dict[int, list[StageMove]] = {}
    for move in StageMove.objects.select_related("decision").order_by("innovation_id", "number"):
        found.setdefault(move.innovation_id, []).append(move)
    return found


class TestFilled(TestCase):
    """One fill for all of them: a class of Django's, which rolls back what it set up once."""

    @classmethod
    def setUpTestData(cls) -> None:
        fill(N, now=NOW)
        # Foreign keys are checked when a transaction ends; this one never does.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_as_many_as_asked_for_over_all_sites_and_histories(self):
        assert Innovation.objects.count() == N
        assert Site.objects.count() == SITES
        received = Innovation.objects.exclude(channel=Channel.IMPORT).order_by("received_on")
        assert received.first().received_on < dt.date(2023, 12, 31)
        assert received.last().received_on > dt.date(2026, 11, 1)
        states = Counter(Innovation.objects.values_list("state", flat=True))
        # Merging and undoing an import are rare, and a row more or less to the lists.
        assert set(states) == set(State) - {State.MERGED, State.UNDONE}
        assert states["declined"] + states["scoping"] > 0.6 * N
        assert set(Innovation.objects.values_list("channel", flat=True)) >= {
            "front_door",
            "hub",
            "import",
        }
        big = Counter(Innovation.objects.values_list("site__code", flat=True)).most_common(1)[0]
        assert big[0] == "BENCH1"
        assert big[1] > N / 20
        assert set(StageMove.objects.values_list("reason", flat=True)) >= set(MoveReason) - {
            MoveReason.RESUMED,
            MoveReason.ANSWER,
            MoveReason.TAKEN_OUT,
        }
        assert HISTORIES.keys() >= {"undo", "ask_twice"}

    def test_replaying_the_moves_gives_the_stored_state_and_clock(self):
        moves = moves_by_innovation()
        for innovation in Innovation.objects.all():
            history = moves[innovation.pk]
            assert [move.number for move in history] == list(range(1, len(history) + 1))
            replayed = clock.standing(
                history,
                started_on=innovation.clock_started_on,
                days_allowed=innovation.days_allowed,
            )
            assert innovation.sort_due == (innovation.due_on or NO_DUE_DATE)
            assert innovation.acknowledged_on == acknowledged_on(innovation)
            news = unanswered(Message.objects.filter(innovation=innovation)).exists()
            assert (innovation.has_new_message, innovation.has_new_answer) == (news, False)
            stored = {name: getattr(innovation, name) for name in STANDING}
            assert stored == {name: getattr(replayed, name) for name in STANDING}, innovation.ref

    def test_some_wrote_last_and_some_have_yet_to_confirm(self):
        assert Innovation.objects.filter(has_new_message=True).exists()
        for place in SubmissionSite.objects.select_related("submission"):
            assert place.awaits_confirmation == (place.submission.confirmed_at is None)

    def test_moves_follow_each_other(self):
        for innovation_id, history in moves_by_innovation().items():
            assert history[0].reason in (MoveReason.RECEIVED, MoveReason.IMPORTED)
            before = ""
            for earlier, move in zip([None, *history], history, strict=False):
                assert move.from_state == before, innovation_id
                assert move.on == london_date(move.at)
                assert earlier is None or move.at > earlier.at
                before = move.to_state
                if move.decision is None:
                    assert move.reason not in (MoveReason.DECISION, MoveReason.UNDO)
                    continue
                assert (move.decision.innovation_id, move.decision.made_at) == (
                    innovation_id,
                    move.at,
                )
                if move.reason == MoveReason.UNDO:
                    assert move.decision.reverses_id == earlier.decision_id
                    assert move.to_state == earlier.from_state
                    assert move.at < earlier.decision.release_at
                else:
                    assert move.to_state == STATE_AFTER[DecisionKind(move.decision.kind)]

    def test_every_decision_has_its_move_its_number_and_its_words(self):
        assert set(Decision.objects.values_list("pk", flat=True)) == set(
            StageMove.objects.exclude(decision=None).values_list("decision_id", flat=True)
        )
        numbers: dict[int, list[int]] = {}
        for decision in Decision.objects.select_related("innovation__site").order_by(
            "innovation_id", "number"
        ):
            numbers.setdefault(decision.innovation_id, []).append(decision.number)
            if decision.kind == DecisionKind.UNDO:
                assert decision.release_at is None
                continue
            assert decision.release_at == decision.made_at + dt.timedelta(minutes=10)
            assert decision.innovation.site.decision_reasons.filter(
                kind=decision.kind,
                code=decision.reason_code,
                label=decision.reason_label,
                words=decision.words,
            ).exists()
        assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())

    def test_what_is_searched_is_what_the_service_would_store(self):
        for innovation in Innovation.objects.all():
            assert innovation.search_text == search_text_of(innovation)

    def test_an_innovation_says_what_its_submission_says(self):
        for innovation in Innovation.objects.exclude(submission=None).select_related("submission"):
            sent = innovation.submission
            for name in ("title", "problem", "for_whom", "idea", "innovation_type", "is_confidential", "channel",
                         "submitter_kind"):  # fmt: skip
                assert getattr(innovation, name) == getattr(sent, name)
            assert (innovation.received_at, innovation.received_on) == (
                sent.confirmed_at,
                sent.confirmed_on,
            )
            assert innovation.queued_at == sent.confirmed_at
            assert innovation.received_on == london_date(innovation.received_at)
            opened = sent.routed_at or sent.confirmed_at
            assert innovation.created_at == opened
            assert innovation.clock_started_on == london_date(opened)
            door = getattr(innovation.site, "front_door", None)
            assert innovation.days_allowed == (door.decision_days if door else 20)
            assert sent.places.filter(site=innovation.site).exists()
            assert 60 < len(innovation.idea) < 3000
            assert innovation.source == SOURCE_OF[SubmitterKind(sent.submitter_kind)]
            assert innovation.acknowledge_by == (
                add_working_days(innovation.clock_started_on, 2) if sent.submitter else None
            )
        for sent in Submission.objects.filter(confirmed_at__isnull=False, network=None):
            assert sent.innovations.count() == sent.places.count() >= 1

    def test_imports_start_no_clock_and_are_recognised_again(self):
        imported = Innovation.objects.filter(channel=Channel.IMPORT)
        assert imported.filter(received_on=None).exists()
        assert imported.filter(received_on__isnull=False).exists()
        for innovation in imported:
            assert (
                innovation.clock_started_on
                is innovation.submission_id
                is innovation.days_allowed
                is None
            )
            assert innovation.queued_at == (innovation.received_at or innovation.created_at)
            if innovation.received_at:
                assert london_date(innovation.received_at) == innovation.received_on
            key = import_key(
                title="", innovation_type="", received_on=None, external_id=f"bench-{innovation.pk}"
            )
            assert innovation.import_key == key
            assert innovation.import_rows.count() == 1
        for job in ImportJob.objects.all():
            assert job.created == job.total == job.rows.count() == sum(job.by_type.values())

    def test_versions_and_last_changes(self):
        moves = moves_by_innovation()
        assigned = set(
            Event.objects.filter(verb="innovation.assigned").values_list("subject_ref", flat=True)
        )
        classified = set(
            Event.objects.filter(verb="innovation.classified").values_list("subject_ref", flat=True)
        )
        for innovation in Innovation.objects.prefetch_related("messages"):
            was_assigned = innovation.ref in assigned
            assert was_assigned == (innovation.assignee_id is not None)
            was_classified = innovation.ref in classified
            assert was_classified == bool(innovation.focus)
            assert innovation.version == len(moves[innovation.pk]) + was_assigned + was_classified
            happened = [move.at for move in moves[innovation.pk]]
            happened += [message.at for message in innovation.messages.all()]
            happened += [
                event.at
                for event in Event.objects.filter(
                    subject_ref=innovation.ref,
                    verb__in=["innovation.assigned", "innovation.classified"],
                )
            ]
            assert innovation.updated_at == max(happened)
            assert innovation.updated_at <= NOW

    def test_whoever_holds_an_idea_is_hub_staff_there(self):
        hub = set(Membership.objects.filter(role="hub_staff").values_list("site_id", "user_id"))
        held = Innovation.objects.exclude(assignee=None).values_list("site_id", "assignee_id")
        assert set(held) <= hub

    def test_a_reply_is_a_message_and_asking_waits_for_one(self):
        replies = StageMove.objects.filter(reason=MoveReason.REPLY)
        assert replies.exists()
        for move in replies:
            assert Message.objects.filter(
                innovation=move.innovation, at=move.at, direction=Direction.FROM_SUBMITTER
            ).exists()
        # Nobody's message went by while the hub was waiting for one: it would have set the clock going.
        for innovation in Innovation.objects.filter(state=State.ASKED):
            assert not innovation.messages.filter(
                direction=Direction.FROM_SUBMITTER, at__gt=innovation.state_since
            ).exists()
        for message in Message.objects.select_related("innovation__submission__submitter"):
            assert message.innovation.submission.submitter.email

    def test_what_looks_alike_is_stored_both_ways_and_counted(self):
        rows = SimilarIdea.objects.select_related("innovation", "other")
        assert rows.exists()
        pairs = {(row.innovation_id, row.other_id) for row in rows}
        assert pairs == {(other, one) for one, other in pairs}
        assert all(row.innovation.site_id == row.other.site_id == row.site_id for row in rows)
        counts = Counter(one for one, _ in pairs)
        for innovation in Innovation.objects.all():
            assert innovation.similar_count == counts[innovation.pk]

    def test_labels_are_of_classified_ideas(self):
        labels = InnovationLabel.objects.select_related("innovation")
        assert {label.kind for label in labels} == {"benefit", "tag"}
        assert all(label.innovation.focus for label in labels)
        assert all(label.site_id == label.innovation.site_id for label in labels)
        areas: dict[int, set[str]] = defaultdict(set)
        for label in labels.filter(kind="benefit"):
            areas[label.innovation_id].add(label.value)
        for idea in Innovation.objects.all():
            assert benefit_areas(idea.benefits) == areas[idea.pk]

    def test_ideas_serve_needs_of_their_site_and_the_eight_questions_are_answered_whole(self):
        links = NeedLink.objects.select_related("need", "innovation")
        assert links.exists()
        assert all(link.need.site_id == link.innovation.site_id == link.site_id for link in links)
        asked = Counter(ScreeningAnswer.objects.values_list("innovation", flat=True))
        assert asked
        assert set(asked.values()) == {8}
        for answer in ScreeningAnswer.objects.select_related("innovation"):
            assert answer.site_id == answer.innovation.site_id
            assert answer.at <= answer.innovation.updated_at
        screened = Event.objects.filter(verb="innovation.screened")
        assert screened.count() == len(asked)
        assert Event.objects.filter(verb="innovation.need_linked").count() == len(links)
        assert Event.objects.filter(verb="need.added").count() == Need.objects.count()

    def test_rows_pass_their_own_validators(self):
        for model in (Site, Person, User, Membership, Submission, Innovation, Decision, StageMove, Message, Assessment,
                      InnovationLabel, SimilarIdea, Need, NeedLink, ScreeningAnswer, Answer, Enquiry, ImportRow, Delivery):  # fmt: skip
            rows = list(model.objects.order_by("-pk")[:N])
            assert rows
            keys = {field.name for field in model._meta.fields if field.is_relation}
            for row in rows:
                # The database holds the foreign keys and the unique constraints itself.
                unsaid = {
                    field.name
                    for field in model._meta.fields
                    if field.null and getattr(row, field.attname) is None
                }
                row.clean_fields(exclude=unsaid | keys | {"password"})
                for constraint in model._meta.constraints:
                    if "CheckConstraint" in type(constraint).__name__:
                        constraint.validate(model, row)

    def test_assessments_answer_the_checklist(self):
        for assessment in Assessment.objects.select_related("checklist").prefetch_related(
            "answers__item"
        ):
            items = set(assessment.checklist.items.values_list("pk", flat=True))
            answered = {answer.item_id for answer in assessment.answers.all()}
            assert answered <= items
            assert answered
            if assessment.done_at:
                assert answered == items

    def test_everything_that_happened_has_its_event(self):
        def subjects(verb: str) -> set[str]:
            return set(Event.objects.filter(verb=verb).values_list("subject_ref", flat=True))

        def refs(rows) -> set[str]:
            return set(rows.values_list("ref", flat=True))

        imported = Innovation.objects.filter(channel=Channel.IMPORT)
        assert subjects("innovation.imported") == refs(imported)
        assert subjects("innovation.received") == refs(
            Innovation.objects.exclude(channel=Channel.IMPORT)
        )
        assert subjects("message.added") == refs(Message.objects.all())
        assert subjects("assessment.started") == refs(Assessment.objects.all())
        assert subjects("assessment.finished") == refs(Assessment.objects.exclude(done_at=None))
        assert subjects("enquiry.logged") == refs(Enquiry.objects.all())
        decided = Event.objects.filter(verb="innovation.decided")
        assert {event.changes["decision"] for event in decided} == refs(
            Decision.objects.exclude(kind="undo")
        )
        undone = Event.objects.filter(verb="innovation.decision_undone")
        assert {event.changes["decision"] for event in undone} == set(
            Decision.objects.filter(kind="undo").values_list("reverses__ref", flat=True)
        )
        at = dict(Innovation.objects.values_list("ref", "site_id"))
        for event in Event.objects.filter(subject_kind="portfolio.innovation"):
            assert event.site_id == at[event.subject_ref]
        ids = list(
            Event.objects.filter(request_id__startswith="bench")
            .order_by("pk")
            .values_list("at", flat=True)
        )
        assert ids == sorted(ids)

    def test_mail_is_as_the_services_would_have_asked_for_it(self):
        assert set(Delivery.objects.values_list("kind", flat=True)) <= set(kinds())
        decided = {f"decision:{d.ref}" for d in Decision.objects.exclude(kind="undo")
                   .exclude(innovation__submission__submitter=None).exclude(innovation__submission=None)}  # fmt: skip
        assert (
            set(Delivery.objects.filter(kind="portfolio.decision").values_list("key", flat=True))
            == decided
        )
        for delivery in Delivery.objects.select_related("recipient"):
            assert delivery.recipient.email
            assert json.dumps(delivery.context)
            assert not (delivery.sent_at and delivery.cancelled_at)
        undone = {
            f"decision:{ref}"
            for ref in Decision.objects.filter(kind="undo").values_list("reverses__ref", flat=True)
        }
        assert (
            set(Delivery.objects.exclude(cancelled_at=None).values_list("key", flat=True))
            == undone & decided
        )
        for message in OutboxMessage.objects.all():
            assert Delivery.objects.filter(ref=message.payload["ref"]).exists()

    def test_closed_enquiries_have_an_answer(self):
        for enquiry in Enquiry.objects.all():
            if enquiry.state == "open":
                assert enquiry.closed_at is enquiry.closed_on is None
            else:
                assert enquiry.closed_on == london_date(enquiry.closed_at)
                assert enquiry.answer or enquiry.signposted_to

    def test_texts_fold_as_they_are(self):
        """The fill folds by lower-casing: true only of texts without accents or double blanks."""
        from tests.bench import texts

        for text in [*texts.TITLES, *texts.PROBLEMS, *texts.IDEAS, *texts.FOR_WHOM]:
            assert fold(text) == text.lower()

    def test_numbers_are_computed_from_it(self):
        from hubapp.actors import system
        from kpis import services
        from kpis.models import KpiValue

        month = (
            london_date(timezone.now()) if timezone.now() < NOW else NOW.date()
        ) - dt.timedelta(days=90)
        services.compute(month=month, by=system("tests"))
        received = Innovation.objects.filter(
            received_on__year=month.year, received_on__month=month.month
        )
        values = KpiValue.objects.filter(kpi="innovations_submitted", is_current=True)
        assert sum(value.value for value in values) == received.count() > 0


class TestRounds(TestCase):
    """Two rounds of all sites: one that the service closed, and one that is open."""

    @classmethod
    def setUpTestData(cls) -> None:
        fill(N, now=NOW)
        fill_rounds(2, now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_the_state_of_each_follows_from_its_moves_and_its_ratings(self):
        states = Counter(SelfAssessment.objects.values_list("round__state", "state"))
        assert states["closed", "final"] == SITES
        still_open = {state for of, state in states if of == "open"}
        assert still_open == {"submitted", "draft", "not_started"}
        rows = SelfAssessment.objects.prefetch_related("moves").annotate(
            rated=Count("ratings", filter=Q(ratings__is_current=True))
        )
        for row in rows:
            moves = list(row.moves.all())
            assert [move.number for move in moves] == list(range(1, len(moves) + 1))
            assert moves[0].from_state == ""
            assert all(a.to_state == b.from_state for a, b in itertools.pairwise(moves))
            assert row.state == moves[-1].to_state
            assert row.answered == row.rated
            assert row.state == "draft" or row.answered in (0, row.asked)
            assert row.version == len(moves)

    def test_ratings_are_of_the_scale_and_only_what_was_asked(self):
        framework = Round.objects.first().framework
        said = set(Rating.objects.values_list("answer", "value"))
        assert said == {("not_applicable", None), *(("rated", value) for value in framework.values)}
        asked = framework.indicators.count()
        assert set(SelfAssessment.objects.values_list("asked", flat=True)) == {asked}

    def test_what_is_closed_was_released_with_groups(self):
        released = Release.objects.get()
        assert released.sites == SITES
        assert len(released.content["groups"]) > 1
