"""Notes that only the team sees: written apart, shown apart, and never the submitter's."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core import mail
from django.urls import reverse

from accounts.enums import Role
from accounts.services import keys
from hubapp.actors import link
from hubapp.events.models import Event
from hubapp.problems import Refused
from portfolio import links
from portfolio.models import Message, Note
from portfolio.queries.tracking import tracked
from portfolio.services import innovations, messages, notes, redactions, submissions
from tests import factories
from tests.portfolio.test_front_door import words

pytestmark = pytest.mark.django_db
SECRET = "We think Ada oversells it"


@pytest.fixture
def idea(site):
    return factories.innovation(site, "A board with the delay", email="ada@test.example")


def page_of(idea, name, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref, **more})


def track_of(idea):
    return links.track_path(idea.submission.ref, idea.submission.link_generation)


def test_a_note_is_written_on_a_page_of_its_own(hub, idea):
    page = words(hub.get(page_of(idea, "note")))
    assert "Only your team sees this. It is never sent to the submitter." in page
    assert "Save note for the team" in page
    assert "Send to the submitter" not in page
    other = words(hub.get(page_of(idea, "message")))
    assert "Send to the submitter" in other
    assert "Save note" not in other
    for _ in range(2):
        answer = hub.post(page_of(idea, "note"), {"body": SECRET, "once_key": "k"}, follow=True)
    assert "Your note is saved. Only your team sees it." in words(answer)
    assert Note.objects.count() == 1
    assert not Message.objects.exists()
    assert not mail.outbox


def test_the_record_shows_two_blocks_and_a_timeline_that_says_which_is_which(hub, idea, hub_user):
    notes.add(innovation=idea, body=SECRET, by=hub_user.actor)
    messages.write_to_submitter(innovation=idea, body="Thank you", by=hub_user.actor)
    html = hub.get(idea.get_absolute_url()).content.decode()
    thread, team = re.findall(r'<section class="hub-block.*?</section>', html, re.DOTALL)
    assert "The submitter sees these." in thread
    assert "Thank you" in thread
    assert SECRET not in thread
    assert "hub-block--team" in team
    assert "Only your team sees this." in team
    assert SECRET in team
    assert "Thank you" not in team
    page = words(hub.get(idea.get_absolute_url()))
    history = page[page.index("What happened") :]
    assert "Note for the team" in history
    assert "Message to the submitter" in history


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Enter your note"),
        ("x" * 20_001, "Your note must be 20000 characters or fewer"),
        ("a\x00b", "has a character that cannot be stored"),
        ("About 943 476 5919", "has what looks like an NHS number"),
    ],
)
def test_a_note_that_cannot_be_stored_comes_back_with_a_sentence(hub, idea, body, sentence):
    answer = hub.post(page_of(idea, "note"), {"body": body})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Note.objects.exists()


def test_a_note_never_reaches_the_submitter(sign_in, client, site, idea, hub_user, run_outbox):
    """Every page, mail and answer that the submitter can get is looked through."""
    notes.add(innovation=idea, body=SECRET, by=hub_user.actor)
    messages.write_to_submitter(innovation=idea, body="Thank you", by=hub_user.actor)
    messages.write_to_hub(innovation=idea, body="Gladly", by=link(idea.submission.ref))
    factories.reason(site, "ask")
    from portfolio.services import decisions

    idea.refresh_from_db()
    decisions.decide(
        innovation=idea, kind="ask", reason_code="test-reason", words="More?", by=hub_user.actor
    )
    track = track_of(idea)
    shown = [client.get(track), client.get(f"{track}withdraw/"), client.get(f"{track}new-link/")]
    # A submitter with an account, at the same site.
    sender = factories.member(site, Role.STAFF)
    own = sign_in(sender)
    shown += [own.get("/"), own.get(track)]
    for name in ("innovation", "note", "message"):
        shown.append(own.get(page_of(idea, name)))
    api = f"/api/v1/innovations/{idea.ref}/"
    shown += [own.get(f"{api}{name}") for name in ("", "notes/", "messages/", "attachments/")]
    own.post(f"{track}message/{idea.ref}/", {"body": "And more"})
    submissions.renew_link(submission=idea.submission, by=link(idea.submission.ref))
    run_outbox()
    assert len(mail.outbox) >= 2
    said = [response.content.decode() for response in shown]
    said += [f"{each.subject} {each.message().as_string()}" for each in mail.outbox]
    assert not [text for text in said if SECRET in text or "oversells" in text]
    assert tracked(idea.submission).answers[0].messages
    # Nor any row that those are made of.
    for row in apps.get_model("hubapp", "Delivery").objects.all():
        assert SECRET not in str(row.context)


def test_a_note_has_no_way_to_the_submitter_in_the_code():
    """No composer of mails and nothing of the tracking page knows the table of notes."""
    import portfolio.mails
    import portfolio.queries.tracking
    import portfolio.views.tracking

    for module in (portfolio.mails, portfolio.queries.tracking, portfolio.views.tracking):
        assert not hasattr(module, "Note")
        assert "Note" not in Path(module.__file__).read_text()


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.HUB_STAFF, 200), (Role.EXECUTIVE, 403), (Role.PPIE_LEAD, 403), (Role.REVIEWER, 404)],
)
def test_only_the_desk_writes_and_reads_notes(sign_in, site, idea, role, status):
    notes.add(innovation=idea, body=SECRET, by=factories.TEST)
    client = sign_in(factories.member(site, role))
    assert client.get(page_of(idea, "note")).status_code == status
    assert client.get(f"/api/v1/innovations/{idea.ref}/notes/").status_code == status
    record = client.get(idea.get_absolute_url())
    assert (SECRET in record.content.decode()) == (status == 200)
    assert ("Note for the team" in record.content.decode()) == (status == 200)


def test_whoever_it_is_assigned_to_reads_and_writes_notes(sign_in, site, idea):
    reviewer = factories.member(site, Role.REVIEWER)
    innovations.assign(innovation=idea, to=reviewer, by=factories.TEST)
    notes.add(innovation=idea, body=SECRET, by=factories.TEST)
    client = sign_in(reviewer)
    assert SECRET in words(client.get(idea.get_absolute_url()))
    assert client.post(page_of(idea, "note"), {"body": "Mine"}).status_code == 302
    assert client.get(page_of(idea, "message")).status_code == 403


def test_notes_of_a_confidential_idea_are_for_the_desk(sign_in, site):
    idea = factories.innovation(site, "Secret", email="a@test.example", is_confidential=True)
    notes.add(innovation=idea, body=SECRET, by=factories.TEST)
    assert sign_in(factories.member(site)).get(page_of(idea, "note")).status_code == 200
    assert (
        sign_in(factories.member(site, Role.EXECUTIVE)).get(page_of(idea, "note")).status_code
        == 404
    )
    stranger = factories.member(factories.SiteFactory(), Role.SITE_LEAD)
    assert sign_in(stranger).get(page_of(idea, "note")).status_code == 404


def test_a_note_is_immutable_but_for_blacking_out(idea, hub_user):
    from django.db import DatabaseError, transaction

    note = notes.add(innovation=idea, body="About Mrs Oluwolo", by=hub_user.actor)
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        Note.objects.filter(pk=note.pk).update(body="Otherwise")
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        note.delete()
    [row] = redactions.redact(
        innovation=idea, fragments=["Mrs Oluwolo"], reason="patient", by=hub_user.actor
    )
    note.refresh_from_db()
    assert note.body == "About █████"
    assert "team_note" in row.fields
    assert "oluwolo" not in str(list(Event.objects.values_list("changes", flat=True))).lower()


def test_an_empty_note_is_refused_by_the_service(idea):
    with pytest.raises(Refused, match="Write a note first"):
        notes.add(innovation=idea, body="  ", by=factories.TEST)


# -- the API -------------------------------------------------------------------------


def key_client(client, site, *scopes):
    maker = factories.actor_of(factories.member(site, Role.SITE_LEAD))
    _, secret = keys.create_key(site=site, name="Test", scopes=list(scopes), by=maker)

    def call(method, path, data=None, **headers):
        more = {"content_type": "application/json"} if data is not None else {}
        return getattr(client, method)(
            path, data, headers={"Authorization": f"Bearer {secret}", **headers}, **more
        )

    return call


def test_keys_need_the_scope_of_notes_and_that_of_messages_gives_none(client, site, idea):
    note = notes.add(innovation=idea, body=SECRET, by=factories.TEST)
    path = f"/api/v1/innovations/{idea.ref}/notes/"
    both = key_client(client, site, "innovations:read", "messages:read")
    assert both("get", path).status_code == 403
    reads = key_client(client, site, "innovations:read", "notes:read")
    [row] = reads("get", path).json()["results"]
    assert row["body"] == SECRET
    assert reads("get", f"{path}{note.ref}/").status_code == 200
    assert reads("post", path, {"body": "x"}).status_code == 403
    writes = key_client(client, site, "innovations:read", "notes:write")
    answer = writes("post", path, {"body": "From a program"}, **{"Idempotency-Key": "one"})
    assert answer.status_code == 201
    again = writes("post", path, {"body": "From a program"}, **{"Idempotency-Key": "one"})
    assert again.json() == answer.json()
    assert Note.objects.count() == 2
    assert writes("post", path, {"body": "x", "direction": "to_submitter"}).status_code == 400
    assert not Message.objects.exists()
