"""What submitters read in their mail, and what is never sent."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from portfolio.enums import DecisionKind
from portfolio.models import Submission
from portfolio.services import decisions, messages, submissions
from tests import factories
from tests.portfolio.test_front_door import link_in
from tests.portfolio.test_routing import network, unsure  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 4, 10, 0, tzinfo=dt.UTC)


def send(site, title="A board & <more>") -> Submission:
    """An idea sent at the front door and not confirmed."""
    by = factories.TEST
    draft = submissions.start_draft(submitter_kind="public", entry_site=site, by=by)
    submissions.save_draft(
        draft=draft,
        by=by,
        answers={
            "title": title, "problem": "P", "for_whom": "W", "idea": "I", "is_confidential": False,
            "sites": [site.code],
        },
        person={"name": "Ada", "email": "ada@test.example"},
    )  # fmt: skip
    return submissions.send_draft(draft=draft, by=by)


def test_each_mail_is_plain_text_with_one_link_that_works(client, site, run_outbox):
    with time_machine.travel(NOW) as clock:
        submission = send(site)
        run_outbox()
        submissions.confirm(submission=submission, by=factories.TEST)
        innovation = submission.innovations.get()
        messages.write_to_submitter(innovation=innovation, body="Hello Ada.", by=factories.TEST)
        factories.reason(site, DecisionKind.ASK)
        decisions.decide(
            innovation=innovation, kind=DecisionKind.ASK, reason_code="test-reason",
            words="We wonder.", next_step="Tell us.", by=factories.TEST,
        )  # fmt: skip
        run_outbox()
        assert "We wonder." not in " ".join(message.body for message in mail.outbox)
        clock.shift(dt.timedelta(minutes=11))
        run_outbox()
        submissions.renew_link(submission=submission, by=factories.TEST)
        run_outbox()
        subjects = [message.subject for message in mail.outbox]
        assert subjects == [
            "Confirm your idea: A board & <more>",
            "We have your idea: A board & <more>",
            "A message about your idea: A board & <more>",
            "A question about your idea: A board & <more>",
            "Your link: A board & <more>",
        ]
        assert "by 2 December 2026" in mail.outbox[1].body
        assert innovation.ref in mail.outbox[1].body
        assert "Hello Ada." in mail.outbox[2].body
        assert "Tell us." in mail.outbox[3].body
        assert client.get(link_in(mail.outbox[-1])).status_code == 200
    for message in mail.outbox:
        assert message.body.count("http") == 1
        assert message.to == ["ada@test.example"]
        assert "{" not in message.body + message.subject


def test_who_does_not_confirm_is_reminded_once_and_then_forgotten(site, run_outbox):
    with time_machine.travel(NOW) as clock:
        send(site)
        run_outbox()
        for days in (2, 2, 5, 10):
            clock.shift(dt.timedelta(days=days))
            submissions.remind_unconfirmed(by=factories.TEST)
            run_outbox()
        assert [m.subject.split(":")[0] for m in mail.outbox] == [
            "Confirm your idea",
            "Your idea waits for you to confirm it",
        ]
        clock.shift(dt.timedelta(days=12))
        submissions.delete_unconfirmed(by=factories.TEST)
        assert not Submission.objects.exists()


def test_a_mail_that_is_no_longer_wanted_does_not_leave(site, run_outbox):
    submission = send(site)
    submissions.confirm(submission=submission, by=factories.TEST)
    run_outbox()
    # The question whether the address is right was answered before it left.
    assert [message.subject.split(":")[0] for message in mail.outbox] == ["We have your idea"]


def test_somebody_not_sure_is_told_who_chooses(network, run_outbox):  # noqa: F811 - the fixture
    unsure(network)
    run_outbox()
    assert f"{network.name} chooses the right team" in mail.outbox[-1].body


def test_a_question_that_was_taken_back_by_going_on_is_not_mailed(site, run_outbox, settings):
    innovation = factories.innovation(site, email="sender@test.example")
    run_outbox()
    mail.outbox.clear()
    reason = factories.reason(site, DecisionKind.ASK)
    decisions.decide(
        innovation=innovation,
        kind=DecisionKind.ASK,
        reason_code=reason.code,
        words="Which ward?",
        by=factories.TEST,
    )
    decisions.resume(innovation=innovation, by=factories.TEST)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        run_outbox()
    assert mail.outbox == []
