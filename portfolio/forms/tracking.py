"""What a submitter writes on their own page."""

import re
import uuid
from typing import Any

from django import forms

from hubapp.web.forms import HubForm
from portfolio.forms.files import FilesField, KeepsFiles
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers

_KEY = re.compile(r"[0-9a-f]{32}")


class MessageForm(KeepsFiles, AsksAboutPatientNumbers, HubForm):
    """A message to one site. ``once`` makes a second press find the first message."""

    body = Paragraphs(
        rows=4,
        label="Your message",
        help_text="Leave out anything that could tell us who a patient is.",
    )
    attached = FilesField(label="Files")
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = {"once": uuid.uuid4().hex, **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_once(self) -> str | None:
        """The key that this form was shown with; None for what was not made by us."""
        once = self.cleaned_data["once"]
        return once if _KEY.fullmatch(once) else None
