"""Erasing people from what imports keep: reasons, examples, and values that were explained."""

import re
from typing import Any

from django.db import transaction

from accounts.models import Person, Site
from hubapp import events
from hubapp.actors import Actor
from portfolio.models import ImportJob, ImportMapping, ImportRow
from portfolio.services.redactions import BLACK, SHORTEST_OF_A_PERSON, pattern_of

BATCH = 500


@transaction.atomic
def black_out_people_in_imports(*, person_ids: list[int], by: Actor) -> int:
    """Take these people's names, addresses and numbers out of what imports keep; returns out of how many rows.

    A value of a file that names one of them is forgotten: it would have to be
    explained again. Reasons are blacked out. The files themselves go by
    their own time (:func:`portfolio.services.imports.forget_files`).
    """
    fragments = {
        text.strip()
        for person in Person.objects.filter(pk__in=person_ids)
        for text in (person.name, person.email, person.phone)
        if len(text.strip()) >= SHORTEST_OF_A_PERSON
    }
    if not fragments:
        return 0
    pattern = pattern_of(fragments)
    changed: dict[int, int] = {}
    for job in ImportJob.objects.exclude(mapping={}, columns=[]).iterator(chunk_size=BATCH):
        mapping, columns = _without(job.mapping, pattern), _without(job.columns, pattern)
        if (mapping, columns) != (job.mapping, job.columns):
            ImportJob.objects.filter(pk=job.pk).update(mapping=mapping, columns=columns)
            changed[job.site_id] = changed.get(job.site_id, 0) + 1
    for known in ImportMapping.objects.iterator(chunk_size=BATCH):
        mapping = _without(known.mapping, pattern)
        if mapping != known.mapping:
            ImportMapping.objects.filter(pk=known.pk).update(mapping=mapping)
            changed[known.site_id] = changed.get(known.site_id, 0) + 1
    for row in ImportRow.objects.exclude(reason="").iterator(chunk_size=BATCH):
        reason = pattern.sub(BLACK, row.reason)
        if reason != row.reason:
            ImportRow.objects.filter(pk=row.pk).update(reason=reason[:500])
            changed[row.site_id] = changed.get(row.site_id, 0) + 1
    for site in Site.objects.filter(pk__in=changed):
        events.record("import.redacted", by=by, subject=site, changes={"rows": changed[site.pk]})
    return sum(changed.values())


def _without(data: Any, pattern: re.Pattern[str]) -> Any:
    """JSON without the texts and names of fields that ``pattern`` finds."""
    if isinstance(data, dict):
        return {
            key: _without(value, pattern) for key, value in data.items() if not pattern.search(key)
        }
    if isinstance(data, list):
        return [_without(value, pattern) for value in data if not _names(value, pattern)]
    return pattern.sub(BLACK, data) if isinstance(data, str) else data


def _names(value: Any, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and bool(pattern.search(value))
