"""Pages of the numbers."""

from kpis.views.dashboard import ComputeNow, Dashboard, FigurePage

__all__ = ["ComputeNow", "Dashboard", "FigurePage"]
