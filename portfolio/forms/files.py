"""Choosing files: each is looked at before a form is valid."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from hubapp.web.forms import HubForm
from portfolio import safefiles
from portfolio.enums import RemovalReason
from portfolio.safefiles import NotTaken, SafeFile

AGAIN = "Choose your files again: a page cannot keep them while something else is wrong"


class FilesInput(forms.FileInput):
    """A chooser for several files; works without a script."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name) or []


class FilesField(forms.FileField):
    """Several files. Cleaned, it is a list of :class:`portfolio.safefiles.SafeFile`."""

    widget = FilesInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Files")
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", safefiles.HINT)
        kwargs.setdefault("widget", FilesInput(attrs={"accept": safefiles.ACCEPT}))
        kwargs.setdefault(
            "error_messages",
            {"required": "Choose a file", "missing": "Choose a file", "invalid": "Choose a file"},
        )
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        chosen = [each for each in (data or []) if each]
        if not chosen and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return look_at(chosen)


def look_at(chosen: Iterable[Any]) -> list[SafeFile]:
    """Uploaded files, looked at one by one; every fault is said at once.

    :raises ValidationError: one sentence for each file that is not taken
    """
    chosen = list(chosen)
    problems: list[str] = []
    files: list[SafeFile] = []
    try:
        safefiles.check_number(len(chosen))
    except NotTaken as sentence:
        raise ValidationError(str(sentence), code="not_taken") from sentence
    for each in chosen:
        try:
            # Not read further than a file that is too large.
            files.append(safefiles.check(each.name or "", each.read(safefiles.MAX_BYTES + 1)))
        except NotTaken as sentence:
            problems.append(str(sentence))
    if problems:
        raise ValidationError(problems, code="not_taken")
    return files


class KeepsFiles:
    """Form mixin: says that files must be chosen again where something else is wrong."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()  # type: ignore[misc]  # a mixin of forms
        cleaned = self.cleaned_data if cleaned is None else cleaned  # type: ignore[attr-defined]  # a mixin of forms
        if self.errors and cleaned.get("attached"):  # type: ignore[attr-defined]  # a mixin of forms
            self.add_error("attached", AGAIN)  # type: ignore[attr-defined]  # a mixin of forms
        return cleaned


class AttachForm(HubForm):
    """Files with the idea itself."""

    attached = FilesField(required=True)


class RemoveForm(HubForm):
    """Why a file is removed."""

    reason = forms.ChoiceField(
        label="Why are you removing it?",
        choices=RemovalReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select why you are removing this file"},
    )
