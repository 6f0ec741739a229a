"""Frameworks that ship: what the sources say, loaded once, never changed."""

import copy
import json
import shutil

import pytest
from django.db import IntegrityError, transaction

from hubapp.problems import Refused, Stale
from maturity import framework_files
from maturity.models import Framework, Indicator
from maturity.reference_cohorts import cohorts
from maturity.services import frameworks
from tests.factories import TEST, NetworkFactory

NAMES = {
    "Context and background": ["Organisational context", "Development history", "Future plans"],
    "Vision and Strategy": [
        "Innovation strategy",
        "Strategic communications",
        "Innovation definition",
    ],
    "Governance and Resources": ["Governance", "Funding", "Innovation Workforce"],
    "Portfolio and Methods": [
        "Innovation portfolio",
        "Problem definition & prioritisation",
        "Horizon scanning & selection",
        "Investment & business processes",
        "Adoption approach",
        "Evaluation & learning",
    ],
    "Culture and Capabilities": [
        "Organisational infrastructures & support",
        "Staff capacity & capabilities",
        "Organisational Culture",
    ],
    "External Partnerships": [
        "Local partners",
        "Local/regional innovation, research or improvement partners",
        "Wider partners (including industry)",
    ],
    "Patient and public involvement": ["PPI", "Equality, Diversity & Inclusion"],
    "Learning, evaluation and impact": ["Measuring impact", "Impact examples", "Lessons learned"],
}


def content(name="insites.2025"):
    return json.loads((framework_files.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_the_table_of_the_source_is_carried_name_by_name():
    found = {
        domain["name"]: [each["name"] for each in domain["sub_domains"]]
        for domain in content()["domains"]
    }
    assert found == NAMES
    rated = [
        each for domain in content()["domains"] for each in domain["sub_domains"] if each["rated"]
    ]
    assert len(rated) == 23
    assert all(len(each["indicators"]) >= 3 for each in rated)
    assert "25 sub-domains" in content()["notes"][0]
    assert "names 26" in content()["notes"][0]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("adopting-innovation-wheel.2025", 12),
        ("uk-standards-public-involvement.2019", 6),
        ("twelve-enablers.2024", 12),
    ],
)
def test_the_other_frameworks_have_all_their_parts(name, parts):
    made = framework_files.checked(content(name))
    assert sum(len(domain["sub_domains"]) for domain in made["domains"]) == parts


@pytest.mark.django_db
def test_loading_again_changes_nothing():
    # They were loaded with the tables.
    before = set(Framework.objects.filter(network=None).values_list("slug", flat=True))
    assert before == {
        "insites-2025",
        "adopting-innovation-wheel-2025",
        "uk-standards-public-involvement-2019",
        "twelve-enablers-2024",
    }
    count = Indicator.objects.count()
    assert frameworks.load_frameworks(by=TEST) == []
    assert Indicator.objects.count() == count


@pytest.mark.django_db
def test_a_published_version_never_changes(tmp_path):
    shutil.copytree(framework_files.FOLDER, tmp_path / "frameworks")
    file = tmp_path / "frameworks" / "insites.2025.json"
    file.write_text(file.read_text().replace("not an inspection", "an inspection"))
    with pytest.raises(Refused, match="never changes"):
        frameworks.load_frameworks(by=TEST, folder=tmp_path / "frameworks")
    with pytest.raises(IntegrityError), transaction.atomic():
        Indicator.objects.update(text="Something else")


# -- a network's own -------------------------------------------------------------------
def own(version="1", **more):
    made = copy.deepcopy(content("twelve-enablers.2024"))
    return {**made, "key": "ours", "version": version, **more}


@pytest.mark.django_db
def test_a_network_publishes_its_own_and_a_newer_one_carries_ratings_on():
    network = NetworkFactory()
    first = frameworks.publish(
        draft=frameworks.draft(network=network, content=own(), by=TEST), by=TEST
    )
    second = own(
        "2",
        valid_from="2025-06-01",
        crosswalk={"from": "ours-1", "indicators": {"end-users-shape": "end-users-shape"}},
    )
    newer = frameworks.publish(
        draft=frameworks.draft(network=network, content=second, by=TEST), by=TEST
    )
    first.refresh_from_db()
    assert (str(first.valid_to), newer.follows) == ("2025-05-31", first)
    carried = newer.indicators.get(code="end-users-shape")
    assert carried.same_as == first.indicators.get(code="end-users-shape")
    assert newer.indicators.exclude(same_as=None).count() == 1


@pytest.mark.django_db
def test_no_network_takes_the_name_of_a_shipped_one_or_publishes_a_version_twice():
    network = NetworkFactory()
    taken = {**own(), "key": "insites", "version": "2025"}
    with pytest.raises(Refused, match="comes with Hubapp"):
        frameworks.draft(network=network, content=taken, by=TEST)
    # Nor of a version of it that may come later.
    with pytest.raises(Refused, match="comes with Hubapp"):
        frameworks.draft(network=network, content={**taken, "version": "2031"}, by=TEST)
    frameworks.publish(draft=frameworks.draft(network=network, content=own(), by=TEST), by=TEST)
    with pytest.raises(Refused, match="published already"):
        frameworks.draft(network=network, content=own(), by=TEST)


@pytest.mark.django_db
def test_a_crosswalk_needs_the_same_scale():
    network = NetworkFactory()
    frameworks.publish(draft=frameworks.draft(network=network, content=own(), by=TEST), by=TEST)
    other = own(
        "2",
        valid_from="2025-06-01",
        scale=[{"value": 0, "label": "No"}, {"value": 1, "label": "Yes"}],
        crosswalk={"from": "ours-1", "indicators": {"end-users-shape": "end-users-shape"}},
    )
    # Said when it is brought in, not only when it is published.
    with pytest.raises(Refused, match="scale differs"):
        frameworks.draft(network=network, content=other, by=TEST)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("crosswalk", "said"),
    [
        ({"from": "nowhere-1", "indicators": {}}, "which is not there"),
        ({"from": "ours-1", "indicators": {"end-users-shape": "gone"}}, "does not have: gone"),
    ],
)
def test_a_crosswalk_leads_to_what_is_there(crosswalk, said):
    network = NetworkFactory()
    frameworks.publish(draft=frameworks.draft(network=network, content=own(), by=TEST), by=TEST)
    newer = own("2", valid_from="2025-06-01", crosswalk=crosswalk)
    with pytest.raises(Refused, match=said):
        frameworks.draft(network=network, content=newer, by=TEST)
    # Another network's is not there either.
    foreign = own("1", crosswalk={"from": "ours-1", "indicators": {}}, key="theirs")
    with pytest.raises(Refused, match="which is not there"):
        frameworks.draft(network=NetworkFactory(), content=foreign, by=TEST)


@pytest.mark.django_db
def test_a_newer_version_begins_later():
    network = NetworkFactory()
    frameworks.publish(draft=frameworks.draft(network=network, content=own(), by=TEST), by=TEST)
    with pytest.raises(Refused, match="must begin later"):
        frameworks.draft(network=network, content=own("2"), by=TEST)


@pytest.mark.django_db
def test_bringing_one_in_again_takes_the_place_of_its_draft_and_an_old_page_cannot_publish_it():
    network = NetworkFactory()
    first = frameworks.draft(network=network, content=own(), by=TEST)
    frameworks.draft(network=network, content=own(title="Better"), by=TEST)
    again = network.framework_drafts.get()
    assert (again.pk, again.title) == (first.pk, "Better")
    with pytest.raises(Stale):
        frameworks.publish(draft=again, by=TEST, version=first.version)
    frameworks.publish(draft=again, by=TEST, version=again.version)
    with pytest.raises(Refused):
        frameworks.publish(draft=again, by=TEST, version=again.version)


# -- the reference cohort -----------------------------------------------------------------
def test_13_of_the_14_printed_percentages_are_reproduced_and_the_misprint_is_flagged():
    cohort = cohorts()["insites-2025"]
    assert len(cohort.printed) == 27
    percentages = [each for each in cohort.printed if each.percent_printed is not None]
    assert len(percentages) == 14
    assert [each.id for each in percentages if not each.is_reproduced] == ["PM7b"]
