"""KPI values as versioned snapshots, with the records that made them."""

from kpis.models.value import KpiContribution, KpiMonth, KpiSweep, KpiValue

__all__ = ["KpiContribution", "KpiMonth", "KpiSweep", "KpiValue"]
