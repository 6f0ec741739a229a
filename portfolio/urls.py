"""Addresses of the portfolio. Fixed prefixes first; ``<site>`` matches whatever is left."""

from django.urls import include, path

app_name = "portfolio"

urlpatterns = [
    path("", include("portfolio.views.front_door_urls")),
    path("", include("portfolio.views.triage_urls")),
    path("", include("portfolio.views.import_urls")),
]
