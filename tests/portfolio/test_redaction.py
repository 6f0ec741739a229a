"""Blacking out: everywhere the details are, and nowhere kept."""

import json

import pytest
from django.core import serializers

from hubapp.actors import link
from hubapp.events.models import Event
from hubapp.problems import Refused, Stale
from portfolio.models import (
    Checklist,
    Innovation,
    Meaning,
    Message,
    Redaction,
    StageMove,
    Submission,
    SubmissionSite,
)
from portfolio.models.submission import SHORT_TEXT
from portfolio.services import assessments, decisions, innovations, messages, redactions
from tests import factories

pytestmark = pytest.mark.django_db
# A name with letters that references and hashes in hexadecimal lack: neither can hold it by chance.
SECRET = "Mrs Oluwolo Example"
NEEDLE = "oluwolo"


@pytest.fixture
def idea(site):
    return factories.innovation(
        site,
        f"Help {SECRET}",
        idea=f"{SECRET} waited. mrs oluwolo\r\nexample waited.",
        email="a@test.example",
    )


def redact(idea, user, *fragments, **more):
    return redactions.redact(
        innovation=idea, fragments=list(fragments), reason="patient", by=user.actor, **more
    )


def test_every_occurrence_goes_in_any_case_and_across_lines(idea, hub_user):
    [row] = redact(idea, hub_user, SECRET)
    idea.refresh_from_db()
    assert idea.title == "Help █████"
    assert idea.idea == "█████ waited. █████ waited."
    assert (row.places, row.fields) == (3, ["title", "idea", "as_sent"])


def test_nothing_in_the_database_holds_the_words_afterwards(idea, hub_user):
    factories.reason(idea.site, "ask")
    messages.write_to_hub(innovation=idea, body=f"It was {SECRET}.", by=link(idea.submission.ref))
    messages.write_to_submitter(innovation=idea, body=f"Who is {SECRET}?", by=hub_user.actor)
    checklist = Checklist.objects.get(key="manchester-8", version=1)
    assessments.save_answers(
        innovation=idea,
        checklist=checklist,
        answers={"relevance": ("yes", f"For {SECRET}")},
        by=hub_user.actor,
        assessor=hub_user,
    )
    decisions.decide(
        innovation=idea,
        kind="ask",
        reason_code="test-reason",
        words=f"Who is {SECRET}?",
        by=hub_user.actor,
    )
    innovations.correct(innovation=idea, title=f"For {SECRET} again", by=hub_user.actor)
    redact(idea, hub_user, SECRET)
    from django.apps import apps

    for model in apps.get_models():
        kept = serializers.serialize(
            "json", model._base_manager.all(), ensure_ascii=False
        ).casefold()
        assert NEEDLE not in kept, model
    assert Message.objects.filter(body__contains="█████").count() == 2


def test_the_search_no_longer_finds_them(idea, hub_user):
    redact(idea, hub_user, SECRET)
    idea.refresh_from_db()
    assert NEEDLE not in idea.search_text
    assert "waited" in idea.search_text


def test_every_site_that_has_the_idea_is_redacted_and_told(idea, other_site, hub_user):
    SubmissionSite.objects.create(submission=idea.submission, site=other_site)
    from django.db import transaction
    from django.utils import timezone

    with transaction.atomic():
        elsewhere = innovations.open_at_site(
            submission=idea.submission, site=other_site, at=timezone.now(), by=hub_user.actor
        )
    redact(idea, hub_user, SECRET)
    elsewhere.refresh_from_db()
    assert SECRET not in elsewhere.title + elsewhere.idea
    assert set(Redaction.objects.values_list("site_id", flat=True)) == {idea.site_id, other_site.pk}
    told = Event.objects.filter(verb="innovation.redacted")
    assert set(told.values_list("site_id", flat=True)) == {idea.site_id, other_site.pk}
    assert NEEDLE not in json.dumps(list(told.values_list("changes", flat=True))).casefold()


@pytest.mark.parametrize(
    ("fragments", "sentence"),
    [
        ([], "Enter the words"),
        (["  "], "Enter the words"),
        (["x"], "Line 1 is too short"),
        (["█████"], "Line 1 is too short"),
        ([SECRET, "Mr Nobody"], "words in line 2 are not in this idea"),
    ],
)
def test_what_cannot_be_blacked_out_is_refused_and_nothing_is_lost(
    idea, hub_user, fragments, sentence
):
    with pytest.raises(Refused, match=sentence):
        redact(idea, hub_user, *fragments)
    assert SECRET in Submission.objects.get().title


def test_a_reason_is_needed(idea, hub_user):
    with pytest.raises(Refused, match="Choose why"):
        redactions.redact(innovation=idea, fragments=[SECRET], reason="", by=hub_user.actor)


def test_signs_that_mean_something_to_a_pattern_are_only_signs(site, hub_user):
    idea = factories.innovation(site, "Costs (a.b*) [x] or axbb")
    redact(idea, hub_user, "(a.b*)")
    idea.refresh_from_db()
    assert idea.title == "Costs █████ [x] or axbb"


def test_an_nhs_number_is_found_however_it_is_written(site, hub_user):
    idea = factories.innovation(
        site, "Two", idea="943 476 5919, 9434765919 and 943-476-5919; not 943 476 5918"
    )
    [row] = redact(idea, hub_user, "9434765919")
    idea.refresh_from_db()
    assert idea.idea == "█████, █████ and █████; not 943 476 5918"
    assert row.places == 3


def test_a_title_never_grows_past_its_limit(site, hub_user):
    idea = factories.innovation(site, ("ab " * (SHORT_TEXT // 3)).strip())
    redact(idea, hub_user, "ab")
    idea.refresh_from_db()
    assert len(idea.title) > SHORT_TEXT - 3
    assert Submission.objects.get().title == idea.title[:SHORT_TEXT]


def test_a_stale_page_redacts_nothing(idea, hub_user):
    old = idea.version
    innovations.assign(innovation=idea, to=hub_user, by=hub_user.actor)
    with pytest.raises(Stale):
        redact(Innovation.objects.get(pk=idea.pk), hub_user, SECRET, version=old)
    assert SECRET in Submission.objects.get().title


def test_an_import_without_a_submission_can_be_redacted(site, hub_user):
    from django.utils import timezone

    now = timezone.now()
    idea = Innovation.objects.create(
        site=site,
        channel="import",
        title=f"For {SECRET}",
        state="waiting",
        state_since=now,
        queued_at=now,
    )
    StageMove.objects.create(
        site=site,
        innovation=idea,
        number=1,
        to_state="waiting",
        reason="imported",
        at=now,
        on=now.date(),
        actor_kind="system",
        actor_ref="tests",
    )
    [row] = redact(idea, hub_user, SECRET)
    assert (row.places, row.fields) == (1, ["title"])


def test_numbers_made_from_blacked_out_words_go_with_them(idea, hub_user):
    """What an idea means was worked out from the words; it must not outlive them."""
    Meaning.objects.create(site=idea.site, innovation=idea, digest="0" * 64, numbers=b"\0" * 768)
    redact(idea, hub_user, SECRET)
    assert not Meaning.objects.filter(innovation=idea).exists()
