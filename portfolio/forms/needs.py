"""Adding, closing and linking needs; calls for ideas."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from hubapp.web.forms import HubForm, NHSDateField
from hubapp.workdays import london_date
from portfolio.enums import NeedEnd, NeedKind
from portfolio.forms.fields import VersionField
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers
from portfolio.models import Call, Need
from portfolio.models.need import NEED_TEXT
from portfolio.models.submission import SHORT_TEXT

NOBODY, MEMBER, TEAM = "nobody", "member", "team"
ORDER_OF_DATES = "The last day must be the same as or after the first day"


def _today() -> dt.date:
    return london_date(timezone.now())


def _once_key() -> forms.CharField:
    return forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)


class NeedForm(AsksAboutPatientNumbers, HubForm):
    """A need.

    :param members: who may own it
    :param need: the need that is edited; None for a new one
    """

    kind = forms.ChoiceField(
        label="What is it?",
        choices=NeedKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what it is"},
    )
    title = forms.CharField(
        label="Title", max_length=SHORT_TEXT, help_text="A few words that everybody understands."
    )
    statement = Paragraphs(
        label="The need",
        max_length=NEED_TEXT,
        rows=4,
        help_text="What goes wrong or is wanted, for whom, and what would be better. Leave the solution open.",
    )
    evidence = Paragraphs(
        label="Evidence",
        max_length=NEED_TEXT,
        rows=3,
        required=False,
        help_text="How you know: figures, complaints, audits, what staff and patients said.",
    )
    owned_by = forms.ChoiceField(
        label="Who owns it?",
        choices=[
            (MEMBER, "A member of this site"),
            (TEAM, "A team or committee"),
            (NOBODY, "Nobody yet"),
        ],
        widget=forms.RadioSelect,
        initial=NOBODY,
        error_messages={"required": "Select who owns it"},
    )
    owner = forms.ChoiceField(label="Which member?", required=False)
    owner_words = forms.CharField(
        label="Which team or committee?", max_length=SHORT_TEXT, required=False
    )
    valid_from = NHSDateField(label="First day", help_text="For example, 1 4 2027")
    valid_to = NHSDateField(
        label="Last day", required=False, help_text="Leave it empty if nobody has said."
    )
    version = VersionField()
    once_key = _once_key()

    def __init__(
        self, *args: Any, members: Sequence[User], need: Need | None = None, **kwargs: Any
    ) -> None:
        initial: dict[str, Any] = {"valid_from": _today(), **kwargs.pop("initial", {})}
        accepted: tuple[str, ...] = ()
        if need:
            initial |= {
                name: getattr(need, name)
                for name in ("kind", "title", "statement", "evidence", "owner_words", "valid_from")
            }
            initial |= {
                "valid_to": need.valid_to,
                "owned_by": MEMBER if need.owner else TEAM if need.owner_words else NOBODY,
                "owner": need.owner.ref if need.owner else "",
                "version": need.version,
            }
            accepted = (need.title, need.statement, need.evidence, need.owner_words)
        super().__init__(*args, initial=initial, accepted_texts=accepted, **kwargs)
        self.members = {member.ref: member for member in members}
        if need and need.owner and need.owner.ref not in self.members:
            # Somebody who lost the role still owns it until the need is given to another.
            self.members[need.owner.ref] = need.owner
        self.fields["owner"].choices = [
            ("", "Choose a member"),
            *((ref, str(member)) for ref, member in self.members.items()),
        ]
        self.fields["owned_by"].nhs = {"conditional": {MEMBER: "owner", TEAM: "owner_words"}}
        self.fields["owner"].nhs = {"optional": False, "noun": "the member who owns it"}
        self.fields["owner_words"].nhs = {"optional": False, "noun": "the team that owns it"}
        self.fields["kind"].nhs = {
            "hints": {
                NeedKind.PRIORITY: "Something the organisation has decided to work towards.",
                NeedKind.PROBLEM: "Something that does not work today, stated before any solution.",
            }
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        by = cleaned.get("owned_by")
        if by == MEMBER and not cleaned.get("owner") and "owner" not in self.errors:
            self.add_error("owner", "Choose the member who owns it")
        if by == TEAM and not cleaned.get("owner_words") and "owner_words" not in self.errors:
            self.add_error("owner_words", "Enter the team that owns it")
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", ORDER_OF_DATES)
        return cleaned

    def values(self) -> dict[str, Any]:
        """The need's own fields, as services want them."""
        cleaned = self.cleaned_data
        by = cleaned["owned_by"]
        return {
            **{name: cleaned[name] for name in ("kind", "title", "statement", "evidence")},
            "owner": self.members[cleaned["owner"]] if by == MEMBER else None,
            "owner_words": cleaned["owner_words"] if by == TEAM else "",
            "valid_from": cleaned["valid_from"],
            "valid_to": cleaned["valid_to"],
        }


class CloseNeedForm(HubForm):
    """Why a need is closed."""

    reason = forms.ChoiceField(
        label="Why do you close it?",
        choices=NeedEnd.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select why you close it"},
    )
    into = forms.ChoiceField(label="Which need is it part of?", required=False)
    version = VersionField()

    def __init__(self, *args: Any, others: Sequence[Need], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = {other.ref: other for other in others}
        self.fields["into"].choices = [
            ("", "Choose a need"),
            *((ref, other.title) for ref, other in self.others.items()),
        ]
        self.fields["into"].nhs = {"optional": False}
        if self.others:
            self.fields["reason"].nhs = {"conditional": {NeedEnd.MERGED: "into"}}
        else:
            del self.fields["into"]
            self.fields["reason"].choices = [
                choice for choice in NeedEnd.choices if choice[0] != NeedEnd.MERGED
            ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        merged = cleaned.get("reason") == NeedEnd.MERGED
        if merged and not cleaned.get("into") and "into" not in self.errors:
            self.add_error("into", "Choose the need that this one is part of")
        return cleaned

    def into_need(self) -> Need | None:
        """The other need, if it is merged."""
        merged = self.cleaned_data["reason"] == NeedEnd.MERGED
        return self.others[self.cleaned_data["into"]] if merged else None


class ServesForm(HubForm):
    """Which needs an idea serves: boxes, those whose words match first.

    :param needs: what is offered
    :param suggested: those of them whose words the idea uses
    :param chosen: references of those that it serves now
    """

    needs = forms.MultipleChoiceField(
        label="Which needs does it serve?", widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(
        self,
        *args: Any,
        needs: Sequence[Need],
        suggested: Sequence[Need],
        chosen: Sequence[str],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {"needs": list(chosen)}
        super().__init__(*args, **kwargs)
        first = [need.ref for need in suggested]
        self.by_ref = {need.ref: need for need in needs}
        rest = [ref for ref in self.by_ref if ref not in first]
        today = _today()
        field = self.fields["needs"]
        field.choices = [(ref, self.by_ref[ref].title) for ref in [*first, *rest]]
        hints = {}
        for ref, need in self.by_ref.items():
            said = "Its words are in the idea" if ref in first else ""
            over = need.closed_on or need.until_on < today
            state = need.standing(today).label if over else ""
            came = (
                "It came with an idea that was merged into this one"
                if vars(need).get("came_with")
                else ""
            )
            hints[ref] = ". ".join(filter(None, [need.get_kind_display(), said, came, state]))
        field.nhs = {"optional": False, "hints": hints, "hide_label": True}
        if first and rest:
            field.nhs["dividers"] = {rest[0]: "other needs"}

    def chosen(self) -> list[Need]:
        """The needs ticked."""
        return [self.by_ref[ref] for ref in self.cleaned_data["needs"]]


class CallForm(AsksAboutPatientNumbers, HubForm):
    """A call for ideas."""

    title = forms.CharField(
        label="Title of the call",
        max_length=SHORT_TEXT,
        help_text="What people read first, for example: How can we make nights quieter?",
    )
    words = Paragraphs(
        label="What you look for",
        max_length=NEED_TEXT,
        rows=5,
        help_text="Everybody can read this. Say what is wrong today, who may send an idea, and what happens with it.",
    )
    opens_on = NHSDateField(label="First day on which ideas can be sent")
    closes_on = NHSDateField(label="Last day", not_before=_today)
    version = VersionField()
    once_key = _once_key()

    def __init__(self, *args: Any, call: Call | None = None, **kwargs: Any) -> None:
        initial: dict[str, Any] = {"opens_on": _today(), **kwargs.pop("initial", {})}
        accepted: tuple[str, ...] = ()
        if call:
            initial |= {
                name: getattr(call, name)
                for name in ("title", "words", "opens_on", "closes_on", "version")
            }
            accepted = (call.title, call.words)
        super().__init__(*args, initial=initial, accepted_texts=accepted, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("opens_on"), cleaned.get("closes_on")
        if first and last and last < first:
            self.add_error("closes_on", ORDER_OF_DATES)
        return cleaned

    def values(self) -> dict[str, Any]:
        """The call's own fields, as services want them."""
        return {
            name: self.cleaned_data[name] for name in ("title", "words", "opens_on", "closes_on")
        }


class ExtendForm(HubForm):
    """Another last day for a call."""

    closes_on = NHSDateField(label="New last day", not_before=_today)
    version = VersionField()
