"""Addresses of the maturity resources under ``/api/v1/``: network."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()
urlpatterns = router.urls
