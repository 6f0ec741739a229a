"""Several raters over REST, and what all agreed on."""

import pytest

from accounts.enums import Role
from hubapp.actors import asked
from maturity.enums import Origin
from maturity.models import Rater
from maturity.services import raters
from maturity.services.assessments import NOT_APPLICABLE, rated
from tests import factories
from tests.api.conftest import Caller, new_key
from tests.factories import TEST, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db
ADA = {"name": "Ada Rater", "email": "ada@test.example"}


@pytest.fixture
def row(site):
    return self_assessment(site, open_round(network_of(site), asks_raters=True), s1_i1=3)


@pytest.fixture
def lead(site):
    return Caller(user=factories.member(site, Role.SITE_LEAD))


def at(row, *more):
    return "/".join(["self-assessments", row.ref, *more, ""])


def etag(rater):
    rater.refresh_from_db()
    return f'"{rater.ref}-{rater.version}"'


def invite(row, name):
    address = f"{name.lower()}@test.example"
    return raters.invite(assessment=row, name=f"{name} Rater", email=address, by=TEST)


def said(row, name, done=True, **answers):
    one = invite(row, name)
    given = {
        code.replace("_", "-"): NOT_APPLICABLE if value is None else rated(value)
        for code, value in answers.items()
    }
    raters.rate(rater=one, answers=given, by=asked(one.ref), notes={"s1-i1": f"{name} saw it"})
    return raters.finish(rater=one, by=asked(one.ref)) if done else one


def agree(caller, row, *agreed):
    etag = caller.get(at(row, "consensus"))["ETag"]
    return caller.patch(at(row, "consensus"), {"agreed": list(agreed)}, if_match=etag)


def agreed(code="s1-i1", answer="rated", **more):
    return {"indicator": code, "answer": answer, **more}


def test_somebody_is_asked_by_name_which_is_never_read_back(lead, row):
    created = lead.post(at(row, "raters"), ADA, key="once")
    assert created.status_code == 201
    assert lead.post(at(row, "raters"), ADA, key="once").json() == created.json()
    rater = Rater.objects.get()
    assert created["Location"].endswith(f"/raters/{rater.ref}/")
    for found in (created, lead.get(at(row, "raters")), lead.get(at(row, "raters", rater.ref))):
        assert "Ada" not in found.content.decode()
        assert "ada@" not in found.content.decode()
    assert lead.get(at(row, "raters", rater.ref)).json()["state"] == "invited"
    renewed = lead.post(at(row, "raters", rater.ref, "renew"), if_match=etag(rater))
    assert renewed.status_code == 200
    rater.refresh_from_db()
    assert rater.generation == 2
    assert lead.post(at(row, "raters", rater.ref, "withdraw")).status_code == 428
    gone = lead.post(at(row, "raters", rater.ref, "withdraw"), if_match=etag(rater))
    assert gone.json()["state"] == "withdrawn"


def test_a_member_is_asked_by_reference(lead, row, site, other_site):
    member = factories.member(site)
    created = lead.post(at(row, "raters"), {"member": member.ref})
    assert created.json()["member"] == member.ref
    stranger = factories.member(other_site)
    answer = lead.post(at(row, "raters"), {"member": stranger.ref})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["member"])


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({}, "name"),
        ({"name": "Ada"}, "email"),
        ({"name": "Ada", "email": "nowhere"}, "email"),
        ({**ADA, "phone": "1"}, "phone"),
    ],
)
def test_whom_to_ask_must_be_said(lead, row, sent, named):
    answer = lead.post(at(row, "raters"), sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [named])
    assert not Rater.objects.exists()


def test_what_a_rater_said_is_read_once_they_are_done(lead, row):
    said(row, "Ada", s1_i1=5)
    said(row, "Bob", done=False, s1_i1=1)
    heard = lead.get(at(row, "consensus")).json()[0]
    assert [(each["value"], each["note"]) for each in heard["said"]] == [(5, "Ada saw it")]
    assert (heard["differs"], heard["answer"], heard["value"]) == (False, "rated", 3)
    rows = lead.every(at(row, "raters"))
    assert [(each["state"], each["answered"]) for each in rows] == [("done", 1), ("started", 1)]


def test_what_all_agree_on_is_the_sites_rating_with_a_reason_where_they_differ(lead, row):
    said(row, "Ada", s1_i1=5, s1_i2=None)
    said(row, "Bob", s1_i1=1, s1_i2=None)
    without = agree(lead, row, agreed(value=3), agreed("s1-i2", "not_applicable"))
    assert without.status_code == 409
    assert not row.ratings.filter(origin=Origin.CONSENSUS).exists()
    both = agree(
        lead, row, agreed(value=5, reason="Seen twice"), agreed("s1-i2", "not_applicable")
    ).json()
    assert (both[0]["differs"], both[0]["value"], both[0]["reason"]) == (True, 5, "Seen twice")
    assert (both[1]["differs"], both[1]["answer"]) == (False, "not_applicable")
    # What each said stays as it was.
    assert [each["value"] for each in both[0]["said"]] == [5, 1]
    cleared = agree(lead, row, agreed("s1-i2", "not_answered")).json()
    assert (cleared[1]["answer"], cleared[1]["value"]) == ("not_answered", None)
    assert lead.patch(at(row, "consensus"), {"agreed": []}).status_code == 428
    assert lead.patch(at(row, "consensus"), {"agreed": []}, if_match='"x-1"').status_code == 412
    for wrong in (
        agreed("none", value=1),
        agreed(value=2),
        agreed(answer="not_applicable", value=1),
    ):
        assert agree(lead, row, wrong).status_code == 409
    assert agree(lead, row, agreed(value=1), agreed(value=3)).status_code == 400


def test_scopes_roles_and_other_sites(row, site, other_site):
    rater = invite(row, "Ada")
    reads = Caller(key=new_key(site, "maturity:read"))
    desk = Caller(user=factories.member(site))
    for address in (at(row, "raters"), at(row, "raters", rater.ref)):
        assert reads.get(address).status_code == 403
        assert desk.get(address).status_code == 403
    assert reads.get(at(row, "consensus")).status_code == 403
    assert desk.get(at(row, "consensus")).status_code == 200
    theirs = self_assessment(
        other_site, open_round(site=other_site, framework=factories.framework(key="other"))
    )
    stranger = Caller(key=new_key(other_site))
    missing = stranger.get("self-assessments/0000000000/")
    for address in (
        at(row, "raters"),
        at(row, "raters", rater.ref),
        at(row, "consensus"),
        # Through a self-assessment of one's own.
        at(theirs, "raters", rater.ref),
    ):
        found = stranger.get(address)
        assert (found.status_code, found.content) == (404, missing.content)
    assert stranger.post(at(row, "raters"), ADA).status_code == 404
