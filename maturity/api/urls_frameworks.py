"""Addresses of the maturity resources under ``/api/v1/``: frameworks."""

from rest_framework.routers import SimpleRouter

from maturity.api.frameworks import FrameworkViewSet, ReferenceCohortViewSet

router = SimpleRouter()
router.register("frameworks", FrameworkViewSet, basename="frameworks")
router.register("reference-cohorts", ReferenceCohortViewSet, basename="reference-cohorts")
urlpatterns = router.urls
