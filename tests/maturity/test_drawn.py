"""Parts of pages that are kept drawn: they say what is true now, and to each what is theirs."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from hubapp.web.kept import columns, drawn
from maturity.enums import Disclosure, Origin
from maturity.models import Framework, SelfAssessment
from maturity.queries.published import asked_by
from maturity.services import assessments, closing, reminders
from maturity.services.assessments import rated
from tests import factories
from tests.factories import TEST, framework, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def client_of(user, **kwargs) -> Client:
    client = Client(**kwargs)
    client.force_login(user, backend="accounts.backends.EmailBackend")
    return client


def url(name, row, **parts):
    return reverse(f"maturity:{name}", kwargs={"site": row.site.slug, "ref": row.ref, **parts})


def of_network(name, round):
    kwargs = {"network": round.network.slug, "ref": round.ref}
    return reverse(f"maturity:{name}", kwargs=kwargs)


def again(row):
    return SelfAssessment.objects.select_related("round__framework", "round__network", "site").get(
        pk=row.pk
    )


@pytest.fixture
def twice(site):
    """A self-assessment that nothing is answered in, after one in which something was."""
    made = framework()
    first = self_assessment(site, open_round(site=site, framework=made), s1_i1=3, s2_i1=5)
    assessments.submit(assessment=first, by=TEST)
    return self_assessment(site, open_round(site=site, framework=made))


def test_forms_of_a_part_that_another_drew_are_taken_from_whoever_sends_them(site, twice):
    first, second = (
        client_of(factories.member(site, Role.SITE_LEAD), enforce_csrf_checks=True)
        for _ in range(2)
    )
    page = first.get(url("assessment", twice)).content.decode()
    tokens = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
    seen = second.get(url("assessment", twice)).content.decode()
    form = seen[seen.index('class="hub-confirm"') :]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
    assert token not in tokens
    shown = re.search(r'name="shown" value="([^"]+)"', form)[1]
    sent = {"confirm": "s1", "shown": shown}
    assert first.post(url("assessment", twice), sent).status_code == 403
    sent["csrfmiddlewaretoken"] = token
    assert second.post(url("assessment", twice), sent).status_code == 302
    assert twice.ratings.get().origin == Origin.CONFIRMED


def test_the_list_of_tasks_says_what_was_answered_since(site, twice):
    lead = client_of(factories.member(site, Role.SITE_LEAD))
    assert words(lead.get(url("assessment", twice))).count("Still true") == 2
    assessments.answer(
        assessment=again(twice), answers={"s1-i1": rated(1), "s1-i2": rated(1)}, by=TEST
    )
    page = words(lead.get(url("assessment", twice)))
    assert page.count("Still true") == 1
    assert "Sub-domain 1 Done" in page


def test_who_may_not_rate_gets_no_buttons_that_a_lead_drew(site, twice):
    lead = client_of(factories.member(site, Role.SITE_LEAD))
    reader = client_of(factories.member(site, Role.EXECUTIVE))
    assert "Still true" in words(lead.get(url("assessment", twice)))
    assert "Still true" not in words(reader.get(url("assessment", twice)))


def test_the_report_of_a_lead_is_not_that_of_a_reader(site, twice):
    assessments.answer(assessment=again(twice), answers={"s1-i1": rated(1)}, by=TEST)
    lead = client_of(factories.member(site, Role.SITE_LEAD))
    reader = client_of(factories.member(site, Role.EXECUTIVE))
    assert "Add an action" in words(lead.get(url("report", twice)))
    assert "Add an action" not in words(reader.get(url("report", twice)))
    assert "Averages, as you asked for" not in words(lead.get(url("report", twice)))
    assert "Averages, as you asked for" in words(lead.get(url("report", twice) + "?average=1"))


def test_a_report_says_words_and_ratings_of_now(site, twice):
    lead = client_of(factories.member(site, Role.SITE_LEAD))
    lead.get(url("report", twice))
    assessments.answer(
        assessment=again(twice),
        answers={"s1-i1": rated(5)},
        explanations={"s1": "Found the money"},
        by=TEST,
    )
    page = words(lead.get(url("report", twice)))
    assert "Found the money" in page
    assert "1 went up" in page


def test_a_reading_counts_who_was_reopened_and_names_sites_as_they_are_called_now(site, other_site):
    round = open_round(
        network_of(site, other_site), disclosure=Disclosure.NAMED_COORDINATOR, min_others=2
    )
    for each in (site, other_site):
        assessments.submit(assessment=self_assessment(each, round, s1_i1=5), by=TEST)
    closing.close(round=round, by=TEST)
    coordinator = client_of(factories.coordinator(round.network))
    page = words(coordinator.get(of_network("reading", round)))
    assert "Ratings of 2 sites" in page
    assert site.name in page
    site.name = "Another name"
    site.save()
    assert "Another name" in words(coordinator.get(of_network("reading", round)))
    row = again(SelfAssessment.objects.get(site=site, round=round))
    assessments.reopen(assessment=row, reason="A mistake", by=TEST)
    assert "Ratings of 1 site " in words(coordinator.get(of_network("reading", round)))
    assessments.answer(assessment=row, answers={"s1-i1": rated(1)}, by=TEST)
    assessments.submit(assessment=row, by=TEST)
    page = words(coordinator.get(of_network("reading", round)))
    assert "1: 1, 3: 0, 5: 1; N = 2" in page


def test_the_table_of_a_round_says_who_was_reminded(site, other_site):
    factories.member(site, Role.SITE_LEAD)
    round = open_round(network_of(site, other_site))
    coordinator = client_of(factories.coordinator(round.network))
    reminded = r'<td data-label="Reminded"><span>\s*<time'
    assert not re.search(reminded, coordinator.get(round.get_absolute_url()).content.decode())
    row = SelfAssessment.objects.select_related("round__network", "site").get(
        round=round, site=site
    )
    reminders.remind(assessment=row, by=TEST)
    assert re.search(reminded, coordinator.get(round.get_absolute_url()).content.decode())


def test_what_a_part_shows_is_made_once_for_all_that_say_the_same(rf, site):
    made = []

    def shown():
        made.append(1)
        return {"parts": [{"name": "Money", "href": "/", "answers": [("We plan", "5")]}]}

    template = "maturity/assess/_last_time.html"
    first = drawn(rf.get("/"), template, ("the same", columns(site)), shown)
    assert drawn(rf.get("/"), template, ("the same", columns(site)), shown) == first
    assert ("We plan" in first, len(made)) == (True, 1)
    site.name = "Another name"
    drawn(rf.get("/"), template, ("the same", columns(site)), shown)
    assert len(made) == 2


def test_what_a_framework_asks_is_read_once(count_queries):
    made = framework(sub_domains=2, indicators=3)
    with count_queries() as found:
        asked = asked_by(made)
    assert len(found) == 2
    assert [row.code for row in asked.indicators][:3] == ["s1-i1", "s1-i2", "s1-i3"]
    with count_queries() as found:
        again = asked_by(Framework(pk=made.pk, ref=made.ref))
        names = {row.sub_domain.domain.name for row in again.indicators}
    assert (len(found), names) == (0, {"Test domain"})
