"""Demo data: through the services, on any day of the year, once."""

import datetime as dt

import pytest
import time_machine

from hubapp import hooks
from hubapp.actors import system
from hubapp.events.models import Event
from portfolio.clock import standing
from portfolio.models import Enquiry, Innovation, Submission

pytestmark = pytest.mark.django_db


def load():
    for hook in hooks.demo:
        if hook.__module__ in ("accounts.demo", "portfolio.demo"):
            hook(system("tests"))


@pytest.mark.parametrize(
    "today", ["2026-11-21T03:40", "2027-01-04T00:10", "2026-04-06T12:00", "2028-02-29T23:50"]
)
def test_demo_ideas_tell_the_last_six_months_and_a_second_run_adds_nothing(
    today, tmp_path, settings
):
    settings.DATA_DIR = tmp_path
    now = dt.datetime.fromisoformat(today).replace(tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        load()
        counts = [model.objects.count() for model in (Innovation, Submission, Enquiry, Event)]
        load()
        assert [
            model.objects.count() for model in (Innovation, Submission, Enquiry, Event)
        ] == counts
    demo1 = Innovation.objects.filter(site__code="DEMO1")
    assert demo1.count() == 25
    assert Innovation.objects.filter(site__code="DEMO2").count() == 3
    assert set(demo1.values_list("state", flat=True)) == {
        "waiting",
        "asked",
        "scoping",
        "declined",
        "withdrawn",
    }
    assert demo1.filter(due_on__lt=now.date()).exists()
    assert demo1.filter(is_confidential=True).exists()
    assert Submission.objects.filter(confirmed_at=None).count() == 2
    assert Submission.objects.filter(network__isnull=False, routed_at=None).count() == 1
    assert Enquiry.objects.count() == 3
    assert demo1.earliest("received_on").received_on > now.date() - dt.timedelta(days=190)
    replay_all(now)


@pytest.mark.parametrize(
    "today", ["2026-11-21T03:40", "2027-01-04T00:10", "2026-04-06T12:00", "2028-02-29T23:50"]
)
def test_demo_decisions_have_every_kind_and_a_second_run_adds_nothing(today, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    now = dt.datetime.fromisoformat(today).replace(tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        for _ in range(2):
            for hook in hooks.demo:
                if hook.__module__ in ("accounts.demo", "portfolio.demo_decisions"):
                    hook(system("tests"))
    demo1 = Innovation.objects.filter(site__code="DEMO1")
    assert demo1.count() == 9
    assert set(demo1.values_list("state", flat=True)) == {
        "waiting",
        "held",
        "signposted",
        "parked",
        "merged",
        "declined",
    }
    assert demo1.filter(exemption="technical_difficulties").exists()
    assert demo1.get(state="merged").merged_into.state == "waiting"
    assert demo1.get(state="held").waits_on_function == "ig"
    assert {bool(idea.parked_until) for idea in demo1.filter(state="parked")} == {True, False}
    replay_all(now)


def replay_all(now):
    for innovation in Innovation.objects.all():
        moves = list(innovation.moves.order_by("number"))
        assert all(move.at <= now for move in moves)
        assert [move.at for move in moves] == sorted(move.at for move in moves)
        replayed = standing(
            moves, started_on=innovation.clock_started_on, days_allowed=innovation.days_allowed
        )
        assert (innovation.state, innovation.due_on, innovation.decision_days) == (
            replayed.state,
            replayed.due_on,
            replayed.decision_days,
        )
