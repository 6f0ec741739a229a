"""The eight questions on one page: one press saves."""

from typing import Any

from django import forms

from hubapp.web.forms import HubForm
from portfolio.enums import YesNo
from portfolio.queries.screening import Screening


class ScreeningForm(HubForm):
    """Yes or no to each question; what is left open, or set back to it, is not answered."""

    mark_optional = False

    def __init__(self, *args: Any, screening: Screening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in screening.rows:
            field = forms.ChoiceField(
                label=row.question.label,
                help_text=row.question.question,
                choices=[*YesNo.choices, ("", "Not known yet")],
                widget=forms.RadioSelect,
                required=False,
            )
            field.nhs = {  # type: ignore[attr-defined]  # our renderer's options
                "inline": True,
                "small": True,
                "label_size": "s",
            }
            self.fields[row.question.code] = field
            self.initial[row.question.code] = row.value

    def answers(self) -> dict[str, str]:
        """Code → yes, no or nothing, of the questions that were on the page."""
        return {name: self.cleaned_data[name] for name in self.fields if name in self.data}
