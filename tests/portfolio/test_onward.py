"""The way back to a list, and on to the next idea after something was done from the queue."""

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from portfolio.models import Decision
from portfolio.services import reasons
from portfolio.views.onward import LIST_COOKIE
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


@pytest.fixture
def ideas(site):
    """Three digital ideas and one device between them, oldest first."""
    reasons.install_for_site(site=site, by=TEST)
    made = []
    for n, kind in enumerate(("digital", "digital", "device", "digital")):
        with time_machine.travel(f"2026-11-02T1{n}:00Z", tick=False):
            made.append(factories.innovation(site, f"Idea {n}", innovation_type=kind))
    return made


def url(name, site, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **more})


def decide(client, idea, kind="scoping", **more):
    data = {
        "kind": kind,
        "shown": kind,
        "reason": reasons_of(idea.site, kind),
        "filled": reasons_of(idea.site, kind),
        "words": "Our words.",
        "next_step": "Our next step.",
        "version": idea.version,
        "no_interest": "on",
        "do": "confirm",
        **more,
    }
    return client.post(url("decide", idea.site, ref=idea.ref), data)


def reasons_of(site, kind):
    return site.decision_reasons.filter(kind=kind).order_by("position").first().code


def test_the_way_back_keeps_filters_order_and_page(hub, site, ideas):
    record = url("innovation", site, ref=ideas[0].ref)
    assert (
        f'<a href="{url("triage", site)}">Back to the queue</a>' in hub.get(record).content.decode()
    )

    hub.get(url("triage", site) + "?type=digital&order=newest&nonsense=1")
    page = hub.get(record).content.decode()
    wanted = f"{url('triage', site)}?type=digital&amp;order=newest"
    assert f'<a href="{wanted}">Back to the queue</a>' in page
    # The key "u" goes the same way, and so does what was done on another page in between.
    assert f'data-hub-queue="{wanted}"' in page
    hub.get(url("classify", site, ref=ideas[0].ref))
    assert wanted in hub.get(record).content.decode()

    hub.get(url("innovations", site) + "?state=waiting")
    wanted = f"{url('innovations', site)}?state=waiting"
    assert f'<a href="{wanted}">Back to the innovations</a>' in hub.get(record).content.decode()


def test_the_page_of_a_long_list_is_kept(hub, site):
    for n in range(27):
        factories.innovation(site, f"Idea {n}")
    older = hub.get(url("triage", site)).context["older"]
    last = hub.get(url("triage", site) + older).context["rows"][-1]["innovation"]
    back = hub.get(url("innovation", site, ref=last.ref)).context["came_from"]["href"]
    assert [row["innovation"].ref for row in hub.get(back).context["rows"]][-1] == last.ref


@pytest.mark.parametrize(
    "value",
    [
        "{ref}/{site}/triage?next=https://evil.example/&q=ok",
        "{ref}/{site}/triage?cursor=%0d%0aSet-Cookie:x",
        "{ref}/{site}/triage?" + "&".join(["a=1"] * 1100),
        "{ref}/{site}/triage?%00%ff",
        "{ref}/{site}//evil.example/triage?x",
        "{ref}/elsewhere/triage?type=digital",
        "somebody-else/{site}/triage?type=digital",
        "{ref}/{site}/evil?x=1",
        "//evil.example/triage?x",
        "",
    ],
)
def test_a_cookie_leads_nowhere_but_to_lists_of_the_site(hub, hub_user, site, ideas, value):
    hub.cookies[LIST_COOKIE] = value.format(ref=hub_user.ref, site=site.slug)
    response = hub.get(url("innovation", site, ref=ideas[0].ref))
    href = response.context["came_from"]["href"]
    assert response.status_code == 200
    assert href.split("?")[0] in (url("triage", site), url("innovations", site))
    assert "evil" not in href
    assert "type=digital" not in href
    assert hub.get(href).status_code == 200
    # Deciding with it is deciding as ever.
    assert decide(hub, ideas[0]).status_code == 302


def test_after_a_decision_the_next_idea_of_the_filtered_queue_is_open(hub, site, ideas):
    hub.get(url("triage", site) + "?type=digital")
    response = decide(hub, ideas[1])
    assert response.url == url("triage_item", site, ref=ideas[3].ref) + "?type=digital"
    page = hub.get(response.url)
    text = page.content.decode()
    assert page.context["chosen"] == ideas[3].ref
    assert [row["innovation"].ref for row in page.context["rows"]] == [ideas[0].ref, ideas[3].ref]
    assert "“Idea 1”: Taken forward to scoping." in text

    # The banner takes it back, and leads to it in the same queue.
    decision = Decision.objects.get()
    undo = url("undo", site, ref=ideas[1].ref, decision=decision.ref)
    assert f'action="{undo}?next=' in text
    action = text.split(f'action="{undo}')[1].split('"')[0].replace("&amp;", "&")
    undone = hub.post(undo + action)
    assert undone.url == url("triage_item", site, ref=ideas[1].ref) + "?type=digital"
    ideas[1].refresh_from_db()
    assert ideas[1].state == "waiting"

    # After the last comes the one before it; after all of them the queue.
    ideas[3].refresh_from_db()
    assert decide(hub, ideas[3]).url.startswith(url("triage_item", site, ref=ideas[1].ref))
    ideas[1].refresh_from_db()
    assert decide(hub, ideas[1]).url.startswith(url("triage_item", site, ref=ideas[0].ref))
    assert decide(hub, ideas[0]).url == url("triage", site) + "?type=digital"


def test_what_was_not_come_to_from_the_queue_is_shown_after_its_decision(hub, site, ideas):
    # Never looked at the queue; looked at another list since; looked at a queue without it.
    assert decide(hub, ideas[0]).url == ideas[0].get_absolute_url()
    hub.get(url("triage", site))
    hub.get(url("innovations", site))
    assert decide(hub, ideas[1]).url == ideas[1].get_absolute_url()
    hub.get(url("triage", site) + "?type=digital")
    response = decide(hub, ideas[2])
    assert response.url == ideas[2].get_absolute_url()
    assert "“Idea 2”:" not in hub.get(response.url).content.decode()


def test_the_next_page_is_opened_after_the_last_idea_of_one(hub, site):
    reasons.install_for_site(site=site, by=TEST)
    made = []
    for n in range(27):
        with time_machine.travel(f"2026-11-02T09:{n:02}:00Z", tick=False):
            made.append(factories.innovation(site, f"Idea {n}"))
    hub.get(url("triage", site))
    response = decide(hub, made[24])
    assert response.url.startswith(url("triage_item", site, ref=made[25].ref) + "?cursor=")
    shown = [row["innovation"].ref for row in hub.get(response.url).context["rows"]]
    assert shown == [made[25].ref, made[26].ref]


def test_asking_and_assessing_go_on_in_the_queue_too(hub, site, ideas):
    colleague = factories.member(site, Role.REVIEWER)
    hub.get(url("triage", site) + "?type=digital")
    following = url("triage_item", site, ref=ideas[1].ref) + "?type=digital"
    data = {"people": [colleague.ref]}
    assert hub.post(url("ask_to_assess", site, ref=ideas[0].ref), data).url == following
    assert hub.post(url("assess", site, ref=ideas[0].ref), {"do": "save", "version": 0}).url == (
        following
    )
    # What is asked for stays in the queue, with a stopped clock.
    assert decide(hub, ideas[0], "ask").url == following
