"""Every address × role × method has an expected answer; a new address without a row fails."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.enums import Role
from accounts.models import Network, Site
from tests import factories
from tests.architecture.access import ROWS, Access, Row

ASKERS = ("nobody", "foreign", "coordinator", *Role.values)
IN = "in"


def names(resolver=None, prefix: str = ""):
    """Every URL name of the product."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}"


def test_every_address_has_a_row_and_every_row_an_address():
    there = set(names())
    assert there - set(ROWS) == set(), "addresses without a row in tests/architecture/access.py"
    assert set(ROWS) - there == set(), "rows for addresses that are gone"


@pytest.fixture(scope="module")
def people(kept_rows):
    """A site and its network, and the cookies of each asker, who signs in once for all rows."""
    with kept_rows():
        world = Access()
        askers = {role: factories.member(world.site, role) for role in Role.values}
        askers["foreign"] = factories.member(factories.SiteFactory(), Role.SITE_LEAD)
        askers["coordinator"] = factories.coordinator(world.network)
        yield world.site.pk, world.network.pk, {name: cookies(askers[name]) for name in askers}


def cookies(user) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend="accounts.backends.EmailBackend")
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
def world(people, db, settings):
    settings.DEMO = True
    world = Access()
    site, network, world.cookies = people
    world.site, world.network = Site.objects.get(pk=site), Network.objects.get(pk=network)
    return world


def browser(world: Access, asker: str) -> Client:
    """A new browser in which the asker is signed in."""
    client = Client()
    client.cookies.load(world.cookies.get(asker, {}))
    return client


def expected(row: Row, method: str, asker: str) -> tuple[object, ...]:
    """What ``asker`` may get: IN, "sign in" or statuses."""
    allowed = row.get if method == "GET" else row.post
    if row.kind == "public":
        return (IN,) if allowed is not None else (405, 403)
    if row.kind == "token":
        # Some rows give a token that opens nothing.
        return (IN, 404, 410) if allowed is not None else (405, 403)
    if asker == "nobody":
        return (401,) if row.kind.startswith("api") else ("sign in",)
    if row.kind == "signed":
        return (IN,) if allowed is not None else (405, 403)
    if row.kind == "network":
        return (404,) if asker != "coordinator" else (IN,) if allowed is not None else (405,)
    if row.kind == "site" and asker in {"foreign", "coordinator"}:
        return (404,)
    if row.kind == "api item" and asker == "coordinator" and asker in (allowed or ()):
        return (IN,)
    if row.kind == "api item" and asker in {"foreign", "coordinator"}:
        # A coordinator has no role anywhere, so the right is missed before the record.
        return (404, 405) if asker == "foreign" else (403, 404, 405)
    if row.kind == "api list" and asker == "foreign":
        return (IN,) if Role.SITE_LEAD in (allowed or ()) else (403, 405)
    if asker in (allowed or ()):
        return (IN,)
    # Inside without the right: refused, or (an idea one may not read) not there.
    named = bool({"ref", "innovation", "assessment", "round", "value"} & set(row.kwargs.names))
    return (403, 405, 404) if named else (403, 405)


def answer(world: Access, row: Row, name: str, method: str, asker: str):
    client = browser(world, asker)
    url = reverse(name, kwargs=row.kwargs(world))
    headers = {"HTTP_IF_MATCH": "*"} if name.startswith("api:") else {}
    kind = {"content_type": "application/json"} if name.startswith("api:") else {}
    call = client.get if method == "GET" else client.post
    return call(
        url,
        **({"data": {}} if method == "POST" else {}),
        **(kind if method == "POST" else {}),
        **headers,
    )


def outcome(response) -> object:
    """IN, "sign in", or the status that refuses."""
    status = response.status_code
    if status == 302 and response["Location"].startswith("/accounts/login/?next="):
        return "sign in"
    if status >= 500 or status in {401, 403, 404, 405, 410}:
        return status
    return IN


@pytest.mark.parametrize(
    "name", sorted(name for name, row in ROWS.items() if row.kind != "machine")
)
def test_each_asker_gets_what_the_row_says(world, name):
    row = ROWS[name]
    wrong = []
    for method in ("GET", "POST"):
        for asker in ASKERS:
            wanted = expected(row, method, asker)
            got = outcome(answer(world, row, name, method, asker))
            if got not in wanted:
                wrong.append(f"{method} {asker}: wanted {wanted}, got {got}")
    assert wrong == []


def test_missing_and_foreign_are_the_same_page(world):
    """Nobody learns whether another site has something."""
    innovation = world.innovation
    client = browser(world, "foreign")
    foreign = client.get(
        reverse("portfolio:innovation", kwargs={"site": world.site.slug, "ref": innovation.ref})
    )
    missing = client.get(
        reverse("portfolio:innovation", kwargs={"site": "no-such-site", "ref": "0" * 10})
    )
    assert foreign.status_code == missing.status_code == 404
    assert without_token(foreign.content) == without_token(missing.content)


def without_token(page: bytes) -> bytes:
    """A page without the random mask of its form token, which differs each time."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"token", page)
