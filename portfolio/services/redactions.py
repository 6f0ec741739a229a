"""Blacking out details that should not have been sent, wherever the idea's texts are kept."""

import re
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import CharField

from accounts.models import Person
from hubapp import events, hooks, instants
from hubapp.actors import Actor
from hubapp.db import maintenance
from hubapp.problems import Refused
from portfolio.enums import LabelKind, RedactionReason
from portfolio.models import Enquiry, Innovation, InnovationLabel, Redaction, Submission
from portfolio.queries.texts import PLACES, TEXTS, texts_beside
from portfolio.services.classification import tag_of
from portfolio.services.innovations import search_text_of
from portfolio.services.moves import change
from portfolio.services.similar import forget_meaning
from portfolio.validators import is_nhs_number

BLACK = "█████"
# Shorter ones would black out half of the text.
SHORTEST = 2
SHORTEST_OF_A_PERSON = 5
# A site's record has what the site tells the public besides.
RECORD_TEXTS = (*TEXTS, "public_summary")
ENQUIRY_TEXTS = ("subject", "detail", "answer", "signposted_to")


def pattern_of(fragments: Iterable[str]) -> re.Pattern[str]:
    """What finds any of ``fragments``, the longest first: upper or lower case, with blanks or line
    breaks as they come, and an NHS number however its digits are parted."""
    ordered = sorted({" ".join(fragment.split()) for fragment in fragments}, key=len, reverse=True)
    return re.compile("|".join(map(_pattern_of_one, ordered)), re.IGNORECASE)


def _pattern_of_one(fragment: str) -> str:
    if is_nhs_number(fragment):
        # The same blanks, dashes and dots as portfolio.validators looks for.
        return r"[\s\-\u2010-\u2015\u2212.]{0,3}".join(fragment)
    return r"\s+".join(map(re.escape, fragment.split()))


@transaction.atomic
def redact(
    *,
    innovation: Innovation,
    fragments: list[str],
    reason: str,
    by: Actor,
    version: int | None = None,
) -> list[Redaction]:
    """Replace every occurrence of ``fragments`` by black blocks: in what was sent, in the records of
    every site it was sent to, and in their messages, decisions and notes.

    What was blacked out is stored nowhere. One :class:`Redaction` and one
    event for each site's record.

    :param fragments: exact texts, in any case
    :raises Refused: nothing given, too short, or a fragment that is not there
    :raises Stale: somebody changed the idea in the meantime
    """
    fragments = [fragment for fragment in fragments if fragment.strip()]
    if not fragments:
        raise Refused("Enter the words to black out.")
    if reason not in RedactionReason.values:
        raise Refused("Choose why you are blacking this out.")
    for number, fragment in enumerate(fragments, start=1):
        if len(fragment.strip()) < SHORTEST or not fragment.strip(" █"):
            raise Refused(
                f"Line {number} is too short to black out: enter at least {SHORTEST} characters."
            )
    if version is not None:
        innovation.version = version
    records = [innovation]
    submission = innovation.submission
    if submission:
        records += submission.innovations.exclude(pk=innovation.pk)
    _all_are_there(records, submission, fragments)

    pattern = pattern_of(fragments)
    now = instants.now()
    rows = []
    with maintenance("redaction"), events.operation():
        as_sent = _black_out_row(submission, TEXTS, pattern, _save_submission) if submission else {}
        for record in records:
            places = _black_out_row(record, RECORD_TEXTS, pattern, _save_innovation)
            for place in PLACES:
                found = sum(
                    sum(_black_out_row(row, place.fields, pattern, _save_fields).values())
                    for row in place.rows([record])
                )
                if found:
                    places[place.name] = found
            taken_off = _take_off_tags(record, fragments)
            if taken_off:
                places["tag"] = taken_off
            if not places and not as_sent:
                continue
            where = [*places, *(["as_sent"] if as_sent else [])]
            row = Redaction.objects.create(
                site_id=record.site_id,
                innovation=record,
                reason=reason,
                at=now,
                places=sum(places.values()) or sum(as_sent.values()),
                fields=where,
                actor_kind=by.kind,
                actor_ref=by.ref,
            )
            rows.append(row)
            events.record(
                "innovation.redacted",
                by=by,
                subject=record,
                changes={"reason": reason, "places": row.places, "fields": where},
            )
    # Such as the answers that the API keeps for a day.
    _tell([record.ref for record in records])
    return rows


@transaction.atomic
def black_out_people(*, person_ids: list[int], by: Actor) -> int:
    """Black out the names, addresses and telephone numbers of these people in what they sent and
    in what was written to them: part of erasing them, while their rows still say them.

    Returns in how many places. Colleagues' ideas are left alone: a namesake may be meant.
    """
    people = list(Person.objects.filter(pk__in=person_ids))
    fragments = {text for one in people for text in (one.name, one.email, one.phone)}
    # A short name by itself stands inside other words.
    fragments = {text for text in fragments if len(text) >= SHORTEST_OF_A_PERSON}
    if not fragments:
        return 0
    pattern, found = pattern_of(fragments), 0
    with maintenance("redaction"), events.operation():
        for submission in Submission.objects.filter(submitter__in=person_ids):
            innovation = submission.innovations.first()
            if innovation is None:
                found += sum(_black_out_row(submission, TEXTS, pattern, _save_submission).values())
                continue
            for fragment in sorted(fragments, key=len, reverse=True):
                try:
                    _all_are_there(list(submission.innovations.all()), submission, [fragment])
                except Refused:
                    continue
                rows = redact(
                    innovation=innovation,
                    fragments=[fragment],
                    reason=RedactionReason.PERSONAL,
                    by=by,
                )
                found += sum(row.places for row in rows)
                submission.refresh_from_db()
        # Mails that they sent to an idea that is somebody else's.
        for idea in Innovation.objects.filter(notes__sender__in=person_ids).distinct():
            for fragment in sorted(fragments, key=len, reverse=True):
                idea.refresh_from_db()
                try:
                    _all_are_there([idea], idea.submission, [fragment])
                except Refused:
                    continue
                rows = redact(
                    innovation=idea, fragments=[fragment], reason=RedactionReason.PERSONAL, by=by
                )
                found += sum(row.places for row in rows)
        for enquiry in Enquiry.objects.filter(enquirer__in=person_ids):
            places = _black_out_row(enquiry, ENQUIRY_TEXTS, pattern, _save_fields)
            if places:
                events.record(
                    "enquiry.redacted", by=by, subject=enquiry, changes={"fields": [*places]}
                )
                found += sum(places.values())
            _tell([enquiry.ref])
    # Answers that say what a text was before somebody corrected it.
    _tell([*fragments])
    return found


def _tell(texts: list[str]) -> None:
    for forget in hooks.texts_removed:
        forget(texts)


Saver = Callable[..., None]


def _black_out_row(
    row, fields: Iterable[str], pattern: re.Pattern[str], save: Saver
) -> dict[str, int]:
    """Black out in ``fields`` of one row; returns field → number of places."""
    places, columns = {}, {}
    for name in fields:
        text, found = pattern.subn(BLACK, getattr(row, name))
        if found:
            places[name] = found
            # Blocks may be longer than what they hide, and a line of text has a limit.
            field = row._meta.get_field(name)
            columns[name] = text[: field.max_length] if isinstance(field, CharField) else text
    if columns:
        save(row, columns)
    return places


def _take_off_tags(innovation: Innovation, fragments: Iterable[str]) -> int:
    """Take off the tags that hold any of ``fragments``: a black block would be no tag. Returns how many."""
    pattern = pattern_of(tag_of(fragment) for fragment in fragments)
    tags = InnovationLabel.objects.filter(innovation=innovation, kind=LabelKind.TAG)
    found = [tag.pk for tag in tags if pattern.search(tag.value)]
    if found:
        tags.filter(pk__in=found).delete()
    return len(found)


def _save_submission(submission: Submission, columns: dict[str, str]) -> None:
    Submission.objects.filter(pk=submission.pk).update(**columns)
    for name, text in columns.items():
        setattr(submission, name, text)


def _save_innovation(innovation: Innovation, columns: dict[str, str]) -> None:
    for name, text in columns.items():
        setattr(innovation, name, text)
    change(innovation, **columns, search_text=search_text_of(innovation))
    forget_meaning(innovation)


def _save_fields(row, columns: dict[str, str]) -> None:
    type(row).objects.filter(pk=row.pk).update(**columns)


def _all_are_there(
    records: list[Innovation], submission: Submission | None, fragments: list[str]
) -> None:
    """Refuse a fragment that stands nowhere: a typing error would leave the details in sight."""
    texts = [getattr(record, name) for record in records for name in RECORD_TEXTS]
    texts += [getattr(submission, name) for name in TEXTS] if submission else []
    texts += texts_beside(records)
    for number, fragment in enumerate(fragments, start=1):
        found = pattern_of([fragment])
        if not any(found.search(text) for text in texts):
            # The sentence names the line, not the words: sentences may end up in logs.
            raise Refused(
                f"Nothing was blacked out: the words in line {number} are not in this idea. "
                "Copy them from the text exactly as they stand."
            )
