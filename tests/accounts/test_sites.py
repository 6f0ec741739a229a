"""Sites and networks: made, renamed, found at their old address, invisible to strangers."""

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import Role
from accounts.models import Site, SiteHost, SiteOldSlug
from accounts.services import networks, organisations, sites
from hubapp import hooks
from hubapp.problems import Refused, Stale
from tests import factories
from tests.factories import TEST


@pytest.fixture
def lead(site):
    return factories.member(site, Role.SITE_LEAD)


def details(site, **changes):
    return {"name": site.name, "slug": site.slug, "version": site.version, **changes}


def test_a_site_is_found_by_its_code_in_small_letters(db):
    site = sites.create_site(code="rxx1", name="  Some   Trust ", by=TEST)
    assert (site.code, site.slug, site.name) == ("RXX1", "rxx1", "Some Trust")


def test_other_apps_prepare_a_new_site_in_the_same_transaction(db, monkeypatch):
    def broken(site, by):
        assert Site.objects.filter(pk=site.pk).exists()
        raise RuntimeError("not today")

    registry = hooks.Registry()
    registry.register(broken)
    monkeypatch.setattr(hooks, "site_created", registry)
    with pytest.raises(RuntimeError):
        sites.create_site(code="RXX1", name="Some Trust", by=TEST)
    assert not Site.objects.filter(code="RXX1").exists()


@pytest.mark.parametrize(
    "slug",
    ["submit", "network", "api", "static", "accounts", "demo", "Ünï", "a", "-a", "a b", "x" * 41],
)
def test_an_address_of_the_product_or_of_the_wrong_form_is_refused(db, slug):
    with pytest.raises(ValidationError):
        sites.create_site(code="RXX1", name="Some Trust", slug=slug, by=TEST)


def test_codes_are_unique_in_any_case(db):
    sites.create_site(code="RXX1", name="Some Trust", by=TEST)
    with pytest.raises(Refused, match="has this code"):
        sites.create_site(code="rxx1", slug="elsewhere", name="Other Trust", by=TEST)


def test_the_old_address_redirects_with_its_query(sign_in, lead, site):
    old = site.slug
    answer = sign_in(lead).post(f"/{old}/settings/details/", details(site, slug="new-address"))
    assert answer.url == "/new-address/settings/"
    moved = sign_in(lead).get(f"/{old}/settings/members/?x=1")
    assert moved.status_code == 301
    assert moved.url == "/new-address/settings/members/?x=1"
    assert sign_in(lead).get("/new-address/settings/members/").status_code == 200


def test_an_old_address_redirects_nobody_who_is_not_a_member(sign_in, site, other_site):
    old = site.slug
    sites.change_site(site=site, name=site.name, slug="new-address", by=TEST)
    stranger = sign_in(factories.member(other_site, Role.SITE_LEAD))
    assert stranger.get(f"/{old}/").status_code == 404


def test_a_site_may_go_back_and_no_other_may_take_what_it_had(site, other_site):
    first = site.slug
    sites.change_site(site=site, name=site.name, slug="second", by=TEST)
    with pytest.raises(Refused, match="has or had"):
        sites.change_site(site=other_site, name=other_site.name, slug=first, by=TEST)
    with pytest.raises(Refused, match="has or had"):
        sites.create_site(code="NEW1", name="New", slug="second", by=TEST)
    sites.change_site(site=site, name=site.name, slug=first, by=TEST)
    assert list(SiteOldSlug.objects.values_list("slug", flat=True)) == ["second"]


def test_a_taken_address_is_said_at_its_field_and_what_was_typed_is_kept(
    sign_in, lead, site, other_site
):
    answer = sign_in(lead).post(
        f"/{site.slug}/settings/details/", details(site, slug=other_site.slug, name="Typed name")
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Another site has or had this web address" in text
    assert 'href="#id_slug"' in text
    assert "Typed name" in text


def test_a_form_from_before_somebody_elses_change_changes_nothing(sign_in, lead, site):
    stale = details(site, name="From the old form")
    sites.change_site(site=site, name="Changed meanwhile", slug=site.slug, by=TEST)
    answer = sign_in(lead).post(f"/{site.slug}/settings/details/", stale)
    assert answer.status_code == 422
    assert "Somebody else changed this site" in answer.content.decode()
    assert Site.objects.get(pk=site.pk).name == "Changed meanwhile"


def test_the_second_of_two_changes_at_once_is_refused(site):
    first, second = Site.objects.get(pk=site.pk), Site.objects.get(pk=site.pk)
    sites.change_site(site=first, name="First", slug=first.slug, by=TEST)
    with pytest.raises(Stale):
        sites.change_site(site=second, name="Second", slug=second.slug, by=TEST)
    assert Site.objects.get(pk=site.pk).name == "First"


def test_the_host_is_dated_and_one_at_a_time(site):
    first = organisations.create_organisation(name="First Trust", ods_code="rxx", by=TEST)
    second = organisations.create_organisation(name="Second Trust", by=TEST)
    sites.set_host(site=site, organisation=first, by=TEST)
    sites.set_host(site=site, organisation=second, by=TEST)
    sites.set_host(site=site, organisation=second, by=TEST)
    rows = list(SiteHost.objects.filter(site=site).order_by("pk"))
    assert [(row.organisation, row.valid_to is None) for row in rows] == [
        (first, False),
        (second, True),
    ]
    assert first.ods_code == "RXX"


# -- strangers -------------------------------------------------------------
PAGES = (
    "",
    "settings/",
    "settings/details/",
    "settings/members/",
    "settings/keys/",
    "settings/audit/",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_foreign_site_and_a_missing_one_are_the_same_bytes(
    sign_in, site, other_site, count_queries, page
):
    browser = sign_in(factories.member(site, Role.SITE_LEAD))
    answers = []
    for slug in (other_site.slug, "missing1"):
        with count_queries() as queries:
            answer = browser.get(f"/{slug}/{page}")
        answers.append((answer.status_code, _without_token(answer.content), len(queries)))
    assert answers[0][0] == 404
    assert answers[0] == answers[1]


def _without_token(content: bytes) -> bytes:
    import re

    return re.sub(rb'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', b"", content)


def test_a_coordinator_sees_the_network_and_not_its_sites(sign_in, site):
    network = factories.NetworkFactory()
    factories.place(network, site)
    browser = sign_in(factories.coordinator(network))
    page = browser.get(f"/network/{network.slug}/")
    assert page.status_code == 200
    assert site.name in page.content.decode()
    assert browser.get(f"/{site.slug}/").status_code == 404


def test_a_network_is_found_by_its_coordinators_only(sign_in, hub, site):
    network = factories.NetworkFactory()
    factories.place(network, site)
    assert hub.get(f"/network/{network.slug}/").status_code == 404
    assert hub.get("/network/missing/").status_code == 404


def test_adding_a_site_or_coordinator_twice_changes_nothing(site, hub_user):
    network = networks.create_network(slug="west", name="West", by=TEST)
    for _ in range(2):
        networks.add_site(network=network, site=site, by=TEST)
        networks.add_coordinator(network=network, user=hub_user, by=TEST)
    assert network.places.count() == network.memberships.count() == 1
    with pytest.raises(Refused):
        networks.create_network(slug="west", name="Other", by=TEST)


@pytest.mark.parametrize("role", list(Role))
def test_the_sites_own_page_opens_for_every_role(sign_in, site, role):
    page = sign_in(factories.member(site, role)).get(f"/{site.slug}/")
    assert page.status_code == 200
    sees_members = "Who works here" in page.content.decode()
    assert sees_members == (role in (Role.HUB_STAFF, Role.SITE_LEAD))
