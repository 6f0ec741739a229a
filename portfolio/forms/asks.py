"""Asking one person, and answering."""

from typing import Any

from django import forms

from accounts.enums import Function
from accounts.models import Person
from hubapp.web.forms import HubForm
from portfolio.enums import AskKind, AskShows, State, YesNo
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import Innovation
from portfolio.models.ask import LONGEST_ANSWER, LONGEST_QUESTION
from portfolio.queries.asks import Askable
from portfolio.services.asks import DAYS, MOST_DAYS

MEMBER, BEFORE, NEW = "member", "before", "new"


class AskForm(AsksAboutPatientNumbers, HubForm):
    """Whom, what, and how much of the idea they see.

    :param members: members of the site
    :param before: who is no member and was asked before
    """

    who = forms.ChoiceField(
        label="Who do you want to ask?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select who you want to ask"},
    )
    member = forms.ChoiceField(label="Which member?", required=False)
    before = forms.ChoiceField(label="Which of them?", required=False)
    name = forms.CharField(
        label="Their name",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="Their email address",
        required=False,
        help_text="They need no account: we send a link, and a code to this address.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    function = forms.ChoiceField(
        label="Which enabling function do they answer for?",
        choices=[("", "None"), *Function.choices],
        required=False,
    )
    kind = forms.ChoiceField(
        label="What do you want from them?",
        choices=[
            (AskKind.QUESTION, "An answer to a question"),
            (AskKind.OPINION, "An opinion"),
            (AskKind.SIGN_OFF, "A yes or a no, with a reason"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you want from them"},
    )
    question = Paragraphs(
        label="Your question",
        help_text="They read exactly this. Do not name patients.",
        max_length=LONGEST_QUESTION,
        rows=4,
    )
    shows = forms.ChoiceField(
        label="What do they see of the idea?",
        help_text="Never messages, notes or what others answered.",
        choices=AskShows.choices,
        initial=AskShows.SUMMARY,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what they see of the idea"},
    )
    days = forms.IntegerField(
        label="How many days do they have?",
        initial=DAYS,
        min_value=1,
        max_value=MOST_DAYS,
        error_messages={
            "invalid": "Enter the number of days in digits, such as 14",
            "min_value": f"Enter a number of days from 1 to {MOST_DAYS}",
            "max_value": f"Enter a number of days from 1 to {MOST_DAYS}",
        },
    )
    stops_clock = forms.BooleanField(
        label="Stop the clock until they have answered",
        help_text="The idea waits for them, and the days do not count against the hub.",
        required=False,
    )
    once_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(
        self,
        *args: Any,
        innovation: Innovation,
        members: list[Askable],
        before: list[Askable],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.members, self.asked_before = members, before
        choices = [(MEMBER, "A member of this site")] if members else []
        choices += [(BEFORE, "Somebody you asked before")] if before else []
        choices += [(NEW, "Somebody else")]
        field = self.fields["who"]
        field.choices = choices
        field.nhs = {
            "conditional": {MEMBER: "member", BEFORE: "before", NEW: ("name", "email")},
        }
        for name, offered in (("member", members), ("before", before)):
            self.fields[name].choices = [
                ("", "Choose"),
                *((each.ref, each.words) for each in offered),
            ]
            self.fields[name].nhs = {"optional": False}
        self.fields["name"].nhs = {"optional": False}
        self.fields["email"].nhs = {"optional": False}
        self.fields["days"].nhs = {"width": 2, "suffix": "days"}
        if innovation.state not in (State.WAITING, State.HELD):
            del self.fields["stops_clock"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        needed = {
            MEMBER: [("member", "Select the member you want to ask")],
            BEFORE: [("before", "Select who you want to ask again")],
            NEW: [
                ("name", "Enter the name of whoever you ask"),
                ("email", "Enter the email address of whoever you ask"),
            ],
        }
        for name, sentence in needed.get(cleaned.get("who", ""), []):
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, sentence)
        return cleaned

    def chosen(self) -> Askable | None:
        """Whoever was picked from a list; None for somebody new."""
        who = self.cleaned_data.get("who")
        offered = {MEMBER: self.members, BEFORE: self.asked_before}.get(who or "", [])
        ref = self.cleaned_data.get(who or "", "")
        return next((each for each in offered if each.ref == ref), None)

    def person(self) -> Person | None:
        """The same as a person."""
        chosen = self.chosen()
        return chosen.person if chosen else None

    def whom(self) -> str:
        """Their name, for the preview."""
        return str(self.person() or self.cleaned_data["name"])

    def values(self) -> dict[str, Any]:
        """What the service is given. A member with one function speaks for that one unless said."""
        cleaned = self.cleaned_data
        chosen = self.chosen()
        function = cleaned["function"]
        if not function and chosen and len(chosen.functions) == 1:
            function = chosen.functions[0]
        return {
            "person": chosen.person if chosen else None,
            "name": "" if chosen else cleaned["name"],
            "email": "" if chosen else cleaned["email"],
            "function": function,
            "kind": cleaned["kind"],
            "question": cleaned["question"],
            "shows": cleaned["shows"],
            "days": cleaned["days"],
            "stops_clock": cleaned.get("stops_clock", False),
        }

    @property
    def hidden(self) -> list[str]:
        """Every field as hidden inputs, for the preview's own form."""
        return [bound.as_hidden() for bound in self]


class CodeForm(HubForm):
    """The code from the mail."""

    code = forms.CharField(
        label="Code",
        help_text="Six digits, from the message that we sent you.",
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter the code"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].nhs = {"width": 10, "label_size": "m"}


class AnswerForm(AsksAboutPatientNumbers, HubForm):
    """The answer to one question; whether it must be complete says ``sending``.

    :param kind: of the question; only a sign-off is answered by yes or no
    """

    verdict = forms.ChoiceField(
        label="Your answer",
        choices=YesNo.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select yes or no"},
    )
    text = Paragraphs(label="Your answer", max_length=LONGEST_ANSWER, rows=8)

    def __init__(self, *args: Any, kind: str, sending: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = "Leave out anything that could tell us who a patient is."
        self.fields["text"].nhs = {"label_size": "m", "noun": "your answer"}
        if kind == AskKind.SIGN_OFF:
            self.fields["verdict"].nhs = {"label_size": "m", "inline": True}
            self.fields["text"].label = "What stands behind it"
            self.fields["text"].required = False
            self.fields["text"].nhs = {
                "label_size": "m",
                "noun": "what stands behind it",
                "optional": False,
            }
            self.fields["text"].help_text = (
                "Needed for a no: what would have to change? "
                "Leave out anything that could tell us who a patient is."
            )
        else:
            del self.fields["verdict"]
        if kind == AskKind.OPINION:
            self.fields["text"].label = "Your opinion"
        if not sending:
            for field in self.fields.values():
                field.required = False
        self.sending = sending

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (
            self.sending
            and cleaned.get("verdict") == YesNo.NO
            and "text" not in self.errors
            and not cleaned.get("text", "").strip()
        ):
            self.add_error("text", "Enter what stands against it, so that the hub can act on it")
        return cleaned
