"""Imports over the API: a file with its mapping, counted or straight in, confirmed and undone."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hubapp.outbox.models import OutboxMessage
from portfolio.enums import ImportState, State
from portfolio.models import ImportJob, Innovation
from tests import factories

pytestmark = pytest.mark.django_db
FILE = b"Name,Kind of thing,Where\nSensor,Gadget,WIP\nApp,Software,WIP|DEPLOYED\n,Software,WIP\n"
MAPPING = {
    "columns": {"Name": "title", "Kind of thing": "innovation_type", "Where": "state"},
    "values": {
        "innovation_type": {"Gadget": "device", "Software": "digital"},
        "state": {"WIP": "scoping", "WIP|DEPLOYED": "waiting"},
    },
}
OURS = b"title,innovation_type\nSensor,device\n"


def send(caller, content=FILE, *, name="ideas.csv", key="", **fields):
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content), **fields})
    return caller.post("imports/", body, kind=MULTIPART_CONTENT, key=key)


def mapped(caller, content=FILE, **fields):
    return send(caller, content, mapping=json.dumps(MAPPING), **fields)


def test_a_file_with_its_mapping_goes_straight_in(robot, run_outbox):
    response = mapped(robot)
    assert response.status_code == 201
    assert (response.json()["state"], response.json()["dry_run"]) == ("queued", False)
    run_outbox()
    done = robot.get(response["Location"]).json()
    assert (done["state"], done["created"], done["failed"]) == ("done", 2, 1)
    assert done["by_type"] == {"device": 1, "digital": 1}
    assert done["mapping"]["columns"] == MAPPING["columns"]
    assert done["author_kind"] == "key"
    rows = robot.every(f"imports/{done['ref']}/rows/")
    assert [(row["line"], row["outcome"], row["reason"]) for row in rows] == [
        (2, "created", ""),
        (3, "created", ""),
        (4, "failed", "Title is missing."),
    ]
    assert rows[0]["innovation"] == Innovation.objects.get(title="Sensor").ref
    assert len(robot.every(f"imports/{done['ref']}/rows/", outcome="failed")) == 1


def test_a_dry_run_counts_and_waits_to_be_confirmed(robot, run_outbox):
    response = mapped(robot, dry_run="true")
    address = response["Location"]
    run_outbox()
    counted = robot.get(address)
    assert (counted.json()["state"], counted.json()["created"]) == ("checked", 2)
    assert Innovation.objects.count() == 0
    assert robot.post(f"{address}confirm/").status_code == 428
    assert robot.post(f"{address}confirm/", if_match=response["ETag"]).status_code == 412
    assert robot.post(f"{address}confirm/", if_match=counted["ETag"]).status_code == 200
    run_outbox()
    done = robot.get(address)
    assert (done.json()["state"], done.json()["created"]) == ("done", 2)
    again = robot.post(f"{address}confirm/", if_match=done["ETag"])
    assert again.status_code == 409
    assert Innovation.objects.count() == 2


def test_a_file_that_nobody_explained_says_its_columns_and_takes_their_meaning(robot, run_outbox):
    address = send(robot, dry_run="true")["Location"]
    run_outbox()
    asked = robot.get(address)
    assert (asked.json()["state"], asked.json()["mapping"]) == ("mapping", None)
    assert asked.json()["columns"] == [
        {"name": "Name", "filled": 2},
        {"name": "Kind of thing", "filled": 3},
        {"name": "Where", "filled": 3},
    ]
    # What stands in the cells is not given out.
    assert "Sensor" not in asked.content.decode()
    wrong = robot.post(
        f"{address}map/", {"mapping": {"columns": {"Nmae": "title"}}}, if_match=asked["ETag"]
    )
    assert wrong.status_code == 400
    assert wrong.json()["errors"]["mapping"] == ["The file has no column “Nmae”."]
    told = robot.post(f"{address}map/", {"mapping": MAPPING}, if_match=asked["ETag"])
    assert told.status_code == 200
    run_outbox()
    assert robot.get(address).json()["created"] == 2


def test_without_a_dry_run_what_nobody_explained_ends_with_a_sentence(robot, run_outbox):
    address = send(robot)["Location"]
    run_outbox()
    ended = robot.get(address).json()
    assert ended["state"] == "failed"
    assert ended["problem"].startswith("The columns “title” and “innovation_type” are missing.")


def test_an_import_is_undone_while_nobody_touched_it(robot, run_outbox):
    address = send(robot, OURS)["Location"]
    run_outbox()
    etag = robot.get(address)["ETag"]
    assert robot.post(f"{address}undo/", if_match=etag).status_code == 200
    run_outbox()
    undone = robot.get(address).json()
    assert (undone["state"], undone["undone"]) == ("undone", 1)
    assert robot.every("innovations/") == []
    assert robot.every(f"imports/{undone['ref']}/rows/")[0]["innovation"] is None


def test_an_import_that_somebody_touched_is_not_undone(robot, run_outbox):
    from portfolio.services import innovations

    address = send(robot, OURS)["Location"]
    run_outbox()
    idea = Innovation.objects.get()
    innovations.correct(innovation=idea, title="Better", by=factories.TEST)
    etag = robot.get(address)["ETag"]
    refused = robot.post(f"{address}undo/", if_match=etag)
    assert refused.status_code == 409
    assert "Somebody has worked on" in refused.json()["detail"]
    assert Innovation.objects.get().state == State.WAITING


@pytest.mark.parametrize(
    ("content", "fields", "field", "words"),
    [
        (b"", {}, "file", "empty"),
        (b"%PDF-1.4", {}, "file", "This is a PDF"),
        (OURS, {"mapping": "{not json"}, "mapping", "valid JSON"),
        (OURS, {"mapping": "[]"}, "mapping", "as an object"),
        (OURS, {"mapping": '{"columns": {"title": "titel"}}'}, "mapping", "no field “titel”"),
        (OURS, {"dry_run": "perhaps"}, "dry_run", "boolean"),
        (OURS, {"dryrun": "true"}, "dryrun", "no such field"),
    ],
)
def test_what_is_wrong_is_named(robot, content, fields, field, words):
    response = send(robot, content, **fields)
    assert response.status_code == 400
    assert words in response.json()["errors"][field][0]
    assert ImportJob.objects.count() == 0


def test_a_file_has_to_be_there_and_to_come_as_one(robot):
    body = encode_multipart(BOUNDARY, {"dry_run": "true"})
    assert "file" in robot.post("imports/", body, kind=MULTIPART_CONTENT).json()["errors"]
    assert robot.post("imports/", {"file": "title"}).status_code == 415


def test_a_file_above_the_limit_is_refused(robot, settings):
    settings.IMPORT_MAX_BYTES = 1000
    response = send(robot, OURS + b"x,device\n" * 200)
    assert "larger than" in response.json()["errors"]["file"][0]


def test_sent_twice_with_one_key_it_is_one_import(robot, run_outbox):
    first = send(robot, OURS, key="once")
    run_outbox()
    second = send(robot, OURS, key="once")
    assert second.json()["ref"] == first.json()["ref"]
    assert second["Idempotency-Replayed"] == "true"
    assert send(robot, OURS + b"App,digital\n", key="once").status_code == 422
    assert ImportJob.objects.count() == 1


def test_the_same_file_twice_while_the_first_waits_is_one_import(robot):
    assert send(robot, OURS).json()["ref"] == send(robot, OURS).json()["ref"]
    assert OutboxMessage.objects.count() == 1


def test_scopes_are_asked(key_with):
    assert key_with("innovations:write").get("imports/").status_code == 403
    assert key_with("imports:read").get("imports/").status_code == 200
    assert send(key_with("imports:read"), OURS).status_code == 403
    assert send(key_with("imports:write"), OURS).status_code == 201


def test_others_see_nothing_of_it(robot, other_site, as_role, person):
    ref = send(robot, OURS).json()["ref"]
    assert person.get(f"imports/{ref}/").status_code == 200
    stranger = as_role("hub_staff", other_site)
    for path in (f"imports/{ref}/", f"imports/{ref}/rows/"):
        missing = stranger.get(path.replace(ref, "0" * 10))
        assert stranger.get(path).status_code == missing.status_code == 404
        assert stranger.get(path).content == missing.content


def test_a_key_learns_of_no_confidential_idea(robot, person, run_outbox):
    content = b"title,innovation_type,is_confidential\nSecret,device,yes\n"
    ref = send(robot, content).json()["ref"]
    run_outbox()
    assert robot.every(f"imports/{ref}/rows/")[0]["innovation"] is None
    assert person.every(f"imports/{ref}/rows/")[0]["innovation"] == Innovation.objects.get().ref


def test_the_list_is_filtered_and_sent_as_csv(robot, run_outbox):
    send(robot, OURS)
    run_outbox()
    send(robot, OURS + b"App,digital\n", name="more.csv")
    assert [job["file_name"] for job in robot.every("imports/")] == ["more.csv", "ideas.csv"]
    assert [job["file_name"] for job in robot.every("imports/", state=ImportState.DONE)] == [
        "ideas.csv"
    ]
    text = b"".join(robot.get("imports/", headers={"Accept": "text/csv"}).streaming_content)
    assert text.startswith(b"ref,site,file_name,state")
