"""Every text about an idea that somebody may have put details into: one list, for looking and for blacking out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db.models import Model, QuerySet

from portfolio.enums import LabelKind
from portfolio.models import (
    Answer,
    Ask,
    AskDoor,
    AssessmentRequest,
    Attachment,
    ClockExemption,
    Decision,
    FollowUp,
    Innovation,
    InnovationLabel,
    Interest,
    Message,
    Note,
)

# The texts of a submission and of each site's record of it.
TEXTS = ("title", "problem", "for_whom", "idea")


class Place(NamedTuple):
    """Rows beside an idea that hold free text: ``path`` leads from the row to the idea."""

    name: str
    model: type[Model]
    path: str
    fields: tuple[str, ...]

    def rows(self, innovations: Iterable[Innovation]) -> QuerySet:
        """Its rows about these ideas."""
        return self.model._default_manager.filter(**{f"{self.path}__in": list(innovations)})


# A new table with free text about an idea is added here, and is then looked through and blacked out.
PLACES = [
    Place("message", Message, "innovation", ("body", "whole_text", "remark", "mail_id")),
    Place("team_note", Note, "innovation", ("body", "whole_text", "remark", "mail_id")),
    Place("file_name", Attachment, "innovation", ("name",)),
    Place(
        "decision",
        Decision,
        "innovation",
        ("words", "next_step", "would_change", "introduction", "until_what"),
    ),
    Place("note", Answer, "assessment__innovation", ("note",)),
    Place("declined", AssessmentRequest, "innovation", ("reason",)),
    Place("interest", Interest, "innovation", ("note",)),
    Place("exemption", ClockExemption, "innovation", ("note",)),
    Place("follow_up", FollowUp, "innovation", ("note",)),
    Place("question", Ask, "innovation", ("question", "answer")),
    Place("begun_answer", AskDoor, "ask__innovation", ("answer",)),
]


def texts_beside(innovations: Iterable[Innovation]) -> Iterator[str]:
    """The texts of every row beside these ideas; one query for each kind of row."""
    innovations = list(innovations)
    for place in PLACES:
        for texts in place.rows(innovations).values_list(*place.fields):
            yield from (text for text in texts if text)
    tags = InnovationLabel.objects.filter(innovation__in=innovations, kind=LabelKind.TAG)
    yield from tags.values_list("value", flat=True)
