"""Dates, numbers and money read the same everywhere, as the NHS content guide writes them."""

import datetime as dt
from decimal import Decimal
from enum import Enum

import pytest
from django.template import Context, Template

from hubapp.templatetags import hub
from hubapp.web import words

SUMMER = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)


def test_instants_are_londons():
    assert words.london_date(SUMMER) == "1 July 2026"
    assert words.london_datetime(SUMMER) == "1 July 2026 at 12:30am"
    assert words.short_date(dt.date(2026, 11, 2)) == "2 Nov 2026"
    assert words.london_month(SUMMER) == "July 2026"
    assert words.london_datetime(dt.date(2026, 11, 2)) == "2 November 2026"


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ((0, 0), "midnight"),
        ((12, 0), "midday"),
        ((9, 0), "9am"),
        ((17, 30), "5:30pm"),
        ((12, 5), "12:05pm"),
        ((0, 5), "12:05am"),
    ],
)
def test_times(clock, said):
    assert words.london_time(dt.time(*clock)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234567, "1,234,567"),
        (Decimal("8.50"), "8.5"),
        (Decimal("1E+3"), "1,000"),
        (0, "0"),
        ("1,000+", "1,000+"),
        (None, ""),
        (-3.0, "-3"),
    ],
)
def test_numbers(value, said):
    assert words.number(value) == said


def test_counts_and_days():
    assert words.counted(1, "idea,ideas") == "1 idea"
    assert words.counted(0, "idea,ideas") == "0 ideas"
    assert words.counted("1,000+", "idea") == "1,000+ ideas"
    assert words.working_days(1) == "1 working day"
    assert words.working_days(Decimal("8.5")) == "8.5 working days"
    assert words.working_days(None) == ""
    assert [words.working_days_left(n) for n in (3, 1, 0, -1)] == [
        "3 working days left",
        "1 working day left",
        "due today",
        "1 working day late",
    ]


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (123450, "GBP", "£1,234.50"),
        (123400, "GBP", "£1,234"),
        (-5, "GBP", "−£0.05"),
        (1000, "JPY", "JP¥1,000"),
        (1234, "SEK", "12.34 SEK"),
        (None, "GBP", ""),
    ],
)
def test_money_is_exact_to_the_minor_unit(minor, currency, said):
    assert words.money(minor, currency) == said


def test_percent():
    assert words.percent(Decimal("83.333"), 1) == "83.3%"
    assert words.percent(100) == "100%"
    assert words.percent(None) == ""


def test_filters_work_in_templates_without_loading():
    html = Template(
        "{{ d|london_date }} {{ n|counted:'day,days' }} {% local_date d 'short' %}"
    ).render(Context({"d": dt.date(2026, 11, 21), "n": 2}))
    assert html == '21 November 2026 2 days <time datetime="2026-11-21">21 Nov 2026</time>'


def test_a_state_is_a_tag_whose_colour_only_repeats_its_word():
    class State(Enum):
        DECLINED = "declined"

        @property
        def label(self):
            return "Declined"

    assert (
        hub.state_tag(State.DECLINED)
        == '<strong class="nhsuk-tag nhsuk-tag--grey">Declined</strong>'
    )
    assert "Brand new" in hub.state_tag("brand_new")
    assert "&lt;b&gt;" in hub.tag("<b>", 'red"><script>')
    assert "script" not in hub.tag("x", 'red"><script>')
    assert set(hub.TAG_COLOURS.values()) <= hub._COLOURS


@pytest.mark.parametrize(
    "source",
    [
        "{% details bad %}<p>{{ bad }}</p>{% enddetails %}",
        "{% expander bad open=True %}<p>{{ bad }}</p>{% endexpander %}",
        "{% inset %}<p>{{ bad }}</p>{% endinset %}",
        "{% callout bad %}<p>{{ bad }}</p>{% endcallout %}",
        "{% card bad href=bad %}<p>{{ bad }}</p>{% endcard %}",
        "{% panel bad %}{{ bad }}{% endpanel %}",
        "{% actions %}{% button bad name='a' value=bad %}{% button 'x' 'warning' href=bad %}{% endactions %}",
        "{% summary_list rows %}",
        "{% timeline entries %}",
        "{% task_list tasks %}",
        "{% progress bad 3 10 poll=bad %}",
        "{% pagination previous=bad next=bad %}",
        "{% include 'components/empty.html' with heading=bad text=bad href=bad action=bad %}",
        "{% include 'components/table.html' with caption=bad columns=columns rows=cells %}",
    ],
)
def test_components_escape_what_they_are_given(source):
    bad = '"><script>alert(1)</script>'
    html = Template(source).render(
        Context(
            {
                "bad": bad,
                "rows": [{"key": bad, "value": bad, "href": bad}, None],
                "entries": [
                    {"title": bad, "at": dt.date(2026, 1, 1), "by": bad, "text": bad, "tag": bad}
                ],
                "tasks": [{"title": bad, "href": bad, "hint": bad, "status": bad}],
                "columns": [{"label": bad}, {"label": bad, "numeric": True}],
                "cells": [[bad, bad], [bad]],
            }
        )
    )
    assert "<script" not in html
    assert "style=" not in html


def test_nothing_is_drawn_where_there_is_nothing_to_page():
    assert Template("{% pagination %}").render(Context()).strip() == ""


def test_progress_polls_only_while_it_runs():
    running = Template("{% progress 'Import' 3 10 poll='/p/' %}").render(Context())
    assert 'hx-get="/p/"' in running
    assert "<noscript>" in running
    assert "3 of 10" in running
    done = Template("{% progress 'Import' 10 10 %}").render(Context())
    assert "hx-get" not in done


def test_the_recipe_names_every_tag_and_filter(settings):
    recipe = (settings.BASE_DIR / "docs/recipes/page.md").read_text()
    inner = {"frame", "title_prefix"}  # only base.html needs them
    for name in (set(hub.register.tags) - inner) | set(hub.register.filters):
        assert name in recipe, name
