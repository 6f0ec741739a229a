"""Addresses of the maturity resources under ``/api/v1/``: hands."""

from typing import Any

from django.urls import path
from rest_framework.routers import SimpleRouter

from maturity.api import evidence, raters, reviews

router = SimpleRouter()
router.register("evidence", evidence.EvidenceViewSet, basename="evidence")
router.register("reviews", reviews.ReviewViewSet, basename="reviews")

_ONE = "self-assessments/<str:assessment>/"


def _raters(**methods: Any) -> Any:
    return raters.RaterViewSet.as_view(methods, detail=True, basename="raters")


urlpatterns = [
    *router.urls,
    path(f"{_ONE}raters/", _raters(get="list", post="create"), name="raters-list"),
    path(f"{_ONE}raters/<str:ref>/", _raters(get="retrieve"), name="raters-detail"),
    path(f"{_ONE}raters/<str:ref>/renew/", _raters(post="renew"), name="raters-renew"),
    path(f"{_ONE}raters/<str:ref>/withdraw/", _raters(post="withdraw"), name="raters-withdraw"),
    path(
        f"{_ONE}consensus/",
        raters.ConsensusViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, detail=True, basename="consensus"
        ),
        name="self-assessment-consensus",
    ),
    path(
        f"{_ONE}standings/",
        evidence.StandingViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update"}, detail=True, basename="standings"
        ),
        name="self-assessment-standings",
    ),
]
