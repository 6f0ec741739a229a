"""One innovation: what it says, what was thought of it, what happened to it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import (
    Count,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.utils import timezone

from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.hooks import Reference
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date, working_days_between
from portfolio.enums import STOPPED, AnswerValue, State, WaitsOn
from portfolio.models import (
    Answer,
    Assessment,
    Checklist,
    ChecklistItem,
    Decision,
    DecisionReason,
    Innovation,
)
from portfolio.queries.clocks import party_words
from portfolio.queries.texts import texts_beside
from portfolio.queries.timeline import Entry, History, history_of, latest_of

__all__ = ["Entry", "History", "history_of", "latest_of"]


def innovation_for(viewer: Viewer, site: Site, ref: str) -> Innovation | None:
    """One innovation of a site by its reference, if the viewer may read it."""
    return (
        Innovation.objects.visible_to(viewer)
        .at(site)
        .filter(ref=normalise_ref(ref))
        .select_related("submission__submitter", "assignee__person", "site")
        .first()
    )


def decision_of(innovation: Innovation, ref: str) -> Decision | None:
    """One decision on an innovation that the viewer was let in to."""
    return innovation.decisions.filter(ref=normalise_ref(ref)).first()


def innovation_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → name and address, of those the viewer may read; one query."""
    rows = Innovation.objects.visible_to(viewer).filter(ref__in=list(refs)).select_related("site")
    return {row.ref: Reference(row.title, row.get_absolute_url()) for row in rows}


def all_texts_of(innovation: Innovation) -> list[str]:
    """Every text about an innovation that somebody may have put details into, as sent and as kept."""
    rows = [innovation, *([innovation.submission] if innovation.submission else [])]
    texts = [
        getattr(row, name) for row in rows for name in ("title", "problem", "for_whom", "idea")
    ]
    texts += texts_beside([innovation])
    return texts


# -- checklists ------------------------------------------------------------------
def current_checklist() -> Checklist | None:
    """The checklist in use today, with its questions; None if none was published."""
    today = london_date(timezone.now())
    return (
        Checklist.objects.filter(valid_from__lte=today)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today))
        .prefetch_related("items")
        .order_by("key", "-version")
        .first()
    )


def own_assessment(innovation: Innovation, checklist: Checklist, user: User) -> Assessment | None:
    """What this person answered so far, finished or not."""
    return (
        Assessment.objects.filter(innovation=innovation, checklist=checklist, assessor=user)
        .prefetch_related("answers__item")
        .first()
    )


@dataclass(frozen=True, slots=True)
class RollUp:
    """Answers counted: what is not answered is none of the others."""

    counts: dict[str, int]
    unanswered: int

    @property
    def words(self) -> str:
        """ "5 yes, 1 partly, 2 no, 0 don't know, 0 not answered"."""
        said = [f"{self.counts[value]} {label.lower()}" for value, label in AnswerValue.choices]
        return ", ".join([*said, f"{self.unanswered} not answered"])


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, and the answer if there is one."""

    item: Any
    value: str = ""
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One assessor's answers as a page shows them; ``rows`` is empty where only the roll-up is."""

    assessment: Assessment
    by: str
    is_own: bool
    rows: list[Answered]
    roll_up: RollUp


def assessments_of(innovation: Innovation, user_id: int | None) -> list[AssessmentView]:
    """Everybody's finished answers, and one's own unfinished ones, newest first."""
    answers = Answer.objects.select_related("item")
    rows = list(_readable(innovation, user_id).prefetch_related(Prefetch("answers", answers)))
    # Who has finished has answered every question, and the answers bring them along.
    prefetch_related_objects([row.checklist for row in rows if not row.done_at], "items")
    return [_shown(row, user_id) for row in rows]


def roll_ups_of(innovation: Innovation, user_id: int | None) -> list[AssessmentView]:
    """The same without the single answers; one query."""
    items = ChecklistItem.objects.filter(checklist=OuterRef("checklist")).order_by()
    rows = _readable(innovation, user_id).annotate(
        asked=Subquery(items.values("checklist").annotate(n=Count("pk")).values("n")),
        **{
            f"said_{value}": Count("answers", filter=Q(answers__value=value))
            for value in AnswerValue.values
        },
    )
    views = []
    for row in rows:
        counts = {value: getattr(row, f"said_{value}") for value in AnswerValue.values}
        roll_up = RollUp(counts, (vars(row)["asked"] or 0) - sum(counts.values()))
        own = row.assessor_id == user_id
        views.append(AssessmentView(row, str(row.assessor), own, [], roll_up))
    return views


def _readable(innovation: Innovation, user_id: int | None) -> QuerySet[Assessment]:
    return (
        Assessment.objects.filter(innovation=innovation)
        .filter(Q(done_at__isnull=False) | Q(assessor_id=user_id))
        .select_related("checklist", "assessor__person")
        .order_by("-updated_at", "-pk")
    )


def _shown(assessment: Assessment, user_id: int | None) -> AssessmentView:
    answers = {answer.item_id: answer for answer in assessment.answers.all()}
    if assessment.done_at:
        items = sorted((each.item for each in answers.values()), key=attrgetter("position"))
    else:
        items = list(assessment.checklist.items.all())
    counts = Counter(answer.value for answer in answers.values())
    return AssessmentView(
        assessment=assessment,
        by=str(assessment.assessor),
        is_own=assessment.assessor_id == user_id,
        rows=[
            Answered(
                item,
                answers[item.pk].value,
                answers[item.pk].get_value_display(),
                answers[item.pk].note,
            )
            if item.pk in answers
            else Answered(item)
            for item in items
        ],
        roll_up=RollUp(
            {value: counts.get(value, 0) for value in AnswerValue.values}, len(items) - len(answers)
        ),
    )


# -- deciding ------------------------------------------------------------------------
def reasons_for(site: Site, kind: str) -> list[DecisionReason]:
    """The reasons a site offers for one kind of decision, in its order."""
    return list(
        DecisionReason.objects.filter(site=site, kind=kind, is_active=True).order_by(
            "position", "pk"
        )
    )


def all_reasons(site: Site) -> list[DecisionReason]:
    """Every reason of a site, those no longer offered too."""
    return list(
        DecisionReason.objects.filter(site=site).order_by("kind", "-is_active", "position", "pk")
    )


def reason_at(site: Site, ref: str) -> DecisionReason | None:
    """One reason of a site by its reference."""
    return DecisionReason.objects.filter(site=site, ref=normalise_ref(ref)).first()


# -- the clock, in one sentence ---------------------------------------------------------
def clock_in_words(innovation: Innovation, today: dt.date | None = None) -> str:
    """What the clock says, as a sentence."""
    today = today or london_date(timezone.now())
    if innovation.clock_started_on is None:
        return "No clock runs: it was imported."
    if innovation.state in STOPPED:
        since = london_date(innovation.state_since)
        days = _days(working_days_between(since, today))
        who = party_words(innovation.waits_on or WaitsOn.SUBMITTER, innovation.waits_on_function)
        return f"Stopped since {_day(since)} ({days}) while we wait for {who}."
    if innovation.due_on:
        left = working_days_between(today, innovation.due_on)
        if innovation.due_on < today:
            late = working_days_between(innovation.due_on, today)
            return f"Was due on {_day(innovation.due_on)}" + (
                f", {_days(late)} ago." if late else "."
            )
        if not left:
            return f"Due today, {_day(innovation.due_on)}."
        return f"Due on {_day(innovation.due_on)}, {_days(left)} left."
    return _ended_words(innovation)


def _ended_words(innovation: Innovation) -> str:
    """The sentence of a clock that has ended."""
    if (
        innovation.decision_days is not None
        and innovation.clock_due_on
        and innovation.clock_ended_on
    ):
        punctual = "on time" if innovation.clock_ended_on <= innovation.clock_due_on else "late"
        return f"Decided after {_days(innovation.decision_days)}, {punctual}."
    if innovation.state == State.WITHDRAWN:
        return "Stopped: it was withdrawn before a decision."
    return "No clock runs."


def _day(on: dt.date) -> str:
    return f"{on.day} {on:%B %Y}"


def _days(count: int) -> str:
    return f"{count:,} working day{'' if count == 1 else 's'}"
