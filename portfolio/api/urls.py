"""Addresses of the resources of the portfolio, under ``/api/v1/``."""

urlpatterns: list = []
