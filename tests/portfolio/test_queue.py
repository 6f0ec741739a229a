"""The queue and the portfolio: what waits, in order, filtered, for who may see it."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from hubapp import hooks
from hubapp.actors import link
from portfolio.models import Innovation
from portfolio.queries.work import WORK_SHOWN
from portfolio.services import decisions, enquiries, innovations, messages, submissions
from portfolio.words import due_in_words
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


def url(name, site, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **more})


def titles(response):
    return [row["innovation"].title for row in response.context["rows"]]


def ask(innovation):
    reason = factories.reason(innovation.site, "ask")
    return decisions.decide(
        innovation=innovation, kind="ask", reason_code=reason.code, words="Tell us more.", by=TEST
    )


def decline(innovation):
    reason = factories.reason(innovation.site, "decline")
    return decisions.decide(
        innovation=innovation, kind="decline", reason_code=reason.code, words="No.", by=TEST
    )


def test_what_waits_oldest_first_and_nothing_else(hub, site, other_site):
    with time_machine.travel("2026-11-02T09:00Z", tick=False):
        older = factories.innovation(site, "Older")
    factories.innovation(site, "Newer")
    ask(older)
    decline(factories.innovation(site, "Declined"))
    factories.innovation(other_site, "Foreign")
    response = hub.get(url("triage", site))
    assert titles(response) == ["Older", "Newer"]
    assert "Foreign" not in response.content.decode()


def test_filters_by_state_type_assignee_and_text(hub, hub_user, site):
    colleague = factories.member(site)
    mine = factories.innovation(site, "Frozen café labels", innovation_type="device")
    theirs = factories.innovation(site, "Rota app", innovation_type="digital")
    ask(factories.innovation(site, "Asked"))
    innovations.assign(innovation=mine, to=hub_user, by=TEST)
    innovations.assign(innovation=theirs, to=colleague, by=TEST)
    for query, expected in (
        ("state=asked", ["Asked"]),
        ("type=device", ["Frozen café labels"]),
        ("type=not-said", ["Asked"]),
        ("assignee=me", ["Frozen café labels"]),
        ("assignee=nobody", ["Asked"]),
        (f"assignee={colleague.ref}", ["Rota app"]),
        ("q=CAFE+frozen", ["Frozen café labels"]),
        (f"q={theirs.ref}", ["Rota app"]),
        ("state=nonsense", ["Frozen café labels", "Rota app", "Asked"]),
        ("state=waiting&type=digital&assignee=me", []),
        ("q=%F0%9F%98%80", []),
        (f"q={'x' * 5000}", []),
    ):
        assert titles(hub.get(url("triage", site) + f"?{query}")) == expected, query


def test_pages_of_25_go_on_where_the_last_one_stopped(hub, site):
    for number in range(27):
        factories.innovation(site, f"Idea {number:02}")
    first = hub.get(url("triage", site) + "?state=waiting")
    assert len(titles(first)) == 25
    second = hub.get(url("triage", site) + first.context["older"])
    assert titles(second) == ["Idea 25", "Idea 26"]
    assert titles(hub.get(url("triage", site) + second.context["newer"])) == titles(first)


@pytest.mark.parametrize("name", ["triage", "innovations", "enquiries"])
def test_a_list_costs_the_same_with_one_row_and_with_three(
    hub, hub_user, site, name, count_queries
):
    def add():
        idea = factories.innovation(site, email="ann@test.example")
        innovations.assign(innovation=idea, to=hub_user, by=TEST)
        messages.write_to_hub(innovation=idea, body="Hello", by=link(idea.submission.ref))
        enquiry = enquiries.log(site=site, kind="bid", subject="Help", name="Ann", by=TEST)
        enquiries.assign(enquiry=enquiry, to=hub_user, by=TEST)

    add()
    hub.get(url(name, site))
    with count_queries() as one:
        hub.get(url(name, site))
    add()
    add()
    with count_queries() as three:
        hub.get(url(name, site))
    assert len(one) == len(three) <= 12


def test_one_idea_costs_the_same_however_much_happened(hub, hub_user, site, count_queries):
    idea = factories.innovation(site, email="ann@test.example")
    page = idea.get_absolute_url()

    def happen():
        messages.write_to_hub(innovation=idea, body="Hello", by=link(idea.submission.ref))
        for to in (hub_user, None):
            innovations.assign(innovation=idea, to=to, by=hub_user.actor)
        decisions.undo(decision=ask(idea), by=hub_user.actor)

    happen()
    with count_queries() as one:
        hub.get(page)
    happen()
    happen()
    with count_queries() as three:
        hub.get(page)
    assert len(one) == len(three) <= 12


def test_an_idea_opens_beside_the_queue_with_and_without_scripts(hub, site):
    idea = factories.innovation(site, "Labels", problem="They fall off.")
    factories.innovation(site, "Another")
    whole = hub.get(url("triage_item", site, ref=idea.ref))
    assert titles(whole) == ["Labels", "Another"]
    assert "They fall off." in whole.content.decode()
    panel = hub.get(url("triage_item", site, ref=idea.ref), headers={"HX-Request": "true"})
    html = panel.content.decode()
    assert "They fall off." in html
    assert "<html" not in html
    assert "Another" not in html
    assert "HX-Request" in panel["Vary"]
    rows = hub.get(url("triage", site), headers={"HX-Request": "true"}).content.decode()
    assert "Another" in rows
    assert "<h1" not in rows


def test_a_reference_in_lower_case_is_understood(hub, site):
    idea = factories.innovation(site)
    assert hub.get(url("innovation", site, ref=idea.ref.lower())).status_code == 200


def test_what_the_submitter_wrote_last_is_marked_until_answered(hub, hub_user, site):
    idea = factories.innovation(site, email="ann@test.example")

    def marked():
        return [row["new"] for row in hub.get(url("triage", site)).context["rows"]]

    assert marked() == [False]
    messages.write_to_hub(innovation=idea, body="Any news?", by=link(idea.submission.ref))
    assert marked() == [True]
    messages.write_to_submitter(innovation=idea, body="Soon.", by=hub_user.actor)
    assert marked() == [False]
    messages.write_to_hub(innovation=idea, body="When?", by=link(idea.submission.ref))
    ask(idea)
    assert marked() == [False]


def test_due_dates_in_words():
    def due(on, today):
        said = due_in_words(Innovation(due_on=on), dt.date.fromisoformat(today))
        return (said.words, said.late)

    thursday = dt.date(2026, 12, 3)
    assert due(thursday, "2026-11-20") == ("Due 3 December", False)
    assert due(thursday, "2026-12-03") == ("Due today", False)
    assert due(thursday, "2026-12-04") == ("Overdue by 1 working day", True)
    assert due(thursday, "2026-12-09") == ("Overdue by 4 working days", True)
    assert due(dt.date(2026, 12, 4), "2026-12-05") == ("Was due 4 December", True)
    assert due(dt.date(2027, 1, 4), "2026-12-05") == ("Due 4 January 2027", False)
    assert due_in_words(Innovation(due_on=None)) is None


def test_the_queue_counts_what_is_not_confirmed_and_open_enquiries(hub, site, other_site):
    for where, count in ((site, 2), (other_site, 1)):
        for _ in range(count):
            draft = submissions.start_draft(submitter_kind="staff", entry_site=where, by=TEST)
            submissions.save_draft(
                draft=draft,
                answers={"problem": "P", "idea": "Unconfirmed words", "sites": [where.code]},
                person={"name": "Ann", "email": "ann@test.example"},
                by=TEST,
            )
            submissions.send_draft(draft=draft, by=TEST)
        enquiries.log(site=where, kind="bid", subject="Help", by=TEST)
    response = hub.get(url("triage", site))
    assert (response.context["unconfirmed"], response.context["open_enquiries"]) == ("2", "1")
    # A number only: what was sent is not read before its sender confirmed it.
    assert "Unconfirmed words" not in response.content.decode()


def test_an_empty_queue_says_how_ideas_come_in(hub, site):
    html = hub.get(url("triage", site)).content.decode()
    assert f"/submit/{site.slug}/" in html
    assert url("add", site) in html
    assert (
        "No idea matches your filters" in hub.get(url("triage", site) + "?q=zebra").content.decode()
    )


def test_executives_and_ppie_leads_read_the_portfolio_and_not_the_queue(sign_in, site):
    factories.innovation(site, "Open to read")
    factories.innovation(site, "Secret formula", is_confidential=True)
    for role in (Role.EXECUTIVE, Role.PPIE_LEAD):
        client = sign_in(factories.member(site, role))
        assert titles(client.get(url("innovations", site))) == ["Open to read"]
        assert client.get(url("triage", site)).status_code == 403


def test_reviewers_see_what_is_assigned_to_them(sign_in, site):
    reviewer = factories.member(site, Role.REVIEWER)
    theirs = factories.innovation(site, "Theirs", is_confidential=True)
    other = factories.innovation(site, "Not theirs")
    innovations.assign(innovation=theirs, to=reviewer, by=TEST)
    client = sign_in(reviewer)
    assert titles(client.get(url("innovations", site))) == ["Theirs"]
    assert client.get(theirs.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url()).status_code == 404
    assert client.get(url("assess", site, ref=theirs.ref)).status_code == 200
    assert client.get(url("decide", site, ref=theirs.ref)).status_code == 403


def test_the_portfolio_has_every_state(hub, site):
    decline(factories.innovation(site, "Declined"))
    factories.innovation(site, "Waiting")
    assert titles(hub.get(url("innovations", site))) == ["Declined", "Waiting"]
    assert titles(hub.get(url("innovations", site) + "?state=declined")) == ["Declined"]


PAGES = ("triage_item", "innovation", "assign", "assess", "decide", "message", "correct", "redact")


def without_tokens(response):
    """The page but for the tokens against forged forms, which are new each time."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", response.content)


def test_foreign_missing_and_hidden_ideas_are_the_same_nothing(hub, sign_in, site, other_site):
    foreign = factories.innovation(other_site, "Foreign")
    for name in PAGES:
        missing = hub.get(url(name, site, ref="0000000000"))
        hidden = hub.get(url(name, site, ref=foreign.ref))
        assert (missing.status_code, hidden.status_code) == (404, 404), name
        assert without_tokens(missing) == without_tokens(hidden), name
        assert hub.get(url(name, other_site, ref=foreign.ref)).status_code == 404
    secret = factories.innovation(site, "Secret", is_confidential=True)
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    for name in PAGES:
        assert client.get(url(name, site, ref=secret.ref)).status_code == 404, name


def test_assigning_to_oneself_and_who_was_quicker(hub, hub_user, site):
    idea = factories.innovation(site)
    colleague = factories.member(site)
    page = url("assign", site, ref=idea.ref)
    hub.post(page, {"to": "me", "had": "nobody"})
    idea.refresh_from_db()
    assert idea.assignee == hub_user
    innovations.assign(innovation=idea, to=colleague, by=TEST)
    response = hub.post(page, {"to": "me", "had": "nobody"}, follow=True)
    idea.refresh_from_db()
    assert idea.assignee == colleague
    assert "looks after this idea since you opened the page" in response.content.decode()
    hub.post(page, {"to": "nobody", "had": colleague.ref})
    idea.refresh_from_db()
    assert idea.assignee is None


def test_assigning_goes_back_only_to_pages_of_ours(hub, site):
    idea = factories.innovation(site)
    page = url("assign", site, ref=idea.ref)
    back = url("triage_item", site, ref=idea.ref) + "?q=label"
    assert hub.post(page, {"to": "me", "next": back}).url == back
    for wanted in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:x"):
        assert hub.post(page, {"to": "nobody", "next": wanted}).url == idea.get_absolute_url()


def test_somebody_of_another_site_cannot_be_given_an_idea(hub, site, other_site):
    idea = factories.innovation(site)
    stranger = factories.member(other_site)
    response = hub.post(url("assign", site, ref=idea.ref), {"to": stranger.ref})
    assert response.status_code == 422


def test_my_work_lists_what_i_hold_and_what_is_overdue(hub_user, site, other_site):
    with time_machine.travel("2026-06-01T09:00Z", tick=False):
        late = factories.innovation(site, "Late")
        factories.innovation(other_site, "Late elsewhere")
    mine = factories.innovation(site, "Mine")
    innovations.assign(innovation=mine, to=hub_user, by=TEST)
    found = {work.heading: work for hook in hooks.work for work in hook(hub_user)}
    assert [item.title for item in found["Ideas assigned to you"].items] == ["Mine"]
    [overdue] = found["Overdue ideas"].items
    assert (overdue.title, overdue.overdue, overdue.href) == ("Late", True, late.get_absolute_url())


def test_my_work_names_what_nobody_looks_after_at_my_desk(hub_user, site, other_site):
    waits = factories.innovation(site, "Nobody's yet")
    factories.innovation(other_site, "Elsewhere")
    enquiry = enquiries.log(site=site, kind="question", subject="Who runs the clinic?", by=TEST)
    found = {work.heading: work for hook in hooks.work for work in hook(hub_user)}
    [idea] = found["Ideas nobody looks after yet"].items
    assert (idea.title, idea.href) == ("Nobody's yet", waits.get_absolute_url())
    [asked] = found["Enquiries nobody looks after yet"].items
    assert asked.href == enquiry.get_absolute_url()


def test_my_work_links_to_the_rest_of_a_long_list(hub_user, site):
    for number in range(WORK_SHOWN + 1):
        factories.innovation(site, f"Idea {number}")
    [work] = [work for hook in hooks.work for work in hook(hub_user)]
    assert (len(work.items), work.count) == (WORK_SHOWN, f"{WORK_SHOWN + 1}")
    assert work.more_href == f"/{site.slug}/triage/?assignee=nobody"


def test_my_work_links_to_the_rest_at_each_of_several_sites(hub_user, site, other_site):
    hub_user = factories.member(other_site, user=hub_user)
    for number in range(WORK_SHOWN + 1):
        factories.innovation(site, f"Idea {number}")
    [work] = [work for hook in hooks.work for work in hook(hub_user)]
    assert set(work.more_at) == {
        (site.name, f"/{site.slug}/triage/?assignee=nobody"),
        (other_site.name, f"/{other_site.slug}/triage/?assignee=nobody"),
    }


def test_an_executive_is_not_asked_to_take_ideas(site):
    factories.innovation(site, "Nobody's yet")
    executive = factories.member(site, Role.EXECUTIVE)
    assert not [work for hook in hooks.work for work in hook(executive)]


def test_adding_takes_one_line_and_a_double_press_adds_one(hub, site):
    page = url("add", site)
    key = hub.get(page).context["form"]["once_key"].value()
    first = hub.post(page, {"title": "Told me in the lift", "once_key": key})
    second = hub.post(page, {"title": "Told me in the lift", "once_key": key})
    assert first.url == second.url
    idea = Innovation.objects.get()
    assert (idea.title, idea.channel) == ("Told me in the lift", "hub")
    assert "Added" in hub.get(first.url).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Enter the idea in one line"),
        ({"title": "x" * 400}, "must be"),
        ({"title": "A", "email": "not an address"}, "must be an email address"),
        ({"title": "A", "idea": "y" * 100_000}, "must be 20000 characters or fewer"),
        ({"title": "Patient 943 476 5919 waits"}, "looks like an NHS number"),
    ],
)
def test_a_wrong_idea_gets_a_sentence_and_keeps_what_was_typed(hub, site, typed, sentence):
    response = hub.post(url("add", site), typed)
    assert response.status_code == 422
    html = response.content.decode()
    assert sentence in html
    assert typed["title"][:100] in html
    assert not Innovation.objects.exists()


def test_texts_are_shown_as_text(hub, site):
    idea = factories.innovation(
        site, "<script>alert(1)</script> 😀 שלום", idea="One.\n\n<b>Two</b>"
    )
    for page in (
        idea.get_absolute_url(),
        url("triage", site),
        url("triage_item", site, ref=idea.ref),
    ):
        html = hub.get(page).content.decode()
        assert "<script>alert" not in html
        assert "😀 שלום" in html
    assert "<p>One.</p>" in html
    assert "&lt;b&gt;Two" in html
