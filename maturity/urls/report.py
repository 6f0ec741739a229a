"""Addresses of reading one self-assessment."""

from django.urls import path, register_converter

from maturity.views import report


class FileKind:
    """What a report can be taken away as."""

    regex = "csv|xlsx|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FileKind, "ratings_file")

urlpatterns = [
    path("<slug:site>/maturity/<str:ref>/report/", report.Report.as_view(), name="report"),
    path(
        "<slug:site>/maturity/<str:ref>/report.<ratings_file:kind>",
        report.ReportFile.as_view(),
        name="report_file",
    ),
]
