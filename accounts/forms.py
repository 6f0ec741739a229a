"""What people type about accounts, sites and members."""

import datetime as dt
from collections.abc import Iterable

from django import forms
from django.utils import timezone

from accounts.enums import Function, Role, Scope
from accounts.queries import Member
from accounts.validators import validate_site_slug
from hubapp.hooks import Held
from hubapp.web.forms import HubForm, NHSDateField
from hubapp.workdays import london_date

NOBODY = ""
PASSWORD_HINT = "At least 12 characters. Three or four words that you will remember are good."  # noqa: S105 - a hint

ROLE_HINTS = {
    Role.HUB_STAFF: "Works at the desk: triage, decisions, enquiries, imports.",
    Role.SITE_LEAD: "Everything hub staff do, and members, settings and keys.",
    Role.EXECUTIVE: "Reads the portfolio, dashboards and reports.",
    Role.REVIEWER: "Sees what is assigned to them and signs for their function.",
    Role.PPIE_LEAD: "Keeps the patient and public involvement logs; reads the portfolio.",
    Role.STAFF: "Sends ideas and follows their own.",
}


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete})


def _today() -> dt.date:
    return london_date(timezone.now())


def _last_day() -> dt.date:
    return _today() + dt.timedelta(days=3660)


def _email(autocomplete: str) -> forms.EmailInput:
    return forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"})


class SignInForm(HubForm):
    """The address and the password; never says which of the two was wrong."""

    # Named as django-axes expects it: what is typed here is counted, never stored.
    username = forms.EmailField(label="Email address", max_length=254, widget=_email("username"))
    password = forms.CharField(
        label="Password", max_length=1000, strip=False, widget=_password("current-password")
    )
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    WRONG = "This email address and password do not match. Check both and try again."

    def refuse(self) -> None:
        """Say that they do not match, at the field to correct first."""
        self.add_error("username", self.WRONG)


class ForgottenForm(HubForm):
    email = forms.EmailField(label="Email address", max_length=254, widget=_email("email"))


class NewPasswordForm(HubForm):
    """A password chosen by link; one box, since it can be shown while typing."""

    password = forms.CharField(
        label="New password",
        max_length=1000,
        strip=False,
        help_text=PASSWORD_HINT,
        widget=_password("new-password"),
    )


class ChangePasswordForm(NewPasswordForm):
    current = forms.CharField(
        label="Your password now",
        max_length=1000,
        strip=False,
        widget=_password("current-password"),
    )
    field_order = ("current", "password")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_current(self) -> str:
        current = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise forms.ValidationError("This is not your password. Check it and try again.")
        return current


class NameForm(HubForm):
    name = forms.CharField(
        label="Your name",
        max_length=200,
        help_text="Colleagues and submitters see it.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )


class AcceptForm(HubForm):
    """Who joins without an account yet."""

    name = forms.CharField(
        label="Your name",
        max_length=200,
        help_text="Colleagues and submitters see it.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Choose a password",
        max_length=1000,
        strip=False,
        help_text=PASSWORD_HINT,
        widget=_password("new-password"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].nhs = {"noun": "a password"}


class SiteForm(HubForm):
    name = forms.CharField(label="Name of the site", max_length=200)
    slug = forms.CharField(
        label="Web address",
        max_length=40,
        validators=[validate_site_slug],
        help_text="Small letters, digits and hyphens. Links to the address it has now go on working.",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["slug"].nhs = {"prefix": "/", "noun": "the web address"}
        self.fields["name"].nhs = {"noun": "the name of the site"}

    def clean_slug(self) -> str:
        return self.cleaned_data["slug"].strip().lower()


class InviteForm(HubForm):
    email = forms.EmailField(label="Email address", max_length=254, widget=_email("off"))
    role = forms.ChoiceField(label="Role", choices=Role.choices, widget=forms.RadioSelect)
    functions = forms.MultipleChoiceField(
        label="Which functions do they sign for?",
        choices=Function.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].nhs = {
            "hints": ROLE_HINTS,
            "conditional": {Role.REVIEWER: "functions"},
            "noun": "a role",
        }


class RolesForm(HubForm):
    roles = forms.MultipleChoiceField(
        label="Roles", choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    functions = forms.MultipleChoiceField(
        label="Which functions do they sign for?",
        choices=Function.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["roles"].nhs = {
            "hints": ROLE_HINTS,
            "conditional": {Role.REVIEWER: "functions"},
            "noun": "at least one role",
        }


class HandOverForm(HubForm):
    """Who gets what a member holds: one box for each kind of work."""

    def __init__(
        self, *args, held: Iterable[Held], colleagues: Iterable[Member], nobody: bool, **kwargs
    ):
        super().__init__(*args, **kwargs)
        self.held = list(held)
        self.colleagues = {member.user.ref: member.user for member in colleagues}
        names = [
            (member.user.ref, f"{member.name} ({member.roles_words})") for member in colleagues
        ]
        free = [("nobody", "Nobody yet: it goes back to the site")] if nobody else []
        stay = [] if nobody else [("stay", "Leave it where it is")]
        first = [("", "Choose")]
        for index, held_kind in enumerate(self.held):
            self.fields[f"to_{index}"] = forms.ChoiceField(
                label=f"{held_kind.label[:1].upper()}{held_kind.label[1:]} ({held_kind.count})",
                choices=[*first, *free, *stay, *names],
                error_messages={"required": f"Choose who gets the {held_kind.label}"},
            )

    def receivers(self) -> dict:
        """Kind of work → colleague, or None for nobody yet; kinds that stay are left out."""
        chosen = {}
        for index, held_kind in enumerate(self.held):
            value = self.cleaned_data[f"to_{index}"]
            if value != "stay":
                chosen[held_kind.kind] = self.colleagues.get(value)
        return chosen


class KeyForm(HubForm):
    name = forms.CharField(
        label="What is the key for?",
        max_length=100,
        help_text="For example, “Trust data warehouse”.",
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Give it only what it needs.",
    )
    expires_on = NHSDateField(
        label="Last day it works",
        required=False,
        not_before=_today,
        not_after=_last_day,
        help_text="For example, 31 3 2027. Without a day it works until you revoke it.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].nhs = {"noun": "what the key is for"}
        self.fields["scopes"].nhs = {"noun": "what it may do"}

    def expires_at(self) -> dt.datetime | None:
        """The end, in London, of the last day."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min))


class DigestForm(HubForm):
    """Whether the daily mail should come."""

    wanted = forms.TypedChoiceField(
        label="Do you want a mail on working days with what waits for you?",
        help_text="Nothing is sent on days on which nothing waits.",
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Select yes or no"},
    )
