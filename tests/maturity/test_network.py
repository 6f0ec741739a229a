"""Closing a round, what it releases, reading it, comparing, and sites that meet."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import Role
from hubapp.notifications.models import Delivery
from hubapp.problems import Refused
from maturity.enums import AssessmentState, Disclosure, PairingState, RoundState, Wish
from maturity.models import Pairing, Release, ReleaseMember, Round, SelfAssessment
from maturity.patterns import Counted, by_pattern, ordered
from maturity.queries import network as queries
from maturity.queries.named import may_read_ratings
from maturity.services import assessments, closing, learning, releases, rounds
from tests import factories
from tests.factories import TEST, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def sites(db):
    return [factories.SiteFactory() for _ in range(8)]


def submitted(site, round, **answers):
    return assessments.submit(assessment=self_assessment(site, round, **answers), by=TEST)


def closed_round(sites, values=(1, 1, 3, 3, 3, 5, 5, 5), **fields):
    """A closed round in which the sites rate s1-i1 by ``values`` and all rate s1-i2 alike."""
    round = open_round(network_of(*sites), **fields)
    for site, value in zip(sites, values, strict=True):
        submitted(site, round, s1_i1=value, s1_i2=3)
    closing.close(round=round, by=TEST)
    round.refresh_from_db()
    return round


def of(site, round):
    return SelfAssessment.objects.select_related("round__framework", "site", "profile").get(
        site=site, round=round
    )


# -- closing -----------------------------------------------------------------------------
def test_closing_costs_the_same_for_two_sites_and_for_five(count_queries):
    costs, of_all = [], factories.framework()
    for size in (2, 5):
        sites = factories.SiteFactory.create_batch(size)
        row = factories.open_round(factories.network_of(*sites), framework=of_all)
        for site in sites:
            mine = factories.self_assessment(site, row, s1_i1=3)
            assessments.submit(assessment=mine, by=TEST)
        row.refresh_from_db()
        with count_queries() as found:
            closing.close(round=row, by=TEST)
        costs.append(len(found))
        for mine in row.assessments.all():
            moves = list(mine.moves.values_list("number", "from_state", "to_state"))
            assert moves[-1] == (len(moves), "submitted", "final")
            assert mine.state == "final"
    assert costs[0] == costs[1]


def test_closing_makes_what_was_submitted_final_and_leaves_drafts_alone(sites):
    round = open_round(network_of(*sites))
    submitted(sites[0], round, s1_i1=5)
    self_assessment(sites[1], round, s1_i1=1)
    closing.close(round=round, by=TEST)
    states = dict(round.assessments.values_list("site_id", "state"))
    assert states[sites[0].pk] == AssessmentState.FINAL
    assert states[sites[1].pk] == AssessmentState.DRAFT
    assert states[sites[2].pk] == AssessmentState.NOT_STARTED


def test_closing_twice_is_once_and_what_was_released_never_changes(sites):
    round = closed_round(sites)
    closing.close(round=round, by=TEST)
    assert Release.objects.filter(round=round).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.update(sites=3)


def test_a_day_that_was_missed_is_made_up_for(sites):
    round = open_round(network_of(*sites))
    submitted(sites[0], round, s1_i1=5)
    later = round.closes_on + dt.timedelta(days=9)
    assert closing.close_due(by=TEST, today=round.closes_on) == 0
    assert closing.close_due(by=TEST, today=later) == 1
    assert closing.close_due(by=TEST, today=later) == 0
    round.refresh_from_db()
    assert round.state == RoundState.CLOSED


def test_a_site_alone_compares_with_nobody(site):
    round = open_round(site=site)
    submitted(site, round, s1_i1=5)
    closing.close(round=round, by=TEST)
    assert not Release.objects.exists()


# -- what is released -----------------------------------------------------------------------
def test_a_cell_has_quartiles_and_what_all_rate_alike_is_withheld(sites):
    round = closed_round(sites)
    content = queries.content_of(queries.latest_release(round))
    cell = content.cell("s1-i1")
    assert (cell.n, cell.lower, cell.median, cell.upper) == (8, 1, 3, 5)
    assert content.cell("s1-i2") is None
    assert content.pools["s1"].counts == {1: 2, 3: 3, 5: 3}


def test_too_few_sites_release_nothing(sites):
    round = closed_round(sites[:5], (1, 1, 3, 5, 5))
    assert queries.content_of(queries.latest_release(round)).groups == {}
    comparison = queries.comparison_of(of(sites[0], round))
    assert comparison.withheld == 4


def test_one_reopened_site_is_not_restated_and_a_late_one_waits(sites):
    round = closed_round(sites)
    row = of(sites[0], round)
    with pytest.raises(Refused, match="No site has"):
        releases.restate(round=round, reason="Again", by=TEST)
    assessments.reopen(assessment=row, reason="A wrong number", by=TEST)
    assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(5)}, by=TEST)
    assessments.submit(assessment=row, by=TEST)
    assert row.state == AssessmentState.FINAL
    assert releases.standing_of(round).changed == 1
    with pytest.raises(Refused, match="whose ratings changed"):
        releases.restate(round=round, reason="A wrong number", by=TEST)
    assert Release.objects.filter(round=round).count() == 1


def test_enough_changed_sites_are_restated_and_the_former_release_stays(sites):
    more = [factories.SiteFactory() for _ in range(8)]
    everybody = [*sites, *more]
    round = closed_round(everybody, (1, 1, 3, 3, 3, 5, 5, 5) * 2)
    before = Release.objects.get(round=round).content
    for site in everybody[:8]:
        row = of(site, round)
        assessments.reopen(assessment=row, reason="Looked again", by=TEST)
        assessments.submit(assessment=row, by=TEST)
    made = releases.restate(round=round, reason="Half the sites looked again", by=TEST)
    assert (made.number, made.reason) == (2, "Half the sites looked again")
    assert Release.objects.get(round=round, number=1).content == before
    assert ReleaseMember.objects.filter(release=made).count() == 16


# -- reading it -------------------------------------------------------------------------------
def test_a_coordinator_reads_counts_by_name_only_in_a_named_and_closed_round(sites, sign_in):
    round = closed_round(sites)
    client = sign_in(factories.coordinator(round.network))
    address = reverse("maturity:reading", kwargs={"network": round.network.slug, "ref": round.ref})
    page = words(client.get(address))
    assert sites[0].name in page
    assert "Not answered" in page
    reading = queries.reading_for_coordinator(round)
    first = reading.sub_domains[0]
    assert first.counts == {1: 2, 3: 11, 5: 3}
    assert (first.not_applicable, first.not_answered) == (0, 0)
    assert reading.sub_domains[1].not_answered == 16


def test_before_it_closes_nobody_reads_anything(sites, sign_in):
    round = open_round(network_of(*sites))
    submitted(sites[0], round, s1_i1=5)
    client = sign_in(factories.coordinator(round.network))
    address = reverse("maturity:reading", kwargs={"network": round.network.slug, "ref": round.ref})
    assert "Nothing to read yet" in words(client.get(address))
    assert queries.reading_for_coordinator(round) is None


def test_where_only_all_together_is_shown_no_site_is_named_to_the_coordinator(sites, sign_in):
    round = closed_round(sites, disclosure=Disclosure.AGGREGATE)
    client = sign_in(factories.coordinator(round.network))
    address = reverse("maturity:reading", kwargs={"network": round.network.slug, "ref": round.ref})
    page = words(client.get(address))
    assert not any(site.name in page for site in sites)
    assert queries.reading_for_coordinator(round).sub_domains[0].counts == {1: 2, 3: 3, 5: 3}


@pytest.mark.parametrize(
    ("disclosure", "coordinator", "other"),
    [
        (Disclosure.NAMED_COORDINATOR, True, False),
        (Disclosure.NAMED_SITES, True, True),
        (Disclosure.AGGREGATE, False, False),
    ],
)
def test_who_reads_a_sites_ratings_by_name_follows_the_disclosure(
    sites, disclosure, coordinator, other
):
    round = closed_round(sites, disclosure=disclosure)
    row = of(sites[0], round)
    own = factories.member(sites[0], Role.SITE_LEAD).viewer
    assert may_read_ratings(own, row)
    assert may_read_ratings(factories.coordinator(round.network).viewer, row) is coordinator
    assert may_read_ratings(factories.member(sites[1], Role.SITE_LEAD).viewer, row) is other
    stranger = factories.member(factories.SiteFactory(), Role.SITE_LEAD).viewer
    assert not may_read_ratings(stranger, row)


def test_a_foreign_round_is_not_found(sites, sign_in):
    round = closed_round(sites)
    elsewhere = network_of(factories.SiteFactory())
    client = sign_in(factories.coordinator(elsewhere))
    for network in (round.network, elsewhere):
        address = reverse("maturity:reading", kwargs={"network": network.slug, "ref": round.ref})
        assert client.get(address).status_code == 404


# -- a site beside the others --------------------------------------------------------------------
def test_a_site_sees_where_it_stands_and_nothing_of_another_by_name(sites, sign_in):
    round = closed_round(sites)
    row = of(sites[0], round)
    client = sign_in(factories.member(sites[0], Role.SITE_LEAD))
    address = reverse("maturity:comparison", kwargs={"site": sites[0].slug, "ref": row.ref})
    page = words(client.get(address))
    assert "1 to 5, median 3 (N = 8)" in page
    assert "In the middle half" in page
    assert "Withheld" in page
    assert not any(other.name in page for other in sites[1:])


def test_the_api_gives_the_same_figures_as_the_page(sites, sign_in):
    round = closed_round(sites)
    row = of(sites[0], round)
    client = sign_in(factories.member(sites[0], Role.SITE_LEAD))
    data = client.get(f"/api/v1/self-assessments/{row.ref}/comparison/").json()
    assert (data["release"]["number"], data["release"]["sites"]) == (1, 8)
    first, second = data["indicators"][:2]
    assert first == {
        "indicator": "s1-i1",
        "sub_domain": "s1",
        "answer": "rated",
        "value": 1,
        "place": "within",
        "cells": [{"group": "all", "n": 8, "lower": 1, "median": 3, "upper": 5, "release": 1}],
    }
    assert second["cells"] == []
    assert data["sub_domains"][0] == {
        "sub_domain": "s1",
        "counts": {"1": 2, "3": 3, "5": 3},
        "shown": 1,
        "of": 2,
    }
    assert data["sub_domains"][1]["counts"] == {}


def test_nobody_compares_before_it_is_released(sites, sign_in):
    round = open_round(network_of(*sites))
    row = submitted(sites[0], round, s1_i1=5)
    client = sign_in(factories.member(sites[0], Role.SITE_LEAD))
    address = reverse("maturity:comparison", kwargs={"site": sites[0].slug, "ref": row.ref})
    assert "Nothing to compare yet" in words(client.get(address))


# -- patterns ------------------------------------------------------------------------------------
def part(name, ones, threes, fives):
    return Counted(name, name, "", {1: ones, 3: threes, 5: fives})


def test_patterns_follow_their_stated_rules():
    parts = [
        part("foundation", 1, 10, 9),
        part("no five", 2, 18, 0),
        part("many ones", 9, 8, 3),
        part("both ends", 6, 8, 6),
        part("too few", 0, 0, 3),
    ]
    found = {key: [each.name for each in rows] for key, rows in by_pattern(parts).items()}
    assert found == {
        "strong": ["foundation"],
        "challenge": ["many ones", "no five"],
        "learning": ["both ends"],
    }
    assert [each.name for each in ordered([*parts, part("none", 0, 0, 0)])] == [
        "too few",
        "foundation",
        "both ends",
        "many ones",
        "no five",
        "none",
    ]


# -- learning from each other --------------------------------------------------------------------------
@pytest.fixture
def pair(sites):
    """A closed round in which the first site offers and the second wants the same."""
    round = closed_round(sites)
    giver, taker = of(sites[0], round), of(sites[1], round)
    first = round.framework.sub_domains.get(code="s1")
    learning.wish(assessment=giver, sub_domain=first, wish=Wish.OFFERS, by=TEST)
    learning.wish(assessment=taker, sub_domain=first, wish=Wish.WANTS, by=TEST)
    return round, first, sites[0], sites[1]


def test_only_who_said_so_is_suggested_and_taking_it_back_ends_that(pair):
    round, first, giver, taker = pair
    (only,) = queries.suggestions_in(round)
    assert (only.giver, only.taker) == (giver, taker)
    learning.wish(assessment=of(taker, round), sub_domain=first, wish="", by=TEST)
    assert queries.suggestions_in(round) == []
    with pytest.raises(Refused, match="no longer offers or wants"):
        learning.propose(round=round, sub_domain=first, giver=giver, taker=taker, by=TEST)


def test_neither_reads_the_others_name_before_both_agreed(pair, sign_in):
    round, first, giver, taker = pair
    one, two = factories.member(giver, Role.SITE_LEAD), factories.member(taker, Role.SITE_LEAD)
    learning.propose(round=round, sub_domain=first, giver=giver, taker=taker, by=TEST)
    address = reverse("maturity:learning", kwargs={"site": giver.slug})
    client = sign_in(one)
    assert taker.name not in words(client.get(address))
    row = Pairing.objects.get()
    client.post(address, {"do": "agree", "pairing": row.ref})
    assert taker.name not in words(client.get(address))
    assert Delivery.objects.filter(kind="maturity.introduced").count() == 0
    other = sign_in(two)
    there = reverse("maturity:learning", kwargs={"site": taker.slug})
    other.post(there, {"do": "agree", "pairing": row.ref})
    assert giver.name in words(other.get(there))
    assert two.person.email in words(sign_in(one).get(address))
    assert Delivery.objects.filter(kind="maturity.introduced").count() == 2


def test_a_no_ends_it_and_a_third_site_can_answer_nothing(pair, sites):
    round, first, giver, taker = pair
    row = learning.propose(round=round, sub_domain=first, giver=giver, taker=taker, by=TEST)
    with pytest.raises(Refused):
        learning.agree(pairing=row, site=sites[2], by=TEST)
    learning.decline(pairing=row, site=taker, by=TEST)
    assert row.state == PairingState.DECLINED
    with pytest.raises(Refused):
        learning.agree(pairing=row, site=giver, by=TEST)


def test_the_page_of_pairs_proposes_and_takes_back(pair, sign_in):
    round, first, giver, taker = pair
    client = sign_in(factories.coordinator(round.network))
    address = reverse("maturity:pairs", kwargs={"network": round.network.slug, "ref": round.ref})
    chosen = f"{first.code}:{giver.ref}:{taker.ref}"
    assert chosen in client.get(address).content.decode()
    client.post(address, {"pair": chosen})
    row = Pairing.objects.get()
    client.post(address, {"withdraw": row.ref})
    row.refresh_from_db()
    assert row.state == PairingState.WITHDRAWN
    client.post(address, {"pair": "s1:x:y"})
    assert Pairing.objects.count() == 1


def test_wishes_are_saved_on_the_page(sites, sign_in):
    round = closed_round(sites)
    client = sign_in(factories.member(sites[0], Role.SITE_LEAD))
    address = reverse("maturity:learning", kwargs={"site": sites[0].slug})
    assert client.get(address).status_code == 200
    client.post(address, {"wish-s1": "offers", "wish-s2": ""})
    assert [row.wish for row in of(sites[0], round).wishes.filter(ended_at=None)] == ["offers"]
    client.post(address, {"wish-s1": "rubbish"})
    assert [row.wish for row in of(sites[0], round).wishes.filter(ended_at=None)] == ["offers"]


@pytest.mark.parametrize("count", [6, 8])
def test_the_reading_asks_as_much_however_many_sites(
    sites, sign_in, django_assert_max_num_queries, count
):
    round = closed_round(sites[:count], (1, 1, 3, 3, 5, 5, 5, 5)[:count])
    client = sign_in(factories.coordinator(round.network))
    address = reverse("maturity:reading", kwargs={"network": round.network.slug, "ref": round.ref})
    with django_assert_max_num_queries(16):
        client.get(address)


def test_a_late_site_joins_a_closed_round_and_waits_for_a_restatement(sites):
    late = factories.SiteFactory()
    round = open_round(network_of(*sites, late), sites=sites)
    for site, value in zip(sites, (1, 1, 3, 3, 3, 5, 5, 5), strict=True):
        submitted(site, round, s1_i1=value)
    closing.close(round=round, by=TEST)
    round = Round.objects.get(pk=round.pk)
    rounds.add_sites(round=round, sites=[late], by=TEST)
    row = submitted(late, round, s1_i1=1)
    assert row.state == AssessmentState.FINAL
    standing = releases.standing_of(round)
    assert (standing.changed, standing.more > 0) == (1, True)
    assert queries.content_of(queries.latest_release(round)).cell("s1-i1").n == 8
