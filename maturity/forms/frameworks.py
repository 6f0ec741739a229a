"""A framework that a coordinator brings: a file, and what a spreadsheet does not say of itself."""

import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from hubapp.web.forms import HubForm, NHSDateField
from hubapp.workdays import london_date
from maturity.framework_files import (
    Faulty,
    checked,
    code_from,
    proposed_crosswalk,
    read_framework,
    slug_of,
)
from maturity.framework_sheets import MAX_BYTES, read_sheet
from maturity.models import Framework
from maturity.models.framework import NAME_TEXT
from maturity.queries.frameworks import codes_in

SHEET = "A JSON file says this itself: leave it empty then."


class FrameworkForm(HubForm):
    """The file and its particulars. Valid, :attr:`content` is a framework that passed every check."""

    mark_optional = False
    file = forms.FileField(
        label="File",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.json"}),
        max_length=None,
        help_text=f"A spreadsheet (.xlsx or .csv) with one row for each indicator, or a JSON file; at most {MAX_BYTES // 1_000_000} MB.",
        error_messages={
            "required": "Choose a file",
            "missing": "Choose a file",
            "invalid": "Choose a file",
            "empty": "The file is empty. Start from the spreadsheet on this page.",
        },
    )
    title = forms.CharField(label="Title", max_length=NAME_TEXT, required=False, help_text=SHEET)
    version = forms.CharField(
        label="Version",
        max_length=20,
        required=False,
        help_text=f"As people name it, such as 2026. {SHEET}",
    )
    source = forms.CharField(
        label="Where it comes from",
        max_length=500,
        required=False,
        help_text="Who made it, and whose words these are. Sites read this.",
    )
    notes = forms.CharField(
        label="What sites should know about it",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One sentence on each line.",
    )
    valid_from = NHSDateField(
        label="From when is it used?",
        required=False,
        help_text="Leave it empty for today. For example, 27 3 2026",
    )
    follows = forms.ChoiceField(
        label="Does it carry on another framework?",
        required=False,
        widget=forms.Select,
        help_text="Then trends are drawn through the indicators that ask the same: those with the same code, or what the column “Same as” says.",
    )

    def __init__(self, *args: Any, frameworks: list[Framework], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frameworks = {row.slug: row for row in frameworks}
        self.content: dict[str, Any] = {}
        self.fields["follows"].choices = [
            ("", "No, it stands alone"),
            *((row.slug, f"{row.title}, {row.edition}") for row in frameworks),
        ]
        self.fields["version"].nhs = {"width": 10}
        self.fields["valid_from"].nhs = {"noun": "the day from which it is used"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file is None:
            return cleaned
        if file.size > MAX_BYTES:
            self.add_error("file", f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
            return cleaned
        raw = file.read()
        is_json = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        try:
            content = self._from_json(raw) if is_json else self._from_sheet(raw)
            if not self.errors and content is not None:
                self.content = checked(content)
        except Faulty as error:
            self.add_error("file", [ValidationError(fault) for fault in error.faults])
        return cleaned

    @property
    def followed(self) -> Framework | None:
        """The framework that it carries on, if one was chosen."""
        return self.frameworks.get(self.cleaned_data.get("follows", ""))

    def _from_json(self, raw: bytes) -> dict[str, Any]:
        content = read_framework(raw)
        if "crosswalk" not in content and self.followed:
            content["crosswalk"] = self._proposed(content, self.followed)
        return content

    def _from_sheet(self, raw: bytes) -> dict[str, Any] | None:
        sheet = read_sheet(io.BytesIO(raw))
        for name, noun in (("title", "the title"), ("version", "the version")):
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, f"Enter {noun}: a spreadsheet does not say it")
        if sheet.same_as and not self.followed:
            self.add_error(
                "follows", "Choose which framework the codes in the column “Same as” belong to"
            )
        if self.errors:
            return None
        given, followed = self.cleaned_data, self.followed
        key = code_from(given["title"])[:40].strip("-")
        if followed and followed.network_id:
            # The network's own goes on under its key.
            key = followed.key
        valid_from = given.get("valid_from") or london_date(timezone.now())
        lines = (" ".join(line.split()) for line in given.get("notes", "").splitlines())
        content: dict[str, Any] = {
            "key": key,
            "version": code_from(given["version"])[:20].strip("-"),
            "title": " ".join(given["title"].split()),
            "source": " ".join(given.get("source", "").split()),
            "notes": [line for line in lines if line],
            "valid_from": valid_from.isoformat(),
            "scale": sheet.scale,
            "domains": sheet.domains,
        }
        if followed:
            content["crosswalk"] = (
                self._proposed(content, followed)
                if sheet.same_as is None
                else {"from": followed.slug, "indicators": sheet.same_as}
            )
        return content

    @staticmethod
    def _proposed(content: dict[str, Any], followed: Framework) -> dict[str, Any]:
        """Equal codes are taken as the same; the version itself cannot be what it follows."""
        if followed.slug == slug_of(content):
            raise Faulty([f"“{followed.title}” has this version already: choose another version."])
        return {
            "from": followed.slug,
            "indicators": proposed_crosswalk(content, codes_in(followed)),
        }
