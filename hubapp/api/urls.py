"""``/api/``: the resources of every app by version, the schema, and a page to try them on."""

from django.urls import include, path

from hubapp.api import docs

app_name = "api"
v1 = [
    path("", include("accounts.api.urls")),
    path("", include("portfolio.api.urls")),
    path("", include("maturity.api.urls")),
    path("", include("kpis.api.urls")),
]

urlpatterns = [
    path("v1/", include((v1, "v1"))),
    path("schema/", docs.Schema.as_view(), name="schema"),
    path("docs/", docs.Docs.as_view(), name="docs"),
]
