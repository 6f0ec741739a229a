"""Several raters of one self-assessment: asked by the lead, rating apart, then agreeing together.

What a rater says never counts as the site's. The lead records that, for each
indicator, with a reason where raters differed.
"""

import datetime as dt
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership, Person, User
from accounts.validators import normalise_email
from hubapp import codes, events, instants
from hubapp.actors import Actor
from hubapp.codes import CodeCheck
from hubapp.notifications import cancel, send_later
from hubapp.problems import Refused, Stale
from hubapp.workdays import LONDON
from maturity.enums import EDITABLE, Answer, AssessmentState, Origin, RaterState
from maturity.links import CODE_SALT
from maturity.models import Indicator, Rater, RaterRating, SelfAssessment
from maturity.models.assessment import REASON_TEXT
from maturity.services.assessments import Said, answer, must_be_on_scale

MOST_RATERS = 20
CHANGED = "Somebody else changed this since you opened it. Look at it, then try again."
OVER = "This self-assessment no longer waits for your ratings."


# -- the lead -----------------------------------------------------------------------


@transaction.atomic
def invite(
    *,
    assessment: SelfAssessment,
    by: Actor,
    user: User | None = None,
    name: str = "",
    email: str = "",
) -> Rater:
    """Ask somebody to rate too, until the round closes; they get a link by mail. Twice is once.

    :param user: a member of the site; else ``name`` and ``email`` of anybody
    :raises Refused: the round asks one rater, it is not in progress, or too many were asked
    :raises ValidationError: no name or address
    """
    round = assessment.round
    if not round.asks_raters:
        raise Refused("In this round the lead alone rates.")
    if assessment.state not in EDITABLE:
        raise Refused("Raters can be asked while the self-assessment is in progress.")
    person = user.person if user else _person_for(assessment, name=name, email=email)
    if user is None:
        user = _member_with(assessment, person)
    there = assessment.raters.exclude(state=RaterState.WITHDRAWN)
    known = there.filter(person=person).first()
    if known:
        return known
    if there.count() >= MOST_RATERS:
        raise Refused(f"At most {MOST_RATERS} people can be asked for one self-assessment.")
    now = instants.now()
    row = Rater(
        site_id=assessment.site_id,
        assessment=assessment,
        person=person,
        user=user,
        asked_at=now,
        expires_at=_end_of(round.closes_on),
        updated_at=now,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    if row.expires_at <= now:
        raise Refused("This round has closed, so nobody can be asked any more.")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return assessment.raters.exclude(state=RaterState.WITHDRAWN).get(person=person)
    events.record("rater.asked", by=by, subject=row, changes={"assessment": assessment.ref})
    _mail(row)
    return row


@transaction.atomic
def renew(*, rater: Rater, by: Actor) -> Rater:
    """Send a new link, good until the round closes; every earlier one stops working.

    :raises Refused: taken back, done, or the round has closed
    """
    now = instants.now()
    if rater.state not in (RaterState.INVITED, RaterState.STARTED):
        raise Refused(OVER)
    expires_at = _end_of(rater.assessment.round.closes_on)
    if expires_at <= now:
        raise Refused("This round has closed, so nobody can be asked any more.")
    cancel(key=_mail_key(rater))
    _change(rater, generation=rater.generation + 1, expires_at=expires_at, seed="", sent=0)
    events.record("rater.renewed", by=by, subject=rater)
    _mail(rater)
    return rater


@transaction.atomic
def withdraw(*, rater: Rater, by: Actor) -> Rater:
    """Take the request back: the link says so. What was rated so far is looked at no more.

    :raises Refused: it was taken back already
    """
    if rater.state == RaterState.WITHDRAWN:
        raise Refused("This request was taken back already.")
    _change(rater, state=RaterState.WITHDRAWN)
    cancel(key=_mail_key(rater))
    events.record("rater.withdrawn", by=by, subject=rater)
    return rater


@transaction.atomic
def agree(
    *,
    assessment: SelfAssessment,
    said: Mapping[str, Said],
    by: Actor,
    seen: Mapping[str, int] | None = None,
) -> int:
    """Record what all agreed on, as the site's ratings; returns how many changed.

    :param said: indicator code → what is agreed; with ``reason`` where raters differ
    :raises Refused: as :func:`maturity.services.assessments.answer`, or raters differ on an
        indicator and there is no reason
    :raises Stale: an indicator was answered since
    """
    current = (
        RaterRating.objects.filter(
            assessment=assessment, is_current=True, rater__state=RaterState.DONE
        )
        .exclude(answer=Answer.CLEARED)
        .select_related("indicator")
    )
    heard: dict[str, set[tuple[str, int | None]]] = {}
    for row in current:
        heard.setdefault(row.indicator.code, set()).add((row.answer, row.value))
    texts = {
        row.code: row.text
        for row in Indicator.objects.filter(
            framework_id=assessment.round.framework_id, code__in=list(said)
        )
    }
    for code, each in said.items():
        text = texts.get(code, code)
        if len(each.reason) > REASON_TEXT:
            raise Refused(f"“{text}”: the reason must be {REASON_TEXT:,} characters or fewer.")
        if len(heard.get(code, ())) > 1 and each.answer != Answer.CLEARED and not each.reason:
            raise Refused(f"“{text}”: raters differ, so enter the reason for what you agreed.")
    return answer(assessment=assessment, answers=said, by=by, origin=Origin.CONSENSUS, seen=seen)


def _person_for(assessment: SelfAssessment, *, name: str, email: str) -> Person:
    """Whoever has this address: a member of the site, somebody asked by it before, or a new row."""
    name, email = " ".join(name.split()), normalise_email(email)
    if not name:
        raise ValidationError({"name": "Enter the name of whoever you ask."})
    if not email:
        raise ValidationError({"email": "Enter the email address of whoever you ask."})
    member = (
        Membership.objects.filter(
            site_id=assessment.site_id,
            ended_at=None,
            user__person__email=email,
            user__is_active=True,
        )
        .select_related("user__person")
        .first()
    )
    if member:
        return member.user.person
    known = (
        Rater.objects.filter(
            site_id=assessment.site_id, person__email=email, person__name__iexact=name
        )
        .select_related("person")
        .order_by("pk")
        .first()
    )
    if known:
        return known.person
    person = Person(name=name, email=email)
    person.full_clean(exclude=["ref"])
    person.save()
    return person


def _member_with(assessment: SelfAssessment, person: Person) -> User | None:
    found = (
        Membership.objects.filter(
            site_id=assessment.site_id, ended_at=None, user__person=person, user__is_active=True
        )
        .select_related("user")
        .first()
    )
    return found.user if found else None


# -- whoever was asked ----------------------------------------------------------------


@transaction.atomic
def send_code(*, rater: Rater, by: Actor) -> Rater:
    """Mail a new code to whoever was asked; any earlier one stops working.

    :raises Refused: there is nothing to open any more, or too many codes were sent
    """
    now = timezone.now()
    if rater.state == RaterState.WITHDRAWN or now >= rater.expires_at or not rater.person.email:
        raise Refused(OVER)
    if codes.is_fresh(rater, now):
        return rater
    codes.renew(rater, now)
    rater.save(update_fields=["seed", "code_expires_at", "tries", "sent_at", "sent"])
    events.record("rater.code_sent", by=by, subject=rater)
    send_later(
        "maturity.rate_code",
        to=rater.person,
        key=f"rate-code:{rater.ref}:{rater.generation}:{rater.sent}",
        site_id=rater.site_id,
        context={"rater": rater.ref, "number": rater.sent},
    )
    return rater


@transaction.atomic
def check_code(*, rater: Rater, code: str, by: Actor) -> CodeCheck:
    """Whether this is the code that was mailed last. Wrong ones are counted, so nothing is raised."""
    before = rater.tries
    found = codes.check(rater, code, salt=CODE_SALT, ref=rater.ref, now=timezone.now())
    if found == CodeCheck.RIGHT:
        events.record("rater.opened", by=by, subject=rater)
    elif rater.tries > before:
        events.record("rater.code_refused", by=by, subject=rater, changes={"tries": rater.tries})
    return found


@transaction.atomic
def rate(
    *, rater: Rater, answers: Mapping[str, Said], by: Actor, notes: Mapping[str, str] | None = None
) -> int:
    """Keep one rater's answers so far; returns how many changed. What is left out stays as it is.

    :param answers: indicator code → what is said; ``CLEARED`` takes an answer away again
    :param notes: indicator code → a note to it
    :raises Refused: too late, taken back, or a code or value that the framework does not know
    """
    _must_wait(rater)
    framework = rater.assessment.round.framework
    notes = notes or {}
    wanted = [*answers, *notes]
    indicators = {
        row.code: row for row in Indicator.objects.filter(framework=framework, code__in=wanted)
    }
    for code in wanted:
        if code not in indicators:
            raise Refused(f"The framework has no indicator “{code[:60]}”.")
    latest = {
        row.indicator_id: row
        for row in rater.ratings.filter(is_current=True, indicator__in=list(indicators.values()))
    }
    now = instants.now()
    rows, ended = [], []
    for code, indicator in indicators.items():
        before = latest.get(indicator.pk)
        said = answers.get(code) or _as_before(before)
        must_be_on_scale(said, framework.values, indicator)
        note = notes[code].strip() if code in notes else (before.note if before else "")
        if len(note) > REASON_TEXT:
            raise Refused(
                f"“{indicator.text}”: the note must be {REASON_TEXT:,} characters or fewer."
            )
        was = (before.answer, before.value, before.note) if before else (Answer.CLEARED, None, "")
        if was == (said.answer, said.value, note):
            continue
        rows.append(
            RaterRating(
                site_id=rater.site_id,
                assessment_id=rater.assessment_id,
                rater=rater,
                indicator=indicator,
                number=before.number + 1 if before else 1,
                answer=said.answer,
                value=said.value,
                note=note,
                at=now,
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
        )
        if before:
            ended.append(before.pk)
    if not rows:
        return 0
    # First the version: of two at one moment, one waits here and then finds it changed.
    _change(rater, state=RaterState.STARTED)
    RaterRating.objects.filter(pk__in=ended).update(is_current=False)
    RaterRating.objects.bulk_create(rows)
    events.record(
        "rater.rated",
        by=by,
        subject=rater,
        changes={"indicators": [row.indicator.code for row in rows]},
    )
    return len(rows)


@transaction.atomic
def finish(*, rater: Rater, by: Actor) -> Rater:
    """Say that one is done; only then does the lead see what was rated. Twice is once.

    :raises Refused: too late, taken back, or nothing was rated
    """
    if rater.state == RaterState.DONE:
        return rater
    _must_wait(rater)
    if not rater.ratings.filter(is_current=True).exclude(answer=Answer.CLEARED).exists():
        raise Refused("Rate at least one indicator first.")
    _change(rater, state=RaterState.DONE, done_at=instants.now())
    events.record("rater.done", by=by, subject=rater)
    return rater


def _as_before(before: RaterRating | None) -> Said:
    return Said(before.answer, before.value) if before else Said(Answer.CLEARED)


def _must_wait(rater: Rater) -> None:
    if rater.state == RaterState.DONE:
        raise Refused("You said that you are done. Ask the site lead if you want to change it.")
    if rater.state == RaterState.WITHDRAWN or timezone.now() >= rater.expires_at:
        raise Refused(OVER)
    if rater.assessment.state != AssessmentState.DRAFT:
        raise Refused(OVER)


def _change(rater: Rater, **columns) -> None:
    columns |= {"version": rater.version + 1, "updated_at": instants.now()}
    if not Rater.objects.filter(pk=rater.pk, version=rater.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(rater, name, value)


def _end_of(day: dt.date) -> dt.datetime:
    """The first instant after a London day."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LONDON).astimezone(dt.UTC)


def _mail_key(rater: Rater) -> str:
    return f"rate:{rater.ref}:{rater.generation}"


def _mail(rater: Rater) -> None:
    send_later(
        "maturity.rate",
        to=rater.person,
        key=_mail_key(rater),
        site_id=rater.site_id,
        context={"rater": rater.ref},
    )
