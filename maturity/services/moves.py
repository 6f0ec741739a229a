"""Changing a self-assessment's state: one immutable row, and the columns that follow from it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from hubapp import instants
from hubapp.actors import Actor
from hubapp.problems import Stale
from hubapp.workdays import london_date
from maturity.models import AssessmentMove, SelfAssessment

CHANGED = (
    "Somebody else changed this self-assessment since you opened it."
    " Look at what they did, then try again."
)


def move(
    assessment: SelfAssessment, *, to_state: str, by: Actor, reason: str = "", **columns: Any
) -> AssessmentMove:
    """Add a move and set state and version, inside the caller's transaction.

    :param columns: further columns of the assessment that change with it
    :raises Stale: it is no longer at ``assessment.version``
    """
    now = instants.now()
    last = assessment.moves.order_by("-number").values_list("number", flat=True).first()
    row = AssessmentMove(
        site_id=assessment.site_id,
        assessment=assessment,
        number=(last or 0) + 1,
        from_state=assessment.state if last else "",
        to_state=to_state,
        reason=reason,
        at=now,
        on=london_date(now),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    change(assessment, state=to_state, state_since=now, **columns)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    return row


def move_all(
    rows: list[SelfAssessment], *, from_state: str, to_state: str, by: Actor
) -> list[AssessmentMove]:
    """Add the same move to many, inside the caller's transaction; four statements however many there are.

    :param rows: all in ``from_state``
    :raises Stale: one of them is in that state no more
    """
    now = instants.now()
    ids = [row.pk for row in rows]
    changed = SelfAssessment.objects.filter(pk__in=ids, state=from_state).update(
        state=to_state, state_since=now, version=F("version") + 1, updated_at=now
    )
    if changed != len(rows):
        raise Stale(CHANGED)
    last = dict(
        AssessmentMove.objects.filter(assessment__in=ids)
        .order_by()
        .values_list("assessment")
        .annotate(Max("number"))
    )
    moves = [
        AssessmentMove(
            site_id=row.site_id,
            assessment=row,
            number=last.get(row.pk, 0) + 1,
            from_state=from_state,
            to_state=to_state,
            at=now,
            on=london_date(now),
            actor_kind=by.kind,
            actor_ref=by.ref,
        )
        for row in rows
    ]
    AssessmentMove.objects.bulk_create(moves, batch_size=500)
    for row in rows:
        row.state, row.state_since, row.updated_at = to_state, now, now
        row.version += 1
    return moves


def change(assessment: SelfAssessment, **columns: Any) -> None:
    """Set columns where the version is still the one that was read.

    :raises Stale: it is not
    """
    columns |= {"version": assessment.version + 1, "updated_at": instants.now()}
    changed = SelfAssessment.objects.filter(pk=assessment.pk, version=assessment.version).update(
        **columns
    )
    if not changed:
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(assessment, name, value)
