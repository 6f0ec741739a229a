"""Imports."""

urlpatterns: list = []
