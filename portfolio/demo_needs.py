"""Demo needs, calls and classification at DEMO1, through the services; told once, whatever was changed since."""

import datetime as dt
from typing import Any, NamedTuple

from accounts.models import Site
from accounts.queries import account_with, site_by_code
from hubapp.actors import Actor, link
from hubapp.instants import acting_at, now
from hubapp.workdays import LONDON, london_date
from portfolio.enums import NeedKind, SubmitterKind
from portfolio.models import Call, Innovation, Need
from portfolio.services import calls, classification, needs, submissions

ONCE = "demo-need-{}"


class DemoNeed(NamedTuple):
    """A need, and the titles of the demo ideas that serve it."""

    kind: str
    title: str
    statement: str
    evidence: str
    # The name of a team; empty: the demo site lead owns it.
    team: str
    ideas: tuple[str, ...]


NEEDS = (
    DemoNeed(
        NeedKind.PRIORITY,
        "Home by lunchtime",
        "Patients who are well enough to go home wait until the evening, so that nobody can be moved up "
        "from the emergency department before night. We want two in three to leave before 1pm.",
        "Invented figures: 22 in 100 leave before 1pm; on 9 days in 10 the last bed is freed after 6pm.",
        "",
        ("Discharge letters ready by noon", "Physiotherapist in the emergency department"),
    ),
    DemoNeed(
        NeedKind.PROBLEM,
        "Nobody knows whom to ask about an appointment",
        "People who get a letter about an appointment cannot find out when, where and why, "
        "and ring four numbers until somebody can tell them.",
        "Invented figures: 140 calls a day reach the wrong desk. Complaints name the letters most often.",
        "Demo outpatient improvement group",
        (
            "One number to ring about outpatient letters",
            "Text message before a home visit",
            "Tell us when the clinic runs late",
        ),
    ),
    DemoNeed(
        NeedKind.PRIORITY,
        "Fewer falls on wards at night",
        "Patients fall on their way to the toilet between 2am and 5am, when few staff are about "
        "and the light is off.",
        "Invented figures: 31 of 50 falls last winter happened at night, 6 with a fracture.",
        "Demo falls group",
        (),
    ),
)

ADOPT = {"focus": "adoption", "origin": "imported"}
INVENT = {"focus": "invention", "origin": "home_grown"}
SELL = {"focus": "commercialisation", "origin": "imported"}

CLASSIFIED: dict[str, dict[str, Any]] = {
    "Discharge letters ready by noon": {**INVENT, "category": "models_of_care", "care_setting": "acute",
        "benefit_areas": ["care", "pressure"], "priority": "high", "tags": ["discharge", "flow"]},
    "One number to ring about outpatient letters": {"category": "other", "care_setting": "acute",
        "benefit_areas": ["care"], "tags": ["outpatients", "letters"]},
    "Wearable sensor for early pressure damage": {**SELL, "category": "medical_device", "trl": 6,
        "care_setting": "acute", "benefit_areas": ["care", "inequalities"], "tags": ["skin"]},
    "Shared list of who speaks which language": {**INVENT, "category": "digital", "care_setting": "acute",
        "benefit_areas": ["inequalities", "staff"], "tags": ["language"]},
    "Pharmacist at the pre-operative clinic": {**ADOPT, "category": "models_of_care", "care_setting": "acute",
        "benefit_areas": ["care", "pressure"], "tags": ["surgery", "medicines"], "further_types": ["medicine"]},
    "Same-day heart failure clinic": {**ADOPT, "category": "models_of_care", "care_setting": "community",
        "benefit_areas": ["care", "pressure"], "tags": ["flow"]},
    "Speech test for early Parkinson's disease": {"focus": "commercialisation", "origin": "home_grown",
        "category": "ai", "trl": 4, "benefit_areas": ["care", "strategic"], "further_types": ["device"]},
    "Quieter bins on night wards": {**ADOPT, "category": "estates", "care_setting": "acute",
        "benefit_areas": ["care"], "tags": ["nights"], "priority": "normal"},
    "Carers stay during the memory clinic": {**INVENT, "category": "models_of_care", "care_setting": "mental_health",
        "benefit_areas": ["care", "inequalities"], "tags": ["carers", "outpatients"]},
    "Scheduling engine for theatre lists": {**SELL, "category": "digital", "trl": 8, "care_setting": "acute",
        "benefit_areas": ["pressure"], "tags": ["surgery"]},
    "Photograph instead of fax for ECGs": {**ADOPT, "category": "digital", "care_setting": "community",
        "benefit_areas": ["care", "staff"], "priority": "high"},
    "A map for wheelchair users": {**INVENT, "category": "estates", "care_setting": "acute",
        "benefit_areas": ["inequalities"], "tags": ["access"]},
    "Ready-made syringes for the emergency trolley": {**ADOPT, "category": "pharmaceutical", "trl": 9,
        "care_setting": "acute", "benefit_areas": ["care", "staff"], "tags": ["medicines"]},
    "Physiotherapist in the emergency department": {**ADOPT, "category": "models_of_care", "care_setting": "acute",
        "benefit_areas": ["pressure"], "tags": ["flow", "falls"]},
    "Teaching kitchen for kidney patients": {"focus": "invention", "origin": "imported", "category": "food",
        "care_setting": "community", "benefit_areas": ["care"], "further_types": ["service"]},
    "Text message before a home visit": {**ADOPT, "category": "digital", "care_setting": "community",
        "benefit_areas": ["pressure"], "tags": ["letters"]},
    "Cooling cap without ice": {**SELL, "category": "medical_device", "trl": 7, "care_setting": "acute",
        "benefit_areas": ["care"], "priority": "normal", "tags": ["cancer"]},
    "Swap board for unwanted shifts": {**INVENT, "category": "other", "benefit_areas": ["staff"],
        "priority": "low", "tags": ["rota"]},
    "Warning when two medicines quarrel": {**INVENT, "category": "data", "care_setting": "acute",
        "benefit_areas": ["care", "staff"], "tags": ["medicines"]},
    "Splint that can be washed": {**ADOPT, "category": "medical_device", "trl": 9, "benefit_areas": ["pressure"],
        "priority": "high", "tags": ["surgery"]},
    "Spare chargers for ward tablets": {**INVENT, "category": "estates", "benefit_areas": ["staff"]},
}  # fmt: skip


def load(by: Actor) -> None:
    """Make what is not there yet; needs the ideas of :mod:`portfolio.demo`."""
    site, lead = site_by_code("DEMO1"), account_with("lead@demo.example")
    hub = account_with("hub@demo.example")
    assert site is not None, "accounts.demo comes first"
    assert hub is not None, "accounts.demo comes first"
    by = hub.actor
    if Need.objects.filter(site=site, once_key=f"{site.pk}:{ONCE.format(1)}").exists():
        return
    made = []
    today, begun = london_date(now()), _at(190)
    # An NHS year begins in April.
    april = dt.date(today.year - (today.month < 4), 4, 1)
    for number, need in enumerate(NEEDS, start=1):
        with acting_at(begun):
            made.append(
                needs.add(
                    site=site,
                    kind=need.kind,
                    title=need.title,
                    statement=need.statement,
                    evidence=need.evidence,
                    owner=None if need.team or lead is None else lead,
                    owner_words=need.team,
                    valid_from=min(april, london_date(begun)),
                    once_key=ONCE.format(number),
                    by=by,
                )
            )
        for idea in Innovation.objects.filter(site=site, title__in=need.ideas):
            with acting_at(min(idea.created_at + dt.timedelta(hours=3), now())):
                needs.link(need=made[-1], innovation=idea, by=by)
    for title, said in CLASSIFIED.items():
        for idea in Innovation.objects.filter(site=site, title=title):
            with acting_at(min(idea.updated_at + dt.timedelta(minutes=4), now())):
                classification.classify(innovation=idea, by=by, **said)
    _closed_call(site, made[1], by)
    with acting_at(_at(12)):
        calls.add(
            need=made[2],
            title="How can our wards be safer at night?",
            words="Anybody who works, stays or visits here can send an idea: light, signs, furniture, "
            "rounds, anything. It need not be new; it has to fit a ward at 3am. We answer everybody "
            "within four weeks and try the two best with one ward.",
            closes_on=today + dt.timedelta(days=20),
            publish=True,
            by=by,
        )


def _closed_call(site: Site, need: Need, by: Actor) -> Call:
    """A call that is over, and the idea that came by it."""
    opened, sent, last = _at(80), _at(66), london_date(_at(50))
    with acting_at(opened):
        call = calls.add(
            need=need,
            title="What would make our letters clear?",
            words="Tell us what you could not find in a letter of ours, and what you would change.",
            closes_on=last,
            publish=True,
            by=by,
        )
    with acting_at(sent):
        submission = submissions.send_draft(draft=_draft(site, call), by=link("front-door"))
    with acting_at(sent + dt.timedelta(minutes=11)):
        submissions.confirm(submission=submission, by=link(submission.ref))
    return call


def _draft(site: Site, call: Call) -> Any:
    sender = link("front-door")
    draft = submissions.start_draft(
        submitter_kind=SubmitterKind.PUBLIC,
        entry_site=site,
        answers={"sites": [site.code], "network": None, "call": call.ref},
        by=sender,
    )
    return submissions.save_draft(
        draft=draft,
        by=sender,
        answers={
            "title": "The date and the door on the first line",
            "problem": "The date of my appointment was on the second page, under the parking prices.",
            "for_whom": "Everybody who gets a letter, most of all people who see badly.",
            "idea": "Put the date, the time and the entrance on the first line, in large letters.",
            "innovation_type": "service",
            "is_confidential": False,
        },
        person={"name": "Demo Letter Reader", "email": "demo1-call1@demo.example"},
    )


def _at(days_ago: int) -> dt.datetime:
    """10:15 in London so many days ago, and never in the future."""
    day = london_date(now()) - dt.timedelta(days=days_ago)
    at = dt.datetime.combine(day, dt.time(10, 15), tzinfo=LONDON).astimezone(dt.UTC)
    return min(at, now() - dt.timedelta(minutes=5))
