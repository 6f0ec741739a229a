"""What the queue and the portfolio are filtered by, in which orders, and what is found that is misspelt."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from hubapp.actors import link
from hubapp.db.spelling import near_words
from hubapp.web import paging
from portfolio.enums import StopReason, WaitsOn
from portfolio.models import Ask, Innovation, Message, Need, NeedLink
from portfolio.queries import filters as by
from portfolio.queries.triage import Offered, offered_at
from portfolio.services import classification, decisions, holds, innovations, messages, needs, news
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db
# A Friday; no bank holiday is near.
NOW = "2026-11-20T10:00Z"


@pytest.fixture(autouse=True)
def on_a_friday():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def idea(site):
    """Adds an idea, received so many days ago; further names are what hub staff say of it."""

    def add(title, *, days_ago=0, email="", by=TEST, **said):
        with time_machine.travel(
            dt.datetime.fromisoformat("2026-11-20T09:00+00:00") - dt.timedelta(days=days_ago),
            tick=False,
        ):
            made = factories.innovation(site, title, email=email)
            if said:
                made = classification.classify(innovation=made, by=by, **said)
        return made

    return add


def titles(client, site, query, name="triage"):
    response = client.get(reverse(f"portfolio:{name}", kwargs={"site": site.slug}) + f"?{query}")
    assert response.status_code == 200
    return [row["innovation"].title for row in response.context["rows"]]


def test_filters_of_what_hub_staff_said(hub, site, idea):
    idea("Alpha", source="staff", priority="high", benefit_areas=["care"], tags=["Winter beds"])
    idea("Beta", source="industry", benefit_areas=["staff", "care"], tags=["Rota"])
    idea("Gamma")
    for query, expected in (
        ("source=staff", ["Alpha"]),
        ("source=not-said", ["Gamma"]),
        ("benefit=care", ["Alpha", "Beta"]),
        ("benefit=not-said", ["Gamma"]),
        ("priority=none", ["Beta", "Gamma"]),
        ("priority=high", ["Alpha"]),
        ("tag=WINTER+beds", ["Alpha"]),
        ("tag=winter", []),
        ("tag=" + "x" * 500, []),
        ("source=industry&benefit=care", ["Beta"]),
        ("source=nonsense&benefit=&priority=x", ["Alpha", "Beta", "Gamma"]),
    ):
        assert titles(hub, site, query) == expected, query


def test_filters_of_time(hub, site, idea):
    idea("Old", days_ago=60, email="a@test.example")
    exempt = idea("Exempt", days_ago=60)
    holds.exempt(innovation=exempt, reason="capacity", by=TEST)
    idea("Middle", days_ago=14)
    idea("Week", days_ago=7)
    idea("Eight days", days_ago=8)
    idea("Today", email="b@test.example")
    for query, expected in (
        # Five working days before a Friday is the Friday before.
        ("age=5", ["Week", "Today"]),
        ("age=20", ["Middle", "Eight days"]),
        ("age=older", ["Old", "Exempt"]),
        ("due=overdue", ["Old"]),
        ("due=soon", []),
        ("due=unacknowledged", ["Old", "Today"]),
        ("due=ack-late", ["Old"]),
    ):
        assert titles(hub, site, query) == expected, query
    Innovation.objects.filter(title="Middle").update(
        due_on=dt.date(2026, 11, 27), sort_due=dt.date(2026, 11, 27)
    )
    assert titles(hub, site, "due=soon") == ["Middle"]


def test_orders(hub, site, idea):
    oldest, middle, newest = (
        idea(name, days_ago=days) for name, days in (("A", 9), ("B", 5), ("C", 1))
    )
    for row, due in ((oldest, 30), (middle, 10), (newest, 20)):
        on = dt.date(2026, 11, 20) + dt.timedelta(days=due)
        Innovation.objects.filter(pk=row.pk).update(due_on=on, sort_due=on)
    innovations.assign(innovation=Innovation.objects.get(pk=middle.pk), to=None, by=TEST)
    classification.classify(
        innovation=Innovation.objects.get(pk=oldest.pk), priority="low", by=TEST
    )
    for order, expected in (
        ("", "ABC"),
        ("newest", "CBA"),
        ("due", "BCA"),
        ("nonsense", "ABC"),
    ):
        assert "".join(titles(hub, site, f"order={order}")) == expected
    assert titles(hub, site, "order=changed")[0] == "A"


@pytest.mark.parametrize("order", by.ORDERS)
def test_pages_in_every_order_show_each_idea_once(hub, site, idea, order):
    for number in range(28):
        idea(f"Idea {number:02}", days_ago=number % 3)
    page = reverse("portfolio:triage", kwargs={"site": site.slug})
    first = hub.get(f"{page}?order={order}&q=idea")
    second = hub.get(page + first.context["older"])
    shown = [row["innovation"].title for r in (first, second) for row in r.context["rows"]]
    assert sorted(shown) == [f"Idea {number:02}" for number in range(28)]
    # A cursor of one order starts another from its first page.
    other = hub.get(
        f"{page}?order=newest{'' if order != 'newest' else '&state=waiting'}&cursor={first.context['older'].split('cursor=')[1]}"
    )
    assert len(other.context["rows"]) == 25


def test_who_an_idea_waits_for(hub, site, idea):
    submitter, function = idea("Submitter"), idea("Function")
    idea("Nobody")
    decisions.decide(
        innovation=submitter,
        kind="ask",
        reason_code=factories.reason(site, "ask").code,
        words="Which ward?",
        by=TEST,
    )
    holds.hold(
        innovation=function,
        waits_on=WaitsOn.FUNCTION,
        function="ig",
        reason=StopReason.ASSURANCE,
        by=TEST,
    )
    for query, expected in (
        ("waits=any", ["Submitter", "Function"]),
        ("waits=submitter", ["Submitter"]),
        ("waits=function", ["Function"]),
        ("waits=function-ig", ["Function"]),
        ("waits=function-finance", []),
        ("waits=person", []),
    ):
        assert titles(hub, site, query) == expected, query
    html = hub.get(reverse("portfolio:triage", kwargs={"site": site.slug})).content.decode()
    assert "Clock stopped: Information governance" in html


def test_new_messages_and_new_answers(hub, hub_user, site, idea):
    written, asked = idea("Written", email="a@test.example"), idea("Asked")
    idea("Quiet", email="b@test.example")
    messages.write_to_hub(innovation=written, body="Hello", by=link(written.submission.ref))
    Ask.objects.create(
        site=site,
        innovation=asked,
        person=hub_user.person,
        kind="question",
        question="Does it work?",
        shows="summary",
        state="answered",
        answer="Yes",
        answered_at=dt.datetime.now(dt.UTC),
        answered_on=dt.date(2026, 11, 20),
        proof="code",
        asked_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=1),
        asked_on=dt.date(2026, 11, 19),
        expires_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=9),
        actor_kind="user",
        actor_ref=hub_user.ref,
    )
    news.look_again([asked.pk])
    assert titles(hub, site, "new=message") == ["Written"]
    assert titles(hub, site, "new=answer") == ["Asked"]
    assert titles(hub, site, "new=any") == ["Written", "Asked"]
    html = hub.get(reverse("portfolio:triage", kwargs={"site": site.slug})).content.decode()
    assert "New message" in html
    assert "New answer" in html


def test_needs_and_likes(hub, site, idea):
    served = idea("Serves")
    idea("Serves none")
    need = Need.objects.create(
        site=site, kind="problem", title="Beds", statement="More", valid_from=dt.date(2026, 1, 1)
    )
    NeedLink.objects.create(
        site=site,
        need=need,
        innovation=served,
        at=dt.datetime.now(dt.UTC),
        actor_kind="system",
        actor_ref="tests",
    )
    Innovation.objects.filter(pk=served.pk).update(similar_count=2)
    for query, expected in (
        (f"need={need.ref}", ["Serves"]),
        ("need=none", ["Serves none"]),
        ("similar=yes", ["Serves"]),
        ("need=0000000000", ["Serves", "Serves none"]),
    ):
        assert titles(hub, site, query) == expected, query


def test_needs_and_members_of_another_site_are_no_filters(hub, site, other_site, idea):
    idea("Here")
    need = Need.objects.create(
        site=other_site,
        kind="problem",
        title="Secret",
        statement="S",
        valid_from=dt.date(2026, 1, 1),
    )
    stranger = factories.member(other_site)
    for query in (f"need={need.ref}", f"assignee={stranger.ref}"):
        response = hub.get(reverse("portfolio:triage", kwargs={"site": site.slug}) + f"?{query}")
        assert not response.context["filters"].active
        assert "Secret" not in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "instead", "found"),
    [
        ("dialisys", "dialysis", "Home dialysis packs"),
        ("dialysys packs", "dialysis", "Home dialysis packs"),
        ("kidny", "kidney", "Kidney transport"),
        ("phsyiotherapy", "physiotherapy", "Café physiotherapy"),
        ("stickres", "stickers", "Kidney transport"),
        # A hyphen that does not break, as word processors write it.
        ("invasife", "invasive", "Non\u2011invasive ventilation"),
    ],
)
def test_words_that_are_misspelt_are_found(hub, site, idea, typed, instead, found):
    for title in (
        "Home dialysis packs",
        "Kidney transport",
        "Café physiotherapy",
        "Non\u2011invasive ventilation",
    ):
        idea(title)
    Innovation.objects.filter(title="Kidney transport").update(
        search_text="kidney transport with stickers on the bags"
    )
    page = reverse("portfolio:triage", kwargs={"site": site.slug})
    response = hub.get(page, {"q": typed})
    assert [row["innovation"].title for row in response.context["rows"]] == [found]
    html = response.content.decode()
    assert f"“{instead}”" in html
    assert "No idea holds" in html
    # What was typed is still in the field.
    assert f'value="{typed}"' in html


@pytest.mark.parametrize("read", [10, 25, 30])
def test_words_that_are_common_are_counted_as_far_as_they_were_read(
    hub, site, idea, monkeypatch, read
):
    """Once an error: "20+" is no number."""
    for number in range(30):
        idea(f"Clinic {number}")
    idea("Ward")
    monkeypatch.setattr(paging, "READ_TO_COUNT", read)
    page = reverse("portfolio:triage", kwargs={"site": site.slug})
    response = hub.get(page, {"q": "clinic"})
    assert response.status_code == 200
    assert response.context["count"] == f"{read}+"
    said = " ".join(response.content.decode().split())
    assert f"All {read}+ ideas in this list (at most 500)" in said
    monkeypatch.setattr(paging, "READ_TO_COUNT", 40)
    assert hub.get(page, {"q": "clinic"}).context["count"] == "30"


def test_words_of_the_queue_are_sought_in_what_waits_alone(hub, site, idea):
    waits = [idea(f"Falls {number}") for number in range(3)]
    for number in range(110):
        idea(f"Other {number}")
    reason = factories.reason(site, "decline")
    decisions.decide(
        innovation=idea("Falls and ended"),
        kind="decline",
        reason_code=reason.code,
        words="No.",
        by=TEST,
        would_change="Two sites that use it",
    )
    assert titles(hub, site, "q=falls") == [each.title for each in waits]
    assert titles(hub, site, "q=fallls") == [each.title for each in waits]
    portfolio = reverse("portfolio:innovations", kwargs={"site": site.slug})
    assert len(hub.get(portfolio, {"q": "falls"}).context["rows"]) == 4


def test_what_serves_a_need_is_counted_with_its_first_page(hub, site, idea):
    need = factories.need(site)
    for number in range(27):
        needs.link(need=need, innovation=idea(f"Bed {number}"), by=TEST)
    idea("Serves none")
    page = reverse("portfolio:triage", kwargs={"site": site.slug})
    response = hub.get(page, {"need": need.ref})
    assert (len(response.context["rows"]), response.context["count"]) == (25, "27")
    second = hub.get(page + response.context["older"])
    assert (len(second.context["rows"]), second.context["count"]) == (2, "27")


def test_nothing_is_guessed_for_what_is_there_or_like_nothing(hub, site, idea):
    idea("Home dialysis")
    for query in (
        "zebra",
        "ab",
        "xylophone+of+glass",
        "%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80",
    ):
        assert titles(hub, site, f"q={query}") == []
    assert titles(hub, site, "q=dialysis") == ["Home dialysis"]
    response = hub.get(reverse("portfolio:triage", kwargs={"site": site.slug}) + "?q=dialysis")
    assert response.context["meant"] is None


def test_a_guess_tells_nothing_of_what_one_may_not_read(sign_in, site, other_site):
    factories.innovation(site, "Thrombectomy robot", is_confidential=True)
    factories.innovation(other_site, "Thrombectomy glove")
    factories.innovation(site, "Open")
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    response = client.get(
        reverse("portfolio:innovations", kwargs={"site": site.slug}) + "?q=trombectomy"
    )
    assert response.context["meant"] is None
    assert "hrombectomy" not in response.content.decode().replace("trombectomy", "")


def test_near_words_are_as_near_as_a_slip_or_two(site):
    for title in ("Dialysis at home", "Diagnosis of sepsis", "Thursday clinic"):
        factories.innovation(site, title)
    rows = Innovation.objects.filter(site=site)
    assert near_words(rows, ["dialisys", "sepsis", "at", "tuesday"], site_id=site.pk) == {
        "dialisys": ["dialysis"]
    }
    assert near_words(rows, ["hom", ""], site_id=site.pk) == {}


def test_filters_go_into_an_address_and_back():
    filters = by.Filters(q="a & b", state="waiting", tag="bed", order="due")
    data = dict(pair.split("=") for pair in filters.as_query().split("&"))
    assert data == {"q": "a+%26+b", "state": "waiting", "tag": "bed", "order": "due"}
    assert filters.active == 3
    assert filters.as_query(but="state") == "q=a+%26+b&tag=bed&order=due"
    assert by.read_filters({}, states=by.QUEUE_STATES, offered=Offered()).as_query() == ""


def test_chips_take_one_filter_away(hub, site):
    member = factories.member(site)
    page = reverse("portfolio:triage", kwargs={"site": site.slug})
    html = hub.get(f"{page}?state=waiting&assignee={member.ref}&order=due").content.decode()
    assert "State: Waiting for triage" in html
    assert f"Assigned to: {member}" in html
    assert f'href="{page}?assignee={member.ref}&amp;order=due"' in html


def test_the_filters_that_are_folded_away_open_when_one_is_on(hub, site):
    page = reverse("portfolio:triage", kwargs={"site": site.slug})
    folded = '<details class="nhsuk-details hub-filters__more">'
    factories.innovation(site, "One that waits")
    assert folded in hub.get(page).content.decode()
    assert folded not in hub.get(f"{page}?tag=x").content.decode()


def test_everything_that_is_offered_takes_one_statement(hub_user, site, count_queries):
    viewer = hub_user.viewer
    with count_queries() as queries:
        offered = offered_at(viewer, site)
    assert len(queries) == 1
    assert offered.members == [(hub_user.ref, str(hub_user))]


@pytest.mark.parametrize("name", ["triage", "innovations"])
def test_every_filter_at_once_stays_within_bounds(hub, site, idea, name, count_queries):
    for number in range(3):
        idea(f"Dialysis {number}", email=f"a{number}@test.example", source="staff", tags=["x"])
    page = reverse(f"portfolio:{name}", kwargs={"site": site.slug})
    query = (
        "q=dialysis&state=waiting&assignee=nobody&due=unacknowledged&source=staff&tag=x&age=5"
        "&need=none&type=not-said&priority=none&benefit=not-said&order=due"
    )
    hub.get(page)
    with count_queries() as queries:
        response = hub.get(f"{page}?{query}")
    assert len(response.context["rows"]) == 3
    assert len(queries) <= 12
    with count_queries() as queries:
        hub.get(f"{page}?q=dialisys")
    assert len(queries) <= 12


def test_the_portfolio_has_the_same_filters(hub, site, idea):
    idea("Alpha", priority="high", tags=["beds"])
    idea("Beta")
    assert titles(hub, site, "priority=high&order=newest", "innovations") == ["Alpha"]
    assert titles(hub, site, "tag=beds", "innovations") == ["Alpha"]


def test_messages_are_not_read_for_lists_of_nothing(hub, site):
    assert not Message.objects.exists()
    assert titles(hub, site, "new=any") == []
