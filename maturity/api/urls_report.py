"""Addresses of the maturity resources under ``/api/v1/``: report."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()
urlpatterns = router.urls
