"""KPI values as versioned snapshots, with the records that made them."""

from kpis.models.value import KpiContribution, KpiValue

__all__ = ["KpiContribution", "KpiValue"]
