"""Reading one self-assessment: three different things stay three, in pictures, tables and files."""

import io
import json
import re

import openpyxl
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.enums import Role
from maturity.patterns import Counted
from maturity.queries import reading as queries
from maturity.services import assessments
from tests import factories
from tests.factories import TEST, framework, open_round, self_assessment

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def at(name, row, **more):
    return reverse(f"maturity:{name}", kwargs={"site": row.site.slug, "ref": row.ref, **more})


@pytest.fixture
def reader(site, sign_in):
    return sign_in(factories.member(site, Role.EXECUTIVE))


def test_not_answered_not_applicable_and_one_are_counted_apart(site):
    row = self_assessment(site, s1_i1=1, s1_i2=None)
    first, second = (part.counted for part in queries.read_site(row).parts)
    assert (first.counts, first.not_applicable, first.not_answered, first.n) == (
        {1: 1, 3: 0, 5: 0},
        1,
        0,
        1,
    )
    assert (second.n, second.not_answered, second.share(1)) == (0, 2, None)


def test_what_changed_since_last_time_is_told_only_where_both_times_were_rated(site, reader):
    made = framework()
    first = self_assessment(
        site, open_round(site=site, framework=made), s1_i1=1, s1_i2=3, s2_i1=None
    )
    assessments.submit(assessment=first, by=TEST)
    second = self_assessment(
        site, open_round(site=site, framework=made), s1_i1=5, s1_i2=3, s2_i1=3, s2_i2=1
    )
    reading = queries.read_site(second)
    assert reading.steps == {"up": 1, "down": 0, "same": 1, "not comparable": 2}
    assert "1 up, 0 down, 1 the same, 2 not rated both times" in words(
        reader.get(at("report", second))
    )


def test_the_strongest_and_the_weakest_come_with_the_words_of_the_site(site, reader):
    row = self_assessment(site, s1_i1=5, s1_i2=5, s2_i1=1)
    assessments.answer(
        assessment=row, answers={}, explanations={"s2": "Nobody has time <b>"}, by=TEST
    )
    page = reader.get(at("report", row))
    assert "Nobody has time &lt;b&gt;" in page.content.decode()
    reading = queries.read_site(row)
    assert [part.counted.code for part in reading.strongest] == ["s1"]
    assert [part.counted.code for part in reading.weakest] == ["s2"]


def test_an_empty_one_says_so(site, reader):
    row = self_assessment(site)
    assert "Nothing is rated yet" in words(reader.get(at("report", row)))


def test_files_say_what_is_not_answered_and_start_no_formula(site, reader):
    row = self_assessment(site, s1_i1=1, s1_i2=None)
    assessments.answer(assessment=row, answers={}, explanations={"s1": '=HYPERLINK("x")'}, by=TEST)
    text = b"".join(reader.get(at("report_file", row, kind="csv"))).decode("utf-8-sig")
    assert ",rated,1," in text
    assert ",not_applicable,," in text
    assert ",not_answered,," in text
    assert "'=HYPERLINK" in text
    data = json.loads(reader.get(at("report_file", row, kind="json")).content)["results"]
    assert [(each["answer"], each["rating"]) for each in data] == [
        ("rated", 1),
        ("not_applicable", None),
        ("not_answered", None),
        ("not_answered", None),
    ]
    sheet = openpyxl.load_workbook(
        io.BytesIO(b"".join(reader.get(at("report_file", row, kind="xlsx"))))
    ).active
    cells = list(sheet.iter_rows(values_only=True))
    assert len(cells) == 5
    assert cells[1][8] == 1
    assert cells[3][8] is None


def test_a_report_of_another_site_is_not_found(other_site, reader):
    row = self_assessment(other_site, s1_i1=1)
    assert reader.get(at("report", row)).status_code == 404
    assert reader.get(at("report_file", row, kind="csv")).status_code == 404


@given(st.tuples(*[st.integers(0, 400)] * 3))
def test_a_share_is_divided_anew_and_rounded_half_up(counts):
    part = Counted("x", "x", "", dict(zip((1, 3, 5), counts, strict=True)))
    for value, count in zip((1, 3, 5), counts, strict=True):
        if not part.n:
            assert part.share(value) is None
        else:
            exact = 100 * count / part.n
            assert abs(part.share(value) - exact) <= 0.5
            if exact % 1 == 0.5:
                assert part.share(value) > exact
