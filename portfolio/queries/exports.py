"""Lists of ideas as rows of a file: read piece by piece, so that memory stays flat however long a list is."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from accounts.models import Site
from accounts.viewers import Viewer
from hubapp.web.addresses import absolute
from portfolio.enums import (
    SUBMITTER_WORDS,
    BenefitArea,
    DecisionKind,
    InnovationType,
    LabelKind,
    SubmitterKind,
)
from portfolio.models import Decision, Innovation, InnovationLabel
from portfolio.queries.similar import counts_for

# Rows that are read at a time; each piece takes three statements.
PIECE = 1000
# Never who sent it: no name and no address of a submitter leaves in a list.
COLUMNS = (
    "Reference",
    "Title",
    "State",
    "In this state since",
    "Type",
    "Other types",
    "Priority",
    "Assigned to",
    "Received",
    "Arrived by",
    "Sent by",
    "Due",
    "Acknowledged",
    "Waits on",
    "Exempt from the clock",
    "Decision",
    "Decided on",
    "Reason",
    "First answer on",
    "Working days to first answer",
    "Comes from",
    "Focus",
    "Origin",
    "Category",
    "Benefit areas",
    "Care setting",
    "Readiness level",
    "Tags",
    "Similar ideas",
    "Confidential",
    "Last changed",
    "Address",
)
_BENEFITS = dict(BenefitArea.choices)
_TYPES = dict(InnovationType.choices)


def rows_of(ideas: QuerySet[Innovation], site: Site, viewer: Viewer) -> Iterator[list[Any]]:
    """The cells of each of the site's ``ideas``, in the order in which they were stored; see :data:`COLUMNS`.

    Ideas like one are counted as far as ``viewer`` may read them.
    """
    pieces = (
        ideas.select_related("assignee__person")
        .defer("problem", "for_whom", "idea", "search_text")
        .order_by("pk")
    )
    last = 0
    while piece := list(pieces.filter(pk__gt=last)[:PIECE]):
        last = piece[-1].pk
        ids = [row.pk for row in piece]
        decisions, labels = _decisions_on(ids), _labels_of(ids)
        likes = counts_for(viewer, site, piece)
        for row in piece:
            row.site = site
            count = row.similar_count if likes is None else likes.get(row.pk, 0)
            yield _cells(row, decisions.get(row.pk), labels.get(row.pk, {}), count)


def _decisions_on(ids: list[int]) -> dict[int, tuple[str, Any, str]]:
    """Id → kind in words, day and reason of the last decision that stands."""
    rows = Decision.objects.filter(innovation_id__in=ids, reversed_by=None)
    rows = rows.exclude(kind=DecisionKind.UNDO).order_by("number")
    words = dict(DecisionKind.choices)
    return {
        innovation: (words[kind], made_on, reason)
        for innovation, kind, made_on, reason in rows.values_list(
            "innovation_id", "kind", "made_on", "reason_label"
        )
    }


def _labels_of(ids: list[int]) -> dict[int, dict[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = {}
    rows = InnovationLabel.objects.filter(innovation_id__in=ids).order_by("kind", "value")
    for innovation, kind, value in rows.values_list("innovation_id", "kind", "value"):
        found.setdefault(innovation, {}).setdefault(kind, []).append(value)
    return found


def _cells(
    row: Innovation,
    decision: tuple[str, Any, str] | None,
    labels: dict[str, list[str]],
    likes: int,
) -> list[Any]:
    def said(kind: LabelKind, words: dict[str, str]) -> str:
        return "; ".join(words.get(value, value) for value in labels.get(kind, ()))

    kind, made_on, reason = decision or ("", None, "")
    return [
        row.ref,
        row.title,
        row.get_state_display(),
        row.state_since,
        row.get_innovation_type_display(),
        said(LabelKind.TYPE, _TYPES),
        row.get_priority_display(),
        str(row.assignee) if row.assignee else "",
        row.received_on,
        row.get_channel_display(),
        SUBMITTER_WORDS[SubmitterKind(row.submitter_kind)] if row.submitter_kind else "",
        row.due_on,
        row.acknowledged_on,
        row.get_waits_on_function_display() or row.get_waits_on_display(),
        row.get_exemption_display(),
        kind,
        made_on,
        reason,
        row.first_decided_on,
        row.decision_days,
        row.get_source_display(),
        row.get_focus_display(),
        row.get_origin_display(),
        row.get_category_display(),
        said(LabelKind.BENEFIT, _BENEFITS),
        row.get_care_setting_display(),
        row.trl,
        said(LabelKind.TAG, {}),
        likes,
        "Yes" if row.is_confidential else "No",
        row.updated_at,
        absolute(row.get_absolute_url()),
    ]
