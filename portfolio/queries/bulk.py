"""Which ideas a bulk verb would leave alone, and why: named to whoever pressed."""

from collections.abc import Sequence

from django.db.models import Q

from accounts.models import User
from portfolio.enums import IN_TRIAGE, LabelKind
from portfolio.models import Innovation, InnovationLabel
from portfolio.validators import MOST_TAGS

# (why, the ideas)
Left = list[tuple[str, list[Innovation]]]


def _told(*groups: tuple[str, list[Innovation]]) -> Left:
    return [(why, ideas) for why, ideas in groups if ideas]


def left_by_assign(ideas: Sequence[Innovation], to: User | None) -> Left:
    """Those that are where they should go already."""
    wanted = to.pk if to else None
    return _told(("assigned so already", [idea for idea in ideas if idea.assignee_id == wanted]))


def left_by_priority(ideas: Sequence[Innovation], priority: str) -> Left:
    """Those that have this priority already."""
    return _told(("had it already", [idea for idea in ideas if idea.priority == priority]))


def left_by_tag(ideas: Sequence[Innovation], value: str) -> Left:
    """Those that have the tag, and those that have as many as can be; one query."""
    tags: dict[int, set[str]] = {}
    rows = InnovationLabel.objects.filter(
        innovation_id__in=[idea.pk for idea in ideas], kind=LabelKind.TAG
    )
    for innovation, word in rows.values_list("innovation_id", "value"):
        tags.setdefault(innovation, set()).add(word)
    has = [idea for idea in ideas if value in tags.get(idea.pk, ())]
    full = [
        idea
        for idea in ideas
        if len(tags.get(idea.pk, ())) >= MOST_TAGS and value not in tags[idea.pk]
    ]
    return _told(("had it already", has), (f"had {MOST_TAGS} tags already", full))


def left_by_acknowledge(ideas: Sequence[Innovation]) -> Left:
    """Those that are acknowledged, decided, or have nobody to write to; one query."""
    done = [idea for idea in ideas if idea.acknowledged_on]
    over = [idea for idea in ideas if not idea.acknowledged_on and idea.state not in IN_TRIAGE]
    nobody = set(
        Innovation.objects.filter(pk__in=[idea.pk for idea in ideas])
        .filter(
            Q(submission=None) | Q(submission__submitter=None) | Q(submission__submitter__email="")
        )
        .values_list("pk", flat=True)
    )
    rest = [idea for idea in ideas if idea not in done and idea not in over and idea.pk in nobody]
    return _told(
        ("acknowledged already", done),
        ("decided already", over),
        ("there is nobody to write to", rest),
    )
