"""Addresses of maturity: frameworks."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
