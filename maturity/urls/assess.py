"""Addresses of maturity: assess."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
