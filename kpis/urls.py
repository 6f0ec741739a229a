"""Addresses of the numbers."""

app_name = "kpis"

urlpatterns: list = []
