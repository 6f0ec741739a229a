"""Addresses of maturity. Fixed words first: a reference matches whatever is left below ``/<site>/maturity/``."""

from django.urls import include, path

from maturity.urls import assess, frameworks, hands, network, report, rounds

app_name = "maturity"

urlpatterns = [
    path("", include(frameworks.urlpatterns)),
    path("", include(rounds.urlpatterns)),
    path("", include(network.urlpatterns)),
    path("", include(hands.urlpatterns)),
    path("", include(report.urlpatterns)),
    path("", include(assess.urlpatterns)),
]
