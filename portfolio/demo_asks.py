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
from portfolio.queries.settings import triage_settings_of
from portfolio.services import asks, screening, settings

YES, NO = YesNo.YES, YesNo.NO
STERILE_SERVICES = "sterile.services@demo.example"

# Title → how many working days after it came, which questions said yes, and which said no; the
# rest nobody knows yet.
SCREENED: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    "Cooling cap without ice": (
        2, ("supplier", "device", "recurrent-cost"), ("ai", "building-work"),
    ),
    "Evening blood tests": (
        10, ("staffing", "recurrent-cost", "personal-data"), ("device", "ai", "supplier"),
    ),
    "Splint that can be washed": (
        1, ("supplier", "device", "patients-own-use"), ("personal-data",),
    ),
    "Search for guidelines that finds them": (1, ("personal-data",), ("device", "building-work")),
    "Warning when two medicines quarrel": (1, ("ai", "personal-data"), ("building-work",)),
    "Text message before a home visit": (
        3,
        ("personal-data", "supplier", "recurrent-cost"),
        ("ai", "device", "building-work", "staffing", "patients-own-use"),
    ),
    "A map for wheelchair users": (2, ("building-work", "patients-own-use"), ("device",)),
}  # fmt: skip


def load(by: Actor) -> None:
    """Make what is not there yet; needs the demo ideas."""
    site, hub = site_by_code("DEMO1"), account_with("hub@demo.example")
    if site is None or hub is None:
        return
    if not triage_settings_of(site).asks_screening:
        _ask_eight_questions(site, by)
    for title, (days, yes, no) in SCREENED.items():
        idea = _idea(site, title)
        if idea is None or idea.screening.exists():
            continue
        with acting_at(_soon_after(idea, days)):
            answers = {**dict.fromkeys(yes, YES), **dict.fromkeys(no, NO)}
            screening.save(innovation=idea, answers=answers, by=hub.actor)
    _answered(site, hub)
    _open(site)


def _ask_eight_questions(site: Site, by: Actor) -> None:
    """The demo site asks them, which a real one does only once it chose to."""
    current = triage_settings_of(site)
    settings.change_triage_settings(site=site, version=current.version, asks_screening=True, by=by)


def _idea(site: Site, title: str) -> Innovation | None:
    return Innovation.objects.filter(site=site, title=title).select_related("site").first()


def _soon_after(idea: Innovation, working_days: int) -> dt.datetime:
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
            email=STERILE_SERVICES,
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
