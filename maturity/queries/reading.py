"""Reading one site: what it says of itself, by indicator, sub-domain and domain; what changed; what it aims for.

One place: the report's page, its files and the API read :func:`reading_of`.
Counting and comparing are in :mod:`maturity.arithmetic`.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from hubapp.db.compiled import compiled
from maturity import arithmetic
from maturity.arithmetic import NOT_ANSWERED, Change, Said
from maturity.enums import COUNTED, Answer
from maturity.models import (
    Domain,
    Explanation,
    Framework,
    Indicator,
    Rating,
    SelfAssessment,
    SubDomain,
    Target,
)
from maturity.patterns import Counted
from maturity.queries.published import asked_by

# How many rounds are looked back on, this one among them.
MOST_ROUNDS = 12
# How many versions a crosswalk is followed back.
MOST_VERSIONS = 12


@dataclass(slots=True)
class Item:
    """One indicator: what is said of it, what was last time (None: not asked then), and its target."""

    indicator: Indicator
    said: Said
    before: Said | None = None
    target: Target | None = None

    @property
    def change(self) -> Change:
        """What became of it since last time."""
        return arithmetic.changed(self.said, self.before)


@dataclass(slots=True)
class Part:
    """One sub-domain: its indicators, their counts, the words to it now and last time."""

    sub_domain: SubDomain
    items: list[Item]
    counted: Counted
    words: str = ""
    words_before: str = ""

    @property
    def change(self) -> Change:
        """What became of its indicators since last time."""
        return sum((item.change for item in self.items), Change())


@dataclass(slots=True)
class RoundThen:
    """One self-assessment of the series: all that was said in it, and by sub-domain what is comparable with now.

    ``comparable`` holds only sub-domains of which an indicator can be followed
    to it. ``breaks`` says that its framework is another one than that of the
    round before, and that not every indicator carries over.
    """

    assessment: SelfAssessment
    counted: Counted
    comparable: dict[str, Counted]
    asked: int
    carried: int
    breaks: bool = False


@dataclass(slots=True)
class Gap:
    """An indicator with a target: ``steps`` of the scale to go; None: not rated, which is no distance."""

    item: Item
    target: Target
    steps: int | None


@dataclass(slots=True)
class SiteReading:
    """What one site says of itself in one round."""

    assessment: SelfAssessment
    framework: Framework
    parts: list[Part]
    domains: list[Counted]
    whole: Counted
    # Oldest first, this one last.
    series: list[RoundThen]
    # Earlier ones by frameworks that nothing leads from to this one.
    elsewhere: int = 0
    gaps: list[Gap] = field(default_factory=list)

    @property
    def sub_domains(self) -> list[Counted]:
        """Counts by sub-domain, in the framework's order."""
        return [part.counted for part in self.parts]

    @property
    def items(self) -> list[Item]:
        """Every indicator, in the framework's order."""
        return [item for part in self.parts for item in part.items]

    @property
    def before(self) -> SelfAssessment | None:
        """The round before, as far as the same framework or an earlier version of it was used."""
        return self.series[-2].assessment if len(self.series) > 1 else None

    @property
    def before_on(self) -> dt.date | None:
        """The day on which that was submitted."""
        return self.before.submitted_on if self.before else None

    @property
    def change(self) -> Change:
        """What became of all indicators since the round before."""
        return sum((part.change for part in self.parts), Change())

    def part(self, code: str) -> Part | None:
        """One sub-domain by its code."""
        return next((each for each in self.parts if each.sub_domain.code == code), None)

    @property
    def strongest(self) -> list[Part]:
        """Sub-domains with more of the highest than of the lowest rating, largest share first."""
        return self._parts_of(arithmetic.strongest(self.sub_domains))

    @property
    def weakest(self) -> list[Part]:
        """Sub-domains with more of the lowest than of the highest rating, largest share first."""
        return self._parts_of(arithmetic.weakest(self.sub_domains))

    def _parts_of(self, counted: Iterable[Counted]) -> list[Part]:
        by_code = {part.counted.code: part for part in self.parts}
        return [by_code[each.code] for each in counted]


@dataclass(frozen=True, slots=True)
class Sources:
    """The rows that a reading is made of: what is said, before anything is counted."""

    # With ``round.framework``.
    assessment: SelfAssessment
    # Its framework and those that it carries on, newest first.
    versions: list[Framework]
    # Of the site by these versions, oldest first, this one last.
    rounds: list[SelfAssessment]
    # How many there are by other frameworks.
    elsewhere: int
    # Self-assessment, indicator, answer, value: all that is answered in these rounds.
    ratings: list[tuple[int, int, str, int | None]]
    # Self-assessment, code of a sub-domain, text: of this one and the one before.
    words: list[tuple[int, str, str]]
    # All that the site has now.
    targets: list[Target]


def reading_of(assessment: SelfAssessment) -> SiteReading:
    """Everything that is said in one self-assessment, with the rounds before it; four queries.

    :param assessment: with ``round.framework``
    """
    return reading_from(sources_of(assessment))


def sources_of(assessment: SelfAssessment) -> Sources:
    """What :func:`reading_from` counts; four queries, and one for each version that another carries on."""
    versions = versions_before(assessment.round.framework)
    rounds, elsewhere = _series(assessment, versions)
    return Sources(
        assessment=assessment,
        versions=versions,
        rounds=rounds,
        elsewhere=elsewhere,
        ratings=_answered(assessment_ids=[row.pk for row in rounds]),
        words=_explained(assessment_ids=[row.pk for row in rounds[-2:]]),
        targets=_targets_of(site_id=assessment.site_id),
    )


def reading_from(sources: Sources) -> SiteReading:
    """Counts, changes, gaps and the series; no query but for a framework that this process has not read."""
    assessment, rounds = sources.assessment, sources.rounds
    framework = assessment.round.framework
    carried, by_version = _carried(framework, sources.versions)
    said: dict[int, dict[int, Said]] = {}
    for assessment_id, indicator_id, answer, value in sources.ratings:
        said.setdefault(assessment_id, {})[indicator_id] = Said(answer, value)
    now = said.get(assessment.pk, {})
    before = rounds[-2] if len(rounds) > 1 else None
    was = said.get(before.pk, {}) if before else {}
    # This version's indicator → the one of last time's version.
    back = (
        {
            carried[row.pk]: row.pk
            for row in by_version[before.round.framework_id]
            if row.pk in carried
        }
        # A rating of another scale is neither more nor less than one of this.
        if before and before.round.framework.values == framework.values
        else {}
    )
    parts = _parts(framework, by_version[framework.pk])
    for part in parts:
        for item in part.items:
            pk = item.indicator.pk
            item.said = now.get(pk, NOT_ANSWERED)
            item.before = was.get(back[pk], NOT_ANSWERED) if pk in back else None
    _words(parts, sources.words, assessment)
    for part in parts:
        part.counted = _counted(part, framework)
    reading = SiteReading(
        assessment=assessment,
        framework=framework,
        parts=parts,
        domains=_domains(parts),
        whole=arithmetic.together(
            [part.counted for part in parts], code="", name="All sub-domains"
        ),
        series=_then(rounds, said, carried, by_version, parts, framework),
        elsewhere=sources.elsewhere,
    )
    _targets(reading, sources.targets, carried)
    return reading


def versions_before(framework: Framework) -> list[Framework]:
    """A framework and those that it carries on, newest first; a query for each that it does."""
    found = [framework]
    while found[-1].follows_id and len(found) < MOST_VERSIONS:
        earlier = Framework.objects.filter(pk=found[-1].follows_id).first()
        if earlier is None or earlier in found:
            break
        found.append(earlier)
    return found


def _carried(
    framework: Framework, versions: list[Framework]
) -> tuple[dict[int, int], dict[int, list[Indicator]]]:
    """Indicator of any version → that of this one which asks the same; and version → its indicators in order."""
    by_version = {each.pk: list(asked_by(each).indicators) for each in versions}
    carried = {row.pk: row.pk for row in by_version[framework.pk]}
    for version in versions:
        for row in by_version[version.pk]:
            if row.same_as_id and row.pk in carried:
                carried[row.same_as_id] = carried[row.pk]
    return carried, by_version


def _series(
    assessment: SelfAssessment, versions: list[Framework]
) -> tuple[list[SelfAssessment], int]:
    """Counted ones of the site before this one by these versions, oldest first, and this one; how many by others."""
    by_pk = {each.pk: each for each in versions}
    rows = _counted_before(
        site_id=assessment.site_id, pk=assessment.pk, created_at=assessment.created_at
    )
    same, others = [], 0
    for row in rows:
        if row.round.framework_id in by_pk:
            row.round.framework = by_pk[row.round.framework_id]
            same.append(row)
        else:
            others += 1
    return [*reversed(same[: MOST_ROUNDS - 1]), assessment], others


@compiled
def _counted_before(*, site_id: int, pk: int, created_at: dt.datetime) -> QuerySet[SelfAssessment]:
    return (
        SelfAssessment.objects.filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk),
            site_id=site_id,
            state__in=COUNTED,
        )
        .select_related("round")
        .order_by("-created_at", "-pk")[: 2 * MOST_ROUNDS]
    )


@compiled
def _answered(*, assessment_ids: list[int]) -> QuerySet[Rating, tuple[int, int, str, int | None]]:
    rows = Rating.objects.filter(assessment__in=assessment_ids, is_current=True)
    return (
        rows.exclude(answer=Answer.CLEARED)
        .order_by()
        .values_list("assessment_id", "indicator_id", "answer", "value")
    )


def _parts(framework: Framework, indicators: list[Indicator]) -> list[Part]:
    """The sub-domains with their indicators, nothing said yet."""
    items: dict[int, Part] = {}
    for indicator in indicators:
        sub_domain = indicator.sub_domain
        part = items.get(sub_domain.pk)
        if part is None:
            empty = arithmetic.count([], framework.values)
            part = items[sub_domain.pk] = Part(sub_domain, [], empty)
        part.items.append(Item(indicator, NOT_ANSWERED))
    return sorted(items.values(), key=lambda part: part.sub_domain.position)


def _counted(part: Part, framework: Framework) -> Counted:
    return arithmetic.count(
        (item.said for item in part.items),
        framework.values,
        code=part.sub_domain.code,
        name=part.sub_domain.name,
        parent=part.sub_domain.domain.name,
    )


def _domains(parts: list[Part]) -> list[Counted]:
    domains: dict[int, Domain] = {}
    counted: dict[int, list[Counted]] = {}
    for part in parts:
        domain = part.sub_domain.domain
        domains[domain.pk] = domain
        counted.setdefault(domain.pk, []).append(part.counted)
    return [
        arithmetic.together(counted[pk], code=domain.code, name=domain.name)
        for pk, domain in domains.items()
    ]


def _words(
    parts: list[Part], words: list[tuple[int, str, str]], assessment: SelfAssessment
) -> None:
    """Put explanations now, and last time's of the same code, to their sub-domains."""
    by_code = {part.sub_domain.code: part for part in parts}
    for assessment_id, code, text in words:
        part = by_code.get(code)
        if part is None:
            continue
        if assessment_id == assessment.pk:
            part.words = text
        elif any(item.before and item.before.is_answered for item in part.items):
            part.words_before = text


@compiled
def _explained(*, assessment_ids: list[int]) -> QuerySet[Explanation, tuple[int, str, str]]:
    rows = Explanation.objects.filter(assessment__in=assessment_ids).exclude(text="").order_by()
    return rows.values_list("assessment_id", "sub_domain__code", "text")


def _then(
    rounds: list[SelfAssessment],
    said: dict[int, dict[int, Said]],
    carried: dict[int, int],
    by_version: dict[int, list[Indicator]],
    parts: list[Part],
    framework: Framework,
) -> list[RoundThen]:
    """Each round of the series with its own counts, and by this version's sub-domains what can be compared."""
    sub_domain_of = {
        item.indicator.pk: part.sub_domain.code for part in parts for item in part.items
    }
    series: list[RoundThen] = []
    for row in rounds:
        then = row.round.framework
        indicators = by_version[then.pk]
        here = said.get(row.pk, {})
        by_code: dict[str, list[Said]] = {}
        for indicator in indicators:
            now = carried.get(indicator.pk)
            if now in sub_domain_of:
                by_code.setdefault(sub_domain_of[now], []).append(
                    here.get(indicator.pk, NOT_ANSWERED)
                )
        carried_over = sum(indicator.pk in carried for indicator in indicators)
        changed = bool(series) and series[-1].assessment.round.framework_id != then.pk
        series.append(
            RoundThen(
                assessment=row,
                counted=arithmetic.count(
                    (here.get(indicator.pk, NOT_ANSWERED) for indicator in indicators),
                    then.values,
                    name=row.round.name,
                ),
                comparable={
                    code: arithmetic.count(each, framework.values)
                    for code, each in by_code.items()
                    if set(then.values) == set(framework.values)
                },
                asked=len(indicators),
                carried=carried_over,
                breaks=changed and not _all_carry(by_version, series[-1], then),
            )
        )
    return series


def _all_carry(by_version: dict[int, list[Indicator]], earlier: RoundThen, now: Framework) -> bool:
    """Whether two versions ask the very same, each indicator of the one through the other."""
    before = earlier.assessment.round.framework
    return before.values == now.values and {row.same_as_id for row in by_version[now.pk]} == {
        row.pk for row in by_version[before.pk]
    }


# -- targets -----------------------------------------------------------------------
@compiled
def _targets_of(*, site_id: int) -> QuerySet[Target]:
    """The targets of a site that stand."""
    return Target.objects.filter(site=site_id, ended_at=None).order_by("pk")


def _targets(reading: SiteReading, targets: list[Target], carried: dict[int, int]) -> None:
    """Put each target on its indicator; one that was set by an earlier version counts where it asks the same."""
    items = {item.indicator.pk: item for item in reading.items}
    found = {row.indicator_id: row for row in targets if row.indicator_id in carried}
    # Those of this version last, so that they stand.
    for pk in sorted(found, key=lambda pk: pk in items):
        item = items.get(carried[pk])
        if item and found[pk].value in reading.framework.values:
            item.target = found[pk]
    gaps = [
        Gap(
            item,
            item.target,
            arithmetic.steps_to(item.target.value, item.said, reading.framework.values),
        )
        for item in reading.items
        if item.target
    ]
    # Farthest first; what is not rated before what is reached.
    reading.gaps = sorted(gaps, key=lambda gap: -(0.5 if gap.steps is None else gap.steps))


def indicator_of(assessment: SelfAssessment, code: str) -> Indicator | None:
    """One indicator of its framework by its code."""
    return (
        Indicator.objects.filter(framework_id=assessment.round.framework_id, code=code)
        .select_related("sub_domain", "framework")
        .first()
    )
