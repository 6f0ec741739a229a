"""What this app registers with the rooms below it (hubapp.hooks, notifications)."""

from hubapp import hooks
from hubapp.hooks import NavItem
from kpis import demo

hooks.demo.register(demo.load)

hooks.add_navigation(
    NavItem(
        "Dashboard",
        "kpis:dashboard",
        "kpis.view_kpis",
        order=60,
        covers=frozenset({"kpis:figure"}),
        hint="The numbers of this hub, month by month, and the ideas behind them.",
    )
)
hooks.event_words.update(
    {
        "kpi.computed": "A number was stored or changed",
        "kpi.compute_requested": "Numbers were asked for",
    }
)
