"""Every public verb of the services writes an event, and nothing when the event cannot be written.

A new verb without a row in :data:`CALLS` fails the first test.
"""

import hashlib
import importlib
import inspect
import pkgutil

import pytest
from django.apps import apps
from django.db import DatabaseError, connection

from hubapp.events.models import Event
from tests.architecture import maturity_calls, service_calls
from tests.architecture.access import Access
from tests.architecture.test_names_resolve import APPS

# Verbs that note how far they have come, so that a later run goes on: in which table.
PROGRESS = {
    "kpis.services.computing.compute_due": "kpis.KpiSweep",
    "portfolio.services.import_runs.run_import": "portfolio.ImportJob",
}
PACKAGES = ("accounts.services", "portfolio.services", "kpis.services", "maturity.services")
CALLS = service_calls.CALLS | maturity_calls.CALLS
HELPERS = service_calls.HELPERS | maturity_calls.HELPERS


def public_functions() -> dict[str, object]:
    """Every public function that is defined in a services package, by its full name."""
    found = {}
    for package_name in PACKAGES:
        package = importlib.import_module(package_name)
        for info in pkgutil.walk_packages(package.__path__, f"{package_name}."):
            module = importlib.import_module(info.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == info.name and not name.startswith("_"):
                    found[f"{info.name}.{name}"] = function
    return found


def test_every_verb_has_a_row():
    functions = public_functions()
    verbs = {name for name, f in functions.items() if "by" in inspect.signature(f).parameters}
    assert verbs - set(CALLS) - set(HELPERS) == set(), (
        "verbs without a row in service_calls or maturity_calls"
    )
    assert set(CALLS) - verbs == set(), "rows for verbs that are gone"


def test_verbs_take_keywords_only_and_an_actor():
    wrong = [
        f"{name}({parameter.name})"
        for name, function in public_functions().items()
        if name in CALLS
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind not in {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    ]
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_verb_writes_its_event(name):
    world = Access()
    call = CALLS[name](world)
    before = Event.objects.count()
    call()
    assert Event.objects.count() > before


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CALLS))
def test_without_its_event_nothing_is_written(name):
    world = Access()
    call = CALLS[name](world)
    refuse_events()
    before = fingerprint()
    # Not inside a transaction of the test's own: it would roll back what the verb left.
    with pytest.raises(DatabaseError, match="no_event_today"):
        call()
    after = fingerprint()
    progress = PROGRESS.get(name)
    assert [table for table in after if after[table] != before[table] and table != progress] == []


def refuse_events() -> None:
    """From here on the database refuses events, as a full disk would."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                """
                CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS
                  $$ BEGIN RAISE EXCEPTION 'no_event_today' USING ERRCODE = 'disk_full'; END $$;
                CREATE TRIGGER refuse BEFORE INSERT ON hubapp_event FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
                """
            )
        else:
            cursor.execute(
                # A function that does not exist: an operational error, not one of integrity.
                "CREATE TRIGGER refuse BEFORE INSERT ON hubapp_event BEGIN SELECT no_event_today(); END"
            )


def fingerprint() -> dict[str, str]:
    """A hash of every row of each table of ours."""
    hashes = {}
    for model in apps.get_models():
        if model._meta.app_label not in APPS:
            continue
        digest = hashlib.sha256()
        for row in model._base_manager.order_by("pk").values_list():
            digest.update(repr(row).encode())
        hashes[model._meta.label] = digest.hexdigest()
    return hashes
