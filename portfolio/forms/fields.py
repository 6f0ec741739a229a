"""Fields that several forms of the desk have."""

from typing import Any

from django import forms


def hidden(**kwargs: Any) -> forms.CharField:
    """A short text that goes with the form unseen."""
    return forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, **kwargs)


class VersionField(forms.IntegerField):
    """The version of the record on the page that was sent; None where it was tampered with."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, required=False)

    def clean(self, value: Any) -> int | None:
        try:
            return int(value)
        except (TypeError, ValueError):
            return None
