"""Computing the numbers, and asking for it."""

from kpis.services.computing import Change, compute, compute_due
from kpis.services.requests import request_compute

__all__ = ["Change", "compute", "compute_due", "request_compute"]
