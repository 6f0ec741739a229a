"""The form of a site's triage settings."""

from typing import Any

from django import forms

from hubapp.web.forms import HubForm


class TriageSettingsForm(HubForm):
    """What the site promises, and what else its desk asks."""

    acknowledge_days = forms.IntegerField(
        label="Working days until somebody writes to the submitter",
        help_text="From 1 to 60. A change counts for ideas that arrive from now on.",
        min_value=1,
        max_value=60,
    )
    decision_days = forms.IntegerField(
        label="Working days until your answer",
        help_text="What people are promised at the front door, from 1 to 250. A change counts for ideas that arrive from now on.",
        min_value=1,
        max_value=250,
    )
    assessors_wanted = forms.IntegerField(
        label="People who assess each idea",
        help_text="From 1 to 5. With more than one, nobody sees the others’ answers before they have finished their own.",
        min_value=1,
        max_value=5,
    )
    asks_screening = forms.BooleanField(
        label="Ask eight yes or no questions about each idea",
        help_text="Personal data, suppliers, devices and so on: they tell finance, information governance and others early what is coming.",
        required=False,
    )
    shows_published = forms.BooleanField(
        label="Show visitors published ideas like theirs",
        help_text="At the front door, while they type a title. They see the summaries that you publish and nothing else.",
        required=False,
    )
    offers_introductions = forms.BooleanField(
        label="Let hubs of your network ask to be introduced",
        help_text="When one of their ideas is like one of yours, they learn that a team elsewhere works on it, and nothing more. It is said only while at least two other hubs that share a network with them offer this, so that it names nobody. You decide whether to answer.",
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    door_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("acknowledge_days", "decision_days"):
            self.fields[name].nhs = {"width": 3, "suffix": "working days"}
        self.fields["assessors_wanted"].nhs = {"width": 2}
