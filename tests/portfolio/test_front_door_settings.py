"""A site lead opens, closes and words the front door."""

import pytest

from hubapp.events.models import Event
from hubapp.problems import Stale
from portfolio.models import FrontDoor, Innovation
from portfolio.services.front_door import change_front_door
from tests import factories
from tests.portfolio.test_front_door import words

pytestmark = pytest.mark.django_db

VALUES = {
    "is_open": "on",
    "privacy_notice": "We keep it safe.",
    "who_reads": "Two of us.",
    "how_long_kept": "One year.",
    "decision_days": "10",
    "version": "1",
}


@pytest.fixture
def lead(site, sign_in):
    """A client signed in as the site's lead."""
    return sign_in(factories.member(site, "site_lead"))


def test_what_is_saved_is_what_people_read_and_are_promised(lead, client, site):
    idea = factories.innovation(site)
    page = f"/{site.slug}/settings/front-door/"
    assert "Working days until your answer" in words(lead.get(page))
    assert "The front door is changed" in words(lead.post(page, VALUES, follow=True))
    door = words(client.get(f"/submit/{site.slug}/"))
    for said in ("We keep it safe.", "Two of us.", "One year.", "within 10 working days"):
        assert said in door
    # What was promised before is kept; what comes from now on has the new time.
    due_before = idea.due_on
    idea.refresh_from_db()
    assert (idea.due_on, idea.days_allowed) == (due_before, 20)
    assert factories.innovation(site, "Next").days_allowed == 10
    event = Event.objects.get(verb="front_door.changed")
    assert event.changes["decision_days"] == 10
    assert event.changes["privacy_notice"] == "changed"
    assert event.site_id == site.pk


def test_of_two_leads_the_second_sees_what_the_first_did_and_keeps_what_they_typed(lead, site):
    page = f"/{site.slug}/settings/front-door/"
    lead.post(page, VALUES)
    answer = lead.post(page, {**VALUES, "who_reads": "Mine", "decision_days": "30"})
    assert answer.status_code == 422
    said = words(answer)
    assert "Somebody else changed these settings" in said
    assert "answers within 10 working days" in said
    assert 'value="Mine"' in answer.content.decode()
    assert FrontDoor.objects.get().who_reads == "Two of us."
    # Having compared, saving again works.
    version = answer.context["form"]["version"].value()
    assert lead.post(page, {**VALUES, "who_reads": "Mine", "version": version}).status_code == 302
    assert FrontDoor.objects.get().who_reads == "Mine"
    with pytest.raises(Stale):
        change_front_door(site=site, version=1, by=factories.TEST, is_open=False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"decision_days": "0"}, "1 to 250"),
        ({"decision_days": "251"}, "1 to 250"),
        ({"decision_days": "soon"}, "must be a whole number"),
        ({"decision_days": ""}, "Enter working days until your answer"),
        ({"privacy_notice": "x" * 4001}, "4000 characters or fewer"),
        ({"who_reads": ""}, "Enter who reads an idea"),
        ({"how_long_kept": "a\x00"}, "cannot be stored"),
        ({"version": "x"}, "whole number"),
    ],
)
def test_a_wrong_value_gets_a_sentence(lead, site, changes, sentence):
    answer = lead.post(f"/{site.slug}/settings/front-door/", {**VALUES, **changes})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not FrontDoor.objects.exists()


def test_it_is_for_the_site_lead_and_listed_with_the_settings(
    lead, client, site, other_site, sign_in
):
    assert (
        f"/{site.slug}/settings/front-door/" in lead.get(f"/{site.slug}/settings/").content.decode()
    )
    assert client.get(f"/{other_site.slug}/settings/front-door/").status_code == 404
    sign_in(factories.member(site))
    assert client.get(f"/{site.slug}/settings/front-door/").status_code == 403
    assert not Innovation.objects.exists()
