"""What an idea is said to be, the tags of a site, and how a site's portfolio is balanced."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db import models
from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone

from accounts.enums import DESK, READERS
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
from portfolio.queries.triage import ideas_of_site

# How many of a site's tags are offered while typing.
TAGS_OFFERED = 100
GO_ON = tuple(state for state in State if state not in ENDED)
# A change is stored at most so long after the instant that it bears; where so many ideas changed
# within that time, they are counted anew each time.
LATE_AT_MOST = dt.timedelta(minutes=10)
MANY_LATELY = 2_000
KEPT_FOR = 60 * 60


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

    Counted from the records, two queries, and kept for as long as :func:`_as_they_stand` says that
    none of them has changed: then it is the one query that says so.
    """
    stands = _as_they_stand(site)
    key = f"balance:{site.pk}:{_reads(viewer, site)}:{stands}"
    kept: Balance | None = cache.get(key) if stands else None
    if kept is None:
        kept = _counted(ideas_of_site(viewer, site).filter(state__in=GO_ON).order_by(), site)
        # What was changed while it was counted has another key.
        if stands and stands == _as_they_stand(site):
            cache.set(key, kept, KEPT_FOR)
    return kept


def _reads(viewer: Viewer, site: Site) -> str:
    """Which ideas of a site the viewer reads, as far as it decides what is counted."""
    if viewer.has_role(site.pk, DESK):
        return "all"
    others = "open" if viewer.has_role(site.pk, READERS) else "none"
    return f"{others}:{viewer.user_id}"


def _as_they_stand(site: Site) -> str:
    """Changes with every change to a site's ideas; "" while too many change to tell.

    By the latest instant that any was changed at. As long as a change of before it may still be
    stored, by the versions of all that were changed in that time too.
    """
    rows = Innovation.objects.at(site)
    latest = rows.aggregate(at=Max("updated_at"))["at"]
    if latest is None:
        return "none"
    if latest < timezone.now() - LATE_AT_MOST:
        return f"{latest.timestamp()}"
    lately = rows.filter(updated_at__gte=latest - LATE_AT_MOST).order_by()
    told = lately[: MANY_LATELY + 1].aggregate(n=Count("pk"), versions=Sum("version"))
    if told["n"] > MANY_LATELY:
        return ""
    return f"{latest.timestamp()}-{told['n']}-{told['versions']}"


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
