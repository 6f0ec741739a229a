"""The numbers over REST: the same as on the pages, for whoever may read them."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from accounts.enums import Role
from hubapp.actors import system
from kpis import services
from kpis.definitions import REGISTRY
from kpis.models import KpiValue
from tests import factories
from tests.api.conftest import Caller, new_key
from tests.kpis.rows import idea

BY = system("tests")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def numbers(clock, site, other_site):
    """October: one of three ideas that were due was not decided in time; another site has its own."""
    idea(site, day("2026-10-01"), decided=day("2026-10-06"))
    idea(site, day("2026-10-02"), decided=day("2026-10-08"), is_confidential=True)
    idea(site, day("2026-09-21"))
    idea(site, day("2026-11-03"))
    idea(other_site, day("2026-10-09"))
    services.compute_due(by=BY)
    return site


@pytest.fixture
def reader(numbers):
    """A key that reads numbers and nothing else."""
    return Caller(key=new_key(numbers, "kpis:read"))


def one(caller, **parameters) -> dict:
    (found,) = caller.every("kpi-values/", **parameters)
    return found


def test_definitions_are_listed_in_words(reader):
    answer = reader.get("kpis/")
    assert answer.status_code == 200
    assert answer.json()["next"] is None
    assert [row["kpi"] for row in answer.json()["results"]] == list(REGISTRY)
    single = reader.get("kpis/decided_on_time/").json()
    assert single["kind"] == "ratio"
    assert single["how_counted"] == REGISTRY["decided_on_time"].how_counted
    assert reader.get("kpis/nothing/").status_code == 404
    etag = reader.get("kpis/decided_on_time/")["ETag"]
    assert reader.get("kpis/decided_on_time/", headers={"If-None-Match": etag}).status_code == 304
    as_csv = reader.get("kpis/", headers={"Accept": "text/csv"})
    assert (
        len(list(csv.reader(io.StringIO(b"".join(as_csv).decode("utf-8-sig")))))
        == len(REGISTRY) + 1
    )


def test_a_value_carries_what_was_promised(reader, numbers):
    value = one(
        reader,
        kpi="decided_on_time",
        site=numbers.code.lower(),
        grain="month",
        **{"from": "2026-10-01", "to": "2026-10-31"},
    )
    ref = value.pop("ref")
    assert value == {
        "kpi": "decided_on_time",
        "site": numbers.code,
        "grain": "month",
        "period_start": "2026-10-01",
        "period_end": "2026-10-31",
        "value": "66.6667",
        "numerator": "2",
        "denominator": "3",
        "n": 3,
        "status": "final",
        "definition_version": 2,
        "version": 1,
        "is_current": True,
        "computed_at": "2026-11-20T09:00:00Z",
        "restated_because": "",
    }
    single = reader.get(f"kpi-values/{ref.lower()}/")
    assert single.json() == {"ref": ref, **value}
    assert (
        reader.get(f"kpi-values/{ref}/", headers={"If-None-Match": single["ETag"]}).status_code
        == 304
    )


def test_a_median_has_neither_numerator_nor_denominator(reader):
    value = one(reader, kpi="median_days_to_decision", **{"from": "2026-10", "to": "2026-10"})
    assert (value["value"], value["numerator"], value["denominator"], value["n"]) == (
        "3.5",
        None,
        None,
        2,
    )


def test_no_data_is_null_and_provisional_says_so(reader):
    (ratio,) = reader.every("kpi-values/", kpi="median_days_to_decision", **{"from": "2026-11"})
    assert (ratio["value"], ratio["status"]) == (None, "no_data")
    assert one(reader, kpi="innovations_submitted", status="provisional")["value"] == "1"


def test_only_the_callers_sites_are_there(reader, numbers, other_site):
    assert {row["site"] for row in reader.every("kpi-values/")} == {numbers.code}
    foreign = reader.get("kpi-values/", site=other_site.code)
    missing = reader.get("kpi-values/", site="NOWHERE")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    theirs = KpiValue.objects.filter(site=other_site).first()
    for tail in ("", "contributions/"):
        answers = [reader.get(f"kpi-values/{ref}/{tail}") for ref in (theirs.ref, "0" * 10)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_who_may_read(numbers, other_site):
    assert Caller().get("kpi-values/").status_code == 401
    assert Caller(key=new_key(numbers, "innovations:read")).get("kpi-values/").status_code == 403
    assert Caller(key=new_key(numbers, "innovations:read")).get("kpis/").status_code == 403
    for role, status in (
        (Role.EXECUTIVE, 200),
        (Role.HUB_STAFF, 200),
        (Role.REVIEWER, 403),
        (Role.STAFF, 403),
    ):
        caller = Caller(user=factories.member(numbers, role))
        assert caller.get("kpi-values/").status_code == status
        assert caller.get("kpis/").status_code == status
        assert caller.get("kpis/decided_on_time/").status_code == status


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kpi", "nothing"),
        ("from", "01/10/2026"),
        ("to", "2026-13"),
        ("grain", "week"),
        ("as_of", "yesterday"),
        ("status", "suppressed"),
        ("frm", "2026-10-01"),
        ("from", "2026-1"),
        ("from", "٢٠٢٦-10-01"),
    ],
)
def test_a_wrong_parameter_is_named(reader, name, value):
    answer = reader.get("kpi-values/", **{name: value})
    assert answer.status_code == 400
    assert name in answer.json()["errors"]


def test_periods_are_chosen_by_their_beginning(reader):
    def months(**parameters):
        return [
            row["period_start"][:7]
            for row in reader.every("kpi-values/", kpi="innovations_submitted", **parameters)
        ]

    assert months() == ["2026-09", "2026-10", "2026-11"]
    assert months(ordering="-period_start") == ["2026-11", "2026-10", "2026-09"]
    assert months(**{"from": "2026-10"}) == ["2026-10", "2026-11"]
    assert months(to="2026-10") == months(to="2026-10-01") == ["2026-09", "2026-10"]
    assert months(**{"from": "2026-10-02", "to": "2026-10-31"}) == []


def test_as_of_reads_the_version_that_stood_then(reader, numbers, clock):
    clock.shift(dt.timedelta(hours=1))
    idea(numbers, day("2026-10-09"), imported=True)
    services.compute_due(by=BY)
    october = {"kpi": "innovations_submitted", "from": "2026-10", "to": "2026-10"}
    now = one(reader, **october)
    assert (now["value"], now["status"], now["version"]) == ("3", "restated", 2)
    assert now["restated_because"] == "1 record added."
    then = one(reader, as_of="2026-11-20T09:30:00Z", **october)
    assert (then["value"], then["status"], then["version"], then["is_current"]) == (
        "2",
        "final",
        1,
        False,
    )
    assert reader.every("kpi-values/", as_of="2026-11-20T08:00:00Z") == []
    assert [
        row["version"] for row in reader.every("kpi-values/", updated_since="2026-11-20T09:30:00Z")
    ] == [2]


def test_contributions_add_up_to_the_value(reader, numbers):
    for value in reader.every("kpi-values/"):
        rows = reader.every(f"kpi-values/{value['ref']}/contributions/")
        assert len(rows) == value["n"]
        if value["kpi"] == "median_days_to_decision":
            continue
        assert sum(Decimal(row["numerator"]) for row in rows) == Decimal(value["numerator"])
        if value["denominator"] is not None:
            assert sum(Decimal(row["denominator"]) for row in rows) == Decimal(value["denominator"])


def test_a_confidential_idea_is_counted_and_not_named_to_a_key(numbers, reader, hub_user):
    value = one(reader, kpi="innovations_submitted", **{"from": "2026-10", "to": "2026-10"})
    refs = {row["record_ref"] for row in reader.every(f"kpi-values/{value['ref']}/contributions/")}
    secret = numbers.innovations.get(is_confidential=True)
    assert len(refs) == 2
    assert None in refs
    assert secret.ref not in refs
    desk = Caller(user=hub_user)
    told = {row["record_ref"] for row in desk.every(f"kpi-values/{value['ref']}/contributions/")}
    assert secret.ref in told
    assert None not in told


def test_lists_are_paged_and_come_as_csv_too(clock, site):
    for _ in range(60):
        idea(site, day("2026-10-05"))
    services.compute(month=day("2026-10-01"), by=BY)
    caller = Caller(key=new_key(site, "kpis:read"))
    value = one(caller, kpi="innovations_submitted")
    path = f"kpi-values/{value['ref']}/contributions/"
    assert len(caller.get(path).json()["results"]) == 25
    assert len({row["record_ref"] for row in caller.every(path)}) == 60
    as_csv = caller.get(path, headers={"Accept": "text/csv"})
    lines = list(csv.reader(io.StringIO(b"".join(as_csv).decode("utf-8-sig"))))
    assert lines[0] == ["record_kind", "record_ref", "numerator", "denominator", "measure"]
    assert len(lines) == 61
    values = caller.get("kpi-values/", headers={"Accept": "text/csv"})
    assert (
        len(list(csv.reader(io.StringIO(b"".join(values).decode("utf-8-sig")))))
        == len(REGISTRY) + 1
    )


def test_pages_of_many_rows_cost_what_one_row_costs(clock, site, count_queries):
    caller = Caller(key=new_key(site, "kpis:read"))
    costs = []
    for _ in range(2):
        idea(site, day("2026-10-05"))
        clock.shift(dt.timedelta(minutes=5))
        services.compute_due(by=BY)
        value = one(caller, kpi="innovations_submitted", **{"from": "2026-10", "to": "2026-10"})
        for path in ("kpi-values/", f"kpi-values/{value['ref']}/contributions/"):
            with count_queries() as queries:
                caller.get(path)
            costs.append(len(queries))
        for _ in range(3):
            idea(site, day("2026-08-05"))
    assert costs[:2] == costs[2:]


def test_reading_is_all_there_is(reader):
    for path in ("kpis/", "kpi-values/"):
        assert reader.post(path, {}).status_code == 405
