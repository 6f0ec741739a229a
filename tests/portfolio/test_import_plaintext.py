"""Markdown and HTML as plain text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.plaintext import LONGEST, looks_formatted, to_text

PAGE = """## **About the tool**

A forecast of [attendances](https://example.org/ae) for *each* site.
See [the method](method.md).

<figure markdown >
![A plot. It shows a long line.](../images/plot.png)
<figcaption>Figure 1. Three weeks ahead</figcaption>
</figure>

!!! Warning "Intended audience"
    Written for analysts

1. Collect
2. Train
    - on Monday
    - on `Tuesday`

Model|Rationale
---|---
Mean|The simplest
Forest|&gt;50% better

[Read more](https://example.org/more){ .md-button .md-button--primary }

[comment]: <> (The below header (as the site adds it) stays out.)
<script>alert("no")</script>
"""


def test_a_page_keeps_its_words_and_loses_its_signs():
    assert to_text(PAGE) == (
        "About the tool\n\n"
        "A forecast of attendances (https://example.org/ae) for each site. See the method.\n\n"
        "Figure 1. Three weeks ahead\n\n"
        "Intended audience Written for analysts\n\n"
        "1. Collect\n2. Train\n  - on Monday\n  - on Tuesday\n\n"
        "Model | Rationale\nMean | The simplest\nForest | >50% better\n\n"
        "Read more (https://example.org/more)"
    )


def test_html_alone_is_read_as_html():
    source = "<p>First<br>second &amp; third</p>\n\n    <ul><li>one</li><li><p>two</p></li></ul><style>p{}</style>"
    assert to_text(source) == "First\nsecond & third\n\n- one\n- two"


def test_code_keeps_its_lines():
    assert (
        to_text("Run:\n\n```python\na = 1\nb = 2\n```\n\nDone.") == "Run:\n\na = 1\nb = 2\n\nDone."
    )


def test_plain_paragraphs_stay():
    text = "A mat tells the nurses.\n\nIt costs < £5 & lasts 2 * 3 years."
    assert to_text(text) == text


def test_what_is_never_closed_loses_nothing():
    assert "the rest" in to_text("<div><script>one\n\nthe rest")
    assert "the rest" in to_text("<figure>\n\n![x](y)\n\nthe rest")


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        (PAGE, True),
        ("<p>One</p>", True),
        ("Falls at night are found too late.", False),
        ("Costs <5 and >3; see [1].", False),
    ],
)
def test_signs_of_formatting_are_seen(text, formatted):
    assert looks_formatted(text) is formatted


@given(st.text(alphabet="ab <>/#*_[](){}!`|-\n&;=\"'1.", max_size=300))
def test_no_text_breaks_it(text):
    assert isinstance(to_text(text), str)


@pytest.mark.parametrize(
    "piece", ["[", "> ", "*a ", "<b>", "- ", "`", "![](", "|a", "&#", "<!--", "**"]
)
def test_hostile_repetition_costs_little(piece):
    source = (piece * LONGEST)[:LONGEST]
    began = time.process_time()
    to_text(source)
    assert time.process_time() - began < 20
