"""Addresses of the desk's resources. Before ``innovations/<ref>/``, which would take any word."""

from django.urls import path

from portfolio.api import queue

_views = {"basename": "triage-views"}

urlpatterns = [
    path(
        "innovations/bulk/",
        queue.BulkViewSet.as_view({"post": "create"}, basename="innovations-bulk"),
        name="innovations-bulk",
    ),
    path(
        "innovations/take-next/",
        queue.TakeNextViewSet.as_view({"post": "create"}, basename="innovations-take-next"),
        name="innovations-take-next",
    ),
    path(
        "triage-views/",
        queue.TriageViewViewSet.as_view({"get": "list", "post": "create"}, detail=False, **_views),
        name="triage-views-list",
    ),
    path(
        "triage-views/<str:ref>/",
        queue.TriageViewViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update", "delete": "destroy"},
            detail=True,
            **_views,
        ),
        name="triage-views-detail",
    ),
]
