"""Asking one person one question: the link, the code that proves who answers, and the answer."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Function
from accounts.models import Membership, Person
from accounts.validators import normalise_email
from hubapp import codes, events, instants
from hubapp.actors import Actor, system
from hubapp.codes import CodeCheck
from hubapp.db import maintenance
from hubapp.notifications import cancel, send_later
from hubapp.problems import Refused, Stale
from hubapp.workdays import LONDON, add_working_days, london_date
from portfolio.enums import (
    ENDED,
    AskKind,
    AskProof,
    AskShows,
    AskState,
    MoveReason,
    State,
    StopReason,
    WaitsOn,
    YesNo,
)
from portfolio.links import CODE_SALT
from portfolio.models import Ask, AskDoor, Innovation
from portfolio.models.ask import LONGEST_ANSWER, LONGEST_QUESTION
from portfolio.services import news
from portfolio.services.decisions import resume
from portfolio.services.holds import hold
from portfolio.services.redactions import BLACK, SHORTEST_OF_A_PERSON, pattern_of

# Days until the link of a question no longer works, unless whoever asks says otherwise.
DAYS = 14
MOST_DAYS = 60
# Working days without an answer until Hubapp reminds, once.
REMIND_AFTER = 5

CHANGED = (
    "Somebody else changed this question since you opened the page. Look at it, then try again."
)
ANSWERED = "Your answer has arrived already, so it can no longer be changed."
OVER = "This question no longer waits for an answer."


# -- the hub ----------------------------------------------------------------------


@transaction.atomic
def ask(
    *,
    innovation: Innovation,
    kind: str,
    question: str,
    by: Actor,
    person: Person | None = None,
    name: str = "",
    email: str = "",
    function: str = "",
    shows: str = AskShows.SUMMARY,
    stops_clock: bool = False,
    days: int = DAYS,
    once_key: str | None = None,
) -> Ask:
    """Ask one person one question about an idea; they get a link by mail.

    The same ``once_key`` never asks twice.

    :param person: a member of the site or somebody it asked before; else ``name`` and ``email``
    :param function: the enabling function that they answer for
    :param stops_clock: whether the clock stands still until there is an answer; only for what
        is not waiting for the submitter
    :param days: how many days the link works
    :raises Refused: the idea has ended, nobody or nothing is asked, or the clock cannot be stopped
    :raises ValidationError: no address, or a text too long
    :raises Stale: somebody changed the idea while its clock was stopped
    """
    key = f"{innovation.ref}:{once_key}"[:80] if once_key else None
    if key:
        earlier = Ask.objects.filter(once_key=key).select_related("person").first()
        if earlier:
            return earlier
    if innovation.state in ENDED:
        raise Refused(
            f"Nobody can be asked about this idea any more: {innovation.get_state_display().lower()}."
        )
    if kind not in AskKind.values:
        raise Refused("Choose what you ask for.")
    if shows not in AskShows.values:
        raise Refused("Choose what they see of the idea.")
    if function and function not in Function.values:
        raise Refused("Choose one of the enabling functions.")
    if not question.strip():
        raise Refused("Write the question.")
    _must_fit("question", question, LONGEST_QUESTION)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"Give them between 1 and {MOST_DAYS} days.")
    if stops_clock and innovation.state not in (State.WAITING, State.HELD):
        raise Refused("The clock of this idea is not running, so it cannot be stopped.")
    whom = person or _person_for(innovation, name=name, email=email)
    if not whom.email:
        raise Refused("There is no address to write to for this person.")
    now = instants.now()
    row = Ask(
        site_id=innovation.site_id,
        innovation=innovation,
        person=whom,
        kind=kind,
        function=function,
        question=question.strip(),
        shows=shows,
        stops_clock=stops_clock,
        asked_at=now,
        asked_on=london_date(now),
        expires_at=_end_of(london_date(now) + dt.timedelta(days=days)),
        updated_at=now,
        once_key=key,
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    row.full_clean(exclude=["ref", "person"], validate_unique=False, validate_constraints=False)
    if stops_clock:
        row.stop = _stop(row, by)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        # The same form a moment ago.
        return Ask.objects.select_related("person").get(once_key=key)
    _touch(innovation, now)
    events.record(
        "ask.asked",
        by=by,
        subject=row,
        changes={
            "innovation": innovation.ref,
            "kind": kind,
            "function": function,
            "shows": shows,
            "stops_clock": stops_clock,
        },
    )
    _mail(row)
    return row


@transaction.atomic
def remind(*, ask: Ask, by: Actor) -> Ask:
    """Mail the same link once more; at most once a day.

    :raises Refused: it waits for no answer, or they were reminded today
    :raises Stale: something happened to it in the meantime
    """
    now = instants.now()
    if not ask.is_open_at(now):
        raise Refused(OVER)
    if ask.reminded_at and london_date(ask.reminded_at) == london_date(now):
        raise Refused("They were reminded today already.")
    _change(ask, reminded_at=now)
    events.record("ask.reminded", by=by, subject=ask, changes={"innovation": ask.innovation.ref})
    send_later(
        "portfolio.ask_reminder",
        to=ask.person,
        key=f"ask-reminder:{ask.ref}:{london_date(now).isoformat()}",
        site_id=ask.site_id,
        context={"ask": ask.ref},
    )
    return ask


@transaction.atomic
def withdraw(*, ask: Ask, by: Actor, tells: bool = True) -> Ask:
    """Take a question back: its link says so, and the clock no longer waits for it.

    :param tells: whether to write to whoever has the link that no answer is needed any more
    :raises Refused: it was answered or taken back
    :raises Stale: something happened to it in the meantime
    """
    if ask.state == AskState.ANSWERED:
        raise Refused("This question was answered, so it cannot be taken back.")
    if ask.state == AskState.WITHDRAWN:
        raise Refused("This question was taken back already.")
    was_open = ask.state == AskState.OPEN
    _change(ask, state=AskState.WITHDRAWN, withdrawn_at=instants.now(), link_wanted_at=None)
    events.record("ask.withdrawn", by=by, subject=ask, changes={"innovation": ask.innovation.ref})
    has_left = not cancel(key=_mail_key(ask))
    if tells and was_open and has_left:
        send_later(
            "portfolio.ask_withdrawn",
            to=ask.person,
            key=f"ask-withdrawn:{ask.ref}",
            site_id=ask.site_id,
            context={"ask": ask.ref},
        )
    _let_go(ask, MoveReason.RESUMED)
    return ask


@transaction.atomic
def renew(*, ask: Ask, by: Actor, days: int = DAYS) -> Ask:
    """Send a new link, good for ``days`` from today; every earlier one stops working.

    A question that stopped the clock and was not answered in time stops it again.

    :raises Refused: answered, taken back, or the idea has ended
    :raises Stale: something happened to it in the meantime
    """
    if ask.state not in (AskState.OPEN, AskState.EXPIRED) or ask.innovation.state in ENDED:
        raise Refused(OVER)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"Give them between 1 and {MOST_DAYS} days.")
    if not ask.person.email:
        raise Refused("There is no address to write to for this person.")
    now = instants.now()
    columns = {
        "state": AskState.OPEN,
        "generation": ask.generation + 1,
        "expires_at": _end_of(london_date(now) + dt.timedelta(days=days)),
        "link_wanted_at": None,
        "reminded_at": None,
    }
    if ask.state == AskState.EXPIRED and ask.stop_id and ask.innovation.state == State.WAITING:
        columns["stop"] = _stop(ask, by)
    cancel(key=_mail_key(ask))
    _change(ask, **columns)
    events.record("ask.renewed", by=by, subject=ask, changes={"innovation": ask.innovation.ref})
    _mail(ask)
    return ask


def _person_for(innovation: Innovation, *, name: str, email: str) -> Person:
    """Whoever has this address: a member of the site, somebody it asked before, or a new row.

    Rows of others are left alone: an address that was typed proves nothing about who typed it.
    """
    name, email = " ".join(name.split()), normalise_email(email)
    if not name:
        raise ValidationError({"name": "Enter the name of whoever you ask."})
    if not email:
        raise ValidationError({"email": "Enter the email address of whoever you ask."})
    member = (
        Membership.objects.filter(
            site_id=innovation.site_id,
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
        Person.objects.with_address(email)
        .filter(asks__site_id=innovation.site_id, name__iexact=name)
        .order_by("pk")
        .first()
    )
    if known:
        return known
    person = Person(name=name, email=email)
    person.full_clean(exclude=["ref"])
    person.save()
    return person


# -- whoever is asked -----------------------------------------------------------------


@transaction.atomic
def send_code(*, ask: Ask, by: Actor) -> AskDoor:
    """Mail a new code to whoever was asked; any earlier one stops working.

    Pressed twice within half a minute, one mail leaves.

    :raises Refused: there is nothing to open any more, or too many codes were sent
    """
    now = timezone.now()
    if ask.state not in (AskState.OPEN, AskState.ANSWERED) or now >= ask.expires_at:
        raise Refused(OVER)
    if not ask.person.email:
        raise Refused(OVER)
    door, _ = AskDoor.objects.get_or_create(ask=ask, defaults={"generation": ask.generation})
    if door.generation != ask.generation:
        door.generation, door.sent, door.seed, door.sent_at = ask.generation, 0, "", None
    if codes.is_fresh(door, now):
        return door
    codes.renew(door, now)
    door.save()
    events.record("ask.code_sent", by=by, subject=ask)
    send_later(
        "portfolio.ask_code",
        to=ask.person,
        key=f"ask-code:{ask.ref}:{door.generation}:{door.sent}",
        site_id=ask.site_id,
        context={"ask": ask.ref, "number": door.sent},
    )
    return door


@transaction.atomic
def check_code(*, ask: Ask, code: str, by: Actor) -> CodeCheck:
    """Whether this is the code that was mailed last: it works once, for 15 minutes and five tries.

    Wrong ones are counted, so nothing is raised.
    """
    door = AskDoor.objects.filter(ask=ask, generation=ask.generation).first()
    before = door.tries if door else 0
    found = codes.check(door, code, salt=CODE_SALT, ref=ask.ref, now=timezone.now())
    if found == CodeCheck.RIGHT:
        events.record("ask.opened", by=by, subject=ask)
    elif door and door.tries > before:
        events.record("ask.code_refused", by=by, subject=ask, changes={"tries": door.tries})
    return found


@transaction.atomic
def save_draft(*, ask: Ask, by: Actor, verdict: str = "", text: str = "") -> AskDoor:
    """Keep what was typed so far; the hub does not see it.

    :raises Refused: it waits for no answer
    :raises ValidationError: a text too long
    """
    if not ask.is_open_at(instants.now()):
        raise Refused(ANSWERED if ask.state == AskState.ANSWERED else OVER)
    door, _ = AskDoor.objects.get_or_create(ask=ask, defaults={"generation": ask.generation})
    door.verdict = verdict if verdict in YesNo.values and ask.kind == AskKind.SIGN_OFF else ""
    _must_fit("text", text, LONGEST_ANSWER)
    door.answer = text
    door.save(update_fields=["verdict", "answer"])
    events.record("ask.saved", by=by, subject=ask)
    return door


@transaction.atomic
def answer(*, ask: Ask, by: Actor, proof: str, verdict: str = "", text: str = "") -> Ask:
    """The answer, once; if the clock stood still for it alone, it runs again.

    :param proof: how whoever answers showed who they are
    :raises Refused: answered or taken back already, too late, or there is no answer in it
    :raises ValidationError: a text too long
    """
    now = instants.now()
    if ask.state == AskState.ANSWERED:
        raise Refused(ANSWERED)
    if not ask.is_open_at(now):
        raise Refused(OVER)
    if proof not in AskProof.values:
        raise Refused("We do not know who you are. Ask for a code first.")
    text = text.strip()
    if ask.kind == AskKind.SIGN_OFF:
        if verdict not in YesNo.values:
            raise Refused("Choose yes or no.")
        if verdict == YesNo.NO and not text:
            raise Refused(
                "Write what stands against it, so that the hub can do something about it."
            )
    elif verdict:
        raise Refused("This question is not answered by yes or no.")
    elif not text:
        raise Refused("Write your answer.")
    columns = {
        "state": AskState.ANSWERED,
        "answered_at": now,
        "answered_on": london_date(now),
        "verdict": verdict,
        "answer": text,
        "proof": proof,
        "link_wanted_at": None,
    }
    _must_fit("text", text, LONGEST_ANSWER)
    try:
        _change(ask, **columns)
    except Stale as stale:
        ask.refresh_from_db()
        raise Refused(ANSWERED if ask.state == AskState.ANSWERED else str(stale)) from stale
    AskDoor.objects.filter(ask=ask).update(verdict="", answer="")
    events.record(
        "ask.answered",
        by=by,
        subject=ask,
        changes={"innovation": ask.innovation.ref, "verdict": verdict, "proof": proof},
    )
    _let_go(ask, MoveReason.ANSWER)
    news.look_again([ask.innovation_id])
    return ask


@transaction.atomic
def want_link(*, ask: Ask, by: Actor) -> Ask:
    """Whoever was asked holds a link that is too old, and would still answer: the hub sees it."""
    waits = ask.state in (AskState.OPEN, AskState.EXPIRED) and ask.innovation.state not in ENDED
    if not waits or ask.link_wanted_at:
        return ask
    _change(ask, link_wanted_at=instants.now())
    _touch(ask.innovation, instants.now())
    events.record("ask.link_wanted", by=by, subject=ask, changes={"innovation": ask.innovation.ref})
    return ask


# -- the scheduler, and people who go ---------------------------------------------------


def remind_due(*, by: Actor, now: dt.datetime | None = None, most: int = 500) -> int:
    """Remind, once, everybody who has not answered for five working days; returns how many."""
    now = now or timezone.now()
    rows = Ask.objects.filter(
        state=AskState.OPEN,
        reminded_at=None,
        expires_at__gt=now,
        asked_at__lte=now - dt.timedelta(days=REMIND_AFTER),
    ).exclude(innovation__state__in=ENDED)
    count = 0
    for row in rows.select_related("innovation", "person").order_by("asked_at", "pk")[:most]:
        # A renewed link counts from the day it was sent, which is as long before it ends.
        if add_working_days(row.asked_on, REMIND_AFTER) > london_date(now):
            continue
        try:
            remind(ask=row, by=by)
        except Refused:
            continue
        count += 1
    return count


def expire_due(*, by: Actor, now: dt.datetime | None = None, most: int = 500) -> int:
    """Close every question whose link is too old, so that no clock waits for it; returns how many."""
    now = now or timezone.now()
    rows = Ask.objects.filter(state=AskState.OPEN, expires_at__lte=now)
    count = 0
    for row in rows.select_related("innovation").order_by("expires_at", "pk")[:most]:
        try:
            _expire(row, by)
        except Refused:
            # Somebody changed it at this moment: next time.
            continue
        count += 1
    return count


@transaction.atomic
def _expire(ask: Ask, by: Actor) -> None:
    _change(ask, state=AskState.EXPIRED)
    events.record("ask.expired", by=by, subject=ask, changes={"innovation": ask.innovation.ref})
    _let_go(ask, MoveReason.RESUMED)


@transaction.atomic
def forget_people(*, person_ids: list[int], by: Actor) -> int:
    """Part of erasing these people, while their rows still say their names: what they have not answered
    is taken back, what they typed and did not send goes, and their names and addresses are blacked
    out in what they were asked and answered.

    Returns how many questions changed.
    """
    people = Person.objects.filter(pk__in=person_ids)
    said = {text for each in people for text in (each.name, each.email, each.phone)}
    fragments = [text for text in said if len(text) >= SHORTEST_OF_A_PERSON]
    changed = set()
    with events.operation():
        for row in (
            Ask.objects.filter(person__in=person_ids, state__in=[AskState.OPEN, AskState.EXPIRED])
            .select_related("innovation", "person")
            .order_by("pk")
        ):
            withdraw(ask=row, by=by, tells=False)
            changed.add(row.pk)
        AskDoor.objects.filter(ask__person__in=person_ids).delete()
        if not fragments:
            return len(changed)
        pattern = pattern_of(fragments)
        for row in Ask.objects.filter(person__in=person_ids).order_by("pk"):
            columns = {}
            for name, longest in (("question", LONGEST_QUESTION), ("answer", LONGEST_ANSWER)):
                text, found = pattern.subn(BLACK, getattr(row, name))
                if found:
                    columns[name] = text[:longest]
            if columns:
                with maintenance("redaction"):
                    Ask.objects.filter(pk=row.pk).update(**columns)
                events.record(
                    "ask.redacted", by=by, subject=row, changes={"fields": sorted(columns)}
                )
                changed.add(row.pk)
    return len(changed)


# -- what they share --------------------------------------------------------------------


def _stop(ask: Ask, by: Actor):
    """Stop the clock for ``ask``; the move that did so, or the one of a question that did already.

    None where the clock stands still for another reason: an answer must not start it.
    """
    innovation = ask.innovation
    if innovation.state == State.HELD:
        last = innovation.moves.order_by("-number").first()
        joined = last is not None and Ask.objects.filter(stop=last).exists()
        return last if joined else None
    hold(
        innovation=innovation,
        waits_on=WaitsOn.FUNCTION if ask.function else WaitsOn.PERSON,
        function=ask.function,
        reason=StopReason.ASSURANCE if ask.kind == AskKind.SIGN_OFF else StopReason.ADVICE,
        by=by,
    )
    return innovation.moves.order_by("-number").first()


def _let_go(ask: Ask, reason: str) -> None:
    """Let the clock run again if it stood still for this question and no other."""
    # Written before others are looked at: of two last answers at one moment, the second waits
    # here for the first, and sees it.
    _touch(ask.innovation, instants.now())
    if ask.stop_id is None:
        return
    if Ask.objects.filter(stop=ask.stop_id, state=AskState.OPEN).exclude(pk=ask.pk).exists():
        return
    innovation = Innovation.objects.get(pk=ask.innovation_id)
    last = innovation.moves.order_by("-number").first()
    if innovation.state == State.HELD and last is not None and last.pk == ask.stop_id:
        resume(innovation=innovation, by=system("portfolio.asks"), reason=reason)
        ask.innovation = innovation


def _touch(innovation: Innovation, now: dt.datetime) -> None:
    """Shown in lists as new since last looked at; not a change that others must reload for."""
    Innovation.objects.filter(pk=innovation.pk).update(updated_at=now)


def _change(ask: Ask, **columns) -> None:
    columns |= {"version": ask.version + 1, "updated_at": instants.now()}
    if not Ask.objects.filter(pk=ask.pk, version=ask.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(ask, name, value)


def _must_fit(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ValidationError({field: f"Write at most {most:,} characters."})


def _end_of(day: dt.date) -> dt.datetime:
    """The last moment of a London day."""
    after = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=LONDON)
    return after.astimezone(dt.UTC) - dt.timedelta(seconds=1)


def _mail_key(ask: Ask) -> str:
    return f"ask:{ask.ref}:{ask.generation}"


def _mail(ask: Ask) -> None:
    send_later(
        "portfolio.ask",
        to=ask.person,
        key=_mail_key(ask),
        site_id=ask.site_id,
        context={"ask": ask.ref},
    )
