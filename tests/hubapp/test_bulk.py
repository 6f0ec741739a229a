"""Rows stored many at once are the rows a model would have stored."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from hubapp.db.bulk import insert_rows
from kpis.models import KpiContribution
from kpis.services.computing import compute
from tests import factories

COLUMNS = ("site_id", "kpi_value_id", "record_kind", "record_ref", "numerator", "denominator")


@pytest.fixture
def value(site):
    compute(month=factories.today(), sites=[site], by=factories.TEST)
    return site.kpi_values.get(kpi="innovations_submitted")


@pytest.mark.django_db
def test_numbers_nulls_and_odd_characters_arrive_as_they_were_sent(site, value):
    rows = [
        (site.pk, value.pk, 'it\'s {1,2} \\ "q"', f"REF{n:07}", Decimal("1.2500"), None)
        for n in range(3)
    ]
    assert insert_rows(KpiContribution, COLUMNS, rows) == 3
    stored = KpiContribution.objects.filter(kpi_value=value).order_by("id").values_list(*COLUMNS)
    assert [tuple(row) for row in stored] == rows


@pytest.mark.django_db
def test_constraints_hold_and_all_or_nothing_is_stored(site, value):
    twice = [(site.pk, value.pk, "kind", "SAME000000", None, None)] * 2
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_rows(KpiContribution, COLUMNS, twice)
    assert not value.contributions.exists()


@pytest.mark.django_db
@pytest.mark.postgresql
def test_what_is_too_long_is_refused_and_not_cut(site, value):
    with pytest.raises(DatabaseError), transaction.atomic():
        insert_rows(
            KpiContribution, COLUMNS, [(site.pk, value.pk, "kind", "TOOLONGREF0", None, None)]
        )
    assert not value.contributions.exists()
