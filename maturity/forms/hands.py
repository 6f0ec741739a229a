"""Asking raters, rating apart, agreeing together, evidence, peer review."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from accounts.models import Site
from hubapp.web.forms import HubForm, NHSDateField
from maturity.enums import Answer, Finding
from maturity.models import Evidence, Framework, Indicator, RaterRating, Rating
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT
from maturity.models.framework import NAME_TEXT
from maturity.queries.hands import Heard, Match
from maturity.services.assessments import CLEARED, NOT_APPLICABLE, Said, rated
from maturity.services.reviews import Found
from portfolio.forms.files import FilesField

MEMBER, NEW = "member", "new"
NA, NONE = "na", "none"


def choices_of(framework: Framework) -> list[tuple[str, str]]:
    """What may be said of an indicator: the scale from the top, not applicable, not answered."""
    points = [(str(value), f"{value} – {label}") for value, label in framework.labels.items()]
    return [*reversed(points), (NA, "Not applicable"), (NONE, "Not answered")]


def as_choice(row: Rating | RaterRating | None) -> str:
    """An answer as its choice."""
    if row is None or row.answer == Answer.CLEARED:
        return NONE
    return NA if row.answer == Answer.NOT_APPLICABLE else str(row.value)


def as_said(choice: str, reason: str = "") -> Said:
    """A choice as what is said; the reason goes with it."""
    if choice == NA:
        return Said(NOT_APPLICABLE.answer, None, reason)
    if choice == NONE or not choice:
        return CLEARED
    said = rated(int(choice))
    return Said(said.answer, said.value, reason)


class InviteForm(HubForm):
    """Whom to ask to rate too."""

    who = forms.ChoiceField(
        label="Who should rate too?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select who should rate too"},
    )
    member = forms.ChoiceField(label="Which member?", required=False)
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

    def __init__(self, *args: Any, members: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["who"]
        field.choices = [
            *([(MEMBER, "A member of this site")] if members else []),
            (NEW, "Somebody else"),
        ]
        field.nhs = {"conditional": {MEMBER: "member", NEW: ("name", "email")}}
        self.fields["member"].choices = [("", "Choose"), *members]
        for name in ("member", "name", "email"):
            self.fields[name].nhs = {"optional": False}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who") == MEMBER and not cleaned.get("member"):
            self.add_error("member", "Choose a member")
        if cleaned.get("who") == NEW:
            if not cleaned.get("name") and "name" not in self.errors:
                self.add_error("name", "Enter their name")
            if not cleaned.get("email") and "email" not in self.errors:
                self.add_error("email", "Enter their email address")
        return cleaned


class RaterForm(HubForm):
    """One domain as a rater answers it: a rating and a note for each indicator."""

    def __init__(
        self,
        *args: Any,
        framework: Framework,
        indicators: Iterable[Indicator],
        answers: dict[str, RaterRating],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = list(indicators)
        choices = choices_of(framework)
        for row in self.indicators:
            known = answers.get(row.code)
            self.fields[row.code] = forms.ChoiceField(
                label=row.text,
                choices=choices,
                initial=as_choice(known),
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[row.code].nhs = {"optional": False, "small": True}
            self.fields[f"note-{row.code}"] = forms.CharField(
                label="Why? The lead reads it",
                initial=known.note if known else "",
                max_length=REASON_TEXT,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"note-{row.code}"].nhs = {"label_size": None}

    def answers(self) -> dict[str, Said]:
        """Indicator code → what is said."""
        return {row.code: as_said(self.cleaned_data[row.code]) for row in self.indicators}

    def notes(self) -> dict[str, str]:
        """Indicator code → note."""
        return {row.code: self.cleaned_data[f"note-{row.code}"] for row in self.indicators}


class TogetherForm(HubForm):
    """What all agreed on, for the indicators of one sub-domain."""

    def __init__(
        self, *args: Any, framework: Framework, heard: Sequence[Heard], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.heard = list(heard)
        choices = choices_of(framework)
        for row in self.heard:
            code = row.indicator.code
            initial = as_choice(row.rating)
            if row.rating is None and len(row.answers) == 1:
                initial = as_choice(row.said[0][1])
            self.fields[code] = forms.ChoiceField(
                label="What you agreed",
                choices=choices,
                initial=initial,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[code].nhs = {
                "optional": False,
                "small": True,
                "noun": f"what you agreed on “{row.indicator.text}”",
            }
            self.fields[f"reason-{code}"] = forms.CharField(
                label="Why, where raters differed" if row.differs else "Why",
                initial=row.rating.reason if row.rating else "",
                max_length=REASON_TEXT,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"reason-{code}"].nhs = {"optional": not row.differs}
            self.fields[f"seen-{code}"] = forms.IntegerField(
                widget=forms.HiddenInput,
                required=False,
                initial=row.rating.number if row.rating else 0,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for row in self.heard:
            code = row.indicator.code
            chosen, reason = cleaned.get(code), cleaned.get(f"reason-{code}", "")
            if row.differs and chosen not in (NONE, "", None) and not reason:
                self.add_error(
                    f"reason-{code}",
                    f"Raters differ on “{row.indicator.text}”: enter why you agreed on this",
                )
        return cleaned

    def said(self) -> dict[str, Said]:
        """Indicator code → what was agreed."""
        return {
            row.indicator.code: as_said(
                self.cleaned_data[row.indicator.code],
                self.cleaned_data[f"reason-{row.indicator.code}"].strip(),
            )
            for row in self.heard
        }

    def seen(self) -> dict[str, int]:
        """Indicator code → number of the answer that the page showed."""
        return {
            row.indicator.code: self.cleaned_data.get(f"seen-{row.indicator.code}") or 0
            for row in self.heard
        }


LINK, FILE = "link", "file"


class EvidenceForm(HubForm):
    """One piece of evidence: a web page or a file."""

    title = forms.CharField(
        label="What is it?",
        max_length=NAME_TEXT,
        help_text="For example, Innovation strategy 2026 to 2029",
    )
    kind = forms.ChoiceField(
        label="Where is it?",
        choices=[(LINK, "On a web page"), (FILE, "In a file")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select where it is"},
    )
    url = forms.URLField(label="Web address", max_length=500, required=False, assume_scheme="https")
    attached = FilesField(label="File")
    expires_on = NHSDateField(
        label="Last day on which it shows anything",
        required=False,
        help_text="After this day it counts no more. Leave empty if it does not age.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].nhs = {"conditional": {LINK: "url", FILE: "attached"}}
        for name in ("url", "attached"):
            self.fields[name].nhs = {"optional": False}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == LINK and not cleaned.get("url") and "url" not in self.errors:
            self.add_error("url", "Enter the web address")
        chosen = cleaned.get("attached") or []
        if cleaned.get("kind") == FILE and len(chosen) != 1 and "attached" not in self.errors:
            self.add_error("attached", "Choose one file")
        return cleaned


class ChangeEvidenceForm(HubForm):
    """Title and last day of a piece of evidence."""

    title = forms.CharField(label="What is it?", max_length=NAME_TEXT)
    expires_on = NHSDateField(
        label="Last day on which it shows anything",
        required=False,
        help_text="After this day it counts no more. Leave empty if it does not age.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ShowEvidenceForm(HubForm):
    """Which pieces of evidence stand for each indicator of a sub-domain."""

    def __init__(
        self,
        *args: Any,
        indicators: Iterable[Indicator],
        evidence: Sequence[Evidence],
        uses: dict[int, list[Evidence]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = list(indicators)
        self.evidence = {row.ref: row for row in evidence}
        choices = [(row.ref, row.title) for row in evidence]
        for row in self.indicators:
            self.fields[row.code] = forms.MultipleChoiceField(
                label=row.text,
                choices=choices,
                initial=[each.ref for each in uses.get(row.pk, [])],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            self.fields[row.code].nhs = {"optional": False, "small": True}

    def shown(self) -> dict[str, list[Evidence]]:
        """Indicator code → evidence."""
        return {
            row.code: [self.evidence[ref] for ref in self.cleaned_data[row.code]]
            for row in self.indicators
        }


class AskReviewForm(HubForm):
    """Which site reviews."""

    site = forms.ChoiceField(
        label="Which site should review it?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select a site"},
    )
    due_on = NHSDateField(label="By when", required=False)

    def __init__(self, *args: Any, matches: Sequence[Match], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites: dict[str, Site] = {match.site.ref: match.site for match in matches}
        self.fields["site"].choices = [(m.site.ref, m.site.name) for m in matches]
        self.fields["site"].nhs = {
            "hints": {
                match.site.ref: f"Alike: {', '.join(match.reasons).lower()}"
                for match in matches
                if match.reasons
            }
        }


class ReviewForm(HubForm):
    """What a reviewer finds, for the rated indicators of one sub-domain."""

    def __init__(
        self,
        *args: Any,
        framework: Framework,
        claimed: Sequence[Rating],
        findings: dict[int, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.claimed = list(claimed)
        for rating in self.claimed:
            code = rating.indicator.code
            known = findings.get(rating.indicator_id)
            others = [
                (f"differs-{value}", f"I would rate {value} – {label}")
                for value, label in framework.labels.items()
                if value != rating.value
            ]
            initial = NONE
            if known:
                initial = (
                    f"differs-{known.value}" if known.finding == Finding.DIFFERS else known.finding
                )
            self.fields[code] = forms.ChoiceField(
                label=rating.indicator.text,
                help_text=f"They rate it {rating.value} – {framework.labels[rating.value or 0]}",
                choices=[
                    (Finding.AGREES, "I would rate the same"),
                    *others,
                    (Finding.CANNOT_TELL, "I cannot tell from what I saw"),
                    (NONE, "Not looked at"),
                ],
                initial=initial,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[code].nhs = {"optional": False, "small": True}
            self.fields[f"note-{code}"] = forms.CharField(
                label="Why? The site reads it",
                initial=known.note if known else "",
                max_length=REASON_TEXT,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def findings(self) -> dict[str, Found | None]:
        """Indicator code → what was found; None where it was not looked at."""
        found: dict[str, Found | None] = {}
        for rating in self.claimed:
            code = rating.indicator.code
            choice, note = self.cleaned_data[code], self.cleaned_data[f"note-{code}"]
            kind, _, value = choice.partition("-")
            if choice in (NONE, ""):
                found[code] = None
            elif value:
                found[code] = Found(kind, int(value), note)
            else:
                found[code] = Found(kind, None, note)
        return found


class FinishReviewForm(HubForm):
    """What a reviewer says of the whole."""

    words = forms.CharField(
        label="What you would like to tell the site",
        max_length=EXPLANATION_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What convinced you, and what you would look at next.",
    )


class DeclineReviewForm(HubForm):
    """Why a site declines."""

    reason = forms.CharField(
        label="Why can you not review it?",
        max_length=REASON_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter why you cannot review it"},
    )
