"""Every kind of decision, clocks and what follows them, over the API."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Organisation, Person
from portfolio.models import Decision, FollowUp, Innovation, Message
from portfolio.services import reasons, settings
from tests import factories
from tests.api.test_writes import problem_of
from tests.factories import TEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def idea(site):
    reasons.install_for_site(site=site, by=TEST)
    return factories.innovation(site, "Labels that stick", email="ann@test.example")


def etag(caller, idea):
    return caller.get(f"innovations/{idea.ref}/")["ETag"]


def decide(caller, idea, kind, code, **more):
    return caller.post(
        f"innovations/{idea.ref}/decisions/",
        {"kind": kind, "reason_code": code, **more},
        if_match=etag(caller, idea),
    )


def tomorrow(days=1):
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def test_a_decline_brings_the_standard_words_and_what_would_change_them(robot, idea):
    body = decide(robot, idea, "decline", "no-capacity").json()
    reason = idea.site.decision_reasons.get(kind="decline", code="no-capacity")
    assert body["would_change"] == reason.would_change
    assert (body["organisation"], body["into"], body["no_conflict"]) == (None, None, None)


def test_a_person_who_decides_says_that_they_have_no_interest(person, idea):
    assert decide(person, idea, "decline", "no-capacity").json()["no_conflict"] is True


def test_a_signpost_names_an_organisation_and_never_the_contact(robot, idea):
    partner = factories.OrganisationFactory(name="Test Academy", ods_code="RAA")
    response = decide(
        robot, idea, "signpost", "research", organisation="raa", contact_name="Cat Dean",
        contact_email="cat@partner.example", introduction="Hello Cat", follow_up_on=tomorrow(20),
    )  # fmt: skip
    body = response.json()
    assert response.status_code == 201
    assert (body["organisation"], body["organisation_name"]) == (partner.ref, "Test Academy")
    assert b"cat@partner" not in response.content
    assert b"Cat" not in response.content
    read = robot.get(f"innovations/{idea.ref}/").json()
    assert (read["state"], read["follow_up_on"]) == ("signposted", tomorrow(20))


def test_an_organisation_is_added_with_its_decision_or_not_at_all(robot, idea):
    more = {"organisation_name": "New  Academy", "organisation_kind": "university"}
    problem_of(
        decide(robot, idea, "signpost", "research", **more, contact_email="cat@partner.example"),
        409,
    )
    assert not Organisation.objects.filter(name="New Academy").exists()
    assert not Person.objects.filter(email="cat@partner.example").exists()
    assert decide(robot, idea, "signpost", "research", **more).status_code == 201
    assert Organisation.objects.get(name="New Academy").kind == "university"


@pytest.mark.parametrize(
    ("kind", "code", "more", "name"),
    [
        ("signpost", "research", {}, "organisation"),
        ("signpost", "research", {"organisation": "nowhere"}, "organisation"),
        ("merge", "same-idea", {}, "into"),
        ("merge", "same-idea", {"into": "0000000000"}, "into"),
        ("decline", "unsafe", {"until_what": "x"}, "until_what"),
        ("park", "not-now", {"until_on": "soon"}, "until_on"),
        ("maybe", "not-now", {}, "kind"),
    ],
)
def test_what_a_kind_lacks_or_does_not_know_is_named(robot, idea, kind, code, more, name):
    assert name in problem_of(decide(robot, idea, kind, code, **more), 400)["errors"]
    assert not Decision.objects.exists()


def test_parked_and_brought_back(robot, idea, settings):
    settings.DECISION_HOLD_MINUTES = 0
    problem_of(decide(robot, idea, "park", "not-now"), 409)
    body = decide(robot, idea, "park", "not-now", until_on=tomorrow(30), until_what="Later").json()
    assert (body["until_on"], body["until_what"]) == (tomorrow(30), "Later")
    assert robot.get(f"innovations/{idea.ref}/").json()["parked_until"] == tomorrow(30)
    problem_of(robot.post(f"innovations/{idea.ref}/bring-back/"), 428)
    back = robot.post(f"innovations/{idea.ref}/bring-back/", if_match=etag(robot, idea)).json()
    assert (back["state"], back["parked_until"]) == ("waiting", None)


def test_merged_and_separated(robot, idea, site, other_site):
    other = factories.innovation(site, "Sticky labels")
    foreign = factories.innovation(other_site, "Elsewhere")
    missing = problem_of(decide(robot, idea, "merge", "same-idea", into="0000000000"), 400)
    assert problem_of(decide(robot, idea, "merge", "same-idea", into=foreign.ref), 400) == missing
    response = decide(robot, idea, "merge", "same-idea", into=other.ref.lower())
    assert response.json()["into"] == other.ref
    assert robot.get(f"innovations/{idea.ref}/").json()["merged_into"] == other.ref
    undone = robot.post(f"decisions/{response.json()['ref']}/undo/", if_match=response["ETag"])
    assert undone.status_code == 201
    assert robot.get(f"innovations/{idea.ref}/").json()["merged_into"] is None


def test_the_reference_of_a_confidential_idea_is_kept_from_a_key(robot, person, idea, site):
    other = factories.innovation(site, "Secret", is_confidential=True)
    decide(person, idea, "merge", "same-idea", into=other.ref)
    assert person.get(f"innovations/{idea.ref}/").json()["merged_into"] == other.ref
    assert robot.get(f"innovations/{idea.ref}/").json()["merged_into"] is None
    assert robot.get(f"innovations/{idea.ref}/decisions/").json()["results"][0]["into"] is None


def test_the_clock_is_stopped_read_and_started(robot, idea):
    address = f"innovations/{idea.ref}/hold/"
    body = {"waits_on": "function", "function": "ig", "reason": "assurance"}
    problem_of(robot.post(address, body), 428)
    held = robot.post(address, body, if_match=etag(robot, idea)).json()
    assert (held["state"], held["waits_on"], held["waits_on_function"], held["due_on"]) == (
        "held",
        "function",
        "ig",
        None,
    )
    reading = robot.get(f"innovations/{idea.ref}/clock/").json()
    assert reading["stops"][0] == {
        "waits_on": "function",
        "function": "ig",
        "reason": "assurance",
        "since": timezone.localdate().isoformat(),
        "until": None,
        "working_days": 0,
    }
    assert reading["holders"][0] == {"who": "hub", "function": None, "working_days": 0}
    problem_of(robot.post(address, body, if_match=etag(robot, idea)), 409)
    assert (
        "waits_on"
        in problem_of(
            robot.post(address, body | {"waits_on": "submitter"}, if_match=etag(robot, idea)), 400
        )["errors"]
    )
    resumed = robot.post(f"innovations/{idea.ref}/resume/", if_match=etag(robot, idea)).json()
    assert (resumed["state"], resumed["waits_on"]) == ("waiting", None)


def test_an_imported_idea_has_no_clock_to_read(robot, idea):
    Innovation.objects.filter(pk=idea.pk).update(
        clock_started_on=None, days_allowed=None, due_on=None
    )
    reading = robot.get(f"innovations/{idea.ref}/clock/").json()
    assert reading == {"started_on": None, "ended_on": None, "stops": [], "holders": []}


def test_exempted_and_counted_again(robot, idea):
    body = {"reason": "capacity", "note": "Half of us were away."}
    exempt = robot.post(f"innovations/{idea.ref}/exempt/", body, if_match=etag(robot, idea))
    assert exempt.json()["exemption"] == "capacity"
    assert b"Half of us" not in exempt.content
    lift = f"innovations/{idea.ref}/lift-exemption/"
    assert robot.post(lift, if_match=exempt["ETag"]).json()["exemption"] is None
    problem_of(robot.post(lift, if_match=etag(robot, idea)), 409)


def test_acknowledged_once_in_the_words_given(robot, idea):
    address = f"innovations/{idea.ref}/acknowledge/"
    done = robot.post(address, {"words": "We have it."}, if_match=etag(robot, idea)).json()
    assert done["acknowledged_on"] == timezone.localdate().isoformat()
    assert Message.objects.get().body == "We have it."
    problem_of(robot.post(address, if_match=etag(robot, idea)), 409)


def test_what_came_of_a_signpost(robot, as_role, idea, settings):
    settings.DECISION_HOLD_MINUTES = 0
    partner = factories.OrganisationFactory()
    address = f"innovations/{idea.ref}/follow-ups/"
    body = {"outcome": "no_answer", "again_on": tomorrow(9), "note": "Rang."}
    problem_of(robot.post(address, body, if_match=etag(robot, idea)), 409)
    decide(robot, idea, "signpost", "research", organisation=partner.ref)
    problem_of(robot.post(address, {"outcome": "no_answer"}, if_match=etag(robot, idea)), 409)
    mark = etag(robot, idea)
    for _ in range(2):
        made = robot.post(address, body, if_match=mark, key="once")
        assert made.status_code == 201
    assert FollowUp.objects.count() == 1
    [row] = robot.every(address)
    assert (row["outcome"], row["again_on"], row["note"]) == ("no_answer", tomorrow(9), "Rang.")
    assert as_role("executive").get(address).status_code == 403


def test_the_settings_of_the_desk_are_read_with_the_site(robot, site, other_site, as_role):
    address = f"sites/{site.code}/triage-settings/"
    assert robot.get(address).json() == {
        "site": site.code,
        "acknowledge_days": 2,
        "decision_days": 20,
        "assessors_wanted": 1,
        "asks_screening": False,
        "shows_published": False,
        "offers_introductions": False,
    }
    settings.change_desk(
        site=site, version=1, door_version=1, decision_days=15, assessors_wanted=2, by=TEST
    )
    read = as_role("executive").get(address.lower()).json()
    assert (read["decision_days"], read["assessors_wanted"]) == (15, 2)
    missing = robot.get("sites/NOWHERE/triage-settings/")
    foreign = robot.get(f"sites/{other_site.code}/triage-settings/")
    assert missing.status_code == foreign.status_code == 404
