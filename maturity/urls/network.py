"""Addresses of maturity: network."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
