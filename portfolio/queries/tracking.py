"""What submitters see of their ideas: the answer once it has left, never while it can be undone."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.viewers import Viewer
from portfolio import links
from portfolio.clock import Standing, effective, standing
from portfolio.enums import PUBLIC_WORDS, DecisionKind, State
from portfolio.models import Decision, Innovation, Message, StageMove, Submission


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
        return self.state in (State.WAITING, State.ASKED, State.SCOPING)

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
        return self.state != State.WITHDRAWN


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


def _with_history(rows: QuerySet[Innovation]) -> QuerySet[Innovation]:
    return rows.select_related("site").prefetch_related(
        Prefetch("moves", StageMove.objects.select_related("decision").order_by("number")),
        Prefetch("decisions", Decision.objects.select_related("reversed_by").order_by("-number")),
    )


def _answer(innovation: Innovation, messages: list[Message], now: dt.datetime) -> Answer:
    stands = public_standing(innovation, now=now)
    shown = [
        row
        for row in innovation.decisions.all()
        if row.kind != DecisionKind.UNDO and _released(row, now) and not hasattr(row, "reversed_by")
    ]
    late = bool(stands.due_on and stands.due_on < timezone.localdate(now))
    return Answer(innovation, stands, shown, messages, late)


def tracked(submission: Submission, *, now: dt.datetime | None = None) -> Tracked:
    """A submission with each site's state, answer and messages, for whoever holds its link."""
    now = now or timezone.now()
    rows = (
        _with_history(submission.innovations.all())
        .prefetch_related("messages")
        .order_by("site__name", "id")
    )
    return Tracked(submission, [_answer(row, list(row.messages.all()), now) for row in rows])


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
