"""Addresses of the maturity resources under ``/api/v1/``: assess."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from maturity.api import assess

router = SimpleRouter()
router.register("self-assessments", assess.AssessmentViewSet, basename="self-assessments")

_ONE = "self-assessments/<str:assessment>/"
urlpatterns = [
    *router.urls,
    path(
        f"{_ONE}ratings/",
        assess.RatingViewSet.as_view(
            {"get": "list", "put": "update", "patch": "partial_update"},
            detail=True,
            basename="ratings",
        ),
        name="ratings-list",
    ),
    path(
        f"{_ONE}explanations/",
        assess.ExplanationViewSet.as_view(
            {"get": "list", "patch": "partial_update"}, detail=True, basename="explanations"
        ),
        name="explanations-list",
    ),
    path(
        f"{_ONE}profile/",
        assess.ProfileViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, detail=True, basename="profiles"
        ),
        name="self-assessment-profile",
    ),
]
