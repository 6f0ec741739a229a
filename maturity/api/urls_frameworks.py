"""Addresses of the maturity resources under ``/api/v1/``: frameworks."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()
urlpatterns = router.urls
