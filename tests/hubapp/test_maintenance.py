"""Maintenance inside maintenance: the outer one stays open until it ends itself."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Organisation
from hubapp import events
from hubapp.db.maintenance import is_open, maintenance
from hubapp.events.models import Event
from tests.factories import TEST, OrganisationFactory


@pytest.fixture
def event(db):
    organisation: Organisation = OrganisationFactory()
    with transaction.atomic():
        return events.record("organisation.created", by=TEST, subject=organisation)


def test_the_outer_stays_open_after_the_inner_closed(event):
    with transaction.atomic(), maintenance("erasure"):
        with maintenance("redaction"):
            assert is_open()
        assert Event.objects.filter(pk=event.pk).update(verb="changed") == 1
    assert not is_open()
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(verb="changed again")
    assert connection.is_usable()


def test_a_failure_inside_closes_both(event):
    inside = maintenance("redaction")
    with (
        pytest.raises(RuntimeError, match="stop"),
        transaction.atomic(),
        maintenance("erasure"),
        inside,
    ):
        raise RuntimeError("stop")
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(verb="changed")
