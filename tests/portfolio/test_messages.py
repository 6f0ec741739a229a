"""Writing to the submitter: templates, mails that stay together, the API."""

import json

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import link
from hubapp.problems import Refused, Stale
from portfolio import links, placeholders
from portfolio.models import Attachment, Message, MessageTemplate
from portfolio.queries.messages import filled
from portfolio.safefiles import check
from portfolio.services import messages, notes, templates
from tests import factories
from tests.portfolio import files
from tests.portfolio.test_front_door import words
from tests.portfolio.test_notes import key_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def idea(site):
    return factories.innovation(
        site, "A board with the delay", email="ada@test.example", name="Ada Demo"
    )


@pytest.fixture
def template(site):
    return templates.add(
        site=site,
        name="Soon",
        body="Hello {name}, “{title}” ({reference}) has an answer by {due_date}. {site}",
        by=factories.TEST,
    )


def page_of(idea, name):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref})


# -- templates ------------------------------------------------------------------------


def test_a_template_is_picked_without_a_script_and_what_was_typed_is_kept(hub, idea, template):
    page = hub.get(page_of(idea, "message")).content.decode()
    assert "Use this template" in page
    picked = {"template": template.ref, "body": "", "once_key": "k", "do": "template"}
    answer = hub.post(page_of(idea, "message"), picked)
    assert answer.status_code == 200
    due = f"{idea.due_on.day} {idea.due_on:%B %Y}"
    begun = f"Hello Ada Demo, “A board with the delay” ({idea.ref}) has an answer by {due}. {idea.site.name}"
    assert answer.context["form"]["body"].value() == begun
    assert answer.context["form"]["once_key"].value() == "k"
    answer = hub.post(page_of(idea, "message"), {**picked, "body": "Typed before"})
    assert answer.context["form"]["body"].value() == f"{begun}\n\nTyped before"
    # Another one takes the place of words that nobody changed.
    other = templates.add(site=idea.site, name="Other", body="Other words", by=factories.TEST)
    answer = hub.post(page_of(idea, "message"), {**picked, "body": begun, "template": other.ref})
    assert answer.context["form"]["body"].value() == "Other words"
    assert not Message.objects.exists()


def test_a_place_that_nothing_fills_is_not_sent(hub, idea, template):
    type(idea).objects.filter(pk=idea.pk).update(due_on=None)
    idea.refresh_from_db()
    assert "{due_date}" in filled(template, idea)
    answer = hub.post(page_of(idea, "message"), {"body": "By {due_date}, then."})
    assert answer.status_code == 422
    assert "write something in the place of {due_date}" in words(answer)
    assert "By {due_date}, then." in answer.content.decode()
    with pytest.raises(Refused, match="in the place of"):
        messages.write_to_submitter(innovation=idea, body="{name}", by=factories.TEST)


def test_a_name_that_nobody_gave_leaves_no_gap(site):
    idea = factories.innovation(site, "T", email="a@test.example")
    row = MessageTemplate(site=site, body="Hello {name},\n\nthank you.")
    assert filled(row, idea) == "Hello,\n\nthank you."


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Hello {nme}", "{nme}"),
        ("{{title}}", "{"),
        ("a } b", "}"),
        ("{}", "{}"),
        ("{title }", "{title }"),
    ],
)
def test_unknown_places_are_refused_by_a_sentence(hub, site, body, found):
    with pytest.raises(ValidationError) as refused:
        templates.add(site=site, name="N", body=body, by=factories.TEST)
    assert f"“{found}” is no place that can be filled in" in str(refused.value)
    path = reverse("portfolio:add_template", kwargs={"site": site.slug})
    answer = hub.post(path, {"name": "N", "body": body})
    assert answer.status_code == 422
    assert f"“{found}” is no place that can be filled in" in words(answer)
    assert not MessageTemplate.objects.filter(site=site, name="N").exists()


def test_templates_are_listed_added_edited_and_no_longer_offered(hub, site):
    base = reverse("portfolio:templates", kwargs={"site": site.slug})
    assert "There are no templates yet" in words(hub.get(base))
    assert "5 standard templates added" in words(hub.post(f"{base}standard/", follow=True))
    assert "Nothing was missing" in words(hub.post(f"{base}standard/", follow=True))
    hub.post(f"{base}new/", {"name": "My own", "body": "Hello {name}"})
    row = MessageTemplate.objects.get(site=site, name="My own")
    taken = hub.post(f"{base}new/", {"name": "My own", "body": "x"})
    assert taken.status_code == 422
    assert "There is already a template with this name" in words(taken)
    path = f"{base}{row.ref}/"
    changed = {"name": "My own", "body": "Dear {name}", "version": row.version}
    assert "“My own” is saved" in words(hub.post(path, changed, follow=True))
    row.refresh_from_db()
    assert (row.body, row.is_active, row.version) == ("Dear {name}", False, 2)
    stale = hub.post(path, {**changed, "body": "Another", "is_active": "on"})
    assert stale.status_code == 422
    assert "Somebody else changed this template" in words(stale)
    assert "Another" in stale.content.decode()
    idea = factories.innovation(site, email="a@test.example")
    assert "My own" not in words(hub.get(page_of(idea, "message")))


def test_a_new_site_has_the_standard_templates(run_outbox):
    from accounts.services import sites

    site = sites.create_site(code="NEW1", name="New Hub", by=factories.TEST)
    names = MessageTemplate.objects.filter(site=site).values_list("name", flat=True)
    assert list(names) == [each["name"] for each in templates.standard_templates()]
    for each in templates.standard_templates():
        assert not placeholders.unknown_in(each["body"])


def test_a_template_changes_for_who_saw_it_last(template):
    templates.edit(template=template, name="Later", version=1, by=factories.TEST)
    stale = MessageTemplate.objects.get(pk=template.pk)
    stale.version = 1
    with pytest.raises(Stale):
        templates.edit(template=stale, name="Sooner", version=1, by=factories.TEST)


# -- mail out ---------------------------------------------------------------------------


def test_mails_of_a_thread_stay_together_and_say_where_to_answer(idea, settings, run_outbox):
    messages.write_to_submitter(innovation=idea, body="One", by=factories.TEST)
    run_outbox()
    sent = mail.outbox[-1].message()
    root = f"<thread-{idea.ref.lower()}@testserver>"
    assert sent["References"] == sent["In-Reply-To"] == root
    assert sent["Reply-To"] is None
    assert "not to this address, which nobody reads" in mail.outbox[-1].body
    settings.INBOUND_EMAIL = "hub@in.example"
    came = messages.Mailed(mail_id="<abc.1@mail.example>")
    messages.write_to_hub(innovation=idea, body="Hi", mail=came, by=link(idea.submission.ref))
    messages.write_to_submitter(
        innovation=idea, body="Two", files=[check("a.pdf", files.PDF)], by=factories.TEST
    )
    run_outbox()
    sent = mail.outbox[-1].message()
    assert sent["References"] == f"{root} <abc.1@mail.example>"
    assert sent["In-Reply-To"] == "<abc.1@mail.example>"
    assert sent["Reply-To"] == links.reply_address(idea.ref)
    assert "Answer this email, or write to us on your page" in mail.outbox[-1].body
    assert "1 file comes with this message. Open your page to download it." in mail.outbox[-1].body
    assert "a.pdf" not in mail.outbox[-1].body
    assert mail.outbox[-1].attachments == []


def test_a_message_id_that_is_none_goes_into_no_header(idea, run_outbox):
    came = messages.Mailed(mail_id="<a@b>\nBcc: everyone@test.example")
    messages.write_to_hub(innovation=idea, body="Hi", mail=came, by=link(idea.submission.ref))
    messages.write_to_submitter(innovation=idea, body="Two", by=factories.TEST)
    run_outbox()
    assert mail.outbox[-1].message()["References"] == f"<thread-{idea.ref.lower()}@testserver>"


def test_a_question_says_that_it_can_be_answered_by_mail(site, idea, settings, run_outbox):
    import datetime as dt

    import time_machine
    from django.utils import timezone

    from portfolio.services import decisions

    settings.INBOUND_EMAIL = "hub@in.example"
    factories.reason(site, "ask")
    decisions.decide(
        innovation=idea, kind="ask", reason_code="test-reason", words="More?", by=factories.TEST
    )
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        run_outbox()
    sent = mail.outbox[-1]
    assert sent.reply_to == [links.reply_address(idea.ref)]
    assert "Answer this email, or write to us on your page." in sent.body


# -- the API -------------------------------------------------------------------------------


def test_messages_through_the_api(client, site, idea, run_outbox):
    path = f"/api/v1/innovations/{idea.ref}/"
    call = key_client(client, site, "innovations:read", "messages:read", "messages:write")
    secret_note = notes.add(
        innovation=idea, body="n", files=[check("secret.pdf", files.PDF)], by=factories.TEST
    )
    assert call("get", f"{path}attachments/").json()["results"] == []
    [of_note] = secret_note.attachments.all()
    assert call("get", f"{path}attachments/{of_note.ref}/content/").status_code == 404
    authorization = call("get", f"{path}messages/").wsgi_request.headers["Authorization"]
    headers = {"Authorization": authorization, "Idempotency-Key": "up"}
    made = []
    for _ in range(2):
        upload = SimpleUploadedFile("../plan.pdf", files.PDF, content_type="text/html")
        made.append(client.post(f"{path}attachments/", {"file": upload}, headers=headers))
    assert [each.status_code for each in made] == [201, 201], made[0].content
    assert made[0].json() == made[1].json()
    file = made[0].json()
    assert (file["name"], file["content_type"], file["message"]) == (
        "plan.pdf",
        "application/pdf",
        None,
    )
    upload = SimpleUploadedFile("plan.pdf", files.PNG)
    other = client.post(f"{path}attachments/", {"file": upload}, headers=headers)
    assert other.status_code == 422
    wrong = client.post(
        f"{path}attachments/", {"file": SimpleUploadedFile("a.exe", b"MZ")},
        headers={"Authorization": authorization},
    )  # fmt: skip
    assert wrong.status_code == 400
    assert "is a program" in wrong.json()["errors"]["file"][0]
    assert call("post", f"{path}attachments/", {"file": "x"}).status_code == 415
    none = client.post(f"{path}attachments/", {}, headers={"Authorization": authorization})
    assert none.status_code == 400

    sent = call("post", f"{path}messages/", {"body": "Hello", "attachments": [file["ref"]]})
    assert sent.status_code == 201, sent.content
    assert len(sent.json()["attachments"]) == 1
    assert sent.json()["direction"] == "to_submitter"
    bad = call("post", f"{path}messages/", {"body": "Hello", "attachments": [of_note.ref]})
    assert bad.status_code == 400
    assert call("post", f"{path}messages/", {"body": " "}).status_code == 400
    assert call("post", f"{path}messages/", {"body": "{name}"}).status_code == 409
    [row] = call("get", f"{path}messages/").json()["results"]
    assert row == sent.json()
    assert call("get", sent["Location"]).json() == row
    with_message = row["attachments"][0]
    content = call("get", f"{path}attachments/{with_message}/content/", Accept="application/pdf")
    assert b"".join(content.streaming_content) == files.PDF
    assert content["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert content["X-Content-Type-Options"] == "nosniff"
    assert Attachment.objects.filter(note=None).count() == 2
    run_outbox()
    assert "Hello" in mail.outbox[-1].body
    assert "ada@test.example" not in json.dumps([row, file])


def test_scopes_and_roles_of_messages(client, sign_in, site, idea):
    path = f"/api/v1/innovations/{idea.ref}/messages/"
    assert client.get(path).status_code == 401
    assert key_client(client, site, "innovations:read")("get", path).status_code == 403
    reads = key_client(client, site, "innovations:read", "messages:read")
    assert reads("get", path).status_code == 200
    assert reads("post", path, {"body": "x"}).status_code == 403
    foreign = factories.SiteFactory()
    other = key_client(client, foreign, "innovations:read", "messages:read", "messages:write")
    assert other("get", path).status_code == 404
    assert other("post", path, {"body": "x"}).status_code == 404
    assert sign_in(factories.member(site, Role.EXECUTIVE)).get(path).status_code == 403


def test_templates_through_the_api(client, site, template):
    call = key_client(client, site, "templates:read", "templates:write")
    [row] = call("get", "/api/v1/message-templates/").json()["results"]
    assert row["name"] == "Soon"
    made = call("post", "/api/v1/message-templates/", {"name": "New", "body": "Hello {name}"})
    assert made.status_code == 201
    assert (
        call("post", "/api/v1/message-templates/", {"name": "N2", "body": "{no}"}).status_code
        == 400
    )
    path = made["Location"]
    assert call("patch", path, {"is_active": False}).status_code == 428
    changed = call("patch", path, {"is_active": False}, **{"If-Match": made["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["is_active"] is False
    assert call("patch", path, {"name": "x"}, **{"If-Match": made["ETag"]}).status_code == 412
