"""A coordinator's rounds: prepared, opened, followed, closed, restated."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from hubapp.notifications.models import Delivery
from hubapp.workdays import london_date
from maturity.enums import Disclosure, RoundState
from maturity.models import Round
from maturity.services import assessments
from tests import factories
from tests.factories import TEST, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def typed(made, **fields):
    today = london_date(timezone.now())
    later = today + dt.timedelta(days=30)
    found = {
        "name": "Spring",
        "framework": made.ref,
        "disclosure": "aggregate",
        "min_others": "4",
        "extras": ["raters"],
    }
    for name, day in (("opens_on", today), ("closes_on", later)):
        found |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    return {**found, **fields}


@pytest.fixture
def network(site, other_site):
    return network_of(site, other_site)


@pytest.fixture
def coordinator(network, sign_in):
    return sign_in(factories.coordinator(network))


def at(name, row, **more):
    return reverse(f"maturity:{name}", kwargs={"network": row.network.slug, "ref": row.ref, **more})


def test_a_round_is_prepared_opened_and_read_by_its_sites(coordinator, network, site):
    framework = factories.framework()
    empty = reverse("maturity:rounds", kwargs={"network": network.slug})
    assert "No rounds yet" in words(coordinator.get(empty))
    new = reverse("maturity:new_round", kwargs={"network": network.slug})
    assert coordinator.get(new).status_code == 200
    page = coordinator.post(new, typed(framework), follow=True)
    row = Round.objects.get()
    assert (row.disclosure, row.min_others, row.asks_raters, row.asks_review) == (
        Disclosure.AGGREGATE,
        4,
        True,
        False,
    )
    assert "Choose sites and open it" in words(page)
    sites = coordinator.get(at("open_round", row))
    assert "Nobody outside a site reads what it rated" in words(sites)
    coordinator.post(at("open_round", row), {"sites": [site.ref]})
    row.refresh_from_db()
    assert row.state == RoundState.OPEN
    assert [each.site for each in row.assessments.all()] == [site]
    assert "Spring" in words(coordinator.get(empty))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Enter name"),
        ("min_others", "1", "Enter a number from 2 to 50"),
        ("min_others", "five", "Enter the number in digits"),
        ("disclosure", "everybody", "There is a problem"),
        ("closes_on_year", "2001", "closing date must be the same as or after"),
        ("framework", "nothing", "There is a problem"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    coordinator, network, field, value, sentence
):
    framework = factories.framework()
    new = reverse("maturity:new_round", kwargs={"network": network.slug})
    page = coordinator.post(new, typed(framework, **{field: value}))
    assert page.status_code == 422
    assert sentence.lower() in words(page).lower()
    assert not Round.objects.exists()


def test_once_open_nothing_that_sites_were_told_changes(coordinator, network):
    row = open_round(network)
    page = words(coordinator.get(at("edit_round", row)))
    assert "only its name and its last day can change" in page
    later = row.closes_on + dt.timedelta(days=7)
    coordinator.post(
        at("edit_round", row),
        {
            "name": "Longer",
            "closes_on_day": later.day,
            "closes_on_month": later.month,
            "closes_on_year": later.year,
            "disclosure": "named_sites",
            "version": row.version,
        },
    )
    row.refresh_from_db()
    assert (row.name, row.closes_on, row.disclosure) == (
        "Longer",
        later,
        Disclosure.NAMED_COORDINATOR,
    )


def test_progress_says_how_far_sites_are_and_never_what_they_rated(coordinator, network, site):
    row = open_round(network)
    self_assessment(site, row, s1_i1=5)
    page = words(coordinator.get(at("round", row)))
    assert "1 of 4" in page
    assert page.index("Not started") < page.index("In progress")
    file = b"".join(coordinator.get(at("progress", row))).decode("utf-8-sig")
    assert f"{site.code},{site.name},draft,1,4," in file


def test_who_has_not_submitted_is_reminded_once_a_day(coordinator, network, site, other_site):
    factories.member(site, Role.SITE_LEAD)
    row = open_round(network)
    coordinator.post(at("round_act", row), {"do": "remind-all"})
    coordinator.post(at("round_act", row), {"do": "remind-all"})
    assert Delivery.objects.filter(kind="maturity.reminder").count() == 1
    waiting = row.assessments.get(site=other_site)
    page = coordinator.post(
        at("round_act", row), {"do": "remind", "site": waiting.ref}, follow=True
    )
    assert "reminded today already" in words(page)


def test_closing_by_hand_releases_and_calling_off_does_not(coordinator, network, site):
    row = open_round(network)
    assessments.submit(assessment=self_assessment(site, row, s1_i1=5), by=TEST)
    page = coordinator.post(at("round_act", row), {"do": "close"}, follow=True)
    assert "The round is closed" in words(page)
    assert "Release 1" in words(page)
    other = open_round(network, framework=row.framework)
    page = coordinator.post(at("round_act", other), {"do": "cancel"}, follow=True)
    assert "called off" in words(page)
    assert coordinator.post(at("round_act", other), {"do": "close"}, follow=True).status_code == 200
    other.refresh_from_db()
    assert other.state == RoundState.CANCELLED


def test_restating_is_refused_with_a_sentence_while_nothing_changed(coordinator, network, site):
    row = open_round(network)
    coordinator.post(at("round_act", row), {"do": "close"})
    page = coordinator.post(at("restate", row), {"reason": "Just so"})
    assert page.status_code == 422
    assert "No site has joined" in words(page)


def test_a_late_site_is_added_after_closing(client, site, other_site):
    network = network_of(site, other_site)
    user = factories.coordinator(network)
    client.force_login(user, backend="accounts.backends.EmailBackend")
    row = open_round(network, sites=[site])
    client.post(at("round_act", row), {"do": "close"})
    client.post(at("add_sites", row), {"sites": [other_site.ref]})
    assert row.assessments.filter(site=other_site).exists()
    assert client.post(at("add_sites", row), {"sites": [site.ref]}).status_code == 422


PAGES = [
    "round",
    "edit_round",
    "open_round",
    "add_sites",
    "restate",
    "progress",
    "reading",
    "pairs",
]


@pytest.mark.parametrize("name", PAGES)
def test_only_coordinators_of_the_network_find_a_round(network, site, sign_in, name):
    row = open_round(network)
    lead = sign_in(factories.member(site, Role.SITE_LEAD))
    assert lead.get(at(name, row)).status_code == 404
    stranger = sign_in(factories.coordinator(network_of(factories.SiteFactory())))
    assert stranger.get(at(name, row)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_as_much_for_one_as_for_three(sign_in, django_assert_max_num_queries, count):
    sites = [factories.SiteFactory() for _ in range(count)]
    network = network_of(*sites)
    row = open_round(network)
    for _ in range(count - 1):
        open_round(network, framework=row.framework)
    coordinator = sign_in(factories.coordinator(network))
    with django_assert_max_num_queries(8):
        coordinator.get(reverse("maturity:rounds", kwargs={"network": network.slug}))
    with django_assert_max_num_queries(12):
        coordinator.get(at("round", row))
