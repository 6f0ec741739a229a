"""Rubbish sent to every address that there is gets an answer below 500.

The addresses come from the table of who may open what, and the names of the
fields from each page's own form and from the API's schema: a new page or
resource is tried as soon as it has its row.
"""

import functools
import json
import re
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from tests import factories
from tests.architecture.access import ROWS, Access

pytestmark = pytest.mark.django_db

# What a browser's form can carry; a list means the same name several times.
TYPED = ["", "\x00", "9" * 1000, "-1", "²", ["-1", "\u202e"]]
# What JSON can carry, for every name that the API knows.
SENT = [None, True, -1, 1e308, "\x00", "²", "A" * 500, [None, {}], {"0": ["\x00"]}]
BROKEN = [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"title": "\\ud800"}']
SCHEMA = Path(__file__).parents[2] / "docs" / "openapi.yaml"

PAGES = sorted(
    name for name, row in ROWS.items() if row.kind != "machine" and not name.startswith("api:")
)
RESOURCES = sorted(
    name for name, row in ROWS.items() if row.kind != "machine" and name.startswith("api:")
)


@functools.cache
def sent_names() -> tuple[str, ...]:
    """Every name that a body of the API may have."""
    schemas = yaml.safe_load(SCHEMA.read_text())["components"]["schemas"]
    return tuple(sorted({name for one in schemas.values() for name in one.get("properties", ())}))


@pytest.fixture
def world(db, settings, monkeypatch):
    from hubapp.api.throttling import CallerThrottle

    settings.DEMO = True
    monkeypatch.setattr(CallerThrottle, "rate", None, raising=False)
    return Access()


def someone(world: Access, name: str) -> Client:
    """A browser that may open the most: a lead, or who may at a network."""
    client = Client()
    user = (
        factories.coordinator(world.network)
        if ROWS[name].kind == "network"
        else factories.member(world.site, Role.SITE_LEAD)
    )
    client.force_login(user, backend="accounts.backends.EmailBackend")
    return client


@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_whatever_is_typed(world, name):
    row = ROWS[name]
    client = someone(world, name)
    page = client.get(reverse(name, kwargs=row.kwargs(world)))
    assert page.status_code < 500
    asked = set(re.findall(r'name="([\w-]+)"', page.getvalue().decode(errors="replace")))
    names = (asked | {"action", "do", "ref", "version", "once_key"}) - {"csrfmiddlewaretoken"}
    for method in (client.post, client.get):
        for value in TYPED:
            response = method(reverse(name, kwargs=row.kwargs(world)), dict.fromkeys(names, value))
            assert response.status_code < 500, (method.__name__, value)
            if response.status_code == 405:
                break


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_answers_whatever_is_sent(world, name):
    row = ROWS[name]
    client = someone(world, name)
    bodies = [json.dumps(dict.fromkeys(sent_names(), value)).encode() for value in SENT]
    for method in ("POST", "PATCH", "PUT"):
        for body in [*bodies, *BROKEN]:
            response = client.generic(
                method,
                reverse(name, kwargs=row.kwargs(world)),
                body,
                content_type="application/json",
                headers={"If-Match": "*"},
            )
            assert response.status_code < 500, (method, body[:200])
            if response.status_code == 405:
                break
