"""How a site receives ideas."""

from django.db import IntegrityError, transaction

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Stale
from portfolio.models import FrontDoor

CHANGED = "Somebody else changed these settings since you opened the page. Compare theirs with yours, then save again."
FIELDS = ("is_open", "privacy_notice", "who_reads", "how_long_kept", "decision_days")


@transaction.atomic
def change_front_door(*, site: Site, version: int, by: Actor, **values) -> FrontDoor:
    """Open, close or word a site's front door. Ideas that are there keep their due dates.

    :param version: of the settings that were changed from; 1 for a site that never changed them
    :param values: any of :data:`FIELDS`
    :raises Stale: somebody changed them since
    :raises ValidationError: a text too long, or days out of range
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"a front door has no {', '.join(sorted(unknown))}")
    stored = FrontDoor.objects.filter(site=site).first()
    door = stored or FrontDoor(site=site)
    if door.version != version:
        raise Stale(CHANGED)
    changed = {name: value for name, value in values.items() if getattr(door, name) != value}
    if not changed:
        return door
    for name, value in changed.items():
        setattr(door, name, value)
    door.version = version + 1
    door.full_clean(validate_unique=False)
    if stored:
        columns = {**changed, "version": door.version}
        if not FrontDoor.objects.filter(pk=door.pk, version=version).update(**columns):
            raise Stale(CHANGED)
    else:
        try:
            with transaction.atomic():
                door.save()
        except IntegrityError as error:
            raise Stale(CHANGED) from error
    codes = {name: value for name, value in changed.items() if name in ("is_open", "decision_days")}
    texts = {name: "changed" for name in changed if name not in codes}
    events.record("front_door.changed", by=by, subject=site, changes={**codes, **texts})
    return door
