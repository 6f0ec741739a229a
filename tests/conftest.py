"""What every test may use: the real database, an outbox that runs, and people who sign in."""

import contextlib
import gc
import os
import sqlite3

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from hubapp.db import maintenance
from hubapp.outbox import services as outbox
from hubapp.outbox.models import OutboxMessage
from tests import factories

_quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("default", max_examples=25, deadline=None, suppress_health_check=_quiet)
settings.register_profile("deep", max_examples=500, deadline=None, suppress_health_check=_quiet)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Emptying the tables after a transactional test deletes protected rows.
_teardown = TransactionTestCase._fixture_teardown


def _teardown_with_maintenance(self) -> None:
    with maintenance("test teardown"):
        _teardown(self)


TransactionTestCase._fixture_teardown = _teardown_with_maintenance


# What says the same on every database: a test in here that asks for none runs on one leg only.
SAME_EVERYWHERE = (
    "tests/architecture/",
    "tests/bench/test_fill.py",
    "tests/hubapp/test_broker.py",
    "tests/hubapp/test_charts.py",
    "tests/hubapp/test_disclosure.py",
    "tests/hubapp/test_export.py",
    "tests/hubapp/test_forms_render.py",
    "tests/hubapp/test_kept.py",
    "tests/hubapp/test_rounds.py",
    "tests/hubapp/test_words.py",
    "tests/kpis/test_arithmetic.py",
    "tests/kpis/test_dictionary.py",
    "tests/maturity/test_arithmetic.py",
    "tests/maturity/test_framework_files.py",
    "tests/maturity/test_reference_cohort.py",
    "tests/ops/test_assets.py",
    "tests/ops/test_docs.py",
    "tests/ops/test_locks.py",
    "tests/ops/test_supervisor.py",
    "tests/portfolio/test_attachments.py",
    "tests/portfolio/test_clock.py",
    "tests/portfolio/test_import_plaintext.py",
    "tests/portfolio/test_import_readers.py",
    "tests/portfolio/test_similarity.py",
    "tests/portfolio/test_validators.py",
)


def says_the_same_everywhere(item) -> bool:
    """Whether a test of one of these files asks for no database, by a fixture or by its mark."""
    asks = {"db", "transactional_db", "django_db_setup", "live_server"} & set(
        getattr(item, "fixturenames", ())
    )
    return (
        item.nodeid.startswith(SAME_EVERYWHERE)
        and not asks
        and item.get_closest_marker("django_db") is None
    )


def pytest_collection_modifyitems(config, items) -> None:
    if os.environ.get("RAN_BEFORE"):
        same = {item for item in items if says_the_same_everywhere(item)}
        config.hook.pytest_deselected(items=list(same))
        items[:] = [item for item in items if item not in same]
    for item in items:
        if "postgresql" in item.keywords and "postgres" not in os.environ.get("DATABASE_URL", ""):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))
        if "redis" in item.keywords and not os.environ.get("TEST_REDIS_URL"):
            item.add_marker(pytest.mark.skip(reason="needs Redis: set TEST_REDIS_URL"))


def pytest_collection_finish(session) -> None:
    """Keep the collector of garbage from going through modules and collected tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory):
    """Keep a copy of the new test database, for whoever starts a hub of its own.

    Made here, before a transactional test empties the tables of what migrations put there.
    """
    if connection.vendor != "sqlite":
        return None
    copy = tmp_path_factory.mktemp("migrated") / "hubapp.sqlite3"
    with django_db_blocker.unblock(), contextlib.closing(sqlite3.connect(copy)) as target:
        connection.ensure_connection()
        connection.connection.backup(target)
    return copy


@pytest.fixture(scope="session")
def migrated_database(django_db_setup):
    """A migrated SQLite file without records, to be copied; None where tests run on PostgreSQL."""
    return django_db_setup


@pytest.fixture(scope="session")
def kept_rows(django_db_setup, django_db_blocker):
    """``with kept_rows():`` for fixtures of a whole module: what is written inside is there until it ends.

    Each test of the module still undoes what it did itself. Rows are shared, objects should not
    be: one keeps what a test read through it.
    """

    @contextlib.contextmanager
    def keep():
        with django_db_blocker.unblock(), transaction.atomic():
            yield
            transaction.set_rollback(True)

    return keep


@pytest.fixture(autouse=True)
def _empty_cache():
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def site(db):
    """A hub."""
    return factories.SiteFactory()


@pytest.fixture
def other_site(db):
    """Another hub, whose records nobody of the first may see."""
    return factories.SiteFactory()


@pytest.fixture
def hub_user(site):
    """Hub staff of ``site``."""
    return factories.member(site)


@pytest.fixture
def hub(client, hub_user):
    """A client signed in as hub staff of ``site``."""
    client.force_login(hub_user, backend="accounts.backends.EmailBackend")
    return client


@pytest.fixture
def sign_in(client):
    """Signs somebody in: ``sign_in(user)`` returns the client."""

    def go(user):
        client.force_login(user, backend="accounts.backends.EmailBackend")
        return client

    return go


@pytest.fixture
def run_outbox(db):
    """Does what the worker does with everything that is due, until nothing is: returns how many ran."""

    def run() -> int:
        from django.utils import timezone

        done = 0
        for _ in range(50):
            due = list(
                OutboxMessage.objects.filter(
                    done_at=None, failed_at=None, available_at__lte=timezone.now()
                )
                .order_by("id")
                .values_list("pk", flat=True)
            )
            if not due:
                return done
            for pk in due:
                outbox.handle(pk)
                done += 1
        raise AssertionError("the outbox never became empty")

    return run


@pytest.fixture
def count_queries():
    """``with count_queries() as queries: …; len(queries)``"""
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
