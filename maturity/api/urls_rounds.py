"""Addresses of the maturity resources under ``/api/v1/``: rounds."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from maturity.api import rounds

router = SimpleRouter()
router.register("rounds", rounds.RoundViewSet, basename="rounds")

_ONE = "rounds/<str:round>/"
urlpatterns = [
    *router.urls,
    path(
        f"{_ONE}progress/",
        rounds.ProgressViewSet.as_view({"get": "list"}, detail=True, basename="progress"),
        name="round-progress",
    ),
    path(
        f"{_ONE}releases/",
        rounds.ReleaseViewSet.as_view({"get": "list"}, detail=True, basename="releases"),
        name="round-releases",
    ),
    path(
        f"{_ONE}releases/<int:number>/",
        rounds.ReleaseViewSet.as_view({"get": "retrieve"}, detail=True, basename="releases"),
        name="round-release",
    ),
]
