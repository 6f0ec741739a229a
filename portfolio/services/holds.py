"""Stopping the clock for somebody else, and what does not count against it at all."""

from django.db import IntegrityError, transaction

from accounts.enums import Function
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from portfolio.enums import Exemption, MoveReason, State, StopReason, WaitsOn
from portfolio.models import ClockExemption, Innovation
from portfolio.services.moves import CHANGED, change, move


@transaction.atomic
def hold(
    *,
    innovation: Innovation,
    waits_on: str,
    reason: str,
    by: Actor,
    function: str = "",
    version: int | None = None,
) -> Innovation:
    """Stop the clock while somebody who is neither the hub nor the submitter has to act.

    An idea that waits already goes on waiting, for somebody else.

    :param waits_on: a function, a person or an organisation
    :param function: which enabling function; required with, and only with, a function
    :raises Refused: nothing waits here, or whom or what for is not said
    :raises Stale: somebody changed the idea since
    """
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    if not innovation.is_in_triage:
        raise Refused(
            f"The clock of this idea is not running: {innovation.get_state_display().lower()}."
        )
    if waits_on == WaitsOn.SUBMITTER:
        raise Refused("To wait for the submitter, decide to ask for more: they have to be told.")
    if waits_on not in WaitsOn.values:
        raise Refused("Choose who has to act.")
    if reason not in StopReason.values:
        raise Refused("Choose what you are waiting for.")
    if (waits_on == WaitsOn.FUNCTION) != bool(function):
        raise Refused("Choose which enabling function has to act.")
    if function and function not in Function.values:
        raise Refused("Choose one of the enabling functions.")
    if (innovation.state, innovation.waits_on, innovation.waits_on_function) == (
        State.HELD,
        waits_on,
        function,
    ):
        raise Refused("The idea waits for them already.")
    before = innovation.state
    move(
        innovation,
        to_state=State.HELD,
        reason=MoveReason.HOLD,
        by=by,
        waits_on=waits_on,
        function=function,
        stop_reason=reason,
    )
    events.record(
        "innovation.held",
        by=by,
        subject=innovation,
        changes={
            "state": [before, innovation.state],
            "waits_on": waits_on,
            "function": function,
            "reason": reason,
        },
    )
    return innovation


@transaction.atomic
def exempt(
    *, innovation: Innovation, reason: str, by: Actor, note: str = "", version: int | None = None
) -> ClockExemption:
    """Take the idea out of what is said about the hub's speed, with a reason.

    :raises Refused: no such reason, the same stands already, or the idea has no clock
    :raises Stale: somebody changed the idea since
    """
    if reason not in Exemption.values:
        raise Refused("Choose why this idea should not count against the clock.")
    if innovation.clock_started_on is None:
        raise Refused("This idea has no clock, so there is nothing to exempt it from.")
    if innovation.exemption == reason:
        raise Refused("This idea is exempt for that reason already.")
    return _exemption(innovation, reason, note, by, version)


@transaction.atomic
def lift_exemption(
    *, innovation: Innovation, by: Actor, note: str = "", version: int | None = None
) -> ClockExemption:
    """Let the idea count against the clock again.

    :raises Refused: it was not exempt
    :raises Stale: somebody changed the idea since
    """
    if not innovation.exemption:
        raise Refused("This idea is not exempt.")
    return _exemption(innovation, "", note, by, version)


def _exemption(
    innovation: Innovation, reason: str, note: str, by: Actor, version: int | None
) -> ClockExemption:
    if version is not None and version != innovation.version:
        raise Stale(CHANGED)
    before = innovation.exemption
    row = ClockExemption(
        site_id=innovation.site_id,
        innovation=innovation,
        number=ClockExemption.objects.filter(innovation=innovation).count() + 1,
        reason=reason,
        note=note.strip(),
        at=instants.now(),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    row.full_clean(exclude=["ref"], validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    change(innovation, exemption=reason)
    events.record(
        "innovation.exempted" if reason else "innovation.exemption_lifted",
        by=by,
        subject=innovation,
        changes={"exemption": [before, reason]},
    )
    return row
