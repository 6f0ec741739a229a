"""Addresses of the KPI resources, under ``/api/v1/``."""

from rest_framework.routers import SimpleRouter

from kpis.api.views import ContributionViewSet, KpiValueViewSet, KpiViewSet

router = SimpleRouter()
router.register("kpis", KpiViewSet, basename="kpis")
router.register("kpi-values", KpiValueViewSet, basename="kpi-values")
router.register(
    "kpi-values/(?P<value>[^/]+)/contributions",
    ContributionViewSet,
    basename="kpi-value-contributions",
)
urlpatterns = router.urls
