"""Forms of the desk: assess, decide, write, correct, black out, add."""

from typing import Any

from django import forms

from accounts.models import User
from hubapp.web.forms import HubForm, HubModelForm
from portfolio.enums import (
    CHOICES,
    SUBMITTER_WORDS,
    InnovationType,
    RedactionReason,
)
from portfolio.forms.decide import SAYS_WHAT_WOULD_CHANGE
from portfolio.forms.fields import VersionField, hidden
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import DecisionReason
from portfolio.models.submission import SHORT_TEXT, TITLE_TEXT
from portfolio.validators import spaced

TYPES = [*InnovationType.choices, ("", "Not known yet")]


class AddForm(AsksAboutPatientNumbers, HubForm):
    """An idea on someone's behalf: one line is enough."""

    title = forms.CharField(
        label="The idea in one line",
        max_length=SHORT_TEXT,
        error_messages={"required": "Enter the idea in one line"},
    )
    email = forms.EmailField(
        label="Email address of whoever had the idea",
        help_text="They get a link to follow it. Leave it empty if they do not want one.",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label="Their name",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    submitter_kind = forms.ChoiceField(
        label="Who they are",
        choices=[*SUBMITTER_WORDS.items(), ("", "Not known")],
        widget=forms.RadioSelect,
        required=False,
    )
    problem = Paragraphs(label="The problem", required=False, rows=3)
    for_whom = Paragraphs(label="For whom", required=False, rows=2)
    idea = Paragraphs(label="More about the idea", required=False, rows=4)
    innovation_type = forms.ChoiceField(
        label="Type", choices=TYPES, widget=forms.RadioSelect, required=False
    )
    is_confidential = forms.BooleanField(
        label="Confidential",
        help_text="Only hub staff and whoever it is assigned to can read it.",
        required=False,
    )
    once_key = hidden()

    MORE = (
        "name",
        "submitter_kind",
        "problem",
        "for_whom",
        "idea",
        "innovation_type",
        "is_confidential",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("problem", "for_whom", "idea"):
            self.fields[name].nhs = {"count": False}

    @property
    def more(self) -> list[Any]:
        """The fields that are folded away."""
        return [self[name] for name in self.MORE]

    @property
    def more_is_used(self) -> bool:
        """Whether something is typed, or wrong, in what is folded away."""
        return self.is_bound and any(self[name].value() or self[name].errors for name in self.MORE)


class CorrectForm(AsksAboutPatientNumbers, HubForm):
    """Title and type of an idea."""

    title = forms.CharField(label="Title", max_length=TITLE_TEXT)
    innovation_type = forms.ChoiceField(
        label="Type", choices=TYPES, widget=forms.RadioSelect, required=False
    )
    version = VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["innovation_type"].nhs = {"optional": False}


class RedactForm(HubForm):
    """What to black out, and why. Patterns of NHS numbers found are offered."""

    numbers = forms.MultipleChoiceField(
        label="Numbers that look like NHS numbers",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    fragments = Paragraphs(
        label="Words to black out",
        help_text="Copy them from the text, one piece on each line. Every place where they stand is blacked out.",
        required=False,
        max_length=5000,
        rows=4,
    )
    reason = forms.ChoiceField(
        label="Why",
        choices=RedactionReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select why you are blacking this out"},
    )
    version = VersionField()

    def __init__(self, *args: Any, numbers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fragments"].nhs = {"count": False, "optional": False}
        if numbers:
            self.fields["numbers"].choices = [(number, spaced(number)) for number in numbers]
            self.fields["numbers"].nhs = {"optional": False}
        else:
            del self.fields["numbers"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.pieces() and "fragments" not in self.errors:
            self.add_error("fragments", "Enter the words to black out")
        return cleaned

    def pieces(self) -> list[str]:
        """The lines typed, then the numbers ticked."""
        lines = [line.strip() for line in self.cleaned_data.get("fragments", "").splitlines()]
        return [line for line in lines if line] + list(self.cleaned_data.get("numbers") or [])


class AssignForm(HubForm):
    """Who looks after the idea."""

    to = forms.ChoiceField(label="Who looks after it?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, members: list[User], me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [
            (member.ref, f"{member} (you)" if member.pk == me.pk else str(member))
            for member in members
        ]
        self.fields["to"].choices = [*named, ("nobody", "Nobody")]
        self.fields["to"].nhs = {"dividers": {"nobody": "or"}} if named else {}


class ReasonForm(HubModelForm):
    """The words of one reason."""

    version = VersionField()

    class Meta:
        model = DecisionReason
        fields = ("label", "words", "next_step", "would_change", "is_active")
        labels = {
            "label": "Name of the reason",
            "words": "Standard words",
            "next_step": "Next step",
            "would_change": "What would change the answer",
            "is_active": "Offer this reason",
        }
        help_texts = {
            "label": "As your team reads it in the list.",
            "words": "What the submitter reads. Whoever decides can change it each time.",
            "is_active": "Take the tick away to stop using it. Decisions already made keep it.",
        }
        widgets = {
            "words": forms.Textarea(attrs={"rows": 6}),
            "next_step": forms.Textarea(attrs={"rows": 3}),
            "would_change": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind not in SAYS_WHAT_WOULD_CHANGE:
            del self.fields["would_change"]


class NewReasonForm(HubForm):
    """A reason of the site's own."""

    kind = forms.ChoiceField(
        label="What is it for?",
        choices=[(kind.value, kind.label) for kind in CHOICES],
        widget=forms.RadioSelect,
        error_messages={"required": "Select what the reason is for"},
    )
    label = forms.CharField(
        label="Name of the reason", help_text="As your team reads it in the list.", max_length=100
    )
    words = Paragraphs(
        label="Standard words",
        help_text="What the submitter reads. Whoever decides can change it each time.",
        max_length=2000,
        rows=6,
    )
    next_step = Paragraphs(label="Next step", required=False, max_length=1000, rows=3)
    would_change = Paragraphs(
        label="What would change the answer",
        help_text="For declining, signposting and parking. Leave it empty for other decisions.",
        required=False,
        max_length=1000,
        rows=3,
    )
