"""Addresses of maturity: reading one site, its actions, and importing ratings."""

from django.urls import URLPattern, path

from maturity.views import actions
from maturity.views import importing as imports
from maturity.views import report as views

_ONE = "<slug:site>/maturity/<str:ref>/"
_ACTIONS = "<slug:site>/maturity/actions/"
_ROUND = "network/<slug:network>/maturity/rounds/<str:ref>/import/"
_OWN = f"{_ONE}import/"

urlpatterns: list[URLPattern] = [
    # Fixed words first: a reference matches whatever is left.
    path(_ACTIONS, actions.Actions.as_view(), name="actions"),
    path(f"{_ACTIONS}add/", actions.AddAction.as_view(), name="add_action"),
    path(f"{_ACTIONS}<str:ref>/", actions.ActionPage.as_view(), name="action"),
    path(f"{_ACTIONS}<str:ref>/edit/", actions.EditAction.as_view(), name="edit_action"),
    path(f"{_ACTIONS}<str:ref>/end/", actions.EndAction.as_view(), name="end_action"),
    path(f"{_ACTIONS}<str:ref>/publish/", actions.PublishAction.as_view(), name="publish_action"),
    path(f"{_ONE}report/", views.Report.as_view(), name="report"),
    *(
        path(
            f"{_ONE}report.{kind}",
            views.ReportFile.as_view(),
            {"kind": kind},
            name=f"report_{kind}",
        )
        for kind in ("pdf", "xlsx", "csv", "json")
    ),
    path(f"{_ONE}target/<slug:code>/", views.SetTarget.as_view(), name="target"),
    path(_ROUND, imports.ImportRatings.as_view(), name="import_ratings"),
    path(f"{_ROUND}<str:file>/", imports.ImportedRatings.as_view(), name="imported_ratings"),
    path(f"{_ROUND}<str:file>/bad-rows/", imports.BadRatings.as_view(), name="bad_ratings"),
    path(_OWN, imports.ImportOwn.as_view(), name="import_own"),
    path(f"{_OWN}<str:file>/", imports.ImportedOwn.as_view(), name="imported_own"),
    path(f"{_OWN}<str:file>/bad-rows/", imports.BadOwn.as_view(), name="bad_own"),
]
