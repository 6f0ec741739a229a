"""Choosing, writing and publishing a site's checklists over the API."""

import pytest

from hubapp.events.models import Event
from portfolio.models import Checklist, ChecklistDraft
from portfolio.queries.checklists import checklists_in_use
from portfolio.services import checklists
from tests.api.conftest import BY, Caller, new_key

pytestmark = pytest.mark.django_db
QUESTIONS = [
    {"label": "Need", "question": "Is it needed?"},
    {"label": "Fit", "question": "Does it fit?", "scale": "yes-partly-no"},
]


def keys(answer) -> list[str]:
    return [row["key"] for row in answer.json()["in_use"]]


def test_what_assessors_answer_is_chosen_and_ordered(robot, site):
    address = f"sites/{site.code.lower()}/checklists/"
    read = robot.get(address)
    assert keys(read) == ["manchester-8"]
    tag = read["ETag"]
    assert robot.get(address, headers={"If-None-Match": "other"}).status_code == 200
    used = robot.post(f"{address}use/", {"key": "places-5"}, if_match=tag)
    assert (used.status_code, keys(used)) == (200, ["manchester-8", "places-5"])
    # Whoever read before that changes nothing unseen.
    late = robot.post(f"{address}stop/", {"key": "manchester-8"}, if_match=tag)
    assert late.status_code == 412
    assert robot.post(f"{address}stop/", {"key": "manchester-8"}).status_code == 428
    moved = robot.post(f"{address}move/", {"key": "places-5", "up": True}, if_match=used["ETag"])
    assert keys(moved) == ["places-5", "manchester-8"]
    assert moved["ETag"] == robot.get(address)["ETag"] != used["ETag"]
    stopped = robot.post(f"{address}stop/", {"key": "manchester-8"}, if_match=moved["ETag"])
    assert keys(stopped) == ["places-5"] == [each.key for each in checklists_in_use(site)]
    last = robot.post(f"{address}stop/", {"key": "places-5"}, if_match=stopped["ETag"])
    assert last.status_code == 409
    assert "only checklist in use" in last.json()["detail"]
    for body, status in (({"key": "nothing"}, 409), ({}, 400), ({"key": "a", "up": True}, 400)):
        response = robot.post(f"{address}use/", body, if_match=stopped["ETag"])
        assert response.status_code == status, body


def test_a_checklist_is_written_and_published(robot, site):
    shipped = Checklist.objects.get(site=None, key="manchester-8", valid_to=None)
    body = {"checklist": shipped.ref, "title": "Ours"}
    made = robot.post("checklist-drafts/", body, key="once")
    again = robot.post("checklist-drafts/", body, key="once")
    assert (made.status_code, again.status_code) == (201, 201)
    assert ChecklistDraft.objects.count() == 1
    draft = made.json()
    assert (draft["title"], draft["based_on"], len(draft["items"])) == ("Ours", shipped.ref, 8)
    address = f"checklist-drafts/{draft['ref']}/"
    assert [row["ref"] for row in robot.every("checklist-drafts/")] == [draft["ref"]]

    saved = robot.patch(
        address, {"items": [*draft["items"][:1], *QUESTIONS]}, if_match=made["ETag"]
    )
    assert saved.status_code == 200, saved.content
    codes = [item["code"] for item in saved.json()["items"]]
    # The code of what was there stays, so that its answers go on.
    assert codes[0] == draft["items"][0]["code"]
    assert robot.patch(address, {"title": "Late"}, if_match=made["ETag"]).status_code == 412
    renamed = robot.patch(address, {"title": "Our three"}, if_match=saved["ETag"])
    assert len(renamed.json()["items"]) == 3, "what is left out stays"

    assert robot.post(f"{address}publish/").status_code == 428
    published = robot.post(f"{address}publish/", if_match=renamed["ETag"], key="publish")
    lost = robot.post(f"{address}publish/", if_match=renamed["ETag"], key="publish")
    assert published.status_code == lost.status_code == 201
    assert published.json() == lost.json()
    assert [item["code"] for item in published.json()["items"]] == codes
    assert (published.json()["version"], published.json()["site"]) == (1, site.code)
    # It took the place of what it was copied from, and the draft is gone.
    assert keys(robot.get(f"sites/{site.code}/checklists/")) == [published.json()["key"]]
    assert robot.get(address).status_code == 404
    assert Event.objects.filter(verb="checklist.published", actor_kind="key").count() == 1


def test_a_draft_is_thrown_away_and_nothing_empty_is_published(robot):
    made = robot.post("checklist-drafts/", {"title": "Empty"})
    address = f"checklist-drafts/{made.json()['ref']}/"
    empty = robot.post(f"{address}publish/", if_match=made["ETag"])
    assert empty.status_code == 409
    assert "at least one question" in empty.json()["detail"]
    assert robot.send("DELETE", address, {}).status_code == 428
    assert robot.send("DELETE", address, {}, if_match=made["ETag"]).status_code == 204
    assert not ChecklistDraft.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"items": [{"label": "Need"}]}, "items"),
        ({"items": [{"label": "Need", "question": " "}]}, "items"),
        ({"items": [QUESTIONS[0], {**QUESTIONS[1], "scale": "stars"}]}, "items.1"),
        ({"items": [{"label": "x" * 300, "question": "Is it?"}]}, "items.0"),
        ({"items": "many"}, "items"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"titel": "Ours"}, "titel"),
    ],
)
def test_what_is_wrong_is_named(robot, body, field):
    made = robot.post("checklist-drafts/", {"title": "Ours"})
    response = robot.patch(f"checklist-drafts/{made.json()['ref']}/", body, if_match=made["ETag"])
    assert response.status_code == 400, response.content
    assert any(name.startswith(field) for name in response.json()["errors"]), response.json()
    assert ChecklistDraft.objects.get().version == 1


def test_begin_with_what_is_not_there(robot, other_site):
    assert robot.post("checklist-drafts/", {}).status_code == 400
    theirs = checklists.draft(site=other_site, title="Theirs", by=BY)
    checklists.save_draft(draft=theirs, title="Theirs", items=QUESTIONS, by=BY)
    theirs = checklists.publish(draft=ChecklistDraft.objects.get(), by=BY)
    foreign = robot.post("checklist-drafts/", {"checklist": theirs.ref})
    missing = robot.post("checklist-drafts/", {"checklist": "0000000000"})
    assert foreign.status_code == missing.status_code == 400
    assert foreign.content == missing.content


def test_who_may(key_with, as_role, site, other_site, robot):
    reader = key_with("checklists:read")
    address = f"sites/{site.code}/checklists/"
    tag = reader.get(address)["ETag"]
    assert reader.get("checklist-drafts/").status_code == 200
    assert reader.post(f"{address}use/", {"key": "places-5"}, if_match=tag).status_code == 403
    assert reader.post("checklist-drafts/", {"title": "Ours"}).status_code == 403
    writer = key_with("checklists:write")
    assert writer.post(f"{address}use/", {"key": "places-5"}, if_match=tag).status_code == 200
    staff, lead = as_role("hub_staff"), as_role("site_lead")
    assert staff.get(address).status_code == 200
    assert staff.get("checklist-drafts/").status_code == 403
    assert lead.post("checklist-drafts/", {"title": "Ours"}).status_code == 201
    foreign, missing = f"sites/{other_site.code}/checklists/", "sites/NOWHERE/checklists/"
    assert robot.get(foreign).status_code == robot.get(missing).status_code == 404
    theirs = Caller(key=new_key(other_site)).post("checklist-drafts/", {"title": "Theirs"})
    hidden = robot.get(f"checklist-drafts/{theirs.json()['ref']}/")
    nothing = robot.get("checklist-drafts/0000000000/")
    assert (hidden.status_code, hidden.content) == (404, nothing.content)
