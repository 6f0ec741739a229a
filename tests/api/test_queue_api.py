"""The desk over REST: named views, several ideas at once, the next idea, and the filters of the list."""

import json

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.services import keys
from portfolio.models import Innovation, SavedView
from portfolio.services import classification, innovations, views
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db
API = "/api/v1"


def send(client, method, path, body=None, **headers):
    return getattr(client, method)(
        f"{API}/{path}", json.dumps(body or {}), content_type="application/json", headers=headers
    )


@pytest.fixture
def key(site):
    """A client with a key that reads innovations."""
    token = keys.create_key(site=site, name="Key", scopes=["innovations:read"], by=TEST)[1]
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_view_is_made_changed_and_deleted(hub, hub_user, site):
    body = {"name": "Digital", "query": "order=due&type=digital"}
    made = send(hub, "post", "triage-views/", body, **{"Idempotency-Key": "a"})
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["slug"], shown["query"], shown["owner"]) == (
        "digital",
        "type=digital&order=due",
        hub_user.ref,
    )
    again = send(hub, "post", "triage-views/", body, **{"Idempotency-Key": "a"})
    assert again.json() == shown
    assert SavedView.objects.count() == 1
    at = f"triage-views/{shown['ref']}/"
    assert send(hub, "patch", at, {"is_shared": True}).status_code == 428
    changed = send(hub, "patch", at, {"is_shared": True}, **{"If-Match": made["ETag"]})
    assert changed.json()["is_shared"] is True
    assert send(hub, "delete", at, **{"If-Match": made["ETag"]}).status_code == 412
    assert send(hub, "delete", at, **{"If-Match": changed["ETag"]}).status_code == 204
    assert hub.get(f"{API}/{at}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "Mine"}, "name"),
        ({"name": "A", "query": "type=spoon"}, "query"),
        ({"name": "A", "query": "colour=red"}, "query"),
        ({"name": "A", "query": "order=up"}, "query"),
    ],
)
def test_a_view_that_will_not_do(hub, site, body, field):
    response = send(hub, "post", "triage-views/", body)
    assert response.status_code == 400
    assert field in response.json()["errors"]


def test_a_key_reads_shared_views_and_makes_none(key, site, other_site):
    owner = factories.member(site)
    for name, shared in (("Ours", True), ("Mine alone", False)):
        views.save_view(site=site, owner=owner, name=name, query="", is_shared=shared, by=TEST)
    views.save_view(
        site=other_site,
        owner=factories.member(other_site),
        name="Foreign",
        query="",
        is_shared=True,
        by=TEST,
    )
    assert [view["name"] for view in key.get(f"{API}/triage-views/").json()["results"]] == ["Ours"]
    assert send(key, "post", "triage-views/", {"name": "A"}).status_code == 403


def test_one_thing_is_done_to_several(hub, hub_user, site, other_site):
    ideas = [factories.innovation(site, f"Idea {n}") for n in range(2)]
    foreign = factories.innovation(other_site)
    refs = [idea.ref for idea in (*ideas, foreign)]
    done = send(
        hub,
        "post",
        "innovations/bulk/",
        {"do": "priority", "priority": "high", "innovations": refs},
    )
    assert done.json() == {"done": 2, "left_alone": [], "missing": [foreign.ref]}
    again = send(
        hub,
        "post",
        "innovations/bulk/",
        {"do": "priority", "priority": "high", "innovations": refs[:1]},
    )
    assert again.json()["left_alone"] == [{"why": "had it already", "innovations": refs[:1]}]
    for body in (
        {"do": "assign", "to": "me"},
        {"do": "tag", "tag": "Beds"},
        {"do": "acknowledge"},
    ):
        assert (
            send(hub, "post", "innovations/bulk/", {**body, "innovations": refs[:2]}).status_code
            == 200
        )
    assert set(Innovation.objects.filter(site=site).values_list("assignee", flat=True)) == {
        hub_user.pk
    }
    for body in (
        {"do": "assign"},
        {"do": "assign", "to": "0000000000"},
        {"do": "tag", "tag": " "},
        {"do": "priority"},
        {"do": "erase"},
        {"do": "acknowledge", "innovations": []},
        {"do": "acknowledge", "innovations": ["0"] * 501},
    ):
        response = send(hub, "post", "innovations/bulk/", {"innovations": refs, **body})
        assert response.status_code == 400, body


def test_the_next_idea_is_taken(hub, hub_user, site, key):
    idea = factories.innovation(site, "Waits")
    taken = send(hub, "post", "innovations/take-next/")
    assert taken.status_code == 200
    assert (taken.json()["ref"], taken.json()["assignee"]) == (idea.ref, hub_user.ref)
    assert taken["ETag"]
    assert send(hub, "post", "innovations/take-next/").status_code == 204
    assert send(key, "post", "innovations/take-next/").status_code == 403


def test_the_list_has_the_filters_of_the_queue(hub, hub_user, site):
    idea = classification.classify(
        innovation=factories.innovation(site, "Said", email="a@test.example"),
        by=TEST,
        source="hin",
        priority="high",
        tags=["Winter beds"],
        benefit_areas=["care"],
    )
    innovations.assign(innovation=idea, to=hub_user, by=TEST)
    factories.innovation(site, "Unsaid")
    Innovation.objects.filter(pk=idea.pk).update(similar_count=1)
    for query, expected in (
        ("source=hin", ["Said"]),
        ("priority=high&priority=low", ["Said"]),
        ("priority=none", ["Unsaid"]),
        ("tag=winter%20BEDS", ["Said"]),
        ("benefit_area=care", ["Said"]),
        ("has_similar=true", ["Said"]),
        ("has_similar=false", ["Unsaid"]),
        ("need=none", ["Said", "Unsaid"]),
        ("need=0000000000", []),
        ("overdue=true", []),
        ("overdue=false", ["Said", "Unsaid"]),
        ("acknowledged=true", []),
        ("acknowledged=false", ["Said", "Unsaid"]),
        ("waits_on=submitter", []),
        ("ordering=sort_due", ["Said", "Unsaid"]),
    ):
        response = hub.get(f"{API}/innovations/?{query}")
        assert response.status_code == 200, (query, response.content)
        assert [row["title"] for row in response.json()["results"]] == expected, query
    for query in ("source=spoon", "priority=huge", "overdue=perhaps"):
        assert hub.get(f"{API}/innovations/?{query}").status_code == 400, query


def test_executives_do_nothing_at_the_desk(sign_in, site):
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    for path in ("triage-views/", "innovations/bulk/", "innovations/take-next/"):
        assert send(client, "post", path).status_code == 403
