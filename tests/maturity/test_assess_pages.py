"""The site lead's pages: what is open, what is shown to whom, rating, confirming, submitting."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from hubapp.events.models import Event
from maturity.enums import Answer, AssessmentState, Disclosure, Origin
from maturity.models import Explanation, Profile, Rating, Round, SelfAssessment, SubDomain
from maturity.services import assessments, profiles, rounds
from tests import factories
from tests.factories import TEST, framework, network_of, open_round, self_assessment

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def lead(site, sign_in):
    """A client signed in as site lead."""
    return sign_in(factories.member(site, Role.SITE_LEAD))


def url(name, row, **parts):
    return reverse(f"maturity:{name}", kwargs={"site": row.site.slug, "ref": row.ref, **parts})


def home(site):
    return reverse("maturity:maturity", kwargs={"site": site.slug})


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def asked(site, **fields):
    """A self-assessment that nobody has begun, in a round of a network."""
    round = open_round(network_of(site), **fields)
    return SelfAssessment.objects.select_related("site", "round").get(round=round, site=site)


def on_page(client, row, code="s1") -> dict[str, str]:
    """What the form of a rating page sends if nobody touches it."""
    page = client.get(url("rate", row, code=code)).content.decode()
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'{each}="([^"]*)"', tag) for each in ("name", "value"))
        if name and ('type="hidden"' in tag or re.search(r"\bchecked\b", tag)):
            found[name[1]] = value[1] if value else ""
    text = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.S)
    found["words"] = text[1].strip() if text else ""
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def current(row):
    return {
        each.indicator.code: (each.answer, each.value, each.origin)
        for each in row.ratings.filter(is_current=True).select_related("indicator")
    }


def done_before(site, made=None, **answers):
    """A submitted self-assessment by ``made``."""
    row = self_assessment(site, open_round(site=site, framework=made or framework()), **answers)
    return assessments.submit(assessment=row, by=TEST)


# -- the list ------------------------------------------------------------------------
def test_an_empty_page_teaches_and_offers_a_start(lead, site):
    page = words(lead.get(home(site)))
    assert "No self-assessment yet" in page
    assert "Start a self-assessment of your own" in page


def test_somebody_who_only_reads_is_offered_nothing_to_press(client, site, sign_in):
    reader = sign_in(factories.member(site, Role.EXECUTIVE))
    assert "Start a self-assessment" not in words(reader.get(home(site)))
    row = asked(site)
    page = words(reader.get(home(site)))
    assert "A site lead reads what it asks and starts it" in page
    assert reader.post(url("start", row)).status_code == 403


def test_an_open_round_stands_first_with_one_step_and_past_ones_below(lead, site):
    made = framework()
    done_before(site, made, s1_i1=1)
    row = asked(site, name="Autumn", framework=made)
    page = lead.get(home(site)).content.decode()
    assert page.index("Autumn") < page.index("Earlier ones") < page.index("Test round")
    assert "Read what it asks and start" in page
    assessments.start(assessment=row, by=TEST)
    assert "Continue" in words(lead.get(home(site)))


def test_whoever_never_started_a_closed_round_finds_it_among_the_past(lead, site):
    row = asked(site)
    Round.objects.filter(pk=row.round_id).update(
        state="closed", closed_at=row.created_at + DAY, closes_on=row.round.opens_on
    )
    assert "Did not take part" in words(lead.get(home(site)))


def test_a_late_joiner_can_still_start(lead, site, other_site):
    network = network_of(site, other_site)
    round = open_round(network, sites=[other_site])
    Round.objects.filter(pk=round.pk).update(state="closed", closed_at=round.opened_at)
    round.refresh_from_db()
    rounds.add_sites(round=round, sites=[site], by=TEST)
    assert "Read what it asks and start" in words(lead.get(home(site)))


def test_a_site_starts_a_round_of_its_own_with_one_press(lead, site):
    framework()
    address = reverse("maturity:own_round", kwargs={"site": site.slug})
    page = lead.get(address).content.decode()
    sent = {
        "framework": "test-framework-1",
        "name": re.search(r'name="name"[^>]*value="([^"]+)"', page)[1],
        "once_key": re.search(r'name="once_key"[^>]*value="([^"]+)"', page)[1],
        **{
            f"closes_on_{part}": re.search(rf'name="closes_on_{part}"[^>]*value="(\d+)"', page)[1]
            for part in ("day", "month", "year")
        },
    }
    assert lead.post(address, sent).status_code == 302
    # A double press.
    assert lead.post(address, sent).status_code == 302
    row = SelfAssessment.objects.get(site=site)
    assert (row.round.network, row.round.site, row.round.state) == (None, site, "open")
    assert row.round.closes_on == factories.today() + 28 * DAY
    page = words(lead.get(url("start", row)))
    assert "nobody outside" in page
    assert "coordinator" not in page


def test_a_wrong_date_keeps_what_was_typed(lead, site):
    framework()
    address = reverse("maturity:own_round", kwargs={"site": site.slug})
    sent = {"framework": "test-framework-1", "name": "Mine", "closes_on_day": "1", "closes_on_month": "1", "closes_on_year": "2020"}  # fmt: skip
    page = lead.post(address, sent)
    assert page.status_code == 422
    assert 'value="Mine"' in page.content.decode()


# -- before you start ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("disclosure", "says", "never"),
    [
        (Disclosure.NAMED_COORDINATOR, "read your ratings and your explanations by name", "every site of this round that"),
        (Disclosure.NAMED_SITES, "every site of this round that has submitted itself", "never read yours"),
        (Disclosure.AGGREGATE, "the coordinators of .* included", "by name"),
    ],
)  # fmt: skip
def test_before_starting_it_says_who_will_see_what(lead, site, disclosure, says, never):
    row = asked(site, disclosure=disclosure, min_others=7)
    assert lead.get(url("assessment", row)).url == url("start", row)
    page = words(lead.get(url("start", row)))
    assert re.search(says, page)
    assert never not in page
    assert "at least 7 others" in page
    assert "all of them rate the same" in page
    assert "of every site, yours too, that it does not rate 5" in page
    assert "subjective" in page
    assert "your rating stays what you say it is" in page


def test_agreeing_starts_it_once(lead, site):
    row = asked(site)
    for _ in range(2):
        assert lead.post(url("start", row)).url == url("profile", row)
    row.refresh_from_db()
    assert row.state == AssessmentState.DRAFT
    assert row.moves.count() == 2
    event = Event.objects.get(verb="self_assessment.started")
    assert event.changes == {"disclosure": "named_coordinator"}


def test_a_round_that_opens_later_cannot_be_started_yet(lead, site):
    row = asked(site, opens_on=factories.today() + 3 * DAY)
    assert "You can start then" in words(lead.get(url("start", row)))
    assert lead.post(url("start", row)).status_code == 422
    assert lead.get(url("rate", row, code="s1")).status_code == 302


# -- the profile ------------------------------------------------------------------------
def profile_sent(**changes):
    return {"kind": "acute", "headcount": "8000", "wte": "2.5", "began_in": "2021", "seats": ["research"],
            "funding": ["internal", "charity"], "income_target": "250000.50", "seen": "", **changes}  # fmt: skip


def described(made):
    """The framework with one sub-domain that is described and not rated."""
    domain = made.domains.create(code="d0", position=0, name="Context", is_rated=False)
    SubDomain.objects.create(
        framework=made, domain=domain, code="plans", position=0, name="Future plans", is_rated=False
    )
    return made


def test_a_profile_is_kept_as_facts_with_money_in_minor_units(lead, site):
    row = self_assessment(site, open_round(site=site, framework=described(framework())))
    sent = profile_sent(**{"words-plans": "More of it", "seen-words-plans": "0|"})
    assert lead.post(url("profile", row), sent).status_code == 302
    kept = Profile.objects.get(assessment=row)
    assert (kept.headcount, str(kept.wte), kept.began_in) == (8000, "2.50", 2021)
    assert (kept.income_target_minor, kept.income_currency) == (25000050, "GBP")
    assert kept.funding == ["internal", "charity"]
    assert Explanation.objects.get(assessment=row).text == "More of it"
    page = lead.get(url("profile", row)).content.decode()
    assert 'value="250000.5"' in page
    assert "More of it" in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"began_in": "1066"}, "The year must be between"),
        ({"wte": "-1"}, "must be 0 or more"),
        ({"headcount": "many"}, "must be a whole number"),
        ({"funding": ["none", "internal"]}, "Choose either"),
        ({"headcount": "99999999999"}, "must be between 0 and"),
        ({"income_target": "99999999999999999"}, "digits"),
    ],
)
def test_what_is_wrong_in_a_profile_is_said_and_kept(lead, site, wrong, says):
    row = self_assessment(site)
    page = lead.post(url("profile", row), profile_sent(**wrong))
    assert page.status_code == 422
    assert says in words(page)
    assert 'value="8000"' in page.content.decode() or "headcount" in wrong
    assert not Profile.objects.exists()


def test_last_times_profile_is_confirmed_in_one_press(lead, site):
    made = described(framework())
    first = self_assessment(site, open_round(site=site, framework=made), s1_i1=3)
    profiles.save(assessment=first, by=TEST, wte="2.5", kind="acute", words={"plans": "More"})
    assessments.submit(assessment=first, by=TEST)
    row = self_assessment(site, open_round(site=site, framework=made))
    page = lead.get(url("profile", row))
    assert "Still true?" in words(page)
    assert 'value="2.5"' in page.content.decode()
    assert not Profile.objects.filter(assessment=row).exists()
    lead.post(url("profile", row), {"do": "confirm"})
    kept = Profile.objects.get(assessment=row)
    assert (str(kept.wte), kept.kind) == ("2.50", "acute")
    assert row.explanations.get().text == "More"


def test_the_second_to_save_a_profile_sees_what_the_first_wrote(lead, site):
    row = self_assessment(site)
    profiles.save(assessment=row, by=TEST, headcount=5)
    page = lead.post(url("profile", row), profile_sent())
    assert page.status_code == 422
    assert "Somebody else wrote this" in words(page)
    assert 'value="8000"' in page.content.decode()
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', page.content.decode())[1]
    assert lead.post(url("profile", row), profile_sent(seen=seen)).status_code == 302
    assert Profile.objects.get().headcount == 8000


# -- rating ---------------------------------------------------------------------------------
def test_three_different_things_are_chosen_and_taken_away_again_without_a_script(lead, site):
    row = self_assessment(site)
    sent = on_page(lead, row) | {"answer-s1-i1": "1", "answer-s1-i2": "na", "words": "Little time", "do": "next"}  # fmt: skip
    response = lead.post(url("rate", row, code="s1"), sent)
    assert response.url == f"{url('rate', row, code='s2')}?saved=s1"
    assert current(row) == {
        "s1-i1": (Answer.RATED, 1, Origin.GIVEN),
        "s1-i2": (Answer.NOT_APPLICABLE, None, Origin.GIVEN),
    }
    assert row.explanations.get().text == "Little time"
    sent = on_page(lead, row)
    assert (sent["answer-s1-i1"], sent["answer-s1-i2"]) == ("1", "na")
    lead.post(url("rate", row, code="s1"), sent | {"answer-s1-i1": ""})
    row.refresh_from_db()
    assert row.answered == 1
    assert current(row)["s1-i1"][0] == Answer.CLEARED


def test_saving_goes_on_to_what_is_open_and_at_the_end_to_the_list(lead, site):
    row = self_assessment(site, open_round(site=site, framework=framework(sub_domains=3)), s2_i1=3, s2_i2=3)  # fmt: skip
    sent = on_page(lead, row) | {"answer-s1-i1": "1", "answer-s1-i2": "1"}
    assert lead.post(url("rate", row, code="s1"), sent).url.startswith(url("rate", row, code="s3"))
    sent = on_page(lead, row, "s3")
    assert lead.post(url("rate", row, code="s3"), sent).url.startswith(url("assessment", row))


def test_a_text_too_long_and_a_point_off_the_scale_are_said_and_kept(lead, site):
    row = self_assessment(site)
    sent = on_page(lead, row) | {"answer-s1-i1": "5", "words": "x" * 3001}
    page = lead.post(url("rate", row, code="s1"), sent)
    assert page.status_code == 422
    assert "3000 characters or fewer" in words(page)
    assert "x" * 3001 in page.content.decode()
    assert re.search(r'value="5"[^>]*checked', page.content.decode())
    page = lead.post(url("rate", row, code="s1"), on_page(lead, row) | {"answer-s1-i1": "4"})
    assert page.status_code == 422
    assert not row.ratings.exists()


def test_of_two_at_one_desk_the_second_sees_the_first_and_loses_nothing(lead, site):
    row = self_assessment(site)
    opened = on_page(lead, row)
    assessments.answer(
        assessment=row,
        answers={"s1-i1": assessments.rated(3)},
        explanations={"s1": "Theirs"},
        by=TEST,
    )
    mine = opened | {"answer-s1-i1": "5", "words": "Mine"}
    page = lead.post(url("rate", row, code="s1"), mine)
    assert page.status_code == 422
    assert "Somebody else answered here" in words(page)
    assert "3: Making progress" in words(page)
    assert "Theirs" in words(page)
    assert ">Mine</textarea>" in page.content.decode().replace("\n", "")
    assert current(row)["s1-i1"][1] == 3
    again = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.content.decode())[1]
        for name in ("seen-answer-s1-i1", "seen-answer-s1-i2", "seen-words")
    }
    assert lead.post(url("rate", row, code="s1"), mine | again).status_code == 302
    assert current(row)["s1-i1"][1] == 5
    assert row.explanations.get().text == "Mine"


def test_what_somebody_else_answered_meanwhile_stays_where_it_was_not_touched(lead, site):
    row = self_assessment(site)
    opened = on_page(lead, row)
    assessments.answer(
        assessment=row,
        answers={"s1-i1": assessments.rated(3)},
        explanations={"s1": "Theirs"},
        by=TEST,
    )
    assert lead.post(url("rate", row, code="s1"), opened | {"answer-s1-i2": "5"}).status_code == 302
    assert {code: said[1] for code, said in current(row).items()} == {"s1-i1": 3, "s1-i2": 5}
    assert row.explanations.get().text == "Theirs"


def test_it_is_saved_as_one_goes(lead, site):
    row = self_assessment(site)
    sent = on_page(lead, row) | {"answer-s1-i1": "5", "do": "auto"}
    saved = lead.post(url("rate", row, code="s1"), sent, headers={"HX-Request": "true"})
    assert (saved.status_code, saved["X-Hub-Saved"]) == (200, "yes")
    assert re.match(r"Saved at \d", words(saved).strip())
    # The page has seen what it saved: the next save changes only what is next.
    again = re.search(r'name="seen-answer-s1-i1"[^>]*value="([^"]*)"', saved.content.decode())[1]
    sent |= {"seen-answer-s1-i1": again, "answer-s1-i1": "3"}
    assert lead.post(url("rate", row, code="s1"), sent)["X-Hub-Saved"] == "yes"
    assert current(row)["s1-i1"][1] == 3
    assert Rating.objects.filter(assessment=row).count() == 2
    late = lead.post(url("rate", row, code="s1"), sent | {"seen-answer-s1-i1": "0|"})
    assert (late.status_code, late["X-Hub-Saved"]) == (200, "yes")
    late = lead.post(url("rate", row, code="s1"), sent | {"seen-answer-s1-i1": "0|", "answer-s1-i1": "1"})  # fmt: skip
    assert (late.status_code, late["X-Hub-Saved"]) == (422, "no")
    assert "somebody else answered" in words(late)


def test_garbage_in_hidden_fields_is_no_error_of_ours(lead, site):
    row = self_assessment(site, s1_i1=3)
    for wrong in ("", "x|y", "²|5", "|", "9" * 50 + "|1"):
        sent = {"answer-s1-i1": "5", "seen-answer-s1-i1": wrong, "seen-words": wrong, "words": "a"}
        assert lead.post(url("rate", row, code="s1"), sent).status_code in (302, 422)
    assert lead.get(url("rate", row, code="nothing")).status_code == 404


# -- last time --------------------------------------------------------------------------------
def test_last_time_stands_beside_and_is_confirmed_per_sub_domain(lead, site):
    made = framework()
    first = done_before(site, made, s1_i1=1, s1_i2=None, s2_i1=5)
    row = self_assessment(site, open_round(site=site, framework=made))
    assert "Last time: 1: Little or no progress" in words(lead.get(url("rate", row, code="s1")))
    page = lead.get(url("assessment", row))
    assert words(page).count("Still true") == 2
    shown = f"{first.ref}-{first.version}"
    assert lead.post(url("assessment", row), {"confirm": "s1", "shown": shown}).status_code == 302
    assert current(row) == {
        "s1-i1": (Answer.RATED, 1, Origin.CONFIRMED),
        "s1-i2": (Answer.NOT_APPLICABLE, None, Origin.CONFIRMED),
    }
    part = lead.post(
        url("assessment", row), {"confirm": "s2", "shown": shown}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert "3 of 4 statements are answered" in part.content.decode()


def test_the_rest_of_a_page_is_confirmed_with_what_was_chosen_on_it(lead, site):
    made = framework()
    done_before(site, made, s1_i1=1, s1_i2=3)
    row = self_assessment(site, open_round(site=site, framework=made))
    sent = on_page(lead, row) | {"answer-s1-i1": "5", "do": "confirm"}
    assert lead.post(url("rate", row, code="s1"), sent).status_code == 302
    assert current(row) == {
        "s1-i1": (Answer.RATED, 5, Origin.GIVEN),
        "s1-i2": (Answer.RATED, 3, Origin.CONFIRMED),
    }


def test_all_of_last_time_is_shown_before_it_is_confirmed_at_once(lead, site):
    made = framework()
    first = self_assessment(site, open_round(site=site, framework=made), s1_i1=1, s2_i1=None)
    assessments.answer(assessment=first, answers={}, explanations={"s1": "Because"}, by=TEST)
    assessments.submit(assessment=first, by=TEST)
    row = self_assessment(site, open_round(site=site, framework=made))
    page = lead.get(url("confirm", row))
    for shown in ("We do thing 1.1", "1: Little or no progress", "Not applicable", "Because"):
        assert shown in words(page)
    shown = re.search(r'name="shown" value="([^"]+)"', page.content.decode())[1]
    assert lead.post(url("confirm", row), {"shown": shown}).status_code == 302
    row.refresh_from_db()
    assert row.answered == 2
    assert row.explanations.get().text == "Because"


def test_what_was_not_shown_is_not_confirmed(lead, site):
    made = framework()
    first = done_before(site, made, s1_i1=1)
    row = self_assessment(site, open_round(site=site, framework=made))
    shown = f"{first.ref}-{first.version}"
    assessments.reopen(assessment=first, reason="Wrong", by=TEST)
    assessments.answer(assessment=first, answers={"s1-i1": assessments.rated(5)}, by=TEST)
    assessments.submit(assessment=first, by=TEST)
    for address, sent in ((url("confirm", row), {}), (url("assessment", row), {"confirm": "s1"})):
        assert lead.post(address, {**sent, "shown": shown}).status_code == 422
    assert not row.ratings.exists()


def test_words_left_out_on_purpose_stay_out(lead, site):
    made = framework()
    first = self_assessment(site, open_round(site=site, framework=made), s1_i1=1, s2_i1=1)
    assessments.answer(assessment=first, answers={}, explanations={"s1": "Old"}, by=TEST)
    assessments.submit(assessment=first, by=TEST)
    row = self_assessment(site, open_round(site=site, framework=made), s1_i1=5)
    assessments.confirm(assessment=row, by=TEST)
    assert current(row)["s2-i1"][1] == 1
    assert not row.explanations.exists()


# -- the list of tasks -----------------------------------------------------------------------------
def test_the_list_counts_and_names_one_next_step(lead, site):
    row = self_assessment(site, s1_i1=1, s1_i2=None, s2_i1=5)
    page = words(lead.get(url("assessment", row)))
    assert "75% : 3 of 4 statements answered" in page
    assert "Continue About your function" in page
    assert "In progress 1 of 2" in page
    profiles.save(assessment=row, by=TEST)
    assert "Continue Sub-domain 2" in words(lead.get(url("assessment", row)))
    assessments.answer(assessment=row, answers={"s2-i2": assessments.rated(1)}, by=TEST)
    page = words(lead.get(url("assessment", row)))
    assert "100% : 4 of 4" in page
    assert "Check and submit" in page


# -- the end ------------------------------------------------------------------------------------------
def test_submitting_lists_what_is_open_and_allows_it(lead, site):
    row = self_assessment(site, s1_i1=1)
    page = lead.get(url("submit", row))
    assert "Sub-domain 2 : nothing answered" in words(page)
    assert "Sub-domain 1 : 1 of 2 not answered" in words(page)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.content.decode())[1]
    assert lead.post(url("submit", row), {"version": version}).url == url("assessment", row)
    row.refresh_from_db()
    assert row.state == AssessmentState.SUBMITTED
    page = words(lead.get(url("assessment", row)))
    assert "What happens next" in page
    assert "cannot be changed unless" in words(lead.get(url("rate", row, code="s1")))


def test_who_submits_submits_what_they_saw(lead, site):
    row = self_assessment(site, s1_i1=1)
    stale = row.version
    assessments.answer(assessment=row, answers={"s1-i1": assessments.rated(3)}, by=TEST)
    assert lead.post(url("submit", row), {"version": stale}).status_code == 422


def test_nothing_at_all_cannot_be_submitted(lead, site):
    row = self_assessment(site)
    page = lead.post(url("submit", row), {"version": "x"})
    assert page.status_code == 422
    assert "Answer at least one" in words(page)


def test_reopening_needs_a_reason_and_leaves_a_trace(lead, site):
    row = done_before(site, s1_i1=1)
    assert lead.post(url("reopen", row), {"reason": " "}).status_code == 422
    assert lead.post(url("reopen", row), {"reason": "A wrong number"}).status_code == 302
    page = words(lead.get(url("assessment", row)))
    assert "Reopened" in page
    assert "A wrong number" in page
    assert lead.post(url("reopen", row), {"reason": "Again"}).status_code == 422


def test_leaving_keeps_what_was_written(lead, site):
    row = self_assessment(site, s1_i1=1)
    assert lead.post(url("leave", row), {"reason": "No time"}).status_code == 302
    row.refresh_from_db()
    assert row.state == AssessmentState.WITHDRAWN
    assert "1: Little or no progress" in words(lead.get(url("rate", row, code="s1")))
    assert lead.post(url("leave", row), {}).status_code == 422


def test_hub_staff_answer_and_only_a_lead_submits(hub, site):
    row = self_assessment(site)
    sent = on_page(hub, row) | {"answer-s1-i1": "5"}
    assert hub.post(url("rate", row, code="s1"), sent).status_code == 302
    for name in ("submit", "reopen", "leave", "start"):
        assert hub.post(url(name, row), {"reason": "x"}).status_code == 403
    assert "a site lead submits it" in words(hub.get(url("assessment", row)))


def test_nothing_changes_by_looking_or_reading(client, site, sign_in):
    row = self_assessment(site, s1_i1=1)
    reader = sign_in(factories.member(site, Role.EXECUTIVE))
    assert "1: Little or no progress" in words(reader.get(url("rate", row, code="s1")))
    assert reader.post(url("rate", row, code="s1"), {"answer-s1-i1": "5"}).status_code == 403
    assert reader.post(url("profile", row), profile_sent()).status_code == 403
    assert reader.post(url("assessment", row), {"confirm": "s1"}).status_code == 403
    assert current(row)["s1-i1"][1] == 1


def test_another_sites_is_not_there(lead, other_site):
    row = self_assessment(other_site, s1_i1=1)
    for name in ("assessment", "start", "profile", "confirm", "submit", "reopen", "leave"):
        assert lead.get(url(name, row)).status_code == 404
    mine = home(lead.get("/").wsgi_request.user.viewer.sites[0])
    assert lead.get(f"{mine}{row.ref}/").status_code == 404


# -- cost ---------------------------------------------------------------------------------------------
def test_a_rating_page_is_cheap_however_much_there_is(lead, site, count_queries):
    costs = {}
    for size in (1, 3):
        made = framework(key=f"size-{size}", sub_domains=size, indicators=size)
        done_before(site, made, s1_i1=1)
        row = self_assessment(site, open_round(site=site, framework=made), s1_i1=3)
        for name, parts in (("rate", {"code": "s1"}), ("assessment", {}), ("confirm", {}), ("submit", {}), ("profile", {})):  # fmt: skip
            lead.get(url(name, row, **parts))
            with count_queries() as queries:
                lead.get(url(name, row, **parts))
            costs.setdefault(name, []).append(len(queries))
    assert all(cost[0] == cost[1] <= 12 for cost in costs.values()), costs
