"""What questions to one person and the eight questions register with the rooms below."""

from hubapp import hooks, notifications
from hubapp.actors import Actor
from hubapp.hooks import NavItem
from portfolio import demo_asks, mails_asks
from portfolio.queries import asks as queries
from portfolio.queries import screening, timeline
from portfolio.services import asks

for _kind in ("ask", "ask_reminder", "ask_withdrawn", "ask_code"):
    notifications.register(f"portfolio.{_kind}", getattr(mails_asks, _kind))

# For those who sign for a function alone: where a site asks none of this, its desk need not see it.
hooks.add_navigation(
    NavItem(
        "Coming",
        "portfolio:coming",
        "portfolio.view_coming",
        order=40,
        hint="Ideas that will need the functions you sign for.",
        only=screening.signs_for_a_function,
    )
)
hooks.work.register(queries.work_of)
hooks.work.register(screening.work_of)
hooks.references["portfolio.ask"] = queries.ask_links
timeline.further.register(queries.entries_of)
hooks.event_words.update(
    {
        "ask.asked": "Somebody was asked about an idea",
        "ask.reminded": "Somebody who was asked was reminded",
        "ask.withdrawn": "A question was taken back",
        "ask.renewed": "A new link to a question was sent",
        "ask.expired": "A question was not answered in time",
        "ask.code_sent": "A code to answer a question was sent",
        "ask.code_refused": "A wrong code was typed",
        "ask.opened": "A question was opened with a code",
        "ask.saved": "An answer was begun",
        "ask.answered": "A question was answered",
        "ask.link_wanted": "A new link to a question was asked for",
        "ask.redacted": "Details were blacked out in a question",
        "innovation.screened": "The eight questions were answered",
    }
)


@hooks.person_erased.register
def forget_whoever_was_asked(person_ids: list[int], by: Actor) -> None:
    """What they were asked is taken back or loses their names."""
    asks.forget_people(person_ids=person_ids, by=by)


hooks.demo.register(demo_asks.load)
