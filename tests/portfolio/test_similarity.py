"""How alike two ideas are: what the score promises, and what it makes of edits, typos and other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.similarity import CLOSE, SAME, Likeness, likeness, profile, score, sought, stem

WORDS = st.lists(
    st.sampled_from(
        [
            "kevlar",
            "socks",
            "fragile",
            "skin",
            "ward",
            "patient",
            "the",
            "of",
            "new",
            "clinic",
            "stroke",
            "sensor",
            "falls",
            "night",
            "app",
            "medicines",
            "children",
            "video",
            "haemodialysis",
            "Zuñiga",
            "3D",
            "A&E",
        ]
    )
    | st.text(max_size=12),
    max_size=9,
).map(" ".join)
TITLE = "Wearable sensor for early pressure damage"


def alike(one, other, *texts):
    return score(profile(one, *texts[:1]), profile(other, *texts[1:]))


@given(WORDS, WORDS, WORDS, WORDS)
def test_it_is_symmetric_and_between_nothing_and_one(title, text, other_title, other_text):
    one, other = profile(title, text), profile(other_title, other_text)
    assert score(one, other) == score(other, one)
    assert 0 <= score(one, other) <= 1


@given(WORDS, WORDS)
def test_an_idea_is_wholly_like_itself(title, text):
    assert score(profile(title, text), profile(title, text)) == 1


@given(st.permutations(TITLE.split()))
def test_the_order_of_words_does_not_matter(words):
    assert alike(TITLE, " ".join(words)) == 1


@given(st.integers(0, len(TITLE.split()) - 1), st.integers(1, 20), st.sampled_from("aeioustr"))
def test_one_misspelt_word_still_looks_the_same(number, at, letter):
    words = TITLE.split()
    word = words[number]
    at = min(at, len(word) - 1)
    for wrong in (word[:at] + word[at + 1 :], word[:at] + letter + word[at:]):
        misspelt = " ".join([*words[:number], wrong, *words[number + 1 :]])
        assert alike(TITLE, misspelt) >= SAME, misspelt


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kevlar socks for fragile skin", "KEVLAR SOCKS FOR FRAGILE SKIN"),
        ("Text reminders for the falls clinic", "Text reminder for fall clinics"),
        ("Paediatric haemodialysis at home", "Pediatric hemodialysis at home"),
        ("Telephone triage in GP practices", "GP phone triage"),
        ("Sepsis screening on handheld devices", "Handheld devices for sepsis screening pilot"),
        ("A café for carers", "A cafe for carers"),
        ("Faster help in A&E", "Faster help in accident and emergency"),
    ],
)
def test_the_same_said_otherwise_looks_the_same(one, other):
    assert likeness(alike(one, other)) == Likeness.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kevlar socks for fragile skin", "Protective Kevlar socks for people whose skin tears"),
        ("Urgent care centres for minor injuries", "Minor injuries units to spare A&E"),
        ("Drainage device for glaucoma", "Quick and long-lasting glaucoma drainage implant"),
    ],
)
def test_a_paraphrase_is_close_at_least(one, other):
    assert alike(one, other) >= CLOSE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("App for patients with epilepsy", "App for patients with depression"),
        ("New pathway for stroke patients", "New pathway for asthma patients"),
        ("Digital service for the ward team", "A quieter bin for night staff"),
        ("Home haemodialysis", "Pilot for home sputum testing"),
        ("", "Anything"),
    ],
)
def test_words_that_every_hub_uses_make_nothing_alike(one, other):
    assert likeness(alike(one, other)) is None


def test_the_same_text_under_another_title_is_found():
    text = (
        "Letters are written after the ward round, so patients wait for their tablets until the"
        " evening and beds stay blocked."
    )
    assert alike("Discharge by noon", "Write it down at once", text, text) >= SAME


def test_a_title_told_in_the_other_ideas_text_counts():
    told = "We want a wearable sensor that warns of early pressure damage under the heel."
    with_it = alike("Heel protection", TITLE, told, "")
    assert with_it > alike("Heel protection", TITLE)


def test_endings_and_spelling():
    assert stem("screening") == stem("screened") == stem("screens")
    assert stem("organisation") == stem("organization")
    assert stem("nurses") == stem("nurse")


def test_candidates_are_looked_for_by_words_that_say_something():
    wanted = sought("A new service for patients with sepsis", "Nobody notices sepsis at weekends.")
    assert wanted.words == (("sepsis",),)
    assert sought("A new service for patients").words, "common words rather than none"
    assert sought("???", "").words == ()
    assert len(sought("word " * 5, " ".join(f"longword{chr(97 + n)}" for n in range(26))).told) <= 6


@given(WORDS, WORDS)
def test_what_is_looked_for_holds_only_letters_and_digits(title, text):
    wanted = sought(title, text)
    assert all(word.isalnum() for group in (*wanted.words, wanted.told) for word in group)
