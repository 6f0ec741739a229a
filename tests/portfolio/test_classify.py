"""What hub staff say an idea is: the page, and how the portfolio is balanced."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from hubapp.events.models import Event
from portfolio.enums import Trl, benefit_areas
from portfolio.forms.front_door import ContactForm, IdeaForm, StartForm
from portfolio.models import Innovation, InnovationLabel
from portfolio.queries import classification as queries
from portfolio.queries import counted
from portfolio.services import classification, redactions
from tests import factories
from tests.factories import TEST

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def idea(site):
    return factories.innovation(site, "Night lamps", submitter_kind="company")


def page(idea):
    return reverse("portfolio:classify", kwargs={"site": idea.site.slug, "ref": idea.ref})


EVERYTHING = {
    "priority": "high",
    "innovation_type": "device",
    "further_types": ["digital", "device"],
    "source": "industry",
    "focus": "adoption",
    "origin": "imported",
    "benefit_areas": ["care", "pressure"],
    "care_setting": "acute",
    "category": "medical_device",
    "trl": "7",
    "tags": "Falls, night  shift;FALLS, Café",
    "version": "1",
}


def test_everything_is_said_on_one_page_and_shown_with_the_idea(hub, idea):
    done = hub.post(page(idea), EVERYTHING, follow=True)
    assert "Saved." in words(done)
    idea.refresh_from_db()
    assert (idea.source, idea.focus, idea.origin, idea.category, idea.trl, idea.priority) == (
        "industry", "adoption", "imported", "medical_device", 7, "high",
    )  # fmt: skip
    # The main type is no further one; tags are folded and each is there once.
    assert queries.labels_of(idea) == {
        "type": ["digital"],
        "benefit": ["care", "pressure"],
        "tag": ["cafe", "falls", "night shift"],
    }
    assert Event.objects.filter(verb="innovation.classified").count() == 1
    said = dict(queries.classification_in_words(idea))
    assert said["Benefit areas"] == "Better care for patients; Operational or financial pressure"
    assert said["Readiness"] == "Level 7: prototype demonstrated in operation"
    assert said["Other types"] == "Digital"
    # Lists are filtered by them without a look at labels.
    assert benefit_areas(idea.benefits) == {"care", "pressure"}
    form = hub.get(page(idea)).content.decode()
    assert 'value="cafe, falls, night shift"' in form
    assert re.search(r'value="device"[^>]* checked', form)


def test_what_the_labels_say_is_mended_where_lists_are_filtered_by_it(idea):
    classification.classify(innovation=idea, benefit_areas=["care"], by=TEST)
    Innovation.objects.filter(pk=idea.pk).update(benefits=0)
    stored = Innovation.objects.get(pk=idea.pk)
    classification.classify(innovation=stored, benefit_areas=["care"], by=TEST)
    idea.refresh_from_db()
    assert (benefit_areas(idea.benefits), idea.version) == ({"care"}, stored.version)
    assert Event.objects.filter(verb="innovation.classified").count() == 1


def test_the_same_again_changes_nothing_and_empty_takes_away(hub, idea):
    hub.post(page(idea), EVERYTHING)
    again = hub.post(page(idea), {**EVERYTHING, "version": "2"}, follow=True)
    assert "Nothing was changed." in words(again)
    hub.post(page(idea), {"version": "2"})
    idea.refresh_from_db()
    assert (idea.source, idea.trl, idea.priority, idea.innovation_type) == ("", None, "", "")
    assert idea.benefits == 0
    assert not InnovationLabel.objects.exists()
    assert queries.classification_in_words(idea) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"trl": "10"}, "Choose technology readiness level from the list"),
        ({"source": "moon"}, "what was chosen is not in it"),
        ({"benefit_areas": ["joy"]}, "Choose benefit areas from the list"),
        ({"tags": ",".join(map(str, range(11)))}, "Give at most 10 tags"),
        ({"tags": "x" * 41}, "is too long: use at most 40 letters"),
        ({"tags": "y" * 500}, "Tags must be 420 characters or fewer"),
        ({"tags": "943 476 5919"}, "has what looks like an NHS number"),
    ],
)
def test_a_wrong_choice_gets_a_sentence_and_the_rest_stays(hub, idea, changes, sentence):
    response = hub.post(page(idea), {**EVERYTHING, **changes})
    assert response.status_code == 422
    assert sentence in words(response)
    assert re.search(r'value="adoption"[^>]* checked', response.content.decode())
    idea.refresh_from_db()
    assert idea.focus == ""


def test_who_comes_second_is_told_and_keeps_what_they_chose(hub, idea):
    classification.classify(innovation=Innovation.objects.get(), focus="invention", by=TEST)
    response = hub.post(page(idea), EVERYTHING)
    assert response.status_code == 422
    assert "Somebody else changed this idea" in words(response)
    assert re.search(r'value="adoption"[^>]* checked', response.content.decode())
    assert Innovation.objects.get().focus == "invention"


def test_the_sites_own_tags_are_offered_the_most_used_first(hub, site, other_site, idea):
    for title, tags in (("A", ["beds", "falls"]), ("B", ["falls"])):
        classification.classify(innovation=factories.innovation(site, title), tags=tags, by=TEST)
    foreign = factories.innovation(other_site)
    classification.classify(innovation=foreign, tags=["elsewhere"], by=TEST)
    html = hub.get(page(idea)).content.decode()
    offered = re.findall(r'<option value="([^"]+)"></option>', html)
    assert offered == ["falls", "beds"]
    assert "In use here: falls, beds." in html
    executive = factories.member(site, Role.EXECUTIVE)
    secret = factories.innovation(site, "Secret", is_confidential=True)
    classification.classify(innovation=secret, tags=["secret alloy"], by=TEST)
    assert queries.tags_in_use(executive.viewer, site) == ["falls", "beds"]


def test_the_submitter_is_asked_for_nothing_of_it_but_the_type(site):
    asked = {
        *StartForm(sites=[site], networks=[]).fields,
        *IdeaForm(kind="staff", answers={}).fields,
        *ContactForm(kind="company").fields,
    }
    hub_only = {
        "source", "focus", "origin", "category", "benefit_areas", "care_setting", "trl", "priority", "tags",
        "further_types",
    }  # fmt: skip
    assert asked & hub_only == set()
    assert "innovation_type" in asked


def test_the_nine_levels_have_words():
    assert [level.value for level in Trl] == list(range(1, 10))
    assert len({level.label for level in Trl}) == 9


def test_the_balance_counts_what_goes_on_and_says_what_is_not_said(site, hub_user):
    for fields in (
        {"innovation_type": "digital", "focus": "adoption", "benefit_areas": ["care", "staff"]},
        {"innovation_type": "digital", "origin": "imported"},
        {},
    ):
        classification.classify(innovation=factories.innovation(site), by=TEST, **fields)
    ended = factories.innovation(site, innovation_type="device")
    Innovation.objects.filter(pk=ended.pk).update(state="declined", due_on=None)
    balance = queries.balance_of(hub_user.viewer, site)
    assert balance.total == 3
    assert {each.words: each.count for each in balance.types} == {
        "Medicine": 0, "Device or diagnostic": 0, "Digital": 2, "Service": 0, "Not said": 1,
    }  # fmt: skip
    assert sum(each.count for each in balance.types) == balance.total
    assert {each.value: each.count for each in balance.benefits if each.count} == {
        "care": 1,
        "staff": 1,
    }
    assert {each.words: each.count for each in balance.focus if each.count} == {
        "Adoption of something proven elsewhere": 1,
        "Not said": 2,
    }
    assert {each.words: each.count for each in balance.origin if each.count} == {
        "Imported": 1,
        "Not said": 2,
    }


@pytest.mark.parametrize("many_lately", [1, 2_000])
def test_the_balance_is_kept_for_as_long_as_no_idea_changes(
    site, hub_user, monkeypatch, count_queries, many_lately
):
    monkeypatch.setattr(counted, "MANY_LATELY", many_lately)
    viewer = hub_user.viewer
    assert viewer.site_ids

    def balance() -> tuple[int, int]:
        """How many are digital, and how many queries that took."""
        with count_queries() as asked:
            found = queries.balance_of(viewer, site)
        return next(each.count for each in found.types if each.value == "digital"), len(asked)

    with time_machine.travel("2026-11-20T10:00Z") as clock:
        ideas = [factories.innovation(site, innovation_type="digital") for _ in range(4)]
        # As many as came in at once, by an import for instance: while a change may still be stored, counted anew.
        (first, cost), (second, again) = balance(), balance()
        assert (first, second) == (4, 4)
        assert (again == cost) == (many_lately == 1)
        # Later it is kept all the same, until one of them changes: at once.
        clock.shift(dt.timedelta(minutes=11))
        (_, cost), (kept, again) = balance(), balance()
        assert (kept, again) == (4, 1)
        assert cost > 1
        classification.classify(innovation=ideas[0], innovation_type="device", by=TEST)
        assert balance()[0] == 3
        clock.shift(dt.timedelta(minutes=11))
        assert balance()[0] == 3
        classification.classify(innovation=ideas[1], innovation_type="device", by=TEST)
        assert balance()[0] == 2


def test_the_page_of_the_balance_says_it_in_words_and_as_tables(hub, site, sign_in):
    address = reverse("portfolio:balance", kwargs={"site": site.slug})
    assert "Nothing to weigh yet" in words(hub.get(address))
    idea = factories.innovation(site, innovation_type="digital")
    classification.classify(innovation=idea, benefit_areas=["care"], by=TEST)
    secret = factories.innovation(site, innovation_type="device", is_confidential=True)
    page = words(hub.get(address))
    assert "2 ideas go on" in page
    assert "Better care for patients : 1" in page
    assert "Nobody has said yet. Of 2 ideas that go on." in page
    assert (
        address
        in hub.get(reverse("portfolio:innovations", kwargs={"site": site.slug})).content.decode()
    )
    client = sign_in(factories.member(site, Role.EXECUTIVE))
    assert "1 idea goes on" in words(client.get(address))
    reviewer = sign_in(factories.member(site, Role.REVIEWER))
    assert "Nothing to weigh yet" in words(reviewer.get(address))
    assert secret.is_confidential


def test_every_bar_of_the_balance_opens_the_ideas_that_it_counts(hub, site):
    for fields in (
        {"innovation_type": "digital", "focus": "adoption", "benefit_areas": ["care", "staff"]},
        {"innovation_type": "digital", "origin": "imported", "benefit_areas": ["care"]},
        {"focus": "invention"},
    ):
        classification.classify(innovation=factories.innovation(site), by=TEST, **fields)
    ended = factories.innovation(site, innovation_type="digital")
    Innovation.objects.filter(pk=ended.pk).update(state="declined", due_on=None)
    charts = hub.get(reverse("portfolio:balance", kwargs={"site": site.slug})).context["charts"]
    bars = [(chart.title, bar) for chart in charts for bar in chart.bars]
    assert len(bars) == 17
    for title, bar in bars:
        opened = hub.get(bar.href)
        assert len(opened.context["rows"]) == bar.value, (title, bar.label)
        assert len(opened.context["chips"]) == 2, (title, bar.label)


def test_what_matters_first_is_in_sight_and_the_rest_folded_away_until_it_is_wrong(hub, idea):
    html = hub.get(page(idea)).content.decode()
    in_sight, folded = html.split("<details", 1)
    for name in ("source", "innovation_type", "focus", "benefit_areas"):
        assert f'name="{name}"' in in_sight
    for name in ("priority", "origin", "care_setting", "category", "trl", "tags"):
        assert f'name="{name}"' in folded
    assert "(none filled in)" in folded
    assert "<details" + folded.split(">")[0] in html
    assert not folded.split(">")[0].endswith(" open")
    hub.post(page(idea), EVERYTHING)
    assert "(7 filled in)" in hub.get(page(idea)).content.decode()
    # Wrong in what is folded away: it is open, and what was typed is there.
    wrong = hub.post(page(idea), {**EVERYTHING, "tags": "x" * 41}).content.decode()
    folded = wrong.split('<details class="nhsuk-details nhsuk-expander"', 1)[1]
    assert folded.startswith(" open>")
    assert "x" * 41 in folded
    numbers = hub.post(page(idea), {**EVERYTHING, "tags": "943 476 5919"}).content.decode()
    assert 'nhsuk-expander" open>' in numbers
    assert 'name="not_nhs_numbers"' in numbers
    assert "is not an NHS number" in numbers


def test_a_tag_with_details_is_taken_off_and_no_event_keeps_it(site, hub_user):
    idea = factories.innovation(site)
    classification.classify(innovation=idea, tags=["Mrs Oluwolo", "falls"], by=TEST)
    redactions.redact(
        innovation=idea, fragments=["mrs OLUWOLO"], reason="patient", by=hub_user.actor
    )
    assert queries.labels_of(idea) == {"tag": ["falls"]}
    assert Event.objects.get(verb="innovation.redacted").changes["fields"] == ["tag"]
    kept = str(list(Event.objects.values_list("changes", flat=True)))
    assert "oluwolo" not in kept.casefold()
