"""What lists of ideas are filtered by and in which orders they come: the queue, the portfolio, saved views, files."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.enums import Function
from accounts.models import Site, User
from accounts.viewers import Viewer
from hubapp.db.search import Holding, fold
from hubapp.db.spelling import HoldingNear, near_words
from hubapp.refs import normalise_ref
from hubapp.workdays import LONDON, add_working_days, is_working_day, london_date
from portfolio.enums import (
    BENEFIT_BITS,
    ENDED,
    IN_TRIAGE,
    LISTED_STATES,
    BenefitArea,
    Focus,
    IdeaSource,
    InnovationType,
    LabelKind,
    Origin,
    Priority,
    WaitsOn,
)
from portfolio.models import Innovation, InnovationLabel, Need, NeedLink
from portfolio.queries.needs import serving_none
from portfolio.queries.similar import with_similar
from portfolio.queries.triage import ME, NOBODY, NOT_SAID, Offered, ideas_of_site
from portfolio.validators import LONGEST_TAG

LONGEST_SEARCH = 200
# Values of several filters that are no codes of ours.
NONE, ANY, YES = "none", "any", "yes"
NEW_AGE, MIDDLE_AGE, OLD_AGE = "5", "20", "older"
OVERDUE, SOON, UNACKNOWLEDGED, LATE_TO_ACKNOWLEDGE = "overdue", "soon", "unacknowledged", "ack-late"
MESSAGE, ANSWER = "message", "answer"
OF_FUNCTION = "function-"
# Every state that may still become something: those of the portfolio's balance.
GOES_ON = "goes-on"
# How soon is soon, in working days.
SOON_DAYS = 5

# Name in the address → (the column, the words). Each comes straight from an index.
ORDERS = {
    "oldest": ("queued_at", "Oldest first"),
    "newest": ("-queued_at", "Newest first"),
    "due": ("sort_due", "Due soonest"),
    "changed": ("-updated_at", "Last changed"),
}
OLDEST = "oldest"

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is filtered by, "" for no filter; and its order."""

    q: str = ""
    state: str = ""
    assignee: str = ""
    due: str = ""
    new: str = ""
    type: str = ""
    source: str = ""
    focus: str = ""
    origin: str = ""
    benefit: str = ""
    priority: str = ""
    age: str = ""
    waits: str = ""
    tag: str = ""
    need: str = ""
    similar: str = ""
    order: str = OLDEST

    @property
    def active(self) -> int:
        """How many are on; an order is no filter."""
        return len(self.as_dict())

    def as_dict(self) -> dict[str, str]:
        """Those that are on, by name."""
        return {name: value for name, value in asdict(self).items() if value and name != "order"}

    def as_query(self, *, but: str = "") -> str:
        """As they stand in an address, ``but`` one: always in the same order, so that two can be compared."""
        given = self.as_dict()
        if self.order != OLDEST:
            given["order"] = self.order
        given.pop(but, None)
        return urlencode(given)

    @property
    def column(self) -> str:
        """What the list is ordered by."""
        return ORDERS[self.order][0]

    @property
    def order_words(self) -> str:
        """ "oldest first"."""
        words = ORDERS[self.order][1]
        return words[0].lower() + words[1:]


NAMES = tuple(field.name for field in fields(Filters))


@dataclass(frozen=True, slots=True)
class Control:
    """One filter as a page offers it: a list to choose from, or with no choices a field to type in."""

    name: str
    label: str
    choices: Choices
    value: str = ""
    anything: str = "Any"

    @property
    def words(self) -> str:
        """What is chosen, in words."""
        return dict(self.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: its words, and the query without it."""

    label: str
    words: str
    query: str


_WAITS: Choices = [
    (ANY, "Anybody"),
    *WaitsOn.choices,
    *((f"{OF_FUNCTION}{code}", label) for code, label in Function.choices),
]
_FIXED: dict[str, Choices] = {
    "due": [
        (OVERDUE, "Overdue"),
        (SOON, f"In the next {SOON_DAYS} working days"),
        (UNACKNOWLEDGED, "Not acknowledged"),
        (LATE_TO_ACKNOWLEDGE, "Acknowledgement overdue"),
    ],
    "new": [
        (ANY, "A message or an answer"),
        (MESSAGE, "A message from the submitter"),
        (ANSWER, "An answer that was asked for"),
    ],
    "type": [*InnovationType.choices, (NOT_SAID, "Not known yet")],
    "source": [*IdeaSource.choices, (NOT_SAID, "Not known yet")],
    "focus": [*Focus.choices, (NOT_SAID, "Not known yet")],
    "origin": [*Origin.choices, (NOT_SAID, "Not known yet")],
    "benefit": [*BenefitArea.choices, (NOT_SAID, "Not known yet")],
    "priority": [(NONE, "Needs a priority"), *Priority.choices],
    "age": [
        (NEW_AGE, "In the last 5 working days"),
        (MIDDLE_AGE, "5 to 20 working days ago"),
        (OLD_AGE, "More than 20 working days ago"),
    ],
    "waits": _WAITS,
    "similar": [(YES, "Has similar ideas")],
}
QUEUE_STATES: Choices = [(state.value, state.label) for state in IN_TRIAGE]
ALL_STATES: Choices = [
    (GOES_ON, "Any that goes on"),
    *((state.value, state.label) for state in LISTED_STATES),
]
_LABELS = {
    "q": "Words",
    "state": "State",
    "assignee": "Assigned to",
    "due": "Due",
    "new": "New",
    "type": "Type",
    "source": "Comes from",
    "focus": "Focus",
    "origin": "Origin",
    "benefit": "Benefit area",
    "priority": "Priority",
    "age": "Received",
    "waits": "Waits on",
    "tag": "Tag",
    "need": "Need it serves",
    "similar": "Similar ideas",
}
# Those that are always in sight; the others are folded away.
FIRST = ("state", "assignee", "due", "type")
MORE = tuple(name for name in _LABELS if name not in (*FIRST, "q"))


def choices_of(name: str, *, states: Choices, offered: Offered, me: str = "") -> Choices:
    """What one filter offers; [] for those that are typed.

    :param me: the reference of whoever asks, who is offered as "Me"
    """
    if name == "state":
        return states
    if name == "assignee":
        others = [choice for choice in offered.members if choice[0] != me]
        return [(ME, "Me"), (NOBODY, "Nobody"), *others]
    if name == "need":
        return [(NONE, "None"), *offered.needs]
    return _FIXED.get(name, [])


def read_filters(
    data: Mapping[str, str], *, states: Choices, offered: Offered, me: str = ""
) -> Filters:
    """Filters and order from an address; a value that is not offered is no filter."""
    values: dict[str, str] = {}
    for name in NAMES:
        given = data.get(name, "").replace("\x00", "")
        if name == "q":
            values[name] = " ".join(given.split())[:LONGEST_SEARCH]
        elif name == "tag":
            values[name] = fold(given)[:LONGEST_TAG]
        elif name == "order":
            values[name] = given if given in ORDERS else OLDEST
        elif given:
            choices = choices_of(name, states=states, offered=offered, me=me)
            if name in ("assignee", "need") and given not in (ME, NOBODY, NONE):
                given = normalise_ref(given)
            if name == "assignee" and given == me:
                given = ME
            values[name] = given if given in dict(choices) else ""
    return Filters(**values)


def controls_of(
    filters: Filters, *, states: Choices, offered: Offered, me: str = ""
) -> tuple[list[Control], list[Control]]:
    """The filters that are always in sight, and the others. Needs are left out where a site has none."""
    anything = {"assignee": "Anyone", "need": "Any or none", "waits": "Anybody or nobody"}

    def control(name: str) -> Control:
        return Control(
            name,
            _LABELS[name],
            choices_of(name, states=states, offered=offered, me=me),
            getattr(filters, name),
            anything.get(name, "Any"),
        )

    more = [name for name in MORE if name != "need" or offered.needs or filters.need]
    return [control(name) for name in FIRST], [control(name) for name in more]


def chips_of(filters: Filters, *, states: Choices, offered: Offered, me: str = "") -> list[Chip]:
    """Every filter that is on, in words, with what is left without it."""
    chips = []
    for name, value in filters.as_dict().items():
        choices = dict(choices_of(name, states=states, offered=offered, me=me))
        chips.append(Chip(_LABELS[name], choices.get(value, value), filters.as_query(but=name)))
    return chips


# -- filtering -----------------------------------------------------------------------
def filtered(
    rows: QuerySet[Innovation],
    filters: Filters,
    *,
    viewer: Viewer,
    site: Site,
    today: dt.date | None = None,
    waiting: bool = False,
) -> QuerySet[Innovation]:
    """Those that the filters keep, words aside: see :func:`words_of`.

    :param waiting: whether ``rows`` are only what waits for a decision
    """
    asked = _Asked(viewer, site, today or london_date(timezone.now()), waiting)
    for name, value in filters.as_dict().items():
        if name != "q":
            rows = _KEPT[name](rows, value, asked)
    return rows


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, where and when."""

    viewer: Viewer
    site: Site
    today: dt.date
    waiting: bool

    def waits(self, rows: "Rows") -> "Rows":
        """What waits for a decision, said once: of what is said twice PostgreSQL expects few rows."""
        return rows if self.waiting else rows.filter(state__in=IN_TRIAGE)


Rows = QuerySet[Innovation]


def _by_column(column: str) -> Callable[[Rows, str, _Asked], Rows]:
    def kept(rows: Rows, value: str, asked: _Asked) -> Rows:
        return rows.filter(**{column: "" if value in (NOT_SAID, NONE) else value})

    return kept


def _by_state(rows: Rows, value: str, asked: _Asked) -> Rows:
    if value == GOES_ON:
        return rows.exclude(state__in=ENDED)
    return rows.filter(state=value)


def _by_assignee(rows: Rows, value: str, asked: _Asked) -> Rows:
    if value == NOBODY:
        return rows.filter(assignee=None)
    if value == ME:
        return rows.filter(assignee_id=asked.viewer.user_id)
    # Looked up once, and not joined: the index is then asked for that one person.
    return rows.filter(assignee_id=Subquery(User.objects.filter(ref=value).values("pk")[:1]))


def _by_due(rows: Rows, value: str, asked: _Asked) -> Rows:
    if value == OVERDUE:
        return rows.filter(overdue_on(asked.today))
    if value == SOON:
        last = add_working_days(asked.today, SOON_DAYS)
        return rows.filter(sort_due__gte=asked.today, sort_due__lte=last)
    # Whoever was answered otherwise waits for no acknowledgement.
    rows = asked.waits(rows).filter(acknowledge_by__isnull=False, acknowledged_on=None)
    if value == LATE_TO_ACKNOWLEDGE:
        return rows.filter(acknowledge_by__lt=asked.today, exemption="")
    return rows


def overdue_on(today: dt.date) -> Q:
    """Late on a day, and not exempt from the clock."""
    return Q(sort_due__lt=today, exemption="")


def _by_news(rows: Rows, value: str, asked: _Asked) -> Rows:
    new = Q()
    if value in (ANY, MESSAGE):
        new |= Q(has_new_message=True)
    if value in (ANY, ANSWER):
        new |= Q(has_new_answer=True)
    return asked.waits(rows).filter(new)


def with_tag(rows: Rows, value: str) -> Rows:
    """Of these ideas those with a tag."""
    # With the site, which the index of labels begins with: else every label of every site is read.
    tags = InnovationLabel.objects.filter(
        site=OuterRef("site"), kind=LabelKind.TAG, value=value, innovation=OuterRef("pk")
    )
    return rows.filter(Exists(tags))


def _by_tag(rows: Rows, value: str, asked: _Asked) -> Rows:
    return with_tag(rows, value)


def with_benefit(rows: Rows, area: str) -> Rows:
    """Of these ideas those with a benefit area; with "" those with none."""
    if not area:
        return rows.filter(benefits=0)
    bit = BENEFIT_BITS[BenefitArea(area)]
    return rows.alias(benefit_bit=F("benefits").bitand(bit)).filter(benefit_bit__gt=0)


def _by_benefit(rows: Rows, value: str, asked: _Asked) -> Rows:
    return with_benefit(rows, "" if value == NOT_SAID else value)


def _by_age(rows: Rows, value: str, asked: _Asked) -> Rows:
    newer = _midnight(_first_day_within(asked.today, 5))
    older = _midnight(_first_day_within(asked.today, 20))
    if value == NEW_AGE:
        return rows.filter(queued_at__gte=newer)
    if value == MIDDLE_AGE:
        return rows.filter(queued_at__lt=newer, queued_at__gte=older)
    return rows.filter(queued_at__lt=older)


@cache
def _first_day_within(today: dt.date, days: int) -> dt.date:
    """The first day from which ``today`` is at most so many working days away."""
    day = today
    while days >= 0:
        days -= is_working_day(day)
        day -= dt.timedelta(days=1)
    return day + dt.timedelta(days=1)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=LONDON)


def _by_waits(rows: Rows, value: str, asked: _Asked) -> Rows:
    # Only a stopped clock waits for anybody: said, so that the index of what waits is read.
    rows = asked.waits(rows)
    if value == ANY:
        # As "after nothing", which an index can answer.
        return rows.filter(waits_on__gt="")
    if value.startswith(OF_FUNCTION):
        return rows.filter(waits_on_function=value.removeprefix(OF_FUNCTION))
    return rows.filter(waits_on=value)


def _by_need(rows: Rows, value: str, asked: _Asked) -> Rows:
    if value == NONE:
        return serving_none(rows)
    # Looked up once, and not joined: the index of links is then asked for that one need.
    need = Subquery(Need.objects.filter(ref=value).values("pk")[:1])
    return rows.filter(Exists(NeedLink.objects.filter(innovation=OuterRef("pk"), need_id=need)))


def _by_likes(rows: Rows, value: str, asked: _Asked) -> Rows:
    return with_similar(rows, asked.viewer, [asked.site.pk])


_KEPT: dict[str, Callable[[Rows, str, _Asked], Rows]] = {
    "state": _by_state,
    "assignee": _by_assignee,
    "due": _by_due,
    "new": _by_news,
    "type": _by_column("innovation_type"),
    "source": _by_column("source"),
    "focus": _by_column("focus"),
    "origin": _by_column("origin"),
    "benefit": _by_benefit,
    "priority": _by_column("priority"),
    "age": _by_age,
    "waits": _by_waits,
    "tag": _by_tag,
    "need": _by_need,
    "similar": _by_likes,
}


def are_few(filters: Filters) -> bool:
    """Whether something other than the columns of ideas keeps few of a queue: a need that they serve."""
    return filters.need not in ("", NONE)


# -- words -------------------------------------------------------------------------------
def words_of(filters: Filters, site: Site, *, waiting: bool = False) -> Holding | None:
    """What rows have to hold, for :func:`~hubapp.web.paging.keyset_page`; None for anything.

    :param waiting: whether the rows are only what waits for a decision
    """
    if not fold(filters.q):
        return None
    known = Q(state__in=IN_TRIAGE) if waiting else Q()
    return Holding("search_text", filters.q, site.pk, known)


@dataclass(frozen=True, slots=True)
class Meant:
    """What somebody probably meant by words that nothing holds."""

    holding: HoldingNear
    # (as typed, what is looked for instead)
    words: list[tuple[str, str]]


def meant_by(words: Holding, *, viewer: Viewer, site: Site) -> Meant | None:
    """For words that no idea holds: what is spelt like them among the site's ideas that the viewer may read.

    None where every word stands there, or is like none.
    """
    near = near_words(ideas_of_site(viewer, site), fold(words.words).split(), site_id=site.pk)
    if not near:
        return None
    said = [(word, _or(others)) for word, others in near.items()]
    return Meant(
        HoldingNear(words.column, words.words, words.site_id, words.known, near=near), said
    )


def _or(words: Iterable[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)
