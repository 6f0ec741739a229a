"""Writing to the submitter, writing a note for the team, and the templates of messages."""

from typing import Any

from django import forms

from hubapp.web.forms import HubForm, HubModelForm
from portfolio import placeholders
from portfolio.forms.fields import VersionField
from portfolio.forms.files import FilesField, KeepsFiles
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import MessageTemplate
from portfolio.models.submission import LONG_TEXT


def _once_key() -> forms.CharField:
    return forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)


class MessageForm(KeepsFiles, AsksAboutPatientNumbers, HubForm):
    """A message to the submitter, begun with a template if the site has any.

    :param templates: (reference, name) of those that are offered
    """

    template = forms.ChoiceField(label="Begin with a template", required=False)
    body = Paragraphs(label="Your message", max_length=LONG_TEXT, rows=8)
    attached = FilesField()
    once_key = _once_key()

    def __init__(self, *args: Any, templates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if templates:
            self.fields["template"].choices = [("", "Choose a template"), *templates]
        else:
            del self.fields["template"]

    def clean_body(self) -> str:
        body = self.cleaned_data["body"]
        left = placeholders.left_in(body)
        if left:
            raise forms.ValidationError(
                f"Your message: write something in the place of {left[0]}, or take it out"
            )
        return body


class NoteForm(KeepsFiles, AsksAboutPatientNumbers, HubForm):
    """A note that only the team sees."""

    body = Paragraphs(label="Your note", max_length=LONG_TEXT, rows=6)
    attached = FilesField()
    once_key = _once_key()


_BODY_HINT = (
    "These places are filled in for each idea: "
    + "; ".join(
        f"{placeholders.shown(name)} {words}" for name, words in placeholders.PLACES.items()
    )
    + "."
)


class TemplateForm(HubModelForm):
    """The name and the words of a template."""

    version = VersionField()

    class Meta:
        model = MessageTemplate
        fields = ("name", "body", "is_active")
        labels = {"name": "Name", "body": "Words", "is_active": "Offer this template"}
        help_texts = {
            "name": "As your team reads it in the list.",
            "body": _BODY_HINT,
            "is_active": "Take the tick away to stop using it.",
        }
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def clean_body(self) -> str:
        return _only_known(self.cleaned_data["body"])

    def validate_constraints(self) -> None:
        """The service says which name is taken, with the site that the form does not know."""


class NewTemplateForm(HubForm):
    """A template of the site's own."""

    name = forms.CharField(
        label="Name", help_text="As your team reads it in the list.", max_length=100
    )
    body = Paragraphs(label="Words", help_text=_BODY_HINT, max_length=4000, rows=12)

    def clean_body(self) -> str:
        return _only_known(self.cleaned_data["body"])


def _only_known(body: str) -> str:
    unknown = placeholders.unknown_in(body)
    if unknown:
        raise forms.ValidationError(
            f"Words: “{unknown[0]}” is no place that can be filled in. Use {placeholders.LIST}, and no"
            " other curly brackets"
        )
    return body
