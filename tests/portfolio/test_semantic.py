"""The optional extra: what ideas mean. Without it everything works, and says nothing of it."""

import pytest

from portfolio import semantic
from portfolio.models import Meaning, SimilarIdea
from portfolio.queries import similar as queries
from portfolio.services import similar
from tests import factories

BY = factories.TEST
installed = pytest.mark.skipif(
    not semantic.is_installed(), reason="the optional extra is not here: make semantic"
)


def test_without_the_extra_words_alone_are_compared(site, monkeypatch):
    monkeypatch.setattr(semantic, "is_installed", lambda: False)
    idea = factories.innovation(site, "Fewer deaths at night")
    assert similar.keep_meanings(idea) == 0
    assert similar.find_similar(innovation=idea, by=BY) == 0
    assert not Meaning.objects.exists()


def test_files_that_were_not_tried_are_not_used(monkeypatch, tmp_path):
    package = tmp_path / semantic.PACKAGE
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('nothing in it is run')")
    for name in semantic.HASHES:
        (package / "model" / name).write_text("something else")
    monkeypatch.syspath_prepend(str(tmp_path))
    semantic._folder.cache_clear()
    try:
        assert not semantic.is_installed()
    finally:
        semantic._folder.cache_clear()


@installed
def test_the_numbers_are_those_that_the_model_is_known_for():
    """Its publisher shows these likenesses: 0.695 and 0.943."""
    person, dog, happier = (
        semantic.meaning_of(text)
        for text in (
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
        )
    )
    likeness = dict(semantic.nearest(person, [dog, happier], 2))
    assert likeness == pytest.approx({0: 0.695, 1: 0.943}, abs=0.002)


@installed
@pytest.mark.parametrize("text", ["", "???", "日本語", "x" * 5000, "word " * 5000])
def test_any_text_has_a_meaning(text):
    assert len(semantic.meaning_of(text)) == 768


@installed
def test_quite_other_words_are_close_and_never_the_same(site):
    first = factories.innovation(
        site, "Hydration monitoring of care home residents to avoid admissions"
    )
    factories.innovation(site, "Quieter bins on night wards")
    second = factories.innovation(
        site, "Monitoring care home patients’ water consumption, for reduced emergency admissions"
    )
    assert similar.keep_meanings(second) == 3
    assert similar.keep_meanings(second) == 0
    similar.find_similar(innovation=second, by=BY)
    pair = SimilarIdea.objects.get(innovation=second)
    assert pair.other == first
    assert queries.likeness_of(pair) == "close"


@installed
def test_a_meaning_is_of_the_words_as_they_are_now(site):
    idea = factories.innovation(site, "Hydration monitoring")
    similar.keep_meanings(idea)
    before = bytes(Meaning.objects.get().numbers)
    idea.title = "Bins"
    assert similar.keep_meanings(idea) == 1
    assert bytes(Meaning.objects.get().numbers) != before
