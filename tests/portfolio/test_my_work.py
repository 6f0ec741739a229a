"""My work: each idea in one list, for the most urgent of its reasons."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from hubapp import hooks
from hubapp.workdays import LONDON
from portfolio.services import innovations, messages
from tests import factories

pytestmark = pytest.mark.django_db
FRIDAY = dt.datetime(2026, 11, 20, 10, tzinfo=LONDON)


def lists_of(user) -> dict[str, list[tuple[str, bool]]]:
    """Heading → (title, late) as the page and the daily mail show them."""
    return {
        work.heading: [(item.title, item.overdue) for item in work.items]
        for ask in hooks.work
        for work in ask(user)
    }


def test_an_idea_stands_in_the_list_of_its_most_urgent_reason(site, hub_user):
    ages = {"Overdue": 60, "Silent for a week": 7, "Silent since Wednesday": 2, "New": 0}
    for title, days in ages.items():
        with time_machine.travel(FRIDAY - dt.timedelta(days=days), tick=False):
            factories.innovation(site, title, email="sender@test.example")
    with time_machine.travel(FRIDAY - dt.timedelta(days=30), tick=False):
        # With nobody to write to there is nothing to acknowledge.
        factories.innovation(site, "Nobody to write to", email="")
        own = factories.innovation(site, "My own", email="sender@test.example")
        innovations.assign(innovation=own, to=hub_user, by=factories.TEST)
    with time_machine.travel(FRIDAY, tick=False):
        found = lists_of(hub_user)
    assert found["Overdue ideas"][0] == ("Overdue", True)
    assert found["Ideas to acknowledge"] == [
        ("Silent for a week", True),
        ("Silent since Wednesday", False),
    ]
    assert ("New", False) in found["Ideas nobody looks after yet"]
    named = [title for work in found.values() for title, _ in work]
    assert len(named) == len(set(named))


def test_what_was_acknowledged_is_not_asked_for_again(site, hub_user):
    with time_machine.travel(FRIDAY - dt.timedelta(days=7), tick=False):
        idea = factories.innovation(site, "Silent", email="sender@test.example")
    with time_machine.travel(FRIDAY, tick=False):
        assert "Ideas to acknowledge" in lists_of(hub_user)
        messages.acknowledge(innovation=idea, by=hub_user.actor)
        assert "Ideas to acknowledge" not in lists_of(hub_user)
        assert timezone.localdate() == FRIDAY.date()
