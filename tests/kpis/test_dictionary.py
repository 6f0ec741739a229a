"""What is written about the KPIs matches what is counted."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from kpis.definitions import REGISTRY, dictionary
from kpis.enums import Kind

PAGE = Path(settings.BASE_DIR) / "docs" / "kpi-dictionary.md"


def test_the_dictionary_is_in_step():
    assert PAGE.read_text(encoding="utf-8") == dictionary.text(), (
        "run ./manage.py write_kpi_dictionary"
    )


@pytest.mark.parametrize("definition", REGISTRY.values(), ids=list(REGISTRY))
def test_a_definition_is_whole(definition):
    assert REGISTRY[definition.key] is definition
    assert len(definition.key) <= 60
    assert definition.meaning.endswith(".")
    assert definition.how_counted.endswith(".")
    assert definition.kind in {Kind.COUNT, Kind.RATIO, Kind.QUANTILE}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("innovations_submitted", "1.0000", "1 idea"),
        ("innovations_submitted", "1234", "1,234 ideas"),
        ("innovations_submitted", "0", "0 ideas"),
        ("median_days_to_decision", "4.5", "4.5 working days"),
        ("median_days_to_decision", "1", "1 working day"),
        ("decided_on_time", "66.6667", "66.7%"),
        ("decided_on_time", "12.2500", "12.3%"),
        ("decided_on_time", "100.0000", "100%"),
        ("decided_on_time", None, "no data"),
    ],
)
def test_values_in_words(key, value, words):
    assert REGISTRY[key].words(Decimal(value) if value else None) == words
