"""The eight questions: answered in one press, and read early by whom they concern."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.enums import Function
from hubapp.events.models import Event
from hubapp.problems import Refused
from portfolio.enums import State
from portfolio.models import Innovation, ScreeningAnswer, TriageSettings
from portfolio.queries import screening as queries
from portfolio.services import screening
from tests import factories
from tests.portfolio.test_asks import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def idea(site):
    return factories.innovation(site, "Splint", problem="They are thrown away.")


def save(innovation, **answers):
    given = {code.replace("_", "-"): value for code, value in answers.items()}
    return screening.save(innovation=innovation, answers=given, by=factories.TEST)


def coming_path(site) -> str:
    return reverse("portfolio:coming", kwargs={"site": site.slug})


def form_path(innovation) -> str:
    return reverse(
        "portfolio:screening", kwargs={"site": innovation.site.slug, "ref": innovation.ref}
    )


# -- the questions --------------------------------------------------------------------
def test_there_are_eight_and_each_concerns_a_function_that_there_is():
    edition = queries.edition_on()
    assert len(edition.questions) == 8
    assert all(each.functions for each in edition.questions)
    # Every enabling function hears of something.
    assert set(edition.functions) == set(Function)
    assert edition.codes_for(["ig"]) == ["personal-data", "ai"]


def test_a_later_version_counts_from_its_day(tmp_path, monkeypatch):
    import datetime as dt
    import json

    for version, valid_from, functions in (
        (1, "2024-01-01", ["ig"]),
        (2, "2026-12-01", ["finance"]),
    ):
        data = {
            "version": version, "valid_from": valid_from,
            "questions": [{"code": "one", "label": "One", "question": "One?", "functions": functions}],
        }  # fmt: skip
        (tmp_path / f"eight.v{version}.json").write_text(json.dumps(data))
    found = queries.editions(tmp_path)
    monkeypatch.setattr(queries, "editions", lambda: found)
    assert queries.edition_on(dt.date(2026, 11, 30)).codes_for(["ig"]) == ["one"]
    assert queries.edition_on(dt.date(2026, 12, 1)).codes_for(["ig"]) == []


# -- answering ---------------------------------------------------------------------------
def test_answers_are_saved_changed_and_taken_away(idea):
    assert save(idea, supplier="yes", ai="no") == ["supplier", "ai"]
    assert save(idea, supplier="yes", ai="no") == []
    assert save(idea, supplier="no", ai="") == ["supplier", "ai"]
    assert list(ScreeningAnswer.objects.values_list("question", "value", "edition")) == [
        ("supplier", "no", 1)
    ]
    events = Event.objects.filter(verb="innovation.screened").order_by("pk")
    assert [event.changes for event in events] == [
        {"supplier": ["", "yes"], "ai": ["", "no"]},
        {"supplier": ["yes", "no"], "ai": ["no", ""]},
    ]


@pytest.mark.parametrize("answers", [{"colour": "yes"}, {"ai": "perhaps"}, {"ai": "dont_know"}])
def test_what_is_no_question_or_no_answer_is_refused(idea, answers):
    with pytest.raises(Refused):
        save(idea, **answers)
    assert not ScreeningAnswer.objects.exists()


def test_what_has_ended_is_answered_no_more(idea):
    Innovation.objects.filter(pk=idea.pk).update(state=State.DECLINED, due_on=None)
    idea.refresh_from_db()
    with pytest.raises(Refused):
        save(idea, ai="yes")


def test_one_press_saves_all_and_shows_how_far_it_is(hub, idea):
    page = hub.get(form_path(idea))
    assert words(page).count("Not known yet") == 8
    back = reverse("portfolio:triage_item", kwargs={"site": idea.site.slug, "ref": idea.ref})
    data = {"supplier": "yes", "device": "yes", "ai": "no", "personal-data": "", "next": back}
    response = hub.post(form_path(idea), data)
    assert (response.status_code, response["Location"]) == (302, back)
    assert "3 of 8 answered" in words(hub.get(form_path(idea)))
    record = words(hub.get(idea.get_absolute_url()))
    assert "3 of 8 answered" in record
    assert "Procurement" in record
    panel = words(hub.get(back))
    assert "3 of 8 answered" in panel
    assert "supplier, device" in panel


def test_a_wrong_value_is_a_sentence(hub, idea):
    page = hub.post(form_path(idea), {"supplier": "perhaps"})
    assert page.status_code == 422
    assert "There is a problem" in words(page)


def test_a_site_that_does_not_ask_shows_nothing_until_it_is_used(hub, idea):
    back = reverse("portfolio:triage_item", kwargs={"site": idea.site.slug, "ref": idea.ref})
    for page in (back, idea.get_absolute_url()):
        assert "of 8 answered" not in words(hub.get(page))
    TriageSettings.objects.create(site=idea.site, asks_screening=True)
    assert "0 of 8 answered" in words(hub.get(back))
    # On the idea's own page what nobody has begun is a link, not a part.
    assert "Answer the eight questions" in words(hub.get(idea.get_absolute_url()))


# -- what is coming -----------------------------------------------------------------------
@pytest.fixture
def coming(site):
    """Four ideas, one of them confidential and one declined; and one of another hub."""
    ideas = {}
    for title, more, answers in (
        ("Supplied", {}, {"supplier": "yes"}),
        ("Secret data", {"is_confidential": True}, {"personal_data": "yes"}),
        ("Learning machine", {}, {"ai": "yes", "supplier": "no"}),
        ("Declined data", {}, {"personal_data": "yes"}),
    ):
        ideas[title] = factories.innovation(site, title, **more)
        save(ideas[title], **answers)
    Innovation.objects.filter(title="Declined data").update(state=State.DECLINED, due_on=None)
    save(factories.innovation(factories.SiteFactory(), "Foreign data"), personal_data="yes")
    return ideas


def test_a_member_sees_what_concerns_their_function_and_no_confidential_idea(sign_in, site, coming):
    client = sign_in(factories.member(site, "reviewer", functions=["ig"]))
    page = client.get(coming_path(site))
    assert "Learning machine" in words(page)
    for hidden in ("Supplied", "Secret data", "Declined data", "Foreign data"):
        assert hidden not in words(page)
    # It is not theirs to open, so there is no link.
    assert coming["Learning machine"].ref not in page.content.decode()
    # Asking for another function's gives their own.
    assert "Supplied" not in words(client.get(coming_path(site), {"function": "procurement"}))


def test_a_confidential_idea_shows_to_whom_it_is_assigned(sign_in, site, coming):
    reviewer = factories.member(site, "reviewer", functions=["ig"])
    Innovation.objects.filter(title="Secret data").update(assignee=reviewer)
    page = sign_in(reviewer).get(coming_path(site))
    assert "Secret data" in words(page)
    assert coming["Secret data"].get_absolute_url() in page.content.decode()


def test_the_desk_sees_every_function_with_counts_and_a_picture(hub, site, coming):
    page = words(hub.get(coming_path(site)))
    for title in coming:
        assert (title in page) == (title != "Declined data")
    assert "Ideas coming, by enabling function" in page
    assert "Most are coming to Information governance: 2 ideas" in page
    part = hub.get(coming_path(site), {"function": "procurement"}, headers={"HX-Request": "true"})
    assert "Supplied" in part.content.decode()
    assert "Learning machine" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_nobody_without_a_function_gets_in(site, other_site):
    for role, functions, status in (
        ("reviewer", [], 403), ("executive", [], 403), ("staff", [], 403), ("reviewer", ["ig"], 200),
    ):  # fmt: skip
        client = Client()
        client.force_login(
            factories.member(site, role, functions=functions),
            backend="accounts.backends.EmailBackend",
        )
        assert client.get(coming_path(site)).status_code == status, role
        assert client.get(coming_path(other_site)).status_code == 404


def test_my_work_says_what_is_new_for_ones_function(sign_in, site, coming):
    reviewer = factories.member(site, "reviewer", functions=["ig"])
    page = words(sign_in(reviewer).get("/"))
    assert "New for information governance (1)" in page
    assert "Learning machine" in page
    assert "Secret data" not in page


def test_an_idea_counts_once_for_a_function_that_two_questions_concern(site, idea, hub_user):
    save(idea, ai="yes", device="yes")
    counts = queries.counts_by_function(
        hub_user.viewer, site, [Function.CLINICAL_SAFETY, Function.ESTATES]
    )
    assert counts == {"clinical_safety": 1, "estates": 0, "": 1}


def test_what_is_coming_is_counted_anew_once_an_answer_changes(site, hub_user):
    viewer, function = hub_user.viewer, Function.FINANCE
    with time_machine.travel("2026-11-20T10:00Z") as clock:
        idea = factories.innovation(site)

        def coming() -> int:
            clock.shift(dt.timedelta(minutes=11))
            found = queries.counts_by_function(viewer, site, [function])
            assert queries.counts_by_function(viewer, site, [function]) == found
            return found[function.value]

        assert coming() == 0
        screening.save(innovation=idea, answers={"recurrent-cost": "yes"}, by=factories.TEST)
        assert coming() == 1
        screening.save(innovation=idea, answers={"recurrent-cost": "no"}, by=factories.TEST)
        assert coming() == 0
