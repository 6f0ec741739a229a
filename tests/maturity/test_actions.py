"""What a site does about its maturity: kept, handed on, done, published and taken back."""

import datetime as dt
import json
import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.enums import Role
from accounts.queries import work_of
from accounts.services import erasure, keys, members
from hubapp.problems import Refused, Stale
from maturity.enums import ActionState
from maturity.models import Action
from maturity.queries import actions as queries
from maturity.services import actions, assessments
from tests import factories
from tests.factories import (
    TEST,
    actor_of,
    framework,
    member,
    network_of,
    open_round,
    self_assessment,
)

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def enter(client, user):
    client.force_login(user, backend="accounts.backends.EmailBackend")
    return user


@pytest.fixture
def made(db):
    return framework()


@pytest.fixture
def assessed(site, made):
    row = self_assessment(site, open_round(site=site, framework=made), s1_i1=1)
    return assessments.submit(assessment=row, by=TEST)


def add(site, made, title="Find money", **fields):
    return actions.add(
        site=site, sub_domain=made.sub_domains.get(code="s1"), title=title, by=TEST, **fields
    )


def done(site, made, title="Find money", outcome="A charity pays for two years"):
    return actions.finish(action=add(site, made, title), outcome=outcome, by=TEST)


# -- verbs ---------------------------------------------------------------------------
def test_an_action_has_a_member_or_a_team_and_never_both(site, made, other_site):
    with pytest.raises(ValidationError, match="not both"):
        add(site, made, owner=member(site), owner_words="The board")
    with pytest.raises(Refused, match="no role at this site"):
        add(site, made, owner=member(other_site))
    with pytest.raises(ValidationError, match="what is to be done"):
        add(site, made, title=" ")


def test_the_same_form_sent_twice_adds_one(site, made):
    assert add(site, made, once_key="k") == add(site, made, once_key="k")
    assert Action.objects.count() == 1


def test_done_needs_an_outcome_and_dropped_none(site, made):
    row = add(site, made)
    with pytest.raises(ValidationError, match="what came of it"):
        actions.finish(action=row, outcome=" ", by=TEST)
    row.refresh_from_db()
    actions.drop(action=row, by=TEST)
    assert (row.state, row.ended_on) == (ActionState.DROPPED, factories.today())
    with pytest.raises(Refused, match="over already"):
        actions.finish(action=row, outcome="x", by=TEST)


def test_whoever_changes_second_is_told(site, made):
    row = add(site, made)
    actions.edit(action=row, title="Other", version=1, by=TEST)
    with pytest.raises(Stale):
        actions.edit(action=row, title="Third", version=1, by=TEST)


def test_only_what_is_done_is_published_and_it_is_taken_back_at_any_time(site, made):
    row = add(site, made)
    with pytest.raises(Refused, match="Only an action that is done"):
        actions.publish(action=row, by=TEST)
    row = done(site, made)
    actions.publish(action=row, by=TEST)
    actions.reopen(action=row, by=TEST)
    assert row.published_at is None
    row = done(site, made)
    actions.publish(action=row, by=TEST)
    actions.unpublish(action=row, by=TEST)
    assert row.published_at is None


def test_each_verb_leaves_its_event_without_words(site, made):
    from hubapp.events.models import Event

    row = done(site, made, "Secret title", "Secret outcome")
    actions.publish(action=row, by=TEST)
    found = Event.objects.filter(subject_ref=row.ref)
    assert [each.verb for each in found.order_by("pk")] == [
        "maturity_action.added",
        "maturity_action.done",
        "maturity_action.published",
    ]
    assert "Secret" not in json.dumps([each.changes for each in found])


# -- what others read ------------------------------------------------------------------
def published(site, code, framework_key) -> list[str]:
    """What the site reads of others about a sub-domain: the titles, the latest first."""
    rows = queries.published_in_networks_of(site.pk, [code], framework_key, factories.today())
    return list(rows.order_by("-published_at", "-pk").values_list("title", flat=True))


def test_published_actions_are_read_in_the_networks_of_the_site_and_nowhere_else(
    site, other_site, made
):
    apart = factories.SiteFactory()
    row = done(other_site, made)
    network_of(site, other_site)

    def read(at):
        return published(at, "s1", made.key)

    assert read(site) == []
    actions.publish(action=row, by=TEST)
    assert read(site) == ["Find money"]
    assert read(other_site) == []
    assert read(apart) == []
    assert published(site, "s2", made.key) == []
    assert published(site, "s1", "other") == []
    actions.unpublish(action=row, by=TEST)
    assert read(site) == []


def test_a_site_that_left_the_network_reads_nothing_more(site, other_site, made):
    actions.publish(action=done(other_site, made), by=TEST)
    network = network_of(site, other_site)
    yesterday = factories.today() - dt.timedelta(days=1)
    network.places.filter(site=site).update(valid_to=yesterday)
    assert published(site, "s1", made.key) == []


# -- into the next round ----------------------------------------------------------------
def test_open_actions_follow_into_the_next_round_and_ended_ones_do_not(site, made, assessed):
    add(site, made, assessment=assessed)
    done(site, made, "Over")
    now = self_assessment(site, open_round(site=site, framework=made))
    found = queries.open_actions_for(now)
    assert {code: [row.title for row in rows] for code, rows in found.items()} == {
        "s1": ["Find money"]
    }
    second = made.sub_domains.get(code="s2")
    assert queries.open_actions_for(now, only=second) == {}


def test_open_actions_follow_to_where_their_indicators_went(site, made, assessed):
    add(site, made, assessment=assessed)
    new = framework(edition="2", sub_domains=0, follows=made)
    from maturity.models import Domain, Indicator, SubDomain

    moved = SubDomain.objects.create(
        framework=new,
        domain=Domain.objects.get(framework=new),
        code="moved",
        position=1,
        name="Moved",
    )
    Indicator.objects.create(
        framework=new, sub_domain=moved, code="m1", position=1, text="Still",
        same_as=Indicator.objects.get(framework=made, code="s1-i1"),
    )  # fmt: skip
    now = self_assessment(site, open_round(site=site, framework=new))
    assert list(queries.open_actions_for(now)) == ["moved"]


def test_the_page_that_rates_a_sub_domain_shows_what_is_still_to_do(site, client, made, assessed):
    enter(client, member(site))
    add(site, made, assessment=assessed, owner_words="Finance")
    now = self_assessment(site, open_round(site=site, framework=made))
    for code, shown in (("s1", True), ("s2", False)):
        given = {"site": site.slug, "ref": now.ref, "code": code}
        page = words(client.get(reverse("maturity:rate", kwargs=given)))
        assert ("Find money" in page) is shown


# -- what waits --------------------------------------------------------------------------
def titles(user):
    user = type(user).objects.get(pk=user.pk)
    return [(item.title, item.overdue) for found in queries.due_for(user) for item in found.items]


def test_what_is_late_or_due_soon_waits_for_who_has_it_and_a_team_s_for_the_lead(site, made):
    lead, staff = member(site, Role.SITE_LEAD), member(site)
    day = factories.today()
    add(site, made, "Late", owner=staff, due_on=day - dt.timedelta(days=1))
    add(site, made, "Soon", owner=staff, due_on=day + dt.timedelta(days=7))
    add(site, made, "Far", owner=staff, due_on=day + dt.timedelta(days=8))
    add(site, made, "No day", owner=staff)
    add(site, made, "Team", owner_words="Board", due_on=day)
    assert titles(staff) == [("Late", True), ("Soon", False)]
    assert titles(lead) == [("Team", False)]
    stranger = member(factories.SiteFactory(), Role.SITE_LEAD)
    assert titles(stranger) == []


def test_what_is_late_is_among_what_the_daily_mail_tells_of(site, made):
    staff = member(site)
    add(site, made, "Late", owner=staff, due_on=factories.today() - dt.timedelta(days=1))
    found = [each for each in work_of(staff) if each.heading == "Maturity actions"]
    assert [item.title for item in found[0].items] == ["Late"]
    assert found[0].waits


def test_whoever_left_the_site_finds_none_of_it_and_hands_over_what_they_had(site, made):
    lead, staff = member(site, Role.SITE_LEAD), member(site)
    row = add(site, made, owner=staff, due_on=factories.today())
    to = {actions.OWNED_ACTIONS: lead}
    members.end_member(site=site, user=staff, to=to, by=actor_of(lead))
    row.refresh_from_db()
    assert row.owner == lead
    assert titles(staff) == []


def test_an_erased_person_s_name_goes_from_actions(site, made):
    staff = member(site)
    name = staff.person.name
    row = add(site, made, f"Ask {name} for money", owner_words="")
    erasure.erase_person(person=staff.person, by=TEST)
    row.refresh_from_db()
    assert name not in row.title


# -- pages ----------------------------------------------------------------------------
def test_a_lead_writes_down_ends_publishes_and_takes_back(site, client, made, assessed, other_site):
    enter(client, member(site, Role.SITE_LEAD))
    network = network_of(site, other_site)
    address = reverse("maturity:add_action", kwargs={"site": site.slug})
    page = client.get(f"{address}?sub_domain=s1&from={assessed.ref}")
    assert 'value="s1" selected' in page.content.decode()
    sent = {
        "sub_domain": "s1",
        "title": "Find money",
        "owned_by": "team",
        "owner_words": "Finance",
        "once_key": "k",
    }
    client.post(f"{address}?from={assessed.ref}", sent)
    row = Action.objects.get()
    assert (row.owner_words, row.assessment) == ("Finance", assessed)
    end = reverse("maturity:end_action", kwargs={"site": site.slug, "ref": row.ref})
    assert client.post(end, {"how": "done", "outcome": "", "version": 1}).status_code == 422
    client.post(end, {"how": "done", "outcome": "A charity pays", "version": 1})
    publish = reverse("maturity:publish_action", kwargs={"site": site.slug, "ref": row.ref})
    page = client.get(publish)
    # Who reads it, and exactly what.
    assert network.name in words(page)
    assert "A charity pays" in words(page)
    stale = client.post(publish, {"do": "publish", "version": 1})
    assert stale.status_code == 422
    client.post(publish, {"do": "publish", "version": 2})
    row.refresh_from_db()
    assert row.published_at
    client.post(publish, {"do": "take_back"})
    row.refresh_from_db()
    assert row.published_at is None


def test_hub_staff_keep_actions_but_do_not_publish(site, client, made):
    enter(client, member(site))
    row = done(site, made)
    publish = reverse("maturity:publish_action", kwargs={"site": site.slug, "ref": row.ref})
    assert client.get(publish).status_code == 403
    assert client.post(publish, {"do": "publish"}).status_code == 403


def test_what_was_typed_is_kept_when_somebody_was_quicker(site, client, made):
    enter(client, member(site))
    row = add(site, made)
    actions.edit(action=row, title="Theirs", by=TEST)
    edit = reverse("maturity:edit_action", kwargs={"site": site.slug, "ref": row.ref})
    page = client.post(edit, {"title": "Mine", "owned_by": "nobody", "version": 1})
    assert page.status_code == 422
    assert 'value="Mine"' in page.content.decode()
    client.post(edit, {"title": "Mine", "owned_by": "nobody", "version": 2})
    row.refresh_from_db()
    assert row.title == "Mine"


def test_an_action_of_another_site_is_not_there(site, other_site, client, made):
    enter(client, member(site, Role.SITE_LEAD))
    row = add(other_site, made)
    for name in ("action", "edit_action", "end_action", "publish_action"):
        address = reverse(f"maturity:{name}", kwargs={"site": site.slug, "ref": row.ref})
        assert client.get(address).status_code == 404


def test_a_site_without_a_self_assessment_is_told_where_to_begin(site, client):
    enter(client, member(site))
    address = reverse("maturity:add_action", kwargs={"site": site.slug})
    assert "Nothing to act on yet" in words(client.get(address))
    assert client.post(address, {"title": "x", "owned_by": "nobody"}).status_code == 422


# -- REST ---------------------------------------------------------------------------
@pytest.fixture
def api(client, site):
    lead = member(site, Role.SITE_LEAD)
    token = keys.create_key(
        site=site, name="k", scopes=["maturity:read", "maturity:write"], by=actor_of(lead)
    )[1]

    def call(method, path, body=None, **headers):
        given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        return getattr(client, method)(
            f"/api/v1/maturity-actions/{path}",
            data=json.dumps(body) if body is not None else None,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}",
            **given,
        )

    return call


def test_an_action_over_rest_from_creation_to_publication(site, api, made, assessed):
    body = {"self_assessment": assessed.ref, "sub_domain": "s1", "title": "Find money"}
    one = api("post", "", body, **{"Idempotency-Key": "a"})
    again = api("post", "", body, **{"Idempotency-Key": "a"})
    assert (one.status_code, again.status_code) == (201, 201)
    assert one.json()["ref"] == again.json()["ref"]
    assert Action.objects.count() == 1
    ref, etag = one.json()["ref"], one["ETag"]
    assert api("patch", f"{ref}/", {"title": "x"}).status_code == 428
    changed = api("patch", f"{ref}/", {"title": "Find more"}, **{"If-Match": etag})
    assert changed.json()["title"] == "Find more"
    assert api("patch", f"{ref}/", {"title": "y"}, **{"If-Match": etag}).status_code == 412
    assert api("post", f"{ref}/publish/", **{"If-Match": changed["ETag"]}).status_code == 409
    ended = api("post", f"{ref}/finish/", {"outcome": "Paid"}, **{"If-Match": changed["ETag"]})
    assert ended.json()["state"] == "done"
    shown = api("post", f"{ref}/publish/", **{"If-Match": ended["ETag"]})
    assert shown.json()["published_at"]
    assert api("post", f"{ref}/unpublish/").json()["published_at"] is None
    listed = api("get", "?state=done").json()["results"]
    assert [row["ref"] for row in listed] == [ref]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"self_assessment": "0" * 10}, "self_assessment"),
        ({"sub_domain": "nowhere"}, "sub_domain"),
        ({"title": ""}, "title"),
        ({"owner": "0" * 10}, "owner"),
        ({"due_on": "soon"}, "due_on"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_what_is_wrong_over_rest_names_its_field(api, made, assessed, body, field):
    whole = {"self_assessment": assessed.ref, "sub_domain": "s1", "title": "x"} | body
    answer = api("post", "", whole)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Action.objects.exists()
