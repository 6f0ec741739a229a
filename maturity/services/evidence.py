"""Evidence: kept once at a site, shown for any indicator of any round. It changes no rating."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Site
from hubapp import events, hooks, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from maturity.enums import AssessmentState, EvidenceKind
from maturity.models import Evidence, EvidenceUse, Indicator, SelfAssessment
from portfolio.safefiles import SafeFile
from portfolio.services import attachments

CHANGED = "Somebody else changed this evidence since you opened it. Look at it, then try again."


def add(
    *,
    site: Site,
    title: str,
    by: Actor,
    url: str = "",
    file: SafeFile | None = None,
    record: tuple[str, str] | None = None,
    expires_on: dt.date | None = None,
) -> Evidence:
    """Keep one piece of evidence: a web page, a file that was looked at, or a record (kind, ref).

    :raises ValidationError: names the field
    """
    title = " ".join(title.split())
    if not title:
        raise ValidationError({"title": "Enter a title."})
    given = [each for each in (url, file, record) if each]
    if len(given) != 1:
        raise ValidationError({"url": "Give a web address, a file or a record: one of them."})
    row = Evidence(
        site=site,
        title=title,
        expires_on=expires_on,
        created_at=instants.now(),
        updated_at=instants.now(),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    if url:
        row.kind, row.url = EvidenceKind.LINK, url.strip()
        if urlsplit(row.url).scheme not in ("http", "https"):
            raise ValidationError({"url": "The web address must begin with https:// or http://."})
    elif file:
        digest = hashlib.sha256(file.data).hexdigest()
        row.kind, row.name, row.content_type = EvidenceKind.FILE, file.name, file.content_type
        row.size, row.sha256 = len(file.data), digest
        # Apart from the files of ideas, which go when no idea needs them.
        row.stored_as = f"{site.code}/evidence/{digest}"
        # Before the transaction: writing bytes may be slow.
        attachments.write(row.stored_as, file.data)
    elif record:
        row.kind = EvidenceKind.RECORD
        row.record_kind, row.record_ref = record
        if row.record_kind not in hooks.references:
            raise ValidationError({"record": "Hubapp cannot refer to such a record."})
    row.full_clean(exclude=["ref", "site"])
    with transaction.atomic():
        row.save()
        events.record("evidence.added", by=by, subject=row, changes={"kind": row.kind})
    return row


@transaction.atomic
def change(
    *,
    evidence: Evidence,
    title: str,
    expires_on: dt.date | None,
    by: Actor,
    version: int | None = None,
) -> Evidence:
    """Change its title, or until when it shows anything.

    :raises ValidationError: no title
    :raises Stale: somebody else changed it
    """
    if version is not None and version != evidence.version:
        raise Stale(CHANGED)
    title = " ".join(title.split())
    if not title:
        raise ValidationError({"title": "Enter a title."})
    if (title, expires_on) == (evidence.title, evidence.expires_on):
        return evidence
    evidence.title, evidence.expires_on = title, expires_on
    evidence.clean_fields(exclude=["ref", "site"])
    _update(evidence, title=title, expires_on=expires_on)
    events.record("evidence.changed", by=by, subject=evidence)
    return evidence


@transaction.atomic
def remove(*, evidence: Evidence, by: Actor) -> Evidence:
    """Offer it no more. Past rounds still say that there was some; its file is handed out no longer.

    :raises Refused: it was removed already
    """
    if evidence.removed_at:
        raise Refused("This evidence was removed already.")
    now = instants.now()
    _update(evidence, removed_at=now)
    open_uses = EvidenceUse.objects.filter(
        evidence=evidence, ended_at=None, assessment__state=AssessmentState.DRAFT
    )
    open_uses.update(ended_at=now)
    events.record("evidence.removed", by=by, subject=evidence)
    return evidence


@transaction.atomic
def show(
    *,
    assessment: SelfAssessment,
    indicator: Indicator,
    evidence: Sequence[Evidence],
    by: Actor,
) -> int:
    """Say that exactly these stand for an indicator in an assessment; returns how many changed.

    :raises Refused: it was submitted, or evidence of another site or removed
    """
    if assessment.state != AssessmentState.DRAFT:
        raise Refused("Evidence can be added while the self-assessment is in progress.")
    if indicator.framework_id != assessment.round.framework_id:
        raise Refused("The framework has no such indicator.")
    for each in evidence:
        if each.site_id != assessment.site_id or each.removed_at:
            raise Refused("There is no such evidence.")
    now = instants.now()
    wanted = {each.pk for each in evidence}
    there = {
        use.evidence_id: use
        for use in assessment.evidence_uses.filter(indicator=indicator, ended_at=None)
    }
    gone = [use.pk for pk, use in there.items() if pk not in wanted]
    new = [pk for pk in wanted if pk not in there]
    if not gone and not new:
        return 0
    EvidenceUse.objects.filter(pk__in=gone).update(ended_at=now)
    EvidenceUse.objects.bulk_create(
        [
            EvidenceUse(
                site_id=assessment.site_id,
                assessment=assessment,
                indicator=indicator,
                evidence_id=pk,
                at=now,
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
            for pk in new
        ]
    )
    events.record(
        "evidence.shown",
        by=by,
        subject=assessment,
        changes={"indicator": indicator.code, "added": len(new), "ended": len(gone)},
    )
    return len(gone) + len(new)


@transaction.atomic
def show_all(
    *,
    assessment: SelfAssessment,
    shown: Sequence[tuple[Indicator, Sequence[Evidence]]],
    by: Actor,
) -> int:
    """:func:`show` for several indicators: all of them or none; returns how many changed."""
    with events.operation():
        return sum(
            show(assessment=assessment, indicator=indicator, evidence=evidence, by=by)
            for indicator, evidence in shown
        )


def _update(evidence: Evidence, **columns: Any) -> None:
    columns |= {"version": evidence.version + 1, "updated_at": instants.now()}
    if not Evidence.objects.filter(pk=evidence.pk, version=evidence.version).update(**columns):
        raise Stale(CHANGED)
    for name, value in columns.items():
        setattr(evidence, name, value)
