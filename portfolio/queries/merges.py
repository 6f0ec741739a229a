"""Ideas that were merged: which went into which."""

from django.db.models import QuerySet

from portfolio.enums import State
from portfolio.models import Innovation

# Deeper chains than people make; bounds a loop that the data should never need.
DEEPEST = 20


def _merged() -> QuerySet[Innovation]:
    return Innovation.objects.filter(state=State.MERGED).select_related(
        "site", "submission__submitter"
    )


def merged_into_this(innovation: Innovation) -> list[Innovation]:
    """Every idea merged into this one, those merged into them too, oldest merge first; with submitters."""
    found: list[Innovation] = []
    level = [innovation.pk]
    for _ in range(DEEPEST):
        rows = list(_merged().filter(merged_into__in=level).order_by("state_since", "pk"))
        if not rows:
            break
        found += rows
        level = [row.pk for row in rows]
    return found


def goes_on_as(innovation: Innovation) -> Innovation:
    """The idea that a merged one goes on in; itself for one that is not merged."""
    for _ in range(DEEPEST):
        if innovation.merged_into is None:
            break
        innovation = innovation.merged_into
    return innovation
