"""What submitters see of their ideas: the answer once it has left, never while it can be undone."""

import datetime as dt
import re
from dataclasses import dataclass, field, replace

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from accounts.models import Person
from accounts.queries import user_by_ref
from accounts.viewers import Viewer
from hubapp.actors import ActorKind
from portfolio import links
from portfolio.clock import Standing, effective, standing
from portfolio.enums import IN_TRIAGE, PUBLIC_WORDS, DecisionKind, State
from portfolio.models import Decision, Innovation, Message, StageMove, Submission
from portfolio.queries.merges import goes_on_as, merged_into_this

# Where there is still something to take back; a merged idea is looked at with another one.
CAN_BE_WITHDRAWN = (*IN_TRIAGE, State.SCOPING, State.PARKED, State.MERGED)
# What stands for a name that is not the reader's to know.
SOMEBODY = "…"
SHORTEST_NAME = 3


def _released(decision: Decision | None, now: dt.datetime) -> bool:
    return decision is None or decision.release_at is None or decision.release_at <= now


def public_standing(innovation: Innovation, *, now: dt.datetime | None = None) -> Standing:
    """Where an innovation stands as its submitter may know it.

    A decision whose mail is still held, or that was undone, has not happened:
    state and due date are what they were before it. What came after a held
    decision (a withdrawal, say) counts.
    """
    now = now or timezone.now()
    history = effective(innovation.moves.all())
    shown = [move for move in history if _released(move.decision, now)]
    return standing(
        shown, started_on=innovation.clock_started_on, days_allowed=innovation.days_allowed
    )


def words_for(decision: Decision, about: Innovation) -> str:
    """The words of a decision as the sender of ``about`` may read them.

    Of an idea that was merged into the one decided on, it is somebody else's
    answer as well: that sender's name and address are taken out.
    """
    if about.pk == decision.innovation_id:
        return decision.words
    submission = decision.innovation.submission
    return _without(decision.words, submission.submitter if submission else None)


def _without(text: str, person: Person | None) -> str:
    """``text`` without a person's name (whole or in parts, as written) and address."""
    if person is None:
        return text
    whole = [re.escape(part) for part in (person.email, person.name) if len(part) >= SHORTEST_NAME]
    if whole:
        text = re.sub("|".join(whole), SOMEBODY, text, flags=re.IGNORECASE)
    parts = [re.escape(part) for part in person.name.split() if len(part) >= SHORTEST_NAME]
    # Parts of a name are words too ("Will"): only as they are written, and alone.
    return re.sub(rf"\b(?:{'|'.join(parts)})\b", SOMEBODY, text) if parts else text


def author_of(decision: Decision) -> Person | None:
    """The person who made a decision; None for a key or the system."""
    if decision.actor_kind != ActorKind.USER:
        return None
    user = user_by_ref(decision.actor_ref)
    return user.person if user else None


@dataclass(frozen=True, slots=True)
class Joined:
    """What the sender of a merged idea sees of the one that it goes on in: never its title or sender."""

    standing: Standing
    #: (decision, its words for this reader), newest first; decisions that have left.
    answers: list[tuple[Decision, str]]

    @property
    def state(self) -> State:
        """The other idea's state as its own submitter may know it."""
        return State(self.standing.state)

    @property
    def words(self) -> str:
        """Where both are, in public words."""
        return JOINED_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Answer:
    """One site's record as its submitter sees it."""

    innovation: Innovation
    standing: Standing
    #: Decisions that have left, newest first.
    decisions: list[Decision]
    #: Both ways, oldest first.
    messages: list[Message]
    is_late: bool = False
    #: Where a merged idea goes on; None for others.
    joined: Joined | None = None
    #: How many people had this idea, the reader included; 1 where nobody else is known.
    people: int = 1

    @property
    def words(self) -> str:
        """The state in public words."""
        return PUBLIC_WORDS[State(self.standing.state)]

    @property
    def state(self) -> State:
        """The state as the submitter may know it."""
        return State(self.standing.state)

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether there is something to take back. A held decision does not show by this either."""
        return self.state in CAN_BE_WITHDRAWN

    @property
    def to_words(self) -> str:
        """Whom a message goes to, for those who hear the page."""
        return f"to {self.innovation.site}"

    @property
    def write_words(self) -> str:
        """What opens the box for a message."""
        return f"Write to {self.innovation.site}"

    @property
    def takes_messages(self) -> bool:
        """Whether the submitter can write about it."""
        return self.state not in (State.WITHDRAWN, State.UNDONE)


@dataclass(frozen=True, slots=True)
class Tracked:
    """A submission and each site's answer."""

    submission: Submission
    answers: list[Answer] = field(default_factory=list)
    #: Where the link leads; for lists of one's own ideas.
    href: str = ""

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether any site, or the coordinator, still has it."""
        return self.waits_for_route or any(answer.can_be_withdrawn for answer in self.answers)

    @property
    def waits_for_route(self) -> bool:
        """Whether a coordinator has yet to choose a site."""
        return bool(
            self.submission.network_id
            and self.submission.routed_at is None
            and self.submission.confirmed_at
        )

    @property
    def words(self) -> str:
        """The whole in one sentence, for lists."""
        if self.submission.confirmed_at is None:
            return "Waiting for you to confirm your email address"
        if self.waits_for_route:
            return "We are choosing the right team"
        said = list(dict.fromkeys(answer.words for answer in self.answers))
        return "; ".join(said) or PUBLIC_WORDS[State.WITHDRAWN]


# Where two merged ideas are, as the sender of the one that was merged reads it.
JOINED_WORDS = {
    **dict.fromkeys(State, "We are looking at both ideas together."),
    State.ASKED: "We have asked whoever sent the other idea for more, and wait for their answer.",
    State.HELD: "We have asked somebody else about both ideas and wait for their answer.",
    State.SCOPING: "We are taking both ideas forward.",
    State.SIGNPOSTED: "We have pointed both of you to somebody who can help.",
    State.PARKED: "We are keeping both ideas and will look at them again.",
    State.DECLINED: "We are not taking either idea forward.",
    State.WITHDRAWN: "The other idea was withdrawn by whoever sent it. We will look at yours by itself.",
}


def _with_history(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    return rows.select_related("site").prefetch_related(
        Prefetch("moves", StageMove.objects.select_related("decision").order_by("number")),
        Prefetch(
            "decisions",
            Decision.objects.select_related("reversed_by", "organisation", "contact").order_by(
                "-number"
            ),
        ),
    )


def _answer(innovation: Innovation, messages: list[Message], now: dt.datetime) -> Answer:
    stands = public_standing(innovation, now=now)
    late = bool(stands.due_on and stands.due_on < timezone.localdate(now))
    return Answer(innovation, stands, _left(innovation, now), messages, late)


def _left(innovation: Innovation, now: dt.datetime) -> list[Decision]:
    """The decisions that stand and have left, newest first."""
    return [
        row
        for row in innovation.decisions.all()
        if row.kind != DecisionKind.UNDO and _released(row, now) and not hasattr(row, "reversed_by")
    ]


def tracked(submission: Submission, *, now: dt.datetime | None = None) -> Tracked:
    """A submission with each site's state, answer and messages, for whoever holds its link."""
    now = now or timezone.now()
    rows = list(
        _with_history(submission.innovations.exclude(state=State.UNDONE))
        .annotate(took_another_in=_took_another_in(now))
        .prefetch_related("messages__attachments")
        .order_by("site__name", "id")
    )
    answers = [_answer(row, list(row.messages.all()), now) for row in rows]
    ends = {
        each.innovation.pk: goes_on_as(each.innovation)
        for each in answers
        if each.state == State.MERGED
    }
    others = _with_history(
        Innovation.objects.filter(pk__in=[end.pk for end in ends.values()])
    ).select_related("site", "submission__submitter")
    by_pk = {row.pk: row for row in others} if ends else {}
    return Tracked(
        submission,
        [
            replace(
                answer,
                joined=_joined(by_pk.get(ends[answer.innovation.pk].pk), answer.innovation, now)
                if answer.innovation.pk in ends
                else None,
                people=people_who_had(answer.innovation)
                if vars(answer.innovation)["took_another_in"]
                else 1,
            )
            for answer in answers
        ],
    )


def _joined(other: Innovation | None, about: Innovation, now: dt.datetime) -> Joined | None:
    """What the sender of ``about`` sees of the idea it goes on in."""
    if other is None or other.pk == about.pk:
        return None
    merged_at = about.state_since
    said = [
        (row, words_for(row, about))
        for row in _left(other, now)
        # What was decided before the two were joined was said to one person alone.
        if row.made_at >= merged_at and row.kind != DecisionKind.ASK
    ]
    return Joined(public_standing(other, now=now), said)


def _took_another_in(now: dt.datetime) -> Exists:
    """Whether ideas were merged into a row, as its sender knows: the mail of the merge has left."""
    told = Decision.objects.filter(
        innovation=OuterRef("pk"),
        kind=DecisionKind.MERGE,
        into=OuterRef("merged_into"),
        release_at__lte=now,
    )
    return Exists(
        Innovation.objects.filter(merged_into=OuterRef("pk"), state=State.MERGED).filter(
            Exists(told)
        )
    )


def people_who_had(innovation: Innovation, merged: list[Innovation] | None = None) -> int:
    """How many people had this idea: its sender and those of ideas merged into it, each once.

    :param merged: what was merged into it, if that is known already
    """
    family = [innovation, *(merged_into_this(innovation) if merged is None else merged)]
    people = {
        # One that nobody is named for counts by itself: somebody had it.
        (each.submission.submitter_id if each.submission else None) or f"idea {each.pk}"
        for each in family
    }
    return len(people)


def innovation_of_submission(submission: Submission, ref: str) -> Innovation | None:
    """One of a submission's own records, by its reference."""
    return submission.innovations.select_related("site").filter(ref=ref).first()


def ideas_sent_by(viewer: Viewer, limit: int = 25) -> list[Tracked]:
    """The latest ideas that a signed-in person sent themselves, without their messages."""
    if viewer.person_id is None:
        return []
    now = timezone.now()
    sent = (
        Submission.objects.filter(submitter_id=viewer.person_id)
        .prefetch_related(Prefetch("innovations", _with_history(Innovation.objects.order_by("id"))))
        .order_by("-created_at", "-id")[:limit]
    )
    return [
        Tracked(
            submission,
            [_answer(row, [], now) for row in submission.innovations.all()],
            links.track_path(submission.ref, submission.link_generation),
        )
        for submission in sent
    ]
