"""What a file of ratings would do: which rows can be kept, and what is wrong with the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Site
from hubapp.refs import normalise_ref
from maturity.arithmetic import NOT_ANSWERED, Said
from maturity.enums import EDITABLE, Answer, AssessmentState, Disclosure, RoundState
from maturity.models import Indicator, Rating, RatingsFile, Round, SelfAssessment
from maturity.models.assessment import EXPLANATION_TEXT
from maturity.ratings_sheet import (
    BLANK,
    EXPLANATION,
    INDICATOR,
    NA,
    RATING,
    SITE,
    WORDS,
    RatingsSheet,
    Row,
    rating_of,
)

# [line, site code, indicator code, rating, explanation] of a row that can be kept.
Kept = list[Any]
# [line, column, sentence, cells] of one that cannot.
Fault = list[Any]
NOBODYS = (
    "This round shows nobody’s ratings outside the site, so a coordinator must not hold them either."
    " Each site lead can import the site’s own file."
)


@dataclass(slots=True)
class Looked:
    """A file as it was read: rows that can be kept, rows with a fault, and what was there when it was looked at."""

    content: list[Kept] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # Site code → version of its self-assessment.
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class SiteOfFile:
    """What a file would do at one site: how many ratings, not applicable, not answered; of those how many are changes."""

    code: str
    rated: int = 0
    not_applicable: int = 0
    not_answered: int = 0
    # Only told of one's own site.
    changes: int | None = None
    taken_away: int | None = None


def why_not(round: Round) -> str:
    """Why a coordinator cannot import into a round; empty where they can."""
    if round.disclosure == Disclosure.AGGREGATE:
        return NOBODYS
    if round.state not in (RoundState.OPEN, RoundState.CLOSED):
        return "Open the round first, so that its sites can agree to it."
    return ""


def file_of_round(round: Round, ref: str) -> RatingsFile | None:
    """A coordinator's file for a round."""
    rows = RatingsFile.objects.filter(round=round, site=None)
    return rows.filter(ref=normalise_ref(ref)[:20]).first()


def file_of_site(assessment: SelfAssessment, ref: str) -> RatingsFile | None:
    """A site lead's file for one self-assessment."""
    rows = RatingsFile.objects.filter(round=assessment.round_id, site=assessment.site_id)
    return rows.filter(ref=normalise_ref(ref)[:20]).first()


def looked_at(sheet: RatingsSheet, round: Round, own: Site | None = None) -> Looked:
    """Each row held against the round: site, indicator, rating and explanation.

    :param own: for a site lead: the one site whose rows are read
    """
    framework = round.framework
    assessments = SelfAssessment.objects.filter(round=round).select_related("site")
    by_code = {
        row.site.code.upper(): row for row in (assessments.filter(site=own) if own else assessments)
    }
    indicators = {
        row.code: row.sub_domain_id for row in Indicator.objects.filter(framework=framework)
    }
    looked = Looked()
    first: dict[tuple[str, str], int] = {}
    length: dict[tuple[str, int], dict[str, int]] = {}
    for row in sheet.rows:
        code = row.site.upper() or (own.code.upper() if own and not sheet.has_site else "")
        fault = _fault(row, code, by_code, indicators, framework.values, own)
        key = (code, row.indicator.lower())
        if fault is None and key in first:
            fault = (INDICATOR, f"The site has “{row.indicator}” in row {first[key]} already.")
        if fault is None and row.explanation:
            texts = length.setdefault((code, indicators[row.indicator.lower()]), {})
            texts.setdefault(row.explanation, len(row.explanation) + 1)
            if sum(texts.values()) - 1 > EXPLANATION_TEXT:
                fault = (
                    EXPLANATION,
                    f"The explanations of a sub-domain must be {EXPLANATION_TEXT:,} characters or"
                    " fewer together.",
                )
                del texts[row.explanation]
        if fault is None:
            first[key] = row.line
            rating = rating_of(row.rating, framework.values)
            looked.content.append(
                [row.line, by_code[code].site.code, key[1], rating, row.explanation]
            )
            looked.seen[by_code[code].site.code] = by_code[code].version
        else:
            column, sentence = fault
            looked.faults.append([row.line, WORDS[column], sentence, list(row.cells)])
    return looked


def _fault(
    row: Row,
    code: str,
    by_code: Mapping[str, SelfAssessment],
    indicators: Mapping[str, int],
    values: list[int],
    own: Site | None,
) -> tuple[str, str] | None:
    """The column that is wrong and a sentence; None where nothing is."""
    if not code:
        return SITE, "Enter the code of the site."
    assessment = by_code.get(code)
    if assessment is None:
        if own:
            return SITE, f"This is the import of {own.code}, so only its rows are read."
        return SITE, f"“{row.site[:40]}” is not the code of a site in this round."
    if not own and (sentence := why_not_into(assessment)):
        return SITE, sentence
    if not row.indicator:
        return INDICATOR, "Enter the code of the indicator."
    if row.indicator.lower() not in indicators:
        return INDICATOR, f"The framework has no indicator “{row.indicator[:60]}”."
    if rating_of(row.rating, values) is None:
        points = ", ".join(map(str, values))
        return RATING, (
            f"“{row.rating[:40]}” is no rating. Use {points}, n/a for not applicable, or leave it"
            " empty for not answered."
        )
    if len(row.explanation) > EXPLANATION_TEXT:
        return EXPLANATION, f"It must be {EXPLANATION_TEXT:,} characters or fewer."
    return None


def why_not_into(assessment: SelfAssessment) -> str:
    """Why a coordinator's file cannot go into one site's self-assessment; empty where it can."""
    name = assessment.site.code
    if assessment.state == AssessmentState.NOT_STARTED:
        return f"{name} has not agreed to this round yet. Its lead reads who will see what and starts it first."
    if assessment.state == AssessmentState.WITHDRAWN:
        return f"{name} left this round."
    if assessment.state not in EDITABLE:
        return (
            f"{name} has submitted already. Its lead can reopen it and import the site’s own file."
        )
    if assessment.answered:
        return f"{name} has begun to answer itself, and that is not written over. Its lead can import the site’s own file."
    return ""


def by_site(file: RatingsFile, assessment: SelfAssessment | None = None) -> list[SiteOfFile]:
    """What a file would do at each site, in the order of the file.

    :param assessment: of one's own site: then also what would change, and what would be taken away
    """
    found: dict[str, SiteOfFile] = {}
    there = _said_of(assessment) if assessment else {}
    for _, code, indicator, rating, _ in file.content:
        site = found.setdefault(code, SiteOfFile(code))
        if rating == NA:
            site.not_applicable += 1
        elif rating == BLANK:
            site.not_answered += 1
        else:
            site.rated += 1
        if assessment:
            before = there.get(indicator, NOT_ANSWERED)
            now = said_in(rating)
            is_gone = before.is_answered and not now.is_answered
            site.taken_away = (site.taken_away or 0) + is_gone
            site.changes = (site.changes or 0) + (now != before and not is_gone)
    return list(found.values())


def said_in(rating: str) -> Said:
    """What a kept row says."""
    if rating == NA:
        return Said(Answer.NOT_APPLICABLE)
    return NOT_ANSWERED if rating == BLANK else Said(Answer.RATED, int(rating))


def _said_of(assessment: SelfAssessment) -> dict[str, Said]:
    rows = Rating.objects.filter(assessment=assessment, is_current=True)
    return {
        code: Said(answer, value)
        for code, answer, value in rows.values_list("indicator__code", "answer", "value")
    }


def bad_rows(file: RatingsFile) -> Iterable[list[Any]]:
    """Rows with a fault, as they were, behind line, column and what is wrong."""
    return ([line, column, sentence, *cells] for line, column, sentence, cells in file.faults)
