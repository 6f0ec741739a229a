"""Addresses of the KPI resources, under ``/api/v1/``."""

urlpatterns: list = []
