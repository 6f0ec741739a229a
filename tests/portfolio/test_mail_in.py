"""Mail that comes in: the right thread, the right block, once, and no answer by a program."""

import datetime as dt
import io
import sys
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from accounts.services import erasure
from hubapp.events.models import Event
from hubapp.instants import acting_at
from hubapp.outbox.models import OutboxMessage
from portfolio import inbound, links, mailboxes
from portfolio.enums import MailOutcome, State
from portfolio.management.commands import receive_mail
from portfolio.models import Attachment, Message, Note, ReceivedMail
from portfolio.services import decisions, mail_in, submissions
from portfolio.tasks.mail_in import read_mail
from tests import factories, imap
from tests.portfolio import files
from tests.portfolio.test_front_door import words

NOW = dt.datetime(2026, 11, 4, 10, 0, tzinfo=dt.UTC)  # a Wednesday
GONE = dt.timedelta(minutes=11)
QUOTED = """Thank you. 41 patients, 9 admitted.

Kind regards
Ada Demo

On Wed, 4 Nov 2026 at 10:00, Demo Hub <hub@in.example> wrote:

> What is the evidence?
>
> Demo Hub
"""


@pytest.fixture
def idea(db, site, settings):
    settings.INBOUND_EMAIL = "hub@in.example"
    with time_machine.travel(NOW, tick=False):
        return factories.innovation(
            site, "A board with the delay", email="ada@test.example", name="Ada Demo"
        )


def letter(idea, body=QUOTED, *, sender="Ada Demo <Ada@Test.example>", **headers) -> EmailMessage:
    """A mail that answers one of ours."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = f"Demo Hub <{links.reply_address(idea.ref)}>"
    made["Subject"] = "Re: A message about your idea"
    made["Message-ID"] = make_msgid(domain="mail.example")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


def take(message, **more) -> list[ReceivedMail]:
    raw = message if isinstance(message, bytes) else message.as_bytes()
    return mail_in.receive(raw=raw, by=factories.TEST, **more)


def page_of(idea, name="innovation", **more):
    return reverse(f"portfolio:{name}", kwargs={"site": idea.site.slug, "ref": idea.ref, **more})


# -- the right thread ------------------------------------------------------------------


def test_an_answer_by_mail_is_a_message_without_what_it_quotes(hub, idea):
    [row] = take(letter(idea))
    assert row.outcome == MailOutcome.MESSAGE
    message = Message.objects.get()
    assert message.innovation == idea
    assert message.direction == "from_submitter"
    assert message.body == "Thank you. 41 patients, 9 admitted."
    assert "> What is the evidence?" in message.whole_text
    assert (message.actor_kind, message.actor_ref) == ("link", idea.submission.ref)
    page = words(hub.get(page_of(idea)))
    assert "From the submitter by email" in page
    assert "The whole mail" in page
    # The submitter reads their words, not our remarks.
    track = links.track_path(idea.submission.ref, 1)
    assert "41 patients, 9 admitted" in words(hub.get(track))
    assert "What is the evidence?" not in words(hub.get(track))
    event = Event.objects.get(verb="mail.received")
    assert event.changes == {"outcome": "message", "innovation": idea.ref}
    assert event.site_id == idea.site_id


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To", "X-Original-To"])
def test_the_token_is_found_wherever_a_mail_server_puts_it_and_in_any_case(idea, header):
    made = letter(idea)
    del made["To"]
    made[header] = links.reply_address(idea.ref).upper()
    [row] = take(made)
    assert row.outcome == MailOutcome.MESSAGE


def test_the_mail_server_may_name_the_recipient_instead(idea):
    made = letter(idea)
    del made["To"]
    [row] = take(made, recipients=[links.reply_address(idea.ref)], sender="ada@test.example")
    assert row.outcome == MailOutcome.MESSAGE


def test_a_mail_that_comes_again_is_taken_once(idea):
    made = letter(idea)
    first = take(made)
    made["Received"] = "by another server"
    assert take(made) == first
    assert Message.objects.count() == ReceivedMail.objects.count() == 1
    # Even when nobody remembers the mail itself any more.
    assert mail_in.tidy(now=timezone.now() + dt.timedelta(days=91)) == 1
    take(made)
    assert Message.objects.count() == 1


def test_the_same_words_in_another_mail_are_another_message(idea):
    take(letter(idea))
    take(letter(idea))
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "address",
    [
        "hub@in.example",
        "hub+x@in.example",
        "hub+0123456789.abcdefghijklmnopqrst@in.example",
        "other+{token}@in.example",
        "hub+{token}@elsewhere.example",
        "hub+{token}x@in.example",
        "hub+{foreign}@in.example",
    ],
)
def test_what_is_for_no_thread_is_counted_and_nothing_else(idea, address, caplog, run_outbox):
    run_outbox()
    before = len(mail.outbox)
    # A right signature for another idea, put behind this one's reference.
    foreign = f"{idea.ref}.{links.reply_token('0123456789').partition('.')[2]}".lower()
    made = letter(idea, sender="eve@else.example")
    del made["To"]
    made["To"] = address.format(token=links.reply_token(idea.ref), foreign=foreign)
    with caplog.at_level("INFO"):
        [row] = take(made)
    assert (row.outcome, row.site, row.innovation) == (MailOutcome.UNKNOWN, None, None)
    assert not Message.objects.exists()
    assert not Note.objects.exists()
    run_outbox()
    assert len(mail.outbox) == before
    assert "mail came in: unknown" in caplog.text
    assert "eve@" not in caplog.text
    assert "41 patients" not in caplog.text


def test_a_token_survives_a_new_key_as_long_as_the_old_one_is_known(idea, settings):
    made = letter(idea)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    assert take(made)[0].outcome == MailOutcome.MESSAGE
    settings.SECRET_KEY_FALLBACKS = []
    made = letter(idea)
    settings.SECRET_KEY = "a third key"
    assert take(made)[0].outcome == MailOutcome.UNKNOWN


def test_a_reply_address_fits_into_an_address(idea):
    local = links.reply_address(idea.ref).partition("@")[0]
    assert len(local) <= 64
    assert local == local.lower()


# -- the clock -----------------------------------------------------------------------------


def test_a_mail_that_answers_a_question_starts_the_clock_again_as_the_page_does(idea):
    factories.reason(idea.site, "ask")
    with acting_at(NOW):
        decisions.decide(
            innovation=idea, kind="ask", reason_code="test-reason", words="More?", by=factories.TEST
        )
    with time_machine.travel(NOW + GONE):
        take(letter(idea))
    idea.refresh_from_db()
    assert idea.state == State.WAITING
    assert idea.due_on is not None
    assert idea.moves.last().reason == "reply"


def test_a_question_that_has_not_left_is_not_answered_by_a_mail(idea):
    factories.reason(idea.site, "ask")
    with time_machine.travel(NOW, tick=False):
        decisions.decide(
            innovation=idea, kind="ask", reason_code="test-reason", words="More?", by=factories.TEST
        )
        take(letter(idea))
    idea.refresh_from_db()
    assert idea.state == State.ASKED


# -- another address -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    ["Bo <bo@home.example>", "ada@test.example, bo@home.example", "ada@test.example.evil.example"],
)
def test_a_mail_from_another_address_is_held_for_the_desk(hub, idea, sender):
    [row] = take(letter(idea, sender=sender))
    assert row.outcome == MailOutcome.HELD
    assert not Message.objects.exists()
    note = Note.objects.get()
    assert (note.mail_state, note.innovation) == ("held", idea)
    page = words(hub.get(page_of(idea)))
    assert "41 patients, 9 admitted" in page
    assert "Mail from" in page
    if ", bo@" not in sender:  # two addresses are nobody's
        assert "which is not the submitter’s address" in page
    assert "Waits for you to look at it" in page
    assert "Mails to look at" in words(hub.get("/"))
    track = links.track_path(idea.submission.ref, 1)
    assert "41 patients" not in words(hub.get(track))


def test_the_desk_takes_it_as_the_submitters_and_the_clock_runs(hub, idea):
    factories.reason(idea.site, "ask")
    with acting_at(NOW):
        decisions.decide(
            innovation=idea, kind="ask", reason_code="test-reason", words="More?", by=factories.TEST
        )
    made = letter(idea, sender="Ada <ada@home.example>")
    made.add_attachment(files.PDF, maintype="application", subtype="pdf", filename="plan.pdf")
    with time_machine.travel(NOW + GONE):
        take(made)
        note = Note.objects.get()
        path = page_of(idea, "settle_mail", note=note.ref)
        hub.force_login(factories.member(idea.site), backend="accounts.backends.EmailBackend")
        assert "message from the submitter" in words(hub.post(path, {"do": "accept"}, follow=True))
        assert "Somebody has looked at this mail already" in words(
            hub.post(path, {"do": "accept"}, follow=True)
        )
    message = Message.objects.get()
    assert message.body == "Thank you. 41 patients, 9 admitted."
    assert "It came from another address." in message.remark
    idea.refresh_from_db()
    assert idea.state == State.WAITING
    [file] = message.attachments.all()
    assert file.name == "plan.pdf"
    track = links.track_path(idea.submission.ref, 1)
    assert hub.get(f"{track}file/{file.ref}/").status_code == 200
    assert "Mails to look at" not in words(hub.get("/"))


def test_the_desk_keeps_it_as_a_note(hub, idea):
    take(letter(idea, sender="bo@home.example"))
    note = Note.objects.get()
    hub.post(page_of(idea, "settle_mail", note=note.ref), {"do": "keep"})
    note.refresh_from_db()
    assert note.mail_state == "kept"
    assert not Message.objects.exists()


def test_who_sent_it_is_a_person_and_can_be_erased(hub, idea):
    take(letter(idea, "I am Bo Oluwolo.", sender="Bo Oluwolo <bo@home.example>"))
    note = Note.objects.get()
    assert note.sender.email == "bo@home.example"
    erasure.erase_person(person=note.sender, by=factories.TEST)
    page = words(hub.get(page_of(idea)))
    assert "Oluwolo" not in page
    assert "bo@home.example" not in page
    note.refresh_from_db()
    assert note.body == "I am █████."
    assert Person.objects.get(pk=note.sender_id).erased_at


def test_a_held_mail_that_comes_again_after_months_is_still_known(idea):
    made = letter(idea, sender="bo@home.example")
    made.add_attachment(files.PDF, maintype="application", subtype="pdf", filename="plan.pdf")
    take(made)
    mail_in.tidy(now=timezone.now() + dt.timedelta(days=91))
    people = Person.objects.count()
    assert take(made)[0].outcome == MailOutcome.HELD
    assert (Note.objects.count(), Attachment.objects.count()) == (1, 1)
    assert Person.objects.count() == people


def test_after_withdrawing_a_mail_waits_for_the_desk_and_is_not_lost(idea):
    submissions.withdraw(submission=idea.submission, by=factories.TEST)
    assert take(letter(idea))[0].outcome == MailOutcome.HELD
    assert Note.objects.get().body.startswith("Thank you.")


# -- programs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"Auto_Submitted": "auto-replied"}, {}),
        ({"Auto_Submitted": "auto-generated; owner=x"}, {}),
        ({"Precedence": "Bulk"}, {}),
        ({"Precedence": "auto_reply"}, {}),
        ({"Return_Path": "<>"}, {}),
        ({"X_Autoreply": "yes"}, {}),
        ({}, {"sender": ""}),
    ],
)
def test_what_a_program_wrote_makes_no_message_and_no_answer(idea, headers, more, run_outbox):
    run_outbox()
    before = len(mail.outbox)
    [row] = take(letter(idea, "I am away until Monday.", **headers), **more)
    assert row.outcome == MailOutcome.AUTOMATIC
    assert row.innovation == idea
    assert not Message.objects.exists()
    assert not Note.objects.exists()
    run_outbox()
    assert len(mail.outbox) == before


def test_our_own_mail_sent_back_to_us_makes_no_loop(idea, run_outbox):
    from portfolio.services import messages

    messages.write_to_submitter(innovation=idea, body="Hello", by=factories.TEST)
    run_outbox()
    sent = mail.outbox[-1].message()
    del sent["To"]
    sent["To"] = links.reply_address(idea.ref)
    assert take(sent.as_bytes())[0].outcome == MailOutcome.AUTOMATIC


def test_a_person_who_says_so_is_no_program(idea):
    assert take(letter(idea, Auto_Submitted="no"))[0].outcome == MailOutcome.MESSAGE


def test_a_bounce_is_known_by_its_form(idea):
    raw = letter(idea).as_bytes().replace(b"text/plain", b"multipart/report; boundary=x")
    assert take(raw)[0].outcome == MailOutcome.AUTOMATIC


# -- what is in it -----------------------------------------------------------------------------


def test_html_alone_becomes_text_and_runs_nothing(idea):
    made = letter(idea)
    made.set_content(
        "<html><head><title>x</title><style>p{}</style></head><body><p>Dear hub,</p>"
        "<p>41&nbsp;patients &amp; <b>9</b> admitted.<br>More soon.</p><script>alert(1)</script>"
        "<ul><li>one</li><li>two</li></ul>"
        "<div>On Wed, 4 Nov 2026, Demo Hub &lt;hub@in.example&gt; wrote:</div>"
        "<blockquote><p>What is the evidence?</p></blockquote></body></html>",
        subtype="html",
    )
    take(made)
    assert Message.objects.get().body == (
        "Dear hub,\n\n41 patients & 9 admitted.\nMore soon.\n\n- one\n- two"
    )


def test_files_go_through_the_same_look_and_what_is_left_out_is_said(hub, idea):
    made = letter(idea)
    made.add_attachment(files.PDF, maintype="application", subtype="pdf", filename="../plan.pdf")
    made.add_attachment(b"MZ\x90", maintype="application", subtype="pdf", filename="run.exe")
    made.add_attachment(files.archive({"a": "b"}), maintype="x", subtype="y", filename="all.zip")
    made.add_attachment(b"<svg/>", maintype="image", subtype="svg+xml", filename="logo.svg")
    take(made)
    assert [file.name for file in Attachment.objects.all()] == ["plan.pdf"]
    message = Message.objects.get()
    assert "“run.exe” is a program" in message.remark
    assert "“all.zip” is an archive" in message.remark
    assert "“logo.svg” is a web page or drawing" in message.remark
    assert "“run.exe” is a program" in words(hub.get(page_of(idea)))
    track = links.track_path(idea.submission.ref, 1)
    assert "run.exe" not in words(hub.get(track))


def test_six_files_are_five_and_a_sentence(idea):
    made = letter(idea)
    for number in range(6):
        made.add_attachment(
            files.PDF + bytes([number]),
            maintype="application",
            subtype="pdf",
            filename=f"{number}.pdf",
        )
    take(made)
    assert Attachment.objects.count() == 5
    assert "“5.pdf” was left out: at most 5 files" in Message.objects.get().remark


def test_a_mail_without_words_is_a_message_all_the_same(idea):
    made = letter(idea, "")
    made.add_attachment(files.PNG, maintype="image", subtype="png", filename="a.png")
    take(made)
    message = Message.objects.get()
    assert message.body == "There is no text in this mail."
    assert message.attachments.get().content_type == "image/png"


def test_a_very_long_mail_is_cut_and_kept_whole_beside_it(idea):
    text = "word " * 6000
    take(letter(idea, text))
    message = Message.objects.get()
    assert len(message.body) <= 20_000
    assert message.body.endswith("(The rest is in the whole mail.)")
    assert message.whole_text == text.strip()
    take(letter(idea, "x" * 200_000))
    assert "The end of a very long mail was left out." in Message.objects.last().remark


def test_a_mail_that_is_too_large_is_told_of_and_not_read(idea, monkeypatch):
    monkeypatch.setattr(inbound, "MAX_BYTES", 2000)
    [row] = take(letter(idea, "word " * 2000))
    assert row.outcome == MailOutcome.HELD
    assert "too large to take in" in Note.objects.get().body
    assert Note.objects.get().sender.email == "ada@test.example"


def test_an_nhs_number_in_a_mail_is_pointed_out_to_the_desk(hub, idea):
    take(letter(idea, "She is 943 476 5919."))
    assert "This text may hold an NHS number" in words(hub.get(page_of(idea)))


def broken() -> list[bytes]:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    )
    return [
        b"From: =?utf-8?b?////?= <ada@test.example>\nTo: %s\n\nHello",
        b"From: ada@test.example\nTo: %s\nContent-Type: text/plain; charset=nonsense\n\nHello",
        b"From: ada@test.example\nTo: %s\nContent-Type: multipart/mixed\n\nHello",
        b"From: ada@test.example\nTo: %s\nContent-Transfer-Encoding: base64\n\n!!!",
        b"From: ada@test.example\nTo: %s\nContent-Type: a/b; name*=utf-8''%%ff%%fe\n\nHello",
        b"From: <<<>>>\nTo: %s\nContent-Disposition: attachment; filename*0*=x\n\nHello",
        b"From: ada@test.example\nTo: %s\nMessage-ID: <x\x00y>\n\nHel\x00lo \xff\xfe",
        b"From: ada@test.example\nTo: %s\nDate: never\nSubject: =?x?y?z?=\n" + deep,
        b"From: ada@test.example\nTo: %s\n\n" + b"\n" * 30_000 + b"end",
        b"From: ada@test.example\nTo: %s\n\n" + b"> " * 20_000,
        b"From: " + b"a@b, " * 3000 + b"\nTo: %s\n\nHello",
    ]


@pytest.mark.parametrize("number", range(len(broken())))
def test_a_mail_that_is_broken_is_taken_or_held_and_never_fails(idea, number):
    address = links.reply_address(idea.ref).encode()
    raw = broken()[number].replace(b"%s", address).replace(b"%%", b"%")
    [row] = take(raw)
    assert row.outcome in (MailOutcome.MESSAGE, MailOutcome.HELD, MailOutcome.UNREADABLE)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"no headers at all"])
def test_what_is_no_mail_is_counted(idea, raw):
    assert take(raw)[0].outcome == MailOutcome.UNREADABLE


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes.\n\n-- \nAda", "Yes."),
        ("Yes.\n\nSent from my iPhone", "Yes."),
        ("Yes.\n\nFrom: Demo Hub <h@x.y>\nSent: 4 November 2026\nTo: A\nSubject: S\n\nOld", "Yes."),
        ("> Which days?\n\nTuesday.\n\n> And hours?\n\nAll.", None),
        ("> only a quotation", None),
        (
            "Hello,\n\nThank you, here it is.\n\nKind regards\nAda\n01234 567890",
            "Hello,\n\nThank you, here it is.",
        ),
        ("- one\n- two", None),
        ("Thanks\nfor that. " + "And more words. " * 20, None),
        ("We say:\nBest wishes\n" + "and so on\n" * 12, None),
        ("", ""),
    ],
)
def test_the_answer_is_found_and_nothing_is_lost_where_it_is_not(text, answer):
    assert inbound.answer_in(text) == (text.strip() if answer is None else answer)


# -- where it comes from -----------------------------------------------------------------------


def pipe(monkeypatch, raw: bytes, *arguments) -> int:
    """The status with which the command ends."""
    stdin = io.TextIOWrapper(io.BytesIO(raw))
    monkeypatch.setattr(sys, "stdin", stdin)
    try:
        call_command("receive_mail", *arguments)
    except SystemExit as ended:
        return int(ended.code)
    return 0


def test_the_command_ends_as_mail_servers_expect(idea, settings, monkeypatch):
    assert pipe(monkeypatch, letter(idea).as_bytes()) == 0
    assert Message.objects.count() == 1
    made = letter(idea)
    del made["To"]
    told = ["--to", links.reply_address(idea.ref), "--from", "ada@test.example"]
    assert pipe(monkeypatch, made.as_bytes(), *told) == 0
    assert Message.objects.count() == 2
    # For nobody: dealt with, and no bounce tells a stranger what there is.
    assert pipe(monkeypatch, made.as_bytes().replace(b"mail.example", b"new.example")) == 0
    assert pipe(monkeypatch, b"") == 64
    monkeypatch.setattr(receive_mail.mail_in, "receive", lambda **_: 1 / 0)
    assert pipe(monkeypatch, letter(idea).as_bytes()) == 75
    settings.INBOUND_EMAIL = ""
    assert pipe(monkeypatch, letter(idea).as_bytes()) == 75


def test_a_maildir_is_emptied_of_what_is_ours(idea, settings, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    (new / "1.host").write_bytes(letter(idea).as_bytes())
    stray = letter(idea)
    del stray["To"]
    stray["To"] = "hub@in.example"
    (new / "2.host").write_bytes(stray.as_bytes())
    settings.INBOUND_MAILDIR = str(tmp_path)
    read_mail()
    assert Message.objects.count() == 1
    assert list(new.iterdir()) == []
    # What is for no idea stays for a person to read.
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["2.host:2,S"]
    read_mail()
    assert ReceivedMail.objects.count() == 2


def test_a_mail_that_cannot_be_stored_stays_in_the_maildir(idea, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    (new / "1.host").write_bytes(letter(idea).as_bytes())

    def fails(raw):
        raise RuntimeError("database is down")

    with pytest.raises(RuntimeError):
        mailboxes.read_maildir(str(tmp_path), fails)
    assert (new / "1.host").exists()


def test_a_mailbox_is_read_by_imap_and_emptied_of_what_is_ours(idea, settings):
    stray = letter(idea)
    del stray["To"]
    stray["To"] = "hub@in.example"
    with imap.serving([letter(idea).as_bytes(), stray.as_bytes()]) as box:
        settings.INBOUND_URL = box.url
        read_mail()
        assert Message.objects.count() == 1
        assert list(box.mails) == [2]
        assert box.flags[2] == {"\\Seen"}
        read_mail()
        assert ReceivedMail.objects.count() == 2
    assert "LOGOUT" in box.log


def test_a_mailbox_that_is_down_or_refuses_is_tried_again_and_tells_no_password(
    idea, settings, caplog
):
    with imap.serving([letter(idea).as_bytes()]) as box:
        box.password = "changed"
        settings.INBOUND_URL = box.url
        read_mail()
        assert "the mailbox could not be read" in caplog.text
    read_mail()
    assert "pass" not in caplog.text
    assert not Message.objects.exists()


def test_a_url_that_is_no_mailbox_says_what_one_looks_like(idea):
    with pytest.raises(mailboxes.BadAddress, match="imaps://user:password@host/INBOX"):
        mailboxes.read_imap("https://mail.example/", lambda raw: True)


def test_without_an_address_no_mail_is_read(db, settings, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(b"From: a@b.c\n\nx")
    settings.INBOUND_MAILDIR = str(tmp_path)
    read_mail()
    assert (tmp_path / "new" / "1").exists()
    assert not OutboxMessage.objects.filter(topic="portfolio.read_mail").exists()


# -- what the sender hears ---------------------------------------------------------------
def with_program(idea, **headers):
    made = letter(idea, "Here it is.", **headers)
    made.add_attachment(b"MZ\x90", maintype="application", subtype="octet-stream", filename="a.exe")
    return made


def told() -> list:
    return [each for each in mail.outbox if each.subject.startswith("Not all of your email")]


def test_the_submitter_is_told_which_file_was_not_taken_and_what_is(idea, run_outbox):
    run_outbox()
    mail.outbox.clear()
    with acting_at(NOW):
        sent = with_program(idea)
        take(sent)
        take(sent)
    run_outbox()
    [one] = mail.outbox
    assert one.to == ["ada@test.example"]
    assert one.subject == f"Not all of your email could be taken in: {idea.title}"
    assert "a.exe" in one.body
    assert "PDF, pictures (PNG" in one.body
    assert "At most 5 files of 10 MB each" in one.body
    assert "/track/" in one.body
    assert mail_in.TOLD not in one.body
    # An answer, as mail programs and absence notes know one.
    assert one.extra_headers["Auto-Submitted"] == "auto-replied"
    assert sent["Message-ID"] in one.extra_headers["References"]
    assert one.reply_to == [links.reply_address(idea.ref)]
    # The hub reads that they know.
    assert Message.objects.get().remark.endswith(mail_in.TOLD)


def test_nobody_else_is_answered_and_no_program(idea, run_outbox):
    """Neither an address that is not the idea's, nor a bounce, an absence note or a list."""
    run_outbox()
    mail.outbox.clear()
    with acting_at(NOW):
        take(with_program(idea, sender="Eve <eve@test.example>"))
        take(with_program(idea, Auto_Submitted="auto-replied"))
        take(with_program(idea, Precedence="bulk"))
        take(with_program(idea, Return_Path="<>"))
        take(with_program(idea), sender="")
        take(letter(idea))
        # What the answer itself would look like if it came back.
        take(with_program(idea, Auto_Submitted="auto-generated"))
    run_outbox()
    assert mail.outbox == []
    assert Note.objects.get().remark
    assert mail_in.TOLD not in Note.objects.get().remark


def test_somebody_hears_of_it_three_times_a_day_at_most(idea, run_outbox):
    run_outbox()
    mail.outbox.clear()
    with time_machine.travel(NOW, tick=False):
        for _ in range(5):
            take(with_program(idea))
    with time_machine.travel(NOW + dt.timedelta(days=1, minutes=1), tick=False):
        take(with_program(idea))
    run_outbox()
    assert len(told()) == 4
    said = [message.remark.endswith(mail_in.TOLD) for message in Message.objects.order_by("pk")]
    assert said == [True, True, True, False, False, True]


def test_a_mail_that_is_too_large_is_told_to_its_sender(idea, run_outbox, monkeypatch):
    run_outbox()
    mail.outbox.clear()
    monkeypatch.setattr(inbound, "MAX_BYTES", 500)
    with acting_at(NOW):
        take(letter(idea, "x" * 900))
    run_outbox()
    [one] = mail.outbox
    assert "too large: nothing in it could be taken in" in one.body


def test_who_withdrew_meanwhile_hears_nothing(idea, run_outbox):
    with acting_at(NOW):
        take(with_program(idea))
        submissions.withdraw(submission=idea.submission, by=factories.TEST)
    run_outbox()
    assert told() == []
