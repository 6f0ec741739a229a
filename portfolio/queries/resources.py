"""What the API lists: rows of each resource that the viewer may see, with what one page needs of them."""

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from accounts.enums import ASSIGNABLE, Role
from accounts.viewers import Viewer
from portfolio.models import (
    Answer,
    Assessment,
    Checklist,
    ChecklistDraft,
    Decision,
    DecisionReason,
    Enquiry,
    FollowUp,
    Innovation,
)
from portfolio.queries.checklists import readable


def innovations_for(viewer: Viewer) -> QuerySet[Innovation]:
    """Innovations as :meth:`InnovationQuerySet.visible_to` says; one query for a page."""
    rows = Innovation.objects.visible_to(viewer).select_related(
        "site", "assignee", "call", "merged_into"
    )
    return rows.prefetch_related("labels").defer("search_text")


def decisions_for(viewer: Viewer) -> QuerySet[Decision]:
    """Decisions, undone and undoing ones too, on innovations that the viewer may see."""
    seen = Innovation.objects.visible_to(viewer)
    # The site again, so that the order comes from the index of a site's decisions.
    rows = Decision.objects.filter(site_id__in=viewer.site_ids, innovation__in=seen)
    rows = rows.select_related("site", "innovation__site", "organisation", "into").annotate(
        # Beside as many other tables, a join with these took longer to plan than the list to read.
        reverses_ref=Subquery(Decision.objects.filter(pk=OuterRef("reverses")).values("ref")),
        reversed_by_ref=Subquery(Decision.objects.filter(reverses=OuterRef("pk")).values("ref")),
    )
    # Of ideas only what tells which they are and who may read them.
    return rows.defer(*(f"{idea}__{text}" for idea in ("innovation", "into") for text in _TEXTS))


_TEXTS = ("problem", "for_whom", "idea", "search_text")


def assessments_for(viewer: Viewer) -> QuerySet[Assessment]:
    """The viewer's own assessments of innovations that they may see, and the finished ones of
    others that they are not, or no longer, blind to."""
    answers = Answer.objects.select_related("item").order_by("item__position")
    rows = Assessment.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
    return (
        readable(rows, viewer.user_id)
        .select_related("site", "innovation__site", "checklist", "assessor")
        .prefetch_related(Prefetch("answers", queryset=answers))
    )


def checklists_with_items() -> QuerySet[Checklist]:
    """Every published version of every checklist, of every site: whoever lists them narrows it."""
    return Checklist.objects.select_related("site").prefetch_related("items")


def checklist_drafts_for(viewer: Viewer) -> QuerySet[ChecklistDraft]:
    """What sites write, of those whose checklists the viewer manages; for keys, of their sites."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with((Role.SITE_LEAD,))
    return ChecklistDraft.objects.filter(site_id__in=sites).select_related("site", "based_on")


def enquiries_for(viewer: Viewer) -> QuerySet[Enquiry]:
    """Enquiries as :meth:`EnquiryQuerySet.visible_to` says; one query for a page."""
    return Enquiry.objects.visible_to(viewer).select_related("site", "assignee")


def follow_ups_for(viewer: Viewer) -> QuerySet[FollowUp]:
    """What was heard of signposts, of innovations that the viewer may see."""
    rows = FollowUp.objects.filter(innovation__in=Innovation.objects.visible_to(viewer))
    return rows.select_related("site", "innovation__site", "decision")


def reasons_for(viewer: Viewer) -> QuerySet[DecisionReason]:
    """The reasons of the sites whose portfolio the viewer reads, those no longer offered too."""
    sites = viewer.site_ids if viewer.is_key else viewer.site_ids_with(ASSIGNABLE)
    return DecisionReason.objects.filter(site_id__in=sites).select_related("site")


def offered_reason(innovation: Innovation, *, kind: str, code: str) -> DecisionReason | None:
    """The reason of the innovation's site that a decision of this kind may give."""
    return DecisionReason.objects.filter(
        site_id=innovation.site_id, kind=kind, code=code, is_active=True
    ).first()
