"""Addresses of maturity: report."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
