"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""

import logging

from django.apps import apps
from django.db import OperationalError, ProgrammingError, connections, transaction
from django.db.models.signals import post_migrate
from django.urls import reverse

from accounts.models import Site
from hubapp import hooks, notifications
from hubapp.actors import Actor, system
from hubapp.hooks import Held, NavItem, SettingsItem, WorkItem, WorkList
from portfolio import demo, mails
from portfolio.queries import routing, tracking
from portfolio.queries.checklists import asked_to_assess
from portfolio.queries.enquiries import enquiry_links
from portfolio.queries.innovations import innovation_links
from portfolio.queries.work import work_of
from portfolio.services import checklists, members, reasons, redactions, submissions, templates

logger = logging.getLogger(__name__)

for _kind in (
    "draft",
    "confirm",
    "remind",
    "received",
    "routed",
    "link",
    "decision",
    "introduction",
    "took_in",
    "separated",
    "message",
    "left_out",
):
    notifications.register(f"portfolio.{_kind}", getattr(mails, _kind))

hooks.add_navigation(
    NavItem(
        "Triage",
        "portfolio:triage",
        "portfolio.view_queue",
        order=10,
        covers=frozenset(
            f"portfolio:{name}"
            for name in ("triage_item", "add", "view", "add_view", "edit_view", "bulk", "keys")
        ),
        hint="What waits for a decision, oldest first.",
    ),
    NavItem(
        "Innovations",
        "portfolio:innovations",
        "portfolio.view_portfolio",
        order=20,
        covers=frozenset(
            f"portfolio:{name}"
            for name in (
                "innovation",
                "assign",
                "assess",
                "decide",
                "message",
                "note",
                "attach",
                "remove_file",
                "correct",
                "redact",
                "imports",
                "import_job",
                "import_columns",
                "import_undo",
            )
        ),
        hint="Ideas and what became of them.",
    ),
    NavItem(
        "Enquiries",
        "portfolio:enquiries",
        "portfolio.view_enquiries",
        order=50,
        covers=frozenset({"portfolio:enquiry", "portfolio:log_enquiry", "portfolio:close_enquiry"}),
        hint="Questions, help with bids and introductions.",
    ),
)
# Used once or twice: found on the list that it fills, and among the settings.
hooks.add_settings(
    SettingsItem(
        "Import",
        "Bring in a list of innovations that you keep already.",
        "portfolio:imports",
        "portfolio.import_innovations",
        order=90,
    )
)
hooks.add_settings(
    SettingsItem(
        "Reasons and standard words",
        "What submitters read when you decide.",
        "portfolio:reasons",
        "portfolio.manage_reasons",
        order=40,
    )
)
hooks.add_settings(
    SettingsItem(
        "Checklists",
        "What assessors answer about each idea; copy one and make it your own.",
        "portfolio:checklists",
        "portfolio.manage_checklists",
        order=42,
    )
)
hooks.work.register(work_of)
hooks.work.register(asked_to_assess)
hooks.references["portfolio.innovation"] = innovation_links
hooks.references["portfolio.enquiry"] = enquiry_links
hooks.event_words.update(
    {
        "assessment.started": "A checklist was begun",
        "assessment.saved": "Part of a checklist was answered",
        "assessment.finished": "A checklist was finished",
        "assessment.moved": "An assessment went on with a newer checklist",
        "assessment_request.made": "Somebody was asked to assess an idea",
        "assessment_request.changed": "The day of an assessment was changed",
        "assessment_request.done": "Somebody assessed what they were asked to",
        "assessment_request.declined": "Somebody declined to assess an idea",
        "assessment_request.withdrawn": "A request to assess was taken back",
        "checklist.drafted": "A checklist of the site’s own was begun",
        "checklist.draft_saved": "The draft of a checklist was changed",
        "checklist.draft_discarded": "The draft of a checklist was thrown away",
        "checklist.used": "A checklist was taken into use",
        "checklist.unused": "A checklist was taken out of use",
        "checklist.moved": "The order of checklists was changed",
        "checklist.published": "A checklist was published",
        "enquiry.answered": "An enquiry was answered",
        "enquiry.assigned": "An enquiry was assigned",
        "enquiry.logged": "An enquiry was logged",
        "enquiry.reopened": "An enquiry was opened again",
        "enquiry.signposted": "An enquiry was signposted",
        "innovation.assigned": "An idea was assigned",
        "innovation.brought_back": "A parked idea came back",
        "innovation.classified": "An idea was classified",
        "innovation.exempted": "An idea was exempted from the clock",
        "innovation.exemption_lifted": "An idea counts against the clock again",
        "innovation.followed_up": "A signpost was followed up",
        "innovation.gave_back": "Another idea was separated from this one",
        "innovation.held": "The clock of an idea was stopped",
        "innovation.took_in": "Another idea was merged into this one",
        "interest.declared": "An interest was declared",
        "interest.withdrawn": "A declared interest was withdrawn",
        "innovation.corrected": "An idea was corrected",
        "innovation.decided": "A decision was made",
        "innovation.decision_undone": "A decision was undone",
        "innovation.published": "A summary of an idea was published",
        "innovation.similar_dismissed": "Two ideas were said not to be the same",
        "innovation.similar_found": "Ideas that look alike were found",
        "innovation.similar_restored": "Two ideas were said to be alike after all",
        "innovation.unpublished": "The published summary of an idea was taken back",
        "introduction.asked": "An introduction to a team elsewhere was asked for",
        "introduction.looked_for": "The same idea was looked for elsewhere",
        "innovation.redacted": "Details in an idea were blacked out",
        "innovation.resumed": "An idea was taken up again",
        "message.added": "A message was written",
        "reason.added": "A reason for decisions was added",
        "reason.edited": "A reason for decisions was changed",
        "reasons.installed": "The standard reasons were added",
    }
)


@hooks.site_created.register
def give_reasons(site: Site, by: Actor) -> None:
    """A new site begins with the standard reasons."""
    reasons.install_for_site(site=site, by=by)


@hooks.held_work.register
def held_work(user_id: int, site_id: int) -> list[Held]:
    """Ideas that are not ended, and open enquiries."""
    kinds = ((members.INNOVATIONS, "ideas"), (members.ENQUIRIES, "enquiries"))
    return [
        Held(kind, label, members.held(kind=kind, user_id=user_id, site_id=site_id).count())
        for kind, label in kinds
    ]


@hooks.reassign_work.register
def reassign_work(
    kind: str, from_user_id: int, to_user_id: int | None, site_id: int, by: Actor
) -> int:
    """Hand over what somebody held."""
    return members.reassign(
        kind=kind, from_user_id=from_user_id, to_user_id=to_user_id, site_id=site_id, by=by
    )


def load_reference_data(sender, using: str = "default", **kwargs) -> None:
    """After every migrate: publish new checklists, and give reasons to sites that have none."""
    by = system("portfolio.reference_data")
    if (
        using != "default"
        or "portfolio_checklist" not in connections[using].introspection.table_names()
    ):
        return
    try:
        with transaction.atomic():
            checklists.load_checklists(by=by)
            reasons.install_where_missing(by=by)
            templates.install_where_missing(by=by)
    except (OperationalError, ProgrammingError) as error:
        # Migrating to an older state: the tables are not those of this code. The next full migrate loads.
        logger.warning("reference data was not loaded: %s", error)


post_migrate.connect(
    load_reference_data,
    sender=apps.get_app_config("portfolio"),
    dispatch_uid="portfolio.reference_data",
)


# -- the front door -----------------------------------------------------------
hooks.add_settings(
    SettingsItem(
        "Front door",
        "Open or close it, its privacy notice, and how soon you answer.",
        "portfolio:front_door_settings",
        "portfolio.manage_front_door",
        order=30,
    )
)
hooks.add_network_pages(
    NavItem(
        "Ideas to send on",
        "portfolio:routing",
        "portfolio.route_submission",
        order=10,
        covers=frozenset({"portfolio:route_idea"}),
        hint="People who were not sure which site should read their idea.",
    )
)
hooks.event_words.update(
    {
        "enquiry.redacted": "Details were blacked out in an enquiry",
        "draft.started": "An idea was begun",
        "draft.saved": "An idea that is not sent was saved",
        "draft.link_mailed": "The link to an idea that is not sent was mailed",
        "draft.deleted": "An idea that was not sent was deleted",
        "draft.expired": "An idea that nobody sent was deleted",
        "submission.sent": "An idea was sent",
        "submission.asked_again": "The confirming message was sent again",
        "submission.confirmed": "An idea was confirmed by its sender",
        "submission.entered": "An idea was entered for somebody",
        "submission.routed": "An idea was sent on to a site",
        "submission.reminded": "A sender was reminded to confirm an idea",
        "submission.expired": "An idea that nobody confirmed was deleted",
        "submission.link_mailed": "The link to an idea was mailed again",
        "submission.link_renewed": "The link to an idea was renewed",
        "submission.withdrawn": "An idea was withdrawn by its sender",
        "innovation.received": "An idea was received",
        "innovation.withdrawn": "An idea was withdrawn by its sender here",
        "front_door.changed": "The front door changed",
        "import.started": "A file was sent for import",
        "import.finished": "An import was finished",
        "import.failed": "A file could not be imported",
        "import.file_deleted": "The file of an import was deleted",
        "import.counted_again": "A file was sent again and counted anew",
        "import.mapped": "The columns of a file were explained",
        "import.confirmed": "A counted import was confirmed",
        "import.undo_started": "The undoing of an import was begun",
        "import.undone": "An import was undone",
        "import.undo_failed": "The undoing of an import stopped",
        "innovation.imported": "An innovation was imported",
        "innovation.taken_out": "An innovation was taken out with its import",
    }
)


@hooks.work.register
def ideas_to_send_on(user) -> list[WorkList]:
    """For coordinators: ideas that wait for a site."""
    waiting = routing.oldest_ideas_to_route(user.viewer)
    if not waiting:
        return []
    items = [
        WorkItem(
            title=idea.title,
            href=reverse(
                "portfolio:route_idea", kwargs={"network": idea.network.slug, "ref": idea.ref}
            ),
            site_name=idea.network.name,
            why="Choose the site that should read it",
            since=idea.confirmed_at,
        )
        for idea in waiting
        if idea.network
    ]
    first = waiting[0].network
    more = reverse("portfolio:routing", kwargs={"network": first.slug}) if first else ""
    return [WorkList("Ideas to send on to a site", items, more_href=more)]


@hooks.work.register
def ideas_i_sent(user) -> list[WorkList]:
    """For whoever sent ideas while signed in: where they are."""
    items = [
        WorkItem(
            title=idea.submission.title,
            href=idea.href,
            site_name=", ".join(answer.innovation.site.name for answer in idea.answers),
            why=idea.words,
            since=idea.submission.created_at,
        )
        for idea in tracking.ideas_sent_by(user.viewer)
    ]
    return [WorkList("Ideas you sent", items, waits=False)] if items else []


@hooks.person_erased.register
def black_out_people(person_ids: list[int], by: Actor) -> None:
    """Their names and addresses go from what they sent and what was written to them."""
    redactions.black_out_people(person_ids=person_ids, by=by)


@hooks.person_erased.register
def forget_drafts(person_ids: list[int], by: Actor) -> None:
    """What these people began and never sent goes with them."""
    submissions.forget_drafts_of(person_ids=person_ids, by=by)


hooks.demo.register(demo.load)

# -- areas with wiring of their own ---------------------------------------------
from portfolio import (  # noqa: E402 - after the portfolio's own demo data
    wiring_asks,  # noqa: F401 - it registers
    wiring_checklists,  # noqa: F401 - likewise
    wiring_decisions,  # noqa: F401 - likewise
    wiring_imports,  # noqa: F401 - likewise
    wiring_messages,  # noqa: F401 - likewise
    wiring_needs,  # noqa: F401 - likewise
    wiring_queue,  # noqa: F401 - likewise
    wiring_similar,  # noqa: F401 - likewise
)
