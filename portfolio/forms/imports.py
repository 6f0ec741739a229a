"""The file of an import."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from hubapp.web.forms import HubForm
from portfolio.readers import Unreadable
from portfolio.services import imports


class ImportForm(HubForm):
    """A CSV or XLSX file; what no import could read is refused here, before a job is made."""

    file = forms.FileField(
        label="File",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        max_length=None,
        error_messages={
            "required": "Choose a file to import",
            "missing": "Choose a file to import",
            "invalid": "Choose a file to import",
            "empty": "The file is empty. Choose a file with a heading row and at least one row below it.",
        },
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        megabytes = settings.IMPORT_MAX_BYTES // 1_000_000
        self.fields[
            "file"
        ].help_text = f"A CSV file or an Excel workbook (.xlsx) of at most {megabytes} MB."

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise ValidationError(imports.too_large())
        try:
            imports.check_file(file.file)
        except Unreadable as error:
            raise ValidationError(str(error)) from error
        file.seek(0)
        return file
