"""A round as its coordinator writes it down."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Site
from hubapp.web.forms import HubForm, NHSDateField
from hubapp.workdays import london_date
from maturity.enums import Disclosure, RoundState
from maturity.models import Framework, Round
from maturity.models.assessment import REASON_TEXT
from maturity.models.framework import NAME_TEXT

# What each disclosure shows to whom, before one is chosen.
DISCLOSURE_HINTS = {
    Disclosure.NAMED_COORDINATOR: "You read what each site submitted once the round has closed. Sites read only what all of them say together.",
    Disclosure.NAMED_SITES: "You and every site that submitted itself read what each site submitted, once the round has closed.",
    Disclosure.AGGREGATE: "Nobody outside a site reads what it rated, you neither. All read what the sites say together, where enough of them rated.",
}


class RoundForm(HubForm):
    """One round. Once it is open, only its name and its closing date can change."""

    name = forms.CharField(label="Name", max_length=NAME_TEXT, help_text="For example, Spring 2027")
    framework = forms.ChoiceField(
        label="Framework",
        widget=forms.RadioSelect,
        error_messages={"required": "Select a framework"},
    )
    opens_on = NHSDateField(label="First day")
    closes_on = NHSDateField(
        label="Last day on which sites can submit",
        help_text="The round closes by itself after this day.",
    )
    disclosure = forms.ChoiceField(
        label="Who sees what a site rated?",
        choices=Disclosure.choices,
        initial=Disclosure.NAMED_COORDINATOR,
        widget=forms.RadioSelect,
        help_text="Every site reads this before it begins. It cannot change once the round is open.",
        error_messages={"required": "Select who sees what a site rated"},
    )
    min_others = forms.IntegerField(
        label="How many other sites must have rated a statement before it is compared?",
        min_value=2,
        max_value=50,
        initial=5,
        help_text="With fewer, the comparison of that statement is withheld, so that no site can be worked out. 5 suits most networks.",
        error_messages={
            "invalid": "Enter the number in digits, such as 5",
            "min_value": "Enter a number from 2 to 50",
            "max_value": "Enter a number from 2 to 50",
        },
    )
    extras = forms.MultipleChoiceField(
        label="What else may sites do?",
        choices=[
            ("raters", "Ask several people to rate"),
            ("review", "Ask a matched site for a peer review"),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Both are up to each site. Without them, the lead alone rates.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        frameworks: Sequence[Framework],
        round: Round | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.frameworks = {row.ref: row for row in frameworks}
        self.fields["framework"].choices = [
            (row.ref, f"{row.title} ({row.edition})") for row in frameworks
        ]
        self.fields["disclosure"].nhs = {"hints": DISCLOSURE_HINTS}
        self.fields["min_others"].nhs = {"width": 2}
        self.is_open = round is not None and round.state == RoundState.OPEN
        if self.is_open:
            for name in ("framework", "opens_on", "disclosure", "min_others", "extras"):
                del self.fields[name]

    def cleaned(self) -> dict[str, Any]:
        """As the services want it."""
        found = dict(self.cleaned_data)
        found.pop("version", None)
        if not self.is_open:
            extras = found.pop("extras")
            found["asks_raters"], found["asks_review"] = "raters" in extras, "review" in extras
            found["framework"] = self.frameworks[found["framework"]]
        return found


def initial_of(round: Round | None) -> dict[str, Any]:
    """What the form shows first: the round as it is, or a round of six weeks from today."""
    if round is None:
        today = london_date(dt.datetime.now(dt.UTC))
        return {"opens_on": today, "closes_on": today + dt.timedelta(weeks=6)}
    return {
        "name": round.name,
        "framework": round.framework.ref,
        "opens_on": round.opens_on,
        "closes_on": round.closes_on,
        "disclosure": round.disclosure,
        "min_others": round.min_others,
        "extras": [
            *(["raters"] if round.asks_raters else []),
            *(["review"] if round.asks_review else []),
        ],
        "version": round.version,
    }


class SitesForm(HubForm):
    """Which sites are in."""

    sites = forms.MultipleChoiceField(
        label="Which sites?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one site"},
    )

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {site.ref: site for site in sites}
        self.fields["sites"].choices = [(site.ref, site.name) for site in sites]
        self.fields["sites"].nhs = {"small": True}

    def chosen(self) -> list[Site]:
        """The sites."""
        return [self.known[ref] for ref in self.cleaned_data["sites"]]


class RestateForm(HubForm):
    """Why what was released is restated."""

    reason = forms.CharField(
        label="Why is it restated?",
        max_length=REASON_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Every site reads this beside the figures. Do not name the sites that changed.",
        error_messages={"required": "Enter why it is restated"},
    )
