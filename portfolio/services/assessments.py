"""Answering a checklist about an innovation, in as many sittings as it takes."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from accounts.models import User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio.enums import ENDED, AnswerValue
from portfolio.models import Answer, Assessment, Checklist, ChecklistItem, Innovation

CHANGED = "These answers were changed in another window since you opened the page. Look at them, then save again."


@transaction.atomic
def save_answers(
    *,
    innovation: Innovation,
    checklist: Checklist,
    answers: Mapping[str, tuple[str, str]],
    by: Actor,
    assessor: User,
    version: int | None = None,
) -> Assessment:
    """Keep one assessor's answers so far. What is left out of ``answers`` stays as it is.

    :param answers: item code → (value, note); an empty value takes the answer away again,
        since not answered is none of the values
    :param version: the assessment's version on the page (0: it did not exist yet)
    :raises Refused: the idea is closed, a code or value that the checklist does not know,
        or a note without an answer
    :raises Stale: the same assessor saved elsewhere in the meantime
    """
    if innovation.state in ENDED:
        raise Refused(
            f"This idea can no longer be assessed: {innovation.get_state_display().lower()}."
        )
    items = {item.code: item for item in checklist.items.all()}
    for code, (value, note) in answers.items():
        if code not in items:
            raise Refused(f"The checklist has no question “{code[:40]}”.")
        if value and value not in AnswerValue.values:
            raise Refused(f"{items[code].label}: choose yes, partly, no or don't know.")
        if note.strip() and not value:
            raise Refused(f"{items[code].label}: choose an answer to go with your note.")
    now = instants.now()
    assessment = _own(innovation, checklist, assessor)
    if version is not None and version != (assessment.version if assessment else 0):
        raise Stale(CHANGED)
    with events.operation():
        if assessment is None:
            assessment = _start(innovation, checklist, assessor, by)
        changes = _write(assessment, items, answers)
        if not changes:
            return assessment
        columns = {"updated_at": now, "version": assessment.version + 1}
        if assessment.done_at and assessment.answers.count() < len(items):
            columns["done_at"] = None
        _change(assessment, columns)
        events.record("assessment.saved", by=by, subject=assessment, changes={"answers": changes})
    return assessment


@transaction.atomic
def finish(*, assessment: Assessment, by: Actor) -> Assessment:
    """Say that every question is answered; colleagues see the answers from then on.

    :raises Refused: something is not answered
    """
    if assessment.done_at:
        return assessment
    left = assessment.checklist.items.count() - assessment.answers.count()
    if left:
        raise Refused(f"Answer every question first: {left} {'is' if left == 1 else 'are'} left.")
    now = instants.now()
    _change(assessment, {"done_at": now, "updated_at": now, "version": assessment.version + 1})
    counts: dict[str, int] = {}
    for value in assessment.answers.values_list("value", flat=True):
        counts[value] = counts.get(value, 0) + 1
    events.record("assessment.finished", by=by, subject=assessment, changes={"answers": counts})
    return assessment


def _own(innovation: Innovation, checklist: Checklist, assessor: User) -> Assessment | None:
    return Assessment.objects.filter(
        innovation=innovation, checklist=checklist, assessor=assessor
    ).first()


def _start(innovation: Innovation, checklist: Checklist, assessor: User, by: Actor) -> Assessment:
    now = instants.now()
    assessment = Assessment(
        site_id=innovation.site_id,
        innovation=innovation,
        checklist=checklist,
        assessor=assessor,
        started_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            assessment.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    events.record(
        "assessment.started",
        by=by,
        subject=assessment,
        changes={
            "checklist": checklist.key,
            "version": checklist.version,
            "innovation": innovation.ref,
        },
    )
    return assessment


def _write(
    assessment: Assessment, items: dict[str, ChecklistItem], answers: Mapping[str, tuple[str, str]]
) -> dict[str, list[str] | str]:
    """Store what differs; returns item code → [value before, value after], or "note"."""
    known = {answer.item_id: answer for answer in assessment.answers.all()}
    changes: dict[str, list[str] | str] = {}
    for code, (value, note) in answers.items():
        item, note = items[code], note.strip()
        answer = known.get(item.pk)
        before = answer.value if answer else ""
        if not value:
            if answer:
                answer.delete()
        elif answer is None:
            answer = Answer(
                site_id=assessment.site_id, assessment=assessment, item=item, value=value, note=note
            )
            answer.clean_fields()
            answer.save()
        elif (answer.value, answer.note) != (value, note):
            changes |= {code: "note"} if answer.value == value else {}
            answer.value, answer.note = value, note
            answer.clean_fields()
            answer.save()
        if before != value:
            changes[code] = [before, value]
    return changes


def _change(assessment: Assessment, columns: dict) -> None:
    if not Assessment.objects.filter(pk=assessment.pk, version=assessment.version).update(
        **columns
    ):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(assessment, name, value)
