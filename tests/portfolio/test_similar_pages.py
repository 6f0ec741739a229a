"""Pages of ideas that look alike: beside what is typed, side by side, published, elsewhere."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from portfolio import links
from portfolio.models import Enquiry, Innovation, SimilarIdea, TriageSettings
from portfolio.services import introductions, publishing, similar, submissions
from tests import factories

BY = factories.TEST
SENSOR = "Wearable sensor for early pressure damage"
HTMX = {"HTTP_HX_REQUEST": "true"}


def at(name, site, *refs, **kwargs):
    names = ("ref", "other")
    return reverse(
        f"portfolio:{name}",
        kwargs={
            "site": site.slug,
            **dict(zip(names, [r.ref for r in refs], strict=False)),
            **kwargs,
        },
    )


@pytest.fixture
def pair(site):
    first = factories.innovation(site, SENSOR, idea="A thin sensor under the heel")
    second = factories.innovation(site, "Sensor worn for early pressure damages")
    similar.find_similar(innovation=second, by=BY)
    return first, second


# -- the Add page -----------------------------------------------------------------
def test_typing_a_title_shows_what_is_like_it(hub, site, pair):
    page = hub.post(at("similar_typed", site), {"title": "wearable sensr early presure"}, **HTMX)
    assert page.status_code == 200
    text = page.content.decode()
    assert SENSOR in text
    assert pair[0].get_absolute_url() in text
    assert "<html" not in text
    assert "HX-Request" in page["Vary"]


def test_nothing_like_it_is_said_and_too_little_is_like_nothing(hub, site, pair):
    for title in ("Quieter bins on night wards", "abc", "", "???", "\x00" * 9, "x" * 30_000):
        page = hub.post(at("similar_typed", site), {"title": title}, **HTMX)
        assert page.status_code == 200
        assert "Nothing like this was found" in page.content.decode()


def test_the_title_typed_is_in_no_address(hub, site):
    assert hub.get(at("similar_typed", site), {"title": SENSOR}).status_code == 405
    text = hub.get(at("add", site)).content.decode()
    assert f'hx-post="{at("similar_typed", site)}"' in text
    assert "delay:" in text


def test_without_scripts_a_button_looks_and_keeps_what_was_typed(hub, site, pair):
    typed = {"title": "Sensor for pressure damage, early", "idea": "Under the heel", "email": "x"}
    page = hub.post(at("add", site), {**typed, "action": "similar"})
    text = page.content.decode()
    assert page.status_code == 200
    assert SENSOR in text
    for value in typed.values():
        assert value in text
    assert "There is a problem" not in text
    assert Innovation.objects.count() == 2, "nothing was added"


def test_a_busy_address_is_not_disturbed(hub, site, pair, monkeypatch):
    monkeypatch.setattr("portfolio.views.similar.too_many", lambda request, scope: 60)
    page = hub.post(at("similar_typed", site), {"title": SENSOR}, **HTMX)
    assert (page.status_code, page.content) == (204, b"")


# -- panel, record, compare -----------------------------------------------------------
def test_panel_and_record_lead_to_the_comparison(hub, site, pair):
    first, second = pair
    for name in ("triage_item", "innovation"):
        text = hub.get(at(name, site, first)).content.decode()
        assert second.title in text
        assert at("compare", site, first, second) in text
    text = hub.get(at("innovation", site, factories.innovation(site, "Else"))).content.decode()
    assert "Similar ideas" not in text


def test_two_ideas_side_by_side(hub, site, pair):
    first, second = pair
    text = hub.get(at("compare", site, first, second)).content.decode()
    assert "A thin sensor under the heel" in text
    assert "There is only the title." in text
    assert "Looks the same" in text
    for one, other in (pair, reversed(pair)):
        decide = at("decide", site, one)
        assert f"{decide}?kind=merge&amp;into={other.ref}" in text
    assert text.count("<h1") == 1


def test_an_ended_idea_cannot_be_merged_nor_merged_into(hub, site, pair):
    first, second = pair
    submissions.withdraw(submission=second.submission, by=BY)
    text = hub.get(at("compare", site, first, second)).content.decode()
    assert "kind=merge" not in text


def test_any_two_ideas_can_be_compared_but_not_one_with_itself(hub, site, pair):
    first, _ = pair
    other = factories.innovation(site, "Carers stay during the memory clinic")
    text = hub.get(at("compare", site, first, other)).content.decode()
    assert other.title in text
    assert "Not the same" not in text
    assert hub.get(at("compare", site, first, first)).status_code == 404


def test_not_the_same_and_after_all(hub, site, pair):
    first, second = pair
    page = hub.post(at("not_the_same", site, first, second), {"next": first.get_absolute_url()})
    assert page["Location"] == first.get_absolute_url()
    assert second.title not in hub.get(first.get_absolute_url()).content.decode()
    text = hub.get(at("compare", site, first, second)).content.decode()
    assert "are not the same" in text
    again = hub.post(at("not_the_same", site, first, second), follow=True)
    assert "already" in again.content.decode()
    hub.post(at("similar_after_all", site, first, second))
    assert second.title in hub.get(first.get_absolute_url()).content.decode()
    assert SimilarIdea.objects.count() == 2


def test_whoever_reads_only_compares_and_says_nothing(sign_in, site, pair):
    first, second = pair
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    text = client.get(at("compare", site, first, second)).content.decode()
    assert "Not the same" not in text
    assert "kind=merge" not in text
    assert client.post(at("not_the_same", site, first, second)).status_code == 403
    assert client.get(at("publish", site, first)).status_code == 403
    assert client.get(at("introduce", site, first)).status_code == 403


def test_a_confidential_idea_is_hidden_from_whoever_may_not_read_it(sign_in, site, pair):
    first, second = pair
    Innovation.objects.filter(pk=second.pk).update(is_confidential=True)
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    text = client.get(at("innovation", site, first)).content.decode()
    assert second.title not in text
    assert "Similar ideas" not in text
    assert client.get(at("compare", site, first, second)).status_code == 404
    found = client.post(at("similar_typed", site), {"title": second.title}, **HTMX)
    assert second.ref not in found.content.decode()


# -- publishing -------------------------------------------------------------------------
def test_publish_change_and_take_back(hub, site):
    TriageSettings.objects.create(site=site, shows_published=True)
    idea = factories.innovation(site, SENSOR)
    text = hub.get(idea.get_absolute_url()).content.decode()
    assert at("publish", site, idea) in text
    url = at("publish", site, idea)
    assert hub.get(url).status_code == 200
    page = hub.post(url, {"summary": "A sensor.", "version": idea.version})
    assert page["Location"] == idea.get_absolute_url()
    idea.refresh_from_db()
    assert idea.public_summary == "A sensor."
    assert "A sensor." in hub.get(url).content.decode()
    stale = hub.post(url, {"summary": "Another.", "version": 1})
    assert stale.status_code == 422
    assert "Another." in stale.content.decode()
    hub.post(url, {"action": "unpublish"})
    idea.refresh_from_db()
    assert idea.published_at is None


def test_bad_summaries_come_back_with_what_was_typed(hub, site):
    idea = factories.innovation(site, SENSOR)
    url = at("publish", site, idea)
    for summary in ("", "x" * 501, "Ring 943 476 5919 for more"):
        page = hub.post(url, {"summary": summary, "version": idea.version})
        assert page.status_code == 422
        assert "There is a problem" in page.content.decode()
        assert summary in page.content.decode()
    fine = {"summary": "Ring 943 476 5919", "version": idea.version}
    assert hub.post(url, {**fine, "not_nhs_numbers": "9434765919"}).status_code == 302


def test_a_confidential_idea_says_why_it_cannot_be_published(hub, site):
    idea = factories.innovation(site, SENSOR, is_confidential=True)
    text = hub.get(at("publish", site, idea)).content.decode()
    assert "confidential, so nothing" in text
    assert "<textarea" not in text
    assert hub.post(at("publish", site, idea), {"summary": "x"}).status_code == 422


def test_publishing_is_out_of_sight_where_nothing_is_shown(hub, site):
    idea = factories.innovation(site, SENSOR)
    assert at("publish", site, idea) not in hub.get(idea.get_absolute_url()).content.decode()


# -- the front door -----------------------------------------------------------------------
def draft_at(site, **answers):
    draft = submissions.start_draft(submitter_kind="public", entry_site=site, by=BY)
    given = {
        "sites": [site.code],
        "title": SENSOR,
        "problem": "Damage is seen late",
        "for_whom": "Patients",
        "idea": "A thin sensor",
        "is_confidential": False,
    }
    draft = submissions.save_draft(
        draft=draft,
        answers={**given, **answers},
        person={"name": "Test Sender", "email": "sender@test.example"},
        by=BY,
    )
    return links.make_token(links.DRAFT, draft.ref)


def step(token, name):
    return reverse("portfolio:draft_step", kwargs={"token": token, "step": name})


def typed(token):
    return reverse("portfolio:draft_similar", kwargs={"token": token})


def test_a_visitor_learns_nothing_by_default(client, site, pair):
    publishing.publish(innovation=pair[0], summary=SENSOR, by=BY)
    token = draft_at(site)
    for url in (step(token, "idea"), step(token, "check")):
        text = client.get(url).content.decode()
        assert typed(token) not in text
        assert "may be like your idea" not in text
    page = client.post(typed(token), {"title": SENSOR}, **HTMX)
    assert pair[0].ref not in page.content.decode()
    assert "Nothing like this was found" in page.content.decode()


@pytest.mark.parametrize("role", [None, Role.STAFF])
def test_a_visitor_reads_only_what_was_published(client, site, pair, role):
    """Nobody who may not read the portfolio sees a title, a number or a state, however they ask."""
    TriageSettings.objects.create(site=site, shows_published=True)
    publishing.publish(innovation=pair[0], summary="Early pressure damage sensor, in use", by=BY)
    if role:
        client.force_login(factories.member(site, role), backend="accounts.backends.EmailBackend")
    token = draft_at(site)
    pages = [
        client.get(step(token, "idea")),
        client.get(step(token, "check")),
        client.post(typed(token), {"title": SENSOR}, **HTMX),
        client.post(typed(token), {"title": "Sensor early pressure damage"}, **HTMX),
    ]
    for page in pages:
        text = page.content.decode()
        assert "Early pressure damage sensor, in use" in text
        assert pair[0].ref not in text
        assert pair[1].ref not in text
        assert pair[1].title not in text
        assert "Waiting for triage" not in text
        assert "/innovations/" not in text.replace('href="/', "/") or role
    hidden = client.post(typed(token), {"title": pair[1].title, "idea": "thin heel"}, **HTMX)
    assert pair[1].title not in hidden.content.decode()


def test_whoever_reads_the_portfolio_sees_records_at_the_front_door(hub, site, pair):
    token = draft_at(site)
    text = hub.get(step(token, "idea")).content.decode()
    assert typed(token) in text
    assert pair[0].get_absolute_url() in text
    assert pair[0].get_absolute_url() in hub.get(step(token, "check")).content.decode()
    page = hub.post(typed(token), {"title": SENSOR}, **HTMX)
    assert pair[0].get_absolute_url() in page.content.decode()


def test_a_reader_of_one_site_sees_nothing_of_another(client, site, other_site, pair):
    reader = factories.member(other_site)
    client.force_login(reader, backend="accounts.backends.EmailBackend")
    token = draft_at(site)
    page = client.post(typed(token), {"title": SENSOR}, **HTMX)
    assert pair[0].ref not in page.content.decode()


def test_no_draft_no_answer(client):
    assert client.post(typed("no-token"), {"title": SENSOR}, **HTMX).status_code in {404, 410}


# -- elsewhere ------------------------------------------------------------------------------
@pytest.fixture
def elsewhere(site, other_site):
    network = factories.NetworkFactory()
    factories.place(network, site)
    for one in (other_site, factories.SiteFactory()):
        factories.place(network, one)
        TriageSettings.objects.create(site=one, offers_introductions=True)
    theirs = factories.innovation(other_site, f"{SENSOR}!")
    mine = factories.innovation(site, SENSOR)
    introductions.look_elsewhere(innovation=mine, by=BY)
    return mine, theirs


def test_a_team_elsewhere_works_on_this(hub, site, other_site, elsewhere):
    mine, theirs = elsewhere
    pages = [hub.get(at(name, site, mine)) for name in ("innovation", "triage_item", "introduce")]
    for page in pages:
        text = page.content.decode()
        assert "A team elsewhere" in text
        for secret in (other_site.name, other_site.code, other_site.slug, theirs.ref, theirs.title):
            assert secret not in text
    page = hub.post(at("introduce", site, mine), follow=True)
    assert "You asked a team elsewhere" in page.content.decode()
    assert other_site.name not in page.content.decode()
    assert Enquiry.objects.get().site == other_site
    again = hub.post(at("introduce", site, mine))
    assert again.status_code == 422
    assert "asked already" in again.content.decode()
    text = hub.get(reverse("accounts:audit", kwargs={"site": site.slug})).content.decode()
    assert "An introduction to a team elsewhere was asked for" in text
    assert other_site.name not in text


def test_the_other_desk_reads_who_asks_and_which_of_its_ideas(elsewhere, hub_user, other_site):
    mine, theirs = elsewhere
    introductions.ask_for_introduction(innovation=mine, user=hub_user, by=hub_user.actor)
    desk = Client()
    desk.force_login(factories.member(other_site), backend="accounts.backends.EmailBackend")
    text = desk.get(Enquiry.objects.get().get_absolute_url()).content.decode()
    assert theirs.ref in text
    assert hub_user.person.email in text
    assert mine.ref not in text
    assert f">{SENSOR}<" not in text


def test_only_the_desk_hears_of_it(sign_in, site, elsewhere):
    mine, _ = elsewhere
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    assert "A team elsewhere" not in client.get(at("innovation", site, mine)).content.decode()


def test_nobody_to_ask_is_a_sentence(hub, site):
    idea = factories.innovation(site, SENSOR)
    assert "nobody to ask" in hub.get(at("introduce", site, idea)).content.decode()
    page = hub.post(at("introduce", site, idea))
    assert page.status_code == 422
    assert "nobody to ask" in page.content.decode()
