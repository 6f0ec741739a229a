"""Questions to one person, the eight questions and what is coming, over REST."""

import pytest

from hubapp.actors import asked
from portfolio.enums import AskState
from portfolio.models import Ask, ScreeningAnswer
from portfolio.services import asks, screening
from tests import factories
from tests.api.conftest import BY, Caller

pytestmark = pytest.mark.django_db

BODY = {
    "name": "Rosa Outside", "email": "rosa@nhs.example", "kind": "sign_off",
    "question": "May we?", "function": "ig", "stops_clock": True, "days": 7,
}  # fmt: skip


@pytest.fixture
def idea(site):
    return factories.innovation(site, "Splint", problem="A problem")


@pytest.fixture
def address(idea):
    return f"innovations/{idea.ref}/asks/"


def test_a_question_is_asked_read_and_taken_back(robot, idea, address):
    response = robot.post(address, BODY, key="one")
    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["state"], body["function"], body["asked_of"]) == ("open", "ig", None)
    assert (body["verdict"], body["proof"], body["innovation"]) == (None, None, idea.ref)
    assert b"rosa" not in response.content.lower()
    assert robot.post(address, BODY, key="one").json() == body
    assert Ask.objects.count() == 1
    assert robot.get(response["Location"]).json() == body
    assert [row["ref"] for row in robot.every(address)] == [body["ref"]]
    one = f"{address}{body['ref']}/"
    assert robot.post(f"{one}withdraw/").status_code == 428
    etag = robot.get(one)["ETag"]
    reminded = robot.post(f"{one}remind/", if_match=etag)
    assert reminded.status_code == 200
    assert robot.post(f"{one}withdraw/", if_match=etag).status_code == 412
    done = robot.post(f"{one}withdraw/", if_match=reminded["ETag"])
    assert done.json()["state"] == AskState.WITHDRAWN
    again = robot.post(f"{one}withdraw/", if_match=done["ETag"])
    assert again.status_code == 409
    assert robot.get(f"innovations/{idea.ref}/").json()["state"] == "waiting"


def test_an_answer_is_read_back(robot, idea, address):
    ask = asks.ask(
        innovation=idea, kind="opinion", question="And?", name="R", email="r@nhs.example", by=BY
    )
    asks.answer(ask=ask, text="Good.", proof="code", by=asked(ask.ref))
    [row] = robot.every(address)
    assert (row["state"], row["answer"], row["proof"]) == ("answered", "Good.", "code")
    assert robot.every(address, fields="ref,answer") == [{"ref": ask.ref, "answer": "Good."}]


def test_a_member_is_named_by_account(robot, site, address):
    member = factories.member(site, "reviewer", functions=["ig"])
    body = {"member": member.ref, "kind": "question", "question": "How?"}
    response = robot.post(address, body)
    assert response.json()["asked_of"] == member.ref
    assert Ask.objects.get().person == member.person


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"kind": "question", "question": "x"}, "name"),
        ({"name": "R", "kind": "question", "question": "x"}, "email"),
        ({**BODY, "email": "none"}, "email"),
        ({**BODY, "question": ""}, "question"),
        ({**BODY, "question": "x" * 2001}, "question"),
        ({**BODY, "kind": "order"}, "kind"),
        ({**BODY, "days": 0}, "days"),
        ({**BODY, "days": 61}, "days"),
        ({**BODY, "function": "magic"}, "function"),
        ({**BODY, "shows": "all"}, "shows"),
        ({**BODY, "member": "0" * 10}, "member"),
        ({**BODY, "phone": "1"}, "phone"),
    ],
)
def test_what_is_wrong_is_named(robot, address, body, name):
    response = robot.post(address, body)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [name]
    assert not Ask.objects.exists()


def test_who_may_not_may_not(robot, nobody, key_with, as_role, other_site, idea, address):
    assert nobody.get(address).status_code == 401
    assert key_with("innovations:read").get(address).status_code == 200
    assert key_with("innovations:read").post(address, BODY).status_code == 403
    assert key_with("kpis:read").get(address).status_code == 403
    assert as_role("executive").get(address).status_code == 200
    assert as_role("executive").post(address, BODY).status_code == 403
    foreign = Caller(user=factories.member(other_site))
    assert foreign.get(address).content == foreign.get("innovations/0000000000/asks/").content
    hidden = factories.innovation(idea.site, "Secret", is_confidential=True)
    assert robot.get(f"innovations/{hidden.ref}/asks/").status_code == 404


def test_the_eight_questions_are_read_and_answered(robot, idea):
    address = f"innovations/{idea.ref}/screening/"
    read = robot.get(address)
    assert (read.json()["answered"], len(read.json()["questions"])) == (0, 8)
    assert robot.patch(address, {"answers": {}}).status_code == 428
    answers = {"answers": {"ai": "yes", "supplier": "no", "device": None}}
    changed = robot.patch(address, answers, if_match=read["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["answered"] == 2
    assert changed["ETag"] != read["ETag"]
    assert robot.patch(address, answers, if_match=read["ETag"]).status_code == 412
    taken = robot.patch(address, {"answers": {"ai": None}}, if_match=changed["ETag"])
    assert taken.json()["answered"] == 1
    for wrong in ({"colour": "yes"}, {"ai": "perhaps"}, {"ai": 1}, []):
        bad = robot.patch(address, {"answers": wrong}, if_match=taken["ETag"])
        assert bad.status_code == 400, wrong
    assert ScreeningAnswer.objects.count() == 1


def test_what_is_coming(robot, site, as_role, idea, other_site):
    for title, more, code in (
        ("Secret", {"is_confidential": True}, "ai"), ("Supplied", {}, "supplier"), ("No", {}, ""),
    ):  # fmt: skip
        row = factories.innovation(site, title, **more)
        screening.save(innovation=row, answers={code or "ai": "yes" if code else "no"}, by=BY)
    screening.save(innovation=idea, answers={"ai": "yes", "device": "yes"}, by=BY)
    screening.save(
        innovation=factories.innovation(other_site, "Foreign"), answers={"ai": "yes"}, by=BY
    )
    rows = robot.every("coming/")
    assert {row["title"] for row in rows} == {"Splint", "Supplied"}
    splint = next(row for row in rows if row["title"] == "Splint")
    assert splint["yes_to"] == ["ai", "device"]
    assert splint["functions"] == ["procurement", "digital", "ig", "clinical_safety"]
    assert "problem" not in splint
    signs = Caller(user=factories.member(site, "reviewer", functions=["ig"]))
    assert [row["title"] for row in signs.every("coming/")] == ["Splint"]
    desk = Caller(user=factories.member(site))
    assert {row["title"] for row in desk.every("coming/")} == {"Splint", "Supplied", "Secret"}
    assert as_role("reviewer").every("coming/") == []
    assert as_role("executive").get("coming/").status_code == 403
    assert robot.get("coming/", headers={"Accept": "text/csv"}).status_code == 200
