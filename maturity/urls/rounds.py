"""Addresses of maturity: rounds."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
