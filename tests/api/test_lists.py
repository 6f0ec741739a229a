"""Lists: pages, orders, filters, sparse fields, CSV, and what they cost."""

import csv
import io
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services.sites import set_host
from hubapp.web.csvsafe import csv_lines, safe_cell
from portfolio.enums import DecisionKind
from portfolio.models import Innovation
from portfolio.services import assessments, decisions, enquiries
from tests import factories
from tests.api.conftest import BY

CSV = {"Accept": "text/csv"}


def text_of(response) -> str:
    return b"".join(response.streaming_content).decode()


def table(response) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text_of(response), newline="")))


@pytest.fixture
def thirty(site):
    """Thirty ideas, many of one instant."""
    rows = [factories.innovation(site, f"Idea {n:02}") for n in range(30)]
    Innovation.objects.filter(pk__in=[row.pk for row in rows[:28]]).update(queued_at=timezone.now())
    return rows


@pytest.mark.parametrize("order", ["queued_at", "-queued_at", "updated_at", "-updated_at"])
def test_a_walk_over_the_pages_meets_every_row_once(thirty, robot, order):
    found = [row["ref"] for row in robot.every("innovations/", ordering=order)]
    assert len(found) == 30
    assert set(found) == {row.ref for row in thirty}
    backwards = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    assert [row["ref"] for row in robot.every("innovations/", ordering=backwards)] == found[::-1]


def test_the_last_page_has_no_next(site, robot):
    for n in range(25):
        factories.innovation(site, f"Idea {n}")
    answer = robot.get("innovations/").json()
    assert len(answer["results"]) == 25
    assert answer["next"] is None


def test_a_page_added_during_the_walk_disturbs_nothing(thirty, site, robot):
    first = robot.get("innovations/", ordering="-queued_at").json()
    factories.innovation(site, "Came later")
    second = robot.get(first["next"]).json()
    found = [row["ref"] for row in first["results"] + second["results"]]
    assert len(found) == len(set(found)) == 30


def test_a_cursor_fits_only_its_own_list(thirty, robot):
    after = robot.get("innovations/").json()["next"]
    for address in (after + "&state=waiting", after + "&ordering=-queued_at", after[:-3] + "xyz"):
        response = robot.get(address)
        assert response.status_code == 400
        assert "cursor" in response.json()["errors"]
    assert robot.get("innovations/", cursor="").status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sate", "waiting"),
        ("state", "nonsense"),
        ("ordering", "title"),
        ("ordering", ""),
        ("received_from", "31/10/2026"),
        ("received_from", "2026-02-30"),
        ("received_to", "0001-01-01"),
        ("updated_since", "2026-10-31"),
        ("updated_since", "2026-10-31T09:30:00"),
        ("updated_since", "9999-12-31T23:59:59-14:00"),
        ("updated_since", "yesterday"),
        ("fields", "ref,secret"),
        ("fields", ""),
        ("q", "x" * 201),
        ("innovation_type", "gadget"),
        ("format", "csv"),
        ("page", "2"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(robot, name, value):
    response = robot.get("innovations/", **{name: value})
    assert response.status_code == 400
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == 400
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert list(body["errors"]) == [name]
    assert body["errors"][name][0]


def test_a_parameter_given_twice_is_refused_unless_it_may_be(robot):
    assert robot.get("innovations/?q=a&q=b").status_code == 400
    assert robot.get("innovations/?state=waiting&state=asked").status_code == 200


def test_parameters_of_one_record_are_checked_too(site, robot):
    idea = factories.innovation(site)
    assert robot.get(f"innovations/{idea.ref}/", fields="ref,title").json() == {
        "ref": idea.ref,
        "title": idea.title,
    }
    assert robot.get(f"innovations/{idea.ref}/", field="ref").status_code == 400
    assert robot.post("innovations/?fields=ref", {"title": "x"}).status_code == 400


def test_filters_narrow(site, robot, hub_user):
    digital = factories.innovation(
        site, "Ward tablets", innovation_type="digital", idea="Tablets for näpping"
    )
    service = factories.innovation(site, "Falls clinic", innovation_type="service")
    factories.reason(site)
    decisions.decide(
        innovation=service, kind=DecisionKind.DECLINE, reason_code="test-reason", words="No.", by=BY
    )

    def refs(**parameters):
        return {row["ref"] for row in robot.every("innovations/", **parameters)}

    assert refs(innovation_type="digital") == {digital.ref}
    assert refs(state="declined") == {service.ref}
    assert refs(state=["declined", "waiting"]) == {digital.ref, service.ref}
    assert refs(q="NAPPING tablets") == {digital.ref}
    assert refs(q=service.ref.lower()) == {service.ref}
    assert refs(assignee="none") == {digital.ref, service.ref}
    assert refs(assignee=hub_user.ref) == set()
    assert refs(assignee="me") == set()
    today = factories.today()
    assert refs(received_from=today, received_to=today) == {digital.ref, service.ref}
    assert refs(received_to=today - timedelta(days=1)) == set()


def test_updated_since_finds_what_changed(site, robot):
    old, new = factories.innovation(site, "Old"), factories.innovation(site, "New")
    at = timezone.now() + timedelta(hours=1)
    Innovation.objects.filter(pk=new.pk).update(updated_at=at)
    for text in (
        at.isoformat(),
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        quote(at.isoformat(), safe=":"),
    ):
        address = (
            f"innovations/?updated_since={text.replace('+', '%2B') if '%' not in text else text}"
        )
        assert [row["ref"] for row in robot.get(address).json()["results"]] == [new.ref]
    # An address in which the plus was not escaped.
    assert robot.get(f"innovations/?updated_since={at.isoformat()}").status_code == 200
    assert old.ref not in {
        row["ref"] for row in robot.every("innovations/", updated_since=at.isoformat())
    }


def test_instants_are_utc_and_codes_are_codes(site, robot):
    factories.innovation(site, innovation_type="")
    row = robot.every("innovations/")[0]
    assert row["site"] == site.code
    assert row["innovation_type"] is None
    assert row["assignee"] is None
    for name in ("received_at", "queued_at", "state_since", "created_at", "updated_at"):
        assert row[name].endswith("Z"), name
    assert row["received_on"] == str(factories.today())


def test_fields_give_only_these_in_this_order(site, robot):
    factories.innovation(site)
    row = robot.every("innovations/", fields="state,ref")[0]
    assert list(row) == ["state", "ref"]


# -- CSV -------------------------------------------------------------------
def test_csv_is_the_whole_list(thirty, robot):
    response = robot.get("innovations/", headers=CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = table(response)
    assert len(rows) == 30
    assert [row["ref"] for row in rows] == [row["ref"] for row in robot.every("innovations/")]
    assert list(rows[0]) == list(robot.get("innovations/").json()["results"][0])


def test_csv_obeys_filters_fields_and_doors(thirty, site, robot, nobody):
    asked = factories.innovation(site, "Something else")
    response = robot.get("innovations/", headers=CSV, q="something else", fields="title,ref")
    assert text_of(response).splitlines() == ["title,ref", f"Something else,{asked.ref}"]
    assert nobody.get("innovations/", headers=CSV).status_code == 401
    wrong = robot.get("innovations/", headers=CSV, state="nonsense")
    assert wrong.status_code == 400
    assert wrong["Content-Type"] == "application/problem+json"
    assert robot.get("innovations/", headers=CSV, ordering="title").status_code == 400


def test_csv_streams_in_pages(site, robot, monkeypatch, count_queries):
    from hubapp.api import pagination

    monkeypatch.setattr(pagination, "CSV_SIZE", 2)
    for n in range(5):
        factories.innovation(site, f"Idea {n}")
    response = robot.get("innovations/", headers=CSV)
    with count_queries() as queries:
        assert len(table(response)) == 5
    # Two pages of ideas and of their labels: the first page was read before the answer began.
    assert len(queries) == 4


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_no_cell_starts_a_formula(site, robot, start):
    text = f"{start}HYPERLINK(A1)"
    idea = factories.innovation(site, "Title", problem=text)
    Innovation.objects.filter(pk=idea.pk).update(title=text)
    row = table(robot.get("innovations/", headers=CSV))[0]
    assert row["title"] == row["problem"] == f"'{text}"


def test_numbers_stay_numbers_and_all_else_is_text():
    assert safe_cell(-3) == "-3"
    assert safe_cell("-3.50") == "-3.50"
    assert safe_cell("-3+1") == "'-3+1"
    assert safe_cell(None) == ""
    assert safe_cell(True) == "true"
    assert safe_cell([{"a": "=1"}]) == '[{"a": "=1"}]'
    assert "".join(csv_lines(["=a"], [["x,y", 'say "no"', "two\nlines"]])) == (
        "'=a\r\n" + '"x,y","say ""no""","two\nlines"\r\n'
    )


def test_one_record_is_json_only(site, robot):
    idea = factories.innovation(site)
    assert robot.get(f"innovations/{idea.ref}/", headers=CSV).status_code == 406


# -- cost ------------------------------------------------------------------
def _rows(site, user, checklist, number):
    """``number`` rows in every list."""
    factories.reason(site)
    for n in range(number):
        idea = factories.innovation(site, f"Idea {n}")
        decision = decisions.decide(
            innovation=idea,
            kind=DecisionKind.DECLINE,
            reason_code="test-reason",
            words="No.",
            by=BY,
        )
        decisions.undo(decision=decision, by=BY)
        idea.refresh_from_db()
        assessment = assessments.save_answers(
            innovation=idea,
            checklist=checklist,
            answers={"relevance": ("yes", ""), "impact": ("no", "")},
            by=factories.actor_of(user),
            assessor=user,
        )
        assessments.finish(assessment=assessment, by=factories.actor_of(user))
        enquiries.log(site=site, kind="question", subject=f"Question {n}", by=BY)


@pytest.mark.parametrize(
    "path",
    ["sites/", "innovations/", "decisions/", "decision-reasons/", "checklists/", "enquiries/"],
)
def test_a_list_costs_the_same_with_one_row_and_three(
    site, hub_user, robot, person, checklist, count_queries, path
):
    costs = []
    _rows(site, hub_user, checklist, 1)
    robot.get(path)
    for more in (0, 2):
        _rows(site, hub_user, checklist, more)
        if path == "decision-reasons/" and more:
            factories.reason(site, code="another"), factories.reason(site, code="third")
        with count_queries() as queries:
            response = robot.get(path)
        costs.append(len(queries))
        with count_queries() as queries:
            text_of(robot.get(path, headers=CSV))
        costs.append(len(queries))
    assert response.status_code == 200
    assert len(set(costs)) == 1, costs
    assert costs[0] <= 6


def test_lists_of_one_innovation_cost_the_same_too(site, robot, checklist, count_queries):
    idea = factories.innovation(site)
    factories.reason(site)

    def another():
        idea.refresh_from_db()
        decision = decisions.decide(
            innovation=idea,
            kind=DecisionKind.DECLINE,
            reason_code="test-reason",
            words="No.",
            by=BY,
        )
        idea.refresh_from_db()
        decisions.undo(decision=decision, by=BY)
        idea.refresh_from_db()
        user = factories.member(site)
        assessment = assessments.save_answers(
            innovation=idea,
            checklist=checklist,
            answers={"relevance": ("yes", ""), "impact": ("no", "")},
            by=factories.actor_of(user),
            assessor=user,
        )
        assessments.finish(assessment=assessment, by=BY)

    robot.get("sites/")
    costs = {"decisions": [], "assessments": []}
    for more in (1, 2):
        for _ in range(more):
            another()
        for name, seen in costs.items():
            with count_queries() as queries:
                found = robot.get(f"innovations/{idea.ref}/{name}/").json()["results"]
            seen.append(len(queries))
    assert len(found) == 3
    assert all(len(set(seen)) == 1 for seen in costs.values()), costs


def test_every_list_is_json_that_a_machine_reads(site, hub_user, robot, checklist):
    _rows(site, hub_user, checklist, 1)
    for path in (
        "sites/",
        "innovations/",
        "decisions/",
        "decision-reasons/",
        "checklists/",
        "enquiries/",
    ):
        response = robot.get(path)
        assert response["Content-Type"] == "application/json"
        assert set(json.loads(response.content)) == {"results", "next"}
        assert "private" in response["Cache-Control"]
        assert "Authorization" in response["Vary"]


def test_head_says_what_get_would(site, robot):
    idea = factories.innovation(site)
    for path in ("innovations/", f"innovations/{idea.ref}/"):
        seen, asked = robot.get(path), robot.client.head(robot.address(path), headers=robot.headers)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked["Content-Type"] == seen["Content-Type"]
        assert asked.get("ETag") == seen.get("ETag")


def test_the_tag_of_a_site_changes_with_its_host(site, robot):
    address = f"sites/{site.code}/"
    before = robot.get(address)
    assert before.json()["host"] is None
    trust = factories.OrganisationFactory(ods_code="RXX")
    set_host(site=site, organisation=trust, by=BY)
    after = robot.get(address, headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.json()["host"]["ods_code"] == "RXX"
    assert after["ETag"] != before["ETag"]
    again = robot.get(address, headers={"If-None-Match": after["ETag"]})
    assert again.status_code == 304


@pytest.mark.postgresql
def test_a_later_page_does_not_read_the_rows_before_it(site):
    """The index is entered at the cursor's place."""
    from hubapp.web.paging import keyset_page

    for n in range(3):
        factories.innovation(site, f"Idea {n}")
    rows = Innovation.objects.filter(site=site)
    first = keyset_page(rows, order="queued_at", size=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
    with CaptureQueriesContext(connection) as queries:
        keyset_page(rows, order="queued_at", cursor=first.next, size=1)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "queued_at >=" in condition, plan
