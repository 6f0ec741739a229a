"""Who is erased is gone from what imports keep, too."""

import json

import pytest

from portfolio.models import ImportJob, ImportMapping, ImportRow
from portfolio.services.import_people import black_out_people_in_imports
from tests import factories
from tests.portfolio.test_import import bring_in, reasons
from tests.portfolio.test_import_mapping import Mapping, dry, say

pytestmark = pytest.mark.django_db
FILE = "Name,Who,Kind\nSensor,Demo Persona,device\nApp,demo persona (persona@demo.example),device\nDesk,Staff,device\n"
MEANING = Mapping(
    {"Name": "title", "Who": "submitter_kind", "Kind": "innovation_type"},
    values={"submitter_kind": {"Demo Persona": "staff", "Staff": "staff"}},
)


def kept() -> str:
    rows = [ImportJob.objects.values(), ImportMapping.objects.values(), ImportRow.objects.values()]
    return json.dumps([list(found) for found in rows], default=str, ensure_ascii=False)


def test_names_go_from_values_examples_and_reasons(site):
    person = factories.PersonFactory(name="Demo Persona", email="persona@demo.example")
    job = say(dry(site, FILE), MEANING)
    assert "demo persona" in next(iter(reasons(job).values()))
    assert kept().casefold().count("demo persona") > 5
    assert black_out_people_in_imports(person_ids=[person.pk], by=factories.TEST) == 3
    assert "persona" not in kept().casefold()
    # What was said of others stands.
    assert ImportMapping.objects.get().mapping["values"] == {"submitter_kind": {"Staff": "staff"}}
    assert Mapping.read(ImportJob.objects.get().mapping).columns == MEANING.columns


def test_nobody_else_is_touched(site):
    person = factories.PersonFactory(name="Somebody Else", email="else@demo.example")
    bring_in(site, "title,innovation_type\nA,gadget\n")
    before = kept()
    assert black_out_people_in_imports(person_ids=[person.pk], by=factories.TEST) == 0
    assert kept() == before
