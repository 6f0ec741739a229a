"""Ratings out of a spreadsheet: looked at first, then kept, one transaction for each site."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused
from maturity.enums import Origin
from maturity.models import Indicator, RatingsFile, Round, SelfAssessment
from maturity.queries import importing as queries
from maturity.queries.importing import said_in
from maturity.ratings_sheet import RatingsSheet
from maturity.services import assessments

# How long a file that was looked at can still be kept.
REMEMBERED = dt.timedelta(days=1)
# What is left waits for the next run.
FORGOTTEN_AT_ONCE = 500
ONCE = "This file was imported already."
CHANGED = "{site} was answered since you looked at the file, so nothing of it was imported."


@dataclass(slots=True)
class Imported:
    """How many answers changed at each site, and which sites were left out and why."""

    changed: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def look(
    *,
    sheet: RatingsSheet,
    name: str,
    round: Round,
    by: Actor,
    own: SelfAssessment | None = None,
) -> RatingsFile:
    """Hold a file against a round and remember it for a day; nothing is rated yet.

    :param own: the self-assessment into which a site lead brings the site's own; None: a coordinator's file
    :raises Refused: the round shows nobody's ratings, or takes none
    """
    if own is None and (sentence := queries.why_not(round)):
        raise Refused(sentence)
    if own is not None:
        assessments.must_be_editable(own)
    found = queries.looked_at(sheet, round, own.site if own else None)
    row = RatingsFile.objects.create(
        round=round,
        site=own.site if own else None,
        name=name[:200],
        content=found.content,
        faults=found.faults,
        columns=sheet.columns,
        seen=found.seen,
        at=instants.now(),
        actor_kind=by.kind,
        actor_ref=by.ref,
    )
    events.record(
        "round.ratings_looked_at",
        by=by,
        subject=round,
        site_id=row.site_id,
        changes={"rows": len(found.content), "faults": len(found.faults)},
    )
    return row


def keep(*, file: RatingsFile, by: Actor) -> Imported:
    """Rate as the file says, each site in a transaction of its own. A second press keeps nothing twice.

    What somebody has answered since the file was looked at is left as it is, with all of that site.

    :raises Refused: it was kept already, it is too old, or the round shows nobody's ratings
    """
    if file.site_id is None and (sentence := queries.why_not(file.round)):
        raise Refused(sentence)
    if file.kept_at is None and instants.now() - file.at > REMEMBERED:
        raise Refused("You looked at this file more than a day ago. Choose it again.")
    rows = list(file.content)
    now = instants.now()
    with transaction.atomic():
        claimed = RatingsFile.objects.filter(pk=file.pk, kept_at=None).update(
            kept_at=now, content=[], kept_rows=len(rows)
        )
        if not claimed:
            raise Refused(ONCE)
        events.record(
            "round.ratings_imported",
            by=by,
            subject=file.round,
            site_id=file.site_id,
            changes={"rows": len(rows), "faults": len(file.faults)},
        )
    file.kept_at, file.content, file.kept_rows = now, [], len(rows)
    sub_domains = dict(
        Indicator.objects.filter(framework=file.round.framework_id).values_list(
            "code", "sub_domain__code"
        )
    )
    done = Imported()
    by_site: dict[str, list[queries.Kept]] = {}
    for row in rows:
        by_site.setdefault(row[1], []).append(row)
    there = {
        row.site.code: row
        for row in SelfAssessment.objects.filter(
            round=file.round_id, site__code__in=list(by_site)
        ).select_related("site", "round__framework")
    }
    for code, theirs in by_site.items():
        try:
            done.changed[code] = _keep_one(file, there[code], theirs, sub_domains, by)
        except Refused as refused:
            done.refused[code] = str(refused)
    return done


@transaction.atomic
def _keep_one(
    file: RatingsFile,
    assessment: SelfAssessment,
    rows: list[queries.Kept],
    sub_domains: dict[str, str],
    by: Actor,
) -> int:
    code = assessment.site.code
    if file.site_id is None and (sentence := queries.why_not_into(assessment)):
        raise Refused(sentence)
    if assessment.version != file.seen.get(code):
        raise Refused(CHANGED.format(site=code))
    answers: dict[str, assessments.Said] = {}
    words: dict[str, list[str]] = {}
    for _, _, indicator, rating, explanation in rows:
        said = said_in(rating)
        answers[indicator] = assessments.Said(said.answer, said.value)
        if explanation:
            texts = words.setdefault(sub_domains[indicator], [])
            if explanation not in texts:
                texts.append(explanation)
    return assessments.answer(
        assessment=assessment,
        answers=answers,
        explanations={each: "\n".join(texts) for each, texts in words.items()},
        origin=Origin.IMPORTED,
        by=by,
    )


@transaction.atomic
def forget_old(*, by: Actor) -> int:
    """Forget what files held that nobody kept within a day, and the bad rows of all; returns how many."""
    before = instants.now() - REMEMBERED
    old = RatingsFile.objects.filter(at__lt=before).exclude(content=[], faults=[])
    rows = list(old.select_related("round").order_by("pk")[:FORGOTTEN_AT_ONCE])
    if not rows:
        return 0
    RatingsFile.objects.filter(pk__in=[row.pk for row in rows]).update(
        content=[], faults=[], columns=[]
    )
    events.record_many(
        "round.ratings_forgotten",
        by=by,
        subjects=[(row.round, {"file": row.ref}) for row in rows],
    )
    return len(rows)
