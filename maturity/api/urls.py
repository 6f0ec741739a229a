"""Addresses of the maturity resources, under ``/api/v1/``."""

from django.urls import include, path

from maturity.api import (
    urls_assess,
    urls_frameworks,
    urls_hands,
    urls_network,
    urls_report,
    urls_rounds,
)

urlpatterns = [
    path("", include(urls_frameworks.urlpatterns)),
    path("", include(urls_rounds.urlpatterns)),
    path("", include(urls_network.urlpatterns)),
    path("", include(urls_hands.urlpatterns)),
    path("", include(urls_report.urlpatterns)),
    path("", include(urls_assess.urlpatterns)),
]
