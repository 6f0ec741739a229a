"""Logging and closing an enquiry."""

from typing import Any

from django import forms

from hubapp.web.forms import HubForm
from portfolio.enums import EnquiryKind
from portfolio.forms.fields import VersionField
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models.submission import SHORT_TEXT


class LogForm(AsksAboutPatientNumbers, HubForm):
    """A new enquiry."""

    kind = forms.ChoiceField(
        label="What kind of enquiry is it?",
        choices=EnquiryKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what kind of enquiry it is"},
    )
    subject = forms.CharField(
        label="What it is about", help_text="In one line.", max_length=SHORT_TEXT
    )
    detail = Paragraphs(label="Detail", required=False, max_length=5000, rows=4)
    name = forms.CharField(
        label="Name of whoever asks",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="Their email address",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    once_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].nhs = {"inline": True}


class CloseForm(AsksAboutPatientNumbers, HubForm):
    """How an enquiry ended: answered, or signposted to somebody else."""

    how = forms.ChoiceField(
        label="How did it end?",
        choices=[("answer", "We answered it"), ("signpost", "We signposted them to somebody else")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it ended"},
    )
    to = forms.CharField(label="To whom?", max_length=SHORT_TEXT, required=False)
    answer = Paragraphs(label="What you told them", required=False, max_length=5000, rows=4)
    version = VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["how"].nhs = {"conditional": {"signpost": "to"}}
        self.fields["to"].nhs = {"optional": False, "noun": "who you signposted them to"}
        self.fields["answer"].nhs = {"optional": False}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        needed = {"answer": ("answer", "Enter what you told them")}
        needed["signpost"] = ("to", "Enter who you signposted them to")
        name, sentence = needed.get(cleaned.get("how", ""), ("", ""))
        if name and name not in self.errors and not cleaned.get(name, "").strip():
            self.add_error(name, sentence)
        return cleaned
