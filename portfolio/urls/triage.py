"""Triage, innovations, enquiries and the words of decisions."""

urlpatterns: list = []
