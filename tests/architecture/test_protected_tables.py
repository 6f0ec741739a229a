"""History is immutable by any path: service, ORM, SQL."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from hubapp.db import maintenance
from hubapp.db.protect import protected_tables
from tests import factories

# What must carry the triggers. A new immutable table is added here and protected in a migration.
IMMUTABLE = {
    "hubapp_event",
    "portfolio_submission",
    "portfolio_decision",
    "portfolio_stagemove",
    "portfolio_message",
    "portfolio_note",
    "portfolio_attachment",
    "portfolio_redaction",
    "portfolio_checklist",
    "portfolio_checklistitem",
    "portfolio_ask",
    "portfolio_interest",
    "portfolio_clockexemption",
    "portfolio_followup",
    "kpis_kpivalue",
    "kpis_kpicontribution",
    "maturity_framework",
    "maturity_domain",
    "maturity_subdomain",
    "maturity_indicator",
    "maturity_assessmentmove",
    "maturity_rating",
    "maturity_raterrating",
    "maturity_release",
    "maturity_releasemember",
}


@pytest.mark.django_db
def test_every_immutable_table_carries_its_triggers():
    assert protected_tables(connection) == IMMUTABLE


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["orm", "sql"])
@pytest.mark.parametrize("what", ["update", "delete"])
def test_an_event_cannot_be_changed(site, path, what):
    factories.innovation(site)
    event = apps.get_model("hubapp", "Event").objects.first()
    statements = {
        ("orm", "update"): lambda: type(event).objects.filter(pk=event.pk).update(verb="forged"),
        ("orm", "delete"): lambda: event.delete(),
        ("sql", "update"): lambda: _sql(
            "UPDATE hubapp_event SET verb = 'forged' WHERE id = %s", event.pk
        ),
        ("sql", "delete"): lambda: _sql("DELETE FROM hubapp_event WHERE id = %s", event.pk),
    }
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        statements[path, what]()
    event.refresh_from_db()
    assert event.verb != "forged"


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize("table", sorted(IMMUTABLE))
def test_no_protected_table_can_be_emptied(table):
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        _sql(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_the_text_that_was_sent_stays_but_its_confirmation_may_be_written(site):
    submission = factories.innovation(site, "As sent").submission
    type(submission).objects.filter(pk=submission.pk).update(link_generation=7)
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        type(submission).objects.filter(pk=submission.pk).update(title="Otherwise")


@pytest.mark.django_db
def test_maintenance_opens_them_for_a_reason_and_closes_again(site):
    factories.innovation(site)
    event = apps.get_model("hubapp", "Event").objects.first()
    with transaction.atomic(), maintenance("erasure"):
        event.delete()
    other = apps.get_model("hubapp", "Event").objects.first()
    with pytest.raises(DatabaseError, match="history"), transaction.atomic():
        other.delete()
    with pytest.raises(ValueError, match="not a reason"), maintenance("because I can"):
        pass


def _sql(statement: str, *parameters) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
