"""Demo assessors: two at one site, somebody asked, and an interest declared, through the services."""

import datetime as dt

from accounts.models import Site, User
from accounts.queries import account_with, site_by_code
from hubapp.actors import Actor
from hubapp.instants import acting_at, now
from hubapp.workdays import LONDON, add_working_days, london_date
from portfolio.enums import InterestNature, State
from portfolio.models import Assessment, AssessmentRequest, Innovation, Interest
from portfolio.queries.checklists import checklists_in_use
from portfolio.queries.settings import triage_settings_of
from portfolio.services import assessment_requests, assessments, interests
from portfolio.services.settings import change_triage_settings

# At DEMO2, which wants two: both finished and differ on the first; one has finished the second.
BOTH = "Paramedic calls the family doctor first"
ONE = "Show the crew my care plan"
# At DEMO1, which is left light: a reviewer was asked one, the site lead has an interest in the other.
ASKED = "Warning when two medicines quarrel"
INTEREST = "Splint that can be washed"
FIRST = ("yes", "partly", "yes", "yes", "no", "dont_know", "yes", "partly")
SECOND = ("yes", "yes", "yes", "no", "no", "partly", "yes", "partly")


def load(by: Actor) -> None:
    """Make what is not there yet; needs the demo ideas."""
    hub, lead = account_with("hub@demo.example"), account_with("lead@demo.example")
    reviewer = account_with("reviewer@demo.example")
    light, two = site_by_code("DEMO1"), site_by_code("DEMO2")
    if hub is None or lead is None or light is None or two is None:
        return
    settings = triage_settings_of(two)
    if settings.pk is None:
        change_triage_settings(
            site=two, version=settings.version, assessors_wanted=2, by=lead.actor
        )
    for title, values in ((BOTH, {hub: FIRST, lead: SECOND}), (ONE, {hub: SECOND})):
        idea = _idea(two, title)
        if idea is None or Assessment.objects.filter(innovation=idea).exists():
            continue
        with acting_at(_soon_after(idea)):
            if lead not in values:
                assessment_requests.ask(innovation=idea, assessor=lead, by=hub.actor)
            for user, said in values.items():
                _assess(idea, user, said)
    idea = _idea(light, ASKED)
    if reviewer and idea and not AssessmentRequest.objects.filter(innovation=idea).exists():
        with acting_at(_soon_after(idea)):
            due_on = add_working_days(london_date(now()), 10)
            assessment_requests.ask(innovation=idea, assessor=reviewer, due_on=due_on, by=hub.actor)
    idea = _idea(light, INTEREST)
    if idea and not Interest.objects.filter(innovation=idea).exists():
        with acting_at(_soon_after(idea)):
            interests.declare(
                innovation=idea,
                user=lead,
                nature=InterestNature.PROFESSIONAL,
                note="Demo note: they helped to write it.",
                by=lead.actor,
            )


def _idea(site: Site, title: str) -> Innovation | None:
    """The demo idea of this title while it waits."""
    return Innovation.objects.filter(site=site, title=title, state=State.WAITING).first()


def _soon_after(idea: Innovation) -> dt.datetime:
    """The working day after an idea arrived, at a London time that has passed."""
    day = add_working_days(london_date(idea.queued_at), 1)
    at = dt.datetime.combine(day, dt.time(15, 20), tzinfo=LONDON).astimezone(dt.UTC)
    return min(at, now() - dt.timedelta(minutes=15))


def _assess(idea: Innovation, user: User, values: tuple[str, ...]) -> None:
    checklist = checklists_in_use(idea.site)[0]
    answers = {
        item.code: (value, "Demo note: to be talked over." if value == "no" else "")
        for item, value in zip(checklist.items.all(), values, strict=False)
    }
    saved = assessments.save_answers(
        innovation=idea, checklist=checklist, answers=answers, assessor=user, by=user.actor
    )
    assessments.finish(assessment=saved, by=user.actor)
