"""Who gets in, and in which order they are refused."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Membership
from hubapp.refs import new_ref
from portfolio.enums import DecisionKind
from portfolio.services import decisions, innovations
from tests import factories
from tests.api.conftest import BY, Caller, new_key

LISTS = ["sites/", "innovations/", "decisions/", "decision-reasons/", "checklists/", "enquiries/"]


def bytes_of(response) -> tuple:
    return response.status_code, response["Content-Type"], response.content


@pytest.mark.parametrize("path", LISTS)
def test_without_credentials_everything_is_401(db, nobody, path):
    for headers in ({}, {"Accept": "image/png"}):
        response = nobody.get(path, headers=headers, nonsense="1")
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "application/problem+json"
    assert nobody.post(path, b"{not json").status_code == 401
    assert nobody.send("DELETE", path, {}).status_code == 401


def test_a_key_that_is_wrong_revoked_or_expired_is_401(site):
    good = new_key(site)
    revoked, expired = new_key(site), new_key(site)
    rows = ApiKey.objects.order_by("pk")
    rows.filter(pk=rows[1].pk).update(revoked_at=timezone.now())
    rows.filter(pk=rows[2].pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert Caller(key=good).get("sites/").status_code == 200
    for key in (revoked, expired, "hub_unknown", "two words", good + "x"):
        assert Caller(key=key).get("sites/").status_code == 401
    odd = Client().get("/api/v1/sites/", headers={"Authorization": "Bearer"})
    assert odd.status_code == 401


def test_a_closed_site_shuts_its_keys_out(site):
    key = new_key(site)
    site.closed_on = timezone.localdate()
    site.save()
    assert Caller(key=key).get("sites/").status_code == 401


def test_a_bad_key_is_401_even_beside_a_good_session(site, hub_user):
    caller = Caller(key="hub_wrong", user=hub_user)
    assert caller.get("sites/").status_code == 401


def test_a_key_needs_the_scope(site, key_with):
    reader = key_with("sites:read")
    assert reader.get("sites/").status_code == 200
    idea = factories.innovation(site)
    for path in LISTS[1:]:
        assert reader.get(path).status_code == 403
    # Before any record is looked up: the same for one that exists and one that does not.
    there = reader.get(f"innovations/{idea.ref}/")
    assert there.status_code == 403
    assert bytes_of(there) == bytes_of(reader.get(f"innovations/{new_ref()}/"))
    readonly = key_with("innovations:read", "enquiries:read")
    assert readonly.post("innovations/", {"title": "x"}).status_code == 403
    assert readonly.patch(f"innovations/{idea.ref}/", {"title": "x"}).status_code == 403
    assert readonly.post(f"innovations/{idea.ref}/decisions/", {}).status_code == 403
    assert readonly.post("enquiries/", {}).status_code == 403


def test_missing_foreign_and_confidential_are_the_same_bytes(
    site, other_site, robot, count_queries
):
    foreign = factories.innovation(other_site)
    secret = factories.innovation(site, is_confidential=True)
    robot.get("sites/")  # notes the day of the key's first use
    for suffix in ("", "decisions/", "assessments/"):
        seen, costs = set(), set()
        for ref in (new_ref(), foreign.ref, secret.ref, "nonsense"):
            with count_queries() as queries:
                seen.add(bytes_of(robot.get(f"innovations/{ref}/{suffix}")))
            costs.add(tuple(query["sql"].replace(ref, "REF") for query in queries))
        assert len(seen) == 1
        assert seen.pop()[0] == 404
        if suffix == "":
            assert len({len(cost) for cost in costs}) == 1
    for ref in (new_ref(), foreign.ref, secret.ref):
        assert robot.patch(f"innovations/{ref}/", {"title": "x"}).status_code == 404


def test_decisions_and_enquiries_of_others_are_404(site, other_site, robot, person):
    factories.reason(other_site), factories.reason(site)
    foreign = factories.innovation(other_site)
    secret = factories.innovation(site, is_confidential=True)
    made = [
        decisions.decide(
            innovation=idea,
            kind=DecisionKind.DECLINE,
            reason_code="test-reason",
            words="No.",
            by=BY,
        )
        for idea in (foreign, secret)
    ]
    seen = {
        bytes_of(robot.get(f"decisions/{ref}/")) for ref in (new_ref(), made[0].ref, made[1].ref)
    }
    assert len(seen) == 1
    assert robot.every("decisions/") == []
    # The desk sees the confidential one, and nobody sees the foreign one.
    assert [row["ref"] for row in person.every("decisions/")] == [made[1].ref]


def test_lists_hold_only_what_the_caller_may_see(site, other_site, robot, person, as_role):
    own, secret = factories.innovation(site), factories.innovation(site, is_confidential=True)
    factories.innovation(other_site)

    def refs(caller):
        return {row["ref"] for row in caller.every("innovations/")}

    assert refs(robot) == {own.ref}
    assert refs(person) == {own.ref, secret.ref}
    assert refs(as_role("executive")) == {own.ref}
    assert refs(as_role("reviewer")) == set()
    assert as_role("staff").get("innovations/").status_code == 403


def test_a_reviewer_reads_what_is_assigned_to_them(site):
    reviewer = factories.member(site, "reviewer")
    idea = factories.innovation(site)
    caller = Caller(user=reviewer)
    assert caller.get(f"innovations/{idea.ref}/").status_code == 404
    innovations.assign(innovation=idea, to=reviewer, by=BY)
    assert caller.get(f"innovations/{idea.ref}/").status_code == 200
    assert [row["ref"] for row in caller.every("innovations/", assignee="me")] == [idea.ref]
    etag = caller.get(f"innovations/{idea.ref}/")["ETag"]
    assert (
        caller.patch(f"innovations/{idea.ref}/", {"title": "x"}, if_match=etag).status_code == 403
    )
    assert caller.get(f"innovations/{idea.ref}/decisions/").status_code == 200


def test_an_executive_sees_and_may_not_decide(site, as_role):
    idea = factories.innovation(site)
    executive = as_role("executive")
    assert executive.get(f"innovations/{idea.ref}/").status_code == 200
    refused = executive.post(f"innovations/{idea.ref}/decisions/", {})
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert executive.get("enquiries/").status_code == 403


def test_rights_of_one_site_do_not_carry_to_another(site, other_site):
    user = factories.member(site, "hub_staff")
    Membership.objects.create(site=other_site, user=user, role="executive")
    idea = factories.innovation(other_site)
    caller = Caller(user=user)
    etag = caller.get(f"innovations/{idea.ref}/")["ETag"]
    assert (
        caller.patch(f"innovations/{idea.ref}/", {"title": "x"}, if_match=etag).status_code == 403
    )
    assert caller.post("innovations/", {"title": "x", "site": other_site.code}).status_code == 403
    assert caller.get("enquiries/", site=other_site.code).status_code == 403
    assert caller.get("enquiries/", site=site.code).status_code == 200


def test_an_unknown_and_a_foreign_site_are_the_same(site, other_site, robot):
    asked = [robot.get("innovations/", site=code) for code in ("NOSUCH", other_site.code)]
    assert bytes_of(asked[0]) == bytes_of(asked[1])
    assert asked[0].status_code == 404
    assert "site" in asked[0].json()["errors"]
    sent = [
        robot.post("innovations/", {"title": "x", "site": code})
        for code in ("NOSUCH", other_site.code)
    ]
    assert bytes_of(sent[0]) == bytes_of(sent[1])
    assert sent[0].status_code == 404
    assert robot.get("innovations/", site=site.code.lower()).status_code == 200
    assert robot.get(f"sites/{other_site.code}/").status_code == 404
    assert robot.get(f"sites/{site.code.lower()}/").json()["code"] == site.code


def test_the_session_needs_its_csrf_token(site, hub_user):
    caller = Caller(user=hub_user, checks_csrf=True)
    refused = caller.post("innovations/", {"title": "x"})
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    # A key sends no cookie and needs none.
    keyed = Caller(key=new_key(site), checks_csrf=True)
    assert keyed.post("innovations/", {"title": "x"}).status_code == 201


def test_a_method_that_is_not_there_is_405(robot):
    for method in ("DELETE", "PUT", "OPTIONS", "TRACE"):
        response = robot.send(method, "innovations/", {})
        assert response.status_code == 405
        assert response["Content-Type"] == "application/problem+json"


def test_callers_are_throttled_by_key(site, robot, monkeypatch):
    from hubapp.api.throttling import CallerThrottle

    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"api": "2/min"})
    assert [robot.get("sites/").status_code for _ in range(3)] == [200, 200, 429]
    last = robot.get("sites/")
    assert int(last["Retry-After"]) > 0
    assert last["Content-Type"] == "application/problem+json"
    assert Caller(key=new_key(site)).get("sites/").status_code == 200


def test_schema_and_page_are_for_callers(nobody, robot, person):
    assert nobody.get("/api/schema/").status_code == 401
    assert robot.get("/api/schema/").status_code == 200
    assert nobody.get("/api/docs/").status_code == 302
    page = person.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    script = person.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in script.content
