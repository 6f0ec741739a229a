"""The board report: tagged PDF whose figures are those of the page, and in which nothing that people wrote is code."""

import re
import shutil
import subprocess
import time

import pytest
from django.urls import reverse

from accounts.enums import Role
from maturity.board_report import NOT_SHOWN, pdf_of
from maturity.queries import board
from maturity.queries.actions import open_actions_for
from maturity.queries.reading import reading_of
from maturity.services import actions, assessments
from tests import factories
from tests.factories import TEST, framework, open_round, self_assessment

pytestmark = pytest.mark.django_db

# Each would do something, or stop the typesetting, if it were read as source.
ATTACKS = [
    '#panic("out")',
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.1.0"',
    ']} ) #eval("1+1") $ x^2 $',
    '"; #let data = (:) //',
    "\\u{41} \\ #[ *not bold* _not slanted_ `raw` <label> @reference",
    "/* never ended",
    "= Not a heading\n- not a list\n+ nor this\n/ Term: nor this",
    "{{ sys.inputs }} %s {0}",
]
STRANGE = [
    "emoji 😀👩‍⚕️",
    "日本語",
    "مرحبا",
    "a\x00b\x1b[31mc",
    "\ud800",
    "\ufffe\U0010ffff\ue000",
    "e\u0301\u202e",
    "\u200b",
    "\u00a0 ",
]


def text_of(pdf: bytes) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed: install poppler-utils")
    made = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return made.stdout.decode()


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def document(site, words="", **answers):
    row = self_assessment(
        site, open_round(site=site, framework=framework(sub_domains=3)), **answers
    )
    if words:
        assessments.answer(assessment=row, answers={}, explanations={"s1": words}, by=TEST)
    assessments.submit(assessment=row, by=TEST)
    reading = reading_of(row)
    return board.document_of(reading, open_actions_for(row))


def test_it_is_tagged_names_itself_and_says_what_the_page_says(site, client):
    lead = factories.member(site, Role.SITE_LEAD)
    made = framework(sub_domains=3)
    row = self_assessment(
        site, open_round(site=site, framework=made), s1_i1=1, s1_i2=1, s2_i1=5, s2_i2=None
    )
    assessments.answer(assessment=row, answers={}, explanations={"s1": "No money"}, by=TEST)
    assessments.submit(assessment=row, by=TEST)
    actions.add(
        site=site,
        sub_domain=made.sub_domains.get(code="s1"),
        title="Find money",
        owner=lead,
        by=TEST,
    )
    client.force_login(lead, backend="accounts.backends.EmailBackend")
    answer = client.get(reverse("maturity:report_pdf", kwargs={"site": site.slug, "ref": row.ref}))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    pdf = answer.content
    assert pdf.startswith(b"%PDF-1.7")
    # Declared as PDF/UA-1, in a language.
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    text = " ".join(text_of(pdf).split())
    assert "These are the site’s own judgements." in text
    assert "5: 1 (33%), 3: 0 (0%), 1: 2 (67%). N = 3; 1 not applicable, 2 not answered." in text
    assert "No money" in text
    assert "Find money" in text
    assert str(lead) in text


@pytest.mark.parametrize("words", ATTACKS)
def test_what_people_wrote_is_shown_and_never_run(site, words):
    said = document(site, words, s1_i1=1, s1_i2=1)
    assert flat(words) in flat(text_of(pdf_of(said)))


@pytest.mark.parametrize("words", ATTACKS)
def test_names_and_titles_are_shown_and_never_run(site, words):
    words = words.split("\n")[0]
    type(site).objects.filter(pk=site.pk).update(name=words)
    site.refresh_from_db()
    assert flat(words) in flat(text_of(pdf_of(document(site, s1_i1=1))))


@pytest.mark.parametrize("words", STRANGE)
def test_characters_that_cannot_be_shown_do_not_stop_it(words):
    data = {
        "title": words, "site": words, "round": words, "subtitle": words, "judgements": words,
        "judgements-long": words, "standing": words, "charts": [], "tables": [],
        "sides": [{"title": words, "rule": words, "parts": [{"name": words, "counts": words, "words": words}]}],
    }  # fmt: skip
    assert pdf_of(data).startswith(b"%PDF")


def test_a_character_without_a_letter_form_leaves_a_mark(site):
    said = text_of(pdf_of(document(site, "Before 日本 after", s1_i1=1, s1_i2=1)))
    assert f"Before {NOT_SHOWN * 2} after" in said


def test_a_hostile_text_of_many_letters_is_typeset_within_seconds(site):
    every = "".join(chr(0x4E00 + at) for at in range(2900))
    began = time.monotonic()
    assert pdf_of(document(site, every, s1_i1=1, s1_i2=1)).startswith(b"%PDF")
    assert time.monotonic() - began < 30


def test_nothing_rated_still_makes_a_report(site):
    row = self_assessment(site)
    made = pdf_of(board.document_of(reading_of(row), {}))
    assert "Nothing is rated yet" in text_of(made)
