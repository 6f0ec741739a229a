"""Forms of checklists, of who is asked to answer them, and of interests."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import User
from hubapp.web.forms import HubForm, NHSDateField
from hubapp.workdays import london_date
from portfolio.enums import InterestNature
from portfolio.forms.fields import VersionField
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import Assessment, Checklist
from portfolio.models.assessment import LABEL_TEXT, QUESTION_TEXT
from portfolio.services.checklists import scales


class AssessForm(AsksAboutPatientNumbers, HubForm):
    """The questions of a checklist; what is left open stays unanswered.

    :param finishing: whether every question must be answered now
    """

    mark_optional = False
    version = VersionField()

    def __init__(
        self,
        *args: Any,
        checklist: Checklist,
        assessment: Assessment | None,
        finishing: bool = False,
        **kwargs: Any,
    ) -> None:
        self.items = list(checklist.items.all())
        self.finishing = finishing
        initial: dict[str, Any] = {"version": assessment.version if assessment else 0}
        known = (
            {answer.item.code: answer for answer in assessment.answers.all()} if assessment else {}
        )
        accepted = tuple(answer.note for answer in known.values())
        for code, answer in known.items():
            initial |= {f"answer-{code}": answer.value, f"note-{code}": answer.note}
        # Named before the form is built, so that the mixin looks through the notes.
        self.base_fields = dict(type(self).base_fields)  # type: ignore[misc]  # this form's own copy
        for item in self.items:
            answer_field = forms.ChoiceField(
                label=item.label,
                help_text=item.question,
                choices=list(item.labels.items()),
                widget=forms.RadioSelect,
                required=False,
            )
            answer_field.nhs = {  # type: ignore[attr-defined]  # our renderer's options
                "inline": True,
                "small": True,
                "label_size": "s",
            }
            note = Paragraphs(
                label=format_html(
                    'Note<span class="nhsuk-u-visually-hidden"> on {}</span>', item.label.lower()
                ),
                required=False,
                max_length=2000,
                rows=2,
            )
            note.nhs = {  # type: ignore[attr-defined]  # our renderer's options
                "label_size": None,
                "noun": f"the note on {item.label.lower()}",
                "count": False,
            }
            self.base_fields[f"answer-{item.code}"] = answer_field
            self.base_fields[f"note-{item.code}"] = note
        super().__init__(*args, initial=initial, accepted_texts=accepted, **kwargs)

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The bound answer and note of each question."""
        return [(self[f"answer-{item.code}"], self[f"note-{item.code}"]) for item in self.items]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for item in self.items:
            name = f"answer-{item.code}"
            if cleaned.get(name) or name in self.errors:
                continue
            if cleaned.get(f"note-{item.code}", "").strip():
                self.add_error(name, f"{item.label}: choose an answer to go with your note")
            elif self.finishing:
                self.add_error(name, f"{item.label}: choose an answer, or save and finish later")
        return cleaned

    def answers(self) -> dict[str, tuple[str, str]]:
        """Item code → (value, note)."""
        return {
            item.code: (
                self.cleaned_data.get(f"answer-{item.code}", ""),
                self.cleaned_data.get(f"note-{item.code}", ""),
            )
            for item in self.items
        }


class AskToAssessForm(HubForm):
    """Who should assess the idea, and until when."""

    people = forms.MultipleChoiceField(
        label="Who should assess it?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one person"},
    )
    due_on = NHSDateField(
        label="By when?",
        help_text="Leave it empty for no day. For example, 27 3 2026",
        required=False,
    )

    def __init__(self, *args: Any, people: list[tuple[User, str]], me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [
            (user.ref, f"{user} (you)" if user.pk == me.pk else str(user)) for user, _ in people
        ]
        self.fields["people"].nhs = {"hints": {user.ref: hint for user, hint in people if hint}}

    def clean_due_on(self) -> Any:
        """Today or later."""
        due_on = self.cleaned_data.get("due_on")
        if due_on and due_on < london_date(timezone.now()):
            raise ValidationError("The day must be today or later")
        return due_on


class DeclineForm(AsksAboutPatientNumbers, HubForm):
    """Why one cannot assess an idea."""

    reason = Paragraphs(
        label="Why can you not assess it?",
        help_text="Hub staff and site leads read this. If you have an interest in the idea, declare that instead.",
        max_length=1000,
        rows=4,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].nhs = {"noun": "why you cannot assess it"}


class InterestForm(AsksAboutPatientNumbers, HubForm):
    """An interest in an idea."""

    nature = forms.ChoiceField(
        label="What kind of interest is it?",
        choices=InterestNature.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what kind of interest it is"},
    )
    note = Paragraphs(
        label="What it is",
        help_text="Hub staff and site leads of this site read this, nobody else.",
        required=False,
        max_length=1000,
        rows=3,
    )


class ItemForm(HubForm):
    """One question of a checklist that is being written."""

    mark_optional = False
    code = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    label = forms.CharField(label="Name", required=False, max_length=LABEL_TEXT)
    question = forms.CharField(
        label="Question",
        required=False,
        max_length=QUESTION_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    scale = forms.ChoiceField(label="How it is answered", widget=forms.Select)

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        kwargs["prefix"] = f"item-{number}"
        super().__init__(*args, **kwargs)
        self.number = number
        self.fields["scale"].choices = [(code, title) for code, (title, _) in scales().items()]
        self.fields["question"].nhs = {"count": False}

    @property
    def number_text(self) -> str:
        """Its number, for the values of buttons."""
        return str(self.number)

    @property
    def name_text(self) -> str:
        """ "question 3", for those who hear the buttons."""
        return f"question {self.number}"

    @property
    def is_blank(self) -> bool:
        """Whether nothing is typed: such a question is left out."""
        return not any((self[name].value() or "").strip() for name in ("label", "question"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_blank:
            return cleaned
        if not (cleaned.get("label") or "").strip() and "label" not in self.errors:
            self.add_error("label", f"Enter the name of question {self.number}")
        if not (cleaned.get("question") or "").strip() and "question" not in self.errors:
            self.add_error("question", f"Enter question {self.number}")
        return cleaned


class DraftForm(HubForm):
    """The title of a checklist that is being written; its questions are :class:`ItemForm`."""

    title = forms.CharField(
        label="Title", max_length=200, error_messages={"required": "Enter the title"}
    )
    version = VersionField()
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=60)


class NewChecklistForm(HubForm):
    """The title of a checklist that begins empty."""

    title = forms.CharField(
        label="Title",
        help_text="As your assessors read it.",
        max_length=200,
        error_messages={"required": "Enter the title"},
    )


def sent_items(data: QueryDict) -> list[dict[str, str]]:
    """The questions as a page sent them, valid or not, in their order."""
    try:
        count = min(max(int(data.get("count", "0")), 0), 60)
    except ValueError:
        count = 0
    return [
        {
            name: data.get(f"item-{number}-{name}", "")
            for name in ("code", "label", "question", "scale")
        }
        for number in range(1, count + 1)
    ]
