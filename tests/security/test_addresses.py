"""Addresses: where people are sent after signing in, and what a slug may be."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import get_resolver, resolve
from django.urls.resolvers import URLResolver

from accounts.enums import SITE_PAGES
from accounts.services import networks
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.mark.parametrize(
    "target",
    [
        "foo",
        "accounts",
        "?",
        "#",
        "%",
        "=1+1",
        "-1",
        "home",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "https:evil.example",
        "\u202e/",
        "9" * 5000,
    ],
)
def test_whoever_signs_in_is_sent_to_a_page_of_this_hub(client, target):
    """A bare word is no address: it was once looked up as the name of a page, and failed."""
    user = factories.UserFactory()
    typed = {"username": user.person.email, "password": "correct horse battery"}
    signed_in = client.post(LOGIN, {**typed, "next": target})
    if signed_in.status_code != 422:  # too long for the form, which says so
        assert (signed_in.status_code, signed_in["Location"]) == (302, "/")
    client.force_login(user, backend="accounts.backends.EmailBackend")
    again = client.get(LOGIN, {"next": target})
    assert (again.status_code, again["Location"]) == (302, "/")


def site_pages(patterns, before: str = "") -> set[str]:
    """The first words after ``<slug:site>/`` in every address."""
    found = set()
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= site_pages(pattern.url_patterns, route)
        elif route.startswith("<slug:site>/"):
            found.add(route.split("/")[1])
    return found - {""}


def test_no_network_is_called_as_a_page_of_a_site():
    pages = site_pages(get_resolver().url_patterns)
    assert "triage" in pages
    assert pages <= SITE_PAGES, "name new pages of a site in accounts.enums.SITE_PAGES"
    for page in sorted(SITE_PAGES):
        with pytest.raises(ValidationError, match="address of Hubapp itself"):
            networks.create_network(slug=page, name="A network", by=TEST)


def test_a_network_is_found_at_its_address():
    network = networks.create_network(slug="north", name="North", by=TEST)
    assert resolve(f"/network/{network.slug}/").view_name == "accounts:network_home"
