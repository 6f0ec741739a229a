"""One question to one person about an idea, and what the link that they are mailed keeps."""

import datetime as dt

from django.db import models
from django.utils import timezone

from accounts.enums import Function
from accounts.models import Person, Site
from hubapp.actors import ActedBy
from hubapp.codes import CodeRow
from hubapp.refs import RefField
from portfolio.enums import ENDED, AskKind, AskProof, AskShows, AskState, YesNo
from portfolio.models.decision import StageMove
from portfolio.models.innovation import Innovation

LONGEST_QUESTION = 2000
LONGEST_ANSWER = 5000


class Ask(ActedBy):
    """One question to one person. Its author is who asked.

    What was asked never changes, and once answered nothing of the row does
    (redaction excepted). Name and address of whoever is asked are in ``person`` alone.
    """

    ref = RefField()
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="asks")
    innovation = models.ForeignKey(Innovation, on_delete=models.PROTECT, related_name="asks")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="asks")
    # The enabling function that they answer for, if for one.
    function = models.CharField(max_length=20, choices=Function.choices, blank=True)
    kind = models.CharField(max_length=10, choices=AskKind.choices)
    question = models.TextField(max_length=LONGEST_QUESTION)
    shows = models.CharField(max_length=10, choices=AskShows.choices, default=AskShows.SUMMARY)
    # Whether the clock stands still until there is an answer, and the move that stopped it.
    # No move: the clock stood still for another reason already.
    stops_clock = models.BooleanField(default=False)
    stop = models.ForeignKey(
        StageMove, null=True, blank=True, on_delete=models.PROTECT, related_name="asks"
    )
    state = models.CharField(max_length=10, choices=AskState.choices, default=AskState.OPEN)
    asked_at = models.DateTimeField()
    asked_on = models.DateField()
    expires_at = models.DateTimeField()
    # Of the link; a new link has the next one, and makes the earlier ones worthless.
    generation = models.PositiveIntegerField(default=1)
    reminded_at = models.DateTimeField(null=True, blank=True)
    # When whoever was asked wanted a new link; emptied by sending one.
    link_wanted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    verdict = models.CharField(max_length=3, choices=YesNo.choices, blank=True)
    answer = models.TextField(max_length=LONGEST_ANSWER, blank=True)
    proof = models.CharField(max_length=8, choices=AskProof.choices, blank=True)
    once_key = models.CharField(max_length=80, unique=True, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["innovation", "asked_at", "id"], name="ask_innovation"),
            models.Index(fields=["site", "updated_at", "id"], name="ask_updated"),
            models.Index(fields=["expires_at"], name="ask_open", condition=models.Q(state="open")),
            models.Index(
                fields=["site", "answered_at"],
                name="ask_answered",
                condition=models.Q(answered_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(question=""),
                name="ask_has_question",
                violation_error_message="Write the question.",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("asked_at")),
                name="ask_expires_after_it_is_asked",
                violation_error_message="The last day for an answer is before the question.",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="answered",
                    answered_at__isnull=False,
                    answered_on__isnull=False,
                    withdrawn_at=None,
                )
                | models.Q(
                    state="withdrawn",
                    answered_at=None,
                    answered_on=None,
                    withdrawn_at__isnull=False,
                )
                | models.Q(
                    state__in=["open", "expired"],
                    answered_at=None,
                    answered_on=None,
                    withdrawn_at=None,
                ),
                name="ask_state_has_its_time",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state="answered", kind="sign_off", verdict__in=["yes", "no"])
                    | models.Q(state="answered", kind__in=["question", "opinion"], verdict="")
                    & ~models.Q(answer="")
                )
                & ~models.Q(proof="")
                | ~models.Q(state="answered") & models.Q(verdict="", answer="", proof=""),
                name="ask_answer_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.person}"

    def is_open_at(self, now: dt.datetime) -> bool:
        """Whether it can be answered: not yet, not withdrawn, in time, and the idea still goes on."""
        return (
            self.state == AskState.OPEN
            and now < self.expires_at
            and self.innovation.state not in ENDED
        )

    @property
    def is_open(self) -> bool:
        """Whether it can be answered now."""
        return self.is_open_at(timezone.now())

    @property
    def is_too_old(self) -> bool:
        """Whether its link has stopped working."""
        return timezone.now() >= self.expires_at

    @property
    def standing(self) -> AskState:
        """Its state as of now: too old also before the scheduler has said so, and of no use once the
        idea has ended."""
        if self.state != AskState.OPEN or self.is_open:
            return AskState(self.state)
        ended = self.innovation.state in ENDED
        return AskState.WITHDRAWN if ended else AskState.EXPIRED


class AskDoor(CodeRow):
    """What the link of an ask keeps until it is answered: the code that is out, and an unfinished answer.

    No history: it is made when a code is first asked for, and what was typed
    goes once the answer is sent. The code itself is nowhere: it is computed
    from ``seed`` and a key that is not in the database.
    """

    ask = models.OneToOneField(Ask, on_delete=models.CASCADE, related_name="door")
    generation = models.PositiveIntegerField(default=1)
    verdict = models.CharField(max_length=3, choices=YesNo.choices, blank=True)
    answer = models.TextField(max_length=LONGEST_ANSWER, blank=True)

    def __str__(self) -> str:
        return f"Door of {self.ask_id}"
