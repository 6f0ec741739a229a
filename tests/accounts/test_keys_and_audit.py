"""Keys are shown once; everything that happened can be read."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import ApiKey
from accounts.queries import actor_names
from accounts.services import keys, sites
from hubapp.actors import Actor, link, system
from hubapp.events.models import Event
from tests import factories
from tests.factories import TEST


@pytest.fixture
def lead(site):
    return factories.member(site, Role.SITE_LEAD)


@pytest.fixture
def browser(sign_in, lead):
    return sign_in(lead)


def test_a_key_is_shown_once_and_works(browser, site, client):
    answer = browser.post(
        f"/{site.slug}/settings/keys/new/", {"name": "Warehouse", "scopes": ["kpis:read"]}
    )
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    secret = re.search(r"hub_[A-Za-z0-9_-]{20,}", answer.content.decode())[0]
    listed = browser.get(f"/{site.slug}/settings/keys/").content.decode()
    assert secret not in listed
    assert secret[:12] in listed
    assert "Warehouse" in listed
    assert secret not in str(list(ApiKey.objects.values())) + str(list(Event.objects.values()))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"scopes": ["kpis:read"]}, "Enter what the key is for"),
        ({"name": "K"}, "Select what it may do"),
        ({"name": "K", "scopes": ["all:write"]}, "Choose what it may do from the list"),
        (
            {
                "name": "K",
                "scopes": ["kpis:read"],
                "expires_on_day": "31",
                "expires_on_month": "2",
                "expires_on_year": "2027",
            },
            "must be a real date",
        ),
        (
            {
                "name": "K",
                "scopes": ["kpis:read"],
                "expires_on_day": "1",
                "expires_on_month": "2",
                "expires_on_year": "2020",
            },
            "must be the same as or after",
        ),
        ({"name": "x" * 101, "scopes": ["kpis:read"]}, "100 characters or fewer"),
        (
            {
                "name": "K",
                "scopes": ["kpis:read"],
                "expires_on_day": "31",
                "expires_on_month": "12",
                "expires_on_year": "9999",
            },
            "must be the same as or before",
        ),
    ],
)
def test_bad_input_names_its_field(browser, site, typed, sentence):
    answer = browser.post(f"/{site.slug}/settings/keys/new/", typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_works_to_the_end_of_its_last_day_in_london(browser, site):
    day = dt.date(2027, 7, 31)
    browser.post(
        f"/{site.slug}/settings/keys/new/",
        {
            "name": "K",
            "scopes": ["kpis:read"],
            "expires_on_day": "31",
            "expires_on_month": "7",
            "expires_on_year": "2027",
        },
    )
    assert ApiKey.objects.get().expires_at == dt.datetime.combine(day, dt.time(23), dt.UTC)


def test_revoking_is_for_leads_of_the_site(browser, sign_in, site, other_site, client):
    key, _ = keys.create_key(site=site, name="Warehouse", scopes=["kpis:read"], by=TEST)
    url = f"settings/keys/{key.ref}/revoke/"
    stranger = type(client)()
    stranger.force_login(
        factories.member(other_site, Role.SITE_LEAD), backend="accounts.backends.EmailBackend"
    )
    assert stranger.post(f"/{other_site.slug}/{url}").status_code == 404
    assert stranger.post(f"/{site.slug}/{url}").status_code == 404
    assert browser.get(f"/{site.slug}/{url}").status_code == 405
    assert browser.post(f"/{site.slug}/{url}").status_code == 302
    assert ApiKey.objects.get().revoked_at
    assert "Revoked" in browser.get(f"/{site.slug}/settings/keys/").content.decode()


def test_keys_are_not_for_hub_staff(sign_in, site, hub_user):
    assert sign_in(hub_user).get(f"/{site.slug}/settings/keys/").status_code == 403


def test_the_list_of_keys_costs_the_same_for_one_and_three(browser, site, lead, count_queries):
    def cost():
        with count_queries() as queries:
            browser.get(f"/{site.slug}/settings/keys/")
        return len(queries)

    actor = factories.actor_of(lead)
    keys.create_key(site=site, name="1", scopes=["kpis:read"], by=actor)
    first = cost()
    for name in "23":
        keys.create_key(site=site, name=name, scopes=["kpis:read"], by=actor)
    assert cost() == first


# -- what happened ---------------------------------------------------------
def test_what_happened_is_told_in_words_with_names(browser, lead, site, other_site):
    sites.change_site(site=site, name="New name", slug="new-address", by=factories.actor_of(lead))
    sites.change_site(site=other_site, name="Secret other name", slug="other-address", by=TEST)
    text = browser.get("/new-address/settings/audit/").content.decode()
    assert "The site’s name or web address changed" in text
    assert f"slug: {site.code.lower()} → new-address" in text
    assert str(lead) in text
    assert "other-address" not in text


def test_the_page_of_what_happened_costs_the_same_for_one_and_three(
    browser, site, lead, count_queries
):
    def cost():
        with count_queries() as queries:
            assert browser.get(f"/{site.slug}/settings/audit/").status_code == 200
        return len(queries)

    factories.member(site)
    keys.create_key(site=site, name="1", scopes=["kpis:read"], by=factories.actor_of(lead))
    first = cost()
    for name in "23":
        keys.create_key(site=site, name=name, scopes=["kpis:read"], by=factories.actor_of(lead))
    assert cost() == first


def test_older_events_are_on_the_next_page(browser, site):
    for number in range(30):
        keys.create_key(site=site, name=f"K{number}", scopes=["kpis:read"], by=TEST)
    first = browser.get(f"/{site.slug}/settings/audit/").content.decode()
    assert first.count("An API key was made") == 25
    older = re.search(r'href="(\?after=[^"]+)" rel="next"', first)[1]
    assert (
        browser.get(f"/{site.slug}/settings/audit/{older}")
        .content.decode()
        .count("An API key was made")
        == 5
    )
    assert browser.get(f"/{site.slug}/settings/audit/?after=broken").status_code == 200


def test_two_scopes_are_not_before_and_after(browser, lead, site):
    keys.create_key(
        site=site,
        name="Warehouse",
        scopes=["kpis:read", "sites:read"],
        by=factories.actor_of(lead),
    )
    text = browser.get(f"/{site.slug}/settings/audit/").content.decode()
    assert "scopes: kpis:read, sites:read" in text
    assert f'<a href="/{site.slug}/settings/keys/">Warehouse</a>' in text


def test_what_people_did_can_be_read_by_itself(browser, lead, site):
    keys.create_key(
        site=site, name="By a person", scopes=["kpis:read"], by=factories.actor_of(lead)
    )
    for number in range(30):
        keys.create_key(site=site, name=f"K{number}", scopes=["kpis:read"], by=TEST)
    text = browser.get(f"/{site.slug}/settings/audit/?by=people").content.decode()
    assert text.count("An API key was made") == 1
    assert str(lead) in text


def test_actors_are_named_in_two_queries(site, lead, count_queries):
    key, _ = keys.create_key(site=site, name="Warehouse", scopes=["kpis:read"], by=TEST)
    others = [factories.member(site) for _ in range(3)]
    actors = [
        *(("user", user.ref) for user in (lead, *others)),
        ("key", key.ref),
        ("link", link("ABCDEFGHJK").ref),
        ("system", system("x").ref),
        ("user", "GONE000000"),
    ]
    with count_queries() as queries:
        names = actor_names(actors)
    assert len(queries) == 2
    assert names["user", lead.ref] == str(lead)
    assert names["key", key.ref] == "API key “Warehouse”"
    assert names["link", "ABCDEFGHJK"] == "the submitter"
    assert names["system", "x"] == "Hubapp"
    assert names["user", "GONE000000"] == "Someone"
    assert actor_names([(Actor("user", lead.ref).kind, lead.ref)])["user", lead.ref] == str(lead)
    assert timezone.now() > lead.date_joined
