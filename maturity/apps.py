"""Maturity self-assessment: frameworks as data, ratings, rounds, comparison. Nothing is here yet."""

from django.apps import AppConfig


class MaturityConfig(AppConfig):
    name = "maturity"
