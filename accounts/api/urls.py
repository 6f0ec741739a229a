"""Addresses of the resources of accounts, under ``/api/v1/``."""

from rest_framework.routers import SimpleRouter

from accounts.api.views import SiteViewSet

router = SimpleRouter()
router.register("sites", SiteViewSet, basename="sites")
urlpatterns = router.urls
