"""Reading one self-assessment: how often each point was rated, what changed since last time, and the words to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.refs import normalise_ref
from maturity.enums import Answer, AssessmentState
from maturity.models import Explanation, Indicator, Rating, SelfAssessment
from maturity.patterns import Counted, ordered
from maturity.queries.last_time import LastTime, last_time_of

# Rows of the lists of strongest and weakest.
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator: what is said now (None: not answered) and, where the same was asked, last time."""

    indicator: Indicator
    now: Rating | None
    before: Rating | None

    @property
    def step(self) -> int | None:
        """Points up or down since last time; None unless it was rated both times."""
        if not self.now or not self.before or self.now.value is None or self.before.value is None:
            return None
        return self.now.value - self.before.value


@dataclass(slots=True)
class Part:
    """One sub-domain: its lines, its counts now and last time, and the words to it."""

    counted: Counted
    lines: list[Line]
    before: Counted | None
    words: str = ""


@dataclass(slots=True)
class SiteReading:
    """One self-assessment as its site reads it."""

    assessment: SelfAssessment
    parts: list[Part] = field(default_factory=list)
    last: LastTime | None = None

    @property
    def steps(self) -> dict[str, int]:
        """How many indicators went up, went down, stayed, and cannot be compared."""
        found = {"up": 0, "down": 0, "same": 0, "not comparable": 0}
        for part in self.parts:
            for line in part.lines:
                step = line.step
                key = (
                    "not comparable"
                    if step is None
                    else "up"
                    if step > 0
                    else "down"
                    if step < 0
                    else "same"
                )
                found[key] += 1
        return found

    @property
    def strongest(self) -> list[Part]:
        """Sub-domains with the largest shares of the highest rating, which have any."""
        top = self.assessment.round.framework.top
        by_code = {part.counted.code: part for part in self.parts}
        rows = ordered(part.counted for part in self.parts if part.counted.counts.get(top))
        return [by_code[row.code] for row in rows[:SHOWN]]

    @property
    def weakest(self) -> list[Part]:
        """Sub-domains with the largest shares of the lowest rating, which have any."""
        bottom = self.assessment.round.framework.bottom
        rows = [part for part in self.parts if part.counted.counts.get(bottom)]
        rows.sort(key=lambda part: -part.counted.counts[bottom] / part.counted.n)
        return rows[:SHOWN]


def assessment_to_read(viewer: Viewer, site: Site, ref: str) -> SelfAssessment | None:
    """One of the viewer's own sites' self-assessments that was begun."""
    return (
        SelfAssessment.objects.visible_to(viewer)
        .at(site)
        .filter(ref=normalise_ref(ref))
        .exclude(state=AssessmentState.NOT_STARTED)
        .select_related("round__framework", "round__network", "site")
        .first()
    )


def read_site(assessment: SelfAssessment) -> SiteReading:
    """Everything that one self-assessment says, by sub-domain in the framework's order; a few queries."""
    framework = assessment.round.framework
    last = last_time_of(assessment)
    now = {
        row.indicator_id: row
        for row in assessment.ratings.filter(is_current=True).exclude(answer=Answer.CLEARED)
    }
    words = {
        row.sub_domain_id: row.text
        for row in Explanation.objects.filter(assessment=assessment).exclude(text="")
    }
    reading = SiteReading(assessment, last=last)
    found: dict[int, Part] = {}
    indicators = (
        Indicator.objects.filter(framework=framework)
        .select_related("sub_domain__domain")
        .order_by("position")
    )
    for indicator in indicators:
        sub_domain = indicator.sub_domain
        before = last.ratings.get(indicator.code, (None, None))[1] if last else None
        line = Line(indicator, now.get(indicator.pk), before)
        part = found.get(sub_domain.pk)
        if part is None:
            empty = Counted(sub_domain.code, sub_domain.name, sub_domain.domain.name, {})
            part = found[sub_domain.pk] = Part(empty, [], None, words.get(sub_domain.pk, ""))
            reading.parts.append(part)
        part.lines.append(line)
    for part in reading.parts:
        part.counted = _counted(part, [line.now for line in part.lines], framework.values)
        if last is not None:
            part.before = _counted(part, [line.before for line in part.lines], framework.values)
    return reading


def _counted(part: Part, said: list[Rating | None], values: list[int]) -> Counted:
    rated = [row.value for row in said if row is not None and row.value is not None]
    return Counted(
        part.counted.code,
        part.counted.name,
        part.counted.parent,
        {value: rated.count(value) for value in values},
        sum(row is not None and row.answer == Answer.NOT_APPLICABLE for row in said),
        sum(row is None for row in said),
    )


COLUMNS = [
    "site",
    "round",
    "framework",
    "domain",
    "sub_domain",
    "indicator",
    "text",
    "answer",
    "rating",
    "label",
    "last_time",
    "explanation",
]


def rows_of(reading: SiteReading) -> Iterator[dict[str, Any]]:
    """One row for each indicator, as files and the API have it: not answered is said, and never 0."""
    assessment = reading.assessment
    framework = assessment.round.framework
    for part in reading.parts:
        for line in part.lines:
            said = line.now
            yield {
                "site": assessment.site.code,
                "round": assessment.round.name,
                "framework": framework.slug,
                "domain": part.counted.parent,
                "sub_domain": part.counted.name,
                "indicator": line.indicator.code,
                "text": line.indicator.text,
                "answer": said.answer if said else "not_answered",
                "rating": said.value if said else None,
                "label": framework.labels.get(said.value, "")
                if said and said.value is not None
                else "",
                "last_time": line.before.value
                if line.before and line.before.value is not None
                else (line.before.answer if line.before else ""),
                "explanation": part.words,
            }
