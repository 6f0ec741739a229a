"""Forms of deciding, and of what goes with it: stopping the clock, exempting, following up."""

from typing import Any

from django import forms

from accounts.enums import Function, OrganisationKind
from hubapp.web.forms import HubForm, NHSDateField
from portfolio.enums import (
    CHOICES,
    DecisionKind,
    Exemption,
    FollowUpOutcome,
    StopReason,
    WaitsOn,
)
from portfolio.forms.fields import VersionField, hidden
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import DecisionReason

# Kinds whose reader is told what would have to be different for another answer.
SAYS_WHAT_WOULD_CHANGE = (DecisionKind.DECLINE, DecisionKind.SIGNPOST, DecisionKind.PARK)
KIND_HINTS = {
    DecisionKind.SCOPING: "It leaves the queue and goes into scoping.",
    DecisionKind.ASK: "The clock stops until they answer.",
    DecisionKind.SIGNPOST: "Somebody else can help; you can introduce them.",
    DecisionKind.PARK: "Until a day, or until something happens.",
    DecisionKind.MERGE: "Somebody else had it too: both are credited.",
    DecisionKind.DECLINE: "With what would change the answer.",
}
# What is asked of every kind, and what of one alone.
OF_EVERY = ("kind", "shown", "version", "filled", "reason", "words", "next_step")
OF_KIND = {
    DecisionKind.SIGNPOST: (
        "organisation_q",
        "organisation",
        "new_organisation",
        "new_organisation_kind",
        "contact_name",
        "contact_email",
        "introduction",
        "follow_up_on",
        "would_change",
    ),
    DecisionKind.PARK: ("until_on", "until_what", "would_change"),
    DecisionKind.MERGE: ("into_q", "into"),
    DecisionKind.DECLINE: ("would_change",),
}
# What a reason brings standard words for.
STANDARD = ("words", "next_step", "would_change")
INTRODUCING = ("contact_name", "contact_email", "introduction")
NEW = "new"


class DecideForm(HubForm):
    """A kind, a coded reason, the words that the submitter reads, and what the kind needs.

    :param kind: the kind whose fields are shown; "" shows the kinds alone
    :param kinds: those that may be chosen
    :param organisations: (reference, name) that may be pointed to; one to be added comes last
    :param ideas: (reference, title, hint) into which the idea may be merged
    """

    kind = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you decide"},
    )
    # The kind whose fields are on the page: another one chosen brings its own first.
    shown = hidden()
    version = VersionField()
    # The reason whose standard words were filled in last.
    filled = hidden()
    organisation_q = forms.CharField(
        label="Who can help?",
        help_text="Type part of an organisation’s name, then choose it below.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organisation = forms.ChoiceField(
        label="Which organisation?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select the organisation that you point to"},
    )
    new_organisation = forms.CharField(label="Its name", max_length=200, required=False)
    new_organisation_kind = forms.ChoiceField(
        label="What kind of organisation is it?",
        choices=OrganisationKind.choices,
        required=False,
        initial=OrganisationKind.NHS_PROVIDER,
    )
    contact_name = forms.CharField(
        label="Name of somebody there",
        help_text="The submitter reads this name and the address.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_email = forms.EmailField(
        label="Their email address",
        help_text="They get the introduction below. Leave it empty to introduce nobody.",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    introduction = Paragraphs(
        label="Introduction",
        help_text="What they read. Name the submitter only if they agreed to it.",
        required=False,
        max_length=4000,
        rows=7,
    )
    follow_up_on = NHSDateField(
        label="When do you want to ask what came of it?",
        help_text="It is on your work list on that day. Leave it empty to ask never.",
        required=False,
    )
    until_on = NHSDateField(
        label="Until when?",
        help_text="It comes back by itself on that day, for example 27 3 2027.",
        required=False,
    )
    until_what = forms.CharField(
        label="Or until what happens?",
        help_text="For example: the new electronic record is in use.",
        max_length=300,
        required=False,
    )
    into_q = forms.CharField(
        label="Which idea is the same?",
        help_text="Type words of it or its reference, then choose it below.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    into = forms.ChoiceField(
        label="The idea that goes on",
        widget=forms.RadioSelect,
        error_messages={"required": "Select the idea that goes on"},
    )
    reason = forms.ChoiceField(
        label="Reason", widget=forms.RadioSelect, error_messages={"required": "Select the reason"}
    )
    words = Paragraphs(
        label="What the submitter reads",
        help_text="The standard words of the reason, which you can change.",
        required=False,
        max_length=4000,
        rows=7,
    )
    next_step = Paragraphs(label="What happens next", required=False, max_length=2000, rows=3)
    would_change = Paragraphs(
        label="What would change our answer",
        help_text="What would have to be different for another answer.",
        required=False,
        max_length=2000,
        rows=3,
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        reasons: list[DecisionReason],
        kinds: tuple[str, ...] = tuple(CHOICES),
        organisations: list[tuple[str, str]] | None = None,
        ideas: list[tuple[str, str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.given: dict[str, Any] = {
            "kind": kind,
            "reasons": reasons,
            "kinds": kinds,
            "organisations": organisations,
            "ideas": ideas,
        }
        self.shown_kind, self.reasons = kind, reasons
        self.fields["kind"].choices = [(each, DecisionKind(each).label) for each in kinds]
        self.fields["kind"].nhs = {"hints": KIND_HINTS, "small": True}
        wanted = (*OF_EVERY, *OF_KIND.get(DecisionKind(kind), ())) if kind else OF_EVERY[:4]
        for name in set(self.fields) - set(wanted):
            del self.fields[name]
        self.initial["shown"] = kind
        if not kind:
            return
        self.fields["reason"].choices = [(reason.code, reason.label) for reason in reasons]
        self.fields["reason"].nhs = {"small": True}
        self.fields["words"].nhs = {"optional": False, "noun": "what the submitter reads"}
        if kind == DecisionKind.ASK:
            self.fields["next_step"].label = "What the submitter should do"
        elif kind == DecisionKind.DECLINE:
            self.fields["next_step"].label = "Next best step for the submitter"
        elif kind == DecisionKind.SIGNPOST:
            self._offer_organisations(organisations or [])
        elif kind == DecisionKind.MERGE:
            rows = ideas or []
            self.fields["into"].choices = [(ref, title) for ref, title, _ in rows]
            self.fields["into"].nhs = {"small": True, "hints": {ref: hint for ref, _, hint in rows}}
            self.fields["into_q"].nhs = {"optional": False}
        elif kind == DecisionKind.PARK:
            for name in ("until_on", "until_what"):
                self.fields[name].nhs = {"optional": False}

    def _offer_organisations(self, rows: list[tuple[str, str]]) -> None:
        self.fields["organisation_q"].nhs = {"optional": False}
        self.fields["organisation"].choices = [*rows, (NEW, "None of these: add another one")]
        self.fields["organisation"].nhs = {
            "small": True,
            "conditional": {NEW: ("new_organisation", "new_organisation_kind")},
            **({"dividers": {NEW: "or"}} if rows else {}),
        }
        for name in ("new_organisation", "new_organisation_kind", "introduction", "follow_up_on"):
            self.fields[name].nhs = {"optional": False, "count": False}
        self.fields["new_organisation"].nhs = {"optional": False, "noun": "the organisation’s name"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data

        def said(name: str) -> bool:
            return bool(str(cleaned.get(name) or "").strip()) or name in self.errors

        if self.shown_kind == DecisionKind.SIGNPOST:
            if cleaned.get("organisation") == NEW and not said("new_organisation"):
                self.add_error("new_organisation", "Enter the organisation’s name")
            if said("contact_name") and not said("contact_email"):
                self.add_error(
                    "contact_email",
                    "Enter their email address, or take their name away to introduce nobody",
                )
        elif self.shown_kind == DecisionKind.PARK and not (said("until_on") or said("until_what")):
            self.add_error("until_on", "Enter until when it is parked, or until what happens")
        return cleaned

    def typed(self) -> dict[str, Any]:
        """What stands in every field now, valid or not."""
        return {name: self[name].value() or "" for name in self.fields}

    def reason_chosen(self) -> DecisionReason | None:
        """The reason that was picked, valid form or not."""
        code = self["reason"].value() if "reason" in self.fields else ""
        return next((reason for reason in self.reasons if reason.code == code), None)

    def unbound(self, typed: dict[str, Any] | None = None) -> "DecideForm":
        """The same form with what was typed, and nothing wrong with it yet."""
        return DecideForm(initial=self.typed() if typed is None else typed, **self.given)

    def with_standard_words(self, *, replace: bool) -> "DecideForm":
        """The same form with the words of the reason picked, unbound.

        Words that somebody changed are kept unless ``replace``.
        """
        typed = self.typed()
        reason = self.reason_chosen()
        if reason:
            for name in STANDARD:
                if name not in self.fields:
                    continue
                untouched = {"", *(plain(getattr(other, name)) for other in self.reasons)}
                if replace or plain(typed[name]) in untouched:
                    typed[name] = getattr(reason, name)
            typed["filled"] = reason.code
        return self.unbound(typed)

    def focus_first(self) -> None:
        """Let what has to be chosen first have the focus when the page opens."""
        first = {DecisionKind.SIGNPOST: "organisation_q", DecisionKind.MERGE: "into"}
        name = first.get(DecisionKind(self.shown_kind), "reason") if self.shown_kind else "kind"
        if name == "into" and not self.fields["into"].choices:
            name = "into_q"
        field = self.fields[name]
        if isinstance(field.widget, forms.RadioSelect):
            field.nhs = {**getattr(field, "nhs", {}), "autofocus": True}
        else:
            field.widget.attrs["autofocus"] = True

    @property
    def needs_standard_words(self) -> bool:
        """Whether the standard words of the reason picked have not been on the page yet."""
        reason = self.reason_chosen()
        if reason is None:
            return False
        return self["filled"].value() != reason.code or not plain(self["words"].value() or "")

    @property
    def words_are_standard(self) -> bool:
        """Whether the words are those of the reason picked."""
        reason = self.reason_chosen()
        return bool(reason and plain(self["words"].value() or "") == plain(reason.words))

    @property
    def introducing(self) -> list[Any]:
        """The fields of a signpost by which somebody there is introduced, which are folded away."""
        return [self[name] for name in INTRODUCING if name in self.fields]

    @property
    def introduces(self) -> bool:
        """Whether somebody is named, or something is wrong in what is folded away."""
        return any(
            self[name].errors or (name != "introduction" and self[name].value())
            for name in INTRODUCING
            if name in self.fields
        ) or bool(self.non_field_errors())

    @property
    def own(self) -> list[Any]:
        """The other visible fields of the kind shown, but for those that have a place of their own."""
        names = ("follow_up_on", "until_on", "until_what")
        return [self[name] for name in names if name in self.fields]


def plain(text: Any) -> str:
    """A text as it is compared: blanks single."""
    return " ".join(str(text).split())


# -- what goes with it ---------------------------------------------------------------


class HoldForm(HubForm):
    """Whom the idea waits for, and for what."""

    waits_on = forms.ChoiceField(
        label="Who has to act?",
        choices=[choice for choice in WaitsOn.choices if choice[0] != WaitsOn.SUBMITTER],
        widget=forms.RadioSelect,
        error_messages={"required": "Select who has to act"},
    )
    function = forms.ChoiceField(
        label="Which one?", choices=[("", "Choose one"), *Function.choices], required=False
    )
    reason = forms.ChoiceField(
        label="What are you waiting for?",
        choices=StopReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you are waiting for"},
    )
    version = VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["waits_on"].nhs = {
            "conditional": {WaitsOn.FUNCTION.value: "function"},
            "hints": {WaitsOn.PERSON: "Inside or outside your organisation."},
        }
        self.fields["function"].nhs = {"optional": False}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("waits_on") != WaitsOn.FUNCTION:
            # Folded away by another choice: nobody sees what was picked there before.
            cleaned["function"] = ""
        elif not cleaned.get("function"):
            self.add_error("function", "Select which enabling function has to act")
        return cleaned


class ExemptForm(AsksAboutPatientNumbers, HubForm):
    """Why an idea does not count against the clock."""

    reason = forms.ChoiceField(
        label="Why should it not count?",
        choices=Exemption.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select why it should not count"},
    )
    note = Paragraphs(
        label="Note", help_text="Only your team reads it.", required=False, max_length=1000, rows=3
    )
    version = VersionField()


class LiftForm(HubForm):
    """That it counts again."""

    version = VersionField()


class FollowUpForm(AsksAboutPatientNumbers, HubForm):
    """What became of a signpost."""

    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=FollowUpOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what came of it"},
    )
    again_on = NHSDateField(label="When will you ask again?", required=False)
    note = Paragraphs(
        label="Note", help_text="Only your team reads it.", required=False, max_length=2000, rows=3
    )
    version = VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].nhs = {"conditional": {FollowUpOutcome.NO_ANSWER.value: "again_on"}}
        self.fields["again_on"].nhs = {"optional": False}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("outcome") != FollowUpOutcome.NO_ANSWER:
            cleaned["again_on"] = None
        elif not cleaned.get("again_on") and "again_on" not in self.errors:
            self.add_error("again_on", "Enter when you will ask again")
        return cleaned
