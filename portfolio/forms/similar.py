"""Forms of publishing a summary, and of what is typed while ideas like it are looked for."""

from typing import Any

from hubapp.web.forms import HubForm
from portfolio.forms.fields import VersionField
from portfolio.forms.front_door import Paragraphs
from portfolio.forms.patient_numbers import AsksAboutPatientNumbers

# As long as Innovation.public_summary.
SUMMARY_TEXT = 500


class PublishForm(AsksAboutPatientNumbers, HubForm):
    """The summary that anybody may read."""

    summary = Paragraphs(
        label="Summary for the public",
        help_text=(
            "Two or three sentences in your own words. Leave out who sent the idea and anything"
            " that could tell who a patient is."
        ),
        rows=5,
        max_length=SUMMARY_TEXT,
        error_messages={"required": "Write the summary that anybody may read"},
    )
    version = VersionField()


TYPED = ("title", "problem", "for_whom", "idea")


def typed_in(data: Any) -> list[str]:
    """Title and texts as they were typed so far: of any length, none required."""
    return [str(data.get(name) or "")[:20_000].replace("\x00", " ") for name in TYPED]
