"""The API keeps its answers for a day; what is blacked out or erased is not in them."""

import pytest

from accounts.models import Person
from accounts.services import erasure
from hubapp.api.models import IdempotentRequest
from portfolio.models import Enquiry, Innovation
from portfolio.services import innovations, redactions
from tests import factories
from tests.api.conftest import Caller
from tests.factories import TEST

pytestmark = pytest.mark.django_db
NAME, EMAIL = "Zebedee Quillfeather", "zebedee@test.example"


@pytest.fixture
def desk(site):
    return Caller(user=factories.member(site))


def kept() -> str:
    return repr(list(IdempotentRequest.objects.values_list("body", flat=True))).casefold()


def test_what_is_blacked_out_is_not_repeated(desk, hub_user):
    idea = {"title": f"Help {NAME}", "idea": "At home"}
    desk.post("innovations/", {"title": "Another"}, key="other")
    ref = desk.post("innovations/", idea, key="one").json()["ref"]
    assert "zebedee" in kept()
    innovation = Innovation.objects.get(ref=ref)
    redactions.redact(innovation=innovation, fragments=[NAME], reason="patient", by=TEST)
    assert "zebedee" not in kept()
    again = desk.post("innovations/", idea, key="one")
    assert again.status_code == 410
    assert "zebedee" not in again.content.decode().casefold()
    assert Innovation.objects.count() == 2, "nothing is made twice"
    assert desk.post("innovations/", {"title": "Another"}, key="other").status_code == 201


def test_who_is_erased_is_in_no_kept_answer(desk):
    given = {"title": f"From {NAME}", "name": NAME, "email": EMAIL}
    ref = desk.post("innovations/", given, key="one").json()["ref"]
    # Corrected since: only the kept answer says what it was called.
    innovations.correct(innovation=Innovation.objects.get(ref=ref), title="A sensor", by=TEST)
    asked = {"kind": "question", "subject": f"Call {NAME}", "name": NAME, "email": EMAIL}
    assert desk.post("enquiries/", asked, key="two").status_code == 201
    erasure.erase_person(person=Person.objects.filter(email=EMAIL)[0], by=TEST)
    assert "zebedee" not in kept()
    assert desk.post("enquiries/", asked, key="two").status_code == 410
    assert Enquiry.objects.count() == 1
