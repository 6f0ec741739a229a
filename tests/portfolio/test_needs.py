"""Needs: kept, closed, linked to ideas, and what the pages say of them."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.services import members as account_members
from hubapp import hooks
from hubapp.actors import system
from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.enums import NeedStanding, State
from portfolio.models import Call, Innovation, Need, NeedLink
from portfolio.queries import needs as queries
from portfolio.services import decisions, needs
from tests import factories
from tests.factories import TEST, today

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def url(name, site, **parts):
    return reverse(f"portfolio:{name}", kwargs={"site": site.slug, **parts})


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def overview(viewer, site) -> queries.Overview:
    """The numbers above the list, as its page asks for them."""
    current = queries.current_needs(viewer, site)
    return queries.overview_of(viewer, site, current, queries.ideas_by_need(viewer, current))


def typed(**changes):
    """What the page of a new need sends."""
    return {
        "kind": "problem", "title": "Fewer falls at night", "statement": "Patients fall.", "evidence": "",
        "owned_by": "nobody", "owner": "", "owner_words": "", "valid_from_day": "1", "valid_from_month": "4",
        "valid_from_year": "2026", "valid_to_day": "", "valid_to_month": "", "valid_to_year": "",
        "once_key": "k", **changes,
    }  # fmt: skip


# -- keeping ---------------------------------------------------------------------
def test_a_double_press_adds_one(site):
    first = factories.need(site, once_key="k")
    assert factories.need(site, once_key="k") == first
    assert Event.objects.filter(verb="need.added").count() == 1


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, "current"),
        ({"valid_from": 1}, "coming"),
        ({"valid_from": -9, "valid_to": -1}, "ended"),
        ({"valid_from": -9, "valid_to": 0}, "current"),
    ],
)
def test_where_it_stands_follows_from_its_dates(site, fields, standing):
    need = factories.need(site, **{name: today() + days * DAY for name, days in fields.items()})
    assert need.standing(today()) == standing
    for value in NeedStanding.values:
        found = queries.standing_today(Need.objects.all(), value)
        assert list(found) == ([need] if value == standing else [])


def test_what_is_wrong_is_refused_and_nothing_is_stored(site):
    for wrong in (
        {"title": " "},
        {"title": "x" * 201},
        {"kind": "wish"},
        {"valid_to": today() - DAY},
    ):
        with pytest.raises(ValidationError):
            factories.need(site, **wrong)
    member = factories.member(site)
    with pytest.raises(ValidationError, match="not both"):
        factories.need(site, owner=member, owner_words="Falls group")
    with pytest.raises(Refused, match="has no role"):
        factories.need(site, owner=factories.member(site, Role.STAFF))
    assert not Need.objects.exists()


def test_editing_names_what_changed_and_keeps_words_out_of_the_event(site):
    need = factories.need(site)
    needs.edit(need=need, title="Safer nights", valid_to=today() + DAY, by=TEST, version=1)
    need.refresh_from_db()
    assert (need.title, need.version, need.until_on) == ("Safer nights", 2, today() + DAY)
    event = Event.objects.get(verb="need.edited")
    assert event.changes == {
        "title": "changed",
        "valid_to": [None, (today() + DAY).isoformat()],
    }
    with pytest.raises(Stale):
        needs.edit(need=need, title="Mine", by=TEST, version=1)
    stale = Need.objects.get()
    needs.edit(need=need, title="Theirs", by=TEST)
    with pytest.raises(Stale):
        needs.edit(need=stale, title="Mine", by=TEST)
    assert stale.title == "Safer nights"
    # The same again is no change.
    assert needs.edit(need=need, title="Theirs", by=TEST).version == 3


def test_closing_and_opening_again(site):
    need = factories.need(site)
    call = factories.call(need)
    for wrong, sentence in (("", "Choose why"), ("merged", "Choose the need")):
        with pytest.raises(Refused, match=sentence):
            needs.close(need=need, reason=wrong, by=TEST)
    needs.close(need=need, reason="met", by=TEST)
    assert Call.objects.get().ended_on == today()
    assert (need.closed_on, need.until_on) == (today(), today())
    with pytest.raises(Refused, match="closed already"):
        needs.close(need=need, reason="met", by=TEST)
    with pytest.raises(Refused, match="is closed"):
        needs.edit(need=need, title="x", by=TEST)
    idea = factories.innovation(site)
    with pytest.raises(Refused, match="is closed"):
        needs.link(need=need, innovation=idea, by=TEST)
    needs.reopen(need=need, by=TEST)
    need.refresh_from_db()
    assert (need.closed_on, need.close_reason, need.until_on.year) == (None, "", 9999)
    call.refresh_from_db()
    assert call.ended_on  # a call stays closed: somebody opens it again on purpose


def test_a_need_that_is_part_of_another_hands_its_ideas_on(site, other_site):
    part, whole = factories.need(site, "Falls at night"), factories.need(site, "Falls")
    idea, both = factories.innovation(site), factories.innovation(site)
    for innovation in (idea, both):
        needs.link(need=part, innovation=innovation, by=TEST)
    needs.link(need=whole, innovation=both, by=TEST)
    for other in (part, factories.need(other_site)):
        with pytest.raises(Refused, match="another need of this site"):
            needs.close(need=part, reason="merged", into=other, by=TEST)
    needs.close(need=part, reason="merged", into=whole, by=TEST)
    assert set(whole.links.values_list("innovation", flat=True)) == {idea.pk, both.pk}
    assert part.links.count() == 2
    assert Event.objects.get(verb="need.closed").changes == {"reason": "merged", "into": whole.ref}


# -- ideas -----------------------------------------------------------------------
def test_linking_is_done_once_and_told_with_the_idea(site, other_site):
    need, idea = factories.need(site), factories.innovation(site)
    first = needs.link(need=need, innovation=idea, by=TEST)
    assert needs.link(need=need, innovation=idea, by=TEST) == first
    event = Event.objects.get(verb="innovation.need_linked")
    assert (event.subject_ref, event.changes) == (idea.ref, {"need": [None, need.ref]})
    with pytest.raises(Refused, match="own site"):
        needs.link(need=factories.need(other_site), innovation=idea, by=TEST)
    assert needs.unlink(need=need, innovation=idea, by=TEST)
    assert not needs.unlink(need=need, innovation=idea, by=TEST)
    assert not NeedLink.objects.exists()


def test_choosing_makes_the_links_exactly_those(site):
    idea = factories.innovation(site)
    a, b, c = (factories.need(site, title) for title in "ABC")
    assert needs.choose(innovation=idea, needs=[a, b], by=TEST) == (2, 0)
    assert needs.choose(innovation=idea, needs=[b, c], by=TEST) == (1, 1)
    assert needs.choose(innovation=idea, needs=[b, c], by=TEST) == (0, 0)
    assert set(idea.need_links.values_list("need__title", flat=True)) == {"B", "C"}


def test_which_ideas_serve_a_need_and_which_none(site):
    current, over = factories.need(site), factories.need(site, "Old")
    serves, alone, late = (factories.innovation(site, title) for title in ("A", "B", "C"))
    needs.link(need=current, innovation=serves, by=TEST)
    needs.link(need=over, innovation=late, by=TEST)
    needs.link(need=over, innovation=serves, by=TEST)
    needs.close(need=over, reason="dropped", by=TEST)
    rows = Innovation.objects.order_by("title")
    assert list(queries.serving(rows, current)) == [serves]
    assert list(queries.serving(rows, over)) == [serves, late]
    assert list(queries.serving_none(rows)) == [alone, late]


def test_ideas_that_ended_do_not_serve_and_undone_imports_are_not_there(site, hub_user):
    need = factories.need(site)
    for state in (State.WAITING, State.DECLINED, State.UNDONE):
        idea = factories.innovation(site)
        needs.link(need=need, innovation=idea, by=TEST)
        Innovation.objects.filter(pk=idea.pk).update(state=state, due_on=None)
    viewer = hub_user.viewer
    assert queries.ideas_by_need(viewer, [need])[need.pk] == queries.Ideas(live=1, ended=1)
    assert [(state, n) for state, _, n in queries.states_of_ideas(viewer, need)] == [
        ("waiting", 1),
        ("declined", 1),
    ]
    assert overview(viewer, site) == queries.Overview("1", "0", "0")


def test_confidential_ideas_are_counted_for_the_desk_alone(site, hub_user):
    need = factories.need(site)
    secret = factories.innovation(site, "Secret alloy", is_confidential=True)
    needs.link(need=need, innovation=secret, by=TEST)
    executive = factories.member(site, Role.EXECUTIVE)
    assert queries.ideas_by_need(hub_user.viewer, [need])[need.pk].live == 1
    assert queries.ideas_by_need(executive.viewer, [need])[need.pk].live == 0
    assert overview(executive.viewer, site).not_served == "1"
    assert not queries.ideas_of_need(executive.viewer, need).exists()


def test_needs_whose_words_an_idea_uses_come_first(site):
    falls = factories.need(site, "Fewer falls at night", statement="Patients fall in the dark.")
    letters = factories.need(site, "Clear letters", statement="Nobody understands our letters.")
    parking = factories.need(site, "Parking", statement="There is too little of it.")
    idea = factories.innovation(site, "Falling in the dark", idea="A lamp for falls under each bed")
    assert queries.suggested(idea, [letters, parking, falls]) == [falls]
    both = factories.innovation(site, "Letters about falls", idea="Letters on how to avoid falling")
    assert set(queries.suggested(both, [letters, parking, falls])) == {falls, letters}


# -- pages -----------------------------------------------------------------------
def test_a_new_site_reads_what_needs_are_for(hub, site):
    page = words(hub.get(url("needs", site)))
    assert "No needs yet" in page
    assert "Add the first one" in page
    assert "current need" not in page


def test_a_need_is_added_and_read_with_what_serves_it(hub, hub_user, site):
    response = hub.post(
        url("add_need", site), typed(owned_by="member", owner=hub_user.ref), follow=True
    )
    page = words(response)
    assert "“Fewer falls at night” is added." in page
    assert str(hub_user) in page
    assert "1 April 2026" in page
    assert "No idea serves it yet" in page
    need = Need.objects.get()
    needs.link(need=need, innovation=factories.innovation(site, "Night lamps"), by=TEST)
    page = words(hub.get(need.get_absolute_url()))
    assert "Night lamps" in page
    assert "1 waiting for triage" in page
    assert "None of them" in words(hub.get(f"{need.get_absolute_url()}?state=declined"))
    assert "Night lamps" in words(hub.get(f"{need.get_absolute_url()}?state=nonsense"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": ""}, "Select what it is"),
        ({"title": ""}, "Enter title"),
        ({"statement": ""}, "Enter the need"),
        ({"owned_by": "member"}, "Choose the member who owns it"),
        ({"owned_by": "member", "owner": "NOBODY"}, "what was chosen is not in it"),
        ({"owned_by": "team"}, "Enter the team that owns it"),
        ({"valid_from_day": "31", "valid_from_month": "2"}, "First day must be a real date"),
        ({"valid_from_year": ""}, "First day must include a year"),
        ({"valid_to_day": "1", "valid_to_month": "3", "valid_to_year": "2026"}, "The last day must be"),
        ({"statement": "About 943 476 5919."}, "has what looks like an NHS number"),
        ({"title": "x\x00y"}, "has a character that cannot be stored"),
        ({"statement": "x" * 4001}, "must be 4000 characters or fewer"),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence_and_what_was_typed_stays(hub, site, changes, sentence):
    response = hub.post(url("add_need", site), typed(evidence="Typed evidence", **changes))
    assert response.status_code == 422
    assert sentence in words(response)
    assert "Typed evidence" in response.content.decode()
    assert not Need.objects.exists()


def test_the_list_shows_what_holds_first_and_marks_what_no_idea_serves(hub, site):
    old = factories.need(site, "Old one")
    needs.close(need=old, reason="met", by=TEST)
    served = factories.need(site, "Served one")
    factories.need(site, "Lonely one")
    needs.link(need=served, innovation=factories.innovation(site), by=TEST)
    factories.innovation(site)
    page = words(hub.get(url("needs", site)))
    assert page.index("Lonely one") < page.index("Old one")
    assert page.index("Served one") < page.index("Old one")
    assert "2 current needs" in page
    assert "1 need that no idea serves" in page
    assert "1 waiting idea that serves no need" in page
    queue = words(hub.get(reverse("portfolio:triage", kwargs={"site": site.slug}) + "?need=none"))
    assert "1 idea waits" in queue
    assert page.count("No idea serves it") == 2  # the choice of the filter, and the row
    assert "“Served one” has the most, 1 idea. 1 need has none." in page
    lonely = words(hub.get(url("needs", site) + "?served=no&standing=current"))
    assert "Lonely one" in lonely
    assert "Served one" not in lonely
    nothing = words(hub.get(url("needs", site) + "?kind=priority"))
    assert "No need matches your filters" in nothing
    assert "Lonely one" in words(hub.get(url("needs", site) + "?kind=wish&cursor=broken"))


def test_pages_of_needs_follow_each_other(hub, site):
    for number in range(27):
        factories.need(site, f"Need {number:02}")
    first = hub.get(url("needs", site))
    shown = set(re.findall(r"Need \d\d", words(first)))
    after = re.search(r'href="(\?[^"]*cursor=[^"]+)" rel="next"', first.content.decode())[1]
    second = words(hub.get(url("needs", site) + after.replace("&amp;", "&")))
    rest = {f"Need {n:02}" for n in range(27)} - shown
    assert len(rest) == 2
    assert all(title in second for title in rest)


def test_an_idea_is_linked_by_ticking_boxes(hub, site):
    falls, letters = factories.need(site), factories.need(site, "Clear letters")
    idea = factories.innovation(site, "Lamps against falls at night")
    page = hub.get(url("serves", site, ref=idea.ref))
    assert words(page).index("Fewer falls at night") < words(page).index("Clear letters")
    assert "Its words are in the idea" in words(page)
    done = hub.post(
        url("serves", site, ref=idea.ref), {"needs": [falls.ref, letters.ref]}, follow=True
    )
    assert "2 needs added." in words(done)
    again = hub.post(url("serves", site, ref=idea.ref), {"needs": [letters.ref]}, follow=True)
    assert "1 need taken away." in words(again)
    assert "Nothing was changed." in words(
        hub.post(url("serves", site, ref=idea.ref), {"needs": [letters.ref]}, follow=True)
    )
    wrong = hub.post(url("serves", site, ref=idea.ref), {"needs": ["NONSENSE00"]})
    assert wrong.status_code == 422
    assert list(idea.need_links.values_list("need__title", flat=True)) == ["Clear letters"]


def test_a_closed_need_stays_with_its_ideas_and_is_offered_to_no_other(hub, site):
    need, idea, other = factories.need(site), factories.innovation(site), factories.innovation(site)
    needs.link(need=need, innovation=idea, by=TEST)
    needs.close(need=need, reason="met", by=TEST)
    assert "Closed" in words(hub.get(url("serves", site, ref=idea.ref)))
    assert "This site has no needs yet" in words(hub.get(url("serves", site, ref=other.ref)))
    hub.post(url("serves", site, ref=idea.ref), {"needs": [need.ref]})
    assert idea.need_links.exists()


def test_two_who_edit_at_once_the_second_keeps_what_they_typed(hub, site):
    need = factories.need(site, "Before")
    needs.edit(need=Need.objects.get(), title="Theirs", by=TEST)
    response = hub.post(
        url("edit_need", site, ref=need.ref), typed(title="Mine", version="1"), follow=True
    )
    assert response.status_code == 422
    assert "Somebody else changed this need" in words(response)
    assert 'value="Mine"' in response.content.decode()
    assert "Theirs" in words(response)
    assert Need.objects.get().title == "Theirs"


def test_closing_by_the_page(hub, site):
    need, other = factories.need(site, "Part"), factories.need(site, "Whole")
    page = url("close_need", site, ref=need.ref)
    assert "Select why you close it" in words(hub.post(page, {}))
    lost = hub.post(page, {"reason": "merged"})
    assert lost.status_code == 422
    assert "Choose the need that this one is part of" in words(lost)
    done = hub.post(page, {"reason": "merged", "into": other.ref, "version": "1"}, follow=True)
    assert "It is part of Whole" in words(done)
    opened = hub.post(url("reopen_need", site, ref=need.ref), follow=True)
    assert "Open again." in words(opened)
    assert "It is part of" not in words(opened)
    # Where there is no other need, that reason is not offered.
    Need.objects.filter(pk=other.pk).update(closed_on=today(), close_reason="met", until_on=today())
    assert "part of another" not in words(hub.get(page))


def test_an_executive_reads_needs_and_changes_none(sign_in, site):
    need = factories.need(site)
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    page = words(client.get(need.get_absolute_url()))
    assert "Fewer falls at night" in page
    assert "Call for ideas" not in page
    assert "Add a need" not in words(client.get(url("needs", site)))
    assert client.get(url("edit_need", site, ref=need.ref)).status_code == 403


def test_another_sites_need_is_not_there(hub, site, other_site):
    foreign = factories.need(other_site)
    for name in ("need", "edit_need", "close_need", "add_call"):
        assert hub.get(url(name, site, ref=foreign.ref)).status_code == 404
        assert hub.get(url(name, other_site, ref=foreign.ref)).status_code == 404


# -- people ----------------------------------------------------------------------
def test_needs_are_handed_over_when_their_owner_leaves(site):
    owner, heir = factories.member(site), factories.member(site)
    mine = factories.need(site, owner=owner)
    done = factories.need(site, "Met", owner=owner)
    needs.close(need=done, reason="met", by=TEST)
    held = {row.kind: row.count for hook in hooks.held_work for row in hook(owner.pk, site.pk)}
    assert held["portfolio.needs"] == 1
    account_members.cover_member(
        site=site, user=owner, to={"portfolio.needs": heir}, by=system("tests")
    )
    mine.refresh_from_db()
    assert mine.owner == heir
    with pytest.raises(Refused, match="has no role"):
        needs.reassign_owned(
            kind="portfolio.needs",
            from_user_id=heir.pk,
            to_user_id=factories.member(site, Role.REVIEWER).pk,
            site_id=site.pk,
            by=TEST,
        )


def test_an_erased_persons_name_goes_from_the_needs_of_their_sites(site, other_site):
    user = factories.member(site)
    person = user.person
    here = factories.need(
        site, statement=f"{person.name} found it. Ask {person.email}.", owner_words=person.name
    )
    call = factories.call(here, f"{person.name.upper()} asks")
    there = factories.need(other_site, f"{person.name} there", statement=f"Ask {person.email}")
    for hook in hooks.person_erased:
        with transaction.atomic():
            hook([person.pk], TEST)
    for row in (here, call, there):
        row.refresh_from_db()
    assert here.statement == "█████ found it. Ask █████."
    assert here.owner_words == "█████"
    assert call.title == "█████ asks"
    # Elsewhere it may be a namesake; an address is nobody else's.
    assert (there.title, there.statement) == (f"{person.name} there", "Ask █████")


def test_how_many_serve_a_need_is_kept_until_an_idea_or_its_needs_change(site, hub_user):
    viewer = hub_user.viewer
    with time_machine.travel("2026-11-20T10:00Z") as clock:
        need = factories.need(site)
        ideas = [factories.innovation(site, f"Idea {number}") for number in range(3)]
        needs.link(need=need, innovation=ideas[0], by=TEST)

        def counts() -> tuple[int, int]:
            clock.shift(dt.timedelta(minutes=11))
            counted = queries.ideas_by_need(viewer, [need])[need.pk]
            by_state = sum(count for *_, count in queries.states_of_ideas(viewer, need))
            # The second time from what was kept.
            assert queries.ideas_by_need(viewer, [need])[need.pk] == counted
            assert by_state == counted.live + counted.ended
            return counted.live, counted.ended

        assert counts() == (1, 0)
        needs.link(need=need, innovation=ideas[1], by=TEST)
        assert counts() == (2, 0)
        needs.unlink(need=need, innovation=ideas[0], by=TEST)
        assert counts() == (1, 0)
        reason = factories.reason(site, "decline")
        decisions.decide(
            innovation=Innovation.objects.get(pk=ideas[1].pk), kind="decline", words="No.",
            reason_code=reason.code, would_change="Two sites that use it", by=TEST,
        )  # fmt: skip
        assert counts() == (0, 1)
