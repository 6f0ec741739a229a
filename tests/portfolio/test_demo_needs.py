"""Demo needs and calls: through the services, on any day of the year, once."""

import datetime as dt

import pytest
import time_machine

from hubapp import hooks
from hubapp.actors import system
from hubapp.events.models import Event
from portfolio.enums import CallStanding
from portfolio.models import Call, Innovation, InnovationLabel, Need, NeedLink
from portfolio.queries import needs as queries
from tests.factories import today

pytestmark = pytest.mark.django_db
MODULES = ("accounts.demo", "portfolio.demo", "portfolio.demo_needs")


def load():
    for hook in hooks.demo:
        if hook.__module__ in MODULES:
            hook(system("tests"))


@pytest.mark.parametrize("at", ["2026-11-21T03:40", "2027-04-01T00:10", "2028-02-29T23:50"])
def test_demo_needs_show_every_case_and_a_second_run_adds_nothing(at, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    now = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        load()
        tables = (Need, NeedLink, Call, Innovation, InnovationLabel, Event)
        counts = [model.objects.count() for model in tables]
        load()
        assert [model.objects.count() for model in tables] == counts
        assert Need.objects.count() == 3
        on = today()
        assert {call.standing(on) for call in Call.objects.all()} == {
            CallStanding.OPEN,
            CallStanding.CLOSED,
        }
        assert queries.standing_today(Need.objects.all(), "current").count() == 3
        unserved = Need.objects.exclude(links__isnull=False)
        assert [need.title for need in unserved] == ["Fewer falls on wards at night"]
        came = Innovation.objects.get(call__isnull=False)
        assert came.need_links.get().need == came.call.need
        assert came.state == "waiting"
    ideas = Innovation.objects.filter(site__code="DEMO1")
    assert ideas.exclude(focus="").count() > ideas.count() / 2
    told = Event.objects.filter(verb__regex=r"^(need|call|innovation)[.]")
    assert all(event.at <= now for event in told)
