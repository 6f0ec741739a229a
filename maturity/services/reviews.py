"""Peer review: a matched site looks at what a site claims. What it finds stands beside, and changes nothing of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Site, User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from maturity.enums import Answer, AssessmentState, Finding, ReviewState, RoundState
from maturity.models import Indicator, Review, ReviewFinding, SelfAssessment
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT
from maturity.services.assessments import finalise
from maturity.services.moves import move

CHANGED = "Somebody else changed this review since you opened it. Look at it, then try again."


@dataclass(frozen=True, slots=True)
class Found:
    """What a reviewer says of one rating; ``value`` only where it differs."""

    finding: str
    value: int | None = None
    note: str = ""


@transaction.atomic
def ask(
    *, assessment: SelfAssessment, reviewing_site: Site, by: Actor, due_on: dt.date | None = None
) -> Review:
    """Ask a matched site to look at a submitted self-assessment. It reads it by name from then on.

    :raises Refused: the round asks no review, it was not submitted, the site is not in the
        round, is itself or is reviewed by this one, or somebody was asked already
    """
    if not assessment.round.asks_review:
        raise Refused("This round asks for no peer review.")
    if assessment.state != AssessmentState.SUBMITTED:
        raise Refused("A self-assessment can be reviewed once it was submitted.")
    if reviewing_site.pk == assessment.site_id:
        raise Refused("A site cannot review itself.")
    if (
        not assessment.round.assessments.filter(site=reviewing_site)
        .exclude(state=AssessmentState.WITHDRAWN)
        .exists()
    ):
        raise Refused("Choose a site of the same round.")
    if Review.objects.filter(
        assessment__round=assessment.round_id,
        site=reviewing_site,
        reviewing_site=assessment.site_id,
        state__in=[ReviewState.ASKED, ReviewState.ACCEPTED, ReviewState.DONE],
    ).exists():
        raise Refused("Your site reviews that one, and two sites never review each other.")
    now = instants.now()
    row = Review(
        site_id=assessment.site_id,
        assessment=assessment,
        reviewing_site=reviewing_site,
        asked_at=now,
        due_on=due_on,
        updated_at=now,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    with events.operation():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Refused("A site has been asked to review it already.") from error
        move(assessment, to_state=AssessmentState.IN_REVIEW, by=by)
        events.record("review.asked", by=by, subject=row, changes={"reviewer": reviewing_site.code})
    return row


@transaction.atomic
def accept(*, review: Review, user: User, by: Actor) -> Review:
    """Take a review on.

    :raises Refused: it does not wait for that
    """
    if review.state != ReviewState.ASKED:
        raise Refused("This review no longer waits for somebody to take it on.")
    _change(review, state=ReviewState.ACCEPTED, reviewer_id=user.pk)
    events.record("review.accepted", by=by, subject=review)
    return review


@transaction.atomic
def decline(*, review: Review, reason: str, by: Actor) -> Review:
    """Say that one's site cannot review it; it can be asked of another.

    :raises Refused: it is over
    """
    _end(review, ReviewState.DECLINED, by, words=reason.strip()[:EXPLANATION_TEXT])
    return review


@transaction.atomic
def withdraw(*, review: Review, by: Actor) -> Review:
    """Take the request back: what was found so far is not shown.

    :raises Refused: it is over
    """
    _end(review, ReviewState.WITHDRAWN, by)
    return review


@transaction.atomic
def find(*, review: Review, findings: Mapping[str, Found | None], by: Actor) -> int:
    """Keep findings so far; returns how many changed. What is left out stays as it is; None takes one away.

    :raises Refused: not under way, an indicator without rating, or a value that is not of the scale
    """
    if review.state != ReviewState.ACCEPTED:
        raise Refused("Take this review on before you answer it.")
    framework = review.assessment.round.framework
    indicators = {
        row.code: row
        for row in Indicator.objects.filter(framework=framework, code__in=list(findings))
    }
    claimed = {
        row.indicator_id: row.value
        for row in review.assessment.ratings.filter(is_current=True, answer=Answer.RATED)
    }
    known = {row.indicator_id: row for row in review.findings.all()}
    now = instants.now()
    changed = []
    for code, found in findings.items():
        indicator = indicators.get(code)
        if indicator is None or indicator.pk not in claimed:
            raise Refused("Only what the site rated can be reviewed.")
        before = known.get(indicator.pk)
        if found is None:
            if before:
                before.delete()
                changed.append(code)
            continue
        _must_fit(found, indicator, framework.values, claimed[indicator.pk])
        columns = {"finding": found.finding, "value": found.value, "note": found.note.strip()}
        if before and all(getattr(before, name) == value for name, value in columns.items()):
            continue
        ReviewFinding.objects.update_or_create(
            review=review,
            indicator=indicator,
            defaults={**columns, "site_id": review.site_id, "updated_at": now},
        )
        changed.append(code)
    if changed:
        _change(review)
        events.record("review.answered", by=by, subject=review, changes={"indicators": changed})
    return len(changed)


@transaction.atomic
def finish(*, review: Review, words: str, by: Actor) -> Review:
    """Hand the review over; the reviewed site reads it. Its self-assessment is final if the round has closed.

    :raises Refused: not under way, or nothing was found
    """
    words = words.strip()
    if review.state != ReviewState.ACCEPTED:
        raise Refused("This review is not under way.")
    if not words and not review.findings.exists():
        raise Refused("Answer for at least one rating, or write what you think of the whole.")
    if len(words) > EXPLANATION_TEXT:
        raise Refused(f"What you write must be {EXPLANATION_TEXT:,} characters or fewer.")
    _end(review, ReviewState.DONE, by, words=words, done_at=instants.now())
    return review


def _end(review: Review, state: str, by: Actor, **columns: Any) -> None:
    if review.state not in (ReviewState.ASKED, ReviewState.ACCEPTED):
        raise Refused("This review is over already.")
    with events.operation():
        _change(review, state=state, **columns)
        events.record("review.ended", by=by, subject=review, changes={"state": str(state)})
        assessment = review.assessment
        if assessment.state != AssessmentState.IN_REVIEW:
            return
        if assessment.round.state == RoundState.CLOSED:
            finalise(assessment=assessment, by=by)
        else:
            move(assessment, to_state=AssessmentState.SUBMITTED, by=by)


def _must_fit(found: Found, indicator: Indicator, values: list[int], claimed: int | None) -> None:
    if found.finding not in Finding.values:
        raise Refused(f"“{indicator.text}”: choose what you find.")
    if found.finding == Finding.DIFFERS:
        if found.value not in values or found.value == claimed:
            raise Refused(f"“{indicator.text}”: choose what you would rate instead.")
    elif found.value is not None:
        raise Refused(f"“{indicator.text}”: only where you differ is there a rating.")
    if len(found.note) > REASON_TEXT:
        raise Refused(f"“{indicator.text}”: the note must be {REASON_TEXT:,} characters or fewer.")


def _change(review: Review, **columns: Any) -> None:
    columns |= {"version": review.version + 1, "updated_at": instants.now()}
    if not Review.objects.filter(pk=review.pk, version=review.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(review, name, value)
