"""Numbers are computed from the records, stored only when they changed, and never changed silently."""

import datetime as dt
import statistics
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from hubapp.actors import system
from hubapp.db import maintenance
from hubapp.events.models import Event
from kpis import services
from kpis.definitions import REGISTRY
from kpis.models import KpiContribution, KpiMonth, KpiSweep, KpiValue
from kpis.services import computing
from portfolio.models import Innovation
from tests import factories
from tests.kpis.rows import change, idea

BY = system("tests")
OCTOBER = dt.date(2026, 10, 1)
NOVEMBER_20 = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def current(site, kpi: str, month: dt.date = OCTOBER) -> KpiValue:
    return KpiValue.objects.get(site=site, kpi=kpi, period_start=month, is_current=True)


def compute(month: dt.date = OCTOBER, sites=None):
    return services.compute(month=month, sites=sites, by=BY)


def settle(clock) -> None:
    """Two sweeps: what changed within a minute before the first is looked at once more."""
    for _ in range(2):
        services.compute_due(by=BY)
        clock.shift(dt.timedelta(minutes=10))


# -- what is counted -----------------------------------------------------------


def test_submitted_counts_what_was_received_in_the_london_month(clock, site):
    idea(site, day("2026-09-30"))
    idea(site, day("2026-10-01"))
    idea(site, day("2026-10-31"), withdrawn=day("2026-11-02"))
    idea(site, day("2026-10-12"), imported=True)
    idea(site, None, imported=True)
    compute()
    value = current(site, "innovations_submitted")
    assert (value.value, value.numerator, value.denominator, value.n) == (3, 3, None, 3)
    assert (value.period_start, value.period_end) == (OCTOBER, day("2026-10-31"))
    assert value.status == "final"


def test_an_idea_sent_just_after_midnight_in_london_belongs_to_the_new_month(clock, site):
    clock.move_to(dt.datetime(2026, 9, 30, 23, 30, tzinfo=dt.UTC))
    factories.innovation(site)
    compute()
    assert current(site, "innovations_submitted").value == 1


def test_median_is_of_first_decisions_made_in_the_month(clock, site):
    for received, decided in (
        ("2026-10-01", "2026-10-02"),
        ("2026-10-01", "2026-10-08"),
        ("2026-09-01", "2026-09-30"),
        ("2026-10-01", "2026-11-03"),
    ):
        idea(site, day(received), decided=day(decided))
    idea(site, day("2026-10-01"), decided=day("2026-10-30"), imported=True)
    compute()
    value = current(site, "median_days_to_decision")
    assert (value.value, value.n) == (Decimal(3), 2)
    assert (value.numerator, value.denominator) == (None, None)


def test_on_time_is_over_the_decided_and_those_whose_due_date_passed_undecided(clock, site):
    idea(site, day("2026-09-21"), decided=day("2026-10-05"))  # on time
    idea(site, day("2026-09-02"), decided=day("2026-10-05"))  # due in September: late
    idea(site, day("2026-09-21"))  # due on 19 October, undecided to this day
    idea(site, day("2026-09-21"), decided=day("2026-11-04"))  # due in October, decided in November
    idea(site, day("2026-09-21"), withdrawn=day("2026-11-04"))  # undecided when October ended
    idea(site, day("2026-09-21"), withdrawn=day("2026-10-29"))  # withdrawn before that
    idea(site, day("2026-10-20"))  # due in November
    idea(site, day("2026-09-21"), due_on=None, state="asked")  # a stopped clock has no due date
    idea(site, day("2026-10-01"), decided=day("2026-10-30"), imported=True)  # no clock
    compute()
    value = current(site, "decided_on_time")
    assert (value.numerator, value.denominator, value.n) == (1, 5, 5)
    assert value.value == 20


def test_an_undecided_idea_of_the_current_month_counts_from_the_day_after_it_was_due(clock, site):
    idea(site, day("2026-10-23"))  # due on 20 November, which is today
    settle(clock)
    assert current(site, "decided_on_time", day("2026-11-01")).status == "no_data"
    clock.shift(dt.timedelta(days=1))
    services.compute_due(by=BY)
    value = current(site, "decided_on_time", day("2026-11-01"))
    assert (value.numerator, value.denominator, value.value, value.status) == (
        0,
        1,
        0,
        "provisional",
    )


def test_nothing_to_divide_is_no_data_and_a_count_of_nothing_is_nought(clock, site):
    compute()
    for kpi in ("median_days_to_decision", "decided_on_time"):
        value = current(site, kpi)
        assert (value.value, value.status, value.n) == (None, "no_data", 0)
    count = current(site, "innovations_submitted")
    assert (count.value, count.status, count.n) == (0, "final", 0)


def test_a_month_that_has_not_begun_is_refused_in_words(clock, site):
    with pytest.raises(ValidationError, match="December 2026 has not begun"):
        compute(day("2026-12-01"))


def test_sites_never_mix(clock, site, other_site):
    idea(site, day("2026-10-05"))
    for _ in range(3):
        idea(other_site, day("2026-10-05"))
    compute()
    assert current(site, "innovations_submitted").value == 1
    assert current(other_site, "innovations_submitted").value == 3
    assert not KpiContribution.objects.exclude(kpi_value__site_id=models_site()).exists()


def models_site():
    from django.db.models import F

    return F("site_id")


# -- stored only if changed ----------------------------------------------------


def test_computing_again_stores_nothing_and_writes_no_event(clock, site):
    idea(site, day("2026-10-05"), decided=day("2026-10-09"))
    first = compute()
    assert {change.new.kpi for change in first} == set(REGISTRY)
    events = Event.objects.count()
    clock.shift(dt.timedelta(hours=1))
    assert compute() == []
    assert KpiValue.objects.count() == len(REGISTRY)
    assert Event.objects.count() == events


def test_each_new_version_has_its_event(clock, site):
    compute()
    told = Event.objects.filter(verb="kpi.computed")
    assert {event.subject_ref for event in told} == set(
        KpiValue.objects.values_list("ref", flat=True)
    )
    assert {event.site_id for event in told} == {site.pk}
    assert told.values("operation_id").distinct().count() == 1


def test_a_failing_event_leaves_no_value(clock, site, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no event")

    monkeypatch.setattr(computing, "record_many", fail)
    with pytest.raises(RuntimeError):
        compute()
    assert not KpiValue.objects.exists()
    assert not KpiContribution.objects.exists()
    assert not KpiMonth.objects.exists()


def test_a_provisional_number_becomes_final_when_the_month_is_over(clock, site):
    clock.move_to(dt.datetime(2026, 10, 20, 9, tzinfo=dt.UTC))
    idea(site, day("2026-10-05"))
    services.compute_due(by=BY)
    assert current(site, "innovations_submitted").status == "provisional"
    clock.move_to(dt.datetime(2026, 11, 1, 0, 1, tzinfo=dt.UTC))
    services.compute_due(by=BY)
    value = current(site, "innovations_submitted")
    assert (value.status, value.version, value.value, value.restated_because) == ("final", 2, 1, "")


def test_london_not_utc_says_when_the_month_is_over(clock, site):
    clock.move_to(dt.datetime(2026, 5, 31, 23, 30, tzinfo=dt.UTC))
    compute(day("2026-05-01"))
    assert current(site, "innovations_submitted", day("2026-05-01")).status == "final"


def test_a_final_number_that_changes_is_restated_with_old_new_why_and_who(clock, site):
    first = idea(site, day("2026-10-05"))
    idea(site, day("2026-10-06"))
    compute()
    clock.shift(dt.timedelta(minutes=5))
    idea(site, day("2026-10-07"), imported=True)
    idea(site, day("2026-10-08"), imported=True)
    change(first, received_on=None, received_at=None)
    (changed,) = services.compute(month=OCTOBER, by=system("someone"))
    assert (changed.old.value, changed.new.value) == (2, 3)
    assert changed.new.status == "restated"
    assert changed.new.restated_because == "2 records added, 1 no longer counted."
    assert changed.new.actor_ref == "someone"
    # The old version stands as it was, with its records.
    old = KpiValue.objects.get(pk=changed.old.pk)
    assert (old.value, old.status, old.is_current, old.contributions.count()) == (
        2,
        "final",
        False,
        2,
    )
    assert compute() == []
    event = Event.objects.filter(verb="kpi.computed").latest("id")
    assert event.changes["value"] == ["2.0000", "3.0000"]
    assert event.changes["status"] == ["final", "restated"]


def test_other_records_with_the_same_total_are_a_new_version(clock, site):
    first = idea(site, day("2026-10-05"))
    compute()
    change(first, received_on=None, received_at=None)
    idea(site, day("2026-10-06"))
    (changed,) = compute()
    assert changed.new.value == changed.old.value == 1
    assert changed.new.restated_because == "1 record added, 1 no longer counted."


def test_a_record_that_counts_differently_is_a_reason(clock, site):
    one = idea(site, day("2026-09-21"), decided=day("2026-10-05"))
    compute()
    change(one, clock_due_on=day("2026-10-01"))
    (changed,) = compute()
    assert (changed.old.value, changed.new.value) == (100, 0)
    assert changed.new.restated_because == "1 counted differently."


def test_no_data_that_was_published_is_restated_and_not_slipped_in(clock, site):
    compute()
    idea(site, day("2026-10-05"), decided=day("2026-10-09"))
    compute()
    value = current(site, "decided_on_time")
    assert (value.status, value.value, value.restated_because) == (
        "restated",
        100,
        "1 record added.",
    )


def test_a_number_that_loses_all_its_records_says_why(clock, site):
    one = idea(site, day("2026-10-05"), decided=day("2026-10-09"))
    compute()
    change(one, first_decided_on=None, decision_days=None, clock_ended_on=None, clock_due_on=None)
    compute()
    value = current(site, "median_days_to_decision")
    assert (value.status, value.value, value.restated_because) == (
        "no_data",
        None,
        "1 no longer counted.",
    )


def test_a_new_definition_is_a_reason(clock, site, monkeypatch):
    import dataclasses

    idea(site, day("2026-10-05"))
    services.compute_due(by=BY)
    today = REGISTRY["innovations_submitted"]
    newer = dataclasses.replace(today, version=today.version + 1)
    monkeypatch.setitem(REGISTRY, "innovations_submitted", newer)
    services.compute_due(by=BY)
    value = current(site, "innovations_submitted")
    assert (value.status, value.definition_version) == ("restated", newer.version)
    changed = f"The definition changed from version {today.version} to {newer.version}."
    assert value.restated_because == changed


def test_values_and_their_records_are_immutable(clock, site):
    idea(site, day("2026-10-05"))
    compute()
    for rows, fields in (
        (KpiValue.objects, {"value": 9}),
        (KpiValue.objects, {"digest": "x"}),
        (KpiContribution.objects, {"numerator": 9}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        KpiContribution.objects.all()._raw_delete("default")


def test_two_at_once_store_one_version(clock, site, monkeypatch):
    idea(site, day("2026-10-05"))
    compute()
    idea(site, day("2026-10-06"))
    read = computing._plan
    interfered = []

    def plan(*args):
        planned = read(*args)
        if not interfered:
            interfered.append(True)
            services.compute(month=OCTOBER, by=system("the other"))
        return planned

    monkeypatch.setattr(computing, "_plan", plan)
    assert compute() == []
    value = current(site, "innovations_submitted")
    assert (value.version, value.value, value.actor_ref) == (2, 2, "the other")


def test_transactions_stay_short_and_keep_a_value_with_its_records(clock, site, monkeypatch):
    monkeypatch.setattr(computing, "ROWS", 10)
    sites = [site, *(factories.SiteFactory() for _ in range(5))]
    for place, each in enumerate(sites):
        for _ in range(place * 3):
            idea(each, day("2026-10-05"))
    compute()
    for place, each in enumerate(sites):
        value = current(each, "innovations_submitted")
        assert value.value == place * 3 == value.contributions.count()


# -- what is due ---------------------------------------------------------------


def test_missed_months_are_caught_up_from_the_first_record_on(clock, site):
    idea(site, day("2026-07-30"), decided=day("2026-08-03"))
    services.compute_due(by=BY)
    months = KpiValue.objects.filter(site=site, kpi="innovations_submitted").order_by(
        "period_start"
    )
    assert [(f"{row.period_start:%m}", int(row.value), row.status) for row in months] == [
        ("07", 1, "final"),
        ("08", 0, "final"),
        ("09", 0, "final"),
        ("10", 0, "final"),
        ("11", 0, "provisional"),
    ]
    clock.move_to(dt.datetime(2027, 2, 3, 9, tzinfo=dt.UTC))
    services.compute_due(by=BY)
    assert months.filter(is_current=True).count() == 8
    assert months.filter(is_current=True, status="provisional").get().period_start == day(
        "2027-02-01"
    )


def test_an_older_record_that_arrives_later_brings_its_months(clock, site):
    idea(site, day("2026-10-30"))
    services.compute_due(by=BY)
    clock.shift(dt.timedelta(minutes=10))
    idea(site, day("2026-08-30"), imported=True)
    services.compute_due(by=BY)
    assert current(site, "innovations_submitted", day("2026-08-01")).value == 1
    assert current(site, "innovations_submitted", day("2026-09-01")).value == 0


def test_nothing_is_due_after_it_was_done(clock, site, count_queries):
    for _ in range(3):
        idea(site, day("2026-09-05"), decided=day("2026-10-05"))
    settle(clock)
    with count_queries() as few:
        assert services.compute_due(by=BY) == []
    for _ in range(5):
        idea(factories.SiteFactory(), day("2026-09-05"), decided=day("2026-10-05"))
    settle(clock)
    with count_queries() as more:
        assert services.compute_due(by=BY) == []
    assert len(more) == len(few) <= 10


@pytest.mark.parametrize("late", [0, 50])
def test_a_change_is_found_in_the_month_that_it_touches_and_only_there(clock, site, late):
    """Also when it was committed some seconds after its ``updated_at``."""
    decided = idea(site, day("2026-09-21"), decided=day("2026-10-05"))
    services.compute_due(by=BY)
    computed = Innovation.objects.get(pk=decided.pk)
    checked = dict(KpiMonth.objects.values_list("period_start", "checked_at"))
    clock.shift(dt.timedelta(minutes=2))
    at = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC) + dt.timedelta(seconds=-late if late else 60)
    # Undone: none of its columns names October any more.
    Innovation.objects.filter(pk=computed.pk).update(
        first_decided_on=None,
        decision_days=None,
        clock_ended_on=None,
        clock_due_on=None,
        updated_at=at,
    )
    services.compute_due(by=BY)
    assert current(site, "median_days_to_decision").status == "no_data"
    moved = {
        f"{month:%m}"
        for month, at in KpiMonth.objects.values_list("period_start", "checked_at")
        if checked.get(month) != at
    }
    assert moved == {"09", "10"}


def test_a_sweep_that_fails_is_made_up_for(clock, site, monkeypatch):
    services.compute_due(by=BY)
    clock.shift(dt.timedelta(minutes=10))
    idea(site, day("2026-10-05"), imported=True)

    def fail(**kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(computing, "compute", fail)
        with pytest.raises(RuntimeError):
            services.compute_due(by=BY)
    clock.shift(dt.timedelta(minutes=10))
    services.compute_due(by=BY)
    assert current(site, "innovations_submitted").value == 1


def test_only_one_sweep_at_a_time_and_one_left_behind_is_taken_over(clock, site):
    KpiSweep.objects.create(name="months", heard_at=NOVEMBER_20)
    assert services.compute_due(by=BY) == []
    assert not KpiValue.objects.exists()
    clock.shift(dt.timedelta(minutes=11))
    assert services.compute_due(by=BY)


def test_a_change_after_numbers_made_by_hand_is_found_by_the_first_sweep(clock, site):
    compute()
    compute(day("2026-11-01"))
    clock.shift(dt.timedelta(minutes=10))
    idea(site, day("2026-10-05"), imported=True)
    services.compute_due(by=BY)
    assert current(site, "innovations_submitted").value == 1


def test_a_closed_site_keeps_its_numbers_and_gets_no_new_months(clock, site):
    idea(site, day("2026-08-05"))
    site.closed_on = day("2026-09-15")
    site.save()
    services.compute_due(by=BY)
    months = KpiValue.objects.filter(site=site, kpi="innovations_submitted")
    assert [f"{row.period_start:%m}" for row in months.order_by("period_start")] == ["08", "09"]


def test_a_mistyped_year_makes_no_thousand_months(clock, site):
    idea(site, day("1026-10-05"), imported=True)
    services.compute_due(by=BY)
    assert KpiMonth.objects.count() <= 12 * 20 + 1


# -- properties ----------------------------------------------------------------

histories = st.lists(
    st.tuples(
        st.integers(0, 75),  # received, in days after 1 September
        st.one_of(st.none(), st.integers(0, 40)),  # decided, in days after that
        st.booleans(),  # imported
        st.integers(0, 1),  # at which site
    ),
    max_size=12,
)


@given(histories)
def test_numbers_are_what_their_records_add_up_to(clock, site, other_site, rows):
    """Counted again from the innovations by other means, and from the frozen records."""
    with maintenance("test teardown"):
        KpiContribution.objects.all().delete()
        KpiValue.objects.all().delete()
    KpiMonth.objects.all().delete()
    KpiSweep.objects.all().delete()
    Innovation.objects.all().delete()
    sites = (site, other_site)
    for received, decided, imported, where in rows:
        received_on = day("2026-09-01") + dt.timedelta(days=received)
        decided_on = None if decided is None else received_on + dt.timedelta(days=decided)
        if decided_on and decided_on > day("2026-11-20"):
            decided_on = None
        idea(sites[where], received_on, decided=decided_on, imported=imported, days_allowed=10)
    services.compute_due(by=BY)
    assert services.compute_due(by=BY) == []
    for value in KpiValue.objects.filter(is_current=True):
        frozen = list(value.contributions.all())
        first, last = value.period_start, value.period_end
        there = list(Innovation.objects.filter(site_id=value.site_id))
        decided = [
            row for row in there if row.first_decided_on and first <= row.first_decided_on <= last
        ]
        assert len(frozen) == value.n
        if value.kpi == "innovations_submitted":
            by_hand = sum(first <= row.received_on <= last for row in there)
            assert value.value == by_hand == sum(row.numerator for row in frozen)
        elif value.kpi == "median_days_to_decision":
            days = [row.decision_days for row in decided if row.clock_started_on]
            assert sorted(row.measure for row in frozen) == sorted(days)
            assert value.value == (Decimal(str(statistics.median(days))) if days else None)
        else:
            clocked = [row for row in decided if row.clock_started_on]
            in_time = sum(row.first_decided_on <= row.clock_due_on for row in clocked)
            due = {row.pk: row.due_on or row.clock_due_on for row in there if row.clock_started_on}
            late = [
                row
                for row in there
                if row.clock_started_on
                and first <= due[row.pk] <= min(last, day("2026-11-19"))
                and (row.first_decided_on is None or row.first_decided_on > last)
            ]
            assert value.numerator == in_time == sum(row.numerator for row in frozen)
            assert (
                value.denominator
                == len(clocked) + len(late)
                == sum(row.denominator for row in frozen)
            )
            assert (value.value is None) == (not value.denominator)
