"""A change and its event are one."""

import pytest

from hubapp import events
from hubapp.events.models import Event
from hubapp.events.services import OutsideTransaction
from portfolio.models import Innovation
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(site):
    with pytest.raises(OutsideTransaction):
        events.record("site.touched", by=factories.TEST, subject=site)


@pytest.mark.django_db
def test_one_operation_shares_an_id(site):
    factories.innovation(site)
    happened = Event.objects.filter(site_id=site.pk)
    assert happened.values("operation_id").distinct().count() == 1
    assert set(happened.values_list("verb", flat=True)) == {
        "submission.entered",
        "innovation.received",
    }


@pytest.mark.django_db
def test_an_event_names_site_subject_and_author_and_no_words(site, hub_user):
    innovation = factories.innovation(
        site, "Secret words", by=factories.actor_of(hub_user), email="a@test.example"
    )
    event = Event.objects.get(verb="innovation.received")
    assert (event.site_id, event.subject_ref, event.actor_ref) == (
        site.pk,
        innovation.ref,
        hub_user.ref,
    )
    assert "Secret" not in str(list(Event.objects.values()))
    assert "test.example" not in str(list(Event.objects.values()))
    assert Innovation.objects.count() == 1
