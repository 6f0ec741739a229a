"""What site leads type: ratings of a sub-domain, the profile, a round of their own, why they reopen."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from hubapp.web.forms import HubForm, NHSDateField
from maturity.enums import Answer, FundingSource, Seat, SiteKind
from maturity.models import Framework, Profile, SubDomain
from maturity.models.assessment import EXPLANATION_TEXT, REASON_TEXT
from maturity.models.framework import NAME_TEXT
from maturity.queries.assess import Described, Item, Part, today
from maturity.services.assessments import CLEARED, NOT_APPLICABLE, Said, rated

# What the radio buttons of an indicator send besides its ratings.
NOT_ANSWERED, APPLIES_NOT = "", "na"
DAYS_OF_OWN_ROUND = 28


def hidden(**kwargs: Any) -> forms.CharField:
    """A short text that goes with the form unseen."""
    return forms.CharField(widget=forms.HiddenInput, required=False, max_length=200, **kwargs)


class VersionField(forms.IntegerField):
    """The version of the record on the page that was sent; None where it was tampered with."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, required=False)

    def clean(self, value: Any) -> int | None:
        try:
            return int(value)
        except (TypeError, ValueError):
            return None


class Words(forms.CharField):
    """Sentences; line breaks are kept."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), required=False, **kwargs)


def sent_by(item: Item) -> str:
    """What the radio buttons send for what is said of an indicator now."""
    if not item.is_answered or item.now is None:
        return NOT_ANSWERED
    return APPLIES_NOT if item.now.answer == Answer.NOT_APPLICABLE else str(item.now.value)


def said_by(sent: str) -> Said:
    """What is said by what the radio buttons sent."""
    if sent == NOT_ANSWERED:
        return CLEARED
    return NOT_APPLICABLE if sent == APPLIES_NOT else rated(int(sent))


def in_words(rating: Any, labels: Mapping[int, str]) -> str:
    """ "3: Making progress", "Not applicable"."""
    if rating.answer == Answer.RATED:
        return f"{rating.value}: {labels.get(rating.value, '')}".removesuffix(": ")
    return rating.get_answer_display()


def fingerprint(text: str) -> str:
    """Names a text, so that it is known whether whoever sent the page changed it."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()[:16]


def seen_words(version: int, text: str) -> str:
    """Names the words on a page: which version, and what they said."""
    return f"{version}|{fingerprint(text)}"


class _SeesWords(HubForm):
    """A form with words to sub-domains: whoever saves changes only what they changed."""

    def words_seen(self, name: str) -> tuple[int, str]:
        """Version and fingerprint of the words on the page that was sent; (0, "") where tampered with."""
        version, _, mark = str(self.data.get(f"seen-{name}", "")).partition("|")
        return (int(version) if version.isascii() and version.isdigit() else 0), mark

    def has_changed_words(self, name: str) -> bool:
        """Whether what was sent differs from what the page showed."""
        return fingerprint(self.cleaned_data.get(name, "")) != self.words_seen(name)[1]


class RateForm(_SeesWords):
    """The indicators of one sub-domain and one explanation.

    :param part: what is said of it so far
    :param framework: gives the scale
    :param again: whether the hidden fields say what is there now, after somebody else's change
    """

    mark_optional = False

    def __init__(
        self, data: Any = None, *, part: Part, framework: Framework, again: bool = False
    ) -> None:
        self.part = part
        labels = framework.labels
        scale = [(str(value), f"{value}: {labels[value]}") for value in framework.values]
        choices = [*scale, (APPLIES_NOT, "Not applicable"), (NOT_ANSWERED, "Not answered")]
        initial: dict[str, Any] = {"words": part.words.text if part.words else ""}
        if again and data is not None:
            data = data.copy()
            for item in part.items:
                data[f"seen-answer-{item.indicator.code}"] = _seen(item)
            data["seen-words"] = self._words_now(part)
        super().__init__(data, initial=initial)
        for item in part.items:
            code = f"answer-{item.indicator.code}"
            was = in_words(item.before, labels) if item.before else ""
            self.fields[code] = forms.ChoiceField(
                label=item.indicator.text,
                help_text=f"Last time: {was}" if was else "",
                choices=choices,
                widget=forms.RadioSelect,
                required=False,
                initial=sent_by(item),
            )
            self.fields[code].nhs = {"inline": True, "small": True, "label_size": "s"}
            self.fields[f"seen-{code}"] = hidden(initial=_seen(item))
        self.fields["words"] = Words(
            label="Your explanation",
            rows=4,
            max_length=EXPLANATION_TEXT,
            help_text="One for the whole sub-domain is enough: what you can point to, and what is missing.",
        )
        self.fields["words"].nhs = {"label_size": "s"}
        self.fields["seen-words"] = hidden(initial=self._words_now(part))

    @staticmethod
    def _words_now(part: Part) -> str:
        return seen_words(
            part.words.version if part.words else 0, part.words.text if part.words else ""
        )

    @property
    def questions(self) -> list[tuple[Any, Any, Item]]:
        """The bound answer, what was seen of it, and the indicator."""
        return [
            (
                self[f"answer-{item.indicator.code}"],
                self[f"seen-answer-{item.indicator.code}"],
                item,
            )
            for item in self.part.items
        ]

    @property
    def explanation(self) -> Any:
        """The bound explanation."""
        return self["words"]

    @property
    def seen_words(self) -> Any:
        """The hidden field beside it."""
        return self["seen-words"]

    def _seen(self, code: str) -> tuple[int, str]:
        number, _, sent = str(self.cleaned_data.get(f"seen-answer-{code}", "")).partition("|")
        return (int(number) if number.isascii() and number.isdigit() else 0), sent

    def answers(self) -> dict[str, Said]:
        """What was changed on this page: indicator code → what is said."""
        codes = [item.indicator.code for item in self.part.items]
        return {
            code: said_by(self.sent(code))
            for code in codes
            if self.sent(code) != self._seen(code)[1]
        }

    def sent(self, code: str) -> str:
        """What the radio buttons of an indicator sent."""
        return str(self.cleaned_data.get(f"answer-{code}", ""))

    def seen(self) -> dict[str, int]:
        """Indicator code → number of the row that the page showed."""
        return {item.indicator.code: self._seen(item.indicator.code)[0] for item in self.part.items}

    def explanations(self) -> dict[str, str]:
        """The words, if they were changed on this page."""
        if not self.has_changed_words("words"):
            return {}
        return {self.part.sub_domain.code: self.cleaned_data["words"]}

    def words_version(self) -> dict[str, int]:
        """The version of the words that the page showed."""
        return {self.part.sub_domain.code: self.words_seen("words")[0]}


def _seen(item: Item) -> str:
    return f"{item.number}|{sent_by(item)}"


def conflicts(form: RateForm, part: Part, labels: Mapping[int, str]) -> list[dict[str, str]]:
    """Where somebody else has written since: what they said, beside what was just sent.

    :param part: as it is now
    """
    found = []
    for item in part.items:
        code = item.indicator.code
        number, shown = form._seen(code)
        sent = form.sent(code)
        now = sent_by(item)
        if number != item.number and sent not in (shown, now):
            theirs = in_words(item.now, labels) if item.is_answered else "Not answered"
            found.append({"what": item.indicator.text, "theirs": theirs})
    if part.words and form.words_seen("words")[0] != part.words.version:
        mine = form.cleaned_data.get("words", "").strip()
        if form.has_changed_words("words") and mine != part.words.text:
            found.append({"what": "The explanation", "theirs": part.words.text})
    return found


class ProfileForm(_SeesWords):
    """What the function is. Nothing is asked for twice: last time's facts stand in the boxes."""

    kind = forms.ChoiceField(
        label="What kind of organisation are you?",
        choices=[("", "Choose one"), *SiteKind.choices],
        required=False,
    )
    headcount = forms.IntegerField(
        label="How many people work in the whole organisation?",
        help_text="Heads, not whole-time equivalents. Roughly is fine.",
        required=False,
    )
    wte = forms.DecimalField(
        label="How large is the innovation function?",
        help_text="Whole-time equivalents (WTE), for example 2.5.",
        required=False,
        max_digits=6,
        decimal_places=2,
        min_value=Decimal(0),
    )
    began_in = forms.IntegerField(
        label="In which year did it begin?", help_text="For example, 2021.", required=False
    )
    seats = forms.MultipleChoiceField(
        label="Where does it sit?",
        choices=Seat.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    funding = forms.MultipleChoiceField(
        label="Where does its recurrent core funding come from?",
        choices=FundingSource.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    income_target = forms.DecimalField(
        label="Does it have an income target for the year?",
        help_text="In pounds. Type 0 if the target is nothing; leave it empty if there is none.",
        required=False,
        min_value=Decimal(0),
        max_digits=13,
        decimal_places=2,
    )
    seen = hidden()
    mark_optional = False

    def __init__(self, data: Any = None, *, described: Described, seen: str) -> None:
        profile = described.profile
        last = described.before
        known = profile or (last.profile if last else None)
        initial = {**_facts(known), "seen": seen}
        super().__init__(data, initial=initial)
        self.sub_domains: list[SubDomain] = described.sub_domains
        self.fields["headcount"].nhs = {"width": 10, "noun": "the number of people"}
        self.fields["wte"].nhs = {"width": 5, "suffix": "WTE", "noun": "the size of the function"}
        self.fields["began_in"].nhs = {"width": 4, "noun": "the year"}
        self.fields["income_target"].nhs = {
            "width": 10,
            "prefix": "£",
            "noun": "the income target",
        }
        self.fields["funding"].nhs = {
            "exclusive": FundingSource.NONE.value,
            "noun": "the funding",
        }
        for sub_domain in self.sub_domains:
            row = described.words.get(sub_domain.code)
            text = row.text if row else ""
            if profile is None and not text and last:
                text = last.words.get(sub_domain.code, "")
            name = f"words-{sub_domain.code}"
            self.fields[name] = Words(
                label=sub_domain.name,
                max_length=EXPLANATION_TEXT,
                help_text=sub_domain.about,
                initial=text,
            )
            self.fields[f"seen-{name}"] = hidden(
                # What is stored, not what is offered: last time's words are a change until they are saved.
                initial=seen_words(row.version if row else 0, row.text if row else "")
            )

    @property
    def facts(self) -> list[Any]:
        """The bound fields of the profile itself."""
        return [
            self[name]
            for name in (
                "kind",
                "headcount",
                "wte",
                "began_in",
                "seats",
                "funding",
                "income_target",
            )
        ]

    @property
    def texts(self) -> list[tuple[Any, Any]]:
        """The bound words to what is described, each with its hidden field."""
        return [
            (self[f"words-{each.code}"], self[f"seen-words-{each.code}"])
            for each in self.sub_domains
        ]

    def values(self) -> dict[str, Any]:
        """As services want them."""
        given = self.cleaned_data
        target = given["income_target"]
        return {
            "kind": given["kind"],
            "headcount": given["headcount"],
            "wte": given["wte"],
            "began_in": given["began_in"],
            "seats": given["seats"],
            "funding": given["funding"],
            "income_target_minor": None if target is None else int(target * 100),
        }

    def words(self) -> dict[str, str]:
        """Sub-domain code → words, of those that were changed on this page."""
        return {
            each.code: self.cleaned_data[f"words-{each.code}"]
            for each in self.sub_domains
            if self.has_changed_words(f"words-{each.code}")
        }

    def words_versions(self) -> dict[str, int]:
        """Sub-domain code → version of the words that the page showed."""
        return {each.code: self.words_seen(f"words-{each.code}")[0] for each in self.sub_domains}

    def add_model_error(self, error: ValidationError) -> None:
        """Put what the service refused on the field that it names."""
        for name, errors in getattr(error, "error_dict", {"__all__": [error]}).items():
            field = "income_target" if name.startswith("income") else name
            for each in errors:
                self.add_error(field if field in self.fields else None, each)


def _facts(profile: Profile | None) -> dict[str, Any]:
    if profile is None:
        return {}
    target = profile.income_target_minor
    return {
        "kind": profile.kind,
        "headcount": profile.headcount,
        "wte": _plain(profile.wte),
        "began_in": profile.began_in,
        "seats": profile.seats,
        "funding": profile.funding,
        "income_target": None if target is None else _plain(Decimal(target) / 100),
    }


def _plain(value: Decimal | None) -> str:
    """2.50 as "2.5", 3.00 as "3"."""
    if value is None:
        return ""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class OwnRoundForm(HubForm):
    """A round of one site alone: everything is filled in already."""

    framework = forms.ChoiceField(label="Which framework?", widget=forms.RadioSelect)
    name = forms.CharField(label="What do you call it?", max_length=NAME_TEXT)
    closes_on = NHSDateField(
        label="When do you want to be done?",
        help_text="We remind you a week and two days before. You can be done earlier.",
        not_before=today,
    )
    once_key = hidden()

    def __init__(
        self,
        *args: Any,
        frameworks: Iterable[Framework],
        preferred: Framework | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_slug = {each.slug: each for each in frameworks}
        field = self.fields["framework"]
        field.choices = [(slug, each.title) for slug, each in self.by_slug.items()]
        field.nhs = {
            "hints": {
                slug: format_html("{}", each.source)
                for slug, each in self.by_slug.items()
                if each.source
            }
        }
        if preferred and preferred.slug in self.by_slug:
            field.initial = preferred.slug
        elif self.by_slug:
            field.initial = next(iter(self.by_slug))
        now = today()
        self.fields["name"].initial = f"Self-assessment {now:%B %Y}"
        self.fields["closes_on"].initial = now + dt.timedelta(days=DAYS_OF_OWN_ROUND)

    def chosen(self) -> Framework:
        """The framework chosen."""
        return self.by_slug[self.cleaned_data["framework"]]


class SubmitForm(HubForm):
    """Submitting, of the version on the page."""

    version = VersionField()


class ReopenForm(HubForm):
    """Why a submitted self-assessment is taken up again."""

    reason = Words(
        label="Why do you reopen it?",
        max_length=REASON_TEXT,
        rows=3,
        help_text="Your colleagues read this in the history. One sentence is enough.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = "Enter why you reopen it"


class LeaveForm(HubForm):
    """Leaving a round; the reason may stay empty."""

    reason = Words(
        label="Why do you leave the round?",
        max_length=REASON_TEXT,
        rows=3,
        help_text="You need not say. Your colleagues read this in the history.",
    )
