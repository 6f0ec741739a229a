"""A weak sub-domain is said where an idea meets it: to the site's own desk, with what helped elsewhere."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Site
from maturity.flag_rules import FILE, rules
from maturity.framework_files import FOLDER, read_framework
from maturity.models import Framework
from maturity.queries.flags import flags_of_weak_sub_domains, weak_sub_domains
from maturity.services import actions, assessments
from portfolio.enums import BenefitArea, Focus, IdeaSource, InnovationType
from portfolio.services.classification import classify
from tests import factories
from tests.factories import TEST, innovation, member, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db
HANDOVER = "Handover risk"


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def insites(db):
    return Framework.objects.get(network=None, slug="insites-2025")


def rate(site, insites, submit=True, **answers):
    row = self_assessment(site, open_round(site=site, framework=insites), **answers)
    return assessments.submit(assessment=row, by=TEST) if submit else row


WEAK = {"business_functions": 1, "pilots_to_usual": 1, "business_case": 3}


def as_asked_anew(site):
    """The site as another request has it: what is asked for once of each is asked again."""
    return Site.objects.get(pk=site.pk)


def titles(user, site, *ideas):
    viewer = type(user).objects.get(pk=user.pk).viewer
    found = flags_of_weak_sub_domains(viewer, as_asked_anew(site), ideas)
    return [[flag.title for flag in found.get(idea.pk, [])] for idea in ideas]


def test_every_rule_names_what_is_there():
    framework = read_framework((FOLDER / "insites.2025.json").read_bytes())
    codes = {each["code"] for domain in framework["domains"] for each in domain["sub_domains"]}
    assert rules().framework == framework["key"]
    for rule in rules().rules:
        assert rule.sub_domain in codes
        assert rule.types <= set(InnovationType.values)
        assert rule.focus <= set(Focus.values)
        assert rule.sources <= set(IdeaSource.values)
        assert rule.areas <= set(BenefitArea.values)
    assert ".v1." in FILE.name


def test_investment_and_business_processes_at_1_is_a_handover_risk_of_every_idea(site, insites):
    rate(site, insites, **WEAK)
    desk = member(site)
    idea = innovation(site)
    assert titles(desk, site, idea) == [[HANDOVER]]
    weak = weak_sub_domains(site)["investment-business-processes"]
    assert (weak.lowest, weak.n) == (2, 3)


@pytest.mark.parametrize(
    "answers",
    [
        {"business_functions": 1, "pilots_to_usual": 3, "business_case": 3},
        # Not applicable and not answered are no lowest rating.
        {"business_functions": None, "pilots_to_usual": None},
        {"pilots_to_usual": 5},
    ],
)
def test_what_is_not_weak_raises_nothing(site, insites, answers):
    rate(site, insites, **answers)
    assert titles(member(site), site, innovation(site)) == [[]]


def test_only_the_latest_that_counts_is_read(site, insites):
    desk, idea = member(site), innovation(site)
    rate(site, insites, submit=False, **WEAK)
    assert titles(desk, site, idea) == [[]]
    rate(site, insites, **WEAK)
    assert titles(desk, site, idea) == [[HANDOVER]]
    rate(site, insites, business_functions=5, pilots_to_usual=3)
    assert titles(desk, site, idea) == [[]]


def test_a_rule_with_conditions_is_about_ideas_like_that(site, insites):
    rate(site, insites, workforce_team=1, staff_enabled=1, edi_opportunities=1)
    desk = member(site)
    service = innovation(site, "Service", innovation_type="service")
    device = innovation(site, "Device", innovation_type="device")
    fair = innovation(site, "Fair", innovation_type="medicine")
    classify(innovation=fair, benefit_areas=["inequalities"], by=TEST)
    assert titles(desk, site, service, device, fair) == [
        ["Capacity risk"],
        [],
        ["Inclusion risk"],
    ]


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.PPIE_LEAD, Role.REVIEWER, Role.STAFF])
def test_only_the_desk_is_told(site, insites, role):
    rate(site, insites, **WEAK)
    assert titles(member(site, role), site, innovation(site)) == [[]]


def test_another_site_s_weakness_says_nothing_here(site, other_site, insites):
    rate(other_site, insites, **WEAK)
    assert titles(member(site), site, innovation(site)) == [[]]
    stranger = member(site)
    assert titles(stranger, other_site, innovation(other_site)) == [[]]


def test_the_idea_s_page_and_panel_say_it_with_what_raised_it_elsewhere(
    site, other_site, client, insites
):
    rate(site, insites, **WEAK)
    network_of(site, other_site)
    part = insites.sub_domains.get(code="investment-business-processes")
    helped = actions.finish(
        action=actions.add(site=other_site, sub_domain=part, title="Ask finance first", by=TEST),
        outcome="Finance sits in from the start",
        by=TEST,
    )
    hidden = actions.finish(
        action=actions.add(site=other_site, sub_domain=part, title="Not shown", by=TEST),
        outcome="Kept to ourselves",
        by=TEST,
    )
    actions.publish(action=helped, by=TEST)
    assert hidden.published_at is None
    idea = innovation(site)
    client.force_login(member(site), backend="accounts.backends.EmailBackend")
    panel = reverse("portfolio:triage_item", kwargs={"site": site.slug, "ref": idea.ref})
    for address in (idea.get_absolute_url(), panel):
        said = words(client.get(address))
        assert (
            f"{HANDOVER}. Investment &amp; business processes: your site gave 2 of its 3 ratings as 1, the lowest"
            in said
        )
        assert "Finance sits in from the start" in said
        assert other_site.name in said
        assert "Kept to ourselves" not in said


def test_rows_of_the_queue_mark_what_is_about_this_idea_and_not_what_is_about_all(
    site, client, insites
):
    rate(site, insites, staff_enabled=1, **WEAK)
    innovation(site, "Night team", innovation_type="service")
    innovation(site, "Pump", innovation_type="device")
    client.force_login(member(site), backend="accounts.backends.EmailBackend")
    page = words(client.get(reverse("portfolio:triage", kwargs={"site": site.slug})))
    assert page.count("Capacity risk") == 1
    assert HANDOVER not in page


def test_flags_cost_the_same_for_one_idea_and_for_many(site, insites, count_queries):
    rate(site, insites, staff_enabled=1, edi_opportunities=1, **WEAK)
    user = member(site)
    viewer = type(user).objects.get(pk=user.pk).viewer
    ideas = [innovation(site, f"Idea {at}", innovation_type="service") for at in range(4)]
    costs = []
    for rows in (ideas[:2], ideas):
        here = as_asked_anew(site)
        with count_queries() as found:
            flags_of_weak_sub_domains(viewer, here, rows)
        costs.append(len(found))
    assert costs[0] == costs[1] == 1, [each["sql"] for each in found]
    here = as_asked_anew(site)
    with count_queries() as found:
        flags_of_weak_sub_domains(viewer, here, ideas[:1])
    assert len(found) == 1
    elsewhere = factories.SiteFactory()
    with count_queries() as found:
        flags_of_weak_sub_domains(viewer, elsewhere, ideas)
    assert len(found) == 0
