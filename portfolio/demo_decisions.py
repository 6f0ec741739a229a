"""Demo ideas that were signposted, parked, merged, held, exempted and declined, through the services.

They are as old as their stories need, counted from today; a second run adds nothing.
"""

import datetime as dt
from collections.abc import Callable

from accounts.enums import Function, OrganisationKind
from accounts.models import Site, User
from accounts.queries import account_with, site_by_code
from accounts.services.organisations import ensure_organisation
from hubapp.actors import Actor, link
from hubapp.instants import acting_at, now
from hubapp.workdays import add_working_days, london_date
from portfolio.demo import (
    DEVICE,
    DIGITAL,
    OTHER,
    PUBLIC,
    SERVICE,
    STAFF,
    UNIVERSITY,
    DemoIdea,
    after,
    tell,
)
from portfolio.enums import DecisionKind, Exemption, FollowUpOutcome, StopReason, WaitsOn
from portfolio.models import DecisionReason, Innovation
from portfolio.services import decisions, holds, messages

Story = Callable[[Innovation, User], None]


def load(by: Actor) -> None:
    """Tell each story at DEMO1 once; needs the demo sites and sign-ins."""
    hub, site = account_with("hub@demo.example"), site_by_code("DEMO1")
    if hub is None or site is None:
        return
    for name, idea, story in STORIES:
        innovation = tell(site, idea, f"demo1-{name}@demo.example", hub)
        if innovation is not None:
            innovation.refresh_from_db()
            story(innovation, hub)
    _merge(site, hub)


def _decide(innovation: Innovation, hub: User, kind: str, code: str, **details) -> None:
    """Decide in the site's standard words."""
    innovation.refresh_from_db()
    reason = DecisionReason.objects.get(site_id=innovation.site_id, kind=kind, code=code)
    decisions.decide(
        innovation=innovation,
        kind=kind,
        reason_code=code,
        words=reason.words,
        next_step=reason.next_step,
        by=hub.actor,
        **{"would_change": reason.would_change, **details},
    )


def _start(innovation: Innovation) -> dt.datetime:
    return innovation.queued_at


def _signpost(innovation: Innovation, hub: User) -> None:
    at = after(_start(innovation), 6, 11)
    with acting_at(at):
        academy = ensure_organisation(
            name="Demo Improvement Academy", kind=OrganisationKind.NHS_PROVIDER, by=hub.actor
        )
        _decide(
            innovation,
            hub,
            DecisionKind.SIGNPOST,
            "quality-improvement",
            organisation=academy,
            contact_name="Demo Improvement Lead",
            contact_email="improvement-lead@demo.example",
            introduction="Hello\n\nA ward would like to change when it gives out the menus. It needs no "
            "invention, and you help with changes like this. We have told them about you.",
            follow_up_on=add_working_days(london_date(at), 20),
        )


def _signpost_research(innovation: Innovation, hub: User) -> None:
    at = after(_start(innovation), 9, 14)
    with acting_at(at):
        research = ensure_organisation(
            name="Demo University Clinical Trials Unit",
            kind=OrganisationKind.UNIVERSITY,
            by=hub.actor,
        )
        _decide(innovation, hub, DecisionKind.SIGNPOST, "research", organisation=research)
    with acting_at(after(at, 15, 9)):
        innovation.refresh_from_db()
        decisions.follow_up(
            innovation=innovation,
            outcome=FollowUpOutcome.TAKEN_UP,
            note="They are writing a bid together.",
            by=hub.actor,
        )


def _park_until_a_day(innovation: Innovation, hub: User) -> None:
    with acting_at(after(_start(innovation), 8, 15)):
        until = london_date(now()) + dt.timedelta(days=150)
        _decide(innovation, hub, DecisionKind.PARK, "not-now", until_on=until)


def _park_until_something(innovation: Innovation, hub: User) -> None:
    with acting_at(after(_start(innovation), 5, 10)):
        _decide(
            innovation,
            hub,
            DecisionKind.PARK,
            "waits-for-decision",
            until_what="The demo trust has chosen its new electronic record",
        )


def _hold(innovation: Innovation, hub: User) -> None:
    start = _start(innovation)
    with acting_at(after(start, 1, 9)):
        innovation.refresh_from_db()
        messages.acknowledge(innovation=innovation, by=hub.actor)
    with acting_at(after(start, 2, 10)):
        _decide(innovation, hub, DecisionKind.ASK, "who-benefits")
    sender = link(innovation.submission.ref) if innovation.submission else hub.actor
    with acting_at(after(start, 5, 16)):
        innovation.refresh_from_db()
        messages.write_to_hub(
            innovation=innovation,
            body="About 40 people a week ring us because of it, most of them after an operation.",
            by=sender,
        )
    with acting_at(after(start, 9, 11)):
        innovation.refresh_from_db()
        holds.hold(
            innovation=innovation,
            waits_on=WaitsOn.FUNCTION,
            function=Function.IG,
            reason=StopReason.ASSURANCE,
            by=hub.actor,
        )


def _exempt(innovation: Innovation, hub: User) -> None:
    with acting_at(after(_start(innovation), 3, 12)):
        innovation.refresh_from_db()
        holds.exempt(
            innovation=innovation,
            reason=Exemption.TECHNICAL,
            note="The demo mail server was down for a week, so nobody could answer.",
            by=hub.actor,
        )


def _decline(innovation: Innovation, hub: User) -> None:
    with acting_at(after(_start(innovation), 7, 13)):
        _decide(
            innovation,
            hub,
            DecisionKind.DECLINE,
            "not-enough-evidence",
            would_change="Figures of one ward, before and after, for four weeks.",
        )


def _nothing_more(innovation: Innovation, hub: User) -> None:
    """Where it is, it stays."""


STORIES: tuple[tuple[str, DemoIdea, Story], ...] = (
    (
        "signposted",
        DemoIdea(
            41, STAFF, SERVICE, "Menus the evening before",
            "Patients choose lunch while they are at breakfast and many are asleep.",
            "Patients on the demo wards, and the kitchen.",
            "Give out the menus the evening before and collect them with the drugs round.",
        ),
        _signpost,
    ),
    (
        "research",
        DemoIdea(
            64, UNIVERSITY, DIGITAL, "Predict falls from footsteps",
            "Falls are predicted from a questionnaire that nobody has time for.",
            "Older patients on medical wards.",
            "A mat that listens to footsteps. We need a place to find out whether it works.",
        ),
        _signpost_research,
    ),
    (
        "parked",
        DemoIdea(
            30, STAFF, DEVICE, "Scanner for empty cylinders",
            "Oxygen runs out because nobody knows which cylinders are empty.",
            "Porters and the demo respiratory ward.",
            "A scanner at the door of the store that counts what goes out.",
        ),
        _park_until_a_day,
    ),
    (
        "waits-for-record",
        DemoIdea(
            24, OTHER, DIGITAL, "Allergies read aloud at the bedside",
            "Allergies are in the record and nobody opens it before the first dose.",
            "Patients who cannot speak for themselves.",
            "The record reads them out when the wristband is scanned.",
        ),
        _park_until_something,
    ),
    (
        "held",
        DemoIdea(
            19, PUBLIC, DIGITAL, "See my wound photographs at home",
            "The nurse takes a photograph, and I have to ring to hear whether it heals.",
            "People who go home with a wound.",
            "Let us see the photographs, with what the nurse wrote.",
            assigned=True,
        ),
        _hold,
    ),
    (
        "exempt",
        DemoIdea(
            33, STAFF, SERVICE, "Porters see the whole day’s moves",
            "Porters are told of one move at a time and cross the site for nothing.",
            "Porters, and patients who wait for them.",
            "One list of today's planned moves on the porters' screens.",
        ),
        _exempt,
    ),
    (
        "useful-no",
        DemoIdea(
            38, STAFF, DEVICE, "Warm blankets in the scanner room",
            "The scanner room is cold and patients shiver, so pictures blur.",
            "Patients who are scanned.",
            "A cabinet that warms blankets, next to the door.",
        ),
        _decline,
    ),
    (
        "merged-into",
        DemoIdea(
            22, STAFF, SERVICE, "One phone list for the whole site",
            "Every ward keeps its own list of numbers and none is right.",
            "Everybody who rings anybody.",
            "One list that each team keeps up for itself.",
            assigned=True,
        ),
        _nothing_more,
    ),
    (
        "merged",
        DemoIdea(
            15, PUBLIC, DIGITAL, "A telephone directory that is right",
            "I was put through four times before I reached the clinic.",
            "Patients, and switchboard staff.",
            "A directory that patients can look at too.",
            written=((1, True, "The switchboard told me that they would be glad of it."),),
        ),
        _nothing_more,
    ),
)  # fmt: skip


def _merge(site: Site, hub: User) -> None:
    """The two ideas about telephone numbers go on as one."""
    of = {
        name: site.innovations.filter(
            submission__submitter__email=f"demo1-{name}@demo.example"
        ).first()
        for name in ("merged", "merged-into")
    }
    merged, into = of["merged"], of["merged-into"]
    if merged is None or into is None or not merged.is_in_triage or not into.is_in_triage:
        return
    with acting_at(after(merged.queued_at, 3, 11)):
        _decide(merged, hub, DecisionKind.MERGE, "same-problem", into=into)
