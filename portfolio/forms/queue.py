"""Named views of the queue, and what is done to several ideas at once."""

from django import forms

from hubapp.web.forms import HubForm
from portfolio.forms.fields import VersionField
from portfolio.models.queue import VIEW_NAME


class ViewForm(HubForm):
    """A name for filters, and who has it."""

    name = forms.CharField(
        label="Name of the view",
        max_length=VIEW_NAME,
        error_messages={"required": "Enter a name for the view"},
        help_text="For example “Digital ideas that need a priority”.",
    )
    is_shared = forms.BooleanField(
        label="Share it with everybody at this desk",
        help_text="Otherwise only you see it.",
        required=False,
    )
    version = VersionField()
