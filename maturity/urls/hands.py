"""Addresses of maturity: hands."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
