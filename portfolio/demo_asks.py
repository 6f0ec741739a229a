"""Demo questions to one person, and the eight questions, through the services."""

import datetime as dt

from accounts.enums import Function
from accounts.models import Person, Site, User
from accounts.queries import account_with, site_by_code
from hubapp.actors import Actor, asked
from hubapp.instants import acting_at, now
from hubapp.workdays import LONDON, add_working_days, london_date
from portfolio.enums import AskKind, AskProof, AskShows, YesNo
from portfolio.models import Innovation
from portfolio.services import asks, screening

YES, NO = YesNo.YES, YesNo.NO
EMPLOYEE = "medical.physics@demo.example"

# Title → which questions said yes; those named after them said no, the rest nobody knows yet.
SCREENED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Cooling cap without ice": (("supplier", "device", "recurrent-cost"), ("ai", "building-work")),
    "Evening blood tests": (("staffing", "recurrent-cost"), ("device", "ai", "supplier")),
    "Splint that can be washed": (("supplier", "device", "patients-own-use"), ("personal-data",)),
    "Search for guidelines that finds them": (("personal-data",), ("device", "building-work")),
    "Warning when two medicines quarrel": (("ai", "personal-data"), ("building-work",)),
    "Text message before a home visit": (
        ("personal-data", "supplier", "recurrent-cost"),
        ("ai", "device", "building-work", "staffing", "patients-own-use"),
    ),
    "A map for wheelchair users": (("building-work", "patients-own-use"), ("device",)),
}


def load(by: Actor) -> None:
    """Make what is not there yet; needs the demo ideas."""
    site, hub = site_by_code("DEMO1"), account_with("hub@demo.example")
    if site is None or hub is None:
        return
    for title, (yes, no) in SCREENED.items():
        idea = _idea(site, title)
        if idea is None or idea.screening.exists():
            continue
        with acting_at(_soon_after(idea)):
            answers = {**dict.fromkeys(yes, YES), **dict.fromkeys(no, NO)}
            screening.save(innovation=idea, answers=answers, by=hub.actor)
    _answered(site, hub)
    _open(site)


def _idea(site: Site, title: str) -> Innovation | None:
    return Innovation.objects.filter(site=site, title=title).select_related("site").first()


def _soon_after(idea: Innovation, working_days: int = 1) -> dt.datetime:
    """Some working days after an idea arrived, at a London time that has passed."""
    day = add_working_days(london_date(idea.queued_at), working_days)
    at = dt.datetime.combine(day, dt.time(14, 10), tzinfo=LONDON).astimezone(dt.UTC)
    return min(at, now() - dt.timedelta(minutes=20))


def _answered(site: Site, hub: User) -> None:
    """Somebody outside was asked for an opinion, and gave it."""
    idea = _idea(site, "Splint that can be washed")
    if idea is None or idea.asks.exists():
        return
    with acting_at(_soon_after(idea, 2)):
        ask = asks.ask(
            innovation=idea,
            kind=AskKind.OPINION,
            question="Does your steriliser take splints of this material, and how many a day?",
            shows=AskShows.TEXTS,
            name="Demo Sterile Services Manager",
            email=EMPLOYEE,
            once_key="demo",
            by=hub.actor,
        )
    with acting_at(_soon_after(idea, 4)):
        asks.answer(
            ask=ask,
            proof=AskProof.CODE,
            text="Yes. It stands 134 degrees, and we have room for about forty a day. "
            "Somebody has to count them back in from the clinic.",
            by=asked(ask.ref),
        )


def _open(site: Site) -> None:
    """A member who signs for information governance has been asked for a yes or a no; the clock waits."""
    reviewer = account_with("reviewer@demo.example")
    hub = account_with("hub@demo.example")
    idea = _idea(site, "Evening blood tests")
    if reviewer is None or hub is None or idea is None or idea.asks.exists():
        return
    person: Person = reviewer.person
    with acting_at(now() - dt.timedelta(days=1, hours=2)):
        asks.ask(
            innovation=idea,
            kind=AskKind.SIGN_OFF,
            question="May the evening list be shared with the portering team, names included?",
            person=person,
            function=Function.IG,
            stops_clock=True,
            once_key="demo",
            by=hub.actor,
        )
