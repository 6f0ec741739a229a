"""Where a coordinator sends an idea."""

from typing import Any

from django import forms

from accounts.models import Site
from hubapp.web.forms import HubForm


class RouteForm(HubForm):
    """The sites that shall read it."""

    sites = forms.MultipleChoiceField(
        label="Which sites should read it?",
        help_text="Each one you choose gets the idea now and answers for itself.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one site"},
    )

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sites = {site.code: site for site in sites}
        self.fields["sites"].choices = [(site.code, site.name) for site in sites]

    def chosen(self) -> list[Site]:
        """The sites chosen, once valid."""
        return [self._sites[code] for code in self.cleaned_data["sites"]]
