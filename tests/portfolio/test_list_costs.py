"""What the busiest pages ask the database, and that asking less shows the same."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portfolio.enums import AnswerValue
from portfolio.models import Innovation
from portfolio.queries import checklists as lists
from portfolio.queries import innovations as one
from portfolio.services import assessments, decisions, messages
from tests import factories

pytestmark = pytest.mark.django_db

MOST = 12


def get(client, name, site, **more):
    """The page, and how many statements it took."""
    address = reverse(f"portfolio:{name}", kwargs={"site": site.slug, **more})
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    return response, len(queries)


def finish_checklist(idea, checklist, user):
    answers = {
        item.code: (value, "")
        for item, value in zip(
            checklist.items.all(), AnswerValue.values * checklist.items.count(), strict=False
        )
    }
    saved = assessments.save_answers(
        innovation=idea, checklist=checklist, answers=answers, assessor=user, by=user.actor
    )
    return assessments.finish(assessment=saved, by=user.actor)


@pytest.fixture
def checklist(site):
    return lists.checklists_in_use(site)[0]


@pytest.fixture
def eventful(site, hub_user, checklist):
    """Assessed by two, written to and answered, asked, and the asking is held."""
    idea = factories.innovation(site, "Frozen labels", email="ada@test.example")
    for user in (hub_user, factories.member(site)):
        finish_checklist(idea, checklist, user)
    messages.write_to_submitter(
        innovation=idea, body="Which ward?", once_key="a" * 20, by=hub_user.actor
    )
    reason = factories.reason(site, "ask")
    decisions.decide(
        innovation=idea, kind="ask", reason_code=reason.code, words="Tell more.", by=hub_user.actor
    )
    return Innovation.objects.get(pk=idea.pk)


def test_the_queue_with_an_eventful_idea_beside_it_stays_within_bounds(
    hub, hub_user, site, eventful
):
    for _ in range(3):
        factories.innovation(site)
    response, queries = get(hub, "triage_item", site, ref=eventful.ref)
    # One more in the minutes while an answer is held.
    assert queries <= MOST + 1
    text = response.content.decode()
    assert "Undo the decision" in text
    assert "Which ward?" in text
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        hub.force_login(hub_user, backend="accounts.backends.EmailBackend")
        response, queries = get(hub, "triage_item", site, ref=eventful.ref)
    assert queries <= MOST
    assert "Undo the decision" not in response.content.decode()


def test_the_lists_stay_within_bounds(hub, site, eventful):
    assert get(hub, "triage", site)[1] <= 9
    assert get(hub, "innovations", site)[1] <= 9
    assert get(hub, "innovation", site, ref=eventful.ref)[1] <= MOST


def test_what_the_panel_takes_of_the_history_is_what_the_page_shows(eventful):
    whole, latest = one.history_of(eventful), one.latest_of(eventful, messages=2)
    assert latest.held == whole.held is not None
    assert latest.messages == whole.messages[:2]
