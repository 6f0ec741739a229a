"""Targets, actions and what came of them; and files of ratings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from hubapp.web.forms import HubForm, NHSDateField
from maturity.forms.assess import VersionField, Words, hidden
from maturity.models import Action, Framework, SubDomain, Target
from maturity.models.action import OUTCOME_TEXT
from maturity.models.framework import NAME_TEXT

NOBODY, MEMBER, TEAM = "nobody", "member", "team"
NONE = "none"
# Ten times what 250 sites need for 69 statements without a word.
MOST_BYTES = 5_000_000


class TargetForm(HubForm):
    """Where to be on one indicator, and by when; or no target."""

    value = forms.ChoiceField(
        label="Where do you want to be?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select where you want to be"},
    )
    by_on = NHSDateField(
        label="By which day?", required=False, help_text="Leave it empty if no day is set."
    )
    seen = hidden()

    def __init__(
        self, *args: Any, framework: Framework, target: Target | None = None, **kwargs: Any
    ) -> None:
        initial = {
            "value": str(target.value) if target else NONE,
            "by_on": target.by_on if target else None,
            "seen": str(target.pk) if target else "",
        }
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.fields["value"].choices = [
            *((str(value), f"{value}: {framework.labels[value]}") for value in framework.values),
            (NONE, "No target"),
        ]
        self.fields["value"].nhs = {"dividers": {NONE: "or"}}

    @property
    def number(self) -> int | None:
        """The rating aimed for; None: no target."""
        value = self.cleaned_data["value"]
        return None if value == NONE else int(value)


class ActionForm(HubForm):
    """What is to be done, by whom and until when.

    :param members: who may own it
    :param sub_domains: of which it is chosen; None where it is fixed
    :param action: the one that is edited
    """

    sub_domain = forms.ChoiceField(
        label="Which sub-domain is it to raise?",
        error_messages={"required": "Choose the sub-domain"},
    )
    title = forms.CharField(
        label="What will you do?",
        max_length=NAME_TEXT,
        help_text="One thing that can be done and ticked off.",
    )
    owned_by = forms.ChoiceField(
        label="Who does it?",
        choices=[
            (MEMBER, "A member of this site"),
            (TEAM, "A team or committee"),
            (NOBODY, "Nobody yet"),
        ],
        widget=forms.RadioSelect,
        initial=NOBODY,
        error_messages={"required": "Select who does it"},
    )
    owner = forms.ChoiceField(label="Which member?", required=False)
    owner_words = forms.CharField(
        label="Which team or committee?", max_length=NAME_TEXT, required=False
    )
    due_on = NHSDateField(
        label="Until when?", required=False, help_text="Leave it empty if no day is set."
    )
    version = VersionField()
    once_key = hidden()

    def __init__(
        self,
        *args: Any,
        members: Sequence[User],
        sub_domains: Sequence[SubDomain] | None = None,
        action: Action | None = None,
        **kwargs: Any,
    ) -> None:
        initial: dict[str, Any] = kwargs.pop("initial", {})
        if action:
            initial = initial | {
                "title": action.title,
                "owned_by": MEMBER if action.owner else TEAM if action.owner_words else NOBODY,
                "owner": action.owner.ref if action.owner else "",
                "owner_words": action.owner_words,
                "due_on": action.due_on,
                "version": action.version,
            }
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.members = {member.ref: member for member in members}
        if action and action.owner and action.owner.ref not in self.members:
            # Somebody who lost the role still has it until it is given to another.
            self.members[action.owner.ref] = action.owner
        self.fields["owner"].choices = [
            ("", "Choose a member"),
            *((ref, str(member)) for ref, member in self.members.items()),
        ]
        self.fields["owned_by"].nhs = {"conditional": {MEMBER: "owner", TEAM: "owner_words"}}
        self.fields["owner"].nhs = {"optional": False, "noun": "the member who does it"}
        self.fields["owner_words"].nhs = {"optional": False, "noun": "the team that does it"}
        if sub_domains is None:
            del self.fields["sub_domain"]
        else:
            self.by_code = {each.code: each for each in sub_domains}
            self.fields["sub_domain"].choices = [
                ("", "Choose one"),
                *((code, each.name) for code, each in self.by_code.items()),
            ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        by = cleaned.get("owned_by")
        if by == MEMBER and not cleaned.get("owner") and "owner" not in self.errors:
            self.add_error("owner", "Choose the member who does it")
        if by == TEAM and not cleaned.get("owner_words") and "owner_words" not in self.errors:
            self.add_error("owner_words", "Enter the team that does it")
        return cleaned

    def values(self) -> dict[str, Any]:
        """As the service wants them."""
        given = self.cleaned_data
        by = given["owned_by"]
        return {
            "title": given["title"],
            "owner": self.members[given["owner"]] if by == MEMBER else None,
            "owner_words": given["owner_words"] if by == TEAM else "",
            "due_on": given["due_on"],
        }

    def chosen(self) -> SubDomain:
        """The sub-domain chosen."""
        return self.by_code[self.cleaned_data["sub_domain"]]


DONE, DROPPED = "done", "dropped"


class EndForm(HubForm):
    """That an action is over: done, with what came of it, or dropped."""

    how = forms.ChoiceField(
        label="What became of it?",
        choices=[(DONE, "It is done"), (DROPPED, "We dropped it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select what became of it"},
    )
    outcome = Words(
        label="What came of it?",
        max_length=OUTCOME_TEXT,
        rows=4,
        help_text="What raised the sub-domain, so that somebody else could do the same. Or why you dropped it.",
    )
    version = VersionField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how") == DONE and not cleaned.get("outcome", "").strip():
            self.add_error("outcome", "Enter what came of it")
        return cleaned


class VersionForm(HubForm):
    """Something done to the version on the page."""

    version = VersionField()


class RatingsForm(HubForm):
    """A file of ratings."""

    file = forms.FileField(
        label="File",
        help_text="CSV, or an Excel workbook (.xlsx).",
        error_messages={"required": "Choose a file"},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("The file must be 5 MB or smaller")
        return file
