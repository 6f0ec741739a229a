"""Coded reasons: standard ones for every site, its own words kept."""

import pytest
from django.core.exceptions import ValidationError

from hubapp import hooks
from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.models import DecisionReason
from portfolio.services import reasons
from tests.factories import TEST

pytestmark = pytest.mark.django_db


def test_a_new_site_begins_with_reasons_for_each_kind(site):
    for created in hooks.site_created:
        created(site, TEST)
    kinds = list(DecisionReason.objects.filter(site=site).values_list("kind", flat=True))
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "scoping": 3,
        "ask": 4,
        "signpost": 4,
        "park": 3,
        "merge": 2,
        "decline": 6,
    }
    assert all(
        reason.words and reason.next_step for reason in DecisionReason.objects.filter(site=site)
    )


def test_installing_again_keeps_what_the_site_wrote(site):
    reasons.install_for_site(site=site, by=TEST)
    ours = DecisionReason.objects.get(site=site, kind="decline", code="no-capacity")
    reasons.edit(reason=ours, words="Our own words.", by=TEST)
    assert reasons.install_for_site(site=site, by=TEST) == 0
    ours.refresh_from_db()
    assert ours.words == "Our own words."


def test_sites_without_any_are_given_them(site, other_site):
    reasons.install_for_site(site=site, by=TEST)
    assert reasons.install_where_missing(by=TEST) == 1
    assert DecisionReason.objects.filter(site=other_site).count() == 22


def test_a_site_from_before_gets_the_kinds_it_lacks_and_keeps_what_it_took_away(site):
    reasons.install_for_site(site=site, by=TEST)
    rows = DecisionReason.objects.filter(site=site)
    rows.filter(kind__in=["signpost", "park", "merge"]).delete()
    rows.filter(kind="decline", code="unsafe").delete()
    assert reasons.install_where_missing(by=TEST) == 1
    assert rows.filter(kind="park").count() == 3
    assert not rows.filter(code="unsafe").exists()
    assert reasons.install_where_missing(by=TEST) == 0


def test_a_decline_says_what_would_change_it_unless_the_site_wrote_its_own(site):
    reasons.install_for_site(site=site, by=TEST)
    rows = DecisionReason.objects.filter(site=site, kind="decline")
    assert all(row.would_change for row in rows)
    rows.update(would_change="")
    edited = rows.get(code="unsafe")
    reasons.edit(reason=edited, label="Not safe", by=TEST)
    reasons.install_where_missing(by=TEST)
    assert rows.get(code="no-capacity").would_change
    assert not rows.get(code="unsafe").would_change


def test_a_reason_is_added_with_a_code_of_its_own(site):
    first = reasons.add(site=site, kind="decline", label="Wrong time", words="Not now.", by=TEST)
    second = reasons.add(
        site=site, kind="decline", label="Wrong time", words="Not now either.", by=TEST
    )
    assert (first.code, second.code) == ("wrong-time", "wrong-time-2")


def test_a_reason_needs_words(site):
    with pytest.raises(ValidationError):
        reasons.add(site=site, kind="decline", label="Wrong time", words=" ", by=TEST)
    with pytest.raises(Refused, match="which decision the reason is for"):
        reasons.add(site=site, kind="undo", label="Wrong time", words="x", by=TEST)


def test_the_last_reason_of_a_kind_stays(site):
    reason = reasons.add(site=site, kind="ask", label="Only one", words="Tell us more.", by=TEST)
    with pytest.raises(Refused, match="last reason of its kind"):
        reasons.edit(reason=reason, is_active=False, by=TEST)


def test_two_editors_do_not_overwrite_each_other(site):
    reason = reasons.add(site=site, kind="ask", label="One", words="Tell us more.", by=TEST)
    stale = DecisionReason.objects.get(pk=reason.pk)
    reasons.edit(reason=reason, words="First.", by=TEST, version=1)
    with pytest.raises(Stale):
        reasons.edit(reason=stale, words="Second.", by=TEST, version=1)
    reason.refresh_from_db()
    assert (reason.words, reason.version) == ("First.", 2)


def test_events_say_which_fields_changed_and_not_the_words(site):
    reason = reasons.add(site=site, kind="ask", label="One", words="Tell us more.", by=TEST)
    reasons.edit(reason=reason, words="First.", by=TEST)
    assert Event.objects.get(verb="reason.edited").changes == {"words": "changed"}
