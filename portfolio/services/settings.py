"""How a site's desk works."""

from django.db import IntegrityError, transaction

from accounts.models import Site
from hubapp import events
from hubapp.actors import Actor
from hubapp.problems import Stale
from portfolio.models import TriageSettings
from portfolio.services.front_door import change_front_door

CHANGED = "Somebody else changed these settings since you opened the page. Compare theirs with yours, then save again."
FIELDS = (
    "acknowledge_days",
    "assessors_wanted",
    "asks_screening",
    "shows_published",
    "offers_introductions",
)


@transaction.atomic
def change_triage_settings(*, site: Site, version: int, by: Actor, **values) -> TriageSettings:
    """Change what a site asks of its desk. Ideas that are there keep the days they were promised.

    :param version: of the settings that were changed from; 1 for a site that never changed them
    :param values: any of :data:`FIELDS`
    :raises Stale: somebody changed them since
    :raises ValidationError: a number out of range
    """
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"triage settings have no {', '.join(sorted(unknown))}")
    stored = TriageSettings.objects.filter(site=site).first()
    settings = stored or TriageSettings(site=site)
    if settings.version != version:
        raise Stale(CHANGED)
    changed = {name: value for name, value in values.items() if getattr(settings, name) != value}
    if not changed:
        return settings
    for name, value in changed.items():
        setattr(settings, name, value)
    settings.version = version + 1
    settings.full_clean(validate_unique=False)
    if stored:
        columns = {**changed, "version": settings.version}
        rows = TriageSettings.objects.filter(pk=settings.pk, version=version)
        if not rows.update(**columns):
            raise Stale(CHANGED)
    else:
        try:
            with transaction.atomic():
                settings.save()
        except IntegrityError as error:
            raise Stale(CHANGED) from error
    events.record("triage_settings.changed", by=by, subject=site, changes=changed)
    return settings


@transaction.atomic
def change_desk(
    *, site: Site, version: int, door_version: int, decision_days: int, by: Actor, **values
) -> TriageSettings:
    """Change the triage settings and, with them, the days promised until a decision: both or neither.

    :param door_version: of the front door, which keeps the days until a decision
    :raises Stale: somebody changed either since
    :raises ValidationError: a number out of range
    """
    with events.operation():
        change_front_door(site=site, version=door_version, decision_days=decision_days, by=by)
        return change_triage_settings(site=site, version=version, by=by, **values)
