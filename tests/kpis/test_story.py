"""Ideas that live through the services, and the numbers that follow them by beat's task alone."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubapp.actors import system
from hubapp.problems import Refused
from kpis import services, tasks
from kpis.models import KpiContribution, KpiMonth, KpiSweep, KpiValue
from portfolio.enums import DecisionKind, State
from portfolio.models import Innovation
from portfolio.services import decisions, submissions
from tests import factories

BY = system("tests")


@pytest.fixture
def decide(site):
    """``decide(innovation, kind)`` with a reason of the site."""

    def go(innovation: Innovation, kind: str = DecisionKind.DECLINE):
        reason = factories.reason(site, kind)
        return decisions.decide(
            innovation=Innovation.objects.get(pk=innovation.pk),
            kind=kind,
            reason_code=reason.code,
            words=reason.words,
            by=BY,
        )

    return go


def value(site, kpi: str, month: str) -> KpiValue:
    return KpiValue.objects.get(
        site=site, kpi=kpi, period_start=dt.date.fromisoformat(f"{month}-01"), is_current=True
    )


def test_the_clock_stops_while_the_sender_is_asked_and_an_undone_decision_does_not_count(
    clock, site, decide
):
    clock.move_to(dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC))
    innovation = factories.innovation(site)
    tasks.compute_due()
    assert value(site, "innovations_submitted", "2026-09").value == 1

    clock.move_to(dt.datetime(2026, 9, 3, 9, tzinfo=dt.UTC))  # two working days later
    decide(innovation, DecisionKind.ASK)
    tasks.compute_due()
    assert value(site, "median_days_to_decision", "2026-09").status == "no_data"

    clock.move_to(dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC))
    decisions.resume(innovation=Innovation.objects.get(pk=innovation.pk), by=BY)
    clock.move_to(dt.datetime(2026, 10, 8, 9, tzinfo=dt.UTC))  # three more
    made = decide(innovation)
    clock.shift(dt.timedelta(minutes=5))
    tasks.compute_due()
    assert value(site, "median_days_to_decision", "2026-10").value == 5
    assert value(site, "decided_on_time", "2026-10").value == 100

    decisions.undo(decision=made, by=BY)
    clock.shift(dt.timedelta(minutes=5))
    tasks.compute_due()
    assert value(site, "median_days_to_decision", "2026-10").status == "no_data"
    assert value(site, "decided_on_time", "2026-10").status == "no_data"

    # Never decided: late in the month in which it was due.
    clock.move_to(dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC))
    tasks.compute_due()
    due_on = Innovation.objects.get(pk=innovation.pk).due_on
    late = value(site, "decided_on_time", f"{due_on:%Y-%m}")
    assert (late.numerator, late.denominator, late.value, late.status) == (0, 1, 0, "final")


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["receive", "decline", "scoping", "ask", "resume", "undo", "withdraw", "sweep"]
        ),
        st.integers(0, 7),  # which idea
        st.integers(0, 12),  # days until the next step
        st.integers(0, 9),  # and minutes
    ),
    max_size=30,
)


def act(step: str, innovation: Innovation | None, decide) -> None:
    """One step of the story, as far as the state allows it."""
    if step == "receive" or innovation is None:
        return
    try:
        if step in ("decline", "scoping", "ask"):
            decide(innovation, DecisionKind(step))
        elif step == "resume":
            decisions.resume(innovation=innovation, by=BY)
        elif step == "undo":
            made = innovation.decisions.exclude(kind=DecisionKind.UNDO).last()
            if made is not None:
                decisions.undo(decision=made, by=BY)
        elif innovation.submission is not None and innovation.state != State.WITHDRAWN:
            submissions.withdraw(submission=innovation.submission, by=BY)
    except Refused:
        pass


@given(steps)
def test_sweeps_arrive_at_what_a_fresh_computation_of_everything_gives(clock, site, decide, story):
    """However the records changed and whenever beat ran, nothing that changed is missed."""
    clock.move_to(dt.datetime(2026, 8, 28, 9, tzinfo=dt.UTC))
    KpiMonth.objects.all().delete()
    KpiSweep.objects.all().delete()
    ideas = [factories.innovation(site)]
    for step, which, days, minutes in story:
        if step == "receive":
            ideas.append(factories.innovation(site))
        elif step == "sweep":
            tasks.compute_due()
        else:
            act(step, Innovation.objects.get(pk=ideas[which % len(ideas)].pk), decide)
        clock.shift(dt.timedelta(days=days, minutes=minutes))
    tasks.compute_due()
    for month in KpiMonth.objects.filter(site=site).values_list("period_start", flat=True):
        assert services.compute(month=month, by=BY) == []
    for row in KpiValue.objects.filter(site=site, is_current=True):
        gave = KpiContribution.objects.filter(kpi_value=row)
        if row.denominator is not None:
            assert sum((each.denominator for each in gave), Decimal(0)) == row.denominator
        if row.numerator is not None:
            assert sum((each.numerator for each in gave), Decimal(0)) == row.numerator
