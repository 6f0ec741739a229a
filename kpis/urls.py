"""Addresses of the numbers."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.urls import path, register_converter

from kpis import views
from kpis.validators import month_from_text

app_name = "kpis"


class MonthConverter:
    """``2026-10`` as the first day of the month; what is no month is no address."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        try:
            return month_from_text(value)
        except ValidationError as error:
            raise ValueError from error

    def to_url(self, value: dt.date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

urlpatterns = [
    path("<slug:site>/dashboard/", views.Dashboard.as_view(), name="dashboard"),
    path(
        "<slug:site>/dashboard/<month:month>/compute/", views.ComputeNow.as_view(), name="compute"
    ),
    path(
        "<slug:site>/dashboard/<slug:kpi>/<month:month>/", views.FigurePage.as_view(), name="figure"
    ),
]
