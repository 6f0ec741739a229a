"""Permissions of the numbers."""

from accounts.enums import READERS, Role
from accounts.rules import grant

grant(
    "kpis.view_kpis",
    "read dashboards and KPIs, and open a figure to its records",
    roles=READERS,
    scope="kpis:read",
)
grant("kpis.compute_kpis", "have the numbers computed now", roles=(Role.HUB_STAFF, Role.SITE_LEAD))
