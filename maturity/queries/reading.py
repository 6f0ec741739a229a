"""Reading one site: what it says of itself, by indicator, sub-domain and domain; what changed; what it aims for.

One place: the report's page, its files and the API read :func:`reading_of`.
Counting and comparing are in :mod:`maturity.arithmetic`.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from accounts.models import Site
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


def reading_of(assessment: SelfAssessment) -> SiteReading:
    """Everything that is said in one self-assessment, with the rounds before it; six queries.

    :param assessment: with ``round.framework``
    """
    framework = assessment.round.framework
    versions = versions_before(framework)
    carried, by_version = _carried(framework, versions)
    rounds, elsewhere = _series(assessment, [each.pk for each in versions])
    said = _said([row.pk for row in rounds])
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
    _words(parts, assessment, before)
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
        elsewhere=elsewhere,
    )
    _targets(reading, carried)
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
    by_version: dict[int, list[Indicator]] = {each.pk: [] for each in versions}
    rows = Indicator.objects.filter(framework__in=versions).select_related("sub_domain__domain")
    whose = {each.pk: each for each in versions}
    for row in rows.order_by("position"):
        row.framework = whose[row.framework_id]
        by_version[row.framework_id].append(row)
    carried = {row.pk: row.pk for row in by_version[framework.pk]}
    for version in versions:
        for row in by_version[version.pk]:
            if row.same_as_id and row.pk in carried:
                carried[row.same_as_id] = carried[row.pk]
    return carried, by_version


def _series(assessment: SelfAssessment, versions: list[int]) -> tuple[list[SelfAssessment], int]:
    """Counted ones of the site before this one by these versions, oldest first, and this one; how many by others."""
    rows = (
        SelfAssessment.objects.filter(
            Q(created_at__lt=assessment.created_at)
            | Q(created_at=assessment.created_at, pk__lt=assessment.pk),
            site_id=assessment.site_id,
            state__in=COUNTED,
        )
        .select_related("round__framework")
        .order_by("-created_at", "-pk")[: 2 * MOST_ROUNDS]
    )
    same, others = [], 0
    for row in rows:
        if row.round.framework_id in versions:
            same.append(row)
        else:
            others += 1
    return [*reversed(same[: MOST_ROUNDS - 1]), assessment], others


def _said(assessments: list[int]) -> dict[int, dict[int, Said]]:
    """Assessment → indicator → what is said of it, of all that is answered; one query."""
    rows = Rating.objects.filter(assessment__in=assessments, is_current=True).exclude(
        answer=Answer.CLEARED
    )
    found: dict[int, dict[int, Said]] = {}
    for assessment_id, indicator_id, answer, value in rows.values_list(
        "assessment_id", "indicator_id", "answer", "value"
    ):
        found.setdefault(assessment_id, {})[indicator_id] = Said(answer, value)
    return found


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


def _words(parts: list[Part], assessment: SelfAssessment, before: SelfAssessment | None) -> None:
    """Explanations now, and last time's of the same code; one query."""
    both = [assessment.pk, *([before.pk] if before else [])]
    by_code = {part.sub_domain.code: part for part in parts}
    rows = Explanation.objects.filter(assessment__in=both).exclude(text="")
    for assessment_id, code, text in rows.values_list("assessment_id", "sub_domain__code", "text"):
        part = by_code.get(code)
        if part is None:
            continue
        if assessment_id == assessment.pk:
            part.words = text
        elif any(item.before and item.before.is_answered for item in part.items):
            part.words_before = text


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
def targets_of(site: Site, indicators: Iterable[int]) -> dict[int, Target]:
    """Indicator id → the target that stands for it; one query."""
    rows = Target.objects.filter(site=site, indicator__in=list(indicators), ended_at=None)
    return {row.indicator_id: row for row in rows}


def _targets(reading: SiteReading, carried: dict[int, int]) -> None:
    """Put each target on its indicator; one that was set by an earlier version counts where it asks the same."""
    items = {item.indicator.pk: item for item in reading.items}
    found = targets_of(reading.assessment.site, carried)
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
