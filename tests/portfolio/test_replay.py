"""Whatever is done to ideas, in whatever order: what is stored is what their history replays to."""

import datetime as dt
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp import instants
from hubapp.instants import acting_at
from hubapp.problems import Refused
from portfolio.clock import effective, standing, time_with
from portfolio.enums import CHOICES, IN_TRIAGE, DecisionKind, State
from portfolio.models import (
    Ask,
    ClockExemption,
    Decision,
    Innovation,
    Interest,
    Message,
    Need,
    NeedLink,
)
from portfolio.models.innovation import NO_DUE_DATE
from portfolio.queries.asks import unused
from portfolio.queries.history import acknowledged_on
from portfolio.queries.interests import has_interest
from portfolio.queries.merges import goes_on_as, merged_into_this
from portfolio.queries.tracking import public_standing
from portfolio.queries.triage import unanswered
from portfolio.services import decisions, holds, interests, messages, needs, submissions
from tests import factories
from tests.portfolio.test_clock import MINUTE, Step, recount

COLUMNS = (
    "state", "state_since", "due_on", "clock_ended_on", "clock_due_on", "first_decided_on", "decision_days",
    "waits_on", "waits_on_function",
)  # fmt: skip
DAY = 24 * 60 * MINUTE
PAUSES = [MINUTE, 5 * MINUTE, 11 * MINUTE, 26 * 60 * MINUTE, 9 * DAY]
BY = factories.TEST


def details(kind: str, at: dt.datetime, others: list[Innovation]) -> dict:
    """What a decision of this kind needs."""
    if kind == DecisionKind.SIGNPOST:
        return {
            "organisation": factories.OrganisationFactory(),
            "contact_email": "contact@test.example",
            "introduction": "Please look at this.",
            "follow_up_on": at.date() + dt.timedelta(days=30),
        }
    if kind == DecisionKind.PARK:
        return {"until_on": at.date() + dt.timedelta(days=12), "until_what": "the new budget"}
    if kind == DecisionKind.MERGE:
        return {"into": others[0]}
    return {"would_change": "Two sites that use it"} if kind == DecisionKind.DECLINE else {}


def choices_for(innovation: Innovation, others: list[Innovation]) -> list[str]:
    """What somebody may do now."""
    latest = Decision.objects.filter(innovation=innovation).order_by("-number").first()
    found: list[str] = []
    if innovation.is_in_triage:
        found += [kind for kind in CHOICES if kind != DecisionKind.MERGE or others]
        found += ["merge"] if others else []
        found += ["hold", "resume"] if innovation.state != State.WAITING else ["hold"]
        if innovation.state == State.ASKED:
            found.remove(DecisionKind.ASK)
    if latest and decisions.can_undo(latest):
        found += ["undo", "undo"]
    if innovation.state == State.PARKED:
        found += ["back"]
    if innovation.state == State.SIGNPOSTED:
        found += ["follow up"]
    if innovation.state != State.WITHDRAWN:
        found += ["reply", "withdraw", "write", "exempt"]
    if innovation.state != State.MERGED:
        found += ["serve", "serve"]
    return [*found, "interest"]


def act(
    data,
    innovation: Innovation,
    others: list[Innovation],
    at: dt.datetime,
    user,
    said: set[tuple[int, int]],
) -> None:
    """One of them, done.

    :param said: (idea, need) that somebody linked, to which links are added
    """
    what = data.draw(st.sampled_from(choices_for(innovation, others)))
    if what == "undo":
        decisions.undo(decision=innovation.decisions.latest("number"), by=BY)
    elif what == "reply":
        messages.write_to_hub(innovation=innovation, body="Here.", by=BY)
    elif what == "write":
        messages.write_to_submitter(innovation=innovation, body="Thank you.", by=BY)
    elif what == "withdraw":
        submissions.withdraw(submission=innovation.submission, by=BY)
    elif what == "resume":
        decisions.resume(innovation=innovation, by=BY)
    elif what == "hold":
        function = data.draw(st.sampled_from(["ig", "finance"]))
        if (innovation.state, innovation.waits_on_function) != (State.HELD, function):
            holds.hold(
                innovation=innovation, waits_on="function", function=function, reason="assurance", by=BY
            )  # fmt: skip
    elif what == "back":
        # While the answer that it is parked is held, it is undone instead.
        held = innovation.decisions.latest("number").release_at > instants.now()
        with pytest.raises(Refused, match="has not left yet") if held else nullcontext():
            decisions.bring_back(innovation=innovation, by=BY)
    elif what == "follow up":
        decisions.follow_up(innovation=innovation, outcome="taken_up", by=BY)
    elif what == "exempt":
        if innovation.exemption:
            holds.lift_exemption(innovation=innovation, by=BY)
        else:
            holds.exempt(innovation=innovation, reason="capacity", by=BY)
    elif what == "serve":
        need = data.draw(
            st.sampled_from(list(Need.objects.filter(site_id=innovation.site_id).order_by("pk")))
        )
        needs.link(need=need, innovation=innovation, by=BY)
        said.add((innovation.pk, need.pk))
    elif what == "interest":
        if has_interest(user.pk, innovation):
            interests.withdraw(innovation=innovation, user=user, by=BY)
        else:
            interests.declare(innovation=innovation, user=user, nature="financial", by=BY)
    else:
        decisions.decide(
            innovation=innovation, kind=what, reason_code="test-reason", words="Words.", by=BY,
            **details(what, at, others),
        )  # fmt: skip


def assert_replays(stored: Innovation, now: dt.datetime) -> None:
    """The columns of an idea are what its rows say."""
    history = list(stored.moves.order_by("number"))
    replayed = standing(
        history, started_on=stored.clock_started_on, days_allowed=stored.days_allowed
    )
    assert {name: getattr(stored, name) for name in COLUMNS} == {
        name: getattr(replayed, name) for name in COLUMNS
    }
    assert stored.sort_due == (stored.due_on or NO_DUE_DATE)
    assert [move.number for move in history] == list(range(1, len(history) + 1))
    assert [move.from_state for move in history[1:]] == [move.to_state for move in history[:-1]]
    # Once nothing is held, the submitter knows what the hub knows.
    assert public_standing(stored, now=now + 11 * MINUTE).state == replayed.state

    # The clock, counted again a day at a time by other code.
    steps = [
        Step(move.to_state, move.reason, move.at, move.on, move.waits_on, move.function)
        for move in history
    ]
    expected = recount(steps, stored.days_allowed)
    assert expected["due_on"] == stored.due_on
    assert expected["clock_due_on"] == stored.clock_due_on
    assert expected["decision_days"] == stored.decision_days
    days = time_with(
        effective(history), started_on=stored.clock_started_on, until=expected["until"]
    )
    assert {function or whom: n for (whom, function), n in days.items() if n} == {
        whom: n for whom, n in expected["days"].items() if n
    }

    # What decisions, exemptions and messages say.
    stands = [row for row in stored.decisions.all() if not row.decision_undone]
    last = stands[-1] if stands else None
    assert stored.merged_into == (last.into if last and stored.state == State.MERGED else None)
    assert stored.parked_until == (last.until_on if last and stored.state == State.PARKED else None)
    latest = ClockExemption.objects.filter(innovation=stored).order_by("number").last()
    assert stored.exemption == (latest.reason if latest else "")
    assert stored.acknowledged_on == acknowledged_on(stored)
    # What lists are filtered by, counted again from messages, answers and decisions.
    news = unanswered(Message.objects.filter(innovation=stored)).exists()
    answers = unused(Ask.objects.filter(innovation=stored)).exists()
    assert (stored.has_new_message, stored.has_new_answer) == (news, answers)


def assert_links_are_accounted_for(site, said: set[tuple[int, int]]) -> None:
    """What somebody said stands; all else was given by a merge that stands, and nothing is missing."""
    links = list(NeedLink.objects.filter(site=site).select_related("came_with", "innovation"))
    served = {(link.innovation_id, link.need_id) for link in links}
    assert {(x.innovation_id, x.need_id) for x in links if x.came_with is None} == said
    for link in links:
        if link.came_with:
            assert link.came_with.kind == DecisionKind.MERGE
            assert link.came_with.into_id == link.innovation_id
            assert not Decision.objects.filter(reverses=link.came_with).exists()
            assert (link.came_with.innovation_id, link.need_id) in served
        into = link.innovation.merged_into_id
        assert into is None or (into, link.need_id) in served


@pytest.mark.django_db
@given(data=st.data())
def test_any_sequence_of_actions_replays_to_what_is_stored(data):
    site, user = factories.SiteFactory(), factories.UserFactory()
    for kind in CHOICES:
        factories.reason(site, kind)
    at = dt.datetime(2026, 3, 23, 10, 30, tzinfo=dt.UTC)
    with acting_at(at):
        pks = [
            factories.innovation(site, f"Idea {n}", email=f"sender{n}@test.example").pk
            for n in range(3)
        ]
        for n in range(2):
            factories.need(site, f"Need {n}")
    said: set[tuple[int, int]] = set()
    for _ in range(data.draw(st.integers(1, 9))):
        at += data.draw(st.sampled_from(PAUSES))
        chosen = data.draw(st.sampled_from(pks))
        with acting_at(at):
            ideas = {row.pk: row for row in Innovation.objects.select_related("submission")}
            others = [
                ideas[pk]
                for pk in pks
                if pk != chosen
                and ideas[pk].state in (*IN_TRIAGE, State.SCOPING, State.PARKED)
            ]  # fmt: skip
            act(data, ideas[chosen], others, at, user, said)
        assert_links_are_accounted_for(site, said)
        for stored in Innovation.objects.filter(pk__in=pks).prefetch_related("decisions"):
            for row in stored.decisions.all():
                row.decision_undone = (
                    row.kind == "undo" or Decision.objects.filter(reverses=row).exists()
                )
            assert_replays(stored, at)
            # No idea is its own, by any way round.
            assert stored not in merged_into_this(stored)
            assert goes_on_as(stored).state != State.MERGED
    assert Interest.objects.filter(user=user).count() <= 9
