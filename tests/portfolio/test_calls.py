"""Calls: a door of their own, open between two dates, and ideas that come by it."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse

from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.enums import CallStanding
from portfolio.models import Call, Draft, FrontDoor, Innovation, NeedLink
from portfolio.queries import calls as public
from portfolio.queries import needs as queries
from portfolio.services import calls, needs
from tests import factories
from tests.architecture.test_access import without_token
from tests.factories import TEST, today
from tests.portfolio.test_front_door import CONTACT, IDEA, link_in, step, words

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def need(site):
    return factories.need(site)


@pytest.fixture
def call(need):
    return factories.call(need)


def door(call, site=None):
    slug = (site or call.need.site).slug
    return reverse("portfolio:submit_call", kwargs={"site": slug, "ref": call.ref})


def page(name, call):
    return reverse(f"portfolio:{name}", kwargs={"site": call.site.slug, "ref": call.ref})


def begin(client, call):
    """Answer the call's own page; the draft's token."""
    answer = client.post(door(call), {"submitter_kind": "staff"})
    assert answer.status_code == 302, words(answer)
    return answer.url.strip("/").split("/")[-1]


def send(client, token):
    """Answer the other steps and send it."""
    assert step(client, token, "idea", IDEA).status_code == 302
    assert step(client, token, "contact", CONTACT).status_code == 302
    return client.post(f"/submit/draft/{token}/check/", follow=True)


# -- its days ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, "open"),
        ({"publish": False}, "draft"),
        ({"opens_on": 1}, "coming"),
        ({"opens_on": 0, "closes_on": 0}, "open"),
    ],
)
def test_where_it_stands_follows_from_its_dates(need, fields, standing):
    made = factories.call(
        need,
        **{k: v if isinstance(v, bool) else today() + v * DAY for k, v in fields.items()},
    )
    assert made.standing(today()) == standing
    assert public.is_open(made) == (standing == "open")
    assert bool(public.open_calls(need.site)) == (standing == "open")
    for value in CallStanding.values:
        found = queries.calls_standing_today(Call.objects.all(), value)
        assert list(found) == ([made] if value == standing else [])


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        # British Summer Time: London's 31 March ends at 23:00 UTC.
        ("2027-03-31T22:59:59", True),
        ("2027-03-31T23:00:01", False),
        ("2027-03-29T22:59:59", False),
        ("2027-03-29T23:00:01", True),
    ],
)
def test_it_opens_and_closes_at_midnight_in_london(need, at, is_open):
    call = factories.call(need, opens_on=dt.date(2027, 3, 30), closes_on=dt.date(2027, 3, 31))
    with time_machine.travel(dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC), tick=False):
        assert public.is_open(call) == is_open
        assert bool(public.open_calls(need.site)) == is_open


def test_what_cannot_be_is_refused(need, call):
    with pytest.raises(ValidationError, match="last day"):
        factories.call(need, opens_on=today() + 2 * DAY, closes_on=today() + DAY)
    with pytest.raises(Refused, match="today or later"):
        factories.call(need, opens_on=today() - 3 * DAY, closes_on=today() - DAY)
    with pytest.raises(Refused, match="published already"):
        calls.publish(call=call, by=TEST)
    with pytest.raises(ValidationError):
        calls.edit(call=call, title="", by=TEST)
    call.refresh_from_db()
    with pytest.raises(Stale):
        calls.close(call=call, by=TEST, version=7)
    calls.close(call=call, by=TEST)
    for again in (
        lambda: calls.close(call=call, by=TEST),
        lambda: calls.edit(call=call, title="x", by=TEST),
    ):
        with pytest.raises(Refused, match="has closed"):
            again()
    needs.close(need=need, reason="met", by=TEST)
    for late in (
        lambda: factories.call(need),
        lambda: calls.extend(call=call, closes_on=today() + DAY, by=TEST),
    ):
        with pytest.raises(Refused, match="need"):
            late()


def test_a_closed_call_is_opened_again_by_a_later_day(call):
    calls.close(call=call, by=TEST)
    calls.extend(call=call, closes_on=today() + 30 * DAY, by=TEST)
    call.refresh_from_db()
    assert (call.ended_on, call.standing(today())) == (None, "open")
    assert Event.objects.filter(verb="call.extended").count() == 1
    calls.extend(call=call, closes_on=call.closes_on, by=TEST)
    assert Event.objects.filter(verb="call.extended").count() == 1


# -- the public's side --------------------------------------------------------------
def test_an_idea_that_answers_a_call_is_linked_to_its_need(client, site, call, run_outbox):
    first = words(client.get(door(call)))
    assert "How can nights be safer?" in first
    assert "Tell us what you would try." in first
    token = begin(client, call)
    for name in ("idea", "who", "contact"):
        assert "Your idea answers the call How can nights be safer?" in words(
            client.get(f"/submit/draft/{token}/{name}/")
        )
    assert step(client, token, "idea", IDEA).status_code == 302
    assert step(client, token, "contact", CONTACT).status_code == 302
    assert "answers the call" in words(client.get(f"/submit/draft/{token}/check/"))
    client.post(f"/submit/draft/{token}/check/")
    run_outbox()
    assert not Innovation.objects.exists()
    # It counts even if the sender confirms it after the last day.
    calls.close(call=call, by=TEST)
    client.post(link_in(mail.outbox[0]))
    idea = Innovation.objects.get()
    assert idea.call == call
    row = NeedLink.objects.get()
    assert (row.need, row.innovation, row.actor_kind) == (call.need, idea, "system")
    assert Event.objects.get(verb="innovation.need_linked").actor_ref == "portfolio.calls"


def test_an_idea_at_the_ordinary_door_answers_no_call(client, site, call, run_outbox):
    answer = client.post(f"/submit/{site.slug}/", {"submitter_kind": "staff"})
    token = answer.url.strip("/").split("/")[-1]
    assert "answers the call" not in words(client.get(f"/submit/draft/{token}/idea/"))
    send(client, token)
    run_outbox()
    client.post(link_in(mail.outbox[0]))
    assert Innovation.objects.get().call is None
    assert not NeedLink.objects.exists()


def test_the_ordinary_door_lists_the_calls_that_are_open(client, site, need, call):
    factories.call(need, "Not yet public", publish=False)
    factories.call(need, "Later", opens_on=today() + DAY)
    done = factories.call(need, "Over")
    calls.close(call=done, by=TEST)
    page = words(client.get(f"/submit/{site.slug}/"))
    assert "How can nights be safer?" in page
    for hidden in ("Not yet public", "Later", "Over"):
        assert hidden not in page
    assert "We are looking for ideas on" not in words(client.get(door(call)))


def test_before_and_after_its_days_the_page_says_so_and_offers_the_ordinary_door(client, need):
    later = factories.call(need, opens_on=today() + DAY)
    over = factories.call(need, "Over")
    calls.close(call=over, by=TEST)
    for call, said in ((later, "This call opens on"), (over, "This call has closed")):
        answer = client.get(door(call))
        assert answer.status_code == 200
        assert said in words(answer)
        assert f'href="/submit/{need.site.slug}/"' in answer.content.decode()
        assert client.post(door(call), {"submitter_kind": "staff"}).status_code == 200
    assert not Draft.objects.exists()


def test_what_is_not_published_missing_or_foreign_is_the_same_page(client, need, other_site):
    draft = factories.call(need, "Secret plan", publish=False)
    foreign = factories.call(factories.need(other_site), "Foreign")
    pages = []
    for call in (draft, foreign):
        answer = client.get(door(call, need.site))
        assert answer.status_code == 404
        pages.append(without_token(answer.content))
        assert client.post(door(call, need.site), {"submitter_kind": "staff"}).status_code == 404
    missing = client.get(f"/submit/{need.site.slug}/calls/0000000000/")
    assert [without_token(missing.content)] * 2 == pages
    assert b"Secret plan" not in missing.content
    assert client.get("/submit/no-such-site/calls/0000000000/").status_code == 404


def test_the_address_works_in_any_case_and_when_the_door_is_closed_says_so(client, site, call):
    answer = client.get(f"/submit/{site.slug.upper()}/calls/{call.ref.lower()}/")
    assert (answer.status_code, answer.url) == (301, door(call))
    FrontDoor.objects.create(site=site, is_open=False)
    page = words(client.get(door(call)))
    assert "not taking ideas at present" in page
    assert client.post(door(call), {"submitter_kind": "staff"}).status_code == 200
    assert not Draft.objects.exists()


def test_a_call_that_closes_while_somebody_writes_takes_no_idea_away(client, call, run_outbox):
    token = begin(client, call)
    assert step(client, token, "idea", IDEA).status_code == 302
    calls.close(call=call, by=TEST)
    page = words(client.get(f"/submit/draft/{token}/contact/"))
    assert "takes no more ideas. You can still send yours" in page
    assert step(client, token, "contact", CONTACT).status_code == 302
    client.post(f"/submit/draft/{token}/check/")
    run_outbox()
    client.post(link_in(mail.outbox[0]))
    assert Innovation.objects.get().call is None
    assert not NeedLink.objects.exists()


def test_a_need_closed_before_the_sender_confirms_is_not_served(client, need, call, run_outbox):
    token = begin(client, call)
    send(client, token)
    needs.close(need=need, reason="dropped", by=TEST)
    run_outbox()
    client.post(link_in(mail.outbox[0]))
    assert Innovation.objects.get().call == call
    assert not NeedLink.objects.exists()


def test_programs_that_fill_every_box_start_nothing(client, call):
    answer = client.post(door(call), {"submitter_kind": "staff", "second_note": "buy"})
    assert "Check your email" in words(answer)
    assert not Draft.objects.exists()


def test_a_call_named_in_a_draft_of_another_site_is_no_call(site, other_site, client, call):
    """A draft holds whatever its own pages wrote; another site's call never applies."""
    answer = client.post(f"/submit/{other_site.slug}/", {"submitter_kind": "staff"})
    token = answer.url.strip("/").split("/")[-1]
    draft = Draft.objects.get()
    Draft.objects.filter(pk=draft.pk).update(answers={**draft.answers, "call": call.ref})
    assert "answers the call" not in words(client.get(f"/submit/draft/{token}/idea/"))


# -- the hub's side -----------------------------------------------------------------
def typed(**changes):
    last = today() + 20 * DAY
    first = today()
    return {
        "title": "Quieter nights", "words": "What would you try?", "once_key": "k",
        "opens_on_day": first.day, "opens_on_month": first.month, "opens_on_year": first.year,
        "closes_on_day": last.day, "closes_on_month": last.month, "closes_on_year": last.year,
        **changes,
    }  # fmt: skip


def test_the_hub_saves_looks_publishes_extends_and_closes(hub, site, need):
    new = reverse("portfolio:add_call", kwargs={"site": site.slug, "ref": need.ref})
    done = hub.post(new, typed(do="save"), follow=True)
    assert "Nobody else sees it yet" in words(done)
    assert "Not published" in words(done)
    assert "Address of its page" not in words(done)
    call = Call.objects.get()
    assert hub.get(door(call)).status_code == 404
    done = hub.post(page("publish_call", call), follow=True)
    assert door(call) in done.content.decode()
    assert "0 ideas have come in" in words(done)
    call.refresh_from_db()
    last = today() + 40 * DAY
    done = hub.post(
        page("extend_call", call),
        {
            "closes_on_day": last.day, "closes_on_month": last.month, "closes_on_year": last.year,
            "version": call.version,
        },
        follow=True,
    )  # fmt: skip
    assert "The last day is changed." in words(done)
    assert Call.objects.get().closes_on == last
    done = hub.post(page("close_call", call), follow=True)
    assert "Closed early" in words(done)
    assert "Open it again" in words(done)
    assert "Quieter nights" in words(hub.get(need.get_absolute_url()))


def test_two_presses_make_one_call(hub, site, need):
    new = reverse("portfolio:add_call", kwargs={"site": site.slug, "ref": need.ref})
    for _ in range(2):
        hub.post(new, typed(do="publish"))
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Enter title of the call"),
        ({"words": ""}, "Enter what you look for"),
        ({"words": "Ask 943 476 5919"}, "has what looks like an NHS number"),
        ({"closes_on_year": "2001"}, "Last day must be the same as or after"),
        ({"closes_on_month": "13"}, "Last day must be a real date"),
        ({"opens_on_year": "2400"}, "The last day must be the same as or after the first day"),
    ],
)
def test_a_wrong_call_gets_a_sentence(hub, site, need, changes, sentence):
    new = reverse("portfolio:add_call", kwargs={"site": site.slug, "ref": need.ref})
    answer = hub.post(new, typed(**changes))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Call.objects.exists()


def test_a_late_or_stale_change_keeps_what_was_typed(hub, call):
    calls.edit(call=Call.objects.get(), title="Theirs", by=TEST)
    answer = hub.post(page("edit_call", call), typed(title="Mine", version="1"))
    assert answer.status_code == 422
    assert "Somebody else changed this call" in words(answer)
    assert 'value="Mine"' in answer.content.decode()
    past = {"closes_on_day": "1", "closes_on_month": "1", "closes_on_year": "2020", "version": "2"}
    answer = hub.post(page("extend_call", call), past)
    assert answer.status_code == 422
    assert "New last day must be the same as or after" in words(answer)


def test_the_hub_sees_how_many_came_and_is_told_when_its_door_is_closed(hub, site, call):
    idea = factories.innovation(site, "Night lamps")
    Innovation.objects.filter(pk=idea.pk).update(call=call)
    answer = words(hub.get(call.get_absolute_url()))
    assert "1 idea has come in" in answer
    assert "Night lamps" in answer
    FrontDoor.objects.create(site=site, is_open=False)
    assert "The front door of this site is closed" in words(hub.get(call.get_absolute_url()))


def test_another_sites_call_is_not_there(hub, site, other_site):
    foreign = factories.call(factories.need(other_site))
    for name in ("call", "edit_call", "extend_call"):
        for where in (site, other_site):
            address = reverse(f"portfolio:{name}", kwargs={"site": where.slug, "ref": foreign.ref})
            assert hub.get(address).status_code == 404
