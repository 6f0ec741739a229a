"""What an idea is said to be, the tags of a site, and how a site's portfolio is balanced."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, QuerySet

from accounts.models import Site
from accounts.viewers import Viewer
from portfolio.enums import (
    ENDED,
    BenefitArea,
    Focus,
    InnovationType,
    LabelKind,
    Origin,
    State,
    Trl,
)
from portfolio.models import Innovation, InnovationLabel
from portfolio.queries.counted import counted_once
from portfolio.queries.triage import ideas_of_site

# How many of a site's tags are offered while typing.
TAGS_OFFERED = 100
GO_ON = tuple(state for state in State if state not in ENDED)


def labels_of(innovation: Innovation) -> dict[str, list[str]]:
    """Kind of label → the idea's values, in the order of their words; one query."""
    found: dict[str, list[str]] = {}
    rows = InnovationLabel.objects.filter(innovation=innovation).order_by("value")
    for kind, value in rows.values_list("kind", "value"):
        found.setdefault(kind, []).append(value)
    return found


def tags_in_use(viewer: Viewer, site: Site) -> list[str]:
    """A site's tags on ideas that the viewer may read, the most used first; one query."""
    rows = (
        InnovationLabel.objects.filter(
            site=site, kind=LabelKind.TAG, innovation__in=ideas_of_site(viewer, site)
        )
        .order_by()
        .values("value")
        .annotate(n=Count("pk"))
        .order_by("-n", "value")
    )
    return [row["value"] for row in rows[:TAGS_OFFERED]]


def classification_in_words(
    innovation: Innovation, labels: dict[str, list[str]] | None = None
) -> list[tuple[str, str]]:
    """(what, its words) of everything that was said; what was not said is left out.

    :param labels: as of :func:`labels_of`, if they are known; else one query
    """
    labels = labels_of(innovation) if labels is None else labels

    def several(kind: LabelKind, words: type[models.TextChoices]) -> str:
        held = set(labels.get(kind, ()))
        return "; ".join(choice.label for choice in words if choice.value in held)

    trl = innovation.trl
    said = [
        ("Priority", innovation.get_priority_display()),
        ("Other types", several(LabelKind.TYPE, InnovationType)),
        ("Comes from", innovation.get_source_display()),
        ("Focus", innovation.get_focus_display()),
        ("Origin", innovation.get_origin_display()),
        ("Benefit areas", several(LabelKind.BENEFIT, BenefitArea)),
        ("Care setting", innovation.get_care_setting_display()),
        ("Category", innovation.get_category_display()),
        ("Readiness", f"Level {trl}: {Trl(trl).label.lower()}" if trl else ""),
        ("Tags", ", ".join(labels.get(LabelKind.TAG, ()))),
    ]
    return [(what, words) for what, words in said if words]


@dataclass(frozen=True, slots=True)
class Slice:
    """One value of a facet: its code ("" for not said), its words and how many ideas have it."""

    value: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Balance:
    """How the ideas that go on are spread."""

    total: int
    types: list[Slice]
    benefits: list[Slice]
    focus: list[Slice]
    origin: list[Slice]


def balance_of(viewer: Viewer, site: Site) -> Balance:
    """Ideas that have not ended and that the viewer may read, by type, by benefit area (an idea
    may be in several), by focus and by origin.

    Counted from the records, two queries, and kept while none of them changes.
    """
    ideas = ideas_of_site(viewer, site).filter(state__in=GO_ON).order_by()
    return counted_once(viewer, site, "balance", lambda: _counted(ideas, site), by_version=True)


def _counted(ideas: QuerySet[Innovation], site: Site) -> Balance:
    names = ("innovation_type", "focus", "origin")
    counts: Counter[tuple[str, str]] = Counter()
    total = 0
    for *values, n in ideas.values_list(*names).annotate(n=Count("pk")):
        total += n
        counts.update(dict.fromkeys(zip(names, values, strict=True), n))
    return Balance(
        total=total,
        types=_slices(counts, "innovation_type", InnovationType.choices),
        benefits=_benefits(ideas, site),
        focus=_slices(counts, "focus", Focus.choices),
        origin=_slices(counts, "origin", Origin.choices),
    )


def _slices(
    counts: Counter[tuple[str, str]], name: str, choices: Sequence[tuple[str, str]]
) -> list[Slice]:
    return [
        Slice(value, str(words), counts[name, value])
        for value, words in [*choices, ("", "Not said")]
    ]


def _benefits(ideas: QuerySet[Innovation], site: Site) -> list[Slice]:
    # With the site, which the index of labels begins with: else every label of every site is read.
    counts = dict(
        InnovationLabel.objects.filter(site=site, kind=LabelKind.BENEFIT, innovation__in=ideas)
        .order_by()
        .values_list("value")
        .annotate(n=Count("pk"))
        .values_list("value", "n")
    )
    return [Slice(value, str(words), counts.get(value, 0)) for value, words in BenefitArea.choices]
