"""Answering a checklist: in parts, as oneself, and done only when all is answered."""

import json

import pytest
from django.utils import timezone

from hubapp.actors import system
from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.models import Answer, Assessment, Checklist
from portfolio.services import assessments, checklists, submissions
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def checklist():
    return Checklist.objects.get(key="manchester-8", version=1)


@pytest.fixture
def idea(site):
    return factories.innovation(site)


def save(idea, checklist, user, answers, **more):
    return assessments.save_answers(
        innovation=idea, checklist=checklist, answers=answers, by=user.actor, assessor=user, **more
    )


def everything(checklist, value="yes"):
    return {item.code: (value, "") for item in checklist.items.all()}


def test_every_installation_has_the_manchester_eight(checklist):
    assert [item.code for item in checklist.items.all()] == [
        "relevance",
        "interoperability",
        "potential-impact",
        "digital-inclusivity",
        "data-protection",
        "cyber-security",
        "procurement-challenges",
        "information-governance",
    ]
    assert checklist.valid_to is None
    assert "RAND Europe 2024" in checklist.source


def test_loading_again_changes_nothing(checklist):
    before = Event.objects.count()
    assert checklists.load_checklists(by=system("tests")) == []
    assert Event.objects.count() == before


def write(folder, version, valid_from, question="Is it new?", key="ours"):
    path = folder / f"{key}.v{version}.json"
    path.write_text(
        json.dumps(
            {
                "key": key,
                "version": version,
                "title": "Ours",
                "valid_from": valid_from,
                "items": [{"code": "new", "label": "New", "question": question}],
            }
        )
    )


def test_a_published_version_never_changes(tmp_path):
    write(tmp_path, 1, "2025-01-01")
    [first] = checklists.load_checklists(by=system("tests"), folder=tmp_path)
    write(tmp_path, 1, "2025-01-01", question="Is it something else?")
    with pytest.raises(
        Refused, match=r"ours\.v1\.json differs from version 1 .* next version number"
    ):
        checklists.load_checklists(by=system("tests"), folder=tmp_path)
    assert first.items.get().question == "Is it new?"


def test_a_new_version_ends_the_one_before(tmp_path):
    write(tmp_path, 1, "2025-01-01")
    checklists.load_checklists(by=system("tests"), folder=tmp_path)
    write(tmp_path, 2, "2026-04-01")
    [second] = checklists.load_checklists(by=system("tests"), folder=tmp_path)
    first = Checklist.objects.get(key="ours", version=1)
    assert (str(first.valid_to), second.valid_to) == ("2026-03-31", None)


def test_a_file_that_is_no_checklist_is_named(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(Refused, match=r"broken\.json is not a checklist"):
        checklists.load_checklists(by=system("tests"), folder=tmp_path)


def test_answers_are_kept_in_parts_and_the_rest_stays_unanswered(idea, checklist, hub_user):
    save(idea, checklist, hub_user, {"relevance": ("yes", "Fits the strategy")})
    assessment = save(
        idea, checklist, hub_user, {"cyber-security": ("no", ""), "interoperability": ("", "")}
    )
    values = {
        answer.item.code: answer.value for answer in assessment.answers.select_related("item")
    }
    assert values == {"relevance": "yes", "cyber-security": "no"}
    assert Assessment.objects.count() == 1


def test_an_answer_can_be_taken_away_again(idea, checklist, hub_user):
    save(idea, checklist, hub_user, {"relevance": ("yes", "")})
    assessment = save(idea, checklist, hub_user, {"relevance": ("", "")})
    assert not assessment.answers.exists()


def test_saving_the_same_again_writes_nothing(idea, checklist, hub_user):
    first = save(idea, checklist, hub_user, {"relevance": ("yes", "n")})
    before = Event.objects.count()
    again = save(idea, checklist, hub_user, {"relevance": ("yes", "n")})
    assert (again.version, Event.objects.count()) == (first.version, before)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"relevance": ("perhaps", "")}, "Relevance: choose yes"),
        ({"made-up": ("yes", "")}, "no question “made-up”"),
        ({"relevance": ("", "a note")}, "Relevance: choose an answer to go with your note"),
    ],
)
def test_wrong_answers_are_refused_with_a_sentence(idea, checklist, hub_user, answers, sentence):
    with pytest.raises(Refused, match=sentence):
        save(idea, checklist, hub_user, answers)
    assert not Answer.objects.exists()


def test_finishing_needs_every_answer(idea, checklist, hub_user):
    answers = everything(checklist)
    answers.pop("relevance")
    assessment = save(idea, checklist, hub_user, answers)
    with pytest.raises(Refused, match="1 is left"):
        assessments.finish(assessment=assessment, by=hub_user.actor)
    assessment = save(idea, checklist, hub_user, {"relevance": ("dont_know", "")})
    assert assessments.finish(assessment=assessment, by=hub_user.actor).done_at is not None


def test_taking_an_answer_away_makes_it_unfinished_again(idea, checklist, hub_user):
    assessment = save(idea, checklist, hub_user, everything(checklist))
    assessments.finish(assessment=assessment, by=hub_user.actor)
    save(idea, checklist, hub_user, {"relevance": ("no", "")})
    assessment.refresh_from_db()
    assert assessment.done_at is not None
    save(idea, checklist, hub_user, {"relevance": ("", "")})
    assessment.refresh_from_db()
    assert assessment.done_at is None


def test_two_windows_do_not_overwrite_each_other(idea, checklist, hub_user):
    save(idea, checklist, hub_user, {"relevance": ("yes", "")}, version=0)
    with pytest.raises(Stale):
        save(idea, checklist, hub_user, {"relevance": ("no", "")}, version=0)


def test_assessors_answer_separately(site, idea, checklist, hub_user):
    other = factories.member(site)
    save(idea, checklist, hub_user, {"relevance": ("yes", "")})
    save(idea, checklist, other, {"relevance": ("no", "")})
    assert sorted(Answer.objects.values_list("value", flat=True)) == ["no", "yes"]


def test_a_closed_idea_is_not_assessed(idea, checklist, hub_user):
    submissions.withdraw(submission=idea.submission, by=hub_user.actor)
    idea.refresh_from_db()
    with pytest.raises(Refused, match="withdrawn"):
        save(idea, checklist, hub_user, {"relevance": ("yes", "")})


def test_events_hold_codes_and_no_notes(idea, checklist, hub_user):
    save(idea, checklist, hub_user, {"relevance": ("yes", "Mr Secret said so")})
    saved = Event.objects.get(verb="assessment.saved")
    assert saved.changes == {"answers": {"relevance": "given"}}
    assert saved.at <= timezone.now()
