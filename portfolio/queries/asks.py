"""Questions to one person: for their link, for the idea's page, for lists and for the API."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone
from django.utils.text import Truncator

from accounts.enums import DESK, Function
from accounts.models import Person, Site, User
from accounts.queries import actor_names, members_of
from accounts.viewers import Viewer
from hubapp.actors import ActorKind
from hubapp.db.compiled import compiled
from hubapp.hooks import Reference, WorkItem, WorkList
from hubapp.refs import normalise_ref
from hubapp.workdays import london_date
from portfolio import links
from portfolio.enums import ENDED, AskKind, AskShows, AskState, Direction, YesNo
from portfolio.models import Ask, AskDoor, Decision, Innovation, Message
from portfolio.queries.present import There
from portfolio.queries.screening import screening_of, unanswered
from portfolio.queries.timeline import HISTORY_SHOWN, Entry
from portfolio.queries.triage import TEXT

# How many words of a text are its summary, where the site has written none.
SUMMARY_WORDS = 60
# How many people that were asked before are offered.
ASKED_BEFORE = 50
WORK_SHOWN = 10


# -- by link ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskLink:
    """What a link opens: nothing of ours, an earlier link of a question, or the question."""

    ask: Ask | None = None
    is_replaced: bool = False


def ask_link(token: str) -> AskLink:
    """The question that a link opens; its row too where the link was replaced by a newer one."""
    opened = links.open_token(links.ASK, token)
    if opened is None:
        return AskLink()
    ask = (
        Ask.objects.select_related("innovation__site", "person", "site")
        .filter(ref=opened.ref)
        .first()
    )
    return AskLink(ask, is_replaced=bool(ask and ask.generation != opened.generation))


def ask_by_ref(ref: str) -> Ask | None:
    """A question for its mail, which is written when it is sent."""
    return Ask.objects.select_related("innovation__site", "person", "site").filter(ref=ref).first()


def door_of(ask: Ask) -> AskDoor | None:
    """What the link keeps: the code that is out, and an unfinished answer."""
    return AskDoor.objects.filter(ask=ask, generation=ask.generation).first()


def masked(email: str) -> str:
    """Enough of an address for whoever it belongs to: "r•••@nhs.example"."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}"


def last_day(ask: Ask) -> dt.date:
    """The last day on which its link works."""
    return london_date(ask.expires_at)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an idea: its heading and text."""

    heading: str
    text: str


def parts_shown(innovation: Innovation, shows: str) -> list[Part]:
    """What whoever is asked sees of the idea beside its title; never messages, notes or other answers."""
    texts = [
        Part("The problem", innovation.problem),
        Part("For whom", innovation.for_whom),
        Part("The idea", innovation.idea),
    ]
    if shows == AskShows.TEXTS:
        return [part for part in texts if part.text.strip()]
    return [Part("In short", summary)] if (summary := summary_of(innovation)) else []


def summary_of(innovation: Innovation) -> str:
    """What the site has written about it, or the beginning of the problem or the idea."""
    text = innovation.public_summary or innovation.problem or innovation.idea
    return Truncator(" ".join(text.split())).words(SUMMARY_WORDS, truncate=" …")


# -- whom to ask -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Askable:
    """Somebody who can be asked without typing an address: ``ref`` of their person."""

    ref: str
    words: str
    person: Person
    functions: tuple[str, ...] = ()


def members_to_ask(site: Site) -> list[Askable]:
    """Members of the site, those with an enabling function first."""
    found = [
        Askable(
            member.user.person.ref,
            f"{member.name} ({member.functions_words or member.roles_words})",
            member.user.person,
            tuple(member.functions),
        )
        for member in members_of(site)
        if member.user.is_active
    ]
    return sorted(found, key=lambda each: not each.functions)


def asked_before(site: Site) -> list[Askable]:
    """Who is no member and was asked at this site before, the latest first."""
    members = User.objects.filter(memberships__site=site, memberships__ended_at=None)
    asked = Ask.objects.filter(person=OuterRef("pk"), site=site)
    people = (
        Person.objects.filter(Exists(asked))
        .exclude(email="")
        .exclude(user__in=members)
        .order_by("-pk")[:ASKED_BEFORE]
    )
    return [Askable(each.ref, f"{each} ({each.email})", each) for each in people]


# -- on the idea's page ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskView:
    """One question as the idea's page shows it."""

    ask: Ask
    # Who asked.
    by: str
    standing: AskState
    last_day: dt.date

    @property
    def whom(self) -> str:
        """ "Demo Reviewer (Information governance)"."""
        function = f" ({Function(self.ask.function).label})" if self.ask.function else ""
        return f"{self.ask.person}{function}"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.standing == AskState.OPEN

    @property
    def can_be_renewed(self) -> bool:
        """Whether a new link would help."""
        return self.standing in (AskState.OPEN, AskState.EXPIRED)

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether there is something to take back."""
        return self.ask.state in (AskState.OPEN, AskState.EXPIRED)

    @property
    def verdict(self) -> str:
        """ "Yes", "No" or nothing."""
        return YesNo(self.ask.verdict).label if self.ask.verdict else ""


def desk_context(innovation: Innovation, there: There) -> dict[str, Any]:
    """For the idea's pages: ``asks``, ``screening``, and whether anything can still be asked (``goes_on``)."""
    return {
        "asks": asks_of(innovation) if there.asks else [],
        "screening": screening_of(innovation)
        if there.screening
        else unanswered(is_asked=there.asks_screening),
        "goes_on": innovation.state not in ENDED,
    }


def ask_of(innovation: Innovation, ref: str) -> Ask | None:
    """One question about an innovation that the viewer was let in to."""
    ask = (
        Ask.objects.select_related("person").filter(innovation=innovation, ref=normalise_ref(ref))
    ).first()
    if ask:
        ask.innovation = innovation
    return ask


def asks_of(innovation: Innovation) -> list[AskView]:
    """Every question about an idea, the newest first; two queries, one where nobody was asked.

    A page asks twice, for its own part and for the timeline: read once for ``innovation``.
    """
    known = vars(innovation).get("_asks_read")
    if known is None:
        known = vars(innovation)["_asks_read"] = _asks_of(innovation)
    return known


def read_asks(innovation: Innovation) -> list[Ask]:
    """The questions about an idea, the newest first; one query."""
    rows = Ask.objects.filter(innovation=innovation).select_related("person")
    return list(rows.order_by("-asked_at", "-pk")[:HISTORY_SHOWN])


def keep_asks(innovation: Innovation, rows: list[Ask], names: dict[tuple[str, str], str]) -> None:
    """What was read by a page already, for :func:`asks_of`; ``names``: of whoever asked."""
    vars(innovation)["_asks_read"] = _views(innovation, rows, names)


def _asks_of(innovation: Innovation) -> list[AskView]:
    rows = read_asks(innovation)
    names = actor_names((row.actor_kind, row.actor_ref) for row in rows) if rows else {}
    return _views(innovation, rows, names)


def _views(
    innovation: Innovation, rows: list[Ask], names: dict[tuple[str, str], str]
) -> list[AskView]:
    views = []
    for row in rows:
        row.innovation = innovation
        by = names.get((row.actor_kind, row.actor_ref), "Someone")
        views.append(AskView(row, by, row.standing, last_day(row)))
    return views


_ASKED_FOR = {
    AskKind.QUESTION: "was asked",
    AskKind.OPINION: "was asked for an opinion",
    AskKind.SIGN_OFF: "was asked for a yes or a no",
}


def entries_of(innovation: Innovation) -> list[Entry]:
    """Questions and answers for the timeline."""
    entries = []
    for view in asks_of(innovation):
        ask = view.ask
        entries.append(
            Entry(
                f"{view.whom} {_ASKED_FOR[AskKind(ask.kind)]}", ask.asked_at, view.by, ask.question
            )
        )
        if ask.answered_at:
            said = f"answered: {view.verdict.lower()}" if view.verdict else "answered"
            entries.append(
                Entry(f"{view.whom} {said}", ask.answered_at, str(ask.person), ask.answer)
            )
        elif ask.withdrawn_at:
            entries.append(
                Entry(f"The question to {ask.person} was taken back", ask.withdrawn_at, "")
            )
        elif ask.state == AskState.EXPIRED:
            entries.append(Entry(f"{ask.person} did not answer in time", ask.expires_at, ""))
    return entries


# -- in lists -------------------------------------------------------------------------------


# Answered, and since then nobody decided or wrote to the submitter.
_UNUSED = Q(
    ~Exists(
        Message.objects.filter(
            innovation_id=OuterRef("innovation_id"),
            direction=Direction.TO_SUBMITTER,
            at__gte=OuterRef("answered_at"),
        )
    ),
    ~Exists(
        Decision.objects.filter(
            innovation_id=OuterRef("innovation_id"), made_at__gte=OuterRef("answered_at")
        )
    ),
    state=AskState.ANSWERED,
)


def unused(answered: QuerySet[Ask]) -> QuerySet[Ask]:
    """Of ``answered``, those after which nobody decided or wrote to the submitter."""
    return answered.filter(_UNUSED)


def ask_links(viewer: Viewer, refs: Iterable[str]) -> dict[str, Reference]:
    """Ref → the idea and its address, of the questions that the viewer may read; one query."""
    rows = asks_visible_to(viewer).filter(ref__in=list(refs))
    return {
        row.ref: Reference(
            f"A question about {row.innovation.title}", f"{row.innovation.get_absolute_url()}#asks"
        )
        for row in rows
    }


def asks_visible_to(viewer: Viewer) -> QuerySet[Ask]:
    """Questions about innovations that the viewer may see."""
    seen = Innovation.objects.visible_to(viewer)
    rows = Ask.objects.filter(site_id__in=viewer.site_ids, innovation__in=seen)
    return rows.select_related("site", "innovation__site", "person__user", "stop")


# -- my work -----------------------------------------------------------------------------------


# Where the questions that were found with "my work"'s ideas wait for :func:`work_of`.
GATHERED = "_asks_gathered"
QUESTIONS, ANSWERS = "questions", "answers"


def work_of(user: User) -> list[WorkList]:
    """Questions for this person; at their desks answers that came in, and who wants a new link.

    Which those are was looked up with the ideas that wait (:func:`~.work_ideas.first_of`), or is here:
    the rows of each kind are few. One query more where there are any.
    """
    gathered: dict[int, str] | None = vars(user).pop(GATHERED, None)
    if gathered is None:
        desks = user.viewer.site_ids_with(DESK)
        values = {"person_id": user.person_id, "user_id": user.pk, "ref": user.ref}
        gathered = {pk: name for name, pk in _work_found(**values, desks=desks, now=timezone.now())}
    if not gathered:
        return []
    found: dict[str, list[Ask]] = {QUESTIONS: [], ANSWERS: []}
    for row in _with_ideas(ids=sorted(gathered)):
        found[gathered[row.pk]].append(row)
    found[QUESTIONS].sort(key=lambda row: (row.expires_at, row.pk))
    del found[QUESTIONS][WORK_SHOWN:]
    found[ANSWERS].sort(key=lambda row: (row.updated_at, row.pk))
    told = [_questions_in_words(found[QUESTIONS]), *_answers_in_words(found[ANSWERS])]
    return [work for work in told if work.items]


def work_parts(
    person_id: int | None, user_id: int | None, ref: str, desks: list[int], now: dt.datetime
) -> list[QuerySet[Ask, tuple[str, int]]]:
    """(name of the list, id) of the first of each: one query for each, to be joined with others."""
    # What was asked of this person is theirs to answer, whatever else it is.
    lists = {QUESTIONS: _questions_for(person_id, now), ANSWERS: _answers_for(user_id, ref, desks)}
    # By a condition, because SQLite knows no limit within a union.
    return [
        Ask.objects.filter(pk__in=rows.values("pk")[: 2 * WORK_SHOWN])
        .order_by()
        .annotate(of=Value(name, TEXT))
        .values_list("of", "pk")
        for name, rows in lists.items()
    ]


@compiled
def _work_found(
    *, person_id: int | None, user_id: int | None, ref: str, desks: list[int], now: dt.datetime
) -> QuerySet[Ask, tuple[str, int]]:
    parts = work_parts(person_id, user_id, ref, desks, now)
    return parts[0].union(*parts[1:], all=True)


@compiled
def _with_ideas(*, ids: list[int]) -> QuerySet[Ask]:
    rows = Ask.objects.filter(pk__in=ids).order_by()
    return rows.select_related("innovation__site", "person", "site")


def _questions_for(person_id: int | None, now: dt.datetime) -> QuerySet[Ask]:
    """What this person was asked and can still answer."""
    if person_id is None:
        return Ask.objects.none()
    return Ask.objects.filter(
        person_id=person_id, state=AskState.OPEN, expires_at__gt=now
    ).order_by("expires_at", "pk")


def _questions_in_words(rows: list[Ask]) -> WorkList:
    items = [
        WorkItem(
            title=row.innovation.title,
            href=links.ask_path(row.ref, row.generation),
            site_name=row.site.name,
            why=f"{row.get_kind_display()} for you to answer",
            since=row.asked_at,
            due_on=last_day(row),
        )
        for row in rows
        if row.is_open
    ]
    return WorkList("Questions for you", items, count=f"{len(items)}", comes_first=True)


def _answers_for(user_id: int | None, ref: str, desks: list[int]) -> QuerySet[Ask]:
    """Answers to what this person asked, or about what they look after, that nothing followed; and
    who would like a new link at their desks."""
    mine = Q(actor_kind=ActorKind.USER, actor_ref=ref) | Q(innovation__assignee_id=user_id)
    wanted = Q(link_wanted_at__isnull=False, state__in=[AskState.OPEN, AskState.EXPIRED])
    return (
        Ask.objects.filter(site_id__in=desks)
        .filter(wanted | mine & _UNUSED)
        .exclude(innovation__state__in=ENDED)
        .order_by("updated_at", "pk")
    )


def _answers_in_words(rows: list[Ask]) -> list[WorkList]:
    answers: list[WorkItem] = []
    links_wanted: list[WorkItem] = []
    for row in rows:
        answered = row.state == AskState.ANSWERED
        verdict = f": {row.get_verdict_display().lower()}" if row.verdict else ""
        item = WorkItem(
            title=row.innovation.title,
            href=f"{row.innovation.get_absolute_url()}#asks",
            site_name=row.site.name,
            why=f"{row.person} answered{verdict}"
            if answered
            else f"{row.person} would like a new link, to answer",
            since=row.answered_at or row.link_wanted_at,
        )
        (answers if answered else links_wanted).append(item)
    return [
        WorkList("Answers that came in", answers, count=f"{len(answers)}", comes_first=True),
        WorkList("New links wanted", links_wanted, count=f"{len(links_wanted)}", comes_first=True),
    ]
