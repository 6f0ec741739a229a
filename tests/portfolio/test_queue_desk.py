"""What one does at the queue: views, several ideas at once, the next one, who has what open, keys, files."""

import csv
import io
import threading

import pytest
import time_machine
from django.db import close_old_connections, connection
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import Role
from accounts.models import User
from hubapp.events.models import Event
from portfolio.models import Innovation, InnovationLabel, Message, Presence, SavedView
from portfolio.queries.exports import COLUMNS
from portfolio.services import classification, decisions, innovations, interests, presence, take
from portfolio.services import views as saved_views
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


def url(name, site, **more):
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **more})


def titles(response):
    return [row["innovation"].title for row in response.context["rows"]]


def said(response):
    """What the page after a redirect says at its top."""
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def colleague(site):
    return factories.member(site)


# -- named views ----------------------------------------------------------------------
def test_ready_made_views_need_no_rows(hub, hub_user, site, colleague):
    with time_machine.travel("2026-03-02T10:00Z"):
        factories.innovation(site, "Old")
    mine = innovations.assign(innovation=factories.innovation(site, "Mine"), to=hub_user, by=TEST)
    asked = factories.innovation(site, "Asked")
    reason = factories.reason(site, "ask")
    decisions.decide(innovation=asked, kind="ask", reason_code=reason.code, words="?", by=TEST)
    assert mine
    for slug, expected in (
        ("new", ["Mine", "Asked"]),
        ("mine", ["Mine"]),
        ("overdue", ["Old"]),
        ("waiting", ["Asked"]),
        ("unassigned", ["Old", "Asked"]),
    ):
        response = hub.get(url("view", site, slug=slug))
        assert titles(response) == expected, slug
        assert response.context["shown"].slug == slug
    assert hub.get(url("view", site, slug="nothing")).status_code == 404
    assert not SavedView.objects.exists()


def test_a_view_is_saved_opened_renamed_shared_and_deleted(hub, hub_user, site):
    factories.innovation(site, "Digital one", innovation_type="digital")
    factories.innovation(site, "Other")
    add = url("add_view", site) + "?type=digital&order=due&nonsense=1"
    assert "Type: Digital" in hub.get(add).content.decode()
    response = hub.post(add, {"name": "  Digital   ideas! "}, follow=True)
    view = SavedView.objects.get()
    assert (view.name, view.slug, view.query) == (
        "Digital ideas!",
        "digital-ideas",
        "type=digital&order=due",
    )
    assert (view.owner, view.is_shared) == (hub_user, False)
    assert response.request["PATH_INFO"] == url("view", site, slug="digital-ideas")
    assert titles(response) == ["Digital one"]
    # The same filters in the address are recognised as the view.
    assert (
        hub.get(url("triage", site) + "?order=due&type=digital").context["shown"].slug == view.slug
    )
    edit = url("edit_view", site, slug=view.slug)
    assert hub.get(edit).status_code == 200
    response = hub.post(edit, {"name": "Ours", "is_shared": "on", "version": view.version})
    view.refresh_from_db()
    assert (view.name, view.slug, view.is_shared, view.version) == ("Ours", "ours", True, 2)
    assert response.url == url("view", site, slug="ours")
    stale = hub.post(url("edit_view", site, slug="ours"), {"name": "Mine again", "version": 1})
    assert stale.status_code == 422
    assert "Somebody else changed this view" in stale.content.decode()
    assert 'value="Mine again"' in stale.content.decode()
    hub.post(url("delete_view", site, slug="ours"))
    assert not SavedView.objects.exists()
    assert [
        event.verb for event in Event.objects.filter(verb__startswith="view.").order_by("id")
    ] == [
        "view.saved",
        "view.changed",
        "view.deleted",
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Enter a name for the view"),
        ("x" * 80, "60 characters or fewer"),
        ("Mine", "There is a view of this name already"),
        ("TAKEN", "There is a view of this name already"),
    ],
)
def test_a_name_that_will_not_do(hub, hub_user, site, name, sentence):
    saved_views.save_view(site=site, owner=hub_user, name="Taken", query="", by=TEST)
    response = hub.post(url("add_view", site) + "?type=digital", {"name": name, "is_shared": "on"})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Type: Digital" in response.content.decode()
    assert SavedView.objects.count() == 1


def test_a_name_without_letters_has_an_address_all_the_same(hub_user, site):
    view = saved_views.save_view(site=site, owner=hub_user, name="✨", query="", by=TEST)
    assert view.slug == view.ref.lower()


def test_views_are_ones_own_until_they_are_shared(hub, site, other_site, colleague):
    theirs = saved_views.save_view(site=site, owner=colleague, name="Theirs", query="", by=TEST)
    stranger = factories.member(other_site)
    saved_views.save_view(
        site=other_site, owner=stranger, name="Foreign", query="", is_shared=True, by=TEST
    )
    for name in ("view", "edit_view"):
        assert hub.get(url(name, site, slug="theirs")).status_code == 404
        assert hub.get(url(name, site, slug="foreign")).status_code == 404
    assert hub.post(url("delete_view", site, slug="theirs")).status_code == 404
    assert "Theirs" not in hub.get(url("triage", site)).content.decode()
    saved_views.change_view(view=theirs, is_shared=True, by=TEST)
    assert hub.get(url("view", site, slug="theirs")).status_code == 200
    html = hub.get(url("triage", site)).content.decode()
    assert ">Theirs</a>" in html
    assert "Foreign" not in html


# -- several at once --------------------------------------------------------------------
def press(client, site, do, ideas=(), follow=True, **data):
    return client.post(
        url("bulk", site), {"do": do, "idea": [idea.ref for idea in ideas], **data}, follow=follow
    )


def test_several_are_assigned_tagged_prioritised(hub, hub_user, site, colleague):
    ideas = [factories.innovation(site, f"Idea {n}") for n in range(3)]
    innovations.assign(innovation=Innovation.objects.get(pk=ideas[0].pk), to=colleague, by=TEST)
    response = press(hub, site, "assign", ideas, to=colleague.ref, query="type=not-said")
    assert said(response) == [
        f"2 ideas assigned to {colleague}. 1 idea left alone, assigned so already: “Idea 0”."
    ]
    # The filters are still on.
    assert response.request["QUERY_STRING"] == "type=not-said"
    mine = press(hub, site, "assign", ideas[:1], to="me")
    assert said(mine) == ["1 idea assigned to you."]
    nobodys = press(hub, site, "assign", ideas[1:2], to="nobody")
    assert said(nobodys) == ["1 idea assigned to nobody."]
    assert [Innovation.objects.get(pk=idea.pk).assignee for idea in ideas] == [
        hub_user,
        None,
        colleague,
    ]
    tagged = press(hub, site, "tag", ideas, tag="Winter  Beds")
    assert said(tagged) == ["3 ideas tagged “winter beds”."]
    assert set(InnovationLabel.objects.values_list("value", flat=True)) == {"winter beds"}
    assert said(press(hub, site, "tag", ideas[:1], tag="winter beds")) == [
        "No idea tagged “winter beds”. 1 idea left alone, had it already: “Idea 0”."
    ]
    high = press(hub, site, "priority", ideas, priority="high")
    assert said(high) == ["3 ideas given high priority."]
    assert set(Innovation.objects.values_list("priority", flat=True)) == {"high"}
    none = press(hub, site, "priority", ideas, priority="")
    assert said(none) == ["3 ideas left without a priority."]
    assert set(Innovation.objects.values_list("priority", flat=True)) == {""}


def test_a_tag_in_the_banner_is_words_and_no_markup(hub, site):
    response = press(hub, site, "tag", [factories.innovation(site)], tag="<b>beds</b>")
    html = response.content.decode()
    assert "1 idea tagged “&lt;b&gt;beds&lt;/b&gt;”." in html
    assert "<b>beds" not in html


def test_acknowledging_names_those_left_alone(hub, site, hub_user):
    waits = factories.innovation(site, "Waits", email="a@test.example")
    nobody = factories.innovation(site, "Nobody to write to")
    done = factories.innovation(site, "Done", email="b@test.example")
    press(hub, site, "acknowledge", [done])
    response = press(hub, site, "acknowledge", [waits, nobody, done])
    [sentence] = said(response)
    assert sentence.startswith("1 idea acknowledged.")
    assert "acknowledged already: “Done”" in sentence
    assert "there is nobody to write to: “Nobody to write to”" in sentence
    assert Message.objects.filter(innovation=waits).count() == 1


def test_nothing_ticked_and_things_that_will_not_do(hub, site, other_site):
    idea, foreign = factories.innovation(site, "Here"), factories.innovation(other_site, "Foreign")
    for ideas in ([], [foreign]):
        assert said(press(hub, site, "priority", ideas, priority="high")) == [
            "Tick at least one idea, then press the button again."
        ]
    for do, data in (
        ("tag", {"tag": "  "}),
        ("tag", {"tag": "x" * 90}),
        ("priority", {"priority": "huge"}),
        ("assign", {"to": factories.member(other_site).ref}),
        ("assign", {}),
    ):
        response = press(hub, site, do, [idea], **data)
        assert response.status_code == 422, do
        html = response.content.decode()
        assert "There is a problem" in html
        # What was ticked is still there.
        assert f'name="idea" value="{idea.ref}"' in html
    assert said(press(hub, site, "erase", [idea])) == ["Press one of the buttons below the list."]
    foreign.refresh_from_db()
    assert foreign.priority == ""
    assert (
        "Foreign"
        not in press(hub, site, "priority", [idea, foreign], priority="low").content.decode()
    )


def test_more_than_a_page_is_confirmed_first_by_filter_and_not_by_ids(hub, site):
    for number in range(28):
        factories.innovation(site, f"Idea {number}", innovation_type="digital")
    other = factories.innovation(site, "Other", innovation_type="device")
    data = {"do": "priority", "priority": "low", "all": "1", "query": "type=digital"}
    asked = hub.post(url("bulk", site), data)
    assert asked.status_code == 200
    html = asked.content.decode()
    assert "Set the priority of 28 ideas?" in html
    assert "and 23 more" in html
    assert not Innovation.objects.filter(priority="low").exists()
    # One more came in since: it is asked again, with the new number.
    factories.innovation(site, "Late", innovation_type="digital")
    again = hub.post(url("bulk", site), {**data, "confirmed": "28"})
    assert "29 ideas?" in again.content.decode()
    done = hub.post(url("bulk", site), {**data, "confirmed": "29"}, follow=True)
    assert said(done) == ["29 ideas given low priority."]
    other.refresh_from_db()
    assert other.priority == ""


def test_a_press_changes_500_at_most(hub, site, monkeypatch):
    monkeypatch.setattr("portfolio.services.bulk.MOST", 3)
    for number in range(5):
        factories.innovation(site, f"Idea {number}")
    press(hub, site, "priority", all="1", priority="low")
    assert (
        list(Innovation.objects.order_by("pk").values_list("priority", flat=True))
        == ["low"] * 3 + [""] * 2
    )


def test_executives_do_nothing_to_several(sign_in, site):
    idea = factories.innovation(site)
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    assert press(client, site, "priority", [idea], priority="low").status_code == 403


def test_the_page_has_a_box_for_each_row_and_one_form(hub, site):
    idea = factories.innovation(site, "Labels")
    html = hub.get(url("triage", site)).content.decode()
    assert f'<input type="checkbox" name="idea" value="{idea.ref}">' in html
    assert "Select Labels" in html
    assert f'action="{url("bulk", site)}"' in html


# -- take the next ----------------------------------------------------------------------
def test_the_next_is_the_one_due_soonest_that_is_free(hub, hub_user, site, other_site, colleague):
    def add(title, at):
        with time_machine.travel(at, tick=False):
            return factories.innovation(site, title)

    declared = add("Declared", "2026-01-05T09:00Z")
    interests.declare(innovation=declared, user=hub_user, nature="personal", by=TEST)
    opened = add("Open with somebody", "2026-01-06T09:00Z")
    presence.seen(innovation=opened, user=colleague)
    asked = add("Asked", "2026-01-07T09:00Z")
    reason = factories.reason(site, "ask")
    decisions.decide(innovation=asked, kind="ask", reason_code=reason.code, words="?", by=TEST)
    taken = add("Somebody's", "2026-01-08T09:00Z")
    innovations.assign(innovation=taken, to=colleague, by=TEST)
    factories.innovation(other_site, "Elsewhere")
    newer = factories.innovation(site, "Newer")
    ended = add("Interest ended", "2026-01-09T09:00Z")
    interests.declare(innovation=ended, user=hub_user, nature="personal", by=TEST)
    interests.withdraw(innovation=ended, user=hub_user, by=TEST)
    got = []
    for _ in range(2):
        response = hub.post(url("take_next", site), follow=True)
        got.append(response.context["panel"]["innovation"].title)
        assert "You look after this idea now" in said(response)[0]
    assert got == ["Interest ended", "Newer"]
    newer.refresh_from_db()
    assert newer.assignee == hub_user
    assert "There is nothing to take" in said(hub.post(url("take_next", site), follow=True))[0]


def test_whoever_comes_second_gets_the_next(site, hub_user, colleague, monkeypatch):
    first, second = factories.innovation(site, "First"), factories.innovation(site, "Second")
    stale = list(Innovation.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk"))
    innovations.assign(innovation=Innovation.objects.get(pk=first.pk), to=colleague, by=TEST)
    monkeypatch.setattr(take, "_free", lambda site, user: stale)
    assert take.take_next(site=site, user=hub_user, by=hub_user.actor) == second


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_many_who_press_at_once_get_ideas_of_their_own(site):
    users = [factories.member(site) for _ in range(6)]
    for number in range(5):
        factories.innovation(site, f"Idea {number}")
    together = threading.Barrier(len(users))
    got: list[str | None] = []
    errors: list[BaseException] = []

    def go(pk: int) -> None:
        try:
            user = User.objects.get(pk=pk)
            together.wait()
            found = take.take_next(site=site, user=user, by=user.actor)
            got.append(found.ref if found else None)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=go, args=[user.pk]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not errors
    taken = [ref for ref in got if ref]
    assert len(got) == 6
    assert len(taken) == len(set(taken)) == 5
    assert Innovation.objects.filter(assignee=None).count() == 0


# -- who has it open ----------------------------------------------------------------------
def test_who_else_has_an_idea_open_for_a_minute(hub, hub_user, site, colleague):
    idea = factories.innovation(site, "Labels")
    page = url("presence", site, ref=idea.ref)
    events = Event.objects.count()
    for _ in range(2):
        presence.seen(innovation=idea, user=colleague)
    assert Presence.objects.count() == 1
    words = f"{colleague} has this open"
    assert words in hub.get(url("triage", site)).content.decode()
    assert words in hub.get(url("triage_item", site, ref=idea.ref)).content.decode()
    # Reading tells nobody anything.
    assert Presence.objects.count() == 1
    assert words in hub.post(page).content.decode()
    assert Presence.objects.count() == 2
    assert Event.objects.count() == events
    with time_machine.travel(timezone.now() + timezone.timedelta(seconds=61)):
        hub.force_login(hub_user, backend="accounts.backends.EmailBackend")
        assert "has this open" not in hub.get(url("triage", site)).content.decode()
        assert "has this open" not in hub.post(page).content.decode()


def test_nobody_is_told_that_they_have_it_open_themselves(hub, site):
    idea = factories.innovation(site)
    assert "has this open" not in hub.post(url("presence", site, ref=idea.ref)).content.decode()
    assert "has this open" not in hub.get(url("triage", site)).content.decode()


def test_presence_is_forgotten(site, hub_user):
    presence.seen(innovation=factories.innovation(site), user=hub_user)
    assert presence.tidy() == 0
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=1)):
        assert presence.tidy() == 1


# -- keys -------------------------------------------------------------------------------------
def test_keys_can_be_switched_off_and_read_without_scripts(hub, site):
    html = hub.get(url("triage", site)).content.decode()
    assert 'data-hub-keys="on"' in html
    assert '<dialog class="hub-keys"' in html
    assert "Take the next" in hub.get(url("keys", site)).content.decode()
    response = hub.post(
        url("keys", site), {"keys": "off", "next": url("triage", site)}, follow=True
    )
    assert 'data-hub-keys="off"' in response.content.decode()
    response = hub.post(
        url("keys", site), {"keys": "on", "next": "https://elsewhere.example/"}, follow=True
    )
    assert response.request["PATH_INFO"] == url("keys", site)
    assert 'data-hub-keys="on"' in hub.get(url("triage", site)).content.decode()


# -- files -----------------------------------------------------------------------------------
def table(response):
    rows = csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    return list(rows)


def test_a_filtered_list_leaves_as_csv(hub, hub_user, site):
    idea = factories.innovation(
        site, "=HYPERLINK(1)", email="secret@test.example", name="Secret Sender"
    )
    idea = classification.classify(
        innovation=idea, by=TEST, priority="high", tags=["beds", "winter"], benefit_areas=["care"]
    )
    innovations.assign(innovation=idea, to=hub_user, by=TEST)
    factories.innovation(site, "Another")
    response = hub.get(url("export_queue", site, kind="csv") + "?priority=high&q=hyperlink")
    assert response["Content-Type"].startswith("text/csv")
    assert f"triage-{site.slug}.csv" in response["Content-Disposition"]
    [heading, row] = table(response)
    cells = dict(zip(heading, row, strict=True))
    assert tuple(heading) == COLUMNS
    assert cells["Title"] == "'=HYPERLINK(1)"
    assert cells["Reference"] == idea.ref
    assert (cells["Tags"], cells["Benefit areas"]) == ("beds; winter", "Better care for patients")
    assert cells["Assigned to"] == str(hub_user)
    assert cells["Address"].endswith(idea.get_absolute_url())
    assert "secret" not in str(row).lower()
    event = Event.objects.get(verb="innovations.exported")
    assert event.changes == {"kind": "csv", "count": 1, "q": "given", "priority": "high"}
    assert (event.site_id, event.actor_ref) == (site.pk, hub_user.ref)


def test_the_portfolio_leaves_as_a_workbook_with_its_decisions(hub, site):
    declined, undone = factories.innovation(site, "Declined"), factories.innovation(site, "Undone")
    reason = factories.reason(site, "decline")
    for idea in (declined, undone):
        made = decisions.decide(
            innovation=idea, kind="decline", reason_code=reason.code, words="No.", by=TEST
        )
    decisions.undo(decision=made, by=TEST)
    response = hub.get(url("export_portfolio", site, kind="xlsx"))
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    heading, *rows = sheet.iter_rows(values_only=True)
    cells = {row[1]: dict(zip(heading, row, strict=True)) for row in rows}
    assert cells["Declined"]["Decision"] == "Decline"
    assert cells["Declined"]["Reason"] == reason.label
    assert cells["Declined"]["Decided on"].date() == factories.today()
    assert cells["Undone"]["Decision"] is None


def test_files_hold_what_lists_show_to_whoever_asks(sign_in, site, other_site):
    factories.innovation(site, "Open")
    factories.innovation(site, "Secret", is_confidential=True)
    factories.innovation(other_site, "Foreign")
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    rows = table(client.get(url("export_portfolio", site, kind="csv")))
    assert [row[1] for row in rows] == ["Title", "Open"]
    assert client.get(url("export_queue", site, kind="csv")).status_code == 403
    assert client.get(url("export_portfolio", other_site, kind="csv")).status_code == 404
    assert client.get(f"/{site.slug}/innovations/export.pdf").status_code == 404
    reviewer = factories.member(site, Role.REVIEWER)
    rows = table(sign_in(reviewer).get(url("export_portfolio", site, kind="csv")))
    assert len(rows) == 1


def test_a_file_is_read_piece_by_piece(hub, site, monkeypatch, count_queries):
    monkeypatch.setattr("portfolio.queries.exports.PIECE", 2)
    for number in range(5):
        factories.innovation(site, f"Idea {number}")
    response = hub.get(url("export_queue", site, kind="csv"))
    with count_queries() as queries:
        rows = table(response)
    assert [row[1] for row in rows[1:]] == [f"Idea {number}" for number in range(5)]
    # Three pieces of three statements, and one that finds no more.
    assert len(queries) == 10


def test_a_misspelt_word_filters_the_file_as_it_filters_the_page(hub, site):
    factories.innovation(site, "Home dialysis")
    factories.innovation(site, "Other")
    rows = table(hub.get(url("export_queue", site, kind="csv") + "?q=dialisys"))
    assert [row[1] for row in rows[1:]] == ["Home dialysis"]
