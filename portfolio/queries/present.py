"""What there is beside an idea, asked once, so that its pages read only what they can show."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from hubapp.db.compiled import compiled
from hubapp.events.models import Event
from hubapp.workdays import london_date
from portfolio.enums import RequestState
from portfolio.models import (
    Ask,
    Assessment,
    AssessmentRequest,
    Attachment,
    FollowUp,
    Innovation,
    InnovationLabel,
    Interest,
    MatchElsewhere,
    Message,
    Need,
    NeedLink,
    Note,
    ScreeningAnswer,
    StageMove,
)
from portfolio.queries import timeline


@dataclass(frozen=True, slots=True)
class There:
    """Which kinds of rows an idea has, whoever may read them; what its own columns tell is not repeated here."""

    # More than its arrival.
    moves: bool
    # Events of which the timeline tells.
    events: bool
    messages: bool
    notes: bool
    # With messages, with notes or with the idea.
    files: bool
    asks: bool
    assessments: bool
    requests: bool
    # Declared at some time; perhaps none stands.
    interests: bool
    labels: bool
    # Needs that it serves, and needs of the site that it could serve.
    needs: bool
    needs_to_choose: bool
    screening: bool
    # Whether something was merged into it.
    merged: bool
    follow_ups: bool
    # Whether something like it was found elsewhere; perhaps it may no longer be asked about.
    elsewhere: bool
    # Settings of the site that say what its ideas show.
    asks_screening: bool
    shows_published: bool


def what_there_is(innovation: Innovation) -> There:
    """Which kinds of rows an idea has; one query."""
    (said,) = _there(innovation_id=innovation.pk, today=london_date(timezone.now()))
    # A site that has set nothing has no row of settings: null.
    return There(**dict(zip(_NAMES, map(bool, said), strict=True)))


_NAMES = [each.name for each in fields(There)]


@compiled
def _there(*, innovation_id: int, today: dt.date) -> QuerySet[Innovation, tuple[Any, ...]]:
    """What :class:`There` says of one idea, in its order."""
    own = {"innovation": OuterRef("pk")}
    rows = Innovation.objects.filter(pk=innovation_id).order_by()
    found = rows.annotate(
        there_moves=Exists(StageMove.objects.filter(**own, number__gt=1)),
        there_events=Exists(
            Event.objects.filter(subject_ref=OuterRef("ref"), verb__in=timeline.EVENT_WORDS)
        ),
        there_messages=Exists(Message.objects.filter(**own)),
        there_notes=Exists(Note.objects.filter(**own)),
        there_files=Exists(Attachment.objects.filter(**own)),
        there_asks=Exists(Ask.objects.filter(**own)),
        there_assessments=Exists(Assessment.objects.filter(**own)),
        there_requests=Exists(
            AssessmentRequest.objects.filter(**own).exclude(state=RequestState.WITHDRAWN)
        ),
        there_interests=Exists(Interest.objects.filter(**own)),
        there_labels=Exists(InnovationLabel.objects.filter(**own)),
        there_needs=Exists(NeedLink.objects.filter(**own)),
        there_needs_to_choose=Exists(
            Need.objects.filter(site=OuterRef("site"), closed_on=None, until_on__gte=today)
        ),
        there_screening=Exists(ScreeningAnswer.objects.filter(**own)),
        there_merged=Exists(Innovation.objects.filter(merged_into=OuterRef("pk"))),
        there_follow_ups=Exists(FollowUp.objects.filter(**own)),
        there_elsewhere=Exists(MatchElsewhere.objects.filter(look__innovation=OuterRef("pk"))),
        there_asks_screening=F("site__triage_settings__asks_screening"),
        there_shows_published=F("site__triage_settings__shows_published"),
    )
    return found.values_list(*(f"there_{name}" for name in _NAMES))
