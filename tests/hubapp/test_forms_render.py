"""What a person meets when any Django form is shown: the design system's HTML and plain sentences."""

import datetime as dt
from html.parser import HTMLParser

import pytest
from django import forms
from django.template import Context, Engine, Template
from django.test import RequestFactory
from django.utils.html import escape

from hubapp.web.forms import (
    DateProblem,
    HubForm,
    NHSDateField,
    error_items,
    parse_typed_date,
)


class Page(HTMLParser):
    """The elements of a piece of HTML as (tag, attributes), and text by element."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.words.append(" ".join(data.split()))

    def all(self, tag: str, **attrs: str) -> list[dict[str, str | None]]:
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attrs.items()}
        return [a for t, a in self.elements if t == tag and wanted.items() <= a.items()]

    def one(self, tag: str, **attrs: str) -> dict[str, str | None]:
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} × {tag} {attrs}"
        return found[0]

    @property
    def ids(self) -> list[str]:
        return [a["id"] for _, a in self.elements if a.get("id")]


class IdeaForm(HubForm):
    title = forms.CharField(label="Name of the idea", max_length=20, help_text="A few words")
    email = forms.EmailField(
        label="Email address", widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    problem = forms.CharField(
        label="What problem does it solve?", widget=forms.Textarea, max_length=500
    )
    notes = forms.CharField(label="Notes", widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        label="Type", choices=[("device", "Device"), ("other", "Other")], widget=forms.RadioSelect
    )
    kind_other = forms.CharField(label="Which type?", required=False)
    sites = forms.MultipleChoiceField(
        label="Sites",
        choices=[("a", "Acute"), ("b", "Ambulance"), ("none", "Not sure")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    state = forms.ChoiceField(label="State", choices=[("", "Any"), ("new", "New")], required=False)
    started = NHSDateField(label="Start date", required=False)
    patients = forms.IntegerField(label="Patients", min_value=1, required=False)
    evidence = forms.FileField(label="Evidence", required=False)
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    agree = forms.BooleanField(label="There are no patient details in this")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].nhs = {
            "conditional": {"other": "kind_other"},
            "hints": {"device": "To hold"},
        }
        self.fields["sites"].nhs = {"exclusive": "none"}


@pytest.fixture
def empty() -> Page:
    return Page(str(IdeaForm()))


def test_every_control_has_a_label_or_legend_and_no_asterisk(empty):
    labelled = {a["for"] for a in empty.all("label")}
    for tag in ("input", "textarea", "select"):
        for control in empty.all(tag):
            assert control["id"] in labelled, control
    assert not any("*" in words for words in empty.words)


def test_ids_are_unique(empty):
    assert len(empty.ids) == len(set(empty.ids))


def test_optional_questions_say_so_and_required_ones_do_not(empty):
    assert "Notes (optional)" in empty.words
    assert "Start date (optional)" in empty.words
    assert "Name of the idea" in empty.words


def test_filters_say_nothing_about_optional():
    class Filters(HubForm):
        mark_optional = False
        text = forms.CharField(label="Words", required=False)

    assert "optional" not in str(Filters())


def test_the_browser_checks_nothing_itself(empty):
    for _, attrs in empty.elements:
        assert "required" not in attrs
        assert "maxlength" not in attrs


def test_no_style_or_script_that_the_page_policy_would_refuse(empty):
    for tag, attrs in empty.elements:
        assert tag != "script"
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]


def test_hint_is_tied_to_its_control(empty):
    title = empty.one("input", name="title")
    assert title["aria-describedby"] == "id_title-hint"
    assert "id_title-hint" in empty.ids


def test_attributes_of_the_widget_arrive(empty):
    email = empty.one("input", name="email")
    assert (email["type"], email["autocomplete"], email["spellcheck"]) == (
        "email",
        "email",
        "false",
    )


def test_a_number_is_typed_as_text_with_a_numeric_keyboard(empty):
    patients = empty.one("input", name="patients")
    assert (patients["type"], patients["inputmode"]) == ("text", "numeric")


def test_a_limited_textarea_counts_and_says_its_limit_without_javascript(empty):
    assert empty.one("div", data_module="nhsuk-character-count")["data-maxlength"] == "500"
    assert "You can enter up to 500 characters" in empty.words


def test_a_question_of_one_answer_stands_inside_it_and_nowhere_else():
    html = str(IdeaForm())
    page = Page(html)
    assert len(page.all("input", name="kind_other")) == 1
    assert html.index("nhsuk-radios__conditional") < html.index('name="kind_other"')
    # aria-expanded, which the design system's script would add, is not allowed on radios.
    assert "data-aria-controls" not in html


def test_none_of_these_stands_apart_and_excludes_the_others(empty):
    assert "or" in empty.words
    none = empty.one("input", name="sites", value="none")
    assert none["data-behaviour"] == "exclusive"
    assert none["id"] == "id_sites-3"


def test_one_question_on_a_page_is_its_heading():
    class One(HubForm):
        problem = forms.CharField(label="What is the problem?", widget=forms.Textarea)

    form = One()
    form.fields["problem"].nhs = {"page_heading": True}
    page = Page(form["problem"].as_field_group())
    assert page.one("h1")
    assert page.one("label")["for"] == "id_problem"


def test_what_was_typed_is_still_there_and_harmless():
    typed = "\nfirst line\n   indented\n</textarea><script>alert(1)</script> שלום 💡"
    form = IdeaForm({"problem": typed, "title": '"><img src=x>', "notes": typed})
    html = str(form)
    assert "<script>" not in html
    assert "<img" not in html
    # A browser drops the first line break of a textarea, so it is doubled.
    assert ">\n\nfirst line\n   indented\n&lt;/textarea&gt;" in html
    assert "שלום 💡" in html


def test_radios_inside_a_reveal_keep_the_lines_of_a_textarea():
    class Form(HubForm):
        pick = forms.ChoiceField(choices=[("x", "X"), ("y", "Y")], widget=forms.RadioSelect)
        why = forms.CharField(widget=forms.Textarea, required=False)

    form = Form({"pick": "x", "why": "a\n  b\nc"})
    form.fields["pick"].nhs = {"conditional": {"x": "why"}}
    assert ">a\n  b\nc</textarea>" in str(form)


def test_a_line_break_counts_as_one_character_as_the_counter_says():
    class Form(HubForm):
        text = forms.CharField(widget=forms.Textarea, max_length=5)

    form = Form({"text": "a\r\nb\r\nc"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["text"] == "a\nb\nc"


# -- sentences --------------------------------------------------------------------


def test_every_error_is_a_sentence_that_names_its_field():
    form = IdeaForm(
        {
            "title": "x" * 21,
            "email": "nobody",
            "patients": "0",
            "kind": "spaceship",
            "started_day": "31",
            "started_month": "feb",
            "started_year": "2026",
        }
    )
    said = {line["text"] for line in error_items(form)}
    assert said == {
        "Name of the idea must be 20 characters or fewer",
        "Email address must be an email address in the correct format, like name@example.com",
        "Enter an answer to “What problem does it solve?”",
        "Choose type from the list: what was chosen is not in it",
        "Start date must be a real date, for example 27 3 2026",
        "Patients must be 1 or more",
        "Enter password",
        "Tick “There are no patient details in this” to continue",
    }


def test_a_sentence_of_the_forms_own_is_kept():
    class Form(HubForm):
        site = forms.CharField(error_messages={"required": "Say which site"})

    assert error_items(Form({}))[0]["text"] == "Say which site"


def test_a_noun_replaces_the_label_in_sentences():
    class Form(HubForm):
        answer = forms.CharField(label="How do we reach you?")

    form = Form({})
    form.fields["answer"].nhs = {"noun": "an email address or phone number"}
    assert error_items(form)[0]["text"] == "Enter an email address or phone number"


def test_a_percent_sign_in_a_label_breaks_nothing():
    class Form(HubForm):
        share = forms.IntegerField(label="Share in %", max_value=100)
        text = forms.CharField(label="50% rule", max_length=2)

    said = [line["text"] for line in error_items(Form({"share": "200", "text": "abc"}))]
    assert said == ["Share in % must be 100 or less", "50% rule must be 2 characters or fewer"]
    assert error_items(Form({}))[0]["text"] == "Enter share in %"


def test_a_plain_django_form_also_names_its_required_fields():
    class Plain(forms.Form):
        reason = forms.CharField(label="Reason")

    form = Plain({})
    assert error_items(form)[0]["text"] == "Enter reason"
    assert "This field is required" not in str(form)


def test_each_line_of_the_summary_leads_to_a_control_that_is_there():
    form = IdeaForm({"started_day": "3", "started_month": "", "started_year": "2026"})
    ids = Page(str(form)).ids
    lines = error_items(form)
    assert len(lines) >= 6
    for line in lines:
        assert line["href"].removeprefix("#") in ids, line
    started = next(line for line in lines if line["text"].startswith("Start date"))
    assert started == {"text": "Start date must include a month", "href": "#id_started_month"}


def test_errors_of_the_whole_form_and_of_hidden_fields_are_shown_and_linked():
    class Form(HubForm):
        version = forms.IntegerField(widget=forms.HiddenInput)
        text = forms.CharField()

        def clean(self):
            raise forms.ValidationError("These two contradict each other")

    form = Form({"a-text": "x", "a-version": "old"}, prefix="a")
    html = str(form)
    assert "These two contradict each other" in html
    assert [line["href"] for line in error_items(form)] == ["#a-form-errors"] * 2
    assert 'id="a-form-errors"' in html


def test_formset_keeps_forms_apart_and_lists_all_their_errors():
    class Row(HubForm):
        name = forms.CharField(label="Name")

    rows = forms.formset_factory(Row, extra=0, min_num=2, validate_min=True)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-name": "", "form-1-name": ""},
    )
    page = Page(str(rows))
    assert page.one("input", name="form-TOTAL_FORMS")
    assert {"id_form-0-name", "id_form-1-name"} <= set(page.ids)
    lines = error_items(rows)
    assert {line["href"] for line in lines} <= {f"#{id_}" for id_ in page.ids}


# -- dates ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        (("21", "11", "2026"), dt.date(2026, 11, 21)),
        ((" 1st ", "Sept", "2026"), dt.date(2026, 9, 1)),
        (("29", "february", "2028"), dt.date(2028, 2, 29)),
        (("", " ", ""), None),
    ],
)
def test_days_and_months_may_be_typed_as_people_write_them(typed, date):
    assert parse_typed_date(*typed) == date


@pytest.mark.parametrize(
    ("typed", "code", "parts"),
    [
        (("21", "", "2026"), "incomplete", ("month",)),
        (("", "", "2026"), "incomplete", ("day", "month")),
        (("31", "2", "2026"), "unreal", ("day", "month", "year")),
        (("32", "13", "2026"), "unreal", ("day", "month")),
        (("1", "marchember", "2026"), "unreal", ("month",)),
        (("1", "1", "26"), "year", ("year",)),
        (("1", "1", "0999"), "year", ("year",)),
        (("²", "1", "2026"), "unreal", ("day",)),
        (("1", "１", "2026"), "unreal", ("month",)),
        (("1" * 5000, "1", "2026"), "unreal", ("day",)),
    ],
)
def test_a_wrong_date_says_which_box(typed, code, parts):
    with pytest.raises(DateProblem) as caught:
        parse_typed_date(*typed)
    assert (caught.value.code, caught.value.parts) == (code, parts)


class DateForm(HubForm):
    on = NHSDateField(label="Meeting date", not_after=lambda: dt.date(2026, 11, 21))


def test_date_field_reads_boxes_and_links():
    boxes = {"on_day": "1", "on_month": "Nov", "on_year": "2026"}
    for data in (boxes, {"on": "2026-11-01"}):
        form = DateForm(data)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["on"] == dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Enter meeting date"),
        ({"on_day": "", "on_month": "", "on_year": ""}, "Enter meeting date"),
        (
            {"on_day": "22", "on_month": "11", "on_year": "2026"},
            "Meeting date must be the same as or before 21 November 2026",
        ),
        ({"on": "yesterday"}, "Meeting date must include a month and year"),
    ],
)
def test_date_field_answers_with_a_sentence(data, sentence):
    assert [line["text"] for line in error_items(DateForm(data))] == [sentence]


def test_wrong_boxes_keep_what_was_typed_and_are_marked():
    page = Page(str(DateForm({"on_day": "30", "on_month": "blah", "on_year": "2026"})))
    month = page.one("input", name="on_month")
    assert month["value"] == "blah"
    assert "nhsuk-input--error" in month["class"]
    assert "nhsuk-input--error" not in page.one("input", name="on_day")["class"]


def test_initial_date_fills_the_boxes_and_is_unchanged():
    boxes = {"on_day": "2", "on_month": "3", "on_year": "2026"}
    form = DateForm(boxes, initial={"on": dt.date(2026, 3, 2)})
    assert not form.has_changed()
    page = Page(str(DateForm(initial={"on": dt.date(2026, 3, 2)})))
    assert [page.one("input", name=f"on_{p}")["value"] for p in ("day", "month", "year")] == [
        "2",
        "3",
        "2026",
    ]


# -- other widgets -----------------------------------------------------------------------


def test_grouped_and_unknown_widgets_keep_label_hint_and_error():
    class Odd(HubForm):
        place = forms.ChoiceField(
            label="Place", choices=[("North", [("1", "One")])], help_text="Pick"
        )
        at = forms.SplitDateTimeField(label="Starts")
        several = forms.MultipleChoiceField(label="Several", choices=[("1", "One")])

    page = Page(str(Odd({})))
    assert page.one("optgroup")["label"] == "North"
    place = page.one("select", name="place")
    assert place["aria-describedby"] == "id_place-hint id_place-error"
    assert all(page.one("input", name=name)["aria-label"] == "Starts" for name in ("at_0", "at_1"))
    assert "multiple" in page.one("select", name="several")


def test_selected_choices_are_shown_as_selected():
    page = Page(str(IdeaForm({"kind": "other", "sites": ["b"], "state": "new", "agree": "on"})))
    assert "checked" in page.one("input", name="kind", value="other")
    assert "checked" in page.one("input", name="sites", value="b")
    assert "checked" not in page.one("input", name="sites", value="a")
    assert "selected" in page.one("option", value="new")
    assert "checked" in page.one("input", name="agree")


def test_a_password_is_never_sent_back():
    page = Page(str(IdeaForm({"password": "very secret"})))
    assert "value" not in page.one("input", name="password")


# -- the frame ----------------------------------------------------------------------------


def render(source: str, **context) -> str:
    return Template(source).render(Context(context))


def test_title_and_summary_find_every_wrong_form_of_the_page():
    wrong, fine = DateForm({}), IdeaForm()
    source = "<title>{% title_prefix %}Send</title>{% error_summary %}"
    assert "<title>Send</title>" in render(source, form=fine)
    assert "There is a problem" not in render(source, form=fine)
    for context in ({"form": fine, "other": wrong}, {"forms": [fine, wrong]}, {"by": {"a": wrong}}):
        html = render(source, **context)
        assert "<title>Error: Send</title>" in html
        assert html.count('href="#id_on_day"') == 1


def test_summary_of_chosen_forms_only():
    html = render("{% error_summary a %}", a=DateForm({}), b=IdeaForm({}))
    assert "Enter meeting date" in html
    assert "Enter password" not in html


def test_base_page_stands_without_navigation_and_uses_no_inline_code(settings):
    settings.DEMO = True
    engine = Engine.get_default()
    page = Page(engine.get_template("base.html").render(Context({})))
    assert page.one("main", id="maincontent")
    assert page.one("a", href="#maincontent")
    assert "Demo" in page.words
    for tag, attrs in page.elements:
        assert "style" not in attrs
        assert tag != "script" or attrs["src"]
        assert not [name for name in attrs if name.startswith("on")]


def test_base_page_shows_navigation_sites_and_sign_out():
    nav = {
        "items": [
            {"label": "Triage", "href": "/t/", "current": True, "count": 3},
            {"label": "Numbers", "href": "/n/", "current": False},
        ],
        "sites": [
            {"code": "A", "name": "Acute", "href": "/a/", "current": True},
            {"code": "B", "name": "Ambulance", "href": "/b/", "current": False},
        ],
        "account": {"name": "Hana <b>Hub</b>", "href": "/me/"},
    }
    request = RequestFactory().get("/")
    html = (
        Engine.get_default()
        .get_template("base.html")
        .render(Context({"nav": nav, "request": request}))
    )
    page = Page(html)
    assert page.one("a", href="/t/")["aria-current"] == "page"
    assert "aria-current" not in page.one("a", href="/n/")
    assert page.one("a", href="/b/")
    assert "<b>Hub</b>" not in html


# -- what is drawn once -------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    ["Fewer falls", "<b>\"quoted\" & 'so'</b>", "two\nlines\n  and blanks", "\ue000typed\ue000"],
)
def test_a_control_shows_what_was_typed_last_and_nothing_of_before(typed):
    before = str(
        IdeaForm(initial={"title": "A secret", "problem": "A secret", "notes": "A secret"})
    )
    page = Page(shown := str(IdeaForm(initial=dict.fromkeys(("title", "problem", "notes"), typed))))
    assert "A secret" in before
    assert "A secret" not in shown
    assert page.one("input", name="title")["value"] == typed
    assert escape(typed) in shown.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    empty = Page(str(IdeaForm()))
    assert "value" not in empty.one("input", name="title")


def test_an_error_and_an_answer_stand_in_the_form_that_has_them_alone():
    wrong = str(IdeaForm({"title": "", "kind": "other"}))
    assert "nhsuk-error-message" in wrong
    assert "checked" in Page(wrong).one("input", name="kind", value="other")
    again = str(IdeaForm())
    assert "nhsuk-error-message" not in again
    assert "checked" not in Page(again).one("input", name="kind", value="other")
    assert "checked" in Page(str(IdeaForm(initial={"kind": "device"}))).one(
        "input", name="kind", value="device"
    )


def test_choices_of_a_list_are_escaped_and_one_is_chosen():
    html = Template("{% options choices chosen %}").render(
        Context({"choices": [("a", "<A>"), ('"b"', "B & b")], "chosen": '"b"'})
    )
    first, second = Page(html).all("option")
    assert (first["value"], "selected" in first) == ("a", False)
    assert (second["value"], "selected" in second) == ('"b"', True)
    assert Page(html).words == ["<A>", "B & b"]
