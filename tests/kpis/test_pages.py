"""The dashboard and a figure opened to its records, as each role sees them."""

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import system
from hubapp.events.models import Event
from hubapp.outbox.models import OutboxMessage
from kpis import services
from kpis.models import KpiValue
from tests import factories
from tests.kpis.rows import change, idea

BY = system("tests")
OCTOBER = dt.date(2026, 10, 1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def figure_url(site, kpi="innovations_submitted", month=OCTOBER) -> str:
    return reverse("kpis:figure", kwargs={"site": site.slug, "kpi": kpi, "month": month})


def text_of(response) -> str:
    """The words of the main part of a page."""
    body = response.content.decode().split("<main", 1)[1]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def without_token(response) -> str:
    """A page without its CSRF token, which is masked anew each time."""
    return re.sub(r"[A-Za-z0-9]{64}", "", response.content.decode())


@pytest.fixture
def numbers(clock, site):
    """October: three ideas, two decided in time of three that were due; November so far: one idea."""
    idea(site, day("2026-10-01"), decided=day("2026-10-06"), title="Falls sensor")
    idea(site, day("2026-10-02"), decided=day("2026-10-08"), title="Ward map", is_confidential=True)
    idea(site, day("2026-10-30"), title="Quiet bins")
    idea(site, day("2026-09-21"), title="Late one")
    idea(site, day("2026-11-03"), title="New one")
    services.compute_due(by=BY)
    return site


def test_the_dashboard_shows_each_figure_and_marks_what_may_change(numbers, hub):
    said = text_of(hub.get(reverse("kpis:dashboard", kwargs={"site": numbers.slug})))
    assert "as at 20 November 2026 at 9am" in said
    assert (
        "3 ideas , Innovations submitted, October 2026 October 2026 November 2026 so far: 1 idea"
        in said
    )
    assert "1 idea , Innovations submitted, November 2026 (provisional)" in said
    assert "66.7%" in said
    assert "3.5 working days" in said
    assert "September 2026" in said
    assert "August 2026" not in said


def test_a_dashboard_without_numbers_says_what_will_be_there(clock, site, hub):
    response = hub.get(reverse("kpis:dashboard", kwargs={"site": site.slug}))
    assert response.status_code == 200
    assert "No numbers yet" in text_of(response)


@pytest.mark.parametrize("role", [Role.HUB_STAFF, Role.SITE_LEAD, Role.EXECUTIVE, Role.PPIE_LEAD])
def test_readers_open_the_dashboard(numbers, sign_in, role):
    client = sign_in(factories.member(numbers, role))
    response = client.get(reverse("kpis:dashboard", kwargs={"site": numbers.slug}))
    assert response.status_code == 200
    assert "Dashboard" in response.content.decode().split("<main")[0]
    assert client.get(figure_url(numbers)).status_code == 200


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.STAFF])
def test_others_of_the_site_are_refused_and_not_led_there(numbers, sign_in, role):
    client = sign_in(factories.member(numbers, role))
    response = client.get(reverse("kpis:dashboard", kwargs={"site": numbers.slug}))
    assert response.status_code == 403
    assert f"/{numbers.slug}/dashboard/" not in response.content.decode()
    assert client.get(figure_url(numbers)).status_code == 403


def test_another_site_and_a_missing_one_are_the_same_404(numbers, other_site, sign_in):
    client = sign_in(factories.member(other_site))
    foreign = client.get(figure_url(numbers))
    missing = client.get(figure_url(numbers).replace(numbers.slug, "nowhere"))
    assert foreign.status_code == missing.status_code == 404
    assert without_token(foreign) == without_token(missing)


@pytest.mark.parametrize(
    "tail",
    [
        "nothing/2026-10/",
        "innovations_submitted/2026-13/",
        "innovations_submitted/2026-12/",
        "innovations_submitted/2026-10/?version=9",
        "innovations_submitted/2026-10/?version=x",
        "innovations_submitted/0000-01/",
        "innovations_submitted/٢٠٢٦-10/",
    ],
)
def test_what_is_no_figure_is_404(numbers, hub, tail):
    assert hub.get(f"/{numbers.slug}/dashboard/{tail}").status_code == 404


def test_a_figure_opens_to_the_records_that_add_up_to_it(numbers, hub):
    count = text_of(hub.get(figure_url(numbers)))
    assert "Each idea counts once: 3 ideas." in count
    for title in ("Falls sensor", "Ward map", "Quiet bins"):
        assert title in count
    assert "Late one" not in count
    ratio = text_of(hub.get(figure_url(numbers, "decided_on_time")))
    assert "2 on time, of 3 ideas: 66.7%." in ratio
    assert "Late one No" in ratio
    assert "Falls sensor Yes" in ratio
    middle = text_of(hub.get(figure_url(numbers, "median_days_to_decision")))
    assert "halfway between the middle two is 3.5 working days" in middle
    assert "Falls sensor 3 working days" in middle
    assert "Ward map 4 working days" in middle


def test_a_confidential_idea_is_counted_and_not_named_to_an_executive(numbers, sign_in):
    client = sign_in(factories.member(numbers, Role.EXECUTIVE))
    response = client.get(figure_url(numbers))
    said = text_of(response)
    assert "3 ideas" in said
    assert "A confidential idea" in said
    assert "Ward map" not in said
    secret = numbers.innovations.get(title="Ward map")
    assert secret.ref not in response.content.decode()
    opened = numbers.innovations.get(title="Falls sensor")
    assert opened.get_absolute_url() in response.content.decode()


def test_all_records_are_reached_page_by_page(clock, site, hub, count_queries):
    for place in range(60):
        idea(site, day("2026-10-05"), title=f"Idea no {place:03}")
    services.compute(month=OCTOBER, by=BY)
    seen: list[str] = []
    address = figure_url(site)
    while address:
        page = hub.get(address)
        seen += re.findall(r"Idea no \d{3}", text_of(page))
        following = re.search(r'href="(\?[^"]+)" rel="next"', page.content.decode())
        address = figure_url(site) + html.unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == 60


def test_a_list_of_records_costs_the_same_for_one_and_for_many(clock, site, hub, count_queries):
    idea(site, day("2026-10-05"), decided=day("2026-10-06"))
    services.compute_due(by=BY)
    addresses = [figure_url(site), reverse("kpis:dashboard", kwargs={"site": site.slug})]
    costs = []
    for _ in range(2):
        for address in addresses:
            with count_queries() as queries:
                hub.get(address)
            costs.append(len(queries))
        for _ in range(3):
            idea(site, day("2026-10-05"), decided=day("2026-10-06"))
        clock.shift(dt.timedelta(minutes=5))
        services.compute_due(by=BY)
    assert costs[:2] == costs[2:]
    assert max(costs) <= 12


def test_a_restated_figure_tells_old_new_why_and_who(numbers, hub, clock):
    old = idea(numbers, day("2026-10-09"), title="Found later", imported=True)
    clock.shift(dt.timedelta(minutes=5))
    services.compute_due(by=BY)
    page = hub.get(figure_url(numbers))
    said = text_of(page)
    assert "4 ideas" in said
    assert "It was 3 ideas before, and final. 1 record added." in said
    assert "(was 3 ideas )" in said.replace("ideas)", "ideas )")
    assert "Hubapp" in said
    before = text_of(hub.get(figure_url(numbers) + "?version=1"))
    assert "This is version 1. It was replaced" in before
    assert "Each idea counts once: 3 ideas." in before
    assert "Found later" not in before
    change(old, received_on=None, received_at=None)


def test_the_versions_of_an_open_month_do_not_fill_the_page(numbers, hub, clock):
    november = dt.date(2026, 11, 1)
    for _ in range(4):
        clock.shift(dt.timedelta(minutes=5))
        idea(numbers, day("2026-11-04"))
        services.compute_due(by=BY)
    said = text_of(hub.get(figure_url(numbers, month=november)))
    assert "Version 5" in said
    assert "Version 4" not in said
    assert "1 idea" in text_of(hub.get(figure_url(numbers, month=november) + "?version=1"))


def test_compute_now_is_queued_seen_and_done(numbers, hub, hub_user, run_outbox, clock):
    run_outbox()
    idea(numbers, day("2026-10-09"), imported=True)
    page = hub.get(figure_url(numbers)).content.decode()
    address = reverse("kpis:compute", kwargs={"site": numbers.slug, "month": OCTOBER})
    assert f'action="{address}"' in page
    for _ in range(2):  # pressed twice: asked once
        answer = hub.post(address, {"kpi": "innovations_submitted"})
        assert answer.status_code == 302
        assert answer.url == figure_url(numbers)
    assert OutboxMessage.objects.filter(topic="kpis.compute_site_month").count() == 1
    waiting = text_of(hub.get(figure_url(numbers)))
    assert "Waiting to be computed." in waiting
    assert "Compute now" not in waiting
    run_outbox()
    value = KpiValue.objects.get(
        site=numbers, kpi="innovations_submitted", period_start=OCTOBER, is_current=True
    )
    assert (value.value, value.actor_ref) == (4, hub_user.ref)
    done = text_of(hub.get(figure_url(numbers)))
    assert "Waiting to be computed." not in done
    assert str(hub_user.person) in done
    assert Event.objects.filter(verb="kpi.compute_requested", actor_ref=hub_user.ref).exists()


def test_compute_now_is_for_the_desk_and_for_months_that_have_begun(numbers, sign_in, client):
    address = reverse("kpis:compute", kwargs={"site": numbers.slug, "month": OCTOBER})
    client = sign_in(factories.member(numbers, Role.EXECUTIVE))
    assert client.post(address).status_code == 403
    assert "Compute now" not in text_of(client.get(figure_url(numbers)))
    client = sign_in(factories.member(numbers))
    assert client.get(address).status_code == 405
    ahead = client.post(address.replace("2026-10", "2027-01"))
    assert ahead.status_code == 400
    assert "January 2027 has not begun" in text_of(ahead)
    assert client.post(address, {"kpi": "<nothing>"}).url == reverse(
        "kpis:dashboard", kwargs={"site": numbers.slug}
    )


def test_a_part_of_the_page_is_the_records_alone(numbers, hub):
    part = hub.get(figure_url(numbers), headers={"HX-Request": "true"})
    assert b"<h1" not in part.content
    assert b"Falls sensor" in part.content
    assert "HX-Request" in part["Vary"]
