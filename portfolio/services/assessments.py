"""Answering a checklist about an innovation, in as many sittings as it takes.

Who sees whose answers is in :mod:`portfolio.queries.checklists`. Events name
the questions and never the answers: they are read by people who are to be
blind to them.
"""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from accounts.models import User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import ENDED
from portfolio.models import Answer, Assessment, Checklist, ChecklistItem, Innovation
from portfolio.queries.checklists import checklists_in_use, others_have_finished
from portfolio.queries.settings import triage_settings_of
from portfolio.services.assessment_requests import settle
from portfolio.services.interests import must_have_none

CHANGED = "These answers were changed in another window since you opened the page. Look at them, then save again."
FINAL = (
    "You finished these answers and somebody else finished theirs,"
    " so neither can be changed: each was to be given without knowing the other."
)


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
    :raises Refused: the idea is closed, the assessor declared an interest, the checklist is
        another site's or no longer in force, a code or value that the checklist does not know,
        a note without an answer, or finished answers that others were to be blind to
    :raises Stale: the same assessor saved elsewhere in the meantime
    """
    _may_be_assessed(innovation, assessor)
    if checklist.site_id not in (None, innovation.site_id):
        raise Refused("Your site has no such checklist.")
    items = {item.code: item for item in checklist.items.all()}
    for code, (value, note) in answers.items():
        if code not in items:
            raise Refused(f"The checklist has no question “{code[:40]}”.")
        if value and value not in items[code].labels:
            raise Refused(f"{items[code].label}: choose {choices_in_words(items[code])}.")
        if note.strip() and not value:
            raise Refused(f"{items[code].label}: choose an answer to go with your note.")
    now = instants.now()
    assessment = _own(innovation, checklist, assessor)
    if version is not None and version != (assessment.version if assessment else 0):
        raise Stale(CHANGED)
    with events.operation():
        if assessment is None:
            assessment = _start(innovation, checklist, assessor, by)
        was_done = assessment.done_at is not None
        changes = _write(assessment, items, answers)
        if not changes:
            return assessment
        if was_done and is_final(assessment):
            raise Refused(FINAL)
        columns = {"updated_at": now, "version": assessment.version + 1}
        if was_done and assessment.answers.count() < len(items):
            columns["done_at"] = None
        _change(assessment, columns)
        events.record("assessment.saved", by=by, subject=assessment, changes={"answers": changes})
    return assessment


@transaction.atomic
def finish(*, assessment: Assessment, by: Actor) -> Assessment:
    """Say that every question is answered. Who sees the answers from then on hangs on how many the site wants.

    What the assessor was asked is done once all checklists in use are finished.

    :raises Refused: something is not answered, the idea is closed, or they declared an interest
    """
    if assessment.done_at:
        return assessment
    _may_be_assessed(assessment.innovation, assessment.assessor)
    answered = assessment.answers.count()
    left = assessment.checklist.items.count() - answered
    if left:
        raise Refused(f"Answer every question first: {left} {'is' if left == 1 else 'are'} left.")
    now = instants.now()
    with events.operation():
        _change(assessment, {"done_at": now, "updated_at": now, "version": assessment.version + 1})
        events.record(
            "assessment.finished", by=by, subject=assessment, changes={"answered": answered}
        )
        if not checklists_left(assessment.innovation, assessment.assessor):
            settle(innovation=assessment.innovation, assessor=assessment.assessor, by=by)
    return assessment


@transaction.atomic
def move_to(*, assessment: Assessment, checklist: Checklist, by: Actor) -> Assessment:
    """Go on with an unfinished assessment on a newer version of its checklist.

    Answers to questions that both versions ask in the same words, with the
    same choices, come along; the rest is asked again.

    :raises Refused: it is finished, or not a newer version of the same checklist
    :raises Stale: it was changed in the meantime, or begun on the newer version too
    """
    if assessment.done_at:
        raise Refused("Finished answers keep the version that they were given to.")
    old = assessment.checklist
    if (checklist.key, checklist.site_id) != (old.key, old.site_id) or (
        checklist.version <= old.version
    ):
        raise Refused("Choose a newer version of the same checklist.")
    _may_be_assessed(assessment.innovation, assessment.assessor)
    items = {item.code: item for item in checklist.items.all()}
    kept = 0
    given = list(assessment.answers.select_related("item"))
    for answer in given:
        item = items.get(answer.item.code)
        if (
            item is None
            or item.question != answer.item.question
            or item.options != answer.item.options
        ):
            answer.delete()
            continue
        answer.item = item
        answer.save(update_fields=["item"])
        kept += 1
    try:
        with transaction.atomic():
            _change(
                assessment,
                {
                    "checklist_id": checklist.pk,
                    "updated_at": instants.now(),
                    "version": assessment.version + 1,
                },
            )
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    assessment.checklist = checklist
    events.record(
        "assessment.moved",
        by=by,
        subject=assessment,
        changes={
            "version": [old.version, checklist.version],
            "kept": kept,
            "dropped": len(given) - kept,
        },
    )
    return assessment


def is_final(assessment: Assessment) -> bool:
    """Whether finished answers may no longer change: the site wants several, and another is finished."""
    return (
        assessment.done_at is not None
        and triage_settings_of(assessment.site).assessors_wanted > 1
        and others_have_finished(assessment)
    )


def checklists_left(innovation: Innovation, assessor: User) -> list[Checklist]:
    """The checklists in use at the site that this person has not finished for this idea, in order."""
    done = set(
        Assessment.objects.filter(innovation=innovation, assessor=assessor)
        .exclude(done_at=None)
        .values_list("checklist__key", flat=True)
    )
    return [each for each in checklists_in_use(innovation.site) if each.key not in done]


def choices_in_words(item: ChecklistItem) -> str:
    """ "yes, partly, no or don't know"."""
    words = [label.lower() for label in item.labels.values()]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _may_be_assessed(innovation: Innovation, assessor: User) -> None:
    if innovation.state in ENDED:
        raise Refused(
            f"This idea can no longer be assessed: {innovation.get_state_display().lower()}."
        )
    must_have_none(innovation, assessor.pk, "assess it")


def _own(innovation: Innovation, checklist: Checklist, assessor: User) -> Assessment | None:
    return Assessment.objects.filter(
        innovation=innovation, checklist=checklist, assessor=assessor
    ).first()


def _start(innovation: Innovation, checklist: Checklist, assessor: User, by: Actor) -> Assessment:
    now = instants.now()
    if checklist.valid_to and checklist.valid_to < london_date(now):
        raise Refused(
            f"Version {checklist.version} of this checklist is no longer in force:"
            " answer the newer one."
        )
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
) -> dict[str, str]:
    """Store what differs; returns item code → given, changed, taken away or note."""
    known = {answer.item_id: answer for answer in assessment.answers.all()}
    changes: dict[str, str] = {}
    for code, (value, note) in answers.items():
        item, note = items[code], note.strip()
        answer = known.get(item.pk)
        if not value:
            if answer:
                answer.delete()
                changes[code] = "taken away"
        elif answer is None:
            answer = Answer(
                site_id=assessment.site_id, assessment=assessment, item=item, value=value, note=note
            )
            answer.clean_fields()
            answer.save()
            changes[code] = "given"
        elif (answer.value, answer.note) != (value, note):
            changes[code] = "note" if answer.value == value else "changed"
            answer.value, answer.note = value, note
            answer.clean_fields()
            answer.save()
    return changes


def _change(assessment: Assessment, columns: dict) -> None:
    if not Assessment.objects.filter(pk=assessment.pk, version=assessment.version).update(
        **columns
    ):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(assessment, name, value)
