"""A valid NHS number typed into any text comes back with a warning; nothing is lost.

Mix :class:`AsksAboutPatientNumbers` into a form before ``HubForm``::

    class MessageForm(AsksAboutPatientNumbers, HubForm): …

and show ``{{ form.not_nhs_numbers.as_field_group }}`` where
``form.doubted_numbers`` is not empty (``{{ form }}`` shows it last).
"""

from typing import Any

from django import forms

from portfolio.validators import nhs_numbers_in, spaced


class _Confirmed(forms.MultipleChoiceField):
    """The numbers that the sender says are none; one that is no longer in the text is ignored."""

    def validate(self, value: list[str]) -> None:
        return


class AsksAboutPatientNumbers:
    """Form mixin: every text is looked through for NHS numbers.

    ``accepted_texts`` are texts that went through a form like this before:
    numbers in them were confirmed then, and are not asked about again.
    """

    fields: Any  # as in HubForm
    data: Any
    files: Any

    def __init__(self, *args: Any, accepted_texts: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._accepted = set(nhs_numbers_in(*accepted_texts))
        found = []
        if self.is_bound:  # type: ignore[attr-defined]  # a mixin of forms
            # Not through self[name]: a bound field keeps the label of this moment, and a form
            # may word its labels afterwards.
            typed = [str(self._typed(name) or "") for name in self._looked_through()]
            found = [number for number in nhs_numbers_in(*typed) if number not in self._accepted]
        #: Numbers found in what was sent, which somebody has to look at.
        self.doubted_numbers = found
        if found:
            field = _Confirmed(
                label="Is this an NHS number?" if len(found) == 1 else "Are these NHS numbers?",
                help_text="Take an NHS number out of your text. If it is something else, tell us here.",
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(number, f"{spaced(number)} is not an NHS number") for number in found],
            )
            field.nhs = {"optional": False}  # type: ignore[attr-defined]  # a mixin of forms
            self.fields["not_nhs_numbers"] = field

    def _looked_through(self) -> list[str]:
        return [
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.CharField)
            and not isinstance(field, forms.EmailField)
            # A random key, not typed by anybody, may by chance hold ten such digits.
            and not field.widget.is_hidden
        ]

    def _typed(self, name: str) -> Any:
        widget = self.fields[name].widget
        return widget.value_from_datadict(
            self.data,
            self.files,
            self.add_prefix(name),  # type: ignore[attr-defined]  # a mixin of forms
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()  # type: ignore[misc]  # a mixin of forms
        cleaned = self.cleaned_data if cleaned is None else cleaned  # type: ignore[attr-defined]  # a mixin of forms
        confirmed = set(cleaned.pop("not_nhs_numbers", None) or []) | self._accepted
        for name in self._looked_through():
            for number in nhs_numbers_in(cleaned.get(name) or ""):
                if number not in confirmed:
                    label = self[name].label  # type: ignore[index]  # a mixin of forms
                    self.add_error(  # type: ignore[attr-defined]  # a mixin of forms
                        name,
                        f"“{label}” has what looks like an NHS number, {spaced(number)}. Take it out,"
                        " or tell us below that it is not one",
                    )
        return cleaned
