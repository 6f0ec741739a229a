"""A mail and what takes it back: of the two, one finds the row taken."""

import pytest
from django.db import connection
from django.utils import timezone

from hubapp import notifications
from hubapp.notifications import services
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from portfolio.models import Decision
from portfolio.services import decisions
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(site):
    idea = factories.innovation(site, "An idea", email="a@test.example")
    factories.reason(site)
    return decisions.decide(
        innovation=idea,
        kind="decline",
        reason_code=factories.reason(site).code,
        words="No, sorry.",
        by=TEST,
    )


def test_a_mail_that_is_leaving_is_not_undone(decided):
    """The worker has taken the mail; the clock of the person who presses is a little behind."""
    Delivery.objects.filter(key=decisions.mail_key(decided)).update(claimed_at=timezone.now())
    with pytest.raises(Refused, match="has been sent"):
        decisions.undo(decision=decided, by=TEST)
    assert Decision.objects.count() == 1


def test_a_mail_taken_back_while_the_worker_read_it_stays(decided, mailoutbox):
    """Undone between the worker's first look at the mail and its claim."""
    delivery = Delivery.objects.get(key=decisions.mail_key(decided))
    undone = []

    def undo_first(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and not undone:
            undone.append(True)
            decisions.undo(decision=decided, by=TEST)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(undo_first):
        services.send(delivery.ref)
    assert undone
    assert mailoutbox == []
    delivery.refresh_from_db()
    assert delivery.claimed_at is None


def test_a_decision_without_a_mail_is_undone(site):
    idea = factories.innovation(site, "An idea")
    decision = decisions.decide(
        innovation=idea,
        kind="decline",
        reason_code=factories.reason(site).code,
        words="No.",
        by=TEST,
    )
    decisions.undo(decision=decision, by=TEST)
    assert Decision.objects.filter(reverses=decision).exists()


def test_taking_back_twice_is_taking_back_once(decided):
    key = decisions.mail_key(decided)
    assert notifications.cancel(key=key)
    assert notifications.cancel(key=key)
    Delivery.objects.filter(key=key).update(cancelled_at=None, sent_at=timezone.now())
    assert not notifications.cancel(key=key)
