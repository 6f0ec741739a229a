"""Members: roles changed, work covered, people removed; a site always keeps a lead."""

import pytest

from accounts.enums import Function, Role
from accounts.models import Membership
from accounts.services import members
from hubapp import hooks
from hubapp.hooks import Held
from hubapp.problems import Refused
from portfolio.models import Innovation
from portfolio.services import enquiries, innovations
from tests import factories
from tests.factories import TEST


@pytest.fixture
def lead(site):
    return factories.member(site, Role.SITE_LEAD)


@pytest.fixture
def desk(monkeypatch):
    """Two kinds of work that people hold, as two upper apps would register them."""

    class Desk:
        def __init__(self):
            self.held = {}  # (kind, user_id, site_id) → count

        def give(self, kind, user, site, count):
            self.held[kind, user.pk, site.pk] = count

        def of(self, kind, user, site):
            return self.held.get((kind, user.pk if user else None, site.pk), 0)

        def ask(self, user_id, site_id):
            return [
                Held(kind, f"{kind} to finish", count)
                for (kind, holder, at), count in self.held.items()
                if (holder, at) == (user_id, site_id)
            ]

        def move(self, kind, from_id, to_id, site_id, by):
            count = self.held.pop((kind, from_id, site_id), 0)
            if count:
                self.held[kind, to_id, site_id] = self.held.get((kind, to_id, site_id), 0) + count
            return count

    desk = Desk()
    held, reassign = hooks.Registry(), hooks.Registry()
    held.register(desk.ask)
    reassign.register(desk.move)
    monkeypatch.setattr(hooks, "held_work", held)
    monkeypatch.setattr(hooks, "reassign_work", reassign)
    return desk


def current_roles(site, user) -> set[str]:
    return set(
        Membership.objects.filter(site=site, user=user, ended_at=None).values_list(
            "role", flat=True
        )
    )


def test_the_last_lead_can_neither_go_nor_be_demoted(sign_in, lead, site):
    browser = sign_in(lead)
    base = f"/{site.slug}/settings/members/{lead.ref}/"
    for path, data in ((base, {"roles": [Role.HUB_STAFF]}), (f"{base}remove/", {})):
        answer = browser.post(path, data)
        assert answer.status_code == 422
        assert "the only site lead" in answer.content.decode()
    assert current_roles(site, lead) == {Role.SITE_LEAD}


def test_with_a_second_lead_the_first_may_go(sign_in, lead, site):
    other = factories.member(site, Role.SITE_LEAD)
    assert (
        sign_in(lead).post(f"/{site.slug}/settings/members/{other.ref}/remove/").status_code == 302
    )
    assert current_roles(site, other) == set()


def test_who_removes_themselves_comes_to_a_page_they_may_open(sign_in, lead, site):
    factories.member(site, Role.SITE_LEAD)
    answer = sign_in(lead).post(f"/{site.slug}/settings/members/{lead.ref}/remove/", follow=True)
    assert answer.status_code == 200
    assert "The member is removed" in answer.content.decode()


def test_two_leads_who_remove_each_other_leave_one(site, lead, monkeypatch):
    """Between the look at the other leads and the write, the other lead is removed too."""
    other = factories.member(site, Role.SITE_LEAD)
    look = members._keep_a_lead
    raced = []

    def look_late(membership):
        if not raced:
            raced.append(1)
            look(Membership.objects.get(user=lead))
            Membership.objects.filter(user=lead).update(ended_at=membership.since)
        return look(membership)

    monkeypatch.setattr(members, "_keep_a_lead", look_late)
    with pytest.raises(Refused):
        members.end_member(site=site, user=other, by=TEST)
    assert current_roles(site, other) == {Role.SITE_LEAD}


def test_roles_and_functions_change_on_one_page(sign_in, lead, site, hub_user):
    answer = sign_in(lead).post(
        f"/{site.slug}/settings/members/{hub_user.ref}/",
        {"roles": [Role.REVIEWER, Role.EXECUTIVE], "functions": [Function.LEGAL, Function.FINANCE]},
    )
    assert answer.status_code == 302
    assert current_roles(site, hub_user) == {Role.REVIEWER, Role.EXECUTIVE}
    assert Membership.objects.get(user=hub_user, role=Role.REVIEWER).functions == [
        Function.FINANCE,
        Function.LEGAL,
    ]
    members.change_member(
        site=site, user=hub_user, roles=[Role.REVIEWER], functions=[Function.IG], by=TEST
    )
    assert Membership.objects.get(user=hub_user, role=Role.REVIEWER).functions == [Function.IG]
    ended = Membership.objects.filter(user=hub_user).exclude(ended_at=None)
    assert {m.role for m in ended} == {Role.HUB_STAFF, Role.EXECUTIVE}, "ended, never deleted"


def test_no_role_at_all_is_refused(sign_in, lead, site, hub_user):
    answer = sign_in(lead).post(f"/{site.slug}/settings/members/{hub_user.ref}/", {})
    assert answer.status_code == 422
    assert "Select at least one role" in answer.content.decode()


def test_covering_moves_the_work_and_keeps_the_member(sign_in, lead, site, hub_user, desk):
    colleague = factories.member(site)
    desk.give("ideas", hub_user, site, 3)
    desk.give("enquiries", hub_user, site, 2)
    url = f"/{site.slug}/settings/members/{hub_user.ref}/cover/"
    page = sign_in(lead).get(url).content.decode()
    assert "Ideas to finish (3)" in page
    assert "Enquiries to finish (2)" in page
    answer = sign_in(lead).post(url, {"to_0": colleague.ref, "to_1": "stay"})
    assert answer.status_code == 302
    assert desk.of("ideas", colleague, site) == 3
    assert desk.of("enquiries", hub_user, site) == 2
    assert current_roles(site, hub_user) == {Role.HUB_STAFF}


def test_removing_gives_all_to_one_colleague_with_one_choice(sign_in, lead, site, hub_user, desk):
    colleague = factories.member(site)
    desk.give("ideas", hub_user, site, 3)
    desk.give("enquiries", hub_user, site, 2)
    url = f"/{site.slug}/settings/members/{hub_user.ref}/remove/"
    empty = sign_in(lead).post(url, {})
    assert empty.status_code == 422
    assert "Choose who gets the ideas to finish" in empty.content.decode()
    assert current_roles(site, hub_user), "nothing happened"
    assert (
        sign_in(lead).post(url, {"everything": colleague.ref, "to_1": "nobody"}).status_code == 302
    )
    assert desk.of("ideas", colleague, site) == 3
    assert desk.of("enquiries", None, site) == 2
    assert current_roles(site, hub_user) == set()


def test_ideas_and_enquiries_really_go_on(sign_in, lead, site, hub_user):
    colleague = factories.member(site)
    innovations.assign(innovation=factories.innovation(site), to=hub_user, by=TEST)
    enquiry = enquiries.log(site=site, kind="question", subject="Q", assignee=hub_user, by=TEST)
    url = f"/{site.slug}/settings/members/{hub_user.ref}/"
    assert "ideas (1), enquiries (1)" in sign_in(lead).get(url).content.decode()
    answer = sign_in(lead).post(f"{url}remove/", {"to_0": colleague.ref, "to_1": "nobody"})
    assert answer.status_code == 302
    assert Innovation.objects.get(site=site).assignee == colleague
    enquiry.refresh_from_db()
    assert enquiry.assignee is None
    text = sign_in(lead).get(f"/{site.slug}/settings/audit/").content.decode()
    assert "An idea was assigned" in text


def test_work_goes_to_members_of_the_site_only(site, other_site, hub_user, desk):
    stranger = factories.member(other_site)
    desk.give("ideas", hub_user, site, 1)
    with pytest.raises(Refused, match="is not a member"):
        members.end_member(site=site, user=hub_user, to={"ideas": stranger}, by=TEST)
    with pytest.raises(Refused, match="whose work you are moving"):
        members.cover_member(site=site, user=hub_user, to={"ideas": hub_user}, by=TEST)
    assert desk.of("ideas", hub_user, site) == 1


def test_a_removed_member_sees_nothing_of_the_site(sign_in, lead, site, hub_user):
    members.end_member(site=site, user=hub_user, by=TEST)
    assert sign_in(hub_user).get(f"/{site.slug}/").status_code == 404


def test_only_a_lead_changes_members(sign_in, site, hub_user, lead):
    browser = sign_in(hub_user)
    assert browser.get(f"/{site.slug}/settings/members/").status_code == 200
    for path in (f"{lead.ref}/", f"{lead.ref}/remove/", f"{lead.ref}/cover/", "invite/"):
        assert (
            browser.post(
                f"/{site.slug}/settings/members/{path}", {"roles": [Role.STAFF]}
            ).status_code
            == 403
        )
    assert current_roles(site, lead) == {Role.SITE_LEAD}


def test_a_member_of_another_site_is_not_found(sign_in, lead, site, other_site):
    stranger = factories.member(other_site)
    assert sign_in(lead).get(f"/{site.slug}/settings/members/{stranger.ref}/").status_code == 404


def test_the_list_costs_the_same_for_one_and_three(sign_in, lead, site, count_queries):
    browser = sign_in(lead)

    def cost():
        with count_queries() as queries:
            assert browser.get(f"/{site.slug}/settings/members/").status_code == 200
        return len(queries)

    first = cost()
    for _ in range(3):
        factories.member(site)
    assert cost() == first
