"""``manage.py compute_kpis`` and ``write_kpi_dictionary``, as somebody at a terminal meets them."""

import datetime as dt
import io

import pytest
from django.core.management import call_command

from kpis.models import KpiValue
from tests.kpis.rows import idea


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, what was printed, what was complained of."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("compute_kpis", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_it_says_what_changed_and_then_that_nothing_did(clock, site):
    idea(site, dt.date(2026, 10, 5))
    status, said, _ = run("--month", "2026-10", "--site", site.code.lower())
    assert status == 0
    assert f"{site.code}: Innovations submitted 1 (final)" in said
    assert "October 2026: 3 values stored." in said
    assert run("--month", "2026-10")[1] == "October 2026: nothing changed.\n"
    idea(site, dt.date(2026, 10, 6))
    said = run("--month", "2026-10")[1]
    assert (
        f"{site.code}: Innovations submitted 2 (restated), was 1 (final). 1 record added." in said
    )
    assert "October 2026: 1 value stored." in said


def test_only_the_site_that_was_named(clock, site, other_site):
    run("--month", "2026-10", "--site", site.code)
    assert set(KpiValue.objects.values_list("site_id", flat=True)) == {site.pk}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--month", "October"],
            "“October” is not a month. Write the year and the month, such as 2026-10.",
        ),
        (["--month", "2026-13"], "“2026-13” is not a month."),
        (["--month", "0000-10"], "is not a month"),
        (["--month", "2027-01"], "January 2027 has not begun, so there is nothing to count yet."),
        (["--month", "2026-10", "--site", "NOWHERE"], "There is no site with the code “NOWHERE”."),
    ],
)
def test_a_wrong_month_or_site_is_a_sentence_and_fails(clock, site, arguments, sentence):
    status, said, complaint = run(*arguments)
    assert status == 1
    assert sentence in complaint
    assert said == ""
    assert not KpiValue.objects.exists()
