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
    path(
        "<slug:site>/import/<slug:ref>/columns/",
        imports.ImportColumns.as_view(),
        name="import_columns",
    ),
    path(
        "<slug:site>/import/<slug:ref>/confirm/",
        imports.ConfirmImport.as_view(),
        name="import_confirm",
    ),
    path("<slug:site>/import/<slug:ref>/undo/", imports.UndoImport.as_view(), name="import_undo"),
]
