"""One site's report: counts, comparison with the round before, a visible break, targets, files."""

import csv
import io
import json
import re

import openpyxl
import pytest
from django.urls import reverse

from accounts.enums import Role
from maturity.models import Indicator, Target
from maturity.queries import reading as queries
from maturity.queries import report as rows
from maturity.services import assessments, targets
from tests import factories
from tests.factories import TEST, framework, open_round, self_assessment

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def submitted(site, made, words=None, **answers):
    row = self_assessment(site, open_round(site=site, framework=made), **answers)
    if words:
        assessments.answer(assessment=row, answers={}, explanations=words, by=TEST)
    return assessments.submit(assessment=row, by=TEST)


def read(row):
    return queries.reading_of(type(row).objects.select_related("round__framework").get(pk=row.pk))


def at(row, name="report", **parts):
    return reverse(f"maturity:{name}", kwargs={"site": row.site.slug, "ref": row.ref, **parts})


@pytest.fixture
def lead(site, client):
    user = factories.member(site, Role.SITE_LEAD)
    client.force_login(user, backend="accounts.backends.EmailBackend")
    return user


# -- the reading -------------------------------------------------------------------
def test_not_answered_not_applicable_and_one_stay_apart(site):
    row = self_assessment(site, s1_i1=1, s1_i2=None)
    part = read(row).part("s1").counted
    assert (part.counts, part.not_applicable, part.not_answered) == ({1: 1, 3: 0, 5: 0}, 1, 0)
    other = read(row).part("s2").counted
    assert (other.n, other.share(1), other.not_answered) == (0, None, 2)
    # Taken away again is not answered, and not a rating of nought.
    assessments.answer(assessment=row, answers={"s1-i1": assessments.CLEARED}, by=TEST)
    part = read(row).part("s1").counted
    assert (part.n, part.not_applicable, part.not_answered) == (0, 1, 1)


def test_what_changed_is_told_of_what_was_rated_both_times(site):
    made = framework(sub_domains=2, indicators=3)
    submitted(site, made, s1_i1=1, s1_i2=3, s1_i3=5, s2_i1=3, s2_i2=None)
    now = submitted(site, made, s1_i1=3, s1_i2=3, s1_i3=1, s2_i1=None, s2_i2=1)
    change = read(now).change
    assert (change.up, change.same, change.down) == (1, 1, 1)
    assert (change.begun, change.ended, change.neither, change.not_comparable) == (1, 1, 1, 0)
    assert read(now).part("s1").change.compared == 3


def test_a_draft_before_is_not_last_time_but_a_submitted_one_is(site):
    made = framework()
    first = submitted(site, made, s1_i1=1)
    self_assessment(site, open_round(site=site, framework=made), s1_i1=5)
    now = submitted(site, made, s1_i1=3)
    assert read(now).before == first


def test_a_newer_version_is_compared_through_its_crosswalk_and_the_series_breaks(site):
    old = framework(sub_domains=1, indicators=2)
    submitted(site, old, s1_i1=1, s1_i2=5)
    new = framework(edition="2", follows=old, sub_domains=2, indicators=2)
    now = submitted(site, new, s1_i1=3, s1_i2=5, s2_i1=1, s2_i2=1)
    reading = read(now)
    assert (reading.change.up, reading.change.same) == (1, 1)
    assert reading.change.not_comparable == 2
    assert [then.breaks for then in reading.series] == [False, True]
    first = reading.series[0]
    assert first.comparable["s1"].counts == {1: 1, 3: 0, 5: 1}
    assert "s2" not in first.comparable


def test_a_newer_version_that_asks_the_very_same_makes_no_break(site):
    old = framework()
    submitted(site, old, s1_i1=1)
    now = submitted(site, framework(edition="2", follows=old), s1_i1=3)
    assert [then.breaks for then in read(now).series] == [False, False]


def test_another_framework_is_not_compared_and_said_to_be_elsewhere(site):
    submitted(site, framework(key="other"), s1_i1=1)
    reading = read(submitted(site, framework(), s1_i1=5))
    assert (reading.before, reading.elsewhere) == (None, 1)
    assert reading.items[0].before is None


def test_a_reading_costs_the_same_however_many_rounds_there_are(site, count_queries):
    made = framework()
    costs = []
    for _ in range(4):
        row = submitted(site, made, {"s1": "Words"}, s1_i1=1, s1_i2=5, s2_i1=3)
        row = type(row).objects.select_related("round__framework", "site").get(pk=row.pk)
        with count_queries() as found:
            queries.reading_of(row)
        costs.append(len(found))
    # What the framework asks is read with the first one.
    assert costs[1] == costs[2] == costs[3] <= 4
    assert costs[0] <= 6


# -- the page ----------------------------------------------------------------------
def test_the_page_says_counts_words_and_what_moved(site, client, lead):
    made = framework(sub_domains=3, indicators=2)
    submitted(site, made, {"s1": "Old words"}, s1_i1=1, s1_i2=1, s2_i1=5, s2_i2=3)
    now = submitted(
        site, made, {"s1": "No time, no money"}, s1_i1=1, s1_i2=1, s2_i1=5, s2_i2=5, s3_i1=None
    )
    page = client.get(at(now))
    said = words(page)
    assert page.status_code == 200
    assert said.count("These are the site’s own judgements.") == 1
    assert "5: 2 (50%), 3: 0 (0%), 1: 2 (50%). N = 4; 1 not applicable, 1 not answered." in said
    assert "of 4 statements that are rated both times 1 went up, 3 stayed and 0 went down" in said
    assert "No time, no money" in said
    assert "Nothing is rated in Sub-domain 3." in said
    assert "Show averages too" in said
    assert "standard deviation" not in said


def test_averages_come_only_where_asked_for_with_number_and_spread(site, client, lead):
    now = submitted(site, framework(), s1_i1=1, s1_i2=5)
    said = words(client.get(at(now) + "?average=1"))
    assert "it is no headline" in said
    assert "3.0 2 1 to 5, standard deviation 2.0" in said


def test_an_empty_report_says_so(site, client, lead):
    row = self_assessment(site)
    assert "Nothing is rated yet" in words(client.get(at(row)))


def test_the_break_is_seen_and_said(site, client, lead):
    old = framework(sub_domains=1, indicators=2)
    submitted(site, old, s1_i1=1, s1_i2=5)
    new = framework(edition="2", follows=old, sub_domains=2)
    page = client.get(at(submitted(site, new, s1_i1=3, s2_i1=1)))
    assert "hub-line--break" in page.content.decode()
    assert "not comparable" in words(page)
    assert "Another version" in words(page)


def test_the_page_costs_the_same_with_more_rounds_and_actions(site, client, lead, count_queries):
    from maturity.services import actions

    made = framework()
    costs = []
    for _ in range(3):
        row = submitted(site, made, {"s1": "Words"}, s1_i1=1, s1_i2=5, s2_i1=3)
        actions.add(
            site=site,
            sub_domain=made.sub_domains.first(),
            title="Do it",
            owner=lead,
            assessment=row,
            by=TEST,
        )
        client.get(at(row))
        with count_queries() as found:
            client.get(at(row))
        costs.append(len(found))
    assert costs[1] == costs[2] <= 13, [each["sql"] for each in found]


# -- targets -----------------------------------------------------------------------
def test_a_target_is_set_changed_and_given_up_on_its_page(site, client, lead):
    row = submitted(site, framework(), s1_i1=1)
    address = at(row, "target", code="s1-i1")
    client.post(address, {"value": "5", "seen": ""})
    target = Target.objects.get(ended_at=None)
    assert (target.value, target.indicator.code) == (5, "s1-i1")
    assert "0 of 1 target is reached" in words(client.get(at(row)))
    assert "2 steps" in words(client.get(at(row)))
    # Somebody else's page of before: nothing is replaced unseen.
    stale = client.post(address, {"value": "3", "seen": ""})
    assert stale.status_code == 422
    assert "Somebody else set this target" in words(stale)
    client.post(address, {"value": "3", "seen": str(target.pk)})
    assert [each.value for each in Target.objects.filter(ended_at=None)] == [3]
    now = Target.objects.get(ended_at=None)
    client.post(address, {"value": "none", "seen": str(now.pk)})
    assert not Target.objects.filter(ended_at=None).exists()
    assert Target.objects.count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"value": "4"},
        {"value": ""},
        {"value": "5", "by_on_day": "31", "by_on_month": "2", "by_on_year": "2027"},
    ],
)
def test_a_target_that_is_none_is_refused_with_a_sentence(site, client, lead, sent):
    row = submitted(site, framework(), s1_i1=1)
    page = client.post(at(row, "target", code="s1-i1"), sent | {"seen": ""})
    assert page.status_code == 422
    assert not Target.objects.exists()


def test_a_target_of_the_version_before_counts_where_it_asks_the_same(site):
    old = framework()
    submitted(site, old, s1_i1=1)
    targets.set_target(
        site=site, indicator=Indicator.objects.get(framework=old, code="s1-i1"), value=5, by=TEST
    )
    new = framework(edition="2", follows=old)
    reading = read(submitted(site, new, s1_i1=3))
    assert [(gap.item.indicator.code, gap.steps) for gap in reading.gaps] == [("s1-i1", 1)]


# -- files -------------------------------------------------------------------------
@pytest.fixture
def told(site, lead):
    return submitted(
        site, framework(), {"s1": '=HYPERLINK("http://x")'}, s1_i1=1, s1_i2=None, s2_i1=5
    )


def test_the_csv_has_a_row_for_each_statement_and_no_cell_can_run(client, told):
    body = b"".join(client.get(at(told, "report_csv"))).decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(body)))
    assert [each["Indicator code"] for each in found] == ["s1-i1", "s1-i2", "s2-i1", "s2-i2"]
    assert [each["Rating"] for each in found] == ["1", "n/a", "5", ""]
    assert [each["Answer"] for each in found] == [
        "Rated", "Not applicable", "Rated", "Not answered",
    ]  # fmt: skip
    assert found[0]["Explanation"].startswith("'=HYPERLINK")
    assert found[0]["Scale label"] == "Little or no progress"


def test_the_workbook_says_the_same_with_ratings_as_numbers(client, told):
    body = io.BytesIO(b"".join(client.get(at(told, "report_xlsx"))))
    sheet = openpyxl.load_workbook(body).active
    table = list(sheet.iter_rows(values_only=True))
    assert table[0] == rows.COLUMNS
    assert [row[8] for row in table[1:]] == [1, "n/a", 5, None]
    assert sheet["K2"].data_type == "s"


def test_the_json_file_and_the_api_say_the_same(client, told, lead):
    file = json.loads(client.get(at(told, "report_json")).content)
    api = client.get(f"/api/v1/self-assessments/{told.ref}/report/").json()
    assert file == api
    first = file["sub_domains"][0]
    assert (first["code"], first["n"], first["counts"][2]) == (
        "s2", 1, {"value": 5, "count": 1, "share": 100},
    )  # fmt: skip
    answers = {
        each["code"]: (each["answer"], each["value"])
        for part in file["sub_domains"]
        for each in part["indicators"]
    }
    assert answers == {
        "s1-i1": ("rated", 1),
        "s1-i2": ("not_applicable", None),
        "s2-i1": ("rated", 5),
        "s2-i2": ("not_answered", None),
    }
    assert "average" not in file["whole"]


def test_targets_over_rest_are_set_together_or_not_at_all(client, told, lead):
    address = f"/api/v1/self-assessments/{told.ref}/targets/"

    def patch(*given, etag=""):
        body = json.dumps({"targets": list(given)})
        etag = etag or client.get(address)["ETag"]
        return client.patch(address, body, "application/json", headers={"If-Match": etag})

    good = {"indicator": "s1-i1", "value": 3}
    assert client.patch(address, "{}", "application/json").status_code == 428
    before = client.get(address)["ETag"]
    assert patch(good, {"indicator": "s2-i1", "value": 4}).status_code == 400
    assert client.get(address).json() == []
    assert patch(good, {"indicator": "nowhere", "value": 3}).status_code == 400
    assert patch(good).json() == [{"indicator": "s1-i1", "value": 3, "by_on": None}]
    # Whoever read it before that writes over nothing.
    assert patch({"indicator": "s1-i1", "value": 5}, etag=before).status_code == 412
    assert patch({"indicator": "s1-i1", "value": None}).json() == []
    assert client.get(address)["ETag"] == before


def test_the_report_over_rest_is_narrowed_to_what_was_asked_for(client, told, lead):
    address = f"/api/v1/self-assessments/{told.ref}/report/"
    assert set(client.get(address, {"fields": "whole,scale"}).json()) == {"whole", "scale"}
    assert client.get(address, {"fields": "whole,nothing"}).status_code == 400


# -- who ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["report", "report_csv", "report_xlsx", "report_json", "report_pdf"]
)
def test_a_report_is_its_site_s_own(site, other_site, client, name):
    row = submitted(site, framework(), s1_i1=1)
    stranger = factories.member(other_site, Role.SITE_LEAD)
    client.force_login(stranger, backend="accounts.backends.EmailBackend")
    assert client.get(at(row, name)).status_code == 404
    own = submitted(other_site, framework(key="own"), s1_i1=1)
    mixed = reverse(f"maturity:{name}", kwargs={"site": other_site.slug, "ref": row.ref})
    assert client.get(mixed).status_code == 404
    assert client.get(at(own, name)).status_code == 200


def test_a_value_of_another_scale_is_no_target(site):
    made = framework()
    with pytest.raises(Exception, match="must be one of 1, 3, 5"):
        targets.set_target(site=site, indicator=made.indicators.first(), value=2, by=TEST)


def test_a_page_that_was_drawn_says_a_new_target_at_once(site, lead, client):
    made = framework()
    row = submitted(site, made, {"s1": "Words"}, s1_i1=1, s2_i1=5)
    address = reverse("maturity:report", kwargs={"site": site.slug, "ref": row.ref})
    parts = client.get(address).content.decode().split('id="parts"')[1]
    assert 'data-label="Target">None' in parts
    targets.set_target(site=site, indicator=made.indicators.get(code="s1-i1"), value=3, by=TEST)
    parts = client.get(address).content.decode().split('id="parts"')[1]
    assert 'data-label="Target">3' in parts
