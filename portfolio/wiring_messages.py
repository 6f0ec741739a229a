"""What messages, notes, files and templates register with the rooms below."""

from django.urls import reverse

from accounts.models import Site
from hubapp import hooks
from hubapp.actors import Actor
from hubapp.hooks import SettingsItem, WorkItem, WorkList
from portfolio import demo_messages
from portfolio.queries import messages
from portfolio.services import templates

hooks.add_settings(
    SettingsItem(
        "Templates of messages",
        "Words that you write to submitters often.",
        "portfolio:templates",
        "portfolio.manage_templates",
        order=41,
    )
)
hooks.event_words.update(
    {
        "attachment.added": "A file was added",
        "attachment.removed": "A file was removed",
        "mail.received": "A mail came in",
        "note.added": "A note for the team was written",
        "note.mail_settled": "A mail from another address was looked at",
        "template.added": "A template of messages was added",
        "template.edited": "A template of messages was changed",
        "templates.installed": "The standard templates of messages were added",
    }
)


@hooks.site_created.register
def give_templates(site: Site, by: Actor) -> None:
    """A new site begins with the standard templates."""
    templates.install_for_site(site=site, by=by)


@hooks.work.register
def mails_to_look_at(user) -> list[WorkList]:
    """For the desk: mails to an idea's thread that were not taken as the submitter's."""
    items = [
        WorkItem(
            title=note.innovation.title,
            href=reverse(
                "portfolio:innovation",
                kwargs={"site": note.innovation.site.slug, "ref": note.innovation.ref},
            )
            + "#notes",
            site_name=note.innovation.site.name,
            why="A mail came that is not plainly the submitter’s: say whether it is",
            since=note.at,
        )
        for note in messages.mails_that_wait(user.viewer)
    ]
    return [WorkList("Mails to look at", items, comes_first=True)] if items else []


hooks.demo.register(demo_messages.load)
