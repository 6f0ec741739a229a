"""Where a site wants to be on one indicator. One target stands at a time."""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Site
from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Stale
from hubapp.workdays import london_date
from maturity.models import Indicator, SelfAssessment, Target
from maturity.queries.reading import Item

CHANGED = "Somebody else set this target at the same moment. Look at what they did, then try again."


@transaction.atomic
def set_target(
    *,
    site: Site,
    indicator: Indicator,
    value: int,
    by: Actor,
    by_on: dt.date | None = None,
    replaces: Target | None = None,
    assessment: SelfAssessment | None = None,
) -> Target:
    """Aim for a rating, perhaps by a day. The target before it on this indicator ends; the same again changes nothing.

    :param replaces: a target of an earlier version of the indicator, which ends with it
    :param assessment: where it was set from; the event is about it, and about the target's own site without one
    :raises ValidationError: the value is no point of the framework's scale, or the day is past
    :raises Stale: somebody else set one at the same moment
    """
    if value not in indicator.framework.values:
        points = ", ".join(map(str, indicator.framework.values))
        raise ValidationError({"value": f"The target must be one of {points}."})
    now = instants.now()
    standing = Target.objects.filter(site=site, indicator=indicator, ended_at=None).first()
    if standing and (standing.value, standing.by_on) == (value, by_on):
        return standing
    if by_on and by_on < london_date(now) and (standing is None or by_on != standing.by_on):
        raise ValidationError({"by_on": "The day must be today or later."})
    _end([standing, replaces], now)
    try:
        with transaction.atomic():
            row = Target.objects.create(
                site=site,
                indicator=indicator,
                value=value,
                by_on=by_on,
                at=now,
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
    except IntegrityError as error:
        raise Stale(CHANGED) from error
    events.record(
        "maturity_target.set",
        by=by,
        subject=assessment or site,
        site_id=site.pk,
        changes={
            "indicator": indicator.code,
            "value": [standing.value if standing else None, value],
        },
    )
    return row


@transaction.atomic
def end_target(*, target: Target, by: Actor, assessment: SelfAssessment | None = None) -> Target:
    """Aim for it no longer; it stays in the history. Twice is once."""
    if target.ended_at is None:
        _end([target], instants.now())
        events.record(
            "maturity_target.ended",
            by=by,
            subject=assessment or target.site,
            site_id=target.site_id,
            changes={"indicator": target.indicator.code, "value": [target.value, None]},
        )
    return target


@transaction.atomic
def set_targets(
    *,
    assessment: SelfAssessment,
    targets: Iterable[tuple[Item, int | None, dt.date | None]],
    by: Actor,
) -> None:
    """Set several from one self-assessment: all of them or none. None in the place of a value ends a target.

    :raises ValidationError: as :func:`set_target` does
    :raises Stale: likewise
    """
    with events.operation():
        for item, value, by_on in targets:
            if value is not None:
                set_target(
                    site=assessment.site,
                    indicator=item.indicator,
                    value=value,
                    by_on=by_on,
                    replaces=item.target,
                    assessment=assessment,
                    by=by,
                )
            elif item.target:
                end_target(target=item.target, assessment=assessment, by=by)


def _end(rows: list[Target | None], now: dt.datetime) -> None:
    pks = [row.pk for row in rows if row]
    Target.objects.filter(pk__in=pks, ended_at=None).update(ended_at=now)
    for row in rows:
        if row:
            row.ended_at = now
