"""Whoever declared an interest neither undoes a decision on the idea nor merges another into it."""

import pytest

from hubapp.problems import Refused
from portfolio.enums import DecisionKind
from portfolio.services import decisions, interests
from tests import factories

pytestmark = pytest.mark.django_db


def declare(idea, user):
    interests.declare(innovation=idea, user=user, nature="financial", by=user.actor)


def test_they_do_not_undo_what_somebody_else_decided(site, hub_user):
    idea = factories.innovation(site)
    factories.reason(site)
    decision = decisions.decide(
        innovation=idea, kind="decline", reason_code="test-reason", words="No.", by=factories.TEST
    )
    declare(idea, hub_user)
    with pytest.raises(Refused, match="declared an interest"):
        decisions.undo(decision=decision, by=hub_user.actor)
    decisions.undo(decision=decision, by=factories.TEST)


def test_they_do_not_merge_another_idea_into_it(site, hub_user):
    idea, other = factories.innovation(site, "One"), factories.innovation(site, "Other")
    factories.reason(site, DecisionKind.MERGE)
    declare(other, hub_user)
    asked = {
        "innovation": idea,
        "kind": "merge",
        "reason_code": "test-reason",
        "words": "Same.",
        "into": other,
    }
    with pytest.raises(Refused, match="declared an interest"):
        decisions.decide(**asked, by=hub_user.actor)
    decisions.decide(**asked, by=factories.TEST)
