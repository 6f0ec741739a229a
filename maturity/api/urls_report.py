"""Addresses of the maturity resources under ``/api/v1/``: report."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from maturity.api import report

router = SimpleRouter()
router.register("maturity-actions", report.ActionViewSet, basename="maturity-actions")

_ONE = "self-assessments/<str:assessment>/"
urlpatterns = [
    *router.urls,
    path(
        f"{_ONE}report/",
        report.ReportViewSet.as_view({"get": "retrieve"}, detail=True, basename="reports"),
        name="self-assessment-report",
    ),
    path(
        f"{_ONE}targets/",
        report.TargetViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, detail=True, basename="targets"
        ),
        name="self-assessment-targets",
    ),
]
