"""Imports."""

from django.urls import path

from portfolio.views import imports

urlpatterns = [
    path("<slug:site>/import/", imports.Imports.as_view(), name="imports"),
    path(
        "<slug:site>/import/template.csv", imports.ImportTemplate.as_view(), name="import_template"
    ),
    path("<slug:site>/import/<slug:ref>/", imports.ImportPage.as_view(), name="import_job"),
    path(
        "<slug:site>/import/<slug:ref>/not-added.csv",
        imports.RowsNotAdded.as_view(),
        name="import_not_added",
    ),
]
