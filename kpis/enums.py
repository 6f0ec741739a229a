"""The words of numbers."""

from django.db import models


class Kind(models.TextChoices):
    """How a KPI adds up over sites and months."""

    COUNT = "count", "Count"
    SUM = "sum", "Sum"
    RATIO = "ratio", "Ratio"
    DISTINCT = "distinct", "Distinct count"
    QUANTILE = "quantile", "Quantile"


class Grain(models.TextChoices):
    MONTH = "month", "Month"


class Status(models.TextChoices):
    PROVISIONAL = "provisional", "Provisional"
    FINAL = "final", "Final"
    RESTATED = "restated", "Restated"
    SUPPRESSED = "suppressed", "Suppressed"
    NO_DATA = "no_data", "No data"


class Unit(models.TextChoices):
    """What a value counts."""

    INNOVATIONS = "innovations", "Innovations"
    WORKING_DAYS = "working_days", "Working days"
    PERCENT = "percent", "Per cent (0 to 100)"


class Direction(models.TextChoices):
    """Which way is better, if either is."""

    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"
    NEITHER = "neither", "Neither higher nor lower is better in itself"
