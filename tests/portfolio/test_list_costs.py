"""What the busiest pages ask the database, and that asking less shows the same."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from hubapp.actors import link
from hubapp.db.search import containing
from portfolio.enums import AnswerValue
from portfolio.models import Innovation
from portfolio.queries import checklists as lists
from portfolio.queries import innovations as one
from portfolio.queries import triage
from portfolio.services import assessments, bulk, decisions, messages
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db

MOST = 12
# Two pages in one where no script asks for the panel alone.
QUEUE_AND_PANEL = 16


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


def test_a_plain_idea_costs_little_and_its_page_has_no_empty_part(hub, site):
    idea = factories.innovation(site, "Frozen labels", email="ada@test.example")
    response, queries = get(hub, "innovation", site, ref=idea.ref)
    assert queries <= 8
    text = response.content.decode()
    for absent in ("checklist", "screening", "decisions", "asks", "notes", "files", "needs"):
        assert f'id="{absent}"' not in text
    assert 'id="messages"' in text
    for offered in ("Ask somebody", "Write a note for the team", "Add a file", "Stop the clock"):
        assert offered in text
    assert get(hub, "decide", site, ref=idea.ref)[1] <= 8
    address = reverse("portfolio:triage_item", kwargs={"site": site.slug, "ref": idea.ref})
    with CaptureQueriesContext(connection) as panel:
        hub.get(address, headers={"HX-Request": "true"})
    assert len(panel) <= 8


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
    assert queries <= QUEUE_AND_PANEL
    text = response.content.decode()
    assert "Undo the decision" in text
    assert "Which ward?" in text
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        hub.force_login(hub_user, backend="accounts.backends.EmailBackend")
        response, queries = get(hub, "triage_item", site, ref=eventful.ref)
    assert queries <= QUEUE_AND_PANEL
    assert "Undo the decision" not in response.content.decode()


def test_the_lists_stay_within_bounds(hub, site, eventful):
    assert get(hub, "triage", site)[1] <= 9
    assert get(hub, "innovations", site)[1] <= 9
    assert get(hub, "innovation", site, ref=eventful.ref)[1] <= MOST


def test_what_the_panel_takes_of_the_history_is_what_the_page_shows(eventful):
    whole, latest = one.history_of(eventful), one.latest_of(eventful, messages=2)
    assert latest.held == whole.held is not None
    assert latest.messages == whole.messages[:2]


def test_a_new_message_is_one_that_neither_message_nor_decision_followed(site, hub_user):
    def received(idea, at):
        with time_machine.travel(at, tick=False):
            messages.write_to_hub(
                innovation=idea,
                body="Here.",
                once_key=f"{idea.ref}{at:%H%M%S}",
                by=link(idea.submission.ref),
            )

    ideas = [factories.innovation(site, f"Idea {n}", email="a@test.example") for n in range(4)]
    now = timezone.now()
    _silent, new, answered, decided = ideas
    for idea in (new, answered, decided):
        received(idea, now + dt.timedelta(hours=1))
    with time_machine.travel(now + dt.timedelta(hours=2), tick=False):
        messages.write_to_submitter(innovation=answered, body="Ta.", once_key="b" * 20, by=TEST)
        decisions.decide(
            innovation=Innovation.objects.get(pk=decided.pk),
            kind="decline",
            reason_code=factories.reason(site, "decline").code,
            words="No.",
            by=TEST,
        )

    def written_last():
        return set(Innovation.objects.filter(has_new_message=True))

    assert written_last() == {new}
    received(answered, now + dt.timedelta(hours=3))
    assert written_last() == {new, answered}
    # One press for both, of which one was written to already.
    with time_machine.travel(now + dt.timedelta(hours=4), tick=False):
        assert bulk.acknowledge(site=site, innovations=[new, answered], by=TEST) == 1
    assert written_last() == {answered}


@pytest.mark.parametrize("roles", [(Role.HUB_STAFF, Role.EXECUTIVE), (Role.EXECUTIVE, Role.HUB_STAFF),
                                   (Role.REVIEWER, Role.HUB_STAFF), (Role.PPIE_LEAD, Role.REVIEWER),
                                   (None, Role.HUB_STAFF)])  # fmt: skip
def test_a_list_of_one_site_shows_what_its_viewer_may_read_and_no_more(site, other_site, roles):
    user = None
    for place, role in zip((site, other_site), roles, strict=True):
        if role:
            user = factories.member(place, role=role, user=user)
    for place in (site, other_site):
        for secret in (False, True):
            for holder in (None, user):
                idea = factories.innovation(place, is_confidential=secret)
                Innovation.objects.filter(pk=idea.pk).update(assignee=holder)
    viewer = User.objects.get(pk=user.pk).viewer
    for place in (site, other_site):
        expected = Innovation.objects.visible_to(viewer).at(place)
        assert set(triage.ideas_of_site(viewer, place)) == set(expected)


def test_what_is_searched_has_each_word_once_and_finds_what_the_texts_hold(site):
    idea = factories.innovation(
        site, "Frozen Café labels", problem="Labels fall off\nfrozen bags.", idea="Café\tstickers"
    )
    words = idea.search_text.split(" ")
    assert len(words) == len(set(words))
    for asked in ("frozen bags", "CAFE stick", "off frozen", idea.ref, "bags. labels"):
        found = Innovation.objects.filter(containing("search_text", asked))
        assert list(found) == [idea], asked
