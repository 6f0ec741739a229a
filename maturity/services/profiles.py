"""What the function is: facts that a self-assessment describes and nobody rates."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from hubapp import events, instants
from hubapp.actors import Actor
from hubapp.problems import Refused, Stale
from maturity.enums import FundingSource, Seat
from maturity.models import Profile, SelfAssessment
from maturity.queries.last_time import profile_before
from maturity.services.assessments import explain, must_be_editable
from maturity.services.moves import CHANGED, change

FIELDS = (
    "headcount",
    "kind",
    "seats",
    "wte",
    "began_in",
    "funding",
    "income_target_minor",
    "income_currency",
)
# Beyond these somebody typed a figure into the wrong box.
MOST_PEOPLE = 2_000_000
EARLIEST_YEAR = 1948
MOST_INCOME_MINOR = 10**13


@transaction.atomic
def save(
    *,
    assessment: SelfAssessment,
    by: Actor,
    words: Mapping[str, str] | None = None,
    seen: str | None = None,
    seen_words: Mapping[str, int] | None = None,
    **fields: Any,
) -> Profile:
    """Write down what the function is now, and the words to what is described and not rated.

    Fields that are left out stay as they are.

    :param words: code of a sub-domain → words
    :param seen: what :func:`seen_of` said of the profile on the page; None: whatever it is
    :param seen_words: code of a sub-domain → version of its words on the page (0: none)
    :raises ValidationError: names the field
    :raises Refused: not in progress
    :raises Stale: somebody else wrote it since
    """
    must_be_editable(assessment)
    row = Profile.objects.filter(assessment=assessment).first()
    if seen is not None and seen != seen_of(row):
        raise Stale(CHANGED)
    is_new = row is None
    row = row or Profile(site_id=assessment.site_id, assessment=assessment)
    changed = [
        name for name, value in fields.items() if name in FIELDS and getattr(row, name) != value
    ]
    for name in changed:
        setattr(row, name, fields[name])
    _check(row)
    now = instants.now()
    row.confirmed_at = now
    with events.operation():
        # First the version: of two at one moment, one waits here and then finds it changed.
        change(assessment)
        explain(assessment, words or {}, by, seen=seen_words)
        try:
            with transaction.atomic():
                row.save(force_insert=is_new)
        except IntegrityError as error:
            raise Stale(CHANGED) from error
        events.record(
            "self_assessment.described", by=by, subject=assessment, changes={"fields": changed}
        )
    return row


@transaction.atomic
def confirm(*, assessment: SelfAssessment, by: Actor) -> Profile:
    """Say that last time's facts and words are still true, where none were written yet.

    :raises Refused: not in progress, or there is no last time
    """
    must_be_editable(assessment)
    there = Profile.objects.filter(assessment=assessment).first()
    if there is not None:
        return there
    last = profile_before(assessment)
    if last is None:
        raise Refused("There is no earlier profile to confirm.")
    mine = set(assessment.explanations.exclude(text="").values_list("sub_domain__code", flat=True))
    return save(
        assessment=assessment,
        by=by,
        words={code: text for code, text in last.words.items() if code not in mine},
        **{name: getattr(last.profile, name) for name in FIELDS},
    )


def seen_of(profile: Profile | None) -> str:
    """Names what is on a page, so that a later writer finds out what somebody else wrote since."""
    if profile is None or profile.confirmed_at is None:
        return ""
    return profile.confirmed_at.astimezone(dt.UTC).isoformat()


def _check(row: Profile) -> None:
    wrong: dict[str, str] = {}
    if row.headcount is not None and not 0 <= row.headcount <= MOST_PEOPLE:
        wrong["headcount"] = f"The headcount must be between 0 and {MOST_PEOPLE:,}."
    this_year = instants.now().year
    if row.began_in is not None and not EARLIEST_YEAR <= row.began_in <= this_year:
        wrong["began_in"] = f"The year must be between {EARLIEST_YEAR} and {this_year}."
    if row.income_target_minor is not None and not (
        0 <= row.income_target_minor <= MOST_INCOME_MINOR
    ):
        wrong["income_target_minor"] = "The income target must be 0 or more, in pounds and pence."
    if not (
        len(row.income_currency) == 3
        and row.income_currency.isascii()
        and row.income_currency.isupper()
    ):
        wrong["income_currency"] = "The currency must be its three letters, such as GBP."
    for name, known, sentence in (
        ("seats", Seat, "Choose where the function sits from the list."),
        ("funding", FundingSource, "Choose the sources of funding from the list."),
    ):
        chosen = getattr(row, name)
        if not isinstance(chosen, list) or not set(map(str, chosen)) <= set(known.values):
            wrong[name] = sentence
    if not wrong.get("funding") and FundingSource.NONE in row.funding and len(row.funding) > 1:
        wrong["funding"] = "Choose either “none” or the sources of funding."
    if wrong:
        raise ValidationError(wrong)
    row.full_clean(
        exclude=["site", "assessment", "seats", "funding"],
        validate_unique=False,
    )
