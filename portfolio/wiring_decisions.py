"""What decisions and clocks register with the rooms below the portfolio."""

from hubapp import hooks
from hubapp.hooks import SettingsItem
from portfolio import demo_decisions
from portfolio.queries.loose_ends import loose_ends

hooks.add_settings(
    SettingsItem(
        "Triage",
        "How soon you acknowledge and decide, how many assess, and what others see.",
        "portfolio:triage_settings",
        "portfolio.manage_triage_settings",
        order=35,
    )
)
hooks.event_words.update({"triage_settings.changed": "The triage settings were changed"})
hooks.work.register(loose_ends)
hooks.demo.register(demo_decisions.load)
