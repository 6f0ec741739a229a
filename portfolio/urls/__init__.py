"""Addresses of the portfolio. Fixed prefixes first; ``<site>`` matches whatever is left."""

from django.urls import include, path

from portfolio.urls import (
    asks,
    checklists,
    decisions,
    front_door,
    imports,
    messages,
    needs,
    queue,
    similar,
    triage,
)

app_name = "portfolio"

urlpatterns = [
    path("", include(asks.urlpatterns)),
    path("", include(front_door.urlpatterns)),
    path("", include(imports.urlpatterns)),
    path("", include(needs.urlpatterns)),
    path("", include(messages.urlpatterns)),
    path("", include(similar.urlpatterns)),
    path("", include(queue.urlpatterns)),
    path("", include(triage.urlpatterns)),
    path("", include(checklists.urlpatterns)),
    path("", include(decisions.urlpatterns)),
]
