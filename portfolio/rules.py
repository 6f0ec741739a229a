"""Permissions of the portfolio."""

from accounts.enums import ASSIGNABLE, DESK, READERS, Role
from accounts.rules import grant
from accounts.viewers import Viewer


def _open_or_desk(viewer: Viewer, obj) -> bool:
    """Confidential ideas are for the desk (and, by ``also``, for whoever they are assigned to)."""
    return not getattr(obj, "is_confidential", False) or viewer.has_role(obj.site_id, DESK)


def _assigned(viewer: Viewer, obj) -> bool:
    """Assigned to the viewer, who is still a member there."""
    assignee_id = getattr(obj, "assignee_id", None)
    return (
        assignee_id is not None
        and assignee_id == viewer.user_id
        and viewer.has_role(obj.site_id, ASSIGNABLE)
    )


def _assigned_or_asked(viewer: Viewer, obj) -> bool:
    """Assigned to the viewer, or asked of them to assess; the idea itself knows whom it asks."""
    if _assigned(viewer, obj):
        return True
    is_asked_of = getattr(obj, "is_asked_of", None)
    return (
        is_asked_of is not None
        and viewer.user_id is not None
        and viewer.has_role(obj.site_id, ASSIGNABLE)
        and is_asked_of(viewer.user_id)
    )


def _at_desk_or_signing(viewer: Viewer, obj) -> bool:
    """The desk, and members who sign for an enabling function there."""
    at_desk = viewer.is_key or viewer.has_role(obj.site_id, DESK)
    return at_desk or bool(viewer.functions.get(obj.site_id))


ASSIGNED = "whoever it is assigned to"
ASSIGNED_OR_ASKED = "whoever it is assigned to or who was asked to assess it"

grant("portfolio.view_queue", "see the triage queue", roles=DESK, scope="innovations:read")
grant(
    "portfolio.view_portfolio",
    "read the list of innovations",
    roles=ASSIGNABLE,
    scope="innovations:read",
    only_words="reviewers see only what is assigned to them",
)
grant(
    "portfolio.view_innovation",
    "open an innovation",
    roles=READERS,
    scope="innovations:read",
    only=_open_or_desk,
    only_words="a confidential one only hub staff and site leads",
    also=_assigned_or_asked,
    also_words=ASSIGNED_OR_ASKED,
)
grant(
    "portfolio.assess_innovation",
    "answer a checklist about an innovation",
    roles=DESK,
    scope="innovations:write",
    only=_open_or_desk,
    also=_assigned_or_asked,
    also_words=ASSIGNED_OR_ASKED,
)
grant(
    "portfolio.triage_innovation",
    "assign, correct and take up an innovation",
    roles=DESK,
    scope="innovations:write",
    only=_open_or_desk,
)
grant(
    "portfolio.decide_innovation",
    "decide on an innovation and undo it",
    roles=DESK,
    scope="innovations:write",
    only=_open_or_desk,
)
grant(
    "portfolio.view_messages",
    "read the messages with the submitter, and files",
    roles=DESK,
    scope="messages:read",
    only=_open_or_desk,
    also=_assigned,
    also_words=ASSIGNED,
)
grant(
    "portfolio.message_submitter",
    "write to the submitter",
    roles=DESK,
    scope="messages:write",
    only=_open_or_desk,
)
grant(
    "portfolio.view_notes",
    "read the notes that only the team sees",
    roles=DESK,
    scope="notes:read",
    only=_open_or_desk,
    also=_assigned,
    also_words=ASSIGNED,
)
grant(
    "portfolio.write_note",
    "write a note that only the team sees",
    roles=DESK,
    scope="notes:write",
    only=_open_or_desk,
    also=_assigned,
    also_words=ASSIGNED,
)
grant(
    "portfolio.attach_file",
    "put a file with an innovation",
    roles=DESK,
    scope="messages:write",
    only=_open_or_desk,
    also=_assigned,
    also_words=ASSIGNED,
)
grant("portfolio.remove_file", "remove a file, with a reason", roles=DESK, only=_open_or_desk)
grant(
    "portfolio.view_templates",
    "read the templates of messages",
    roles=DESK,
    scope="templates:read",
)
grant(
    "portfolio.manage_templates",
    "add and change the templates of messages",
    roles=DESK,
    scope="templates:write",
)
grant(
    "portfolio.ask_somebody",
    "ask one person one question about an innovation",
    roles=DESK,
    scope="innovations:write",
    only=_open_or_desk,
)
grant(
    "portfolio.view_coming",
    "see what is coming for enabling functions",
    roles=(*DESK, Role.REVIEWER),
    scope="innovations:read",
    only=_at_desk_or_signing,
    only_words="reviewers only for the functions they sign for",
)
grant("portfolio.redact_innovation", "black out details, with a reason", roles=DESK)
grant(
    "portfolio.add_innovation",
    "add an idea on someone's behalf",
    roles=DESK,
    scope="innovations:write",
)
grant("portfolio.view_imports", "read imports", roles=DESK, scope="imports:read")
grant(
    "portfolio.import_innovations",
    "import innovations from a file, and undo it",
    roles=DESK,
    scope="imports:write",
)
grant("portfolio.view_enquiries", "read enquiries", roles=DESK, scope="enquiries:read")
grant(
    "portfolio.handle_enquiry",
    "log, answer and signpost enquiries",
    roles=DESK,
    scope="enquiries:write",
)
grant("portfolio.view_needs", "read needs and calls", roles=READERS, scope="needs:read")
grant(
    "portfolio.edit_needs",
    "add, change and close needs and calls",
    roles=DESK,
    scope="needs:write",
)
grant(
    "portfolio.declare_interest",
    "declare an interest in an innovation, and withdraw it",
    roles=DESK,
    only=_open_or_desk,
    also=_assigned_or_asked,
    also_words=ASSIGNED_OR_ASKED,
)
grant(
    "portfolio.manage_checklists",
    "choose the checklists, and write the site’s own",
    roles=(Role.SITE_LEAD,),
    scope="checklists:write",
)
grant(
    "portfolio.view_checklist_drafts",
    "read the site’s own checklists before they are published",
    roles=(Role.SITE_LEAD,),
    scope="checklists:read",
)
grant("portfolio.view_needs", "read needs and calls", roles=READERS, scope="needs:read")
grant(
    "portfolio.edit_needs",
    "add, change and close needs and calls",
    roles=DESK,
    scope="needs:write",
)
grant("portfolio.view_checklists", "read the checklists", roles=ASSIGNABLE, scope="checklists:read")
grant("portfolio.manage_front_door", "open, close and word the front door", roles=(Role.SITE_LEAD,))
grant(
    "portfolio.manage_triage_settings",
    "say what the desk promises and asks",
    roles=(Role.SITE_LEAD,),
)
grant(
    "portfolio.publish_innovation",
    "publish a summary of an innovation, and take it back",
    roles=DESK,
    scope="innovations:write",
    only=_open_or_desk,
)
grant("portfolio.manage_reasons", "edit the standard words of decisions", roles=DESK)
grant("portfolio.route_submission", "send an idea that names no site to one", coordinator=True)
