"""Every address of the product. Site pages come last: ``<site>`` matches anything not taken."""

from django.urls import include, path

from hubapp.health import views as health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/", include("hubapp.api.urls")),
    path("", include("kpis.urls")),
    path("", include("maturity.urls")),
    path("", include("portfolio.urls")),
    path("", include("accounts.urls")),
]

handler400 = "hubapp.web.errors.bad_request"
handler403 = "hubapp.web.errors.permission_denied"
handler404 = "hubapp.web.errors.page_not_found"
handler500 = "hubapp.web.errors.server_error"
