"""Addresses of the maturity resources under ``/api/v1/``: hands."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from maturity.api import evidence, reviews

router = SimpleRouter()
router.register("evidence", evidence.EvidenceViewSet, basename="evidence")
router.register("reviews", reviews.ReviewViewSet, basename="reviews")

urlpatterns = [
    *router.urls,
    path(
        "self-assessments/<str:assessment>/standings/",
        evidence.StandingViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, detail=True, basename="standings"
        ),
        name="self-assessment-standings",
    ),
]
