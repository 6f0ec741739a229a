"""A site's self-assessment: agreed to, answered as it goes, submitted, reopened.

Ratings are immutable rows; changing one adds the next and marks it current.
Not answered, not applicable and the lowest rating are three different things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from maturity.enums import EDITABLE, Answer, AssessmentState, Origin, RoundState
from maturity.models import Explanation, Indicator, Rating, Round, SelfAssessment, SubDomain
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT
from maturity.queries.last_time import last_time_of
from maturity.services.moves import CHANGED, change, move, move_all


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one indicator; ``value`` only where it is rated."""

    answer: str
    value: int | None = None
    reason: str = ""


NOT_APPLICABLE = Said(Answer.NOT_APPLICABLE)
CLEARED = Said(Answer.CLEARED)


def rated(value: int) -> Said:
    """A rating of the framework's scale."""
    return Said(Answer.RATED, value)


@transaction.atomic
def start(*, assessment: SelfAssessment, by: Actor) -> SelfAssessment:
    """Agree to what the round shows to whom, and begin. Twice is once.

    :raises Refused: the round takes no answers, or the site left it
    """
    if assessment.state != AssessmentState.NOT_STARTED:
        return assessment
    _must_take_answers(assessment)
    with events.operation():
        move(assessment, to_state=AssessmentState.DRAFT, by=by, agreed_at=instants.now())
        events.record(
            "self_assessment.started",
            by=by,
            subject=assessment,
            changes={"disclosure": assessment.round.disclosure},
        )
    return assessment


@transaction.atomic
def answer(
    *,
    assessment: SelfAssessment,
    answers: Mapping[str, Said],
    by: Actor,
    explanations: Mapping[str, str] | None = None,
    origin: str = Origin.GIVEN,
    seen: Mapping[str, int] | None = None,
    seen_words: Mapping[str, int] | None = None,
    confirms: Mapping[str, Rating] | None = None,
) -> int:
    """Keep answers and explanations; returns how many indicators changed. What is left out stays as it is.

    :param answers: indicator code → what is said; ``CLEARED`` takes an answer away again
    :param explanations: sub-domain code → words
    :param seen: indicator code → number of its latest row on the page (0: none); where somebody
        else has answered since, nothing is kept
    :param seen_words: sub-domain code → version of its explanation on the page (0: none), likewise
    :param confirms: indicator code → last time's rating that is confirmed
    :raises Refused: not in progress, a code or value that the framework does not know, words too long
    :raises Stale: an indicator in ``seen`` was answered since, or the words in ``seen_words`` changed
    """
    must_be_editable(assessment)
    framework = assessment.round.framework
    indicators = {
        row.code: row
        for row in Indicator.objects.filter(framework=framework, code__in=list(answers))
    }
    for code, said in answers.items():
        if code not in indicators:
            raise Refused(f"The framework has no indicator “{code[:60]}”.")
        must_be_on_scale(said, framework.values, indicators[code])
    latest = {
        row.indicator.code: row
        for row in assessment.ratings.filter(
            is_current=True, indicator__in=list(indicators.values())
        ).select_related("indicator")
    }
    for code, number in (seen or {}).items():
        there = latest[code].number if code in latest else 0
        if code in answers and there != number and not _same(latest.get(code), answers[code]):
            raise Stale(CHANGED)
    now = instants.now()
    rows, ended = [], []
    for code, said in answers.items():
        before = latest.get(code)
        if _same(before, said) or (before is None and said.answer == Answer.CLEARED):
            continue
        rows.append(
            Rating(
                site_id=assessment.site_id,
                round_id=assessment.round_id,
                assessment=assessment,
                indicator=indicators[code],
                number=before.number + 1 if before else 1,
                answer=said.answer,
                value=said.value,
                origin=origin,
                reason=said.reason,
                confirms=(confirms or {}).get(code),
                at=now,
                on=london_date(now),
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
        )
        if before:
            ended.append(before.pk)
    with events.operation():
        words = explain(assessment, explanations or {}, by, seen=seen_words)
        if not rows:
            if words:
                change(assessment)
            return 0
        # First the version: of two at one moment, one waits here and then finds it changed.
        change(assessment)
        Rating.objects.filter(pk__in=ended, is_current=True).update(is_current=False)
        Rating.objects.bulk_create(rows)
        answered = assessment.ratings.filter(is_current=True).exclude(answer=Answer.CLEARED).count()
        SelfAssessment.objects.filter(pk=assessment.pk).update(answered=answered)
        assessment.answered = answered
        events.record(
            "self_assessment.answered",
            by=by,
            subject=assessment,
            changes={"indicators": [row.indicator.code for row in rows], "origin": origin},
        )
    return len(rows)


@transaction.atomic
def confirm(
    *,
    assessment: SelfAssessment,
    by: Actor,
    sub_domains: Sequence[str] | None = None,
    shown: str | None = None,
) -> int:
    """Say that last time's answers are still true, where nothing was said yet; returns how many.

    Last time's explanation comes along where there is none yet.

    :param sub_domains: codes; None: wherever there is a last time
    :param shown: :attr:`LastTime.name` of what was on the page; None: whatever it is
    :raises Refused: not in progress, or there is no last time
    :raises Stale: last time's answers are not those that were shown
    """
    must_be_editable(assessment)
    last = last_time_of(assessment)
    if last is None:
        raise Refused("There is no earlier self-assessment to confirm.")
    if shown is not None and shown != last.name:
        raise Stale(CHANGED)
    wanted = None if sub_domains is None else set(sub_domains)
    answered = set(
        assessment.ratings.filter(is_current=True)
        .exclude(answer=Answer.CLEARED)
        .values_list("indicator__code", flat=True)
    )
    said: dict[str, Said] = {}
    confirms: dict[str, Rating] = {}
    for code, (sub_domain, rating) in last.ratings.items():
        if code in answered or (wanted is not None and sub_domain not in wanted):
            continue
        said[code] = Said(rating.answer, rating.value)
        confirms[code] = rating
    there = set(assessment.explanations.exclude(text="").values_list("sub_domain__code", flat=True))
    # Only where an answer comes along: words that were left out on purpose stay out.
    with_answers = {last.ratings[code][0] for code in said}
    words = {
        code: text
        for code, text in last.explanations.items()
        if code not in there and code in with_answers
    }
    return answer(
        assessment=assessment,
        answers=said,
        explanations=words,
        by=by,
        origin=Origin.CONFIRMED,
        confirms=confirms,
    )


@transaction.atomic
def submit(*, assessment: SelfAssessment, by: Actor, version: int | None = None) -> SelfAssessment:
    """Submit it. What is not answered stays not answered: a lead may leave indicators out.

    It is final when the round closes; of a round that has closed, at once.

    :raises Refused: not in progress, the round takes no answers, or nothing was answered
    :raises Stale: it was changed since the page was shown
    """
    if version is not None and version != assessment.version:
        raise Stale(CHANGED)
    must_be_editable(assessment)
    if not assessment.answered:
        raise Refused("Answer at least one indicator before you submit.")
    now = instants.now()
    with events.operation():
        move(
            assessment,
            to_state=AssessmentState.SUBMITTED,
            by=by,
            submitted_at=now,
            submitted_on=london_date(now),
        )
        events.record(
            "self_assessment.submitted",
            by=by,
            subject=assessment,
            changes={"answered": assessment.answered, "asked": assessment.asked},
        )
        if assessment.round.state == RoundState.CLOSED:
            # A late or reopened one: nothing more is waited for.
            finalise(assessment=assessment, by=by)
    return assessment


@transaction.atomic
def finalise(*, assessment: SelfAssessment, by: Actor) -> SelfAssessment:
    """Make a submitted one final: at the closing of its round, or when peer review is over.

    :raises Refused: it was not submitted
    """
    if assessment.state == AssessmentState.FINAL:
        return assessment
    if assessment.state not in (AssessmentState.SUBMITTED, AssessmentState.IN_REVIEW):
        raise Refused("Only a self-assessment that was submitted can become final.")
    with events.operation():
        move(assessment, to_state=AssessmentState.FINAL, by=by)
        events.record("self_assessment.final", by=by, subject=assessment)
    return assessment


@transaction.atomic
def finalise_submitted(*, round: Round, by: Actor) -> int:
    """Make everything final that stands submitted in a round; returns how much. As many statements for 250 as for two.

    What is with peer review stays so until that is over.

    :raises Stale: one of them was reopened at the same moment
    """
    rows = list(
        SelfAssessment.objects.filter(round=round, state=AssessmentState.SUBMITTED).order_by("pk")
    )
    if rows:
        with events.operation():
            move_all(
                rows,
                from_state=AssessmentState.SUBMITTED,
                to_state=AssessmentState.FINAL,
                by=by,
            )
            subjects: list[tuple[Model, dict]] = [(row, {}) for row in rows]
            events.record_many("self_assessment.final", by=by, subjects=subjects)
    return len(rows)


@transaction.atomic
def reopen(*, assessment: SelfAssessment, reason: str, by: Actor) -> SelfAssessment:
    """Take a submitted or final one up again. It leaves a trace; what was released stays until it is restated.

    :raises Refused: no reason, not submitted, or the round was called off
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Enter why you reopen it.")
    if len(reason) > REASON_TEXT:
        raise Refused(f"The reason must be {REASON_TEXT:,} characters or fewer.")
    if assessment.state not in (AssessmentState.SUBMITTED, AssessmentState.FINAL):
        raise Refused("Only a self-assessment that was submitted can be reopened.")
    if assessment.round.state == RoundState.CANCELLED:
        raise Refused("This round was called off.")
    with events.operation():
        move(assessment, to_state=AssessmentState.DRAFT, by=by, reason=reason)
        events.record("self_assessment.reopened", by=by, subject=assessment)
    return assessment


@transaction.atomic
def leave(*, assessment: SelfAssessment, reason: str, by: Actor) -> SelfAssessment:
    """Leave the round. What was written stays the site's to read and counts nowhere.

    :raises Refused: it is final, or left already
    """
    if assessment.state in (AssessmentState.FINAL, AssessmentState.WITHDRAWN):
        raise Refused("This self-assessment is over, so the site cannot leave the round.")
    with events.operation():
        move(
            assessment,
            to_state=AssessmentState.WITHDRAWN,
            by=by,
            reason=" ".join(reason.split())[:REASON_TEXT],
        )
        events.record("self_assessment.left", by=by, subject=assessment)
    return assessment


def explain(
    assessment: SelfAssessment,
    explanations: Mapping[str, str],
    by: Actor,
    *,
    seen: Mapping[str, int] | None = None,
) -> int:
    """Keep words to sub-domains, inside the caller's transaction; returns how many changed.

    :param seen: sub-domain code → version of its words on the page (0: none)
    :raises Refused: a code that the framework does not know, or words too long
    :raises Stale: words in ``seen`` were changed since
    """
    if not explanations:
        return 0
    sub_domains = {
        row.code: row
        for row in SubDomain.objects.filter(
            framework_id=assessment.round.framework_id, code__in=list(explanations)
        )
    }
    rows = {
        row.sub_domain_id: row
        for row in assessment.explanations.filter(sub_domain__in=list(sub_domains.values()))
    }
    now = instants.now()
    written: list[str] = []
    new: list[Explanation] = []
    for code, text in explanations.items():
        if code not in sub_domains:
            raise Refused(f"The framework has no sub-domain “{code[:60]}”.")
        text = text.strip()
        if len(text) > EXPLANATION_TEXT:
            raise Refused(
                f"{sub_domains[code].name}: the explanation must be {EXPLANATION_TEXT:,} characters or fewer."
            )
        row = rows.get(sub_domains[code].pk)
        there, said = (row.version, row.text) if row else (0, "")
        if seen is not None and seen.get(code, there) != there and text != said:
            raise Stale(CHANGED)
        if row is None:
            if text:
                written.append(code)
                new.append(
                    Explanation(
                        site_id=assessment.site_id,
                        assessment=assessment,
                        sub_domain=sub_domains[code],
                        text=text,
                        updated_at=now,
                    )
                )
        elif row.text != text:
            changed = assessment.explanations.filter(pk=row.pk, version=row.version).update(
                text=text, updated_at=now, version=row.version + 1
            )
            if not changed:
                raise Stale(CHANGED)
            written.append(code)
    try:
        with transaction.atomic():
            Explanation.objects.bulk_create(new)
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    if written:
        events.record(
            "self_assessment.explained",
            by=by,
            subject=assessment,
            changes={"sub_domains": written},
        )
    return len(written)


def must_be_on_scale(said: Said, values: list[int], indicator: Indicator) -> None:
    if said.answer not in Answer.values:
        raise Refused(f"“{indicator.text}”: choose a rating or “not applicable”.")
    if said.answer == Answer.RATED and said.value not in values:
        points = ", ".join(map(str, values[:-1]))
        raise Refused(f"“{indicator.text}”: the rating must be {points} or {values[-1]}.")
    if said.answer != Answer.RATED and said.value is not None:
        raise Refused(f"“{indicator.text}”: only a rating has a value.")


def _same(before: Rating | None, said: Said) -> bool:
    return (
        before is not None
        and before.answer == said.answer
        and before.value == said.value
        and before.reason == said.reason
    )


def must_be_editable(assessment: SelfAssessment) -> None:
    """Refuse what cannot be changed: not begun, submitted, or of a round that takes no answers."""
    if assessment.state == AssessmentState.NOT_STARTED:
        raise Refused("Start the self-assessment first: its first page says who will see it.")
    if assessment.state not in EDITABLE:
        raise Refused("This self-assessment was submitted. Reopen it to change it.")
    _must_take_answers(assessment)


def _must_take_answers(assessment: SelfAssessment) -> None:
    round = assessment.round
    if round.state == RoundState.CLOSED:
        # Late joiners and reopened ones go on after closing; a restatement takes them in.
        return
    if round.state != RoundState.OPEN:
        raise Refused(
            "This round was called off."
            if round.state == RoundState.CANCELLED
            else "This round is not open yet."
        )
    if london_date(timezone.now()) < round.opens_on:
        raise Refused(f"This round opens on {round.opens_on:%-d %B %Y}.")
