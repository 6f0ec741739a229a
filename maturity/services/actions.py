"""What a site does about a sub-domain: kept, done with an outcome, dropped, and told to the network if it wants."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.enums import READERS
from accounts.models import Person, Site, User
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from maturity.enums import ActionState
from maturity.models import Action, SelfAssessment, SubDomain
from maturity.models.action import NEVER, OUTCOME_TEXT
from maturity.models.framework import NAME_TEXT
from portfolio.services.members import must_hold_a_role
from portfolio.services.redactions import BLACK, pattern_of

OWNED_ACTIONS = "maturity.actions"
CHANGED = (
    "Somebody else changed this action since you opened it. Look at what they did, then try again."
)
FIELDS = ("title", "owner", "owner_words", "due_on")
# Column → the most it holds.
TEXTS = {"title": NAME_TEXT, "owner_words": NAME_TEXT, "outcome": OUTCOME_TEXT}
# The shortest name that is looked for when a person is erased: a shorter one stands in other words.
SHORTEST_NAME = 5


@transaction.atomic
def add(
    *,
    site: Site,
    sub_domain: SubDomain,
    title: str,
    by: Actor,
    assessment: SelfAssessment | None = None,
    owner: User | None = None,
    owner_words: str = "",
    due_on: dt.date | None = None,
    once_key: str | None = None,
) -> Action:
    """Write down one thing to do about a sub-domain. The same ``once_key`` never makes a second one.

    :param assessment: the one that it came from
    :param owner: a member who reads the site's maturity; or ``owner_words``, the name of a team
    :raises ValidationError: names the field
    :raises Refused: ``owner`` could not read it, or the assessment is of another site or framework
    """
    key = f"action:{site.pk}:{once_key}"[:80] if once_key else None
    if key and (earlier := Action.objects.filter(once_key=key).first()):
        return earlier
    if assessment and (
        assessment.site_id != site.pk or assessment.round.framework_id != sub_domain.framework_id
    ):
        raise Refused("This self-assessment does not ask about that sub-domain.")
    now = instants.now()
    row = Action(
        site=site,
        assessment=assessment,
        sub_domain=sub_domain,
        title=_line(title),
        owner=owner,
        owner_words=_line(owner_words),
        due_on=due_on,
        until_on=due_on or NEVER,
        once_key=key,
        created_at=now,
        updated_at=now,
    )
    _clean(row)
    if owner:
        must_hold_a_role(owner, site_id=site.pk, roles=READERS)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        # The same form a moment ago.
        return Action.objects.get(once_key=key)
    events.record(
        "maturity_action.added", by=by, subject=row, changes={"sub_domain": sub_domain.code}
    )
    return row


@transaction.atomic
def edit(*, action: Action, by: Actor, version: int | None = None, **values: Any) -> Action:
    """Change what is to be done, by whom or until when.

    :param values: any of :data:`FIELDS`; what is left out stays
    :raises ValidationError: names the field
    :raises Refused: it is over, or the owner could not read it
    :raises Stale: somebody else changed it
    """
    if unknown := set(values) - set(FIELDS):
        raise TypeError(f"an action has no {', '.join(sorted(unknown))}")
    _fresh(action, version)
    if action.state != ActionState.OPEN:
        raise Refused("This action is over. Open it again to change it.")
    values = {
        name: _line(value) if isinstance(value, str) else value for name, value in values.items()
    }
    columns = {name: value for name, value in values.items() if value != getattr(action, name)}
    if not columns:
        return action
    changes: dict[str, Any] = dict.fromkeys(columns, "changed")
    if "owner" in columns:
        before, after = action.owner, columns["owner"]
        if after:
            must_hold_a_role(after, site_id=action.site_id, roles=READERS)
        changes["owner"] = [before.ref if before else None, after.ref if after else None]
    if "due_on" in columns:
        columns["until_on"] = columns["due_on"] or NEVER
        changes["due_on"] = [_code(action.due_on), _code(columns["due_on"])]
    for name, value in columns.items():
        setattr(action, name, value)
    _clean(action)
    _update(action, columns)
    events.record("maturity_action.edited", by=by, subject=action, changes=changes)
    return action


@transaction.atomic
def finish(*, action: Action, outcome: str, by: Actor, version: int | None = None) -> Action:
    """Say that it is done and what came of it.

    :raises ValidationError: no outcome, or one too long
    :raises Refused: it is over already
    :raises Stale: somebody else changed it
    """
    _fresh(action, version)
    _must_be_open(action)
    action.outcome = outcome.strip()
    if not action.outcome:
        raise ValidationError({"outcome": "Enter what came of it."})
    _end(action, ActionState.DONE, by)
    return action


@transaction.atomic
def drop(*, action: Action, by: Actor, outcome: str = "", version: int | None = None) -> Action:
    """Give it up; ``outcome`` may say why.

    :raises ValidationError: too long a reason
    :raises Refused: it is over already
    :raises Stale: somebody else changed it
    """
    _fresh(action, version)
    _must_be_open(action)
    action.outcome = outcome.strip()
    _end(action, ActionState.DROPPED, by)
    return action


@transaction.atomic
def reopen(*, action: Action, by: Actor, version: int | None = None) -> Action:
    """Take it up again; what was published of it is taken back.

    :raises Refused: it is open
    :raises Stale: somebody else changed it
    """
    _fresh(action, version)
    if action.state == ActionState.OPEN:
        raise Refused("This action is open.")
    was = action.published_at
    _update(
        action, {"state": ActionState.OPEN, "ended_on": None, "published_at": None, "outcome": ""}
    )
    with events.operation():
        if was:
            events.record("maturity_action.unpublished", by=by, subject=action)
        events.record("maturity_action.reopened", by=by, subject=action)
    return action


@transaction.atomic
def publish(*, action: Action, by: Actor, version: int | None = None) -> Action:
    """Let the site's networks read title and outcome with the site's name. Twice is once.

    :raises Refused: it is not done
    :raises Stale: somebody else changed it, so that it may say something else now
    """
    _fresh(action, version)
    if action.state != ActionState.DONE:
        raise Refused("Only an action that is done can be shown to the network.")
    if action.published_at is None:
        _update(action, {"published_at": instants.now()})
        events.record("maturity_action.published", by=by, subject=action)
    return action


@transaction.atomic
def unpublish(*, action: Action, by: Actor) -> Action:
    """Take it back: nobody outside the site reads it from now on. At any time, and twice is once."""
    if action.published_at is not None:
        _update(action, {"published_at": None})
        events.record("maturity_action.unpublished", by=by, subject=action)
    return action


@transaction.atomic
def reassign_owned(
    *, kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Give the open actions that a member owns to somebody else, or to nobody; returns how many.

    0 for kinds that are not :data:`OWNED_ACTIONS`.

    :raises Refused: whoever gets them could not read them
    """
    if kind != OWNED_ACTIONS or from_user_id == to_user_id:
        return 0
    to = User.objects.get(pk=to_user_id) if to_user_id is not None else None
    if to:
        must_hold_a_role(to, site_id=site_id, roles=READERS)
    rows = list(
        Action.objects.filter(
            owner_id=from_user_id, site_id=site_id, state=ActionState.OPEN
        ).select_related("owner")
    )
    for row in rows:
        before = row.owner.ref if row.owner else None
        _update(row, {"owner": to})
        changes = {"owner": [before, to.ref if to else None]}
        events.record("maturity_action.edited", by=by, subject=row, changes=changes)
    return len(rows)


@transaction.atomic
def black_out_people_in_actions(*, person_ids: Iterable[int], by: Actor) -> int:
    """Black out the names, addresses and numbers of these people in actions: part of erasing them.

    As for needs: addresses and telephone numbers everywhere, a name only at
    sites where the person was a member or sent an idea. Returns in how many texts.
    """
    found = 0
    with events.operation():
        for person in Person.objects.filter(pk__in=list(person_ids)):
            anywhere = [text for text in (person.email, person.phone) if len(text) > SHORTEST_NAME]
            named = [person.name] if len(person.name) >= SHORTEST_NAME else []
            theirs = Site.objects.filter(
                Q(memberships__user__person=person) | Q(innovations__submission__submitter=person)
            )
            site_ids = set(theirs.values_list("pk", flat=True)) if named else set()
            for row in Action.objects.all():
                fragments = anywhere + (named if row.site_id in site_ids else [])
                found += _black_out(row, fragments, by) if fragments else 0
    return found


def _black_out(row: Action, fragments: list[str], by: Actor) -> int:
    pattern = pattern_of(fragments)
    columns = {}
    for name in TEXTS:
        text, times = pattern.subn(BLACK, getattr(row, name))
        if times:
            # Blocks may be longer than what they hide.
            columns[name] = text[: TEXTS[name]]
    if columns:
        _update(row, columns)
        events.record(
            "maturity_action.redacted", by=by, subject=row, changes={"fields": [*columns]}
        )
    return len(columns)


def _line(text: str) -> str:
    return " ".join(text.split())


def _code(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def _clean(row: Action) -> None:
    if not row.title:
        raise ValidationError({"title": "Enter what is to be done."})
    if row.owner and row.owner_words:
        raise ValidationError({"owner_words": "Choose a member or enter a team, not both."})
    row.full_clean(
        exclude=["ref", "site", "assessment", "sub_domain", "owner"], validate_unique=False
    )


def _must_be_open(action: Action) -> None:
    if action.state != ActionState.OPEN:
        raise Refused("This action is over already.")


def _end(action: Action, state: str, by: Actor) -> None:
    action.clean_fields(exclude=["ref", "site", "assessment", "sub_domain", "owner"])
    _update(
        action,
        {"state": state, "ended_on": london_date(instants.now()), "outcome": action.outcome},
    )
    events.record(f"maturity_action.{state}", by=by, subject=action)


def _fresh(action: Action, version: int | None) -> None:
    if version is not None and version != action.version:
        raise Stale(CHANGED)


def _update(action: Action, columns: dict[str, Any]) -> None:
    columns = columns | {"version": action.version + 1, "updated_at": instants.now()}
    if not Action.objects.filter(pk=action.pk, version=action.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(action, name, value)
