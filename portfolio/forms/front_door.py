"""The questions of the front door; their words follow from who is asked."""

from typing import Any

from django import forms

from accounts.models import Network, Site
from hubapp.web.forms import HubForm, HubModelForm
from portfolio.enums import InnovationType, SubmitterKind
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import FrontDoor
from portfolio.models.submission import LONG_TEXT, SHORT_TEXT

NOT_SURE = "not-sure:"


class Paragraphs(forms.CharField):
    """A long text. A browser sends two characters for a line break; it counts as the one that was typed."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONG_TEXT)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}), **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(str(value or "").replace("\r\n", "\n")) or ""


class StartForm(HubForm):
    """Who you are, and who should read it.

    :param sites: sites that may be chosen; with one, it is not asked
    :param networks: networks whose coordinator finds the right site
    :param answers: what a draft holds already
    """

    submitter_kind = forms.ChoiceField(
        label="Who are you?",
        choices=SubmitterKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who you are"},
    )
    where = forms.MultipleChoiceField(
        label="Who should read your idea?",
        help_text="Choose one or more. Each decides for itself and answers you.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select who should read your idea"},
    )

    def __init__(
        self, *args: Any, sites: list[Site], networks: list[Network], answers: dict | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        answers = answers or {}
        chosen = list(answers.get("sites") or [])
        if answers.get("network"):
            chosen.append(NOT_SURE + answers["network"])
        kwargs["initial"] = {"where": chosen, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.only_site = sites[0] if len(sites) == 1 else None
        at = f"at {self.only_site}" if self.only_site else "at one of the organisations below"
        self.fields["submitter_kind"].choices = [
            (kind, f"I work {at}" if kind == SubmitterKind.STAFF else kind.label)
            for kind in SubmitterKind
        ]
        if self.only_site:
            del self.fields["where"]
            return
        unsure = [
            (NOT_SURE + network.slug, f"I am not sure: let {network} decide")
            for network in networks
        ]
        field = self.fields["where"]
        field.choices = [(site.code, site.name) for site in sites] + unsure
        if unsure:
            field.nhs = {
                "dividers": {unsure[0][0]: "or"},
                "hints": {
                    value: "Somebody who coordinates its teams reads your idea and sends it to the right one."
                    for value, _label in unsure
                },
            }

    @property
    def can_be_answered(self) -> bool:
        """Whether anybody takes ideas."""
        return self.only_site is not None or bool(self.fields["where"].choices)

    def clean_where(self) -> list[str]:
        chosen = self.cleaned_data["where"]
        unsure = [value for value in chosen if value.startswith(NOT_SURE)]
        if unsure and len(chosen) > len(unsure):
            raise forms.ValidationError(
                "Choose who should read it, or say that you are not sure, but not both"
            )
        if len(unsure) > 1:
            raise forms.ValidationError("Choose one network to decide for you")
        return chosen

    def answers(self) -> dict[str, Any]:
        """The answers as a draft keeps them."""
        chosen = [self.only_site.code] if self.only_site else self.cleaned_data["where"]
        unsure = [value.removeprefix(NOT_SURE) for value in chosen if value.startswith(NOT_SURE)]
        return {
            "sites": [value for value in chosen if not value.startswith(NOT_SURE)],
            "network": unsure[0] if unsure else None,
        }


# (label, hint) of each text, by who is asked; what is not here is asked as of staff.
_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    SubmitterKind.STAFF: {
        "problem": ("What is the problem?", "What goes wrong or could be better today, and how often."),
        "for_whom": ("Who is it a problem for?", "For example patients of one clinic, night staff, carers."),
        "idea": ("What is your idea?", "One paragraph is enough. Say if it is used elsewhere already."),
    },
    SubmitterKind.PUBLIC: {
        "problem": (
            "What is the problem?",
            "What is difficult or could be better for you or others. Leave out anything that could tell us who a patient is.",
        ),
        "for_whom": ("Who would be better off?", "For example people who wait for a scan, or carers."),
        "idea": ("What is your idea?", "Your own words are fine. It does not have to be worked out."),
    },
    SubmitterKind.COMPANY: {
        "problem": ("What problem in health or care does it solve?", "Start from the problem, not from the product."),
        "for_whom": ("Who has this problem?", "For example which patients, staff or services."),
        "idea": (
            "What do you offer?",
            "One paragraph: what it is, what is proven and where it is in use. This is not a way to sell to us or to tender.",
        ),
    },
    SubmitterKind.UNIVERSITY: {
        "problem": ("What problem in health or care does it address?", "Start from the problem, not from the research."),
        "for_whom": ("Who has this problem?", "For example which patients, staff or services."),
        "idea": ("What is your idea?", "One paragraph: what it is, what is known, and what you need from us."),
    },
    SubmitterKind.OTHER_NHS: {
        "problem": ("What is the problem?", "What goes wrong or could be better today."),
        "for_whom": ("Who is it a problem for?", "For example patients of one clinic, night staff, carers."),
        "idea": ("What is your idea?", "One paragraph. If it works where you are, say what changed there."),
    },
}  # fmt: skip

UNSURE_TYPE = "unsure"


def _accept_unfinished(form: forms.BaseForm) -> None:
    """Nothing is required for now; what will be is still not called optional."""
    for field in form.fields.values():
        if field.required:
            options = {**getattr(field, "nhs", {}), "optional": False}
            field.nhs = options  # type: ignore[attr-defined]  # our renderer's options
            field.required = False


class IdeaForm(AsksAboutPatientNumbers, HubForm):
    """The problem, for whom, and the idea. ``later=True`` accepts what is not finished."""

    problem = Paragraphs(rows=5)
    for_whom = Paragraphs(rows=2)
    idea = Paragraphs(rows=8)
    title = forms.CharField(
        label="Short title",
        max_length=SHORT_TEXT,
        required=False,
        help_text="A few words. If you leave it empty, we use the start of your idea.",
    )
    innovation_type = forms.ChoiceField(
        label="What is it mostly?",
        choices=[*InnovationType.choices, (UNSURE_TYPE, "I am not sure")],
        widget=forms.RadioSelect,
        required=False,
    )
    is_confidential = forms.ChoiceField(
        label="Is your idea confidential?",
        help_text="Say yes if it is not public and you may want to protect it, for example by a patent.",
        choices=[("no", "No"), ("yes", "Yes")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether your idea is confidential"},
    )
    names = ("problem", "for_whom", "idea", "title", "innovation_type", "is_confidential")

    def __init__(
        self, *args: Any, kind: str, answers: dict, later: bool = False, **kwargs: Any
    ) -> None:
        initial = {name: answers.get(name) for name in self.names}
        initial["is_confidential"] = {True: "yes", False: "no", None: None}[
            answers.get("is_confidential")
        ]
        if answers.get("innovation_type") == "":
            initial["innovation_type"] = UNSURE_TYPE
        accepted = tuple(
            str(answers.get(name) or "") for name in ("problem", "for_whom", "idea", "title")
        )
        super().__init__(*args, initial=initial, accepted_texts=accepted, **kwargs)
        words = _WORDS.get(kind, _WORDS[SubmitterKind.STAFF])
        for name, (label, hint) in words.items():
            self.fields[name].label, self.fields[name].help_text = label, hint
            # Sentences name the question: "Enter an answer to “What is …?”".
        for name, noun in (
            ("problem", "the problem"),
            ("for_whom", "who it is for"),
            ("idea", "your idea"),
        ):
            self.fields[name].nhs = {"noun": noun, "label_size": "m"}
        self.fields["title"].nhs = {"label_size": "m", "noun": "the short title"}
        self.fields["innovation_type"].nhs = {"label_size": "m"}
        self.fields["is_confidential"].nhs = {
            "label_size": "m",
            "hints": {
                "yes": "Only the innovation team that decides, and people it asks for advice, can read it.",
                "no": "Others in the organisation who follow innovation can read it too. It is not published.",
            },
        }
        if later:
            _accept_unfinished(self)

    def answers(self) -> dict[str, Any]:
        """The answers as a draft keeps them."""
        cleaned = self.cleaned_data
        kind = cleaned.get("innovation_type") or None
        return {
            **{name: cleaned.get(name, "") for name in ("problem", "for_whom", "idea", "title")},
            "innovation_type": "" if kind == UNSURE_TYPE else kind,
            "is_confidential": {"yes": True, "no": False}.get(cleaned.get("is_confidential", "")),
        }


class ContactForm(AsksAboutPatientNumbers, HubForm):
    """How to reach the sender. ``later=True`` accepts what is not finished."""

    name = forms.CharField(
        label="Your name", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label="Email address",
        max_length=254,
        help_text="We send you a message with a button to press, so that we know it is yours, and later our answer.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    organisation_words = forms.CharField(
        label="Organisation",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    role_words = forms.CharField(
        label="Team or department",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )

    def __init__(self, *args: Any, kind: str, later: bool = False, **kwargs: Any) -> None:
        initial = kwargs.get("initial") or {}
        accepted = tuple(
            initial.get(name, "") for name in ("name", "organisation_words", "role_words")
        )
        super().__init__(*args, accepted_texts=accepted, **kwargs)
        self.fields["email"].nhs = {"noun": "your email address"}
        if kind not in (SubmitterKind.COMPANY, SubmitterKind.UNIVERSITY, SubmitterKind.OTHER_NHS):
            del self.fields["organisation_words"]
        if kind != SubmitterKind.STAFF:
            del self.fields["role_words"]
        if later:
            _accept_unfinished(self)


class AddressForm(HubForm):
    """An address to send a link to."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].nhs = {"noun": "your email address"}


class FrontDoorForm(HubModelForm):
    """How a site receives ideas."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    class Meta:
        model = FrontDoor
        fields = ["is_open", "privacy_notice", "who_reads", "how_long_kept", "decision_days"]
        labels = {
            "is_open": "Take ideas at the front door",
            "privacy_notice": "Privacy notice",
            "who_reads": "Who reads an idea",
            "how_long_kept": "How long it is kept",
            "decision_days": "Working days until your answer",
        }
        help_texts = {
            "is_open": "When this is off, the page says so and takes nothing. Ideas you have already stay as they are.",
            "privacy_notice": "People read this before they type anything. Leave it empty to show Hubapp's own words.",
            "who_reads": "One sentence, for example: The innovation team and the clinical lead.",
            "how_long_kept": "One sentence, for example: Three years after we answer you.",
            "decision_days": "What people are promised, from 1 to 250. A change counts for ideas that arrive from now on.",
        }
        widgets = {"privacy_notice": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision_days"].nhs = {"width": 3, "suffix": "working days"}
