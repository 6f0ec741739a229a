"""Calls: inviting ideas on one need until a date. They open and close by their dates; no task is needed."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor, system
from hubapp.problems import Refused, Stale
from hubapp.workdays import london_date
from portfolio.enums import CallStanding
from portfolio.models import Call, Innovation, Need
from portfolio.services import needs

CHANGED = (
    "Somebody else changed this call since you opened it. Look at what they did, then try again."
)
FIELDS = ("title", "words", "opens_on", "closes_on")
# Who links an idea to the need of the call it answers.
BY_CALL = system("portfolio.calls")


@transaction.atomic
def add(
    *,
    need: Need,
    title: str,
    words: str,
    closes_on: dt.date,
    by: Actor,
    opens_on: dt.date | None = None,
    publish: bool = False,
    once_key: str | None = None,
) -> Call:
    """Add a call on a need; the public sees nothing of it until it is published.

    :param opens_on: the first London day on which ideas can be sent; today unless said
    :param closes_on: the last one
    :raises ValidationError: something missing or too long, or dates in the wrong order
    :raises Refused: the need is closed, or the last day has passed
    """
    key = f"{need.site_id}:{once_key}"[:80] if once_key else None
    if key:
        earlier = Call.objects.filter(once_key=key).first()
        if earlier:
            return earlier
    if need.closed_on:
        raise Refused("This need is closed. Open it again to call for ideas on it.")
    now = instants.now()
    call = Call(
        site_id=need.site_id,
        need=need,
        title=title.strip(),
        words=words.strip(),
        opens_on=opens_on or london_date(now),
        closes_on=closes_on,
        is_published=publish,
        once_key=key,
        created_at=now,
        updated_at=now,
    )
    call.full_clean(exclude=["ref", "site"], validate_unique=False)
    _not_past(closes_on)
    try:
        with transaction.atomic():
            call.save()
    except IntegrityError:
        return Call.objects.get(once_key=key)
    events.record("call.added", by=by, subject=call, changes={"published": publish})
    return call


@transaction.atomic
def edit(*, call: Call, by: Actor, version: int | None = None, **values: Any) -> Call:
    """Change the words or dates of a call that has not closed.

    :param values: any of :data:`FIELDS`; what is left out stays
    :raises ValidationError: something missing or too long, or dates in the wrong order
    :raises Refused: it has closed (see :func:`extend`), or the new last day has passed
    :raises Stale: somebody else changed it in the meantime
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"a call has no {', '.join(sorted(unknown))}")
    _fresh(call, version)
    if _standing(call) == CallStanding.CLOSED:
        raise Refused("This call has closed. Give it a later last day to open it again.")
    values = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    columns = {name: value for name, value in values.items() if value != getattr(call, name)}
    if not columns:
        return call
    if "closes_on" in columns:
        _not_past(columns["closes_on"])
    changes: dict[str, Any] = dict.fromkeys(columns, "changed")
    for name in {"opens_on", "closes_on"} & set(columns):
        changes[name] = [getattr(call, name).isoformat(), columns[name].isoformat()]
    _change(call, columns)
    events.record("call.edited", by=by, subject=call, changes=changes)
    return call


@transaction.atomic
def publish(*, call: Call, by: Actor, version: int | None = None) -> Call:
    """Let the public see the call's page; ideas can be sent between its dates.

    :raises Refused: it is published already, or its need is closed
    :raises Stale: somebody else changed it in the meantime
    """
    _fresh(call, version)
    if call.is_published:
        raise Refused("This call is published already.")
    if call.need.closed_on:
        raise Refused("The need of this call is closed, so nobody should be invited to serve it.")
    _change(call, {"is_published": True})
    events.record("call.published", by=by, subject=call)
    return call


@transaction.atomic
def close(*, call: Call, by: Actor, version: int | None = None) -> Call:
    """Close a call before its last day. Ideas that were sent for it are answered as any other.

    :raises Refused: it has closed already
    :raises Stale: somebody else changed it in the meantime
    """
    _fresh(call, version)
    today = london_date(instants.now())
    if call.ended_on or call.closes_on < today:
        raise Refused("This call has closed already.")
    _change(call, {"ended_on": today})
    events.record("call.closed", by=by, subject=call)
    return call


@transaction.atomic
def extend(*, call: Call, closes_on: dt.date, by: Actor, version: int | None = None) -> Call:
    """Give a call another last day; one that has closed is open again.

    :raises Refused: the day has passed, or the need is closed
    :raises ValidationError: the day is before the call opens
    :raises Stale: somebody else changed it in the meantime
    """
    _fresh(call, version)
    _not_past(closes_on)
    if call.need.closed_on:
        raise Refused("The need of this call is closed, so nobody should be invited to serve it.")
    if closes_on == call.closes_on and call.ended_on is None:
        return call
    changes = {"closes_on": [call.closes_on.isoformat(), closes_on.isoformat()]}
    _change(call, {"closes_on": closes_on, "ended_on": None})
    events.record("call.extended", by=by, subject=call, changes=changes)
    return call


def serve_need_of_call(innovation: Innovation) -> None:
    """Link an idea that came in by a call to the call's need, if that is still open. Inside a transaction."""
    call = innovation.call
    if call is not None and call.need.closed_on is None:
        needs.link(need=call.need, innovation=innovation, by=BY_CALL)


def _standing(call: Call) -> CallStanding:
    return call.standing(london_date(instants.now()))


def _not_past(closes_on: dt.date) -> None:
    if closes_on < london_date(instants.now()):
        raise Refused("The last day must be today or later.")


def _fresh(call: Call, version: int | None) -> None:
    if version is not None and version != call.version:
        raise Stale(CHANGED)


def _change(call: Call, columns: dict[str, Any]) -> None:
    """Set columns, if they are valid and nobody else changed the call since it was read."""
    before = {name: getattr(call, name) for name in columns}
    for name, value in columns.items():
        setattr(call, name, value)
    try:
        call.full_clean(exclude=["ref", "site"], validate_unique=False)
        version = call.version
        columns = {**columns, "version": version + 1, "updated_at": instants.now()}
        if not Call.objects.filter(pk=call.pk, version=version).update(**columns):
            raise Stale(CHANGED)
    except (ValidationError, Stale):
        for name, value in before.items():
            setattr(call, name, value)
        raise
    call.version, call.updated_at = columns["version"], columns["updated_at"]
