"""Rounds and what they released over REST: who reads what, who writes, and what is refused."""

import json

import pytest

from accounts.enums import Role
from maturity.enums import Disclosure, RoundState
from maturity.models import Round
from maturity.services import assessments, closing, releases, rounds
from tests import factories
from tests.api.conftest import Caller, new_key
from tests.factories import TEST, framework, network_of, open_round, self_assessment, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def network(site, other_site):
    return network_of(site, other_site)


@pytest.fixture
def coordinator(network):
    """A coordinator at a browser: a key belongs to a site and coordinates nothing."""
    return Caller(user=factories.coordinator(network))


@pytest.fixture
def robot(site):
    """A key of ``site`` with every scope."""
    return Caller(key=new_key(site))


def at(row, *more):
    return "/".join(["rounds", row.ref, *more, ""])


def etag(row):
    row.refresh_from_db()
    return f'"{row.ref}-{row.version}"'


def new(made, **more):
    days = {"opens_on": str(today()), "closes_on": "2099-01-01"}
    return {"framework": made.slug, "name": "Spring", **days, **more}


def many(network, count, **fields):
    """A round of so many sites, all of which said something in ``s1-i1`` and submitted."""
    sites = [factories.SiteFactory() for _ in range(count)]
    for each in sites:
        factories.place(network, each)
    round = open_round(network, sites=sites, **fields)
    for number, each in enumerate(sites):
        row = self_assessment(each, round, s1_i1=(1, 3, 5)[number % 3], s2_i2=None)
        assessments.submit(assessment=row, by=TEST)
    return round, sites


# -- reading ------------------------------------------------------------------------
def test_a_site_reads_the_rounds_that_it_was_asked_to_and_no_others(
    robot, site, other_site, network
):
    made = framework()
    asked = open_round(network, framework=made, sites=[site])
    open_round(network, framework=made, sites=[other_site], name="Theirs")
    rounds.prepare(
        network=network,
        framework=made,
        name="Draft",
        opens_on=today(),
        closes_on=today(),
        by=TEST,
    )
    alone = open_round(site=site, framework=made, name="Alone")
    found = robot.every("rounds/")
    assert {each["ref"] for each in found} == {asked.ref, alone.ref}
    assert robot.get(at(alone)).json()["site"] == site.code
    # How many others were asked and how far they are is the coordinator's.
    assert {(each["sites"], each["submitted"]) for each in found} == {(None, None)}


def test_a_coordinator_reads_every_round_of_the_network_with_its_progress(
    coordinator, network, site, other_site
):
    round = open_round(network)
    assessments.submit(assessment=self_assessment(site, round, s1_i1=5), by=TEST)
    self_assessment(other_site, round, s1_i1=1)
    read = coordinator.get(at(round)).json()
    assert (read["network"], read["sites"], read["submitted"]) == (network.slug, 2, 1)
    rows = coordinator.every(at(round, "progress"))
    assert [(each["site"], each["state"], each["answered"]) for each in rows] == [
        (other_site.code, "draft", 1),
        (site.code, "submitted", 1),
    ]
    assert set(rows[0]) == {"site", "name", "state", "answered", "asked", "submitted_on"}
    assert [each["site"] for each in coordinator.every(at(round, "progress"), state="draft")] == [
        other_site.code
    ]
    file = coordinator.get(at(round, "progress"), headers={"Accept": "text/csv"})
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert len(lines) == 3


def test_filters_fields_and_etags(robot, site, other_site, network):
    made = framework()
    row = open_round(network, framework=made)
    assert len(robot.every("rounds/", state="open", network=network.slug, site=site.code)) == 1
    assert robot.every("rounds/", state="closed") == []
    assert robot.every("rounds/", framework="none") == []
    assert robot.every("rounds/", updated_since="2100-01-01T00:00:00Z") == []
    assert robot.every("rounds/", fields="ref") == [{"ref": row.ref}]
    assert robot.get("rounds/", site=other_site.code).status_code == 404
    for wrong in ({"state": "shut"}, {"colour": "red"}, {"ordering": "name"}):
        assert robot.get("rounds/", **wrong).status_code == 400
    again = robot.get(at(row), headers={"If-None-Match": etag(row)})
    assert again.status_code == 304


def test_foreign_and_missing_are_the_same_bytes(site, other_site, network):
    closed = open_round(network, sites=[site])
    closing.close(round=closed, by=TEST)
    missing = Caller(key=new_key(other_site)).get("rounds/0000000000/")
    stranger = Caller(user=factories.coordinator(factories.NetworkFactory()))
    for caller in (
        # A site of the same network that was not asked, and another network's coordinator.
        Caller(key=new_key(other_site)),
        Caller(user=factories.member(other_site, Role.SITE_LEAD)),
        stranger,
    ):
        for more in ((), ("releases",), ("releases", "1")):
            found = caller.get(at(closed, *more))
            assert (found.status_code, found.content) == (404, missing.content)


def test_scopes_and_roles_are_asked(site, network):
    round = open_round(network)
    assert Caller(key=new_key(site, "kpis:read")).get(at(round)).status_code == 403
    assert Caller(key=new_key(site, "maturity:read")).get(at(round)).status_code == 200
    assert Caller(user=factories.member(site, Role.EXECUTIVE)).get(at(round)).status_code == 200
    assert Caller(user=factories.member(site, Role.STAFF)).get(at(round)).status_code in (403, 404)
    lead = Caller(user=factories.member(site, Role.SITE_LEAD))
    # How far other sites are is for the coordinator.
    assert lead.get(at(round, "progress")).status_code == 403
    for verb in ("close", "cancel", "open", "restate", "remind", "add-sites"):
        assert lead.post(at(round, verb), {}, if_match=etag(round)).status_code == 403
    assert lead.patch(at(round), {"name": "Mine"}, if_match=etag(round)).status_code == 403
    every_scope = Caller(key=new_key(site))
    assert every_scope.post(at(round, "close"), if_match=etag(round)).status_code == 403
    assert every_scope.post("rounds/", {}).status_code == 403
    round.refresh_from_db()
    assert round.state == RoundState.OPEN


# -- what was released ---------------------------------------------------------------
def test_nothing_is_released_before_the_round_has_closed(coordinator, network):
    round, sites = many(network, 3)
    for caller in (coordinator, Caller(key=new_key(sites[0]))):
        assert caller.every(at(round, "releases")) == []
        assert caller.get(at(round, "releases", "1")).status_code == 404


def test_a_release_gives_its_frozen_figures_and_nobodys_ratings(coordinator, network):
    round, sites = many(network, 9)
    closing.close(round=round, by=TEST)
    site = Caller(key=new_key(sites[0]))
    (row,) = site.every(at(round, "releases"))
    assert (row["number"], row["sites"], row["min_others"], row["reason"]) == (1, 9, 5, "")
    full = site.get(at(round, "releases", "1")).json()
    assert full == coordinator.get(at(round, "releases", "1")).json()
    assert full["groups"] == [{"code": "all", "label": "All sites", "sites": 9}]
    cells = {each["indicator"]: each["cells"] for each in full["indicators"]}
    assert cells["s1-i1"] == [
        {"group": "all", "n": 9, "lower": 1, "median": 3, "upper": 5, "release": 1}
    ]
    # Nobody rated it: withheld, without a number.
    assert cells["s2-i1"] == []
    pools = {each["sub_domain"]: each for each in full["sub_domains"]}
    assert [each["count"] for each in pools["s1"]["counts"]] == [3, 3, 3]
    assert (pools["s2"]["counts"], pools["s2"]["shown"], pools["s2"]["of"]) == ([], 0, 2)
    text = json.dumps(full)
    assert [each.code for each in sites if each.code in text] == []
    assert "changed" not in full


def test_too_few_sites_release_no_figure(network):
    round, sites = many(network, 3)
    closing.close(round=round, by=TEST)
    full = Caller(key=new_key(sites[0])).get(at(round, "releases", "1")).json()
    assert full["groups"] == []
    assert not any(each["cells"] for each in full["indicators"])
    assert not any(each["counts"] for each in full["sub_domains"])


def test_a_release_that_is_not_there(robot, site, network):
    round = open_round(network)
    closing.close(round=round, by=TEST)
    for number in ("0", "2", "99999999999999999999"):
        assert robot.get(at(round, "releases", number)).status_code == 404
    assert robot.get(at(round, "releases", "one")).status_code == 404


# -- writing -------------------------------------------------------------------------
def test_the_whole_way_over_rest(coordinator, network, site, other_site):
    made = framework()
    sent = new(made, disclosure=Disclosure.NAMED_SITES, min_others=3, asks_raters=True)
    created = coordinator.post("rounds/", sent, key="once")
    assert created.status_code == 201
    assert coordinator.post("rounds/", sent, key="once").json() == created.json()
    row = Round.objects.get()
    assert created["Location"].endswith(f"/rounds/{row.ref}/")
    assert (row.network, row.disclosure, row.min_others, row.asks_raters) == (
        network,
        Disclosure.NAMED_SITES,
        3,
        True,
    )
    change = {"name": "Summer", "min_others": 5}
    assert coordinator.patch(at(row), change).status_code == 428
    assert coordinator.patch(at(row), change, if_match='"x-1"').status_code == 412
    assert coordinator.patch(at(row), change, if_match=etag(row)).json()["name"] == "Summer"
    chosen = {"sites": [site.code.lower()]}
    opened = coordinator.post(at(row, "open"), chosen, if_match=etag(row)).json()
    assert (opened["state"], opened["sites"]) == ("open", 1)
    late = coordinator.patch(at(row), {"min_others": 2}, if_match=etag(row))
    assert late.status_code == 409
    assert coordinator.post(at(row, "add-sites"), {"sites": [other_site.code]}).json()["sites"] == 2
    lead = factories.member(other_site, Role.SITE_LEAD)
    reminded = coordinator.post(at(row, "remind"), {"site": other_site.code})
    assert reminded.json() == {"site": other_site.code, "mails": 1}, lead
    assert coordinator.post(at(row, "remind"), {"site": other_site.code}).status_code == 409
    assessments.submit(assessment=self_assessment(site, row, s1_i1=5), by=TEST)
    closed = coordinator.post(at(row, "close"), if_match=etag(row)).json()
    assert closed["state"] == "closed"
    assert len(coordinator.every(at(row, "releases"))) == 1
    assert coordinator.post(at(row, "cancel"), if_match=etag(row)).status_code == 409


def test_opening_without_sites_asks_all_of_the_network(coordinator, network):
    created = coordinator.post("rounds/", new(framework())).json()
    row = Round.objects.get(ref=created["ref"])
    opened = coordinator.post(at(row, "open"), {}, if_match=etag(row)).json()
    assert opened["sites"] == 2


def test_a_restatement_needs_a_reason_and_enough_that_changed(coordinator, network):
    round, sites = many(network, 9)
    closing.close(round=round, by=TEST)
    assert coordinator.post(at(round, "restate"), {"reason": "Again"}).status_code == 409
    row = round.assessments.select_related("round__framework", "site").get(site=sites[0])
    assessments.reopen(assessment=row, reason="A slip", by=TEST)
    assessments.submit(assessment=row, by=TEST)
    assert coordinator.post(at(round, "restate"), {}).status_code == 400
    # One alone would be given away.
    assert coordinator.post(at(round, "restate"), {"reason": "A slip"}).status_code == 409
    assert len(releases.Release.objects.filter(round=round)) == 1


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"framework": "none"}, "framework"),
        ({"closes_on": "1/2/2030"}, "closes_on"),
        ({"min_others": 1}, "min_others"),
        ({"disclosure": "all"}, "disclosure"),
        ({"name": " "}, "name"),
        ({"site": "X"}, "site"),
        ({"closes_on": "2020-01-01"}, "body"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(coordinator, wrong, named):
    answer = coordinator.post("rounds/", new(framework(), **wrong))
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [named]
    assert answer["Content-Type"] == "application/problem+json"
    assert not Round.objects.exists()


def test_another_networks_name_framework_and_sites_are_not_there(coordinator, network):
    other = network_of(factories.SiteFactory())
    theirs = framework(other, key="theirs")
    made = framework()
    foreign = coordinator.post("rounds/", new(made, network=other.slug))
    missing = coordinator.post("rounds/", new(made, network="nowhere"))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert coordinator.post("rounds/", new(theirs)).status_code == 400
    created = coordinator.post("rounds/", new(made, network=network.slug)).json()
    row = Round.objects.get(ref=created["ref"])
    stranger = factories.SiteFactory().code
    for codes in ([stranger], ["NOWHERE"], [], "all"):
        answer = coordinator.post(at(row, "open"), {"sites": codes}, if_match=etag(row))
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["sites"])
    assert coordinator.post(at(row, "remind"), {"site": stranger}).status_code == 400


def test_a_key_opens_and_closes_nothing_also_in_its_own_round(robot, site):
    alone = open_round(site=site)
    assert robot.post(at(alone, "close"), if_match=etag(alone)).status_code == 403
