"""Demo ideas that look alike, and a published summary, through the services."""

import datetime as dt

from accounts.queries import account_with, site_by_code
from hubapp.actors import Actor, system
from hubapp.instants import acting_at, now
from portfolio.enums import SubmitterKind
from portfolio.queries.similar import demo_idea, published_at
from portfolio.services import publishing, similar, submissions

# What is there already (portfolio.demo), and what somebody else sent in other words.
FIRST = "Tell us when the clinic runs late"
SECOND = "Tell patients when a clinic is running late"
PUBLISHED = "A map for wheelchair users"


def load(by: Actor) -> None:
    """A near-duplicate of one demo idea, and a summary of another for the public; what is there stays."""
    hub, site = account_with("hub@demo.example"), site_by_code("DEMO1")
    if hub is None or site is None:
        return
    with acting_at(now() - dt.timedelta(hours=3)):
        submissions.add_on_behalf(
            site=site,
            title=SECOND,
            problem="People ring the ward because nobody told them that the clinic is late.",
            for_whom="Everybody who waits, and the demo receptionists.",
            idea="Send a text message when the delay is more than half an hour.",
            submitter_kind=SubmitterKind.STAFF,
            once_key="demo-similar",
            by=hub.actor,
        )
        published = demo_idea(site, PUBLISHED)
        if published and not published_at(site).exists():
            publishing.publish(
                innovation=published,
                summary="We are drawing a map of the hospital that shows only ways without steps.",
                by=hub.actor,
            )
    # The worker does this too; whoever opens the demo at once sees it at once.
    for title in (FIRST, SECOND):
        innovation = demo_idea(site, title)
        if innovation:
            similar.find_similar(innovation=innovation, by=system("portfolio.demo"))
