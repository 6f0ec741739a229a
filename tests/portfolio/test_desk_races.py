"""Two at one desk at one moment, on the database that lets them run side by side."""

import pytest

from hubapp.problems import Refused
from portfolio.enums import DecisionKind, LabelKind, State
from portfolio.models import Innovation, InnovationLabel, Message
from portfolio.services import bulk, decisions, take
from portfolio.services import messages as thread
from tests import factories
from tests.portfolio.test_ask_races import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk():
    site = factories.SiteFactory()
    for kind in DecisionKind.values:
        factories.reason(site, kind)
    return site


def idea(site, title: str, email: str = ""):
    return factories.innovation(site, title, email=email)


def merging(one, other):
    """Merges as a page of its own would: both are read first."""
    source, into = Innovation.objects.get(pk=one.pk), Innovation.objects.get(pk=other.pk)

    def merge():
        return decisions.decide(
            innovation=source,
            kind=DecisionKind.MERGE,
            reason_code="test-reason",
            words="The same.",
            into=into,
            by=factories.TEST,
        )

    return merge


@pytest.mark.parametrize("attempt", range(6))
def test_of_two_merges_that_cross_one_is_done(desk, attempt):
    one, other = idea(desk, "One"), idea(desk, "Other")
    found = at_once(merging(one, other), merging(other, one))
    assert len(found) == 2
    assert sum(isinstance(each, Refused) for each in found) == 1
    assert Innovation.objects.filter(state=State.MERGED).count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_many_ideas_acknowledged_twice_get_one_message_each(desk, attempt):
    ideas = [idea(desk, f"Idea {n}", email=f"p{n}@nhs.example") for n in range(20)]

    def acknowledge():
        return bulk.acknowledge(site=desk, innovations=ideas, by=factories.TEST)

    at_once(acknowledge, acknowledge, acknowledge)
    assert Message.objects.count() == 20


def test_one_acknowledged_alone_and_with_others_gets_one_message(desk):
    ideas = [idea(desk, f"Idea {n}", email=f"p{n}@nhs.example") for n in range(20)]
    calls = [
        lambda one=one: thread.acknowledge(
            innovation=Innovation.objects.get(pk=one.pk), by=factories.TEST
        )
        for one in ideas[:3]
    ]
    at_once(
        lambda: bulk.acknowledge(site=desk, innovations=ideas, by=factories.TEST), *calls, *calls
    )
    assert Message.objects.count() == 20


@pytest.mark.parametrize("attempt", range(3))
def test_the_same_tag_given_twice_is_there_once(desk, attempt):
    ideas = [idea(desk, f"Idea {n}") for n in range(20)]

    def tag(rows):
        return lambda: bulk.tag(site=desk, innovations=rows, word="falls", by=factories.TEST)

    found = at_once(tag(ideas), tag(ideas[::-1]), tag(ideas))
    assert len(found) == 3
    assert InnovationLabel.objects.filter(kind=LabelKind.TAG).count() == 20


@pytest.mark.parametrize("attempt", range(5))
def test_overlapping_assignments_all_end(desk, attempt):
    ideas = [idea(desk, f"Idea {n}") for n in range(60)]
    people = [factories.member(desk) for _ in range(4)]

    def assign(rows, to):
        return lambda: bulk.assign(site=desk, innovations=rows, to=to, by=factories.TEST)

    found = at_once(
        *(assign(ideas[:: (-1) ** n], person) for n, person in enumerate(people)),
        merging(ideas[5], ideas[40]),
        merging(ideas[41], ideas[6]),
    )
    assert len(found) == 6


def test_eight_who_take_the_next_get_eight(desk):
    for n in range(8):
        idea(desk, f"Idea {n}")
    people = [factories.member(desk) for _ in range(8)]
    found = at_once(
        *(
            lambda person=person: take.take_next(site=desk, user=person, by=factories.TEST)
            for person in people
        )
    )
    assert len({each.pk for each in found if each}) == len([each for each in found if each])
    assert all(found)


@pytest.mark.parametrize("attempt", range(3))
def test_separating_while_the_other_goes_on(desk, attempt):
    one, other, third = (idea(desk, title) for title in ("One", "Other", "Third"))
    decision = merging(one, other)()
    found = at_once(
        lambda: decisions.undo(
            decision=type(decision)
            .objects.select_related("innovation", "into")
            .get(pk=decision.pk),
            by=factories.TEST,
        ),
        merging(other, third),
    )
    assert len(found) == 2


@pytest.mark.parametrize("attempt", range(3))
def test_decided_while_another_is_merged_into_it(desk, attempt):
    one, other = idea(desk, "One"), idea(desk, "Other")
    row = Innovation.objects.get(pk=other.pk)
    found = at_once(
        merging(one, other),
        lambda: decisions.decide(
            innovation=row,
            kind=DecisionKind.DECLINE,
            reason_code="test-reason",
            words="No.",
            by=factories.TEST,
        ),
    )
    assert len(found) == 2
    assert sum(isinstance(each, Refused) for each in found) == 1
