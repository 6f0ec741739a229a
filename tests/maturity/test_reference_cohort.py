"""The reference cohort: every published figure in its place, and ratings that fit give the printed percentages."""

import dataclasses

import pytest
from django.db.models import Count

from maturity import framework_files
from maturity.enums import Answer
from maturity.models import Framework, Rating, SelfAssessment
from maturity.queries import frameworks as queries
from maturity.reference_cohorts import Standing, cohort_from, cohorts, percent_of
from maturity.services import assessments
from tests.factories import TEST, SiteFactory, network_of, open_round
from tests.maturity.cohort_ratings import ratings_that_fit

COHORT = cohorts()["insites-2025"]
# As the report prints them: figure, ratings, sites, percentage, and the sub-domain where we placed it.
PRINTED = {
    ("Innovation strategy", (5,), 5, 29),
    ("Innovation strategy", (1,), 0, None),
    ("Strategic communications", (5,), 1, 6),
    ("Innovation definition", (5,), 1, None),
    ("Governance", (3, 5), 17, 94),
    ("Funding", (5,), 1, None),
    ("Funding", (1,), 6, 35),
    ("Innovation Workforce", (5,), 0, None),
    ("Innovation portfolio", (5,), 5, 31),
    ("Problem definition & prioritisation", (5,), 5, None),
    ("Horizon scanning & selection", (5,), 4, 22),
    ("Horizon scanning & selection", (5,), 0, None),
    ("Evaluation & learning", (5,), 1, None),
    ("Evaluation & learning", (1,), 6, 36),
    ("Staff capacity & capabilities", (1,), 8, 44),
    ("Organisational infrastructures & support", (5,), 2, 11),
    ("Local partners", (1,), 0, None),
    ("Local partners", (1,), 9, 53),
    ("PPI", (3,), 13, 72),
    ("Equality, Diversity & Inclusion", (3,), 13, None),
    ("PPI", (1,), 6, 35),
    ("Measuring impact", (5,), 2, 12),
    ("Measuring impact", (3,), 12, 75),
    ("Measuring impact", (5,), 3, None),
    ("Impact examples", (5,), 3, None),
}


def content():
    return framework_files.read_framework(
        (framework_files.FOLDER / "insites.2025.json").read_bytes()
    )


def test_every_printed_figure_stands_on_one_indicator_of_its_sub_domain():
    where = {
        indicator["code"]: sub_domain["name"]
        for domain in content()["domains"]
        for sub_domain in domain["sub_domains"]
        for indicator in sub_domain["indicators"]
    }
    found = [
        (where[row.code], figure.ratings, figure.sites, figure.percent_printed)
        for row in COHORT.indicators
        for figure in row.figures
        if figure.standing is not Standing.DERIVED
    ]
    # Investment & business processes: two indicators, each with no site at 5.
    twice = ("Investment & business processes", (5,), 0, None)
    assert len(found) == 27
    assert sorted(found, key=repr) == sorted([*PRINTED, twice, twice], key=repr)
    assert len({row.code for row in COHORT.indicators}) == 24
    assert len({figure.id for figure in COHORT.printed}) == 27


def test_what_follows_is_derived_and_what_was_not_printed_is_not_published():
    derived = {
        (row.code, cell.rating): (cell.sites, cell.n, cell.percent)
        for row in COHORT.indicators
        for cell in row.cells
        if cell.standing is Standing.DERIVED
    }
    assert derived == {
        ("strategy-agreed", 3): (12, 17, 71),
        ("governance-accountability", 1): (1, 18, 6),
        ("impact-indicators", 1): (1, 16, 6),
    }
    blank = COHORT.cell("staff-enabled", 5)
    assert (blank.standing, blank.sites, blank.n, blank.percent) == (
        Standing.NOT_PUBLISHED, None, None, None,
    )  # fmt: skip
    nowhere = COHORT.cell("lessons-kept", 1)
    assert (nowhere.standing, nowhere.sites) == (Standing.NOT_PUBLISHED, None)
    # Printed noughts are noughts.
    assert COHORT.cell("pilots-to-usual", 5).sites == 0
    assert COHORT.cell("local-providers", 1).sites == 0


def test_several_numbers_of_answers_give_one_percentage_only_where_they_agree():
    communications = COHORT.cell("communications-active", 5)
    assert (communications.figure.answered, communications.n) == ((16, 17, 18), None)
    assert communications.percent == 6
    assert COHORT.cell("definition-clear", 5).percent is None
    apart = dataclasses.replace(communications.figure, sites=3, answered=(6, 12))
    assert (apart.percent, apart.n, apart.n_words) == (None, None, "6 or 12")
    stated = {figure.id for figure in COHORT.figures if not figure.rating_stated}
    assert stated == {"PP2"}


@pytest.mark.parametrize(
    ("sites", "answered", "percent"),
    [(1, 8, 13), (1, 16, 6), (3, 16, 19), (2, 16, 13), (0, 17, 0), (17, 17, 100), (1, 200, 1)],
)
def test_percentages_are_rounded_half_up(sites, answered, percent):
    assert percent_of(sites, answered) == percent


def test_a_percentage_that_its_number_does_not_give_is_not_taken_for_published():
    data = {
        "slug": "x", "title": "x", "framework": "x", "sites": 18, "source": "", "notes": [],
        "indicators": [{"indicator": "a", "figures": [
            {"id": "A", "ratings": [1], "sites": 6, "percent_printed": 36, "answered": [17], "standing": "published"},
        ]}],
    }  # fmt: skip
    with pytest.raises(ValueError, match="36% does not fit"):
        cohort_from(data, [1, 3, 5])


def test_the_page_says_each_figure_in_words():
    published = queries.published_about(content(), "insites-2025")
    words = {row.text: [each for _, each, _ in row.cells] for row in published.rows}
    by_code = {row["code"]: row["text"] for row in framework_files.indicators_of(content())}
    assert words[by_code["strategy-agreed"]] == [
        "0 of 17 (0%)", "12 of 17 (71%)", "5 of 17 (29%)",
    ]  # fmt: skip
    assert words[by_code["learning-processes"]] == [
        "6, printed as 36%", "not published", "1, N not published",
    ]  # fmt: skip
    assert words[by_code["communications-active"]][2] == "1 of 16, 17 or 18 (6%)"
    assert words[by_code["edi-opportunities"]][1] == "13, N not published, rating not stated"
    assert published.without == 69 - 24
    bars = {bar.label: list(bar.values) for bar in published.chart.rows}
    assert bars[by_code["governance-accountability"]] == [1, None, None, 17]
    assert bars[by_code["pilots-to-usual"]] == [None, None, 0, None]
    assert [published.chart.words(value) for value in (None, 0, 5)] == ["not published", "0", "5"]


# -- 18 sites ------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2025])
def test_ratings_of_18_sites_that_fit_give_13_of_the_14_printed_percentages(seed):
    framework = Framework.objects.get(network=None, slug="insites-2025")
    network = network_of(*(SiteFactory() for _ in range(18)))
    round_ = open_round(network, framework=framework)
    said = ratings_that_fit(COHORT, framework.values, seed)
    rows = SelfAssessment.objects.filter(round=round_).select_related("round__framework", "site")
    for row, ratings in zip(rows, said, strict=True):
        assessments.start(assessment=row, by=TEST)
        answers = {code: assessments.rated(value) for code, value in ratings.items()}
        assessments.answer(assessment=row, answers=answers, by=TEST)

    counts: dict[str, dict[int, int]] = {}
    stored = Rating.objects.filter(round=round_, is_current=True, answer=Answer.RATED)
    for code, value, count in stored.values_list("indicator__code", "value").annotate(
        count=Count("pk")
    ):
        counts.setdefault(code, {})[value] = count

    reproduced, missed = [], []
    for row in COHORT.indicators:
        there = counts[row.code]
        for figure in row.figures:
            count = sum(there.get(rating, 0) for rating in figure.ratings)
            assert count == figure.sites, figure.id
            if figure.percent_printed is not None:
                percent = percent_of(count, sum(there.values()))
                (reproduced if percent == figure.percent_printed else missed).append(figure)
    assert len(reproduced) == 13
    assert [(each.id, each.standing) for each in missed] == [("PM7b", Standing.MISPRINT)]


def test_the_misprint_cannot_be_reproduced_by_any_number_of_answers():
    figure = next(each for each in COHORT.figures if each.standing is Standing.MISPRINT)
    assert (figure.id, figure.sites, figure.percent_printed) == ("PM7b", 6, 36)
    assert 36 not in {percent_of(6, answered) for answered in range(6, 19)}
    for answered in range(6, 19):
        assert not dataclasses.replace(figure, answered=(answered,)).is_reproduced
