"""What hub staff say an idea is: one page of plain choices."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms

from hubapp.problems import Refused
from hubapp.web.forms import HubForm
from portfolio.enums import (
    BenefitArea,
    CareSetting,
    Category,
    Focus,
    IdeaSource,
    InnovationType,
    LabelKind,
    Origin,
    Priority,
    Trl,
)
from portfolio.forms.fields import VersionField
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import Innovation
from portfolio.services.classification import LONGEST_TAG, MOST_TAGS, clean_tags

NOT_SAID = ("", "Not said")
# How many of the site's tags stand under the box; the browser offers all of them.
TAGS_SHOWN = 15


def _one_of(label: str, choices: Sequence[tuple[Any, str]], **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[*choices, NOT_SAID],
        widget=forms.RadioSelect,
        required=False,
        **kwargs,
    )


class ClassifyForm(AsksAboutPatientNumbers, HubForm):
    """Every field may stay empty; what is chosen is saved at once.

    :param labels: kind of label → the values that the idea has
    :param site_tags: tags in use at the site, the most used first
    """

    # What matters first stands in sight, in this order; the rest is folded away.
    FIRST = ("source", "innovation_type", "focus", "benefit_areas")
    MORE = (
        "priority", "further_types", "origin", "care_setting", "category", "trl", "tags",
    )  # fmt: skip

    priority = _one_of("Priority", Priority.choices)
    innovation_type = _one_of("Type", InnovationType.choices)
    further_types = forms.MultipleChoiceField(
        label="Other types that it is too",
        choices=InnovationType.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    source = _one_of("Where it comes from", IdeaSource.choices)
    focus = _one_of("Focus", Focus.choices)
    origin = _one_of("Origin", Origin.choices)
    benefit_areas = forms.MultipleChoiceField(
        label="Benefit areas",
        choices=BenefitArea.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="All that it is for.",
    )
    care_setting = _one_of("Care setting", CareSetting.choices)
    category = forms.ChoiceField(
        label="Innovation Service category",
        choices=[NOT_SAID, *Category.choices],
        required=False,
        help_text="As the NHS Innovation Service sorts what it takes.",
    )
    trl = forms.TypedChoiceField(
        label="Technology readiness level",
        choices=[NOT_SAID, *((level.value, f"{level.value}: {level.label}") for level in Trl)],
        required=False,
        coerce=int,
        empty_value=None,
        help_text="How far the technology is, from a principle (1) to proven in operation (9).",
    )
    tags = forms.CharField(
        label="Tags",
        required=False,
        max_length=MOST_TAGS * (LONGEST_TAG + 2),
        widget=forms.TextInput(attrs={"list": "tags-in-use", "autocomplete": "off"}),
    )
    version = VersionField()

    def __init__(
        self,
        *args: Any,
        innovation: Innovation,
        labels: Mapping[str, Collection[str]],
        site_tags: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        held = sorted(labels.get(LabelKind.TAG, ()))
        initial: dict[str, Any] = {
            name: getattr(innovation, name)
            for name in (
                "source", "focus", "origin", "category", "care_setting", "innovation_type",
                "priority", "trl", "version",
            )
        }  # fmt: skip
        initial |= {
            "further_types": sorted(labels.get(LabelKind.TYPE, ())),
            "benefit_areas": sorted(labels.get(LabelKind.BENEFIT, ())),
            "tags": ", ".join(held),
        }
        super().__init__(*args, initial=initial, accepted_texts=tuple(held), **kwargs)
        self.site_tags = list(site_tags)
        shown = ", ".join(self.site_tags[:TAGS_SHOWN])
        used = f" In use here: {shown}." if shown else ""
        self.fields[
            "tags"
        ].help_text = f"Parted by commas, at most {MOST_TAGS} of {LONGEST_TAG} characters. Capitals do not matter.{used}"
        for name, field in self.fields.items():
            if name != "version":
                field.nhs = {"optional": False, "small": True}
                # Side by side on a wide screen, so that the page is short.
                field.nhs["inline"] = isinstance(field.widget, forms.RadioSelect)

    @property
    def first(self) -> list[Any]:
        """The fields that are in sight."""
        return [self[name] for name in self.FIRST]

    @property
    def more(self) -> list[Any]:
        """The fields that are folded away."""
        return [self[name] for name in self.MORE]

    @property
    def more_is_wrong(self) -> bool:
        """Whether something that is folded away has to be looked at again."""
        return any(self[name].errors for name in self.MORE) or "not_nhs_numbers" in self.fields

    @property
    def more_summary(self) -> str:
        """What is folded away, and how much of it says something."""
        said = sum(bool(self[name].value()) for name in self.MORE)
        names = "Priority, other types, origin, care setting, category, readiness and tags"
        return f"{names} ({said or 'none'} filled in)"

    def clean_tags(self) -> str:
        try:
            return ", ".join(clean_tags(_parted(self.cleaned_data["tags"])))
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        main = cleaned.get("innovation_type")
        # The main type is no further one.
        cleaned["further_types"] = [
            each for each in cleaned.get("further_types", []) if each != main
        ]
        return cleaned

    def values(self) -> dict[str, Any]:
        """What was said, as the service wants it."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {**values, "tags": _parted(values["tags"])}


def _parted(text: str) -> list[str]:
    """The tags of a line, as typed."""
    return [word.strip() for word in re.split(r"[,;\n]", text) if word.strip()]
