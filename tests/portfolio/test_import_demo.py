"""The demo shows a file that is explained and counted, and adds nothing by itself."""

import pytest

from hubapp.actors import system
from portfolio import demo_imports
from portfolio.enums import ImportState
from portfolio.models import ImportJob, Innovation
from portfolio.services import import_runs, imports
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_demo_file_waits_to_be_imported():
    site = factories.SiteFactory(code="DEMO1")
    person = factories.PersonFactory(email="hub@demo.example", signs_in=True)
    factories.member(site, user=factories.UserFactory(person=person))
    for _ in range(2):
        demo_imports.load(system("demo"))
    job = ImportJob.objects.get()
    assert (job.state, job.created, job.failed) == (ImportState.CHECKED, 4, 1)
    assert Innovation.objects.count() == 0
    imports.confirm_import(job=job, by=factories.TEST)
    import_runs.run_import(ref=job.ref, by=factories.TEST)
    states = Innovation.objects.values_list("state", flat=True)
    assert sorted(states) == ["parked", "scoping", "waiting", "waiting"]
