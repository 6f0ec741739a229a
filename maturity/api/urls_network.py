"""Addresses of the maturity resources under ``/api/v1/``: comparing."""

from django.urls import path

from maturity.api import network

urlpatterns = [
    path(
        "self-assessments/<str:assessment>/comparison/",
        network.ComparisonViewSet.as_view({"get": "retrieve"}, detail=True, basename="comparisons"),
        name="self-assessment-comparison",
    ),
]
