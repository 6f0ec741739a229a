"""The front door: from the first question to the confirmed address."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Person
from portfolio import links
from portfolio.models import Draft, Innovation, Submission
from tests import factories

pytestmark = pytest.mark.django_db

IDEA = {
    "problem": "Patients wait in the corridor.",
    "for_whom": "Everybody who comes to clinic 4.",
    "idea": "A board that shows the waiting time.\nIt works in the next town.",
    "title": "",
    "innovation_type": "digital",
    "is_confidential": "no",
}
CONTACT = {"name": "Ada Test", "email": "Ada@Test.example", "role_words": "Clinic 4"}


def start(client, site, kind="staff", **more):
    """Answer the first page at a site's door; returns the draft's token."""
    answer = client.post(f"/submit/{site.slug}/", {"submitter_kind": kind, **more})
    assert answer.status_code == 302, answer.content.decode()
    return answer.url.strip("/").split("/")[-1]


def step(client, token, name, data):
    """Answer one step."""
    return client.post(f"/submit/draft/{token}/{name}/", data)


def fill(client, site, **changes):
    """A draft with every question answered; returns its token."""
    token = start(client, site)
    assert step(client, token, "idea", {**IDEA, **changes}).status_code == 302
    assert step(client, token, "contact", CONTACT).status_code == 302
    return token


def link_in(message) -> str:
    """The path of the one link in a mail."""
    return re.search(r"http://testserver(/\S+)", message.body)[1]


def words(response) -> str:
    """A page's text, blanks single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_an_idea_goes_from_the_first_question_to_the_submitters_own_page(client, site, run_outbox):
    token = start(client, site)
    assert client.get(f"/submit/draft/{token}/").url.endswith("/idea/")
    assert step(client, token, "idea", IDEA).url == f"/submit/draft/{token}/"
    assert client.get(f"/submit/draft/{token}/").url.endswith("/contact/")
    step(client, token, "contact", CONTACT)
    check = client.get(f"/submit/draft/{token}/check/")
    for said in ("A board that shows the waiting time", "ada@test.example", "Clinic 4", site.name):
        assert said in words(check)
    sent = client.post(f"/submit/draft/{token}/check/", follow=True)
    assert "Check your email" in words(sent)
    assert "ada@test.example" in words(sent)
    # Nothing is at the hub before the button is pressed; opening the link is not enough.
    run_outbox()
    (message,) = mail.outbox
    assert message.to == ["ada@test.example"]
    confirm = link_in(message)
    assert client.get(confirm).status_code == 200
    assert not Innovation.objects.exists()
    done = client.post(confirm)
    innovation = Innovation.objects.get()
    assert (innovation.title, innovation.state, innovation.innovation_type) == (
        "A board that shows the waiting time.",
        "waiting",
        "digital",
    )
    assert innovation.ref in words(done)
    run_outbox()
    track = client.get(link_in(mail.outbox[-1]))
    assert "We have your idea and are looking at it" in words(track)
    assert innovation.ref in words(track)
    assert Submission.objects.get().submitter.email == "ada@test.example"
