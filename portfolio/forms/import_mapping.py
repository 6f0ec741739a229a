"""What the columns of a file are, and what their values mean."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from hubapp.web.forms import HubForm
from portfolio.mapping import (
    CODES,
    FIELDS,
    MOST_VALUES,
    TO_CORRECT,
    Field,
    Mapping,
    MappingProblem,
    plain,
)
from portfolio.models import ImportJob
from portfolio.models.submission import LONG_TEXT

NOT_USED = [("", "Not used")]
# A choice that is none of ours: leave the field empty.
EMPTY = "-"


def columns_of(job: ImportJob) -> list[dict[str, Any]]:
    """The facts of each column that can mean something: not those that we put before a file of bad rows."""
    names = [column["name"].casefold() for column in job.columns[:2]]
    return job.columns[2:] if tuple(names) == TO_CORRECT else job.columns


class ColumnsForm(HubForm):
    """One choice for each column, and one value for every row where a field has no column."""

    mark_optional = False

    def __init__(self, *args: Any, job: ImportJob, mapping: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns_of(job)
        choices = NOT_USED + [(name, each.label) for name, each in FIELDS.items()]
        for place, column in enumerate(self.columns):
            self.fields[f"column-{place}"] = made = forms.ChoiceField(
                label=f"What “{column['name']}” is",
                choices=choices,
                required=False,
                initial=mapping.columns.get(column["name"], ""),
            )
            made.nhs = {"hide_label": True}  # type: ignore[attr-defined]  # our renderer's options
        for name, each in FIELDS.items():
            if each.takes_codes:
                self.fields[f"every-{name}"] = forms.ChoiceField(
                    label=each.label,
                    choices=[("", "No value for every row"), *each.choices],
                    required=False,
                    initial=mapping.constants.get(name, ""),
                )
        self.fields["every-received_on"] = forms.CharField(
            label="Received on", required=False, max_length=30,
            help_text="For example, 27/03/2026", initial=mapping.constants.get("received_on", ""),
        )  # fmt: skip
        self.fields["every-tags"] = forms.CharField(
            label="Tags", required=False, max_length=400,
            help_text="With commas between them. Added to those of a column.",
            initial=mapping.constants.get("tags", ""),
        )  # fmt: skip
        self.fields["plain_text"] = forms.BooleanField(
            label="Take out the signs that format a web page (Markdown, HTML)",
            required=False,
            initial=mapping.plain_text,
        )
        self.fields["shorten"] = forms.BooleanField(
            label=f"Shorten texts of more than {LONG_TEXT:,} characters",
            required=False,
            initial=mapping.shorten,
            help_text="Otherwise these rows are not added.",
        )

    def rows(self) -> Iterator[tuple[dict[str, Any], BoundField]]:
        """Each column with its choice, for the table."""
        for place, column in enumerate(self.columns):
            yield column, self[f"column-{place}"]

    def type_for_every_row(self) -> BoundField:
        """The type, which every row needs and few files have."""
        return self["every-innovation_type"]

    def for_every_row(self) -> list[BoundField]:
        """The other values that every row may get."""
        return [
            self[name]
            for name in self.fields
            if name.startswith("every-") and name != "every-innovation_type"
        ]

    def has_values_for_every_row(self) -> bool:
        """Whether one of those is set."""
        return any(field.value() for field in self.for_every_row())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        said = {
            column["name"]: cleaned.get(f"column-{place}", "")
            for place, column in enumerate(self.columns)
        }
        places = {column["name"]: f"column-{n}" for n, column in enumerate(self.columns)}
        self.mapping = Mapping(
            columns={column: name for column, name in said.items() if name},
            constants={
                name.removeprefix("every-"): value.strip()
                for name, value in cleaned.items()
                if name.startswith("every-") and value.strip()
            },
            plain_text=cleaned.get("plain_text", False),
            shorten=cleaned.get("shorten", False),
        )
        try:
            self.mapping.check()
            self.mapping.check_against(said)
        except MappingProblem as problem:
            field = places.get(problem.where) or f"every-{problem.where}"
            if field not in self.fields:
                field = (
                    "every-innovation_type" if problem.where == "innovation_type" else "column-0"
                )
            self.add_error(field, ValidationError(str(problem)))
        for column in self.columns:
            name = said[column["name"]]
            if name and FIELDS[name].takes_codes and _values(FIELDS[name], column) is None:
                self.add_error(
                    places[column["name"]],
                    f"“{column['name']}” has more than {MOST_VALUES} different values or long texts, so it cannot be"
                    f" the {FIELDS[name].label.lower()}. Choose something else.",
                )
        return cleaned


def _values(each: Field, column: dict[str, Any]) -> dict[str, int] | None:
    return column["parts"] if each.kind == CODES else column["values"]


class ValuesForm(HubForm):
    """What each value of the columns with codes means."""

    mark_optional = False

    def __init__(
        self, *args: Any, job: ImportJob, chosen: Mapping, known: Mapping, **kwargs: Any
    ) -> None:
        """
        :param chosen: which column is what
        :param known: what was said of values before, to begin with
        """
        super().__init__(*args, **kwargs)
        self.chosen = chosen
        # Each a field of ours, the names of its columns, and (value, how often, name of the choice).
        self.groups: list[tuple[Field, str, list[tuple[str, int, str]]]] = []
        for name, each in FIELDS.items():
            columns = [
                column for column in columns_of(job) if chosen.columns.get(column["name"]) == name
            ]
            if not each.takes_codes or not columns:
                continue
            counts: dict[str, int] = {}
            for column in columns:
                for value, count in (_values(each, column) or {}).items():
                    counts[value] = counts.get(value, 0) + count
            rows = []
            ordered = sorted(counts, key=lambda value: (not value, -counts[value], value))
            for place, value in enumerate(ordered):
                key = f"{name}-{place}"
                self.fields[key] = self._choice(each, value, known.values.get(name, {}))
                rows.append((value, counts[value], key))
            if rows:
                self.groups.append((each, ", ".join(column["name"] for column in columns), rows))

    @staticmethod
    def _choice(each: Field, value: str, said: dict[str, str]) -> forms.ChoiceField:
        needed = each.name == "innovation_type"
        leave = "Do not add these rows" if needed else "Leave empty"
        choices = [*each.choices] if each.default else [*each.choices, (EMPTY, leave)]
        if value in said:
            begin = said[value] or (each.default or EMPTY)
        elif value:
            begin = each.codes.get(plain(value), "") or (each.default or ("" if needed else EMPTY))
        else:
            begin = each.default or ("" if needed else EMPTY)
        if not begin:
            choices = [("", "Choose"), *choices]
        shown = value or "(empty)"
        made = forms.ChoiceField(
            label=f"{each.label}: what “{shown}” means",
            choices=choices,
            initial=begin,
            error_messages={"required": f"Say which {each.label.lower()} “{shown}” is"},
        )
        made.nhs = {"hide_label": True}  # type: ignore[attr-defined]  # our renderer's options
        return made

    def tables(self) -> Iterator[tuple[Field, str, list[tuple[str, int, BoundField]]]]:
        """Each field with its columns and its values, their counts and choices."""
        for each, columns, rows in self.groups:
            yield each, columns, [(value, count, self[key]) for value, count, key in rows]

    def mapping(self) -> Mapping:
        """All that was said."""
        values = {
            each.name: {
                value: "" if self.cleaned_data[key] == EMPTY else self.cleaned_data[key]
                for value, _, key in rows
            }
            for each, _, rows in self.groups
        }
        chosen = self.chosen
        return Mapping(chosen.columns, chosen.constants, values, chosen.plain_text, chosen.shorten)
