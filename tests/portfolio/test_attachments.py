"""Files: judged by content, kept once, handed out only as downloads to those who may read them."""

import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Role
from accounts.services import erasure
from hubapp.actors import link
from hubapp.events.models import Event
from hubapp.problems import Refused
from portfolio import links, safefiles
from portfolio.models import Attachment, Message, Note
from portfolio.safefiles import NotTaken, check, clean_name
from portfolio.services import (
    attachments,
    decisions,
    innovations,
    messages,
    notes,
    redactions,
)
from tests import factories
from tests.portfolio import files
from tests.portfolio.test_front_door import words

GOOD = [
    ("report.pdf", files.PDF, "application/pdf"),
    ("a.PNG", files.PNG, "image/png"),
    ("b.jpg", files.JPEG, "image/jpeg"),
    ("b.jpeg", files.JPEG, "image/jpeg"),
    ("c.gif", files.GIF, "image/gif"),
    ("d.webp", files.WEBP, "image/webp"),
    ("e.docx", files.office("docx"), None),
    ("f.xlsx", files.workbook(), None),
    ("g.pptx", files.office("pptx"), None),
    ("h.odt", files.open_document(), None),
    ("i.ods", files.open_document("spreadsheet"), None),
    ("j.txt", "Größe: 5 µm".encode(), "text/plain"),
    ("j.txt", "Größe: 5 µm".encode("latin-1"), "text/plain"),
    ("k.csv", files.CSV, "text/csv"),
    ("l.csv", "a;b\n1;2".encode("utf-16"), "text/csv"),
]


@pytest.mark.parametrize(("name", "data", "content_type"), GOOD)
def test_what_is_what_it_says_is_taken(name, data, content_type):
    taken = check(name, data)
    assert taken.name == name
    assert taken.content_type == content_type or content_type is None
    assert taken.data == data


ENCRYPTED = bytearray(files.archive({"[Content_Types].xml": "<Types/>"}))
ENCRYPTED[6] |= 1
ENCRYPTED[ENCRYPTED.index(b"PK\x01\x02") + 8] |= 1
BAD = [
    ("empty.pdf", b"", "is empty"),
    ("big.txt", b"x" * (safefiles.MAX_BYTES + 1), "is larger than 10 MB"),
    ("noname", b"x", "of a kind that is not taken"),
    ("a.heic", b"x", "of a kind that is not taken"),
    ("run.exe", b"MZ\x90\x00", "is a program"),
    ("invoice.pdf.exe", b"MZ\x90\x00", "is a program"),
    ("run.pdf", b"MZ\x90\x00" + b"\x00" * 100, "is a program"),
    ("run.txt", b"\x7fELF\x02\x01\x01" + b"\x00" * 60, "is a program"),
    ("run.csv", b"#!/bin/sh\nrm -rf /", "is a program"),
    ("page.html", b"<html>", "can run scripts"),
    ("draw.svg", b"<svg/>", "can run scripts"),
    ("draw.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "can run scripts"),
    ("page.txt", b"  <!DOCTYPE html><script>alert(1)</script>", "can run scripts"),
    ("page.csv", b"a,b\n1,<script>alert(1)</script>", "can run scripts"),
    ("page.pdf", b"<html><body>", "can run scripts"),
    ("a.png", files.PDF, "there is no PNG in it"),
    ("a.pdf", files.PNG, "there is no PDF in it"),
    ("a.docx", files.PDF, "there is no DOCX in it"),
    ("a.docx", files.workbook(), "there is no DOCX in it"),
    ("a.xlsx", files.office("docx"), "there is no XLSX in it"),
    ("a.docx", files.archive({"a.txt": "x"}), "is not what its name says"),
    ("a.odt", files.open_document("spreadsheet"), "there is no ODT in it"),
    ("a.odt", files.office("docx"), "there is no ODT in it"),
    ("a.txt", b"abc\x00def", "there is no TXT in it"),
    ("a.docm", files.office("docm"), "can hold macros"),
    ("a.docx", files.office("docm"), "holds macros"),
    ("a.docx", files.office("docx", **{"word/vbaProject.bin": b"x"}), "holds macros"),
    ("a.odt", files.open_document(**{"Basic/script.xml": "x"}), "holds macros"),
    (
        "a.docx",
        files.office(
            **{
                "word/_rels/settings.xml.rels": '<R Type="attachedTemplate" Target="https://x/y.dotm"'
                ' TargetMode="External"/>'
            }
        ),
        "loads its template from elsewhere",
    ),
    ("a.docx", files.office(**{"word/embeddings/run.exe": b"MZ"}), "has a program in it"),
    ("a.docx", files.office(**{"word/embeddings/run.scr": b"MZ"}), "has a program in it"),
    ("a.docx", files.office(**{"word/embeddings/evil.xlsm": b"PK"}), "holds macros"),
    ("a.docx", files.office(**{"[content_types].XML": "<Types/>"}), "is damaged"),
    ("a.xlsx", files.archive({"[Content_Types].xml": f'<Types><Override ContentType="{files._MAIN["xlsx"]}"/><Override ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>'}), "holds macros"),
    *[
        (
            "a.docx",
            files.office(**{"word/_rels/settings.xml.rels": f'<Relationships><Relationship Type="x/attachedTemplate" Target="{target}" TargetMode="External"/></Relationships>'.encode(encoding)}),
            "loads its template from elsewhere",
        )
        for target, encoding in (("file://///evil/x.dotm", "utf-8"), ("file://evil/x.dotm", "utf-8"), ("https://evil/x.dotm", "utf-16"), ("//evil/x.dotm", "utf-8"))
    ],
    ("a.docx", bytes(ENCRYPTED), "has a password"),
    ("a.doc", b"\xd0\xcf\x11\xe0", "Save it as .docx"),
    ("a.docx", b"\xd0\xcf\x11\xe0" + b"\x00" * 50, "an old format or a password"),
    ("a.zip", files.archive({"a": "b"}), "is an archive"),
    ("a.docx", b"PK\x03\x04 broken", "is damaged"),
    ("a.docx", files.office(**{"bomb.xml": b"0" * 60_000_000}), "would unpack to far more"),
    ("a.docx", files.archive({f"{n}.xml": "" for n in range(3100)}), "would unpack to far more"),
    ("a.docx", files.archive({"[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "not what its name says"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "sentence"), BAD, ids=range(len(BAD)))
def test_what_could_do_harm_or_is_something_else_is_refused_by_a_sentence(name, data, sentence):
    with pytest.raises(NotTaken, match=f"^“{name}”.*") as refused:
        check(name, data)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "target", ["file:///C:/Users/me/Normal.dotm", "C:\\Normal.dotm", "Normal.dotm"]
)
def test_a_template_on_ones_own_disk_does_no_harm(target):
    relation = f'<Relationship Type="x/attachedTemplate" Target="{target}" TargetMode="External"/>'
    parts = {"word/_rels/settings.xml.rels": f"<Relationships>{relation}</Relationships>"}
    assert check("a.docx", files.office(**parts)).name == "a.docx"


def test_a_list_of_contents_that_lies_about_sizes_is_not_believed():
    data = bytearray(files.office(**{"bomb.xml": b"0" * 90_000_000}))
    # Both places that name the unpacked size say "5 bytes".
    for start, offset in ((data.index(b"bomb.xml") - 30, 22), (data.rindex(b"bomb.xml") - 46, 24)):
        struct.pack_into("<I", data, start + offset, 5)
        struct.pack_into("<I", data, start + offset - 8, zlib.crc32(b"00000"))
    with pytest.raises(NotTaken, match=r"damaged|far more"):
        check("a.docx", bytes(data))


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ada\\plan.docx", "plan.docx"),
        ("plan\u202efdp.exe", "planfdp.exe"),
        ("a\u200bb\x00c\nd.pdf", "ab c d.pdf"),
        ('<b>"x"|?*.pdf', "_b__x____.pdf"),
        (".hidden.", "file.hidden"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("\ud800.pdf", "file.pdf"),
    ],
)
def test_names_lose_folders_and_what_nobody_sees(name, cleaned):
    assert clean_name(name) == cleaned
    assert len(clean_name(name)) <= safefiles.NAME_LENGTH


# -- with an idea -------------------------------------------------------------------


@pytest.fixture
def idea(site):
    return factories.innovation(site, "A board with the delay", email="ada@test.example")


def upload(name="report.pdf", data=files.PDF):
    return SimpleUploadedFile(name, data, content_type="text/html")


def page_of(idea, name, **more):
    from django.urls import reverse

    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref, **more})


def track_of(idea):
    return links.track_path(idea.submission.ref, idea.submission.link_generation)


def safe(response):
    """What every download carries."""
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    return b"".join(response.streaming_content)


@pytest.mark.django_db
def test_a_file_goes_with_a_message_and_both_sides_download_it(hub, client, idea, run_outbox):
    data = {
        "body": "Here is the plan.",
        "once_key": "k",
        "attached": [upload(), upload("a.csv", files.CSV)],
    }
    assert hub.post(page_of(idea, "message"), data).status_code == 302
    first, second = Attachment.objects.order_by("pk")
    assert first.message == second.message == Message.objects.get()
    assert (first.name, first.content_type, first.size) == (
        "report.pdf",
        "application/pdf",
        len(files.PDF),
    )
    assert first.stored_as == f"{idea.site.code}/attached/{first.sha256}"
    assert "report.pdf" in words(hub.get(idea.get_absolute_url()))
    assert safe(hub.get(page_of(idea, "file", file=first.ref))) == files.PDF
    hub.logout()
    page = client.get(track_of(idea)).content.decode()
    assert f"{track_of(idea)}file/{first.ref}/" in page
    assert safe(client.get(f"{track_of(idea)}file/{second.ref}/")) == files.CSV


@pytest.mark.django_db
def test_a_submitter_sends_files_and_too_many_are_refused_with_the_words_kept(
    client, idea, hub_user
):
    path = f"{track_of(idea)}message/{idea.ref}/"
    answer = client.post(
        path, {"body": "My words", "attached": [upload(f"{n}.pdf") for n in range(6)]}
    )
    assert answer.status_code == 422
    assert "Choose at most 5 files at once" in words(answer)
    assert "My words" in answer.content.decode()
    answer = client.post(path, {"body": "My words", "attached": [upload("a.exe", b"MZ")]})
    assert answer.status_code == 422
    assert "“a.exe” is a program" in words(answer)
    answer = client.post(path, {"body": "", "attached": [upload()]})
    assert answer.status_code == 422
    assert "Choose your files again" in words(answer)
    assert not Attachment.objects.exists()
    assert client.post(path, {"body": "My words", "attached": [upload()]}).status_code == 302
    assert Attachment.objects.get().message.body == "My words"


@pytest.mark.django_db
def test_a_files_of_notes_and_of_the_idea_are_not_the_submitters(client, idea, hub_user):
    taken = [check("secret.pdf", files.PDF)]
    note = notes.add(innovation=idea, body="For us", files=taken, by=hub_user.actor)
    [of_note] = note.attachments.all()
    [of_idea] = attachments.attach(innovation=idea, files=taken, by=hub_user.actor)
    page = client.get(track_of(idea)).content.decode()
    assert "secret.pdf" not in page
    for file in (of_note, of_idea):
        assert file.ref not in page
        assert client.get(f"{track_of(idea)}file/{file.ref}/").status_code == 404
    foreign = factories.innovation(factories.SiteFactory(), email="eve@test.example")
    message = messages.write_to_submitter(
        innovation=foreign, body="x", files=taken, by=hub_user.actor
    )
    [file] = message.attachments.all()
    assert client.get(f"{track_of(idea)}file/{file.ref}/").status_code == 404
    assert client.get(page_of(idea, "file", file=of_note.ref)).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.HUB_STAFF, 200),
        (Role.SITE_LEAD, 200),
        (Role.EXECUTIVE, 403),
        (Role.PPIE_LEAD, 403),
        (Role.REVIEWER, 404),
        (Role.STAFF, 404),
    ],
)
def test_only_the_desk_and_whoever_holds_the_idea_download(sign_in, site, idea, role, status):
    [file] = attachments.attach(
        innovation=idea, files=[check("a.pdf", files.PDF)], by=factories.TEST
    )
    client = sign_in(factories.member(site, role))
    assert client.get(page_of(idea, "file", file=file.ref)).status_code == status


@pytest.mark.django_db
def test_a_reviewer_who_holds_it_downloads_and_a_stranger_finds_nothing(sign_in, site, idea):
    reviewer = factories.member(site, Role.REVIEWER)
    innovations.assign(innovation=idea, to=reviewer, by=factories.TEST)
    note = notes.add(
        innovation=idea, body="n", files=[check("a.pdf", files.PDF)], by=factories.TEST
    )
    [file] = note.attachments.all()
    assert safe(sign_in(reviewer).get(page_of(idea, "file", file=file.ref))) == files.PDF
    stranger = sign_in(factories.member(factories.SiteFactory(), Role.SITE_LEAD))
    assert stranger.get(page_of(idea, "file", file=file.ref)).status_code == 404


@pytest.mark.django_db
def test_the_same_bytes_are_kept_once_and_go_with_the_last_row(idea, run_outbox):
    taken = [check("a.pdf", files.PDF + b"once")]
    [first] = attachments.attach(innovation=idea, files=taken, by=factories.TEST)
    [second] = attachments.attach(innovation=idea, files=taken, by=factories.TEST)
    assert first.stored_as == second.stored_as
    attachments.remove(attachment=first, reason="wrong", by=factories.TEST)
    run_outbox()
    assert default_storage.exists(first.stored_as)
    attachments.remove(attachment=second, reason="patient", by=factories.TEST)
    run_outbox()
    assert not default_storage.exists(first.stored_as)
    with pytest.raises(Refused, match="already"):
        attachments.remove(attachment=second, reason="patient", by=factories.TEST)
    # Sent again afterwards, they are there again.
    [third] = attachments.attach(innovation=idea, files=taken, by=factories.TEST)
    assert attachments.content_of(third).read() == files.PDF + b"once"


@pytest.mark.django_db
def test_a_file_is_removed_with_a_reason_and_the_row_says_so(hub, client, idea, run_outbox):
    message = messages.write_to_submitter(
        innovation=idea, body="x", files=[check("plan.pdf", files.PDF)], by=factories.TEST
    )
    [file] = message.attachments.all()
    path = page_of(idea, "remove_file", file=file.ref)
    assert "may have done so" in words(hub.get(path))
    answer = hub.post(path, {})
    assert answer.status_code == 422
    assert "Select why you are removing this file" in words(answer)
    assert hub.post(path, {"reason": "patient"}).status_code == 302
    run_outbox()
    assert "plan.pdf was removed on" in words(hub.get(idea.get_absolute_url()))
    assert hub.get(page_of(idea, "file", file=file.ref)).status_code == 404
    file.refresh_from_db()
    assert file.removal_reason == "patient"
    assert Event.objects.get(verb="attachment.removed").changes == {"reason": "patient"}
    hub.logout()
    assert "A file was removed" in words(client.get(track_of(idea)))
    assert "plan.pdf" not in words(client.get(track_of(idea)))
    assert client.get(f"{track_of(idea)}file/{file.ref}/").status_code == 404


@pytest.mark.django_db
def test_names_of_files_are_blacked_out_and_forgotten_with_a_person(idea, hub_user):
    taken = [check("Letter to Oluwolo Example.pdf", files.PDF)]
    attachments.attach(innovation=idea, files=taken, by=factories.TEST)
    redactions.redact(
        innovation=idea, fragments=["Oluwolo Example"], reason="patient", by=hub_user.actor
    )
    assert Attachment.objects.get().name == "Letter to █████.pdf"
    named = factories.innovation(idea.site, "Another", email="bo@test.example", name="Bo Oluwolo")
    messages.write_to_hub(
        innovation=named,
        body="x",
        files=[check("CV Bo Oluwolo.pdf", files.PDF)],
        by=link(named.submission.ref),
    )
    erasure.erase_person(person=named.submission.submitter, by=factories.TEST)
    assert Attachment.objects.filter(innovation=named).get().name == "CV █████.pdf"
    assert not Event.objects.filter(changes__icontains="oluwolo").exists()


@pytest.mark.django_db
def test_a_file_of_a_note_cannot_be_sent_and_one_of_another_idea_cannot_be_used(idea, hub_user):
    note = notes.add(
        innovation=idea, body="n", files=[check("a.pdf", files.PDF)], by=hub_user.actor
    )
    [file] = note.attachments.all()
    with pytest.raises(Refused, match="only your team sees it"):
        messages.write_to_submitter(innovation=idea, body="x", files=[file], by=hub_user.actor)
    assert not Message.objects.exists()
    other = factories.innovation(idea.site, "Other", email="b@test.example")
    with pytest.raises(Refused, match="another idea"):
        notes.add(innovation=other, body="x", files=[file], by=hub_user.actor)
    assert Note.objects.count() == 1


@pytest.mark.django_db
def test_pressed_twice_the_files_are_there_once(hub, idea):
    for _ in range(2):
        hub.post(
            page_of(idea, "message"), {"body": "x", "once_key": "same", "attached": [upload()]}
        )
    assert Attachment.objects.count() == Message.objects.count() == 1


@pytest.mark.django_db
def test_files_lead_to_their_own_idea_beside_the_queue_and_in_a_merged_thread(hub, idea):
    message = messages.write_to_submitter(
        innovation=idea, body="x", files=[check("a.pdf", files.PDF)], by=factories.TEST
    )
    [file] = message.attachments.all()
    path = page_of(idea, "file", file=file.ref)
    assert path in hub.get(page_of(idea, "triage_item")).content.decode()
    assert path in hub.get(page_of(idea, "redact")).content.decode()
    other = factories.innovation(idea.site, "The same", email="b@test.example")
    factories.reason(idea.site, "merge")
    idea.refresh_from_db()
    decisions.decide(
        innovation=idea,
        kind="merge",
        reason_code="test-reason",
        words="Both.",
        into=other,
        by=factories.TEST,
    )
    assert path in hub.get(page_of(other, "innovation")).content.decode()
    assert safe(hub.get(path)) == files.PDF
